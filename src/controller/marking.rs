//! What a change makes dirty.
//!
//! It must err on the side of too much; it must not judge. Next: [`super::judging`].

use super::commands::Trigger;
use super::state::State;
use super::watched::Watched;
use crate::engine::policy::PolicyKey;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Kind, Object};

impl State {
    /// Marks every workload whose verdict can depend on this object, as it was or as it is.
    pub(super) fn touch(&mut self, object: &Object) {
        if matches!(object.kind(), Kind::Ingress | Kind::Secret) {
            self.secrets.look_at(&object.metadata().namespace);
        }
        if let Object::Ingress(ingress) = object {
            for secret in ingress.spec.secret_names() {
                self.secrets.ask_again(&ingress.metadata.namespace, secret);
            }
        }
        // Of a kind that is being listed for the first time nothing is judged; once it is settled, everything
        // that can depend on it is marked at once.
        let kind = object.kind();
        if !kind.is_workload() && !self.settled.is_settled(Watched::Kind(kind)) {
            return;
        }
        let trigger =
            if matches!(object, Object::Namespace(_)) { Trigger::Policy } else { Trigger::Workload };
        for key in self.inventory.workloads_behind(object) {
            self.mark(key, trigger);
        }
    }

    /// Marks one workload.
    pub(super) fn mark(&mut self, key: ObjectKey, trigger: Trigger) {
        let known = self.dirty.entry(key).or_insert(trigger);
        *known = trigger.max(*known);
    }

    /// Marks every workload and every policy.
    pub(super) fn mark_all(&mut self, trigger: Trigger) {
        let keys: Vec<ObjectKey> = self.inventory.workload_keys().collect();
        for key in keys {
            self.mark(key, trigger);
        }
        self.dirty_policies.extend(self.policies.keys().cloned());
    }

    /// Marks what reports are about and the index does not have: it went, came to its end or got an owner
    /// while nobody led, so that no event will tell.
    pub(super) fn mark_orphaned_reports(&mut self) {
        let gone = |key: &&ObjectKey| self.inventory.get(key).is_none();
        let subjects: Vec<ObjectKey> = self.reports.subjects().filter(gone).cloned().collect();
        for subject in subjects {
            self.mark(subject, Trigger::Pass);
        }
    }

    /// Marks what a policy that changed, came or went is or was about.
    pub(super) fn policy_changed(&mut self, key: &PolicyKey) {
        self.by_policy.insert(key.clone());
        self.mark_policy(key);
        self.release();
    }

    /// Marks a policy and what it can be about; of one that is held the workloads are marked when it is not
    /// any more.
    pub(super) fn mark_policy(&mut self, key: &PolicyKey) {
        self.dirty_policies.insert(key.clone());
        if self.is_held(key) {
            return;
        }
        if key.is_cluster() {
            self.mark_all(Trigger::Policy);
        } else {
            for workload in self.inventory.keys_in(&key.namespace) {
                self.mark(workload, Trigger::Policy);
            }
        }
    }
}
