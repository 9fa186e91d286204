//! Where to look for objects that stand in a relation, without going through a namespace.
//!
//! An object is entered under terms: a Service under the pairs of its selector, a workload under each label
//! of its pods, an Ingress under the names that it holds. A term is kept as a hash, so that an entry is two words
//! whatever the names are; a find therefore yields candidates, which the caller compares. It must not
//! miss one. A further kind with a selector, or with names, needs a line in [`terms`]. Next:
//! [`super::snapshot`] keeps it up, [`super::joins`] looks in it.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use super::dns_names;
use super::gateway::{HttpRoute, HttpRouteRule};
use super::given_labels::is_given;
use super::kind::Kind;
use super::kind_map::KindMap;
use super::labels::Labels;
use super::middleware::Middleware;
use super::network_policy::NetworkPolicy;
use super::object::{Ingress, Object, ObjectKey, Service};
use super::quick_hash::QuickHash;
use super::rbac::RbacSubject;
use super::revision::Revision;
use super::selector::Selector;
use super::traefik::split;
use super::workload::Workload;

/// What an object is found by, in its namespace.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Term<'a> {
    /// Services, PodDisruptionBudgets and NetworkPolicies whose selector demands this pair; absent for those that demand
    /// no pair, or none that a template tells.
    Selects(Option<(&'a str, &'a str)>),
    /// Services whose selector demands this pair beside the one under which they are entered as selecting.
    Demands(&'a str, &'a str),
    /// HorizontalPodAutoscalers, ScaledObjects and VerticalPodAutoscalers of something of this name.
    Scales(&'a str),
    /// Workloads whose pods carry this label; in no namespace, Namespaces that do.
    Carries(&'a str, &'a str),
    /// Objects of the first kind that name an object of the second.
    Names(Kind, Kind, &'a str),
    /// What an object of whatever namespace is found by.
    Everywhere(Everywhere<'a>),
    /// Policies for the network of pods that are no NetworkPolicies.
    IsAddOnPolicy,
    /// Objects that do not have the shape of this kind.
    Broken(Kind),
}

/// What an object is found by, whatever namespace it is in.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Everywhere<'a> {
    /// Ingresses that serve this host, and Services and routes that claim it in the DNS.
    Serves(&'a str),
    /// Gateways that name the Secret of this namespace and name.
    Presents(&'a str, &'a str),
    /// Gateways that name a Secret of this namespace.
    PresentsOf(&'a str),
    /// Routes that want to be attached to the Gateway of this namespace and name.
    AttachesTo(&'a str, &'a str),
    /// Routes and VirtualServices that send to the Service of this namespace and name, or copies.
    SendsTo(&'a str, &'a str),
    /// VirtualServices that name the Gateway of Istio of this namespace and name.
    IsAt(&'a str, &'a str),
    /// NetworkPolicies with a peer that is namespaces by their labels.
    PeersByNamespace,
    /// Those of them with such a peer that is pods which carry this label; absent for pods that need carry none.
    PeersCarry(Option<(&'a str, &'a str)>),
    /// Ingresses, routes and other Middlewares that name the Middleware of this namespace and name.
    GoesThrough(&'a str, &'a str),
    /// AuthorizationPolicies.
    AsksInMesh,
    /// NetworkPolicies that let through what goes out to ports by their names.
    PortsOfOthers,
    /// Objects on account of which the API server asks the Service of this namespace and name.
    Asks(&'a str, &'a str),
    /// PersistentVolumeClaims that name this PersistentVolume.
    IsFor(&'a str),
    /// Objects that do not have the shape of this kind.
    Broken(Kind),
    /// RoleBindings that give something to the ServiceAccount of this namespace and name: to all of the namespace without
    /// a name, to all there are without a namespace.
    Binds(&'a str, &'a str),
}

/// Objects by term.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    entries: BTreeSet<Entered>,
    /// How many objects do not have the shape of their kind: mostly none, and then nobody need look for one.
    broken: usize,
    /// How many objects there are of each kind; of a kind without any nobody need look for one.
    kinds: KindMap<usize>,
    /// Whether nothing is entered yet, because all of it will be at once.
    waits: bool,
}

/// The hash of a term, and an object that is entered under it; nothing before all objects.
type Entered = (u64, Option<Arc<ObjectKey>>);

/// What some objects are entered as, in order.
#[derive(Debug)]
pub struct Entries {
    entered: Vec<Entered>,
    broken: usize,
    kinds: KindMap<usize>,
}

impl Entries {
    /// Of these objects.
    pub(super) fn of<'a>(objects: impl Iterator<Item = (&'a Arc<ObjectKey>, &'a Object)> + Clone) -> Self {
        let broken = objects.clone().filter(|(_, object)| matches!(object, Object::Broken(..))).count();
        let mut kinds = KindMap::default();
        objects.clone().for_each(|(key, _)| count(&mut kinds, key.kind, 1));
        let mut entered: Vec<Entered> = objects.flat_map(|(key, object)| entered(key, object)).collect();
        entered.sort_unstable();
        Self { entered, broken, kinds }
    }
}

impl Index {
    /// An index into which nothing is entered before [`Self::fill`], and in which nothing is looked for before that.
    pub(super) fn waiting() -> Self {
        Self { waits: true, ..Self::default() }
    }

    /// Enters all objects, in the place of whatever was entered.
    pub(super) fn fill(&mut self, parts: Vec<Entries>) {
        let broken = parts.iter().map(|part| part.broken).sum();
        let mut kinds = KindMap::default();
        for (kind, number) in parts.iter().flat_map(|part| part.kinds.iter()) {
            count(&mut kinds, kind, *number);
        }
        // Each part is in order, so that there is less left to sort.
        let entries = parts.into_iter().flat_map(|part| part.entered).collect();
        *self = Self { entries, broken, kinds, waits: false };
    }

    /// Enters an object.
    pub(super) fn add(&mut self, key: &Arc<ObjectKey>, object: &Object) {
        if !self.waits {
            self.broken += usize::from(matches!(object, Object::Broken(..)));
            count(&mut self.kinds, key.kind, 1);
            self.entries.extend(entered(key, object));
        }
    }

    /// Takes an object out; it is as it was when it was entered.
    pub(super) fn take(&mut self, key: &Arc<ObjectKey>, object: &Object) {
        if self.waits {
            return;
        }
        self.broken = self.broken.saturating_sub(usize::from(matches!(object, Object::Broken(..))));
        if let Some(number) = self.kinds.get_mut(key.kind) {
            *number = number.saturating_sub(1);
        }
        for entry in entered(key, object) {
            self.entries.remove(&entry);
        }
    }

    /// Whether any object, wherever it is, does not have the shape of its kind.
    pub(super) const fn has_broken(&self) -> bool {
        self.broken > 0
    }

    /// Whether there is any object of this kind, wherever it is and of whatever shape.
    pub(super) fn holds(&self, kind: Kind) -> bool {
        debug_assert!(!self.waits, "nothing is entered yet");
        self.kinds.get(kind).is_some_and(|number| *number > 0)
    }

    /// Packs it, as [`super::snapshot::Inventory::pack`] does.
    pub(super) fn pack(&mut self) {
        self.entries = std::mem::take(&mut self.entries).into_iter().collect();
    }

    /// Keys of the objects that may be entered under this term, in order; all that are, are among them.
    pub(super) fn find<'a>(
        &'a self,
        namespace: &'a str,
        term: Term<'_>,
    ) -> impl Iterator<Item = &'a ObjectKey> + use<'a> {
        self.entered(hash(namespace, term)).filter(move |key| key.namespace == namespace)
    }

    /// Keys of the objects of every namespace that may be entered under this term, in order; all that are, are among them.
    pub(super) fn find_everywhere(&self, term: Everywhere<'_>) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        self.entered(hash("", Term::Everywhere(term)))
    }

    fn entered(&self, hash: u64) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        debug_assert!(!self.waits, "nothing is entered yet");
        self.entries
            .range((hash, None)..)
            .take_while(move |(known, _)| *known == hash)
            .filter_map(|(_, key)| key.as_deref())
    }
}

