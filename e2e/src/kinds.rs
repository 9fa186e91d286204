//! What the Go types of Kubernetes say of the built-in kinds. The Go side is `e2e/kinds` and `e2e/kinds-1.20`.
//!
//! It must not have an opinion of its own, but for which of two versions of one declaration counts.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::{Error, binaries};

/// The fields of every built-in kind: what `src/inventory/schema/kinds.txt` holds.
pub fn schema() -> Result<String, Error> {
    run("kinds", &["schema"])
}

/// The lives of versions that end: what `src/inventory/lifecycle.jsonl` holds. Of a version that both modules
/// know, the newer one says it.
pub fn lifecycle() -> Result<String, Error> {
    let mut lines = BTreeMap::new();
    for text in [run("kinds-1.20", &[])?, run("kinds", &["lifecycle"])?] {
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).map_err(Error::json("decode a lifecycle"))?;
            let part = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let key = format!("{}/{}/{}", part("group"), part("version"), part("kind"));
            lines.insert(key, (entry.clone(), line.to_owned()));
        }
    }
    let ends = |entry: &Value| entry.get("deprecated").is_some() || entry.get("removed").is_some();
    let whole = |key: &str| !key.ends_with("List") && !key.ends_with("Options");
    let kept = lines.into_iter().filter(|(key, (entry, _))| whole(key) && ends(entry));
    Ok(kept.flat_map(|(_, (_, line))| [line, "\n".to_owned()]).collect())
}

fn run(helper: &str, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new(binaries::helper(helper)?)
        .args(arguments)
        .output()
        .map_err(Error::io("run a Go helper"))?;
    if !output.status.success() {
        return Err(Error::Oracle(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| Error::Oracle(error.to_string()))
}
