//! The command line, run to its end: by a test that waits, or beside others.
//!
//! It must not know what a test is about. Next: [`crate::seaworthy_binary`].

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::{Error, seaworthy_binary};

/// What a run of the command line came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// What standard output says in JSON; what was said instead, where it is none.
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.out).map_err(|error| format!("{error}: {}{}", self.out, self.err))
    }

    /// Runs the command line against a cluster.
    pub async fn against(kubeconfig: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = tokio::process::Command::new(seaworthy_binary()?);
        let output = command.args(arguments).env("KUBECONFIG", kubeconfig).output().await;
        output.map(Self::from).map_err(|source| Error::Io { what: "seaworthy".into(), source })
    }
}

impl From<Output> for Ran {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }
}
