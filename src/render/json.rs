//! JSON for programs: an interface from the first day, so it changes by addition only.
//!
//! Next: [`super::run`] for what is written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::run::{Location, Problem, Run, RunFinding, RunWorkload};
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
struct Document<'a> {
    schema_version: u32,
    summary: RunSummary,
    findings: Vec<Finding<'a>>,
    errors: Vec<Error<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunSummary {
    verdict: Verdict,
    workloads: WorkloadCounts,
    /// Objects that no workload reaches.
    orphans: WorkloadCounts,
    #[serde(flatten)]
    checks: Summary,
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
}

#[derive(Serialize)]
struct Error<'a> {
    file: Option<&'a str>,
    document: Option<usize>,
    line: Option<usize>,
    message: &'a str,
}

/// The result of a run, as one JSON document on several lines.
pub fn run(run: &Run) -> Result<String, serde_json::Error> {
    let remediations: BTreeMap<&str, String> =
        checks::ALL.iter().map(|check| (check.name, check.remediation())).collect();
    let pairs =
        run.judged().flat_map(|workload| workload.findings.iter().map(move |finding| (workload, finding)));
    let document = Document {
        schema_version: SCHEMA_VERSION,
        summary: RunSummary {
            verdict: run.verdict(),
            workloads: run.counts(),
            orphans: run.orphan_counts(),
            checks: run.summary(),
            documents: run.input.documents,
            skipped: run.input.skipped,
            other_kinds: run.input.other_kinds,
            not_selected: run.input.not_selected,
            errors: run.problems.len(),
        },
        findings: pairs.map(|(workload, found)| finding(workload, found, &remediations)).collect(),
        errors: run.problems.iter().map(error).collect(),
    };
    lines(&document)
}

fn finding<'a>(
    workload: &'a RunWorkload,
    RunFinding { merged, location }: &'a RunFinding,
    remediations: &'a BTreeMap<&str, String>,
) -> Finding<'a> {
    let other = merged.found.object.as_ref();
    let Location { file, document } = location;
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
        location: Place { file, document: *document },
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
    let Problem { file, document, line, message } = problem;
    Error { file: file.as_deref(), document: *document, line: *line, message }
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
