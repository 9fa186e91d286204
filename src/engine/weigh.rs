//! What one policy makes of what its checks say of one workload.
//!
//! Severities, `failOn`, waivers and the score; nothing here looks at the workload again. It must not
//! know other policies. Next: [`super::evaluate`] adds policies up.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::judge::{Found, Judged};
use super::policy::{EffectiveCheck, EffectivePolicy};
use super::waiver::Waiver;
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::catalogue::outcome::earlier;
use crate::catalogue::{Check, Outcome, Severity};
use crate::inventory::Kind;
use crate::inventory::object::ObjectKey;

/// What a check says, as it is weighed.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What it says.
    pub judged: &'a Judged,
    /// Number of its first finding among all that checks find of the subject; the others follow. None where several
    /// checks say the very same.
    pub first: Option<usize>,
}

impl<'a> From<&'a Judged> for Said<'a> {
    fn from(judged: &'a Judged) -> Self {
        Self { judged, first: None }
    }
}

/// What one policy makes of one workload.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its checks, by name.
    pub checks: Vec<WeighedCheck<'a>>,
    /// When time alone can next change this.
    pub next_change: Option<Timestamp>,
}

/// What one policy makes of one check.
#[derive(Clone, Debug)]
pub struct WeighedCheck<'a> {
    /// The check.
    pub check: &'static Check,
    /// Its parameters, as canonical JSON.
    pub parameters: &'a str,
    /// Kinds it reads beside the workload, with these parameters.
    pub reads: &'static [Kind],
    /// Worst outcome after waivers.
    pub outcome: Outcome,
    /// Severity of the worst finding, or of the check when there is none.
    pub severity: Severity,
    /// Whether it makes the workload not ready, or would if it were known.
    pub blocks: bool,
    /// Its findings with their severity and their outcome after waivers.
    pub findings: Vec<WeighedFinding<'a>>,
}

/// A finding as one policy sees it.
#[derive(Clone, Debug)]
pub struct WeighedFinding<'a> {
    /// What was found.
    pub found: &'a Found,
    /// Its number among all that checks find of the subject, if it has one.
    pub number: Option<usize>,
    /// The object of which it was found, where the subject is its owner.
    pub member: Option<&'a ObjectKey>,
    /// Severity that this policy gives it.
    pub severity: Severity,
    /// Outcome after waivers.
    pub outcome: Outcome,
    /// Whether it makes the workload not ready, or would if it were known.
    pub blocks: bool,
    /// What is wrong with the waiver that was meant to cover it.
    pub waiver_problem: Option<&'static str>,
}

/// Weighs what was judged. `said` answers for the checks of the policy, which are asked for in order, if they are of
/// such objects; `waivers` are the object's.
pub fn weigh<'a, S: Into<Said<'a>>>(
    policy: &'a EffectivePolicy,
    mut said: impl FnMut(&'a EffectiveCheck) -> Option<S>,
    waivers: &BTreeMap<&str, Waiver>,
    now: Timestamp,
) -> Weighed<'a> {
    let mut next_change = None;
    let mut checks = Vec::with_capacity(policy.checks.len());
    for effective in &policy.checks {
        let Some(said) = said(effective).map(S::into) else { continue };
        let waiver = waivers.get(effective.check.name).filter(|_| policy.annotation_waivers);
        if let Some(Waiver::Until(end)) = waiver
            && *end > now
        {
            next_change = earlier(next_change, Some(*end));
        }
        next_change = earlier(next_change, said.judged.next_change);
        checks.push(weigh_check(effective, said, waiver, (policy.fail_on, now)));
    }
    Weighed { verdict: verdict(&checks), checks, next_change }
}

