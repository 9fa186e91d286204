//! Searches by what an object is entered under in the index, instead of through a whole namespace.
//!
//! They find what going through the namespace finds, in the same order. They must not judge. Next: [`super::super::index`],
//! [`super::related`].

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::index::{Everywhere, Term};
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::lookup::Search;
use super::super::network_policy::NetworkPolicy;
use super::super::object::Object;
use super::super::selector::Selector;
use super::super::workload::Workload;
use super::{Inventory, NamespaceView};

impl Inventory {
    /// The NetworkPolicies of every namespace with a peer that is namespaces by their labels.
    pub(in super::super) fn peers_by_namespace(&self) -> impl Iterator<Item = &Object> {
        self.index.find_everywhere(Everywhere::PeersByNamespace).filter_map(|key| self.get(key))
    }

    /// The NetworkPolicies of every namespace with a peer that is pods of a workload in namespaces which may be its own.
    pub(in super::super) fn policies_meaning<'a>(&'a self, workload: &Workload) -> Vec<&'a NetworkPolicy> {
        let labels = workload.pod_labels.iter().map(Some).chain([None]);
        let terms = labels.map(Everywhere::PeersCarry);
        let keys: BTreeSet<_> = terms.flat_map(|term| self.index.find_everywhere(term)).collect();
        let is_meant = |(namespaces, pods): (&Selector, Option<&Selector>)| {
            pods.is_some_and(|pods| pods.matches(&workload.pod_labels))
                && self.may_match(namespaces, &workload.metadata.namespace)
        };
        let found = keys.into_iter().filter_map(|key| match self.get(key) {
            Some(Object::NetworkPolicy(policy)) => Some(&**policy),
            _ => None,
        });
        found.filter(|policy| policy.spec.peers_by_namespace().any(is_meant)).collect()
    }

    /// The NetworkPolicies of every namespace that let through what goes out to ports by their names.
    pub(in super::super) fn naming_ports_of_others(&self) -> impl Iterator<Item = &Object> {
        self.index.find_everywhere(Everywhere::PortsOfOthers).filter_map(|key| self.get(key))
    }

    /// The objects of every namespace that do not have the shape of this kind.
    pub(super) fn broken_everywhere(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        // Mostly there are none of whatever kind.
        let broken = self.index.has_broken().then(|| self.index.find_everywhere(Everywhere::Broken(kind)));
        let found = broken.into_iter().flatten().filter_map(|key| self.get(key));
        found.filter(move |object| matches!(object, Object::Broken(own) if own.kind == kind))
    }
}

impl<'a> NamespaceView<'a> {
    /// Those objects of a kind with a selector that are picked. `pick` picks none whose selector does not match these labels.
    pub(super) fn search_selecting<T>(
        &self,
        kind: Kind,
        labels: &Labels,
        pick: impl Fn(&'a Object) -> Option<T>,
    ) -> Search<T> {
        let of_kind = |object: &&'a Object| object.kind() == kind;
        let known = self.selecting(labels);
        self.search_among(kind, known.iter().copied().filter(of_kind), pick)
    }

    /// The objects of whatever kind with a selector that may match these labels, in order; all that do, are among them.
    fn selecting(&self, labels: &Labels) -> Cow<'a, [&'a Object]> {
        match self.around_labels(labels) {
            Some(around) => Cow::Borrowed(around.selecting.get_or_init(|| self.find_selecting(labels))),
            None => Cow::Owned(self.find_selecting(labels)),
        }
    }

    /// The routes or VirtualServices, whichever are of this kind, that may send to a Service whose selector may match these
    /// labels, in order, whatever is known of Services in full; all that do, are among them.
    pub(super) fn routes_before(&self, kind: Kind, labels: &Labels) -> Vec<&'a Object> {
        let (inventory, namespace) = (self.inventory, self.namespace);
        let known = self.selecting(labels);
        let services = known.iter().copied().filter(|object| object.kind() == Kind::Service);
        let routes = services.flat_map(|one| {
            let name = one.metadata().name.as_str();
            inventory.index.find_everywhere(Everywhere::SendsTo(namespace, name))
        });
        let routes = routes.filter_map(|key| inventory.get(key));
        in_order(routes.filter(|one| one.kind() == kind && one.metadata().namespace == namespace).collect())
    }

    /// The RoleBindings of this namespace that may give something to the ServiceAccount of this name, in order.
    pub(super) fn bindings_here(&self, service_account: &str) -> Vec<&'a Object> {
        let terms = [(self.namespace, service_account), (self.namespace, ""), ("", "")];
        let named = terms.into_iter().flat_map(|(of, name)| self.inventory.bindings_naming(of, name));
        in_order(named.filter(|one| one.metadata().namespace == self.namespace).collect())
    }

    /// The objects of whatever kind with a selector that may match these labels, in order; all that do, are among them.
    fn find_selecting(&self, labels: &Labels) -> Vec<&'a Object> {
        let pairs = labels.iter().map(Some);
        let terms = pairs.chain([None]).map(Term::Selects);
        let found = terms.flat_map(|term| self.inventory.candidates(self.namespace, term));
        in_order(found.collect())
    }

    /// Those autoscalers of a kind that are picked. `pick` picks none that does not scale something of this name.
    pub(super) fn search_scaling<T>(
        &self,
        kind: Kind,
        name: &str,
        pick: impl Fn(&'a Object) -> Option<T>,
    ) -> Search<T> {
        let scaling = self.inventory.index.find(self.namespace, Term::Scales(name));
        let scaling = scaling.filter(|key| key.kind == kind).filter_map(|key| self.inventory.get(key));
        self.search_among(kind, scaling, pick)
    }

    /// Whether an object of this kind does not have its shape.
    pub(super) fn has_broken(&self, kind: Kind) -> bool {
        let is_broken = |object: &Object| matches!(object, Object::Broken(own) if own.kind == kind);
        self.inventory.index.has_broken()
            && self.inventory.candidates(self.namespace, Term::Broken(kind)).any(is_broken)
    }
}

/// Objects of one namespace, or of none, in order of kind and name, each once: two terms may have one hash.
pub(super) fn in_order(mut objects: Vec<&Object>) -> Vec<&Object> {
    objects.sort_unstable_by(|one, other| {
        let (name, others) = (&one.metadata().name, &other.metadata().name);
        one.kind().cmp(&other.kind()).then_with(|| name.cmp(others))
    });
    objects.dedup_by(|one, other| std::ptr::eq(*one, *other));
    objects
}
