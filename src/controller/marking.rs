//! What a change makes dirty.
//!
//! It must err on the side of too much; it must not judge. Next: [`super::judging`].

use std::collections::BTreeSet;

use super::commands::Trigger;
use super::dirty::Dirty;
use super::readers::Readers;
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
        let Self { inventory, settled, policies, secrets, dirty, .. } = self;
        touch(object, (inventory, settled, policies.readers()), secrets, dirty);
    }

    /// Marks every subject whose verdict can depend on this object as it is.
    pub(super) fn touch_key(&mut self, key: &ObjectKey) {
        let Self { inventory, settled, policies, secrets, dirty, .. } = self;
        if let Some(object) = inventory.get(key) {
            touch(object, (inventory, settled, policies.readers()), secrets, dirty);
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
        self.mark_others(None, trigger);
        self.dirty_policies.extend(self.policies.keys().cloned());
    }

    /// Marks the objects beside workloads, of one namespace or of all, that some policy judges by themselves, and
    /// those that one did when they were last judged.
    fn mark_others(&mut self, namespace: Option<&str>, trigger: Trigger) {
        let mut keys: BTreeSet<SubjectKey> = match namespace {
            Some(namespace) => self.inventory.others_in(namespace),
            None => self.inventory.others().collect(),
        };
        let readers = self.policies.readers();
        keys.retain(|key| key.object().is_some_and(|object| readers.judge(object.kind)));
        let is_meant = |key: &&SubjectKey| {
            key.workload_kind().is_none() && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        keys.extend(self.ledger.others(namespace).cloned());
        keys.extend(self.reports.subjects().filter(is_meant).cloned());
        for key in keys {
            self.mark(key, trigger);
        }
    }

    /// Marks what is behind a Secret, there or not.
    pub(super) fn mark_behind_secret(&mut self, namespace: &str, name: &str) {
        let mut keys = self.inventory.subjects_behind_secret(namespace, name);
        keys.extend(self.inventory.orphans_behind_secret(namespace, name));
        for key in keys {
            self.mark(key, Trigger::Workload);
        }
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
            self.mark_others(Some(&key.namespace), Trigger::Policy);
        }
        // Of what cannot be seen, the report alone says that a policy is about it.
        let custom = self.policies.readers().kinds().filter(|kind| kind.custom().is_some());
        let is_blind = |kind| self.inventory.coverage_in(kind, &key.namespace).is_blind();
        if Kind::WORKLOADS.iter().copied().chain(custom).any(is_blind) {
            self.mark_orphaned_reports();
        }
    }
}

fn touch(
    object: &Object,
    (inventory, settled, readers): (&Inventory, &Settled, &Readers),
    secrets: &mut SecretQuestions,
    dirty: &mut Dirty,
) {
    if matches!(object.kind(), Kind::Ingress | Kind::Secret) {
        secrets.look_at(&object.metadata().namespace);
    }
    match object {
        Object::Ingress(ingress) => {
            for secret in ingress.spec.secret_names() {
                secrets.ask_again(&ingress.metadata.namespace, secret);
            }
        }
        Object::Gateway(gateway) => {
            for secret in gateway.spec.secrets() {
                let namespace = secret.namespace_from(&gateway.metadata.namespace);
                secrets.look_at(namespace);
                secrets.ask_again(namespace, &secret.name);
            }
        }
        _ => {}
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
    if let Object::Workload(workload) = object
        && readers.compare()
    {
        for key in inventory.namesakes(workload) {
            dirty.mark(key, trigger);
        }
    }
    if !readers.judge_any() {
        return;
    }
    for key in inventory.orphans_behind(object) {
        let is_judged = |kind| readers.judge(kind) && settled.is_settled(Watched::Kind(kind));
        if key.object().is_some_and(|object| is_judged(object.kind)) {
            dirty.mark(key, trigger);
        }
    }
}
