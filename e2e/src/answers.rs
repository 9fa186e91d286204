//! A Go helper that answers questions: one JSON object a line in, one a line out. The Go side is `e2e/answers`.
//!
//! It must not know what is asked. Next: [`crate::oracle`], [`crate::gitops`].

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, binaries};

/// A running helper. It ends by itself when the pipe to it closes.
#[derive(Debug)]
pub(crate) struct Answers {
    name: &'static str,
    process: Child,
    // `None` only while it is dropped.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Answers {
    /// Starts it; builds it first if it is not there.
    pub(crate) fn start(name: &'static str) -> Result<Self, Error> {
        let mut process = Command::new(binaries::helper(name)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io(format!("start the {name}")))?;
        let input = process.stdin.take();
        let output = process.stdout.take();
        let output = output.ok_or_else(|| Error::Oracle(format!("the {name} has no output")))?;
        Ok(Self { name, process, input, output: BufReader::new(output) })
    }

    /// Asks: the operation and its arguments in one object.
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> Result<T, Error> {
        let name = self.name;
        let input = self.input.as_mut().ok_or_else(|| Error::Oracle(format!("the {name} has ended")))?;
        writeln!(input, "{question}").map_err(Error::io(format!("write to the {name}")))?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(Error::io(format!("read from the {name}")))?;
        let decode = || Error::json(format!("decode the answer of the {name}"));
        let answer: Value = serde_json::from_str(&line).map_err(decode())?;
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            return Err(Error::Oracle(error.to_owned()));
        }
        serde_json::from_value(answer).map_err(decode())
    }

    /// The versions of the Go modules it speaks for.
    pub(crate) fn versions(&mut self) -> Result<BTreeMap<String, String>, Error> {
        #[derive(Deserialize)]
        struct Versions {
            modules: BTreeMap<String, String>,
        }
        self.ask::<Versions>(&json!({"op": "version"})).map(|versions| versions.modules)
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        drop(self.input.take());
        // It can only fail when there is no such child any more, which is what is wanted.
        let _ = self.process.wait();
    }
}