fn count(kinds: &mut KindMap<usize>, kind: Kind, more: usize) {
    match kinds.get_mut(kind) {
        Some(number) => *number += more,
        None => drop(kinds.insert(kind, more)),
    }
}

/// The pair of a Service's selector under which it is entered and looked for: one that templates tell.
pub(super) fn pair(selector: &Labels) -> Option<(&str, &str)> {
    selector.iter().find(|(key, _)| !is_given(key))
}

/// What an object is entered as.
fn entered<'a>(key: &'a Arc<ObjectKey>, object: &'a Object) -> impl Iterator<Item = Entered> + use<'a> {
    terms(object).into_iter().map(|term| (hash(&key.namespace, term), Some(Arc::clone(key))))
}

fn terms(object: &Object) -> Vec<Term<'_>> {
    match object {
        Object::Workload(workload) => terms_of(workload),
        Object::Namespace(own) => own.labels.iter().map(|(key, value)| Term::Carries(key, value)).collect(),
        Object::Service(service) => terms_of_service(service),
        Object::Ingress(ingress) => terms_of_ingress(ingress),
        Object::Gateway(gateway) => {
            let own = &gateway.metadata.namespace;
            let secrets = gateway.spec.secrets();
            let presented = secrets.flat_map(|secret| {
                let namespace = secret.namespace_from(own);
                [Everywhere::Presents(namespace, &secret.name), Everywhere::PresentsOf(namespace)]
            });
            presented.map(Term::Everywhere).collect()
        }
        Object::HttpRoute(route)
        | Object::GrpcRoute(route)
        | Object::TlsRoute(route)
        | Object::TcpRoute(route)
        | Object::UdpRoute(route) => {
            let mut terms = terms_of_route(route);
            terms.extend(dns_names::claimed(object).into_iter().map(serves));
            terms
        }
        Object::VirtualService(one) => {
            let services = one.services().map(|service| Everywhere::SendsTo(service.namespace, service.name));
            let gateways = one.gateways().map(|(namespace, name)| Everywhere::IsAt(namespace, name));
            services.chain(gateways).map(Term::Everywhere).collect()
        }
        Object::Middleware(one) => terms_of_middleware(one),
        // Without a selector it selects nothing; an empty one selects everything.
        Object::PodDisruptionBudget(budget) => budget.spec.selector.as_ref().map_or_else(Vec::new, selecting),
        Object::NetworkPolicy(policy) => terms_of_policy(policy),
        Object::HorizontalPodAutoscaler(scaler) => vec![Term::Scales(&scaler.spec.target.name)],
        Object::ScaledObject(scaler) => vec![Term::Scales(&scaler.spec.target.name)],
        Object::VerticalPodAutoscaler(scaler) => vec![Term::Scales(&scaler.spec.target.name)],
        Object::AuthorizationPolicy(_) => vec![Term::Everywhere(Everywhere::AsksInMesh)],
        Object::AddOnPolicy(_) => vec![Term::IsAddOnPolicy],
        Object::Revision(revision) => terms_of_revision(revision),
        Object::ValidatingWebhookConfiguration(_)
        | Object::MutatingWebhookConfiguration(_)
        | Object::ApiService(_)
        | Object::CustomResourceDefinition(_) => {
            let services = object.asked_services();
            services
                .map(|service| Everywhere::Asks(&service.namespace, &service.name))
                .map(Term::Everywhere)
                .collect()
        }
        Object::RoleBinding(binding) => {
            let bound = binding.subjects.iter().filter_map(RbacSubject::accounts);
            bound.map(|(namespace, name)| Term::Everywhere(Everywhere::Binds(namespace, name))).collect()
        }
        Object::PersistentVolumeClaim(claim) => {
            let volume = Some(&*claim.spec.volume_name).filter(|volume| !volume.is_empty());
            volume.map(|volume| Term::Everywhere(Everywhere::IsFor(volume))).into_iter().collect()
        }
        Object::Broken(broken) => {
            vec![Term::Broken(broken.kind), Term::Everywhere(Everywhere::Broken(broken.kind))]
        }
        _ => Vec::new(),
    }
}

