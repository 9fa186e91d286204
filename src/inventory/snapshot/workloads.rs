//! The workloads of a namespace, for checks of what should belong to one.
//!
//! It must not say what a check makes of finding none. Next: [`super::super::reach`].

use std::collections::BTreeSet;

use super::super::index::Term;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Known, Lookup, Search};
use super::super::metadata::Naming;
use super::super::object::{Object, ObjectKey};
use super::super::reach::{is_reachable, judged};
use super::super::selector::Selector;
use super::super::workload::Workload;
use super::entered::in_order;
use super::{Inventory, NamespaceView};

impl Inventory {
    /// What a check of this object may see: its namespace; of a Namespace, the one that it is.
    pub fn around<'a>(&'a self, object: &'a Object) -> NamespaceView<'a> {
        let Naming { name, namespace, .. } = &*object.metadata().naming;
        self.namespace(if object.kind() == Kind::Namespace { name } else { namespace })
    }
}

impl Inventory {
    /// Notes that something was given in a namespace that no check reads, and that may become pods there: which ones,
    /// only its controller knows.
    pub fn note_maker(&mut self, namespace: &str, maker: String) {
        match self.makers.get_mut(namespace) {
            Some(known) if *known <= maker => {}
            Some(known) => *known = maker,
            None => drop(self.makers.insert(namespace.to_owned(), maker)),
        }
    }
}

