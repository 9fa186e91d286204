//! The same for what is joined with workloads by selector, name or reference.
//!
//! Where a check may look at more than the workload's own reference, everything in reach counts. It must not
//! look further than one namespace where the object lies in one, but for the Gateway API, for bindings, and for
//! peers of NetworkPolicies, whose references cross namespaces. Next: [`super::super::snapshot`] for the same joins in the direction of checks.

use std::collections::BTreeSet;

use super::super::autoscaler::ScaleTarget;
use super::super::backend_tls_policy::BackendTlsPolicy;
use super::super::flaw::{Flaw, Presence};
use super::super::gateway::{HttpRoute, ReferenceGrant};
use super::super::index::Term;
use super::super::kind::Kind;
use super::super::metadata::{Metadata, Naming};
use super::super::node::Node;
use super::super::object::{Object, ObjectKey};
use super::super::peer_authentication::PeerAuthentication;
use super::super::rbac::{AccountGroup, RbacSubject, RoleBinding};
use super::super::selector::Selector;
use super::super::snapshot::Inventory;
use super::super::storage::PersistentVolume;
use super::super::subject::SubjectKey;
use super::super::workload::Workload;

impl Inventory {
    /// The workloads whose verdict can depend on an object of one of the kinds that checks join with them.
    pub(super) fn behind_related(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let namespace = &object.metadata().namespace;
        match object {
            Object::PodDisruptionBudget(budget) => self.selected(namespace, budget.spec.selector.as_ref()),
            Object::NetworkPolicy(policy) => self.selected(namespace, Some(&policy.spec.pod_selector)),
            Object::HorizontalPodAutoscaler(scaler) => self.behind_scaler(namespace, &scaler.spec.target),
            Object::ScaledObject(scaler) => self.behind_scaler(namespace, &scaler.spec.target),
            // It changes no number of pods, so that budgets do not matter.
            Object::VerticalPodAutoscaler(scaler) => self.those_in(namespace, |workload| {
                scaler.spec.target.resizes(workload.kind, &workload.metadata.name)
            }),
            Object::ServiceAccount(account) => self.around_account(namespace, &account.metadata.name),
            Object::AddOnPolicy(policy) if !policy.kind.info().namespaced => self.subjects().collect(),
            // Few change, and any workload of the namespace may name them or have them in force.
            Object::ConfigMap(_)
            | Object::PersistentVolumeClaim(_)
            | Object::ResourceQuota(_)
            | Object::AddOnPolicy(_)
            | Object::SecretProviderClass(_) => self.subjects_in(namespace),
            Object::PersistentVolume(volume) => self.behind_volume(volume),
            Object::Role(role) => self.behind_role(&role.metadata),
            Object::RoleBinding(binding) => {
                let mut subjects = self.subjects_in(namespace);
                subjects.extend(self.bound(binding));
                subjects
            }
            Object::ClusterRole(role) if !self.is_bound(&role.metadata.name) => BTreeSet::new(),
            Object::ClusterRoleBinding(binding) => self.behind_cluster_binding(binding),
            Object::ValidatingWebhookConfiguration(_)
            | Object::MutatingWebhookConfiguration(_)
            | Object::ApiService(_)
            | Object::CustomResourceDefinition(_) => self.behind_asked(object),
            Object::Gateway(gateway) => self.behind_gateway(&gateway.metadata),
            Object::HttpRoute(route)
            | Object::GrpcRoute(route)
            | Object::TlsRoute(route)
            | Object::TcpRoute(route)
            | Object::UdpRoute(route) => self.behind_route_and_rivals(object, route),
            Object::ReferenceGrant(grant) => self.behind_grant(grant),
            Object::SecurityPolicy(_) | Object::AuthorizationPolicy(_) => {
                self.behind_auth_policy(object.kind(), namespace)
            }
            Object::PeerAuthentication(one) => self.behind_peer_authentication(one),
            Object::BackendTlsPolicy(one) => self.behind_backend_tls_policy(one),
            Object::Middleware(one) => self.behind_middleware(&one.metadata),
            Object::TlsOption(option) => self.behind_tls_option(&option.metadata),
            Object::Revision(_) => super::rolled_back(object).into_iter().collect(),
            Object::Node(node) if self.is_notable(node) => self.subjects().collect(),
            // Nothing else is said of nodes than whether there are enough to keep pods apart, and one that they ask for.
            Object::Node(_) => self.particular_about_nodes(),
            Object::IstioGateway(gateway) => self.behind_istio_gateway(&gateway.metadata),
            Object::VirtualService(one) => self.behind_virtual_service(one),
            // It is judged by itself.
            Object::DestinationRule(_)
            | Object::BackendTrafficPolicy(_)
            | Object::ServiceProfile(_)
            | Object::ConsulMesh(_)
            | Object::Schedule(_)
            | Object::Manifest(_)
            | Object::Endpoints(_) => BTreeSet::new(),
            // Classes and ClusterRoles are few, change seldom, and any workload may name them.
            _ => self.subjects().collect(),
        }
    }

