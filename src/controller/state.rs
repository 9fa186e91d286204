//! The controller's whole memory, and what each message means for it.
//!
//! Pure but for its owner: it gets messages and moments, and returns commands. It must not do any I/O.
//! Next: [`super::judging`] for the part that judges, [`super::run`] for the loop that owns it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::commands::{Done, Trigger};
use super::dirty::Dirty;
use super::fence::Fences;
use super::ledger::Ledger;
use super::pause::{Pause, WriteTarget};
use super::policies::{PolicyBook, PolicyChange, Slot};
use super::reports::{ReportKey, Reports};
use super::secrets::SecretQuestions;
use super::settled::{Settled, unavailable};
use super::wanted::Wanted;
use super::watched::{Message, Watched};
use crate::catalogue::Family;
use crate::engine::policy::PolicyKey;
use crate::inventory::lookup::Coverage;
use crate::inventory::snapshot::Change;
use crate::inventory::{Inventory, Object, SubjectKey};
use crate::ops::calls::Written;
use crate::ops::error::ApiError;
use crate::ops::watch::Unavailable;
use crate::render::events::Happening;

/// Everything the controller knows.
#[derive(Debug)]
pub struct State {
    pub(super) inventory: Inventory,
    pub(super) settled: Settled,
    pub(super) policies: PolicyBook,
    pub(super) reports: Reports,
    pub(super) ledger: Ledger,
    pub(super) dirty: Dirty,
    /// Subjects that wait until a kind is settled; they are in no queue.
    pub(super) waiting: BTreeMap<SubjectKey, Trigger>,
    pub(super) wanted: Wanted,
    pub(super) dirty_policies: BTreeSet<PolicyKey>,
    pub(super) leads: bool,
    /// A list has ended since everything was last packed.
    pub(super) grew: bool,
    pub(super) pause: Pause,
    pub(super) fences: Fences,
    /// Policies whose counts a policy, a label or a right changed since their status was last written.
    pub(super) by_policy: BTreeSet<PolicyKey>,
    pub(super) happenings: Vec<Happening>,
    pub(super) secrets: SecretQuestions,
}

impl State {
    /// Nothing is known yet of these kinds.
    pub fn new(watched: &[Watched]) -> Self {
        Self {
            inventory: Inventory::with_coverage(Coverage::NotSynced).live(true),
            settled: Settled::new(watched.iter().copied()),
            policies: PolicyBook::default(),
            reports: Reports::default(),
            ledger: Ledger::default(),
            dirty: Dirty::default(),
            waiting: BTreeMap::new(),
            wanted: Wanted::default(),
            dirty_policies: BTreeSet::new(),
            leads: false,
            grew: false,
            pause: Pause::default(),
            fences: Fences::default(),
            by_policy: BTreeSet::new(),
            happenings: Vec::new(),
            secrets: SecretQuestions::default(),
        }
    }

    /// Which kinds are known.
    pub const fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Number of subjects that wait to be judged.
    pub fn backlog(&self) -> usize {
        self.dirty.len() + self.waiting.len()
    }

    /// Sets the operator's own namespace, where reports on objects of the cluster lie.
    pub fn set_home(&mut self, namespace: &str) {
        self.inventory = std::mem::take(&mut self.inventory).at_home(namespace);
    }

    /// Sets which minor of Kubernetes the server has. Before the first object.
    pub fn set_server_minor(&mut self, minor: Option<u8>) {
        self.inventory.set_server_minor(minor);
    }

    /// Has checks of these families say nothing. Before the first policy.
    pub fn switch_off(&mut self, families: BTreeSet<Family>) {
        self.policies = PolicyBook::without(families);
    }

    /// Sets how long a kind is watched that no policy reads any more.
    pub const fn set_linger(&mut self, linger: SignedDuration) {
        self.wanted.set_linger(linger);
    }

