//! The content of a subject's report.
//!
//! Bounded: at most 64 findings and 16 KiB of them, messages of at most 256 bytes; what was cut is
//! counted. It must not copy labels or annotations of the workload (GitOps tools would prune the report
//! with it), nor hold anything that moves by itself. Next: [`crate::render`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::evaluate::Evaluation;
use super::merge::MergedFinding;
use super::policy::PolicyKey;
use super::subject::Target;
use super::weigh::score;
use crate::api::condition::{ConditionStatus, Reason};
use crate::api::report::{
    FINDING_MESSAGE_MAX, FINDINGS_MAX, Finding, FindingObject, FindingOutcome, PolicyVerdict, ReportStatus,
    Summary, Verdict,
};
use crate::catalogue::{Outcome, Severity};

/// Most bytes that the findings of one report may take as JSON.
const FINDINGS_BYTES_MAX: usize = 16 * 1024;

/// How ready a workload is, over every policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Status of the condition `Ready`.
    pub status: ConditionStatus,
    /// Its reason.
    pub reason: Reason,
    /// Its message, for people.
    pub message: String,
}

/// The report's status without its conditions.
///
/// One that is not on a workload has neither generation nor template: what an owner owns has one each, the
/// owner's own generation is not known here, and of what cannot be seen nothing is.
pub fn report(workload: Option<Target<'_>>, evaluation: &Evaluation) -> ReportStatus {
    let (findings, findings_cut) = findings(&evaluation.findings);
    let generation = workload.map(|target| target.metadata().generation());
    ReportStatus {
        workload_generation: generation.filter(|generation| *generation > 0),
        template_hash: match workload {
            Some(Target::Workload(workload)) => Some(workload.template_hash.clone()),
            Some(Target::Orphan(_) | Target::Broken(..)) | None => None,
        },
        conditions: Vec::new(),
        summary: Some(summary(evaluation)),
        score: score(evaluation.checks.iter().map(|check| (check.outcome, check.severity))),
        policies: policies(&evaluation.policies),
        findings,
        findings_cut,
    }
}

/// How ready the workload is: any False wins, else any Unknown, else any Pending, else True; suspended
/// policies do not count.
pub fn readiness(evaluation: &Evaluation) -> Readiness {
    let verdicts: Vec<Verdict> = evaluation
        .policies
        .values()
        .map(|outcome| outcome.verdict)
        .filter(|v| *v != Verdict::Suspended)
        .collect();
    let has = |verdict| verdicts.contains(&verdict);
    let ready = |status, reason, message: String| Readiness { status, reason, message };
    if verdicts.is_empty() {
        let message = "every policy that is about this workload is suspended".to_owned();
        return ready(ConditionStatus::Unknown, Reason::Suspended, message);
    }
    if has(Verdict::NotReady) {
        return ready(
            ConditionStatus::False,
            Reason::ChecksFailed,
            naming(evaluation, Outcome::Fail, "failed"),
        );
    }
    if has(Verdict::Unknown) {
        let message = naming(evaluation, Outcome::Unknown, "not known");
        if message.is_empty() {
            let message = "a policy that is about this workload is not valid, or may not see its namespace";
            return ready(ConditionStatus::Unknown, Reason::PolicyInvalid, message.to_owned());
        }
        return ready(ConditionStatus::Unknown, Reason::ChecksUnknown, message);
    }
    if has(Verdict::Pending) {
        let message = naming(evaluation, Outcome::Pending, "pending");
        return ready(ConditionStatus::False, Reason::ChecksPending, message);
    }
    let passed = evaluation.checks.iter().filter(|check| check.outcome == Outcome::Pass).count();
    ready(ConditionStatus::True, Reason::AllPassed, format!("{passed} checks passed, none failed"))
}

/// Names the checks that block with this outcome: `2 checks failed: memory-limits, run-as-non-root`.
fn naming(evaluation: &Evaluation, outcome: Outcome, word: &str) -> String {
    let mut by_severity: BTreeMap<&str, Severity> = BTreeMap::new();
    for finding in evaluation.findings.iter().filter(|finding| finding.blocks && finding.outcome == outcome) {
        let worst = by_severity.entry(finding.check).or_insert(finding.severity);
        *worst = finding.severity.max(*worst);
    }
    name_checks(&by_severity, word)
}

