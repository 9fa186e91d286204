//! Which objects a change can affect that are judged by themselves while no workload reaches them.
//!
//! A change matters to them when it can give them a workload or take one away, and when their checks read what
//! changed. It must err on the side of too many. Next: [`super::super::reach`].

use std::collections::BTreeSet;

use super::super::dns_names::annotated;
use super::super::gateway::{HttpRoute, Reference};
use super::super::index::Term;
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::metadata::{Metadata, Naming};
use super::super::object::{Object, ObjectKey, Service};
use super::super::rbac::RoleBinding;
use super::super::snapshot::Inventory;
use super::super::subject::SubjectKey;
use super::super::workload::Workload;

/// Kinds of which a namespace has few, or which name or select the workload themselves.
const BESIDE: &[Kind] = &[
    Kind::PodDisruptionBudget,
    Kind::HorizontalPodAutoscaler,
    Kind::ScaledObject,
    Kind::VerticalPodAutoscaler,
    Kind::NetworkPolicy,
    Kind::RoleBinding,
];

impl Inventory {
    /// The objects beside workloads whose own verdict can depend on this object, as it was or as it is; itself
    /// among them.
    pub fn orphans_behind(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let namespace = &object.metadata().namespace;
        let mut keys: BTreeSet<SubjectKey> = self.orphan_key(object).into_iter().collect();
        keys.extend(self.sharing_names(object).into_iter().filter_map(|other| self.orphan_key(other)));
        if let Some(route) = object.route() {
            self.around_route(object.kind(), route, &mut keys);
        }
        match object {
            Object::Workload(workload) => self.before_workload(workload, &mut keys),
            Object::Service(service) => {
                self.before_service(&service.metadata, &mut keys);
                let same = self.selecting_the_same(namespace, &service.spec.selector);
                keys.extend(same.into_iter().filter_map(|other| self.orphan_key(other)));
            }
            Object::Ingress(ingress) => {
                let rivals = self.sharing_hosts(ingress).into_iter();
                keys.extend(rivals.map(|rival| key_of(Kind::Ingress, &rival.metadata)));
                keys.extend(ingress.spec.secret_names().map(|name| secret(namespace, name)));
            }
            Object::Gateway(gateway) => {
                let own = |named: &Reference| secret(named.namespace_from(namespace), &named.name);
                keys.extend(gateway.spec.secrets().map(own));
                let attached = self.attached_to(namespace, &gateway.metadata.name);
                keys.extend(attached.filter_map(|route| self.orphan_key(route)));
            }
            // Any Ingress may name it, or get it by default.
            Object::IngressClass(_) => keys.extend(self.everywhere(Kind::Ingress)),
            Object::ConfigMap(map) => {
                keys.extend(self.ingresses_with_headers(namespace, &map.metadata.name));
            }
            Object::SecurityPolicy(_) | Object::AuthorizationPolicy(_) => {
                keys.extend(self.orphans_behind_auth_policy(object.kind(), namespace));
            }
            Object::Middleware(one) => keys.extend(self.orphans_going_through(&one.metadata)),
            Object::TlsOption(option) => keys.extend(self.ingresses_before_option(&option.metadata)),
            // Any claim may name it, or get it by default.
            Object::StorageClass(_) => keys.extend(self.everywhere(Kind::PersistentVolumeClaim)),
            Object::Secret(_) | Object::SecretMetadata(_) => {
                let name = &object.metadata().name;
                keys.extend(self.orphans_behind_secret(namespace, name));
            }
            Object::ReferenceGrant(_) => {
                let referring = Kind::ROUTES.iter().copied().chain([Kind::Gateway]);
                keys.extend(referring.flat_map(|kind| self.everywhere(kind)));
            }
            Object::IstioGateway(gateway) => keys.extend(self.orphans_at(&gateway.metadata)),
            // A listener may let routes in by the labels of their namespace, and a NetworkPolicy peers.
            Object::Namespace(metadata) => {
                keys.extend(self.others_in(&metadata.name));
                keys.extend(self.policies_by_namespace());
                let routes = self.objects_in(&metadata.name).filter_map(Object::route);
                keys.extend(routes.flat_map(gateways_of));
            }
            Object::Broken(broken) => keys.extend(self.orphans_behind_broken(broken.kind, &broken.metadata)),
            _ => self.beside_accounts(object, &mut keys),
        }
        keys
    }

