//! What waits for a kind: a policy whose checks read one that is not settled, and the workloads it is about.
//!
//! Such a policy says nothing, and none of its workloads is judged, so that nothing is green or red for lack of
//! knowledge; everything else goes on. It must not judge. Next: [`super::judging`].

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::commands::Trigger;
use super::state::State;
use super::wanted::WatchOrders;
use super::watched::Watched;
use crate::engine::policy::PolicyKey;
use crate::engine::select::may_be_about;
use crate::engine::subject::Subject;
use crate::inventory::lookup::Coverage;
use crate::inventory::{Kind, SubjectKey};

impl State {
    /// The watches to begin and to end now, which then counts as done.
    pub fn watches(&mut self, now: Timestamp) -> WatchOrders {
        let read: BTreeSet<Kind> = self.policies.readers().kinds().collect();
        let orders = self.wanted.look(&read, self.settled.all(), now);
        for kind in &orders.end {
            self.forget_kind(*kind);
        }
        for kind in &orders.begin {
            self.settled.begin(Watched::Kind(*kind));
        }
        orders
    }

    /// Forgets what is known of a kind that nobody reads: no verdict depends on it.
    fn forget_kind(&mut self, kind: Kind) {
        self.settled.end(Watched::Kind(kind));
        self.inventory.clear(kind);
        self.inventory.set_coverage(kind, Coverage::NotSynced);
        if matches!(kind, Kind::Ingress | Kind::Secret) {
            self.inventory.forget_secret_answers();
            self.secrets.forget();
        }
    }

    /// Whether a subject may be missing only because its kind is being listed.
    pub(super) fn is_being_listed(&self, key: &SubjectKey) -> bool {
        let Some(object) = key.object() else { return false };
        self.unsettled().any(|kind| kind == object.kind)
    }

    /// The kinds that some policy reads and that are not settled.
    fn unsettled(&self) -> impl Iterator<Item = Kind> {
        self.policies.readers().kinds().filter(|kind| !self.settled.is_settled(Watched::Kind(*kind)))
    }

    /// Whether a policy reads a kind that is not settled: it says nothing until then.
    pub(super) fn is_held(&self, policy: &PolicyKey) -> bool {
        self.unsettled().any(|kind| self.policies.readers().reads(policy, kind))
    }

    /// Whether a policy is held, or something it could be about waits: its verdict before that would be about
    /// yesterday's.
    pub(super) fn is_waiting(&self, policy: &PolicyKey) -> bool {
        let next = self.waiting.range(SubjectKey::first_in(&policy.namespace)..).next();
        next.is_some_and(|(key, _)| policy.is_cluster() || key.namespace == policy.namespace)
            || self.is_held(policy)
    }

    /// Whether a policy that is held is about this subject, or may be.
    pub(super) fn must_wait(&self, subject: &Subject<'_>) -> bool {
        let held = self.unsettled().flat_map(|kind| self.policies.readers().of(kind));
        held.filter_map(|key| self.policies.effective(key))
            .any(|policy| may_be_about(policy, subject, &self.inventory))
    }

    /// Puts a subject aside until something changes that it may wait for.
    pub(super) fn put_aside(&mut self, key: &SubjectKey, trigger: Trigger) {
        self.waiting.insert(key.clone(), trigger);
    }

    /// Looks again at what waits.
    pub(super) fn release(&mut self) {
        for (key, trigger) in std::mem::take(&mut self.waiting) {
            self.mark(key, trigger);
        }
    }

    /// How much is known of a kind that not every policy reads changed.
    pub(super) fn mark_readers(&mut self, kind: Kind) {
        let readers: Vec<PolicyKey> = self.policies.readers().of(kind).cloned().collect();
        for key in readers {
            self.mark_policy(&key);
        }
        self.release();
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
