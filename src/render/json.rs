//! JSON for programs: an interface from the first day, so it changes by addition only.
//!
//! Next: [`super::findings`], and [`super::run`] for what is written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::findings::Writer;
use super::format::{Format, Piece, Pieces, Stream};
use super::idle::Idle;
use super::run::{CheckCounts, Problem, RunWorkload, Totals};
use super::suppressions::suppression;
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::{Check, Severity};
use crate::checks::{self, peers};

/// Version of the documents that are not a run's.
pub const SCHEMA_VERSION: u32 = 1;

/// Version of a run. The first was a list of findings, each with all of its workload and the advice of its check.
pub const RUN_VERSION: u32 = 2;

/// What every run begins with.
pub const BEGINS: &str = "{\n  \"schemaVersion\": ";

/// Bytes of a finding, about.
const FINDING: usize = 448;

/// In front of the first finding of a workload.
const START: &str = "\n      {";

/// Between two findings of a workload.
const NEXT: &str = "},\n      {";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunSummary {
    verdict: Verdict,
    workloads: WorkloadCounts,
    /// Objects that no workload reaches.
    orphans: WorkloadCounts,
    #[serde(flatten)]
    checks: Summary,
    /// Findings that a comment in the file suppresses: the command line's own.
    suppressed: usize,
    documents: usize,
    skipped: usize,
    other_kinds: usize,
    not_selected: usize,
    errors: usize,
    /// Findings that a baseline holds.
    baselined: usize,
}

/// Findings of one check, by how they came out.
#[derive(Serialize)]
struct Statistics {
    fail: usize,
    warn: usize,
    pending: usize,
    unknown: usize,
    waived: usize,
    baselined: usize,
}

#[derive(Serialize)]
struct Error<'a> {
    file: Option<&'a str>,
    document: Option<usize>,
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: &'a str,
}

/// What is said of a check once, for all that it found.
#[derive(Serialize)]
struct Explained<'a> {
    title: &'a str,
    remediation: String,
}

/// The result of a run as one JSON document: each workload with its findings, each of these on a line of its own.
#[derive(Debug)]
pub struct Json {
    /// Whether to count findings by check.
    statistics: bool,
}

impl Json {
    /// With counts by check, if they are wanted.
    pub const fn new(statistics: bool) -> Self {
        Self { statistics }
    }
}

impl Format for Json {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{BEGINS}{RUN_VERSION},\n  \"results\": ["))
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let mut writer = Writer::within(workload);
        let mut out = String::with_capacity((workload.findings.len() + 1) * FINDING);
        out.push_str("\n    {");
        writer.head(&mut out);
        if workload.is_orphan {
            out.push_str(",\"isOrphan\":true");
        }
        out.push_str(",\"verdict\":\"");
        out.push_str(workload.verdict.as_str());
        out.push_str("\",\"findings\":[");
        for (index, found) in workload.findings.iter().enumerate() {
            out.push_str(if index == 0 { START } else { NEXT });
            writer.write(&mut out, found);
        }
        out.push_str(if workload.findings.is_empty() { "]}" } else { "}\n    ]}" });
        Ok(vec![Piece::plain(out)])
    }

    // They have a list of their own, behind the findings.
    fn idle(&self, _: &[Idle]) -> Pieces {
        Ok(Vec::new())
    }

    fn separator(&self) -> &'static str {
        ","
    }

    fn end(&self, totals: &Totals, stream: &Stream) -> Result<String, serde_json::Error> {
        let close = if stream.written > 0 { "\n  ]" } else { "]" };
        let (errors, summary) = (indented(&errors(totals))?, indented(&summary(totals))?);
        let idle = indented(&totals.idle.iter().map(suppression).collect::<Vec<_>>())?;
        let counts = if self.statistics {
            format!(",\n  \"statistics\": {}", indented(&statistics(totals))?)
        } else {
            String::new()
        };
        let checks = indented(&explained(totals))?;
        Ok(format!(
            "{close},\n  \"checks\": {checks},\n  \"errors\": {errors},\n  \"suppressions\": {idle},\n  \
             \"summary\": {summary}{counts}\n}}\n"
        ))
    }
}

/// What a run came to.
pub(super) fn summary(totals: &Totals) -> impl Serialize + use<> {
    RunSummary {
        verdict: totals.verdict(),
        workloads: totals.workloads,
        orphans: totals.orphans,
        checks: totals.checks,
        suppressed: totals.suppressed,
        documents: totals.input.documents,
        skipped: totals.input.skipped,
        other_kinds: totals.input.other_kinds,
        not_selected: totals.input.not_selected,
        errors: totals.problems.len(),
        baselined: totals.baselined(),
    }
}

/// What kept a run from being complete.
pub(super) fn errors(totals: &Totals) -> Vec<impl Serialize + '_> {
    totals.problems.iter().map(error).collect()
}

/// What every check with a finding is about.
fn explained(totals: &Totals) -> BTreeMap<&'static str, Explained<'static>> {
    let found = totals.by_check.keys().filter_map(|name| checks::find(name));
    let explained =
        found.map(|check| (check.name, Explained { title: check.title, remediation: check.remediation() }));
    explained.collect()
}

fn statistics(totals: &Totals) -> BTreeMap<&'static str, Statistics> {
    let counts = totals.by_check.iter().filter(|(_, counts)| counts.total() > 0);
    let statistics = counts.map(|(check, counts)| {
        let CheckCounts { fail, warn, pending, unknown, waived, baselined } = *counts;
        (*check, Statistics { fail, warn, pending, unknown, waived, baselined })
    });
    statistics.collect()
}

fn error(problem: &Problem) -> Error<'_> {
    let Problem { file, document, line, column, message } = problem;
    Error { file: file.as_deref(), document: *document, line: *line, column: *column, message }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue<'a> {
    schema_version: u32,
    checks: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    name: &'a str,
    family: &'a str,
    severity: Severity,
    profiles: Vec<&'a str>,
    title: &'a str,
    parameters: Value,
    also_known_as: Vec<Known>,
}

/// The check's id in another tool.
#[derive(Serialize)]
struct Known {
    tool: &'static str,
    id: &'static str,
}

/// Every check of a list.
pub fn checks(checks: &[&Check]) -> Result<String, serde_json::Error> {
    let entries = checks.iter().map(|check| Entry {
        name: check.name,
        family: check.family.as_str(),
        severity: check.severity,
        profiles: super::catalogue::profiles(check),
        title: check.title,
        parameters: (check.schema)().to_value(),
        also_known_as: known(check),
    });
    lines(&Catalogue { schema_version: SCHEMA_VERSION, checks: entries.collect() })
}

fn known(check: &Check) -> Vec<Known> {
    peers::of(check.name).into_iter().map(|peer| Known { tool: peer.tool.as_str(), id: peer.id }).collect()
}

/// On several lines, one level deep in a document.
fn indented(value: &impl Serialize) -> Result<String, serde_json::Error> {
    // A line break within a text is escaped.
    serde_json::to_string_pretty(value).map(|text| text.replace('\n', "\n  "))
}

fn lines(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}
