//! What one policy counts over its workloads, and over objects that no workload reaches.
//!
//! Kept up by differences: adding and taking away one outcome costs the same whatever the number of workloads.
//! Objects count for compliance; they are no workloads, so neither for their number nor for the score. It must not keep anything per workload. Next: [`crate::render::conditions`].

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{OpenCheck, PolicyOutcome, SharedFinding};
use super::subject::Subject;
use crate::api::policy_status::{FAILING_CHECKS_MAX, FailingCheck, WorkloadCounts};
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::catalogue::{Outcome, Severity};
use crate::inventory::Kind;

/// Counts of one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workloads by verdict.
    pub counts: WorkloadCounts,
    /// Objects that no workload reaches and that are not in order, by verdict.
    pub orphans: OrphanCounts,
    /// Kinds that the policy is about and whose objects cannot be seen now: there may be more.
    pub unseen: BTreeSet<Kind>,
    scores: (u64, u64),
    open: BTreeMap<(Outcome, &'static str), BTreeMap<Severity, u32>>,
    /// What fails, by check.
    failing: BTreeMap<&'static str, Failing>,
    hopeless: BTreeMap<&'static str, u32>,
}

/// What fails of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Failing {
    /// Workloads.
    workloads: u32,
    /// Findings about what is judged itself.
    own: u32,
    /// Findings about objects around workloads: by identity, of how many workloads each is.
    shared: BTreeMap<u64, u32>,
}

impl Failing {
    /// How many findings there are: one of an object that serves several workloads is one.
    fn findings(&self) -> u32 {
        self.own.saturating_add(u32::try_from(self.shared.len()).unwrap_or(u32::MAX))
    }
}

/// Objects that no workload reaches, by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrphanCounts {
    /// Those that fail a check at or above `failOn`.
    pub not_ready: u32,
    /// Those that wait for time or for a person.
    pub pending: u32,
    /// Those that could not be judged in full.
    pub unknown: u32,
}

/// As what a subject counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// As a workload.
    Workload,
    /// As an object that no workload reaches.
    Orphan,
    /// Not at all.
    Nothing,
}

impl Counting {
    /// As what this subject counts; one that is being deleted is judged, and counts for nothing.
    pub fn of(subject: &Subject<'_>) -> Self {
        if subject.is_deleting() {
            Self::Nothing
        } else if subject.is_orphan() {
            Self::Orphan
        } else {
            Self::Workload
        }
    }
}

const fn step(count: &mut u32, add: bool) {
    step_by(count, 1, add);
}

const fn step_by(count: &mut u32, number: u32, add: bool) {
    *count = if add { count.saturating_add(number) } else { count.saturating_sub(number) };
}

impl Tally {
    /// Counts one subject.
    pub fn add(&mut self, counting: Counting, outcome: &PolicyOutcome) {
        self.count(counting, outcome, true);
    }

    /// Takes one subject's earlier outcome back.
    pub fn take(&mut self, counting: Counting, outcome: &PolicyOutcome) {
        self.count(counting, outcome, false);
    }

    fn count(&mut self, counting: Counting, outcome: &PolicyOutcome, add: bool) {
        match counting {
            Counting::Workload => self.count_workload(outcome, add),
            Counting::Orphan => self.orphans.count(outcome.verdict, add),
            Counting::Nothing => return,
        }
        self.count_failing(counting, outcome, add);
        for OpenCheck { check, outcome, severity, .. } in &outcome.open {
            let severities = self.open.entry((*outcome, check)).or_default();
            step(severities.entry(*severity).or_default(), add);
            severities.retain(|_, count| *count > 0);
        }
        self.open.retain(|_, severities| !severities.is_empty());
    }

