//! Which objects belong to a workload: those that it stands behind, that select it, or that it names.
//!
//! What belongs to a workload is its report's business; what belongs to none, an orphan, is judged by itself.
//! The relation is the one by which checks of workloads find objects, so that nothing is told twice and nothing is
//! lost. It must not judge. Next: [`super::joins`] for what a change affects, [`super::snapshot`] for the
//! same relation from the workload's side.

use super::autoscaler::ScaleTarget;
use super::given_labels::selects;
use super::index::Term;
use super::kind::{Kind, KindSet};
use super::metadata::Naming;
use super::object::{Object, ObjectKey, Service, ServiceType};
use super::rbac::{RbacSubject, RoleBinding};
use super::selector::Selector;
use super::snapshot::Inventory;
use super::subject::SubjectKey;
use super::workload::{Phase, Workload};

/// Kinds of objects that can belong to a workload.
pub const BELONGING: &[Kind] = &[
    Kind::Service,
    Kind::Ingress,
    Kind::PodDisruptionBudget,
    Kind::HorizontalPodAutoscaler,
    Kind::NetworkPolicy,
    Kind::ServiceAccount,
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::PersistentVolume,
    Kind::RoleBinding,
    Kind::ClusterRoleBinding,
    Kind::Secret,
    Kind::SecretMetadata,
    Kind::ScaledObject,
    Kind::VerticalPodAutoscaler,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TlsRoute,
    Kind::TcpRoute,
    Kind::UdpRoute,
    Kind::VirtualService,
];

/// Whether objects of this kind can.
pub const fn can_belong(kind: Kind) -> bool {
    const CAN: KindSet = KindSet::of(BELONGING);
    CAN.contains(kind)
}

impl Inventory {
    /// As which subject an object that is not a workload is judged where no workload reaches it.
    pub fn orphan_key(&self, object: &Object) -> Option<SubjectKey> {
        let key = object.key();
        // A revision is its workload's business.
        if key.kind.is_workload() || key.kind.is_of_revisions() {
            return None;
        }
        let report_in = match key.kind {
            Kind::Namespace => key.name.as_str(),
            kind if kind.info().namespaced => key.namespace.as_str(),
            _ => self.home(),
        };
        let namespace = report_in.to_owned();
        Some(SubjectKey { namespace, ..key.into() })
    }

    /// Whether a workload reaches this object, so that whatever is found of it is on that workload's report. A
    /// workload that came to its end has none.
    pub fn is_reached(&self, object: &Object) -> bool {
        match object {
            Object::Service(service) => {
                service.spec.kind != ServiceType::ExternalName && self.leads_to_a_workload(service)
            }
            Object::Ingress(ingress) => {
                let namespace = &ingress.metadata.namespace;
                ingress.spec.service_names().any(|name| self.is_service_leading(namespace, name))
            }
            Object::HorizontalPodAutoscaler(scaler) => {
                self.is_scaling(&scaler.metadata, &scaler.spec.target, ScaleTarget::scales)
            }
            Object::ScaledObject(scaler) => {
                self.is_scaling(&scaler.metadata, &scaler.spec.target, ScaleTarget::scales)
            }
            Object::VerticalPodAutoscaler(scaler) => {
                self.is_scaling(&scaler.metadata, &scaler.spec.target, ScaleTarget::resizes)
            }
            Object::ConfigMap(_) => self.is_named(object, Kind::ConfigMap),
            // What is known of more than its metadata is judged by that.
            Object::SecretMetadata(_)
                if self.get(&ObjectKey { kind: Kind::Secret, ..object.key() }).is_some() =>
            {
                true
            }
            Object::Secret(_) | Object::SecretMetadata(_) => self.is_named(object, Kind::Secret),
            Object::PodDisruptionBudget(budget) => {
                let namespace = &budget.metadata.namespace;
                let selector = budget.spec.selector.as_ref();
                selector.is_some_and(|selector| self.any_selected(namespace, selector, is_judged))
            }
            Object::NetworkPolicy(policy) => {
                self.any_selected(&policy.metadata.namespace, &policy.spec.pod_selector, is_judged)
            }
            Object::HttpRoute(route)
            | Object::GrpcRoute(route)
            | Object::TlsRoute(route)
            | Object::TcpRoute(route)
            | Object::UdpRoute(route) => {
                let namespace = &route.metadata.namespace;
                route.spec.service_names(namespace).any(|name| self.is_service_leading(namespace, name))
            }
            Object::VirtualService(one) => {
                let namespace = &one.metadata.namespace;
                one.service_names().any(|name| self.is_service_leading(namespace, name))
            }
            Object::PersistentVolumeClaim(claim) => {
                self.is_claimed(&claim.metadata.namespace, &claim.metadata.name)
            }
            Object::PersistentVolume(volume) => {
                self.claims_for(volume).any(|(namespace, name)| self.is_claimed(namespace, name))
            }
            _ if !is_reachable(object.kind()) => false,
            // What cannot be read is nobody's: who it belongs to is not known.
            Object::Broken(broken) => broken.kind.is_workload(),
            _ if object.kind().is_workload() => true,
            _ if object.kind().info().namespaced => self.is_reached_in(&object.metadata().namespace, object),
            Object::ClusterRoleBinding(binding) => self.is_held(binding),
            // Whoever names other objects of the cluster is told of that, not of them.
            _ => false,
        }
    }