impl<'a> NamespaceView<'a> {
    /// What may become pods of this namespace that are not known; of several the first by name. In a cluster there is
    /// nothing of the kind: its pods are known themselves.
    pub fn maker(&self) -> Option<&'a str> {
        self.inventory.makers.get(self.namespace).map(String::as_str)
    }

    /// Whether something here may be as a file gives it; all that a watch brings has been taken by the server.
    pub const fn may_hold_documents(&self) -> bool {
        self.inventory.documents
    }

    /// The objects of a kind that belong to a workload of this namespace.
    pub fn reached_by(&self, workload: &Workload, kind: Kind) -> Known<'a, &'a Object> {
        // Of most kinds most clusters have nothing.
        if is_looked_for(kind) && !self.inventory.index.holds(kind) {
            return Known::Owned(self.search_among(kind, std::iter::empty(), Some));
        }
        match self.around_workload(workload) {
            Some(around) => Known::Borrowed(around.reached(kind, || self.find_reached(workload, kind))),
            None => Known::Owned(self.find_reached(workload, kind)),
        }
    }

    fn find_reached(&self, workload: &Workload, kind: Kind) -> Search<&'a Object> {
        if !is_reachable(kind) {
            return Search { found: Vec::new(), incomplete: None };
        }
        let inventory = self.inventory;
        let pick = |object: &'a Object| {
            let is_broken = matches!(object, Object::Broken(..));
            (!is_broken && inventory.reaches(workload, object)).then_some(object)
        };
        match kind {
            Kind::Ingress => return self.ingresses_before(workload),
            Kind::PersistentVolume => return self.volumes_behind(workload),
            _ => {}
        }
        if let Some(names) = names(workload, kind) {
            let key = |name: &str| ObjectKey { namespace: self.namespace.into(), kind, name: name.into() };
            let number = names.len();
            let named = names.into_iter().filter_map(|name| inventory.get(&key(name)));
            let mut search = self.search_among(kind, named, pick);
            // Those that it names are all there are.
            search.incomplete = search.incomplete.filter(|_| search.found.len() < number);
            return search;
        }
        match kind {
            Kind::Service | Kind::PodDisruptionBudget | Kind::NetworkPolicy => {
                self.search_selecting(kind, &workload.pod_labels, pick)
            }
            Kind::HorizontalPodAutoscaler | Kind::ScaledObject | Kind::VerticalPodAutoscaler => {
                self.search_scaling(kind, &workload.metadata.name, pick)
            }
            route if matches!(route, Kind::VirtualService) || route.is_route() => {
                let routes = self.routes_before(kind, &workload.pod_labels);
                self.search_among(kind, routes.into_iter(), pick)
            }
            Kind::RoleBinding => {
                let bindings = self.bindings_here(&workload.pod.service_account_name);
                self.search_among(kind, bindings.into_iter(), pick)
            }
            _ => {
                let namespace = if kind.info().namespaced { self.namespace } else { "" };
                self.search_among(kind, inventory.objects_of(kind, namespace), pick)
            }
        }
    }

    fn ingresses_before(&self, workload: &Workload) -> Search<&'a Object> {
        let labels = &workload.pod_labels;
        let services = self.services_selecting(workload);
        let named = services.found.iter().flat_map(|service| {
            let term = Term::Names(Kind::Ingress, Kind::Service, &service.metadata.name);
            self.inventory.candidates(self.namespace, term)
        });
        let named = in_order(named.collect());
        let is_found = |name: &str| services.found.iter().any(|service| service.metadata.name == name);
        let pick = |object: &'a Object| match object {
            Object::Ingress(ingress) if ingress.spec.service_names().any(is_found) => Some(object),
            _ => None,
        };
        let search = self.search_among(Kind::Ingress, named.into_iter(), pick);
        // Nothing selects pods without labels, whatever else there is; without a Service no Ingress matters.
        let of_ingresses = search.incomplete.filter(|_| !services.found.is_empty());
        let incomplete = services.incomplete.or(of_ingresses).filter(|_| !labels.is_empty());
        Search { incomplete, ..search }
    }

    /// The view of a namespace that an object names: of the own one; of any, where the object is in none, or where a
    /// policy of the whole cluster asks.
    pub fn elsewhere<'b>(&self, namespace: &'b str) -> Option<NamespaceView<'b>>
    where
        'a: 'b,
    {
        let is_in_sight = self.sees_others || self.namespace.is_empty() || self.namespace == namespace;
        is_in_sight.then(|| self.inventory.namespace(namespace))
    }

    /// The workload of this kind and name.
    pub fn workload(&self, kind: Kind, name: &str) -> Lookup<&'a Workload> {
        self.lookup(kind, name, |object| match object {
            Object::Workload(workload) => Some(&**workload),
            _ => None,
        })
    }

    /// The workload that is named as one of a custom kind that a policy names; absent if none does. A kind whose template
    /// lies at several places is one.
    pub fn custom_workload(&self, group: &str, kind: &str, name: &str) -> Option<Lookup<&'a Workload>> {
        let custom = self.inventory.covered_kinds();
        let named = custom.filter(|one| one.custom().is_some_and(|custom| custom.is(group, kind)));
        let found = named.map(|kind| self.workload(kind, name));
        found.reduce(|one, other| match (one, other) {
            (Lookup::Found(found), _) | (_, Lookup::Found(found)) => Lookup::Found(found),
            (Lookup::Unknown(cause), _) | (_, Lookup::Unknown(cause)) => Lookup::Unknown(cause),
            (Lookup::Missing, Lookup::Missing) => Lookup::Missing,
        })
    }

    /// Whether something lies here that makes ReplicaSets, or may.
    pub fn may_hold_managed_replica_sets(&self) -> bool {
        let mut kinds = self.inventory.objects_in(self.namespace).map(Object::kind);
        kinds.any(|kind| kind == Kind::Deployment || kind.custom().is_some())
    }

    /// Whether a workload lies here that has a report, or will.
    pub fn holds_workloads(&self) -> bool {
        self.inventory.objects_in(self.namespace).any(|object| match object {
            Object::Broken(broken) => broken.kind.is_workload(),
            object => judged(object).is_some(),
        })
    }

    /// The workloads whose pods a selector matches, those that came to their end included.
    pub fn workloads_matching(&self, selector: &Selector) -> Search<&'a Workload> {
        let inventory = self.inventory;
        let seen =
            Kind::WORKLOADS.iter().filter(|kind| !inventory.coverage_in(**kind, self.namespace).is_blind());
        let objects = seen.flat_map(|kind| inventory.objects_of(*kind, self.namespace));
        let found = objects.filter_map(|object| match object {
            Object::Workload(workload) if selector.matches(&workload.pod_labels) => Some(&**workload),
            _ => None,
        });
        Search { found: found.collect(), incomplete: self.workloads_gap() }
    }

    /// The workloads that carry this label on their pods and are wanted, those that came to their end included.
    pub fn workloads_carrying(
        &self,
        (key, value): (&str, &str),
        is_wanted: impl Fn(&Workload) -> bool,
    ) -> Search<&'a Workload> {
        let inventory = self.inventory;
        let candidates = inventory.candidates(self.namespace, Term::Carries(key, value));
        let found = candidates.filter_map(|object| match object {
            // What cannot be seen any more may have gone.
            Object::Workload(workload) if inventory.coverage_in(workload.kind, self.namespace).is_blind() => {
                None
            }
            Object::Workload(workload) if is_wanted(workload) => Some(&**workload),
            _ => None,
        });
        Search { found: found.collect(), incomplete: self.workloads_gap() }
    }

    /// Why there may be a workload that is not here, or whose pods nobody can read.
    pub fn workloads_gap(&self) -> Option<Cause> {
        let inventory = self.inventory;
        let gap = Kind::WORKLOADS.iter().find_map(|kind| inventory.coverage_in(*kind, self.namespace).gap());
        let has_broken = || Kind::WORKLOADS.iter().any(|kind| self.has_broken(*kind));
        gap.or_else(|| has_broken().then_some(Cause::Undecodable))
    }
}

/// Whether those of this kind that belong to a workload are all that are found, whatever the workload names and whatever
/// else is known.
const fn is_looked_for(kind: Kind) -> bool {
    let is_named = matches!(
        kind,
        Kind::ConfigMap
            | Kind::Secret
            | Kind::SecretMetadata
            | Kind::PersistentVolumeClaim
            | Kind::PersistentVolume
            | Kind::ServiceAccount
    );
    is_reachable(kind) && !is_named && !matches!(kind, Kind::Ingress)
}

/// The names of all objects of this kind that a workload reaches, where it names them.
fn names(workload: &Workload, kind: Kind) -> Option<BTreeSet<&str>> {
    match kind {
        Kind::ConfigMap => Some(workload.pod.config_map_names().collect()),
        Kind::Secret | Kind::SecretMetadata => Some(workload.pod.secret_names().collect()),
        // Those that a StatefulSet makes have names that only the claims themselves tell.
        Kind::PersistentVolumeClaim if workload.claims.is_none() => {
            Some(workload.pod.claim_names().collect())
        }
        Kind::ServiceAccount => Some([workload.pod.service_account_name.as_str()].into()),
        _ => None,
    }
}