    fn count_failing(&mut self, counting: Counting, outcome: &PolicyOutcome, add: bool) {
        for open in outcome.open.iter().filter(|open| open.outcome == Outcome::Fail) {
            let failing = self.failing.entry(open.check).or_default();
            step_by(&mut failing.own, open.own, add);
            step_by(&mut failing.workloads, u32::from(counting == Counting::Workload), add);
        }
        for SharedFinding { check, identity } in &outcome.shared {
            let shared = &mut self.failing.entry(check).or_default().shared;
            let count = shared.entry(*identity).or_default();
            step(count, add);
            if *count == 0 {
                shared.remove(identity);
            }
        }
        self.failing.retain(|_, failing| *failing != Failing::default());
    }

    fn count_workload(&mut self, outcome: &PolicyOutcome, add: bool) {
        let counts = &mut self.counts;
        step(&mut counts.total, add);
        match outcome.verdict {
            Verdict::Ready => step(&mut counts.ready, add),
            Verdict::NotReady => step(&mut counts.not_ready, add),
            Verdict::Pending => step(&mut counts.pending, add),
            Verdict::Unknown | Verdict::Suspended => step(&mut counts.unknown, add),
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
        if let Some(check) = outcome.hopeless {
            step(self.hopeless.entry(check).or_default(), add);
            self.hopeless.retain(|_, count| *count > 0);
        }
    }

    /// Mean score of its workloads, rounded down; absent when none has one.
    pub fn score(&self) -> Option<u8> {
        let (sum, number) = self.scores;
        u8::try_from(sum.checked_div(number)?).ok()
    }

    /// The checks that came to this outcome at or above this severity, each with its worst.
    pub fn blocking(&self, outcome: Outcome, fail_on: FailOn) -> BTreeMap<&str, Severity> {
        let worst = self.with(outcome).filter_map(|(check, severities)| {
            Some((check, *severities.keys().next_back().filter(|severity| fail_on.fails(**severity))?))
        });
        worst.collect()
    }

    fn with(&self, outcome: Outcome) -> impl Iterator<Item = (&'static str, &BTreeMap<Severity, u32>)> {
        let here = self.open.range((outcome, "")..).take_while(move |((other, _), _)| *other == outcome);
        here.map(|((_, check), severities)| (*check, severities))
    }

    /// The worst failing checks, warnings included: by severity, then by number of workloads and of findings, then by name.
    pub fn failing_checks(&self) -> Vec<FailingCheck> {
        let mut failing: Vec<FailingCheck> = self
            .with(Outcome::Fail)
            .filter_map(|(check, severities)| {
                let severity = *severities.keys().next_back()?;
                let failing = self.failing.get(check)?;
                let (workloads, findings) = (failing.workloads, failing.findings());
                Some(FailingCheck { check: check.to_owned(), severity, workloads, findings })
            })
            .collect();
        failing.sort_by(|one, other| {
            let rank = |check: &FailingCheck| {
                (std::cmp::Reverse((check.severity, check.workloads, check.findings)), check.check.clone())
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

impl OrphanCounts {
    const fn count(&mut self, verdict: Verdict, add: bool) {
        match verdict {
            Verdict::Ready | Verdict::Suspended => {}
            Verdict::NotReady => step(&mut self.not_ready, add),
            Verdict::Pending => step(&mut self.pending, add),
            Verdict::Unknown => step(&mut self.unknown, add),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(outcome: Outcome, (check, severity): (&'static str, Severity)) -> OpenCheck {
        OpenCheck { check, outcome, severity, own: 1 }
    }

    fn outcome(verdict: Verdict, score: u8, failing: &[(&'static str, Severity)]) -> PolicyOutcome {
        let open = failing.iter().map(|failing| open(Outcome::Fail, *failing)).collect();
        PolicyOutcome { verdict, score: Some(score), open, shared: Box::default(), hopeless: None }
    }

    #[test]
    fn taking_back_what_was_added_leaves_nothing() {
        let mut tally = Tally::default();
        let outcomes = [
            outcome(Verdict::NotReady, 40, &[("memory-limits", Severity::High)]),
            outcome(Verdict::Ready, 100, &[]),
        ];
        for outcome in &outcomes {
            tally.add(Counting::Workload, outcome);
        }
        assert_eq!((tally.counts.total, tally.counts.not_ready, tally.score()), (2, 1, Some(70)));
        for outcome in &outcomes {
            tally.take(Counting::Workload, outcome);
        }
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn an_orphan_counts_for_compliance_and_neither_as_a_workload_nor_for_the_score() {
        let mut tally = Tally::default();
        let dangling = outcome(Verdict::NotReady, 40, &[("dangling-service", Severity::High)]);
        tally.add(Counting::Orphan, &dangling);
        tally.add(Counting::Orphan, &outcome(Verdict::Ready, 100, &[]));
        tally.add(Counting::Nothing, &dangling);
        assert_eq!(tally.counts, WorkloadCounts::default());
        assert_eq!(tally.orphans, OrphanCounts { not_ready: 1, ..OrphanCounts::default() });
        let failing = tally.failing_checks();
        assert_eq!((tally.score(), failing.len()), (None, 1));
        assert_eq!((failing[0].workloads, failing[0].findings), (0, 1));
        tally.take(Counting::Orphan, &dangling);
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn what_is_found_of_an_object_that_serves_several_workloads_counts_once() {
        let mut tally = Tally::default();
        let mut of_three = outcome(Verdict::NotReady, 0, &[("ingress-tls", Severity::High)]);
        let shared = |identity| SharedFinding { check: "ingress-tls", identity };
        of_three.open[0].own = 0;
        of_three.shared = [shared(1), shared(2)].into();
        let mut one_more = of_three.clone();
        one_more.shared = [shared(3)].into();
        for outcome in [&of_three, &of_three, &one_more] {
            tally.add(Counting::Workload, outcome);
        }
        let failing = &tally.failing_checks()[0];
        assert_eq!((failing.workloads, failing.findings), (3, 3));
        tally.take(Counting::Workload, &of_three);
        let failing = &tally.failing_checks()[0];
        assert_eq!((failing.workloads, failing.findings), (2, 3), "another workload has them as well");
        tally.take(Counting::Workload, &of_three);
        assert_eq!(tally.failing_checks()[0].findings, 1);
        tally.take(Counting::Workload, &one_more);
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn the_worst_failing_checks_come_first() {
        let mut tally = Tally::default();
        tally.add(
            Counting::Workload,
            &outcome(Verdict::NotReady, 0, &[("a", Severity::Low), ("b", Severity::High)]),
        );
        tally.add(
            Counting::Workload,
            &outcome(Verdict::NotReady, 0, &[("a", Severity::Low), ("c", Severity::High)]),
        );
        tally.add(Counting::Workload, &outcome(Verdict::NotReady, 0, &[("c", Severity::High)]));
        let names: Vec<_> =
            tally.failing_checks().into_iter().map(|check| (check.check, check.workloads)).collect();
        assert_eq!(names, [("c".to_owned(), 2), ("b".to_owned(), 1), ("a".to_owned(), 2)]);
    }

    #[test]
    fn what_is_not_known_does_not_fail_and_what_lies_below_fail_on_does_not_block() {
        let mut tally = Tally::default();
        let mut outcome = outcome(Verdict::Unknown, 0, &[("a", Severity::Low)]);
        let unknown = open(Outcome::Unknown, ("b", Severity::High));
        outcome.open = outcome.open.iter().copied().chain([unknown]).collect();
        tally.add(Counting::Workload, &outcome);
        let blocking = |outcome, fail_on| tally.blocking(outcome, fail_on).into_keys().collect::<Vec<_>>();
        assert_eq!(blocking(Outcome::Fail, FailOn::Low), ["a"]);
        assert_eq!(blocking(Outcome::Fail, FailOn::Medium), Vec::<&str>::new());
        assert_eq!(blocking(Outcome::Unknown, FailOn::Medium), ["b"]);
        assert_eq!(blocking(Outcome::Unknown, FailOn::Never), Vec::<&str>::new());
        let names: Vec<_> = tally.failing_checks().into_iter().map(|check| check.check).collect();
        assert_eq!(names, ["a"], "a warning is listed, what is not known is not");
        tally.take(Counting::Workload, &outcome);
        assert_eq!(tally, Tally::default());
    }
}
