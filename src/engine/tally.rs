//! What one policy counts over its workloads.
//!
//! Kept up by differences: adding and taking away one workload's outcome costs the same whatever the
//! number of workloads. It must not keep anything per workload. Next: [`crate::render::conditions`].

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::PolicyOutcome;
use crate::api::policy_status::{FAILING_CHECKS_MAX, FailingCheck, WorkloadCounts};
use crate::api::report::Verdict;
use crate::catalogue::Severity;
use crate::inventory::Kind;

/// Counts of one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workloads by verdict.
    pub counts: WorkloadCounts,
    /// Kinds that the policy is about and whose workloads cannot be seen now: there may be more.
    pub unseen: BTreeSet<Kind>,
    scores: (u64, u64),
    failing: BTreeMap<&'static str, BTreeMap<Severity, u32>>,
    hopeless: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Counts one workload.
    pub fn add(&mut self, outcome: &PolicyOutcome) {
        self.count(outcome, true);
    }

    /// Takes one workload's earlier outcome back.
    pub fn take(&mut self, outcome: &PolicyOutcome) {
        self.count(outcome, false);
    }

    fn count(&mut self, outcome: &PolicyOutcome, add: bool) {
        let step = |count: &mut u32| {
            *count = if add { count.saturating_add(1) } else { count.saturating_sub(1) };
        };
        let counts = &mut self.counts;
        step(&mut counts.total);
        match outcome.verdict {
            Verdict::Ready => step(&mut counts.ready),
            Verdict::NotReady => step(&mut counts.not_ready),
            Verdict::Pending => step(&mut counts.pending),
            Verdict::Unknown | Verdict::Suspended => step(&mut counts.unknown),
        }
        if let Some(score) = outcome.score {
            let (sum, number) = self.scores;
            let score = u64::from(score);
            self.scores = if add {
                (sum + score, number + 1)
            } else {
                (sum.saturating_sub(score), number.saturating_sub(1))
            };
        }
        for (check, severity) in &outcome.failing {
            let severities = self.failing.entry(check).or_default();
            step(severities.entry(*severity).or_default());
            severities.retain(|_, count| *count > 0);
        }
        self.failing.retain(|_, severities| !severities.is_empty());
        if let Some(check) = outcome.hopeless {
            step(self.hopeless.entry(check).or_default());
            self.hopeless.retain(|_, count| *count > 0);
        }
    }

    /// Mean score of its workloads, rounded down; absent when none has one.
    pub fn score(&self) -> Option<u8> {
        let (sum, number) = self.scores;
        u8::try_from(sum.checked_div(number)?).ok()
    }

    /// The worst failing checks: by severity, then by number of workloads, then by name.
    pub fn failing_checks(&self) -> Vec<FailingCheck> {
        let mut failing: Vec<FailingCheck> = self
            .failing
            .iter()
            .filter_map(|(check, severities)| {
                let severity = *severities.keys().next_back()?;
                Some(FailingCheck {
                    check: (*check).to_owned(),
                    severity,
                    workloads: severities.values().sum(),
                })
            })
            .collect();
        failing.sort_by(|one, other| {
            let rank = |check: &FailingCheck| {
                (std::cmp::Reverse((check.severity, check.workloads)), check.check.clone())
            };
            rank(one).cmp(&rank(other))
        });
        failing.truncate(FAILING_CHECKS_MAX);
        failing
    }

    /// A check that fails by the workload's own spec on some workload: only a new release mends it.
    pub fn hopeless(&self) -> Option<&'static str> {
        self.hopeless.keys().next().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(verdict: Verdict, score: u8, failing: &[(&'static str, Severity)]) -> PolicyOutcome {
        PolicyOutcome {
            verdict,
            score: Some(score),
            failing: failing.iter().copied().collect(),
            hopeless: None,
        }
    }

    #[test]
    fn taking_back_what_was_added_leaves_nothing() {
        let mut tally = Tally::default();
        let outcomes = [
            outcome(Verdict::NotReady, 40, &[("memory-limits", Severity::High)]),
            outcome(Verdict::Ready, 100, &[]),
        ];
        for outcome in &outcomes {
            tally.add(outcome);
        }
        assert_eq!((tally.counts.total, tally.counts.not_ready, tally.score()), (2, 1, Some(70)));
        for outcome in &outcomes {
            tally.take(outcome);
        }
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn the_worst_failing_checks_come_first() {
        let mut tally = Tally::default();
        tally.add(&outcome(Verdict::NotReady, 0, &[("a", Severity::Low), ("b", Severity::High)]));
        tally.add(&outcome(Verdict::NotReady, 0, &[("a", Severity::Low), ("c", Severity::High)]));
        tally.add(&outcome(Verdict::NotReady, 0, &[("c", Severity::High)]));
        let names: Vec<_> =
            tally.failing_checks().into_iter().map(|check| (check.check, check.workloads)).collect();
        assert_eq!(names, [("c".to_owned(), 2), ("b".to_owned(), 1), ("a".to_owned(), 2)]);
    }
}