fn terms_of_service(service: &Service) -> Vec<Term<'_>> {
    let selector = &service.spec.selector;
    let pair = pair(selector);
    // One without a selector selects nothing.
    let selects = (!selector.is_empty()).then_some(Term::Selects(pair));
    let others = selector.iter().filter(|other| Some(*other) != pair);
    let demands = others.map(|(key, value)| Term::Demands(key, value));
    let names = dns_names::annotated(&service.metadata).map(serves);
    selects.into_iter().chain(demands).chain(names).collect()
}

fn terms_of_ingress(ingress: &Ingress) -> Vec<Term<'_>> {
    let names = |kind| move |name| Term::Names(Kind::Ingress, kind, name);
    let services = ingress.spec.service_names().map(names(Kind::Service));
    let secrets = ingress.spec.secret_names().map(names(Kind::Secret));
    let names = ingress.spec.hosts().chain(dns_names::annotated(&ingress.metadata));
    let steps = ingress.middlewares().filter_map(|word| word.strip_suffix("@kubernetescrd"));
    let steps = steps.flat_map(split).map(|(namespace, name)| through(namespace, name));
    services.chain(secrets).chain(names.map(serves)).chain(steps).collect()
}

fn terms_of_middleware(one: &Middleware) -> Vec<Term<'_>> {
    let chained = one.spec.chained(&one.metadata.namespace);
    chained.map(|(namespace, name)| through(namespace, name)).collect()
}

