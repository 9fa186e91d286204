//! What every subject came to when it was last judged, and the counts that follow.
//!
//! It must not judge. Next: [`super::state`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::engine::evaluate::{Evaluation, PolicyOutcome};
use crate::engine::policy::PolicyKey;
use crate::engine::tally::{Counting, Tally};
use crate::inventory::SubjectKey;
use crate::inventory::small_map::SmallMap;

/// Outcomes by subject, tallies by policy, and when time alone changes something.
#[derive(Debug, Default)]
pub struct Ledger {
    records: BTreeMap<SubjectKey, Record>,
    tallies: BTreeMap<PolicyKey, Tally>,
    wakes: BTreeSet<(Timestamp, SubjectKey)>,
}

#[derive(Debug)]
struct Record {
    outcomes: SmallMap<PolicyKey, PolicyOutcome>,
    counting: Counting,
    wake: Option<Timestamp>,
}

impl Ledger {
    /// Replaces what is known of a subject. Returns the policies whose counts may have changed.
    pub fn record(
        &mut self,
        key: &SubjectKey,
        evaluation: &Evaluation,
        counting: Counting,
    ) -> BTreeSet<PolicyKey> {
        let outcomes = &evaluation.policies;
        let wake = evaluation.next_change;
        if let Some(record) = self.records.get(key)
            && record.counting == counting
            && record.wake == wake
            && record.outcomes.iter().eq(outcomes)
        {
            return BTreeSet::new();
        }
        let mut changed = self.forget(key);
        for (policy, outcome) in outcomes {
            self.tallies.entry(policy.clone()).or_default().add(counting, outcome);
        }
        changed.extend(outcomes.keys().cloned());
        self.wake(key, wake);
        let outcomes = outcomes.clone().into_iter().collect();
        self.records.insert(key.clone(), Record { outcomes, counting, wake });
        changed
    }

    /// Forgets a workload. Returns the policies whose counts may have changed.
    pub fn forget(&mut self, key: &SubjectKey) -> BTreeSet<PolicyKey> {
        let Some(record) = self.records.remove(key) else { return BTreeSet::new() };
        if let Some(wake) = record.wake {
            self.wakes.remove(&(wake, key.clone()));
        }
        for (policy, outcome) in &record.outcomes {
            if let Some(tally) = self.tallies.get_mut(policy) {
                tally.take(record.counting, outcome);
            }
        }
        self.tallies.retain(|_, tally| *tally != Tally::default());
        record.outcomes.into_iter().map(|(policy, _)| policy).collect()
    }

    /// Asks for a workload to be judged again at a moment.
    pub fn wake(&mut self, key: &SubjectKey, at: Option<Timestamp>) {
        self.wakes.extend(at.map(|at| (at, key.clone())));
    }

    /// The next moment at which a workload must be judged again.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// The workloads whose moment has come.
    pub fn due(&mut self, now: Timestamp) -> Vec<SubjectKey> {
        let mut due = Vec::new();
        while let Some((at, _)) = self.wakes.first()
            && *at <= now
        {
            due.extend(self.wakes.pop_first().map(|(_, key)| key));
        }
        due
    }

    /// Counts of a policy.
    pub fn tally(&self, policy: &PolicyKey) -> Tally {
        self.tallies.get(policy).cloned().unwrap_or_default()
    }

    /// What a policy last counted of a subject, if it did, and as what.
    pub fn counted(&self, policy: &PolicyKey, key: &SubjectKey) -> Option<(Counting, &PolicyOutcome)> {
        let record = self.records.get(key).filter(|record| record.counting != Counting::Nothing)?;
        Some((record.counting, record.outcomes.get(policy)?))
    }

    /// What policies last made of a subject.
    pub fn outcomes(&self, key: &SubjectKey) -> Option<&SmallMap<PolicyKey, PolicyOutcome>> {
        self.records.get(key).map(|record| &record.outcomes)
    }

    /// Packs it, as [`crate::inventory::Inventory::pack`] does.
    pub fn pack(&mut self) {
        self.records = std::mem::take(&mut self.records).into_iter().collect();
    }

    /// Subjects that are no workloads, of this namespace or of all.
    pub fn others(&self, namespace: Option<&str>) -> impl Iterator<Item = &SubjectKey> {
        let is_meant = move |key: &&SubjectKey| {
            key.workload_kind().is_none() && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        self.records.keys().filter(is_meant)
    }

    /// The workloads that a policy was last about.
    pub fn selected_by(&self, policy: &PolicyKey) -> BTreeSet<SubjectKey> {
        self.records
            .iter()
            .filter(|(_, record)| record.outcomes.contains_key(policy))
            .map(|(key, _)| key.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::report::Verdict;

    fn evaluation(policy: &PolicyKey, verdict: Verdict, wake: Option<&str>) -> Evaluation {
        let outcome = PolicyOutcome {
            verdict,
            score: Some(50),
            open: Box::default(),
            shared: Box::default(),
            hopeless: None,
        };
        Evaluation {
            policies: BTreeMap::from([(policy.clone(), outcome)]),
            next_change: wake.map(|at| at.parse().unwrap()),
            ..Evaluation::default()
        }
    }

    #[test]
    fn an_outcome_replaces_the_one_before_and_an_equal_one_changes_nothing() {
        let policy = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
        let key = SubjectKey::of_reference("shop", ("apps/v1", "Deployment", "web"));
        let mut ledger = Ledger::default();
        let failing = evaluation(&policy, Verdict::NotReady, Some("2026-01-01T00:00:00Z"));
        assert_eq!(ledger.record(&key, &failing, Counting::Workload).len(), 1);
        assert!(ledger.record(&key, &failing, Counting::Workload).is_empty());
        assert_eq!(ledger.tally(&policy).counts.not_ready, 1);
        ledger.record(&key, &evaluation(&policy, Verdict::Ready, None), Counting::Workload);
        let counts = ledger.tally(&policy).counts;
        assert_eq!((counts.total, counts.ready, counts.not_ready), (1, 1, 0));
        assert_eq!(ledger.next_wake(), None, "the wake of the outcome before is gone");
        ledger.record(&key, &evaluation(&policy, Verdict::Ready, None), Counting::Nothing);
        assert_eq!(ledger.tally(&policy), Tally::default(), "what is being deleted counts for nothing");
    }
}
