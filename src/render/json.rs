//! JSON for programs: an interface from the first day, so it changes by addition only.
//!
//! Next: [`super::run`] for what is written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::run::{Missing, Position, Problem, RunFinding, RunWorkload, Totals};
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::{Check, Outcome, Severity};
use crate::checks::{self, peers};
use crate::engine::report::message;
use crate::inventory::object::ObjectKey;

/// Version of the documents written here.
pub const SCHEMA_VERSION: u32 = 1;

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
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    check: &'a str,
    policies: Vec<String>,
    severity: Severity,
    outcome: Outcome,
    object: ObjectReference<'a>,
    /// The workload or owner it counts against, where that is not the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<ObjectReference<'a>>,
    container: Option<&'a str>,
    field: Option<&'a str>,
    message: String,
    remediation: &'a str,
    location: Place<'a>,
    /// Why a comment in the file suppresses it; the command line's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Suppression<'a>>,
}

#[derive(Serialize)]
struct Suppression<'a> {
    reason: &'a str,
    until: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectReference<'a> {
    api_version: String,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    document: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// What lacks below that place, for a field that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a str>,
    /// Where a line with it can be put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    insert: Option<Insert>,
}

#[derive(Serialize)]
struct Insert {
    line: usize,
    column: usize,
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

/// The result of a run as one JSON document on several lines, written piece by piece: what
/// [`Writer::start`], [`Writer::workload`] and [`Writer::end`] give, in this order.
#[derive(Debug)]
pub struct Writer {
    remediations: BTreeMap<&'static str, String>,
}

impl Default for Writer {
    fn default() -> Self {
        let remediations = checks::ALL.iter().map(|check| (check.name, check.remediation()));
        Self { remediations: remediations.collect() }
    }
}

impl Writer {
    /// What comes before the findings.
    pub fn start() -> String {
        format!("{{\n  \"schemaVersion\": {SCHEMA_VERSION},\n  \"findings\": [")
    }

    /// The findings of a workload, separated; between those of two workloads goes [`Writer::SEPARATOR`].
    pub fn workload(&self, workload: &RunWorkload) -> Result<String, serde_json::Error> {
        let mut out = String::new();
        for found in &workload.findings {
            if !out.is_empty() {
                out.push_str(Self::SEPARATOR);
            }
            out.push_str(&indented(&finding(workload, found, &self.remediations), 4)?);
        }
        Ok(out)
    }

    /// Between two findings.
    pub const SEPARATOR: &'static str = ",";

    /// What comes after the findings; `any`: there was one.
    pub fn end(totals: &Totals, any: bool) -> Result<String, serde_json::Error> {
        let summary = RunSummary {
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
        };
        let errors: Vec<Error<'_>> = totals.problems.iter().map(error).collect();
        let close = if any { "\n  ]" } else { "]" };
        let errors = indented(&errors, 2)?;
        let summary = indented(&summary, 2)?;
        Ok(format!(
            "{close},\n  \"errors\": {},\n  \"summary\": {}\n}}\n",
            errors.trim_start(),
            summary.trim_start()
        ))
    }
}

/// A value on a new line, each of its lines behind this many spaces. Text in JSON holds no line breaks.
fn indented(value: &impl Serialize, spaces: usize) -> Result<String, serde_json::Error> {
    let line = format!("\n{}", " ".repeat(spaces));
    Ok(format!("{line}{}", serde_json::to_string_pretty(value)?.replace('\n', &line)))
}

fn finding<'a>(
    workload: &'a RunWorkload,
    found: &'a RunFinding,
    remediations: &'a BTreeMap<&'static str, String>,
) -> Finding<'a> {
    let merged = &found.merged;
    let other = merged.found.object.as_ref();
    Finding {
        check: merged.check,
        policies: merged.policies.iter().map(ToString::to_string).collect(),
        severity: merged.severity,
        outcome: merged.outcome,
        object: other.map_or_else(|| subject(workload), reference),
        workload: other.map(|_| subject(workload)),
        container: merged.found.container.as_deref(),
        field: Some(merged.found.field.as_str()).filter(|field| !field.is_empty()),
        message: message(merged),
        remediation: remediations.get(merged.check).map_or("", String::as_str),
        location: place(found),
        suppressed: found
            .suppressed
            .as_deref()
            .map(|said| Suppression { reason: &said.reason, until: said.until.as_deref() }),
    }
}

fn place(RunFinding { location, missing, .. }: &RunFinding) -> Place<'_> {
    Place {
        file: &location.file,
        document: location.document,
        line: location.position.map(|position| position.line),
        column: location.position.map(|position| position.column),
        missing: missing.as_ref().map(|missing| missing.path.as_str()),
        insert: missing
            .as_ref()
            .and_then(|Missing { insert, .. }| *insert)
            .map(|Position { line, column }| Insert { line, column }),
    }
}

fn subject(RunWorkload { key, api_version, .. }: &RunWorkload) -> ObjectReference<'_> {
    ObjectReference {
        api_version: api_version.clone(),
        kind: key.kind.as_str(),
        namespace: Some(key.namespace.as_str()).filter(|namespace| !namespace.is_empty()),
        name: &key.name,
    }
}

fn reference(key: &ObjectKey) -> ObjectReference<'_> {
    ObjectReference {
        api_version: key.kind.api_version(),
        kind: key.kind.as_str(),
        namespace: Some(key.namespace.as_str()).filter(|namespace| !namespace.is_empty()),
        name: &key.name,
    }
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

fn lines(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}
