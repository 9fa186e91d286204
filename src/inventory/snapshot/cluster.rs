//! Cluster-scoped objects that a namespace's workloads name, by their name.
//!
//! It must not let a check see another namespace. Next: [`super::rights`].

use std::sync::LazyLock;

use super::super::admission::WebhookService;
use super::super::class::{IngressClass, PriorityClass, RuntimeClass, SYSTEM_PRIORITY_CLASSES};
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Lookup, Search};
use super::super::node::Node;
use super::super::object::Object;
use super::super::storage::{PersistentVolume, StorageClass};
use super::NamespaceView;
use super::entered::in_order;
use super::related::named;

/// The two that the server makes, with the values that are theirs for ever.
static SYSTEM: LazyLock<Vec<PriorityClass>> = LazyLock::new(|| {
    let values = [2_000_000_000, 2_000_001_000];
    let classes = SYSTEM_PRIORITY_CLASSES.iter().zip(values);
    classes
        .map(|(name, value)| PriorityClass { metadata: named(name), value, global_default: false })
        .collect()
});

impl<'a> NamespaceView<'a> {
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

    /// The PersistentVolumes that are bound to such a claim of the namespace, or kept for one.
    pub fn persistent_volumes(&self, is_meant: impl Fn(&str) -> bool) -> Search<&'a PersistentVolume> {
        self.cluster_search(Kind::PersistentVolume, |object| match object {
            Object::PersistentVolume(volume) => {
                volume.spec.claim_in(self.namespace).is_some_and(&is_meant).then_some(&**volume)
            }
            _ => None,
        })
    }

    /// The PersistentVolume of this name.
    pub fn persistent_volume(&self, name: &str) -> Lookup<&'a PersistentVolume> {
        self.cluster_lookup(Kind::PersistentVolume, name, |object| match object {
            Object::PersistentVolume(volume) => Some(&**volume),
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
        let asking =
            services.iter().flat_map(|name| inventory.index.find_everywhere(Everywhere::Asks(own, name)));
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