    /// The same for accounts and what they may do, for autoscalers, and for what says where requests go.
    fn beside_accounts(&self, object: &Object, keys: &mut BTreeSet<SubjectKey>) {
        let namespace = &object.metadata().namespace;
        match object {
            Object::ServiceAccount(account) => {
                self.bindings_of(&account.metadata, keys);
                let named = account.secrets.iter().chain(&account.image_pull_secrets);
                keys.extend(named.map(|named| secret(namespace, &named.name)));
            }
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                self.role_behind(binding, keys);
            }
            // Others of the same target are one too many, and what KEDA makes of one is not judged beside it.
            Object::ScaledObject(scaled) => keys.extend(self.scaling(namespace, &scaled.spec.target.name)),
            Object::VerticalPodAutoscaler(scaler) => {
                keys.extend(self.scaling(namespace, &scaler.spec.target.name));
            }
            Object::HorizontalPodAutoscaler(scaler) => {
                keys.extend(self.scaling(namespace, &scaler.spec.target.name));
            }
            Object::Endpoints(endpoints) => {
                let service = endpoints.service.iter().cloned();
                let key = |name| ObjectKey { namespace: namespace.clone(), kind: Kind::Service, name };
                keys.extend(service.map(|name| SubjectKey::from(key(name))));
            }
            Object::Role(role) => self.bindings_to(Kind::Role, &role.metadata, keys),
            Object::ClusterRole(role) => self.bindings_to(Kind::ClusterRole, &role.metadata, keys),
            _ => {}
        }
    }

    /// The Gateways that a route wants to be attached to, and the TLSRoutes that serve its hosts there.
    fn around_route(&self, kind: Kind, route: &HttpRoute, keys: &mut BTreeSet<SubjectKey>) {
        keys.extend(gateways_of(route));
        if kind == Kind::TlsRoute {
            let rivals = self.sharing_listeners(route);
            keys.extend(rivals.map(|rival| key_of(Kind::TlsRoute, &rival.metadata)));
        }
    }

    /// The Ingresses that take headers from a ConfigMap.
    fn ingresses_with_headers<'a>(
        &'a self,
        namespace: &'a str,
        map: &'a str,
    ) -> impl Iterator<Item = SubjectKey> {
        let names_it = move |one: &&Object| matches!(one, Object::Ingress(ingress) if ingress.header_map() == Some((namespace, map)));
        self.objects_of(Kind::Ingress, namespace).filter(names_it).filter_map(|one| self.orphan_key(one))
    }

    /// What an object would select, claim or name whose shape is not known is not known either.
    fn orphans_behind_broken(&self, kind: Kind, metadata: &Metadata) -> BTreeSet<SubjectKey> {
        match kind {
            Kind::TlsOption => self.ingresses_before_option(metadata).collect(),
            Kind::Middleware => self.orphans_going_through(metadata).collect(),
            Kind::IstioGateway => {
                self.others_in(&metadata.namespace).into_iter().chain(self.orphans_at(metadata)).collect()
            }
            Kind::SecurityPolicy | Kind::AuthorizationPolicy => {
                self.orphans_behind_auth_policy(kind, &metadata.namespace)
            }
            // What they claim, or name, counts in every namespace; a route may want to be attached to any Gateway.
            Kind::Ingress | Kind::Gateway => self.others().collect(),
            kind if kind.is_route() => self.others().collect(),
            Kind::Service if annotated(metadata).next().is_some() => self.others().collect(),
            Kind::Service => {
                let mut keys = self.others_in(&metadata.namespace);
                // Those of other namespaces, too.
                self.before_service(metadata, &mut keys);
                keys
            }
            Kind::Namespace => self.policies_by_namespace().collect(),
            kind if kind.is_workload() => {
                self.others_in(&metadata.namespace).into_iter().chain(self.policies_by_namespace()).collect()
            }
            kind if kind.info().namespaced => self.others_in(&metadata.namespace),
            _ => BTreeSet::new(),
        }
    }

    /// The NetworkPolicies of every namespace with a peer that is namespaces by their labels.
    fn policies_by_namespace(&self) -> impl Iterator<Item = SubjectKey> {
        self.peers_by_namespace().filter_map(|policy| self.orphan_key(policy))
    }

    /// Every object of a kind that is judged by itself.
    fn everywhere(&self, kind: Kind) -> impl Iterator<Item = SubjectKey> {
        self.objects().filter(move |one| one.kind() == kind).filter_map(|one| self.orphan_key(one))
    }

    /// The Ingresses and routes of every namespace that name a Middleware, there or not.
    fn orphans_going_through(&self, middleware: &Metadata) -> impl Iterator<Item = SubjectKey> {
        let going = self.going_through(&middleware.namespace, &middleware.name).into_iter();
        going.filter_map(|object| self.orphan_key(object))
    }

    /// The Ingresses of every namespace that name a TLSOption, there or not.
    fn ingresses_before_option<'b>(&'b self, option: &'b Metadata) -> impl Iterator<Item = SubjectKey> {
        self.ingresses_with_option(option).map(|ingress| {
            let Naming { namespace, name, .. } = &*ingress.metadata.naming;
            let key = ObjectKey { namespace: namespace.clone(), kind: Kind::Ingress, name: name.clone() };
            SubjectKey::from(key)
        })
    }

    /// The Ingresses that name a Secret, there or not, and the Gateways of every namespace that do.
    pub fn orphans_behind_secret(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let named = self.candidates(namespace, Term::Names(Kind::Ingress, Kind::Secret, name));
        let named = named.chain(self.gateways_naming(namespace, name));
        named.filter_map(|object| self.orphan_key(object)).collect()
    }

    /// Every object of a namespace that is no workload, the Namespace among them.
    pub fn others_in(&self, namespace: &str) -> BTreeSet<SubjectKey> {
        let own = ObjectKey { namespace: "".into(), kind: Kind::Namespace, name: namespace.into() };
        let objects = self.objects_in(namespace).chain(self.get(&own));
        objects.filter_map(|object| self.orphan_key(object)).collect()
    }

    /// Every object that is no workload.
    pub fn others(&self) -> impl Iterator<Item = SubjectKey> {
        self.objects().filter_map(|object| self.orphan_key(object))
    }

    fn before_workload(&self, workload: &Workload, keys: &mut BTreeSet<SubjectKey>) {
        let Workload { metadata, pod_labels, .. } = workload;
        for service in self.services_about(&metadata.namespace, pod_labels) {
            keys.extend(self.orphan_key(service));
            self.before_service(service.metadata(), keys);
        }
        let named = |kind| {
            let namespace = &metadata.namespace;
            move |name: &str| {
                SubjectKey::from(ObjectKey { namespace: namespace.clone(), kind, name: name.into() })
            }
        };
        keys.extend(workload.pod.secret_names().map(|name| secret(&metadata.namespace, name)));
        keys.extend(workload.pod.config_map_names().map(named(Kind::ConfigMap)));
        keys.extend(workload.pod.claim_names().map(named(Kind::PersistentVolumeClaim)));
        // Those that a StatefulSet makes.
        let claims = self.objects_of(Kind::PersistentVolumeClaim, &metadata.namespace);
        let made = claims.filter(|claim| workload.claims.is_some() && self.reaches(workload, claim));
        keys.extend(made.filter_map(|claim| self.orphan_key(claim)));
        let own = ObjectKey { namespace: "".into(), kind: Kind::Namespace, name: metadata.namespace.clone() };
        let account = ObjectKey {
            namespace: metadata.namespace.clone(),
            kind: Kind::ServiceAccount,
            name: workload.pod.service_account_name.as_str().into(),
        };
        let known = [own, account].into_iter().filter_map(|key| self.get(&key));
        keys.extend(known.filter_map(|object| self.orphan_key(object)));
        for object in self.bindings_behind(workload) {
            keys.extend(self.orphan_key(object));
            if let Object::RoleBinding(binding) = object {
                self.role_behind(binding, keys);
            }
        }
        for object in self.objects_of(Kind::ClusterRoleBinding, "") {
            if let Object::ClusterRoleBinding(binding) = object
                && self.reaches(workload, object)
            {
                self.role_behind(binding, keys);
            }
        }
        let own = BESIDE.iter().flat_map(|kind| self.objects_of(*kind, &metadata.namespace));
        let beside = own.chain(self.objects_of(Kind::ClusterRoleBinding, ""));
        let is_peer = |object: &Object| matches!(object, Object::NetworkPolicy(policy) if policy.spec.has_peer(pod_labels));
        let reached = beside.filter(|object| self.reaches(workload, object) || is_peer(object));
        keys.extend(reached.filter_map(|object| self.orphan_key(object)));
        let elsewhere = self.policies_meaning(workload).into_iter().map(|policy| {
            let Naming { namespace, name, .. } = &*policy.metadata.naming;
            ObjectKey { namespace: namespace.clone(), kind: Kind::NetworkPolicy, name: name.clone() }
        });
        keys.extend(elsewhere.map(SubjectKey::from));
    }

    /// The autoscalers of something of this name.
    fn scaling(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let scaling = self.candidates(namespace, Term::Scales(name));
        scaling.filter_map(|one| self.orphan_key(one)).collect()
    }

    /// The role that a binding gives.
    fn role_behind(&self, binding: &RoleBinding, keys: &mut BTreeSet<SubjectKey>) {
        let name = binding.role_ref.name.as_str().into();
        let key = if binding.role_ref.kind == Kind::ClusterRole.as_str() {
            ObjectKey { namespace: "".into(), kind: Kind::ClusterRole, name }
        } else {
            ObjectKey { namespace: binding.metadata.namespace.clone(), kind: Kind::Role, name }
        };
        keys.extend(self.get(&key).and_then(|role| self.orphan_key(role)));
    }

    /// The RoleBindings of every namespace that may give something to the account of a workload.
    fn bindings_behind<'a>(&'a self, workload: &'a Workload) -> impl Iterator<Item = &'a Object> {
        let (namespace, account) = (&workload.metadata.namespace, &workload.pod.service_account_name);
        let accounts = [(&**namespace, &**account), (&**namespace, ""), ("", "")];
        accounts.into_iter().flat_map(|(namespace, name)| self.bindings_naming(namespace, name))
    }

    /// The Services with a selector that agrees with these labels where both have a key: a check may leave some
    /// of the others out of account.
    pub(super) fn services_about<'a>(
        &'a self,
        namespace: &'a str,
        labels: &'a Labels,
    ) -> impl Iterator<Item = &'a Object> {
        let terms = labels
            .iter()
            .flat_map(|(key, value)| [Term::Selects(Some((key, value))), Term::Demands(key, value)])
            .chain([Term::Selects(None)]);
        let candidates = terms.flat_map(move |term| self.candidates(namespace, term));
        candidates.filter(move |object| matches!(object, Object::Service(service) if agrees(service, labels)))
    }

    /// The bindings that name a ServiceAccount.
    fn bindings_of(&self, account: &Metadata, keys: &mut BTreeSet<SubjectKey>) {
        let own = self.objects_of(Kind::RoleBinding, &account.namespace);
        let all = own.chain(self.objects_of(Kind::ClusterRoleBinding, ""));
        let named = all.filter(|object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => binding
                .subjects
                .iter()
                .any(|subject| subject.includes_account(&account.namespace, &account.name)),
            _ => false,
        });
        keys.extend(named.filter_map(|object| self.orphan_key(object)));
    }

    /// The bindings that give a role.
    fn bindings_to(&self, kind: Kind, role: &Metadata, keys: &mut BTreeSet<SubjectKey>) {
        let gives = |object: &&Object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                binding.role_ref.kind == kind.as_str() && binding.role_ref.name == role.name
            }
            _ => false,
        };
        if kind == Kind::Role {
            let own = self.objects_of(Kind::RoleBinding, &role.namespace).filter(gives);
            keys.extend(own.filter_map(|object| self.orphan_key(object)));
        } else {
            keys.extend(self.objects().filter(gives).filter_map(|object| self.orphan_key(object)));
        }
    }

    fn before_service(&self, Naming { namespace, name, .. }: &Naming, keys: &mut BTreeSet<SubjectKey>) {
        let named = self.candidates(namespace, Term::Names(Kind::Ingress, Kind::Service, name));
        keys.extend(named.filter_map(|object| self.orphan_key(object)));
        keys.extend(self.routes_to(namespace, name).filter_map(|route| self.orphan_key(route)));
        keys.extend(self.virtual_services_to(namespace, name).filter_map(|one| self.orphan_key(one)));
    }
}

/// The Gateways, there or not, that a route wants to be attached to.
fn gateways_of(route: &HttpRoute) -> impl Iterator<Item = SubjectKey> {
    let gateways = route.spec.gateways(&route.metadata.namespace);
    gateways.map(|(namespace, name)| {
        ObjectKey { namespace: namespace.into(), kind: Kind::Gateway, name: name.into() }.into()
    })
}

fn key_of(kind: Kind, Naming { namespace, name, .. }: &Naming) -> SubjectKey {
    ObjectKey { namespace: namespace.clone(), kind, name: name.clone() }.into()
}

/// A Secret, there or not, as far as it is judged by itself.
fn secret(namespace: &str, name: &str) -> SubjectKey {
    ObjectKey { namespace: namespace.into(), kind: Kind::Secret, name: name.into() }.into()
}

fn agrees(service: &Service, labels: &Labels) -> bool {
    let mut pairs = service.spec.selector.iter();
    pairs.all(|(key, value)| labels.get(key).is_none_or(|own| own == value))
}

#[cfg(test)]
#[path = "orphans_tests.rs"]
mod tests;
