//! The real binary, run to its end.
//!
//! It must not know what a test is about. Next: `tests/cli.rs`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

impl Ran {
    /// The findings of all results, each with what its result says for it, as in JSON Lines.
    pub(crate) fn findings(&self) -> Vec<Value> {
        let json = self.json();
        let results = json["results"].as_array().unwrap();
        results.iter().flat_map(findings_of).collect()
    }
}

fn findings_of(result: &Value) -> Vec<Value> {
    let findings = result["findings"].as_array().unwrap().iter().cloned();
    let complete = findings.map(|mut finding| {
        let key = if finding.get("object").is_none() { "object" } else { "workload" };
        finding[key] = result["object"].clone();
        if finding.get("policies").is_none() {
            finding["policies"] = result["policies"].clone();
        }
        if finding["location"].get("file").is_none() {
            let mut location = result["location"].clone();
            let own = finding["location"].as_object().unwrap().clone();
            location.as_object_mut().unwrap().extend(own);
            finding["location"] = location;
        }
        finding
    });
    complete.collect()
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program with these arguments, in a folder; nothing comes from standard input.
pub(crate) fn command<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaworthy"));
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it.
pub(crate) fn run<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Ran {
    command(folder, arguments).output().unwrap().into()
}