    /// Takes a message in. One of a watch that has ended came too late.
    pub fn handle(&mut self, message: Message) {
        if message.kind().is_some_and(|kind| !self.settled.is_watched(Watched::Kind(kind))) {
            return;
        }
        match message {
            Message::Restarted(watched) => self.restarted(watched),
            Message::Synced(watched) => self.synced(watched),
            Message::Unavailable(watched, why) => self.unavailable(watched, why),
            Message::Covered(watched, namespace, coverage) => self.cover_in(watched, &namespace, coverage),
            Message::Object(object) => self.object(*object),
            Message::ObjectGone(key, uid) => {
                self.fences.gone(&key.namespace, &uid);
                if let Change::Removed(before) = self.inventory.remove(&key, &uid) {
                    self.touch(&before);
                }
            }
            Message::Policy(policy) => self.policy(*policy),
            Message::PolicyGone(key, uid) => {
                if self.policies.remove(&key, &uid) {
                    self.policy_gone(&key);
                }
            }
            Message::Report(metadata) => {
                let (_, subject, changed) = self.reports.observed(*metadata);
                if let (true, Some(subject)) = (changed, subject) {
                    self.mark(subject, Trigger::Pass);
                }
            }
            // What is deprecated on one server is not on another.
            Message::ServerMinor(minor) => {
                if self.inventory.set_server_minor(Some(minor)) {
                    self.mark_all(Trigger::Policy);
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
        self.grew = true;
        match watched {
            Watched::Kind(kind) => {
                for object in self.inventory.end_list(kind) {
                    self.touch(&object);
                }
            }
            Watched::Policies | Watched::ClusterPolicies => {
                for key in self.policies.end(watched == Watched::ClusterPolicies) {
                    self.policy_gone(&key);
                }
            }
            Watched::Reports => {
                // Their subjects are not known any more: whatever has no report gets one.
                if !self.reports.end().is_empty() {
                    self.mark_all(Trigger::Pass);
                }
                self.mark_orphaned_reports();
                self.recall();
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

    fn policy(&mut self, policy: super::watched::PolicyObject) {
        let key = policy.key.clone();
        match self.policies.insert(policy) {
            PolicyChange::None => {}
            PolicyChange::Status => {
                self.forget_cause(&key);
                self.dirty_policies.insert(key);
            }
            PolicyChange::Spec => {
                let selected = self.ledger.selected_by(&key);
                self.policies.remember(&key, selected);
                self.recall();
                self.policy_changed(&key);
                self.forget_cause(&key);
            }
        }
    }

    fn policy_gone(&mut self, key: &PolicyKey) {
        self.fences.drop(key);
        self.dirty.forget(key);
        self.policy_changed(key);
    }

    /// What this process did not see an invalid policy select, its reports still say.
    fn recall(&mut self) {
        for key in self.policies.forgotten() {
            self.policies.remember(&key, self.reports.naming(&key));
        }
    }

    /// A policy that was judged as it is, by an earlier process or another replica, is not what changes now.
    fn forget_cause(&mut self, key: &PolicyKey) {
        if self.policies.slot(key).is_some_and(Slot::is_judged) {
            self.by_policy.remove(key);
        }
    }

    fn report_gone(&mut self, key: &ReportKey, uid: &str) {
        if let Some(subject) = self.reports.vanished(key, uid) {
            self.mark(subject, Trigger::Pass);
        }
    }

    /// Whether this replica may write. One that begins to lead writes whatever differs.
    pub fn lead(&mut self, leads: bool, now: Timestamp) {
        if leads && !self.leads {
            self.mark_all(Trigger::Pass);
            self.mark_orphaned_reports();
            self.fences.restart(now);
        }
        self.leads = leads;
    }

    /// A command has ended.
    pub fn done(&mut self, done: Done, now: Timestamp) {
        match done {
            Done::Report(key, outcome) => self.report_written(&key, &outcome, now),
            Done::Status(key, outcome) => {
                self.pause.outcome(&WriteTarget::Status(key.clone()), &outcome, now);
                if let Some(slot) = self.policies.slot_mut(&key) {
                    let version = outcome.ok().map(|response| response.resource_version);
                    self.happenings.extend(slot.acknowledged(version.as_deref(), now));
                    self.dirty_policies.insert(key);
                }
            }
            Done::Secret(name, answer) => {
                if self.secrets.answered(&name, answer, &mut self.inventory, now) {
                    self.mark_behind_secret(&name.0, &name.1);
                }
            }
            Done::Event => {}
            Done::Fence(run, listing) => self.fences.listed(&run, listing, now),
        }
    }

    fn report_written(&mut self, key: &ReportKey, outcome: &Result<Written, ApiError>, now: Timestamp) {
        self.pause.outcome(&WriteTarget::Report(key.clone()), outcome, now);
        let acknowledged = self.reports.acknowledged(key, outcome.as_ref().ok());
        self.happenings.extend(acknowledged.happening);
        if let Some((subject, trigger)) = acknowledged.again {
            self.mark(subject, trigger);
        }
        if outcome.is_ok() {
            self.pause.accepted(key);
            return;
        }
        let retry = self.pause.refused(key, now);
        if let Some(subject) = self.reports.subject(key) {
            self.ledger.wake(subject, retry);
        }
    }

    /// The next moment at which something must be done although nothing happens.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        // What waits for a kind, or for the Lease, waits for no moment; counted in, it would spin. So would a
        // policy that waits for such a workload.
        if !self.settled.all() {
            return None;
        }
        let mine = self.dirty_policies.iter().filter(|key| self.leads && !self.is_waiting(key));
        let quiet = mine.filter_map(|key| self.policies.slot(key)?.quiet_until);
        let work = (!self.dirty.is_empty()).then(|| self.pause.until().unwrap_or(now));
        let wakes = quiet
            .chain(work)
            .chain(self.ledger.next_wake())
            .chain(self.wanted.next_due())
            .chain(self.fences.next_due().filter(|_| self.leads))
            .chain(self.secrets.next_due().filter(|_| self.leads));
        wakes.map(|at| self.pause.until().map_or(at, |pause| at.max(pause))).min()
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