/// A count and the worst names, at most five of them.
pub fn name_checks(checks: &BTreeMap<&str, Severity>, word: &str) -> String {
    const NAMED: usize = 5;
    if checks.is_empty() {
        return String::new();
    }
    let mut names: Vec<_> =
        checks.iter().map(|(name, severity)| (std::cmp::Reverse(*severity), *name)).collect();
    names.sort_unstable();
    let listed: Vec<&str> = names.iter().take(NAMED).map(|(_, name)| *name).collect();
    let rest = names.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let noun = if names.len() == 1 { "check" } else { "checks" };
    format!("{} {noun} {word}: {}{more}", names.len(), listed.join(", "))
}

/// How the checks came out.
pub fn summary(evaluation: &Evaluation) -> Summary {
    let mut summary = Summary::default();
    for check in &evaluation.checks {
        let count = match check.outcome {
            Outcome::Pass => &mut summary.pass,
            Outcome::Fail if check.blocks => &mut summary.fail,
            Outcome::Fail => &mut summary.warn,
            Outcome::Pending => &mut summary.pending,
            Outcome::Unknown => &mut summary.unknown,
            Outcome::Waived => &mut summary.waived,
            Outcome::NotApplicable => &mut summary.not_applicable,
        };
        *count += 1;
    }
    summary
}

fn policies(policies: &BTreeMap<PolicyKey, super::evaluate::PolicyOutcome>) -> Vec<PolicyVerdict> {
    policies
        .iter()
        .map(|(key, outcome)| PolicyVerdict { policy: key.to_string(), verdict: outcome.verdict })
        .collect()
}

fn findings(merged: &[MergedFinding]) -> (Vec<Finding>, u32) {
    let mut findings = Vec::new();
    let mut bytes = 0;
    for finding in merged.iter().take(FINDINGS_MAX).map(finding) {
        bytes += serde_json::to_string(&finding).map_or(0, |json| json.len());
        if bytes > FINDINGS_BYTES_MAX {
            break;
        }
        findings.push(finding);
    }
    let cut = u32::try_from(merged.len() - findings.len()).unwrap_or(u32::MAX);
    (findings, cut)
}

fn finding(merged: &MergedFinding) -> Finding {
    let found = &merged.found;
    Finding {
        check: merged.check.to_owned(),
        severity: merged.severity,
        outcome: match merged.outcome {
            Outcome::Unknown => FindingOutcome::Unknown,
            Outcome::Pending => FindingOutcome::Pending,
            Outcome::Waived => FindingOutcome::Waived,
            Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => FindingOutcome::Fail,
        },
        policies: merged.policies.iter().map(ToString::to_string).collect(),
        object: found.object.as_ref().map(|object| FindingObject {
            kind: object.kind.as_str().to_owned(),
            namespace: (!object.namespace.is_empty()).then(|| object.namespace.to_string()),
            name: object.name.to_string(),
        }),
        container: found.container.clone(),
        field: (!found.field.is_empty()).then(|| found.field.clone()),
        message: cut(&message(merged), FINDING_MESSAGE_MAX),
    }
}

/// The finding's message, with its cause when it is not known, and with what is wrong with its waiver.
pub fn message(merged: &MergedFinding) -> Cow<'_, str> {
    match message_parts(merged) {
        [message, rest @ ..] if rest.iter().all(|part| part.is_empty()) => Cow::Borrowed(message),
        parts => Cow::Owned(parts.concat()),
    }
}

/// The same in parts, for whoever writes them one behind the other: there may be thousands of messages.
pub fn message_parts(merged: &MergedFinding) -> [&str; 6] {
    let [open, cause, close] = merged.found.cause.map_or([""; 3], |cause| [" (", cause.as_str(), ")"]);
    let [not_waived, problem] = merged.waiver_problem.map_or([""; 2], |problem| ["; not waived: ", problem]);
    [&merged.found.message, open, cause, close, not_waived, problem]
}

fn cut(text: &str, bytes: usize) -> String {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default().to_owned()
}