    /// Those behind a route, and behind others that share its names or its places.
    fn behind_route_and_rivals(&self, object: &Object, route: &HttpRoute) -> BTreeSet<SubjectKey> {
        let mut subjects = self.behind_route(route);
        subjects.extend(self.behind_sharers(object));
        if object.kind() == Kind::TlsRoute {
            let rivals = self.sharing_listeners(route);
            subjects.extend(rivals.flat_map(|rival| self.behind_route(rival)));
        }
        subjects
    }

    /// Which namespace is the root of the mesh, whose PeerAuthentication is about every one, policies say.
    fn behind_peer_authentication(&self, one: &PeerAuthentication) -> BTreeSet<SubjectKey> {
        if one.spec.is_about_all() {
            return self.subjects().collect();
        }
        self.those_in(&one.metadata.namespace, |workload| one.spec.selects(&workload.pod_labels))
    }

    /// Whether it may be on account of this node that something is said of pods that may run there: it may have a known
    /// flaw, or there is no other, and without any nothing is known.
    fn is_notable(&self, node: &Node) -> bool {
        let is_flawed = Flaw::all().any(|flaw| flaw.on(&node.status.node_info) != Presence::Absent);
        is_flawed || self.objects_of(Kind::Node, "").nth(1).is_none()
    }

    /// The workloads behind the Services that it is about: it is about none of another namespace.
    fn behind_backend_tls_policy(&self, one: &BackendTlsPolicy) -> BTreeSet<SubjectKey> {
        let namespace = &one.metadata.namespace;
        one.spec.service_names().flat_map(|name| self.behind_service_named(namespace, name)).collect()
    }

    /// The workloads with pods that must not share a node, or what nodes have in common, with some others, and those
    /// with pods that ask for certain nodes.
    fn particular_about_nodes(&self) -> BTreeSet<SubjectKey> {
        let is_meant = |object: &&Object| match object {
            Object::Workload(workload) => {
                let affinity = workload.pod.affinity.as_ref();
                workload.pod.asks_for_nodes()
                    || affinity.is_some_and(|affinity| !affinity.pod_anti_affinity.required.is_empty())
            }
            _ => false,
        };
        self.objects().filter(is_meant).filter_map(Object::subject).collect()
    }

    /// Those of the namespaces with a claim that the volume is for, or that is for the volume.
    fn behind_volume(&self, volume: &PersistentVolume) -> BTreeSet<SubjectKey> {
        let namespaces: BTreeSet<&str> = self.claims_for(volume).map(|(namespace, _)| namespace).collect();
        namespaces.into_iter().flat_map(|namespace| self.subjects_in(namespace)).collect()
    }

    fn selected(&self, namespace: &str, selector: Option<&Selector>) -> BTreeSet<SubjectKey> {
        let Some(selector) = selector else { return BTreeSet::new() };
        let is_meant = |object: &&Object| match object {
            Object::Workload(workload) => selector.matches(&workload.pod_labels),
            _ => false,
        };
        match selector.demanded() {
            Some((key, values)) => {
                let terms = values.into_iter().map(|value| Term::Carries(key, value));
                let carrying = terms.flat_map(|term| self.candidates(namespace, term));
                carrying.filter(is_meant).filter_map(Object::subject).collect()
            }
            None => self.objects_in(namespace).filter(is_meant).filter_map(Object::subject).collect(),
        }
    }

    /// The workloads of every namespace of which a NetworkPolicy lets namespaces in or out by their labels.
    pub(super) fn behind_peers(&self) -> BTreeSet<SubjectKey> {
        let selected = self.peers_by_namespace().flat_map(|object| match object {
            Object::NetworkPolicy(policy) => {
                self.selected(&policy.metadata.namespace, Some(&policy.spec.pod_selector))
            }
            _ => BTreeSet::new(),
        });
        selected.collect()
    }

    /// The workloads of which a NetworkPolicy of this namespace has peers here: any pods may be those.
    pub(super) fn behind_peers_in(&self, namespace: &str) -> BTreeSet<SubjectKey> {
        let selected = self.objects_of(Kind::NetworkPolicy, namespace).flat_map(|object| match object {
            Object::NetworkPolicy(policy) if policy.spec.has_peers() => {
                self.selected(namespace, Some(&policy.spec.pod_selector))
            }
            _ => BTreeSet::new(),
        });
        selected.collect()
    }

