//! The controller's whole memory, and what each message means for it.
//!
//! Pure but for its owner: it gets messages and moments, and returns commands. It must not do any I/O.
//! Next: [`super::judging`] for the part that judges, [`super::run`] for the loop that owns it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::ledger::Ledger;
use super::pause::Pause;
use super::policies::{PolicyBook, PolicyChange};
use super::reports::{ReportKey, ReportWrite, Reports};
use super::settled::{Settled, unavailable};
use super::watched::{Message, Watched};
use crate::engine::policy::PolicyKey;
use crate::inventory::lookup::Coverage;
use crate::inventory::object::ObjectKey;
use crate::inventory::snapshot::Change;
use crate::inventory::{Inventory, Object};
use crate::ops::calls::Written;
use crate::ops::error::ApiError;
use crate::ops::watch::Unavailable;

/// What the controller wants done.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Write or delete a report.
    Report(ReportKey, ReportWrite),
    /// Write a policy's status.
    Status(PolicyKey, serde_json::Value),
}

/// Why a workload is judged again; the greatest of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// Nothing about it changed: the first pass, or its report.
    Pass,
    /// A policy, the labels of its namespace or a right changed.
    Policy,
    /// The workload, or an object it is joined with, changed; or time passed.
    Workload,
}

/// Everything the controller knows.
#[derive(Debug)]
pub struct State {
    pub(super) inventory: Inventory,
    pub(super) settled: Settled,
    pub(super) policies: PolicyBook,
    pub(super) reports: Reports,
    pub(super) ledger: Ledger,
    pub(super) dirty: BTreeMap<ObjectKey, Trigger>,
    pub(super) dirty_policies: BTreeSet<PolicyKey>,
    pub(super) leads: bool,
    pub(super) pause: Pause,
}

impl State {
    /// Nothing is known yet of these kinds.
    pub fn new(watched: &[Watched]) -> Self {
        let mut inventory = Inventory::with_coverage(Coverage::NotSynced);
        inventory.set_coverage(crate::inventory::Kind::Secret, Coverage::NotSynced);
        Self {
            inventory,
            settled: Settled::new(watched.iter().copied()),
            policies: PolicyBook::default(),
            reports: Reports::default(),
            ledger: Ledger::default(),
            dirty: BTreeMap::new(),
            dirty_policies: BTreeSet::new(),
            leads: false,
            pause: Pause::default(),
        }
    }

    /// Which kinds are known.
    pub const fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Number of workloads that wait to be judged.
    pub fn backlog(&self) -> usize {
        self.dirty.len()
    }

    /// Takes a message in.
    pub fn handle(&mut self, message: Message) {
        match message {
            Message::Restarted(watched) => self.restarted(watched),
            Message::Synced(watched) => self.synced(watched),
            Message::Unavailable(watched, why) => self.unavailable(watched, why),
            Message::Object(object) => self.object(*object),
            Message::ObjectGone(key, uid) => {
                if let Change::Removed(before) = self.inventory.remove(&key, &uid) {
                    self.touch(&before);
                }
            }
            Message::Policy(policy) => self.policy(*policy),
            Message::PolicyGone(key, uid) => {
                if self.policies.remove(&key, &uid) {
                    self.policy_changed(&key);
                }
            }
            Message::Report(metadata) => {
                let (_, subject, changed) = self.reports.observed(*metadata);
                if let (true, Some(subject)) = (changed, subject) {
                    self.mark(subject, Trigger::Pass);
                }
            }
            Message::ReportGone(namespace, name, uid) => self.report_gone(&(namespace, name), &uid),
        }
    }

    fn restarted(&mut self, watched: Watched) {
        match watched {
            Watched::Kind(kind) => self.inventory.begin_list(kind),
            Watched::Policies => self.policies.begin(false),
            Watched::ClusterPolicies => self.policies.begin(true),
            Watched::Reports => self.reports.begin(),
        }
    }

    fn synced(&mut self, watched: Watched) {
        match watched {
            Watched::Kind(kind) => {
                for object in self.inventory.end_list(kind) {
                    self.touch(&object);
                }
            }
            Watched::Policies | Watched::ClusterPolicies => {
                for key in self.policies.end(watched == Watched::ClusterPolicies) {
                    self.policy_changed(&key);
                }
            }
            Watched::Reports => {
                // Their subjects are not known any more: whatever has no report gets one.
                if !self.reports.end().is_empty() {
                    self.mark_all(Trigger::Pass);
                }
            }
        }
        self.cover(watched, Coverage::Complete);
    }

    fn unavailable(&mut self, watched: Watched, why: Unavailable) {
        match watched {
            // What may not be seen any more has not gone: its verdict is Unknown, and its report stays.
            Watched::Kind(kind) if kind.is_workload() && why == Unavailable::Forbidden => {}
            Watched::Kind(kind) => {
                for object in self.inventory.clear(kind) {
                    self.touch(&object);
                }
            }
            // Without the right to read policies, or without their CRD, nobody says what to judge; what
            // was known stays, so that a slip of RBAC does not delete every report.
            Watched::Policies | Watched::ClusterPolicies | Watched::Reports => {}
        }
        self.cover(watched, unavailable(why));
    }

    fn cover(&mut self, watched: Watched, coverage: Coverage) {
        if !self.settled.set(watched, coverage) {
            return;
        }
        self.covered([watched]);
    }

