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
use crate::catalogue::{Outcome, Severity};

/// What one policy makes of one workload.
#[derive(Clone, Debug)]
pub struct Weighed<'a, F = Found> {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its checks, by name.
    pub checks: Vec<WeighedCheck<'a, F>>,
    /// When time alone can next change this.
    pub next_change: Option<Timestamp>,
}

/// What one policy makes of one check.
#[derive(Clone, Debug)]
pub struct WeighedCheck<'a, F = Found> {
    /// The check, as the policy asks for it.
    pub asked: &'a EffectiveCheck,
    /// Worst outcome after waivers.
    pub outcome: Outcome,
    /// Severity of the worst finding, or of the check when there is none.
    pub severity: Severity,
    /// Whether it makes the workload not ready, or would if it were known.
    pub blocks: bool,
    /// Its findings with their severity and their outcome after waivers.
    pub findings: Vec<WeighedFinding<'a, F>>,
}

/// A finding as one policy sees it.
#[derive(Clone, Debug)]
pub struct WeighedFinding<'a, F = Found> {
    /// What was found.
    pub found: &'a F,
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
pub fn weigh<'a, F: AsRef<Found>>(
    policy: &'a EffectivePolicy,
    mut said: impl FnMut(&'a EffectiveCheck) -> Option<&'a Judged<F>>,
    waivers: &BTreeMap<&str, Waiver>,
    now: Timestamp,
) -> Weighed<'a, F> {
    let mut next_change = None;
    let mut checks = Vec::with_capacity(policy.checks.len());
    for effective in &policy.checks {
        let Some(judged) = said(effective) else { continue };
        let waiver = waivers.get(effective.name).filter(|_| policy.annotation_waivers);
        if let Some(Waiver::Until(end)) = waiver
            && *end > now
        {
            next_change = earlier(next_change, Some(*end));
        }
        next_change = earlier(next_change, judged.next_change);
        checks.push(if effective.switched_off || judged.findings.is_empty() {
            // Most checks find nothing, and what is switched off has nothing to say, not even that it cannot be known.
            let outcome = if effective.switched_off { Outcome::NotApplicable } else { judged.outcome };
            let severity = effective.severity(None);
            WeighedCheck { asked: effective, outcome, severity, blocks: false, findings: Vec::new() }
        } else {
            weigh_check(effective, judged, waiver, (policy.fail_on, now))
        });
    }
    Weighed { verdict: verdict(&checks), checks, next_change }
}

fn weigh_check<'a, F: AsRef<Found>>(
    effective: &'a EffectiveCheck,
    judged: &'a Judged<F>,
    waiver: Option<&Waiver>,
    (fail_on, now): (FailOn, Timestamp),
) -> WeighedCheck<'a, F> {
    let in_force = matches!(waiver, Some(Waiver::Until(end)) if *end > now);
    let waiver_problem = match waiver {
        Some(Waiver::Unreadable(problem)) => Some(*problem),
        Some(Waiver::Until(end)) if *end <= now => Some("the waiver has ended"),
        _ => None,
    };
    let weighed = |found: &'a F| {
        let Found { outcome, grade, .. } = *found.as_ref();
        let waived = in_force && outcome == Outcome::Fail;
        let severity = effective.severity(grade);
        WeighedFinding {
            found,
            severity,
            outcome: if waived { Outcome::Waived } else { outcome },
            blocks: !waived && fail_on.fails(severity),
            waiver_problem,
        }
    };
    let findings: Vec<WeighedFinding<'a, F>> = judged.findings.iter().map(weighed).collect();
    // Of a check with findings, the findings speak: a container that passes does not undo a waiver.
    let outcome = findings.iter().map(|finding| finding.outcome).max().unwrap_or(judged.outcome);
    let worst = findings.iter().filter(|f| f.outcome == outcome).map(|f| f.severity).max();
    let severity = worst.unwrap_or_else(|| effective.severity(None));
    // What comes out blocks: beside a failure that only warns, something unknown that blocks is no failure.
    let blocks = findings.iter().any(|finding| finding.blocks && finding.outcome == outcome);
    WeighedCheck { asked: effective, outcome, severity, blocks, findings }
}

/// Any Fail at or above `failOn`, else any Unknown, else any Pending, else Ready.
pub(super) fn verdict<F>(checks: &[WeighedCheck<'_, F>]) -> Verdict {
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
