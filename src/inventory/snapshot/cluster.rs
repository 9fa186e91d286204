//! Cluster-scoped objects that a namespace's workloads name, by their name.
//!
//! It must not let a check see another namespace. Next: [`super::rights`].

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::super::admission::WebhookService;
use super::super::class::{IngressClass, PriorityClass, RuntimeClass, SYSTEM_PRIORITY_CLASSES};
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Lookup, Search};
use super::super::node::Node;
use super::super::object::Object;
use super::super::storage::{PersistentVolume, StorageClass};
use super::super::workload::Workload;
use super::entered::in_order;
use super::related::named;
use super::{Inventory, NamespaceView};

/// The two that the server makes, with the values that are theirs for ever.
static SYSTEM: LazyLock<Vec<PriorityClass>> = LazyLock::new(|| {
    let values = [2_000_000_000, 2_000_001_000];
    let classes = SYSTEM_PRIORITY_CLASSES.iter().zip(values);
    classes
        .map(|(name, value)| PriorityClass { metadata: named(name), value, global_default: false })
        .collect()
});

impl Inventory {
    /// The claims that a PersistentVolume is bound to or kept for, and those that name it: namespace and name. The first
    /// may not be there.
    pub(in super::super) fn claims_for<'a>(
        &'a self,
        volume: &'a PersistentVolume,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let bound = volume.spec.claim_ref.iter().map(|claim| (&*claim.namespace, &*claim.name));
        let own = volume.metadata.name.as_str();
        let naming = self.index.find_everywhere(Everywhere::IsFor(own)).filter_map(|key| self.get(key));
        let naming = naming.filter_map(move |object| match object {
            Object::PersistentVolumeClaim(claim) if claim.spec.volume_name == *own => {
                Some((claim.metadata.namespace.as_str(), claim.metadata.name.as_str()))
            }
            _ => None,
        });
        bound.chain(naming)
    }
}

impl<'a> NamespaceView<'a> {
    /// The PersistentVolumes that the claims of a workload lead to.
    pub(super) fn volumes_behind(&self, workload: &Workload) -> Search<&'a Object> {
        let own = |claim: &str| workload.names_claim(claim) || workload.makes_claim(claim);
        if workload.claims.is_none() && workload.pod.claim_names().next().is_none() {
            return Search { found: Vec::new(), incomplete: None };
        }
        let claims = self.reached_by(workload, Kind::PersistentVolumeClaim);
        let named: BTreeSet<&str> = claims.found.iter().filter_map(|object| volume_of(object)).collect();
        let cluster = NamespaceView { namespace: "", ..*self };
        let volumes = self.inventory.objects_of(Kind::PersistentVolume, "");
        cluster.search_among(Kind::PersistentVolume, volumes, |object| match object {
            Object::PersistentVolume(volume) => {
                let is_bound = volume.spec.claim_in(self.namespace).is_some_and(own);
                (is_bound || named.contains(volume.metadata.name.as_str())).then_some(object)
            }
            _ => None,
        })
    }

    /// The PriorityClass of this name; those that the server makes are always there.
    pub fn priority_class(&self, name: &str) -> Lookup<&'a PriorityClass> {
        if let Some(class) = SYSTEM.iter().find(|class| class.metadata.name == name) {
            return Lookup::Found(class);
        }
        self.cluster_lookup(Kind::PriorityClass, name, |object| match object {
            Object::PriorityClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// The IngressClass of this name.
    pub fn ingress_class(&self, name: &str) -> Lookup<&'a IngressClass> {
        self.cluster_lookup(Kind::IngressClass, name, |object| match object {
            Object::IngressClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// Every IngressClass.
    pub fn ingress_classes(&self) -> Search<&'a IngressClass> {
        self.cluster_search(Kind::IngressClass, |object| match object {
            Object::IngressClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// The StorageClass of this name.
    pub fn storage_class(&self, name: &str) -> Lookup<&'a StorageClass> {
        self.cluster_lookup(Kind::StorageClass, name, |object| match object {
            Object::StorageClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// Every StorageClass.
    pub fn storage_classes(&self) -> Search<&'a StorageClass> {
        self.cluster_search(Kind::StorageClass, |object| match object {
            Object::StorageClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// The RuntimeClass of this name.
    pub fn runtime_class(&self, name: &str) -> Lookup<&'a RuntimeClass> {
        self.cluster_lookup(Kind::RuntimeClass, name, |object| match object {
            Object::RuntimeClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// Every Node.
    pub fn nodes(&self) -> Search<&'a Node> {
        self.cluster_search(Kind::Node, |object| match object {
            Object::Node(node) => Some(&**node),
            _ => None,
        })
    }

    /// The objects of these kinds on account of which the API server asks one of these Services of this namespace:
    /// configurations of webhooks, and what extends the API. Each kind's come by name.
    pub fn asking(&self, kinds: &[Kind], services: &[&str]) -> Search<&'a Object> {
        let Self { inventory, namespace: own, .. } = *self;
        let is_own =
            |asked: &WebhookService| asked.namespace == own && services.contains(&asked.name.as_str());
        // Most clusters have none of most such kinds.
        let is_any = kinds.iter().any(|kind| inventory.index.holds(*kind));
        let services_asked: &[&str] = if is_any { services } else { &[] };
        let asking = services_asked.iter();
        let asking = asking.flat_map(|name| inventory.index.find_everywhere(Everywhere::Asks(own, name)));
        let asking = asking.filter_map(|key| inventory.get(key));
        let asking = in_order(asking.filter(|object| object.asked_services().any(is_own)).collect());
        let cluster = NamespaceView { namespace: "", ..*self };
        let of_kind = |kind: &Kind| {
            cluster.search_among(*kind, asking.iter().copied(), |object| {
                (object.kind() == *kind).then_some(object)
            })
        };
        let none = Search { found: Vec::new(), incomplete: None };
        kinds.iter().map(of_kind).fold(none, Search::and)
    }

    pub(super) fn cluster_lookup<T>(
        &self,
        kind: Kind,
        name: &str,
        pick: impl Fn(&'a Object) -> Option<&'a T>,
    ) -> Lookup<&'a T> {
        self.inventory.lookup(kind, "", name, pick)
    }

    pub(super) fn cluster_search<T>(&self, kind: Kind, pick: impl Fn(&'a Object) -> Option<T>) -> Search<T> {
        NamespaceView { namespace: "", ..*self }.search(kind, pick)
    }
}

/// The PersistentVolume that a claim names.
fn volume_of(claim: &Object) -> Option<&str> {
    match claim {
        Object::PersistentVolumeClaim(claim) => {
            Some(&*claim.spec.volume_name).filter(|name| !name.is_empty())
        }
        _ => None,
    }
}