    fn covered(&mut self, changed: impl IntoIterator<Item = Watched>) {
        for watched in changed {
            if let Watched::Kind(kind) = watched {
                self.inventory.set_coverage(kind, self.settled.coverage(watched));
            }
        }
        self.mark_all(Trigger::Policy);
    }

    /// Takes in how long ago each kind last showed life; see [`Settled::look`].
    pub fn look(&mut self, uptime: Duration, ages: &BTreeMap<Watched, Duration>, limit: Duration) {
        let changed = self.settled.look(uptime, ages, limit);
        if !changed.is_empty() {
            self.covered(changed);
        }
    }

    fn object(&mut self, object: Object) {
        let key = object.key();
        match self.inventory.apply(object) {
            Change::None => {}
            Change::Added => self.touch_key(&key),
            Change::Updated(before) => {
                self.touch(&before);
                self.touch_key(&key);
            }
            Change::Removed(before) => self.touch(&before),
        }
    }

    fn touch_key(&mut self, key: &ObjectKey) {
        if let Some(object) = self.inventory.get(key).cloned() {
            self.touch(&object);
        }
    }

    /// Marks every workload whose verdict can depend on this object, as it was or as it is.
    fn touch(&mut self, object: &Object) {
        let trigger =
            if matches!(object, Object::Namespace(_)) { Trigger::Policy } else { Trigger::Workload };
        for key in self.inventory.workloads_behind(object) {
            self.mark(key, trigger);
        }
    }

    pub(super) fn mark(&mut self, key: ObjectKey, trigger: Trigger) {
        let known = self.dirty.entry(key).or_insert(trigger);
        *known = trigger.max(*known);
    }

    fn mark_all(&mut self, trigger: Trigger) {
        let keys: Vec<ObjectKey> = self.inventory.workload_keys().collect();
        for key in keys {
            self.mark(key, trigger);
        }
        self.dirty_policies.extend(self.policies.keys().cloned());
    }

    fn policy(&mut self, policy: super::watched::PolicyObject) {
        let key = policy.key.clone();
        match self.policies.insert(policy) {
            PolicyChange::None => {}
            PolicyChange::Status => drop(self.dirty_policies.insert(key)),
            PolicyChange::Spec => {
                let selected = self.ledger.selected_by(&key);
                self.policies.remember(&key, selected);
                self.policy_changed(&key);
            }
        }
    }

    fn policy_changed(&mut self, key: &PolicyKey) {
        self.dirty_policies.insert(key.clone());
        if key.is_cluster() {
            self.mark_all(Trigger::Policy);
        } else {
            for workload in self.inventory.keys_in(&key.namespace) {
                self.mark(workload, Trigger::Policy);
            }
        }
    }

    fn report_gone(&mut self, key: &ReportKey, uid: &str) {
        if self.reports.vanished(key, uid)
            && let Some(subject) = self.subject_of(key)
        {
            self.mark(subject, Trigger::Pass);
        }
    }

    /// Whether this replica may write. One that begins to lead writes whatever differs.
    pub fn lead(&mut self, leads: bool) {
        if leads && !self.leads {
            self.mark_all(Trigger::Pass);
        }
        self.leads = leads;
    }

    /// A write has ended.
    pub fn written(&mut self, done: &Done, now: Timestamp) {
        let outcome = &done.outcome;
        self.pause.outcome(&done.target, outcome, now);
        match &done.target {
            WriteTarget::Report(key) => {
                let again = self.reports.acknowledged(key, outcome.as_ref().ok());
                if let Some(subject) = again {
                    self.mark(subject, Trigger::Pass);
                }
                if outcome.is_err() {
                    let retry = self.pause.refused(key, now);
                    let subject = self.subject_of(key);
                    if let Some(subject) = subject {
                        self.ledger.wake(&subject, retry);
                    }
                } else {
                    self.pause.accepted(key);
                }
            }
            WriteTarget::Status(key) => {
                let Some(slot) = self.policies.slot_mut(key) else { return };
                slot.acknowledged(outcome.as_ref().ok().map(|response| &*response.resource_version), now);
                self.dirty_policies.insert(key.clone());
            }
        }
    }

    /// The workload that a report of this name is about.
    pub(super) fn subject_of(&self, key: &ReportKey) -> Option<ObjectKey> {
        let subjects = self.inventory.keys_in(&key.0);
        subjects.into_iter().find(|subject| crate::render::report::name(subject) == key.1)
    }

    /// The next moment at which something must be done although nothing happens.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        // What waits for a kind, or for the Lease, waits for no moment; counted in, it would spin.
        if !self.settled.all() {
            return None;
        }
        let mine = self.dirty_policies.iter().filter(|_| self.leads);
        let quiet = mine.filter_map(|key| self.policies.slot(key)?.quiet_until);
        let work = (!self.dirty.is_empty()).then(|| self.pause.until().unwrap_or(now));
        let wakes = quiet.chain(work).chain(self.ledger.next_wake());
        wakes.map(|at| self.pause.until().map_or(at, |pause| at.max(pause))).min()
    }
}

/// A write that has ended.
#[derive(Debug)]
pub struct Done {
    /// What was written.
    pub target: WriteTarget,
    /// The server's answer.
    pub outcome: Result<Written, ApiError>,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteTarget {
    /// A report.
    Report(ReportKey),
    /// A policy's status.
    Status(PolicyKey),
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
