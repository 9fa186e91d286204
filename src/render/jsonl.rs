//! JSON Lines: a finding a line while a run goes on, then errors, then the summary.
//!
//! Its objects are those of [`super::json`], each with its `type`; findings say by themselves what stands around them there.
//! Next: [`super::json`].

use serde::Serialize;

use super::findings::{Advice, Writer, advice};
use super::format::{Format, Piece, Pieces, Stream};
use super::idle::Idle;
use super::json::{self, RUN_VERSION};
use super::run::{RunWorkload, Totals};
use super::suppressions::suppression;

/// The result of a run, an object a line.
#[derive(Debug)]
pub struct JsonLines(Advice);

impl Default for JsonLines {
    fn default() -> Self {
        Self(advice())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<T> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version: Option<u32>,
    #[serde(flatten)]
    content: T,
}

fn line(kind: &'static str, content: impl Serialize) -> Result<String, serde_json::Error> {
    let schema_version = (kind == "summary").then_some(RUN_VERSION);
    serde_json::to_string(&Line { r#type: kind, schema_version, content }).map(|line| line + "\n")
}

impl Format for JsonLines {
    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let mut writer = Writer::alone(workload, &self.0);
        let piece = |found| {
            let mut line = "{\"type\":\"finding\",".to_owned();
            writer.write(&mut line, found);
            line.push_str("}\n");
            Piece::plain(line)
        };
        Ok(workload.findings.iter().map(piece).collect())
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let piece = |idle| line("suppression", suppression(idle)).map(Piece::plain);
        idle.iter().map(piece).collect()
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let mut out = String::new();
        for error in json::errors(totals) {
            out.push_str(&line("error", error)?);
        }
        out.push_str(&line("summary", json::summary(totals))?);
        Ok(out)
    }
}