fn weigh_check<'a>(
    effective: &'a EffectiveCheck,
    Said { judged, first }: Said<'a>,
    waiver: Option<&Waiver>,
    (fail_on, now): (FailOn, Timestamp),
) -> WeighedCheck<'a> {
    let weighed = |outcome, severity, findings: Vec<WeighedFinding<'a>>| WeighedCheck {
        check: effective.check,
        parameters: &effective.compiled.parameters,
        reads: effective.compiled.reads,
        outcome,
        severity,
        blocks: findings.iter().any(|finding| finding.blocks),
        findings,
    };
    // Not even that it cannot be known: nobody asks it.
    if effective.switched_off {
        return weighed(Outcome::NotApplicable, effective.severity(None), Vec::new());
    }
    // Most checks find nothing.
    if judged.findings.is_empty() {
        return weighed(judged.outcome, effective.severity(None), Vec::new());
    }
    let in_force = matches!(waiver, Some(Waiver::Until(end)) if *end > now);
    let waiver_problem = match waiver {
        Some(Waiver::Unreadable(problem)) => Some(*problem),
        Some(Waiver::Until(end)) if *end <= now => Some("the waiver has ended"),
        _ => None,
    };
    let findings: Vec<_> = judged
        .findings
        .iter()
        .enumerate()
        .map(|(index, found)| {
            let waived = in_force && found.outcome == Outcome::Fail;
            let severity = effective.severity(found.grade);
            WeighedFinding {
                found,
                number: first.map(|first| first + index),
                member: None,
                severity,
                outcome: if waived { Outcome::Waived } else { found.outcome },
                blocks: !waived && fail_on.fails(severity),
                waiver_problem,
            }
        })
        .collect();
    // Of a check with findings, the findings speak: a container that passes does not undo a waiver.
    let outcome = findings.iter().map(|finding| finding.outcome).max().unwrap_or(judged.outcome);
    let worst = findings.iter().filter(|f| f.outcome == outcome).map(|f| f.severity).max();
    weighed(outcome, worst.unwrap_or_else(|| effective.severity(None)), findings)
}

/// Any Fail at or above `failOn`, else any Unknown, else any Pending, else Ready.
pub(super) fn verdict(checks: &[WeighedCheck<'_>]) -> Verdict {
    let worst = checks
        .iter()
        .flat_map(|check| &check.findings)
        .filter(|finding| finding.blocks)
        .map(|finding| finding.outcome)
        .max()
        .unwrap_or(Outcome::Pass);
    match worst {
        Outcome::Fail => Verdict::NotReady,
        Outcome::Unknown => Verdict::Unknown,
        Outcome::Pending => Verdict::Pending,
        Outcome::Pass | Outcome::Waived | Outcome::NotApplicable => Verdict::Ready,
    }
}

/// Score of a set of checks: floor(100 x weight of those that pass / weight of those that count), in
/// percent. Absent when nothing counts.
pub fn score(checks: impl IntoIterator<Item = (Outcome, Severity)>) -> Option<u8> {
    let (mut passed, mut counted) = (0_u32, 0_u32);
    for (outcome, severity) in checks {
        if matches!(outcome, Outcome::NotApplicable | Outcome::Waived) {
            continue;
        }
        counted += severity.weight();
        if outcome == Outcome::Pass {
            passed += severity.weight();
        }
    }
    u8::try_from((100 * passed).checked_div(counted)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_is_the_floor_of_passed_weights_over_counted_ones() {
        use Outcome::{Fail, NotApplicable, Pass, Unknown, Waived};
        let score = |checks: &[(Outcome, Severity)]| score(checks.iter().copied());
        assert_eq!(score(&[(Pass, Severity::High), (Fail, Severity::Critical)]), Some(37));
        assert_eq!(score(&[(Pass, Severity::High), (Waived, Severity::Critical)]), Some(100));
        assert_eq!(score(&[(Pass, Severity::Low), (Unknown, Severity::Low)]), Some(50));
        assert_eq!(score(&[(NotApplicable, Severity::High)]), None);
        assert_eq!(score(&[(Pass, Severity::Info)]), None);
        assert_eq!(score(&[]), None);
    }
}
