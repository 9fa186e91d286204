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

    /// The findings of all results of a run in JSON, each with what its result says for it, as in JSON Lines.
    pub fn findings(&self) -> Result<Vec<Value>, String> {
        self.json().map(|json| findings_of(&json))
    }

    /// Runs the command line against a cluster.
    pub async fn against(kubeconfig: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = tokio::process::Command::new(seaworthy_binary()?);
        let output = command.args(arguments).env("KUBECONFIG", kubeconfig).output().await;
        output.map(Self::from).map_err(|source| Error::Io { what: "seaworthy".into(), source })
    }
}

/// The findings of all results of a run, each with what its result says for it, as in JSON Lines.
pub fn findings_of(run: &Value) -> Vec<Value> {
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let results = list(run, "results").into_iter();
    let findings = results.flat_map(|result| {
        let findings = list(&result, "findings").into_iter();
        findings.map(move |finding| complete(finding, &result)).collect::<Vec<_>>()
    });
    findings.collect()
}

fn complete(mut finding: Value, result: &Value) -> Value {
    let said = |key: &str| result.get(key).cloned().unwrap_or_default();
    if let Value::Object(fields) = &mut finding {
        let object = if fields.contains_key("object") { "workload" } else { "object" };
        fields.insert(object.to_owned(), said("object"));
        fields.entry("policies").or_insert_with(|| said("policies"));
        if let Some(Value::Object(place)) = fields.get_mut("location")
            && !place.contains_key("file")
            && let Value::Object(known) = said("location")
        {
            for (key, value) in known {
                place.entry(key).or_insert(value);
            }
        }
    }
    finding
}

impl From<Output> for Ran {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }
}
