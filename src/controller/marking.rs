//! What a change makes dirty.
//!
//! It must err on the side of too much; it must not judge. Next: [`super::judging`].

use super::commands::Trigger;
use super::dirty::Dirty;
use super::secrets::SecretQuestions;
use super::settled::Settled;
use super::state::State;
use super::watched::Watched;
use crate::engine::policy::PolicyKey;
use crate::engine::subject::Subject;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Inventory, Kind, Object, SubjectKey};

impl State {
    /// Marks every subject whose verdict can depend on this object as it was.
    pub(super) fn touch(&mut self, object: &Object) {
        touch(object, (&self.inventory, &self.settled), &mut self.secrets, &mut self.dirty);
    }

    /// Marks every subject whose verdict can depend on this object as it is.
    pub(super) fn touch_key(&mut self, key: &ObjectKey) {
        let Self { inventory, settled, secrets, dirty, .. } = self;
        if let Some(object) = inventory.get(key) {
            touch(object, (inventory, settled), secrets, dirty);
        }
    }

    /// Marks one subject.
    pub(super) fn mark(&mut self, key: SubjectKey, trigger: Trigger) {
        self.dirty.mark(key, trigger);
    }

    /// Marks every subject and every policy.
    pub(super) fn mark_all(&mut self, trigger: Trigger) {
        for key in self.inventory.subjects() {
            self.dirty.mark(key, trigger);
        }
        self.dirty_policies.extend(self.policies.keys().cloned());
    }

    /// Marks what reports are about and the index does not have: it went, came to its end or got an owner
    /// while nobody led, so that no event will tell; or it cannot be seen.
    pub(super) fn mark_orphaned_reports(&mut self) {
        let gone = |key: &&SubjectKey| Subject::find(&self.inventory, key).is_none();
        let subjects: Vec<SubjectKey> = self.reports.subjects().filter(gone).cloned().collect();
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
            for subject in self.inventory.subjects_in(&key.namespace) {
                self.mark(subject, Trigger::Policy);
            }
        }
        // Of what cannot be seen, the report alone says that a policy is about it.
        let custom = self.policies.readers().kinds().filter(|kind| kind.custom().is_some());
        if Kind::WORKLOADS.iter().copied().chain(custom).any(|kind| self.inventory.coverage(kind).is_blind())
        {
            self.mark_orphaned_reports();
        }
    }
}

fn touch(
    object: &Object,
    (inventory, settled): (&Inventory, &Settled),
    secrets: &mut SecretQuestions,
    dirty: &mut Dirty,
) {
    if matches!(object.kind(), Kind::Ingress | Kind::Secret) {
        secrets.look_at(&object.metadata().namespace);
    }
    if let Object::Ingress(ingress) = object {
        for secret in ingress.spec.secret_names() {
            secrets.ask_again(&ingress.metadata.namespace, secret);
        }
    }
    // Of a kind that is being listed for the first time nothing is judged; once it is settled, everything that
    // can depend on it is marked at once.
    let kind = object.kind();
    if !kind.is_workload() && !settled.is_settled(Watched::Kind(kind)) {
        return;
    }
    let trigger = if matches!(object, Object::Namespace(_)) { Trigger::Policy } else { Trigger::Workload };
    for key in inventory.subjects_behind(object) {
        dirty.mark(key, trigger);
    }
}