    /// Whether a workload whose pods this selector matches is meant. Only those that carry a label which the selector
    /// demands are looked at, where it demands one.
    pub(super) fn any_selected(
        &self,
        namespace: &str,
        selector: &Selector,
        mut is_meant: impl FnMut(&Workload) -> bool,
    ) -> bool {
        let mut is_selected = |object: &Object| match object {
            Object::Workload(workload) => is_meant(workload) && selector.matches(&workload.pod_labels),
            _ => false,
        };
        match selector.demanded() {
            Some((key, values)) => values
                .iter()
                .any(|value| self.candidates(namespace, Term::Carries(key, value)).any(&mut is_selected)),
            None => self.objects_in(namespace).any(is_selected),
        }
    }

    /// Whether what an autoscaler names is a workload that it can scale.
    fn is_scaling(
        &self,
        Naming { namespace, .. }: &Naming,
        target: &ScaleTarget,
        scales: fn(&ScaleTarget, Kind, &str) -> bool,
    ) -> bool {
        let key = |kind| ObjectKey { namespace: namespace.clone(), kind, name: target.name.clone() };
        let meant = self.workload_kinds().filter(|kind| scales(target, *kind, &target.name));
        meant.filter_map(|kind| self.get(&key(kind))).any(|object| judged(object).is_some())
    }

    /// Whether a workload mounts this claim, or makes it.
    fn is_claimed(&self, namespace: &str, name: &str) -> bool {
        let is_mounting = |kind: &Kind| {
            let mut named = self.candidates(namespace, Term::Names(*kind, Kind::PersistentVolumeClaim, name));
            named.any(|one| judged(one).is_some_and(|workload| workload.names_claim(name)))
        };
        // `<template>-<StatefulSet>-<number>`, and any of the three may hold a dash but the last.
        let stem = name.rsplit_once('-').map_or("", |(stem, _)| stem);
        let mut makers = stem.match_indices('-').filter_map(|(dash, _)| stem.get(dash + 1..));
        Kind::WORKLOADS.iter().any(is_mounting)
            || makers.any(|maker| {
                let key =
                    ObjectKey { namespace: namespace.into(), kind: Kind::StatefulSet, name: maker.into() };
                self.get(&key).and_then(judged).is_some_and(|workload| workload.makes_claim(name))
            })
    }

    /// The kinds of workloads, custom ones that policies name among them.
    fn workload_kinds(&self) -> impl Iterator<Item = Kind> {
        let custom = self.covered_kinds().filter(|kind| kind.custom().is_some());
        Kind::WORKLOADS.iter().copied().chain(custom)
    }

    /// Whether a workload names this object, as one of this kind.
    fn is_named(&self, object: &Object, kind: Kind) -> bool {
        let Naming { namespace, name, .. } = &*object.metadata().naming;
        self.workload_kinds().any(|of| {
            let mut named = self.candidates(namespace, Term::Names(of, kind, name));
            named.any(|one| judged(one).is_some_and(|workload| self.reaches(workload, object)))
        })
    }

    fn is_reached_in(&self, namespace: &str, object: &Object) -> bool {
        let mut workloads = self.workload_kinds().flat_map(|kind| self.objects_of(kind, namespace));
        workloads.any(|one| judged(one).is_some_and(|workload| self.reaches(workload, object)))
    }