    /// The target of an autoscaler, and those that share a budget with it.
    fn behind_scaler(&self, namespace: &str, target: &ScaleTarget) -> BTreeSet<SubjectKey> {
        let mut subjects =
            self.those_in(namespace, |workload| target.is(workload.kind, &workload.metadata.name));
        let workloads = self.objects_in(namespace).filter_map(|object| match object {
            Object::Workload(workload) => Some(workload),
            _ => None,
        });
        let targets = workloads.filter(|workload| target.is(workload.kind, &workload.metadata.name));
        subjects.extend(targets.flat_map(|workload| self.sharing_budgets(workload)));
        subjects
    }

    /// The workloads of every namespace of which a NetworkPolicy lets through what goes out to a port by such a name: the
    /// workloads of the other side say which one that is.
    pub(super) fn behind_ports(&self, is_meant: impl Fn(&str) -> bool) -> BTreeSet<SubjectKey> {
        let selected = self.naming_ports_of_others().flat_map(|object| match object {
            Object::NetworkPolicy(policy) if policy.spec.ports_of_others().any(&is_meant) => {
                self.selected(&policy.metadata.namespace, Some(&policy.spec.pod_selector))
            }
            _ => BTreeSet::new(),
        });
        selected.collect()
    }

    /// The workloads that share a budget with this one, and those of which a NetworkPolicy means it as a peer.
    pub(super) fn beside(&self, workload: &Workload) -> BTreeSet<SubjectKey> {
        let mut subjects = self.sharing_budgets(workload);
        subjects.extend(self.sharing_paths(workload));
        let ports = || workload.pod.all_containers().flat_map(|(.., container)| &container.ports);
        subjects.extend(self.behind_ports(|name| ports().any(|port| port.name == name)));
        for object in self.objects_of(Kind::NetworkPolicy, &workload.metadata.namespace) {
            if let Object::NetworkPolicy(policy) = object
                && policy.spec.has_peer(&workload.pod_labels)
            {
                subjects.extend(self.selected(&policy.metadata.namespace, Some(&policy.spec.pod_selector)));
            }
        }
        for policy in self.policies_meaning(workload) {
            subjects.extend(self.selected(&policy.metadata.namespace, Some(&policy.spec.pod_selector)));
        }
        subjects
    }

    /// The workloads that share a budget with this one: how many pods there are in all decides what a budget
    /// with `minAvailable` allows.
    fn sharing_budgets(&self, workload: &Workload) -> BTreeSet<SubjectKey> {
        let namespace = &workload.metadata.namespace;
        let budgets =
            self.objects_of(Kind::PodDisruptionBudget, namespace).filter_map(|object| match object {
                Object::PodDisruptionBudget(budget) if budget.spec.min_available.is_some() => Some(budget),
                _ => None,
            });
        budgets
            .filter_map(|budget| budget.spec.selector.as_ref())
            .filter(|selector| selector.matches(&workload.pod_labels))
            .flat_map(|selector| self.selected(namespace, Some(selector)))
            .collect()
    }

    fn with_account(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        self.those_in(namespace, |workload| workload.pod.service_account_name == name)
    }