fn terms_of_route(route: &HttpRoute) -> Vec<Term<'_>> {
    let own = &route.metadata.namespace;
    let services = route.spec.destinations().filter(|one| one.is_service());
    let services = services.map(|one| Everywhere::SendsTo(one.namespace_from(own), &one.name));
    let gateways = route.spec.gateways(own);
    let gateways = gateways.map(|(namespace, name)| Everywhere::AttachesTo(namespace, name));
    let steps = route.spec.rules.iter().flat_map(HttpRouteRule::middlewares).map(|name| through(own, name));
    services.chain(gateways).map(Term::Everywhere).chain(steps).collect()
}

/// ConfigMaps affect all of their namespace.
fn terms_of_revision(revision: &Revision) -> Vec<Term<'_>> {
    let kind = revision.kind();
    let secrets = revision.secrets.iter().map(|name| Term::Names(kind, Kind::Secret, name));
    secrets.chain([Term::Names(kind, revision.owner_kind, &revision.owner)]).collect()
}

fn terms_of_policy(policy: &NetworkPolicy) -> Vec<Term<'_>> {
    let mut terms = selecting(&policy.spec.pod_selector);
    let mut by_namespace = policy.spec.peers_by_namespace().peekable();
    if by_namespace.peek().is_some() {
        terms.push(Term::Everywhere(Everywhere::PeersByNamespace));
    }
    let pods = by_namespace.filter_map(|(_, pods)| pods);
    let carried = pods.flat_map(|pods| match pods.demanded() {
        Some((key, values)) => values.into_iter().map(|value| Some((key, value))).collect(),
        None => vec![None],
    });
    terms.extend(carried.map(|label| Term::Everywhere(Everywhere::PeersCarry(label))));
    if policy.spec.ports_of_others().next().is_some() {
        terms.push(Term::Everywhere(Everywhere::PortsOfOthers));
    }
    terms
}

fn terms_of(workload: &Workload) -> Vec<Term<'_>> {
    let carried = workload.pod_labels.iter().map(|(key, value)| Term::Carries(key, value));
    let service = workload.service_name.iter();
    let maps = workload.pod.config_map_names();
    let maps = maps.map(|name| Term::Names(workload.kind, Kind::ConfigMap, name));
    let claims = workload.pod.claim_names();
    let claims = claims.map(|name| Term::Names(workload.kind, Kind::PersistentVolumeClaim, name));
    let secrets = workload.pod.secret_names();
    let secrets = secrets.map(|name| Term::Names(workload.kind, Kind::Secret, name));
    carried
        .chain(claims)
        .chain(service.map(|name| Term::Names(workload.kind, Kind::Service, name)))
        .chain(maps)
        .chain(secrets)
        .collect()
}

const fn through<'a>(namespace: &'a str, name: &'a str) -> Term<'a> {
    Term::Everywhere(Everywhere::GoesThrough(namespace, name))
}

const fn serves(host: &str) -> Term<'_> {
    Term::Everywhere(Everywhere::Serves(host))
}

fn selecting(selector: &Selector) -> Vec<Term<'_>> {
    match selector.demanded() {
        Some((key, values)) => values.into_iter().map(|value| Term::Selects(Some((key, value)))).collect(),
        None => vec![Term::Selects(None)],
    }
}

/// Nothing that anybody sees depends on it.
fn hash(namespace: &str, term: Term<'_>) -> u64 {
    let namespace = if matches!(term, Term::Everywhere(_)) { "" } else { namespace };
    QuickHash.hash_one((namespace, term))
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
