//! A real Prometheus that reads the operator's metrics, and the tool that checks its rules.
//!
//! It must not know a metric; tests do. `e2e/prometheus` fetches the binaries.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Error, Operator, Output, Port, binaries,
    operator::get,
    processes::{CommandLine, Supervised},
};

/// A running Prometheus, ended when this value is dropped.
#[derive(Debug)]
pub struct Prometheus {
    // First: it must be gone before its directory.
    _process: Supervised,
    port: Port,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts one that reads an operator's metrics every second, and evaluates these groups of rules.
    pub fn start(operator: &Operator, groups: &Value) -> Result<Self, Error> {
        let directory = tempfile::Builder::new()
            .prefix("seaworthy-prometheus-")
            .tempdir()
            .map_err(Error::io("make a directory"))?;
        let port = Port::reserve()?;
        let targets = json!([{"targets": [operator.health_address()]}]);
        let config = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "seaworthy", "static_configs": targets}],
        });
        for (name, content) in [("prometheus.yaml", &config), ("rules.yaml", &json!({"groups": groups}))] {
            // What is JSON is YAML.
            fs::write(directory.path().join(name), content.to_string())
                .map_err(Error::io(format!("write {name}")))?;
        }
        let at = |name: &str| directory.path().join(name).display().to_string();
        let arguments = vec![
            format!("--config.file={}", at("prometheus.yaml")),
            format!("--storage.tsdb.path={}", at("data")),
            format!("--web.listen-address=127.0.0.1:{}", port.number()),
        ];
        let program = folder()?.join("prometheus");
        let command = CommandLine { program, arguments, ..CommandLine::default() };
        let process = Supervised::start("prometheus", &command, &directory.path().join("prometheus.log"))?;
        Ok(Self { _process: process, port, _directory: directory })
    }

    /// What a query gives now: each series with its value, those that are no number left out.
    pub async fn query(&self, query: &str) -> Result<Vec<(Value, f64)>, Error> {
        let answer = self.ask(&format!("/api/v1/query?query={}", encoded(query))).await?;
        let result = answer.pointer("/data/result").and_then(Value::as_array).cloned().unwrap_or_default();
        let value = |series: &Value| {
            let value: f64 = series.pointer("/value/1")?.as_str()?.parse().ok()?;
            Some((series.get("metric")?.clone(), value))
        };
        Ok(result.iter().filter_map(value).filter(|(_, value)| value.is_finite()).collect())
    }

    /// The rules that it evaluates, with their state.
    pub async fn rules(&self) -> Result<Vec<Value>, Error> {
        let answer = self.ask("/api/v1/rules").await?;
        let groups = answer.pointer("/data/groups").and_then(Value::as_array).cloned().unwrap_or_default();
        let rules = groups.iter().filter_map(|group| group.get("rules").and_then(Value::as_array));
        Ok(rules.flatten().cloned().collect())
    }

    async fn ask(&self, path: &str) -> Result<Value, Error> {
        let (code, body) = get(self.port.number(), path).await?;
        let answer: Value = serde_json::from_str(&body).map_err(Error::json("decode Prometheus's answer"))?;
        if code == 200 { Ok(answer) } else { Err(Error::Contract(format!("{path}: {answer}"))) }
    }
}

/// `promtool` with these arguments, in a directory, whatever its exit code.
pub fn promtool(directory: &Path, arguments: &[&str]) -> Result<Output, Error> {
    let output = std::process::Command::new(folder()?.join("promtool"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("run promtool"))?;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn folder() -> Result<PathBuf, Error> {
    binaries::fetched("prometheus", &[], ("prometheus", Path::is_dir))
}

/// As a query of a URL has it.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(byte.into());
        } else {
            // A String takes whatever is written.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