    /// The workloads that run as an account, and those with a binding that names it beside their own.
    fn around_account(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let mut subjects = self.with_account(namespace, name);
        let own = self.objects_of(Kind::RoleBinding, namespace);
        for object in own.chain(self.objects_of(Kind::ClusterRoleBinding, "")) {
            let (Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding)) = object else {
                continue;
            };
            if binding.subjects.iter().any(|subject| subject.namespace == namespace && subject.name == name) {
                subjects.extend(self.those_in(namespace, |workload| self.reaches(workload, object)));
            }
        }
        subjects
    }

    /// Whether some binding, of whatever namespace, refers to this ClusterRole.
    fn is_bound(&self, cluster_role: &str) -> bool {
        self.objects().any(|object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                binding.role_ref.kind == "ClusterRole" && binding.role_ref.name == cluster_role
            }
            // What cannot be read may be one.
            Object::Broken(broken) => matches!(broken.kind, Kind::RoleBinding | Kind::ClusterRoleBinding),
            _ => false,
        })
    }

    fn behind_cluster_binding(&self, binding: &RoleBinding) -> BTreeSet<SubjectKey> {
        binding.subjects.iter().flat_map(|subject| self.behind_subject(subject)).collect()
    }

    /// Those of its namespace, and those elsewhere that a binding there gives it to.
    pub(super) fn behind_role(&self, role: &Metadata) -> BTreeSet<SubjectKey> {
        let Naming { namespace, name, .. } = &*role.naming;
        let mut subjects = self.subjects_in(namespace);
        for object in self.objects_of(Kind::RoleBinding, namespace) {
            if let Object::RoleBinding(binding) = object
                && binding.role_ref.name == *name
            {
                subjects.extend(self.bound(binding));
            }
        }
        subjects
    }

    /// The workloads of whatever namespace whose accounts a RoleBinding gives something to.
    fn bound(&self, binding: &RoleBinding) -> BTreeSet<SubjectKey> {
        let accounts = binding.subjects.iter().filter_map(RbacSubject::accounts);
        let behind = accounts.flat_map(|accounts| match accounts {
            ("", _) => self.subjects().collect(),
            (namespace, "") => self.subjects_in(namespace),
            (namespace, name) => self.with_account(namespace, name),
        });
        behind.collect()
    }

    fn behind_subject(&self, subject: &RbacSubject) -> BTreeSet<SubjectKey> {
        match (subject.kind.as_str(), subject.account_group()) {
            ("ServiceAccount", _) => self.with_account(&subject.namespace, &subject.name),
            ("Group", Some(AccountGroup::Of(namespace))) => self.subjects_in(namespace),
            _ => self.subjects().collect(),
        }
    }

    /// The workloads whose webhooks may be asked about a namespace without which nobody answers: every one's about that
    /// of the cluster itself.
    pub(super) fn behind_webhooks_of(&self, namespace: &str) -> BTreeSet<SubjectKey> {
        let kinds = [Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration];
        let webhooks = kinds.into_iter().filter(|_| namespace == "kube-system");
        webhooks.flat_map(|kind| self.objects_of(kind, "")).flat_map(|one| self.behind_asked(one)).collect()
    }

    /// The workloads that the API server asks on account of an object.
    fn behind_asked(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let services = object.asked_services();
        services.flat_map(|service| self.behind_service_named(&service.namespace, &service.name)).collect()
    }

    pub(super) fn behind_service_named(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let key = ObjectKey { namespace: namespace.into(), kind: Kind::Service, name: name.into() };
        match self.get(&key) {
            Some(Object::Service(service)) => self.behind_service(service),
            _ => BTreeSet::new(),
        }
    }

    pub(super) fn behind_route(&self, route: &HttpRoute) -> BTreeSet<SubjectKey> {
        let own = &route.metadata.namespace;
        let services = route.spec.backends().filter(|backend| backend.is_service());
        services
            .flat_map(|backend| self.behind_service_named(backend.namespace_from(own), &backend.name))
            .collect()
    }

    pub(super) fn behind_gateway(&self, gateway: &Metadata) -> BTreeSet<SubjectKey> {
        let Naming { namespace, name, .. } = &*gateway.naming;
        let routes = self.attached_to(namespace, name).filter_map(Object::route);
        routes.flat_map(|route| self.behind_route(route)).collect()
    }

    /// The workloads of the same kind and name in other namespaces: what a check can compare it with that a policy
    /// of the whole cluster asks for.
    pub fn namesakes(&self, workload: &Workload) -> BTreeSet<SubjectKey> {
        let own = workload.key();
        let names = self.objects_of(Kind::Namespace, "").map(|object| &object.metadata().name);
        let others = names.filter(|name| **name != own.namespace);
        let keys = others.map(|name| ObjectKey { namespace: name.clone(), ..own.clone() });
        keys.filter_map(|key| self.get(&key)).filter_map(Object::subject).collect()
    }

    /// Those behind the Ingresses that name a TLSOption, there or not.
    pub(super) fn behind_tls_option(&self, option: &Metadata) -> BTreeSet<SubjectKey> {
        self.ingresses_with_option(option).flat_map(|ingress| self.behind_ingress(ingress)).collect()
    }

    /// Those behind the Ingresses and routes that name a Middleware, there or not.
    pub(super) fn behind_middleware(&self, middleware: &Metadata) -> BTreeSet<SubjectKey> {
        let going = self.going_through(&middleware.namespace, &middleware.name).into_iter();
        let behind = going.flat_map(|object| match object {
            Object::Ingress(ingress) => self.behind_ingress(ingress),
            object => object.route().map(|route| self.behind_route(route)).unwrap_or_default(),
        });
        behind.collect()
    }

    fn behind_grant(&self, grant: &ReferenceGrant) -> BTreeSet<SubjectKey> {
        let from = grant.spec.from.iter().filter_map(|from| from.namespace.as_deref());
        from.chain([grant.metadata.namespace.as_str()])
            .flat_map(|namespace| self.subjects_in(namespace))
            .collect()
    }
}

#[cfg(test)]
#[path = "related_tests.rs"]
mod tests;
