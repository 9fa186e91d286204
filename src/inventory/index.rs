//! Where to look for objects that stand in a relation, without going through a namespace.
//!
//! An object is entered under terms: a Service under one pair of its selector, a workload under each label
//! of its pods, an Ingress under the names that it holds. A term is kept as a hash, so that an entry is two words
//! whatever the names are; a find therefore yields candidates, which the caller compares. It must not
//! miss one. A further kind with a selector, or with names, needs a line in [`terms`]. Next:
//! [`super::snapshot`] keeps it up, [`super::joins`] looks in it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::dns_names;
use super::kind::Kind;
use super::object::{Object, ObjectKey};
use super::small_map::Labels;

/// What an object is found by, in its namespace.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Term<'a> {
    /// Objects of this kind whose selector demands this pair; absent for those that demand no pair.
    Selects(Kind, Option<(&'a str, &'a str)>),
    /// Services whose selector demands this pair, among others.
    Demands(&'a str, &'a str),
    /// Workloads whose pods carry this label.
    Carries(&'a str, &'a str),
    /// Objects of the first kind that name an object of the second.
    Names(Kind, Kind, &'a str),
    /// Ingresses that serve this host, and Services that claim it in the DNS, of whatever namespace.
    Serves(&'a str),
    /// Gateways, of whatever namespace, that name the Secret of this namespace and name.
    Presents(&'a str, &'a str),
    /// Objects that do not have the shape of this kind.
    Broken(Kind),
}

/// Objects by term.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    entries: BTreeSet<(u64, Arc<ObjectKey>)>,
}

impl Index {
    /// Enters an object.
    pub(super) fn add(&mut self, key: &Arc<ObjectKey>, object: &Object) {
        let hashes = terms(object).into_iter().map(|term| hash(&key.namespace, term));
        self.entries.extend(hashes.map(|hash| (hash, Arc::clone(key))));
    }

    /// Takes an object out; it is as it was when it was entered.
    pub(super) fn take(&mut self, key: &Arc<ObjectKey>, object: &Object) {
        for term in terms(object) {
            self.entries.remove(&(hash(&key.namespace, term), Arc::clone(key)));
        }
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

    /// Keys of the Ingresses and Services of every namespace that may serve or claim this host, in order; all that do,
    /// are among them.
    pub(super) fn serving(&self, host: &str) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        self.entered(hash("", Term::Serves(host)))
    }

    /// Keys of the Gateways of every namespace that may name this Secret, in order; all that do, are among them.
    pub(super) fn presenting(
        &self,
        namespace: &str,
        secret: &str,
    ) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        self.entered(hash("", Term::Presents(namespace, secret)))
    }

    fn entered(&self, hash: u64) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        let first = ObjectKey { namespace: String::new(), kind: Kind::default(), name: String::new() };
        self.entries
            .range((hash, Arc::new(first))..)
            .take_while(move |(known, _)| *known == hash)
            .map(|(_, key)| &**key)
    }
}

/// The pair of a selector under which an object is entered and looked for.
pub(super) fn pair(selector: &Labels) -> Option<(&str, &str)> {
    selector.iter().next().map(|(key, value)| (key.as_str(), value.as_str()))
}

fn terms(object: &Object) -> Vec<Term<'_>> {
    match object {
        Object::Workload(workload) => {
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
        // One without a selector selects nothing.
        Object::Service(service) => {
            let selector = &service.spec.selector;
            let selects = pair(selector).map(|pair| Term::Selects(Kind::Service, Some(pair)));
            let demands = selector.iter().map(|(key, value)| Term::Demands(key, value));
            let names = dns_names::annotated(&service.metadata).map(Term::Serves);
            selects.into_iter().chain(demands).chain(names).collect()
        }
        Object::Ingress(ingress) => {
            let names = |kind| move |name| Term::Names(Kind::Ingress, kind, name);
            let services = ingress.spec.service_names().map(names(Kind::Service));
            let secrets = ingress.spec.secret_names().map(names(Kind::Secret));
            let names = ingress.spec.hosts().chain(dns_names::annotated(&ingress.metadata));
            services.chain(secrets).chain(names.map(Term::Serves)).collect()
        }
        Object::Gateway(gateway) => {
            let own = &gateway.metadata.namespace;
            let secrets = gateway.spec.secrets();
            secrets.map(|secret| Term::Presents(secret.namespace_from(own), &secret.name)).collect()
        }
        Object::Broken(kind, ..) => vec![Term::Broken(*kind)],
        _ => Vec::new(),
    }
}

/// The same in every process, and nothing that anybody sees depends on it.
fn hash(namespace: &str, term: Term<'_>) -> u64 {
    let namespace = if matches!(term, Term::Serves(_) | Term::Presents(..)) { "" } else { namespace };
    let mut hasher = DefaultHasher::new();
    (namespace, term).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