    /// Whether this workload reaches this object, of its own namespace or of the cluster.
    pub(super) fn reaches(&self, workload: &Workload, object: &Object) -> bool {
        let Workload { metadata, pod_labels: labels, .. } = workload;
        let account = &workload.pod.service_account_name;
        match object {
            Object::Service(service) => {
                service.spec.kind != ServiceType::ExternalName && selects(&service.spec.selector, workload)
            }
            Object::Ingress(ingress) => ingress.spec.service_names().any(|name| {
                let service = self.service_of(&metadata.namespace, name);
                service.is_some_and(|service| selects(&service.spec.selector, workload))
            }),
            Object::HttpRoute(route)
            | Object::GrpcRoute(route)
            | Object::TlsRoute(route)
            | Object::TcpRoute(route)
            | Object::UdpRoute(route) => {
                let own = &metadata.namespace;
                let mut services =
                    route.spec.service_names(own).filter_map(|name| self.service_of(own, name));
                route.metadata.namespace == *own
                    && services.any(|service| selects(&service.spec.selector, workload))
            }
            Object::VirtualService(one) => {
                let own = &metadata.namespace;
                let mut services = one.service_names().filter_map(|name| self.service_of(own, name));
                one.metadata.namespace == *own
                    && services.any(|service| selects(&service.spec.selector, workload))
            }
            Object::PodDisruptionBudget(budget) => {
                budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(labels))
            }
            Object::NetworkPolicy(policy) => policy.spec.pod_selector.matches(labels),
            Object::HorizontalPodAutoscaler(scaler) => {
                scaler.spec.target.scales(workload.kind, &metadata.name)
            }
            Object::ScaledObject(scaler) => scaler.spec.target.scales(workload.kind, &metadata.name),
            Object::VerticalPodAutoscaler(scaler) => {
                scaler.spec.target.resizes(workload.kind, &metadata.name)
            }
            Object::ConfigMap(map) => workload.pod.config_map_names().any(|name| name == map.metadata.name),
            Object::PersistentVolumeClaim(claim) => {
                let name = &claim.metadata.name;
                workload.names_claim(name) || workload.makes_claim(name)
            }
            Object::PersistentVolume(volume) => {
                let mut claims =
                    self.claims_for(volume).filter(|(namespace, _)| metadata.namespace == **namespace);
                claims.any(|(_, name)| workload.names_claim(name) || workload.makes_claim(name))
            }
            Object::Secret(_) | Object::SecretMetadata(_) => {
                let own = &object.metadata().name;
                workload.pod.secret_names().any(|name| name == own)
            }
            Object::ServiceAccount(own) => own.metadata.name == *account,
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                let mut subjects = binding.subjects.iter();
                subjects.any(|subject| subject.includes_account(&metadata.namespace, account))
            }
            _ => false,
        }
    }

    /// Whether a workload, of whatever namespace, runs as an account that a binding gives its role to.
    pub(super) fn is_held(&self, binding: &RoleBinding) -> bool {
        let is_in = |namespace: &str, is_meant: &dyn Fn(&Workload) -> bool| {
            self.objects_in(namespace).filter_map(judged).any(is_meant)
        };
        binding.subjects.iter().filter_map(RbacSubject::accounts).any(|accounts| match accounts {
            ("", "") => self.workloads().any(is_judged),
            (namespace, "") => is_in(namespace, &|_| true),
            (namespace, name) => is_in(namespace, &|workload| workload.pod.service_account_name == name),
        })
    }

    fn service_of(&self, namespace: &str, name: &str) -> Option<&Service> {
        let key = ObjectKey { namespace: namespace.into(), kind: Kind::Service, name: name.into() };
        match self.get(&key) {
            Some(Object::Service(service)) => Some(service),
            _ => None,
        }
    }

    /// Whether the Service of this name sends to a workload.
    fn is_service_leading(&self, namespace: &str, name: &str) -> bool {
        self.service_of(namespace, name).is_some_and(|service| self.leads_to_a_workload(service))
    }

    fn leads_to_a_workload(&self, service: &Service) -> bool {
        self.selected_by(service).any(|(_, workload)| is_judged(workload))
    }
}

/// Whether objects of this kind can belong to a workload: what configures a controller is everybody's.
pub(super) const fn is_reachable(kind: Kind) -> bool {
    let is_of_a_controller = matches!(
        kind,
        Kind::TlsOption
            | Kind::Middleware
            | Kind::IstioGateway
            | Kind::DestinationRule
            | Kind::BackendTrafficPolicy
            | Kind::ServiceProfile
            | Kind::SecurityPolicy
            | Kind::AuthorizationPolicy
            | Kind::PeerAuthentication
            | Kind::BackendTlsPolicy
            | Kind::ConsulMesh
            | Kind::Schedule
    );
    // A revision is its workload's.
    !is_of_a_controller && !kind.is_of_revisions() && !kind.has_judged_manifests() && !kind.is_add_on_policy()
}

/// The workload that an object is, if it has a report, or will.
pub(super) fn judged(object: &Object) -> Option<&Workload> {
    match object {
        Object::Workload(workload) if is_judged(workload) => Some(workload),
        _ => None,
    }
}

fn is_judged(workload: &Workload) -> bool {
    workload.phase != Phase::Finished
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
