//! Pods and Jobs that an object owns which is no workload itself: a custom resource, as a rule.
//!
//! They are judged together, as their owner's. What a built-in workload or a Node manages is not here: the
//! inventory does not keep it. It must not judge. Next: [`super::joins`].

use std::collections::{BTreeMap, BTreeSet};

use super::decode::is_managed;
use super::kind::Kind;
use super::lookup::Cause;
use super::object::{Object, ObjectKey};
use super::snapshot::Inventory;
use super::subject::{SubjectKey, SubjectKind};

/// Kinds of objects whose owner is judged in their place.
pub const OWNED_KINDS: [Kind; 2] = [Kind::Job, Kind::Pod];

/// The objects of each owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    owned: BTreeMap<SubjectKey, BTreeSet<ObjectKey>>,
}

impl Owners {
    pub(super) fn add(&mut self, object: &Object) {
        if let Some(owner) = object.owner() {
            self.owned.entry(owner).or_default().insert(object.key());
        }
    }

    pub(super) fn take(&mut self, object: &Object) {
        let Some(owner) = object.owner() else { return };
        if let Some(owned) = self.owned.get_mut(&owner) {
            owned.remove(&object.key());
            if owned.is_empty() {
                self.owned.remove(&owner);
            }
        }
    }
}

impl Object {
    /// The owner that is judged in this object's place, if there is one.
    pub fn owner(&self) -> Option<SubjectKey> {
        // A custom resource is judged together with what it owns.
        if self.kind().custom().is_some() {
            return Some(self.key().into());
        }
        if !OWNED_KINDS.contains(&self.kind()) {
            return None;
        }
        let metadata = self.metadata();
        let controller = metadata.controller().filter(|owner| !is_managed(self.kind(), Some(owner)))?;
        Some(SubjectKey::of_owner(&metadata.namespace, controller))
    }

    /// The subject as which this object is judged, if it is a workload: its owner, or itself.
    pub fn subject(&self) -> Option<SubjectKey> {
        match self {
            Self::Workload(_) => Some(self.owner().unwrap_or_else(|| self.key().into())),
            Self::Broken(broken) if broken.kind.is_workload() => {
                Some(self.owner().unwrap_or_else(|| self.key().into()))
            }
            _ => None,
        }
    }
}

impl Inventory {
    /// The Pods and Jobs that are judged as their owner's, in order of kind and name.
    pub fn owned_by(&self, owner: &SubjectKey) -> impl Iterator<Item = &Object> {
        self.owners().owned.get(owner).into_iter().flatten().filter_map(|key| self.get(key))
    }

    /// Why there may be a subject, or something that it owns, that is not here; absent when there is none.
    pub fn gap_of(&self, subject: &SubjectKey) -> Option<Cause> {
        let gap = |kind| self.coverage_in(kind, &subject.namespace).gap();
        let custom = self.covered_kinds().filter(|kind| is_of(*kind, subject));
        let of_owned = || OWNED_KINDS.into_iter().chain(custom).find_map(gap);
        match subject.kind {
            SubjectKind::Known(kind) if kind.is_workload() => gap(kind),
            // It is here, and no subject: a workload reaches it.
            SubjectKind::Known(_) if subject.object().is_some_and(|key| self.get(&key).is_some()) => None,
            SubjectKind::Known(kind) => gap(kind).or_else(of_owned),
            SubjectKind::Other(_) => of_owned(),
        }
    }
}

/// Whether a subject is a custom resource of this kind.
pub fn is_of(kind: Kind, subject: &SubjectKey) -> bool {
    kind.custom().is_some_and(|custom| custom.is(subject.kind.group(), subject.kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;

    fn object(kind: Kind, name: &str, owner: &str) -> Object {
        let owner = match owner.split_once(' ') {
            Some((api_version, kind)) => format!(
                r#","ownerReferences":[{{"apiVersion":"{api_version}","kind":"{kind}","name":"db","uid":"o","controller":true}}]"#
            ),
            None => String::new(),
        };
        let json =
            format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}"{owner}}}}}"#);
        decode(kind, &json).unwrap()
    }

    fn cluster() -> SubjectKey {
        SubjectKey::of_reference("shop", ("db.example/v1", "Cluster", "db"))
    }

    fn owned(inventory: &Inventory) -> Vec<String> {
        inventory.owned_by(&cluster()).map(|object| object.key().to_string()).collect()
    }

    #[test]
    fn pods_and_jobs_are_their_owners_and_nothing_else_is() {
        let of = |kind, owner: &str| object(kind, "x", owner).subject().map(|key| key.to_string());
        assert_eq!(of(Kind::Pod, "db.example/v1 Cluster").unwrap(), "Cluster shop/db");
        assert_eq!(of(Kind::Job, "db.example/v1 Cluster").unwrap(), "Cluster shop/db");
        assert_eq!(of(Kind::Deployment, "db.example/v1 Cluster").unwrap(), "Deployment shop/x");
        assert_eq!(of(Kind::CronJob, "db.example/v1 Cluster").unwrap(), "CronJob shop/x");
        assert_eq!(of(Kind::Pod, "").unwrap(), "Pod shop/x");
        assert_eq!(of(Kind::Pod, "apps/v1 ReplicaSet"), None);
        assert_eq!(of(Kind::Pod, "v1 Node"), None);
        assert_eq!(of(Kind::Service, "db.example/v1 Cluster"), None);
    }

    #[test]
    fn what_an_owner_owns_follows_every_change() {
        let mut inventory = Inventory::default();
        inventory.begin_list(Kind::Pod);
        inventory.apply(object(Kind::Pod, "db-1", "db.example/v1 Cluster"));
        inventory.apply(object(Kind::Pod, "db-0", "db.example/v1 Cluster"));
        inventory.apply(object(Kind::Job, "init", "db.example/v1 Cluster"));
        assert_eq!(owned(&inventory), ["Job shop/init", "Pod shop/db-0", "Pod shop/db-1"]);
        inventory.apply(object(Kind::Pod, "db-1", ""));
        assert_eq!(owned(&inventory), ["Job shop/init", "Pod shop/db-0"], "it was given away");
        inventory.apply(object(Kind::Pod, "db-1", "db.example/v2 Cluster"));
        inventory.apply(object(Kind::Pod, "db-0", "apps/v1 ReplicaSet"));
        assert_eq!(owned(&inventory), ["Job shop/init", "Pod shop/db-1"]);
        inventory.begin_list(Kind::Pod);
        inventory.end_list(Kind::Pod);
        assert_eq!(owned(&inventory), ["Job shop/init"], "a list did not show it");
        inventory.remove(&object(Kind::Job, "init", "").key(), "u-init");
        assert!(owned(&inventory).is_empty());
    }
}
