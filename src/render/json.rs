//! JSON for programs: an interface from the first day, so it changes by addition only.
//!
//! Next: [`super::run`] for what is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::fingerprint::{Fingerprint, Identity};
use super::format::{Format, Piece, Pieces, Stream};
use super::idle::{Idle, IdleRule};
use super::indent::{indented, indented_each};
use super::run::{CheckCounts, Location, Missing, Position, Problem, RunFinding, RunWorkload, Totals};
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::{Check, Outcome, Severity};
use crate::checks::{self, peers};
use crate::engine::policy::PolicyKey;
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
#[serde(rename_all = "camelCase")]
pub(super) struct Finding<'a> {
    check: &'a str,
    #[serde(serialize_with = "names")]
    policies: &'a BTreeSet<PolicyKey>,
    severity: Severity,
    outcome: Outcome,
    object: ObjectReference<'a>,
    /// The workload or owner it counts against, where that is not the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<ObjectReference<'a>>,
    container: Option<&'a str>,
    field: Option<&'a str>,
    message: Cow<'a, str>,
    remediation: Option<&'a RawValue>,
    location: Place<'a>,
    /// The same for this finding in every run, wherever it stands.
    #[serde(serialize_with = "shown")]
    fingerprint: Fingerprint,
    /// Whether a baseline holds it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    baselined: bool,
    /// Why a comment or a configuration file suppresses it; the command line's own.
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
    api_version: Cow<'a, str>,
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
    /// The chart or kustomization that was rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<&'a str>,
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

/// A suppression that suppresses nothing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdleSuppression<'a> {
    rule: &'static str,
    severity: Severity,
    checks: &'a [&'static str],
    message: &'a str,
    remediation: &'static str,
    location: Place<'a>,
    #[serde(serialize_with = "shown")]
    fingerprint: Fingerprint,
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

/// The result of a run as one JSON document on several lines.
#[derive(Debug)]
pub struct Json {
    advice: Advice,
    /// Whether to count findings by check.
    statistics: bool,
}

/// How to fix what each check finds, as JSON: it is written with each finding.
pub(super) type Advice = BTreeMap<&'static str, Box<RawValue>>;

/// How to fix what each check finds.
pub(super) fn advice() -> Advice {
    let advice = checks::ALL.iter().map(|check| Some((check.name, to_raw_value(&check.remediation()).ok()?)));
    advice.flatten().collect()
}

impl Json {
    /// With counts by check, if they are wanted.
    pub fn new(statistics: bool) -> Self {
        Self { advice: advice(), statistics }
    }
}

impl Format for Json {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{{\n  \"schemaVersion\": {SCHEMA_VERSION},\n  \"findings\": ["))
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        if workload.findings.is_empty() {
            return Ok(Vec::new());
        }
        let findings = workload.findings.iter().map(|found| finding(workload, found, &self.advice));
        Ok(vec![Piece::plain(indented_each(findings, 2)?)])
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
        let errors = indented(&errors(totals), 1)?;
        let idle = indented(&totals.idle.iter().map(suppression).collect::<Vec<_>>(), 1)?;
        let summary = indented(&summary(totals), 1)?;
        let counts = if self.statistics { indented(&statistics(totals), 1)? } else { String::new() };
        let counts =
            if self.statistics { format!(",\n  \"statistics\": {}", counts.trim_start()) } else { counts };
        Ok(format!(
            "{close},\n  \"errors\": {},\n  \"suppressions\": {},\n  \"summary\": {}{counts}\n}}\n",
            errors.trim_start(),
            idle.trim_start(),
            summary.trim_start()
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

fn statistics(totals: &Totals) -> BTreeMap<&'static str, Statistics> {
    let counts = totals.by_check.iter().filter(|(_, counts)| counts.total() > 0);
    let statistics = counts.map(|(check, counts)| {
        let CheckCounts { fail, warn, pending, unknown, waived, baselined } = *counts;
        (*check, Statistics { fail, warn, pending, unknown, waived, baselined })
    });
    statistics.collect()
}

fn names<S: Serializer>(policies: &BTreeSet<PolicyKey>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(policies.iter().map(Shown))
}

fn shown<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// What is written as it is shown.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A finding of a workload.
pub(super) fn finding<'a>(
    workload: &'a RunWorkload,
    found: &'a RunFinding,
    advice: &'a Advice,
) -> Finding<'a> {
    let merged = &found.merged;
    let other = merged.found.object.as_ref();
    Finding {
        check: merged.check,
        policies: &merged.policies,
        severity: merged.severity,
        outcome: merged.outcome,
        object: other.map_or_else(|| subject(workload), reference),
        workload: other.map(|_| subject(workload)),
        container: merged.found.container.as_deref(),
        field: Some(merged.found.field.as_str()).filter(|field| !field.is_empty()),
        message: message(merged),
        remediation: advice.get(merged.check).map(|advice| &**advice),
        location: place(found),
        fingerprint: Identity::of(workload, found).fingerprint(),
        baselined: found.baselined,
        suppressed: found
            .suppressed
            .as_deref()
            .map(|said| Suppression { reason: &said.reason, until: said.until.as_deref() }),
    }
}

/// A suppression that suppresses nothing.
pub(super) fn suppression(idle: &Idle) -> IdleSuppression<'_> {
    IdleSuppression {
        rule: idle.rule.name(),
        severity: IdleRule::SEVERITY,
        checks: &idle.checks,
        message: &idle.message,
        remediation: idle.rule.remediation(),
        location: stands(&idle.location),
        fingerprint: idle.identity().fingerprint(),
    }
}

fn stands(location: &Location) -> Place<'_> {
    Place {
        file: &location.file,
        document: location.document,
        line: location.position.map(|position| position.line),
        column: location.position.map(|position| position.column),
        rendered: location.rendered.as_deref(),
        missing: None,
        insert: None,
    }
}

fn place(RunFinding { location, missing, .. }: &RunFinding) -> Place<'_> {
    Place {
        missing: missing.as_ref().map(|missing| missing.path.as_str()),
        insert: missing
            .as_ref()
            .and_then(|Missing { insert, .. }| *insert)
            .map(|Position { line, column }| Insert { line, column }),
        ..stands(location)
    }
}

fn subject(RunWorkload { key, api_version, .. }: &RunWorkload) -> ObjectReference<'_> {
    ObjectReference {
        api_version: Cow::Borrowed(api_version),
        kind: key.kind.as_str(),
        namespace: Some(key.namespace.as_str()).filter(|namespace| !namespace.is_empty()),
        name: &key.name,
    }
}

fn reference(key: &ObjectKey) -> ObjectReference<'_> {
    ObjectReference {
        api_version: Cow::Owned(key.kind.api_version()),
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
