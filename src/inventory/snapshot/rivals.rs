//! Ingresses, or TLSRoutes, that serve one host: the only thing that a namespace is told of others.
//!
//! Who they are, and where, is not: a controller that serves them all tells as much. It must not judge. Next:
//! [`super::super::ingress`].

use std::collections::BTreeSet;

use super::super::gateway::{HttpRoute, Reference};
use super::super::index::Everywhere;
use super::super::ingress::{IngressPath, IngressRule};
use super::super::kind::Kind;
use super::super::lookup::{Cause, Search};
use super::super::object::{Ingress, Object, ObjectKey};
use super::super::route_status::{Answer, Question};
use super::{Inventory, NamespaceView};

/// An Ingress that serves a host and path that another one serves as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rival<'a> {
    /// Place of the rule in the Ingress that was asked about.
    pub rule: usize,
    /// Place of the path in that rule.
    pub path: usize,
    /// Name of the other one; absent when it is in another namespace.
    pub name: Option<&'a str>,
}

/// A TLSRoute that serves a host at a listener where another one serves it as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteRival<'a> {
    /// Place of the host in the TLSRoute that was asked about.
    pub host: usize,
    /// Name of the other one; absent when it is in another namespace.
    pub name: Option<&'a str>,
}

impl Inventory {
    /// The TLSRoutes of every namespace that want to serve a host of this one at a listener that this one wants to be at;
    /// itself is not among them.
    pub(in super::super) fn sharing_listeners<'a>(
        &'a self,
        route: &'a HttpRoute,
    ) -> impl Iterator<Item = &'a HttpRoute> {
        let own = &route.metadata;
        let gateways: BTreeSet<_> = route.spec.gateways(&own.namespace).collect();
        let attached = gateways.into_iter().flat_map(|(namespace, name)| self.attached_to(namespace, name));
        attached
            .filter_map(|object| match object {
                Object::TlsRoute(other) => Some(&**other),
                _ => None,
            })
            .filter(move |other| {
                (&other.metadata.namespace, &other.metadata.name) != (&own.namespace, &own.name)
            })
            .filter(move |other| {
                meet(route, other) && route.spec.hostnames.iter().any(|host| names(other, host))
            })
    }

    /// The Ingresses of every namespace that serve a host that this one serves; itself is not among them.
    pub(in super::super) fn sharing_hosts<'a>(&'a self, ingress: &'a Ingress) -> Vec<&'a Ingress> {
        let hosts: BTreeSet<&str> = ingress.spec.hosts().collect();
        let keys = hosts.iter().flat_map(|host| self.index.find_everywhere(Everywhere::Serves(host)));
        let own = &ingress.metadata;
        let is_own = |key: &ObjectKey| (&key.namespace, &key.name) == (&own.namespace, &own.name);
        let keys: BTreeSet<_> = keys.filter(|key| key.kind == Kind::Ingress && !is_own(key)).collect();
        let found = keys.into_iter().filter_map(|key| match self.get(key) {
            Some(Object::Ingress(other)) if other.spec.hosts().any(|host| hosts.contains(host)) => {
                Some(&**other)
            }
            _ => None,
        });
        found.collect()
    }
}

impl<'a> NamespaceView<'a> {
    /// The TLSRoutes that serve a host of this one at a listener where this one is. One without the shape of a
    /// TLSRoute might be one.
    pub fn route_rivals_of(&self, route: &'a HttpRoute) -> Search<RouteRival<'a>> {
        let inventory = self.inventory;
        let has_broken = || inventory.broken_everywhere(Kind::TlsRoute).next().is_some();
        let incomplete = inventory.coverage_everywhere(Kind::TlsRoute).gap();
        let incomplete = incomplete.or_else(|| has_broken().then_some(Cause::Undecodable));
        // What is stale is known no better than what was never seen.
        if incomplete == Some(Cause::Stale) {
            return Search { found: Vec::new(), incomplete };
        }
        let mut found = BTreeSet::new();
        for other in inventory.sharing_listeners(route) {
            let is_here = other.metadata.namespace == route.metadata.namespace;
            let name = is_here.then_some(other.metadata.name.as_str());
            let hosts = route.spec.hostnames.iter().enumerate().filter(|(_, host)| names(other, host));
            found.extend(hosts.map(|(host, _)| RouteRival { host, name }));
        }
        Search { found: found.into_iter().collect(), incomplete }
    }

    /// The Ingresses of the same class that serve a host and path that this one serves. Copies that take a share
    /// of the requests on purpose (canaries) do not count. One without the shape of an Ingress might be one.
    pub fn rivals_of(&self, ingress: &'a Ingress) -> Search<Rival<'a>> {
        let inventory = self.inventory;
        let has_broken = || inventory.broken_everywhere(Kind::Ingress).next().is_some();
        let incomplete = inventory.coverage_everywhere(Kind::Ingress).gap();
        let incomplete = incomplete.or_else(|| has_broken().then_some(Cause::Undecodable));
        // What is stale is known no better than what was never seen.
        if incomplete == Some(Cause::Stale) || is_canary(ingress) {
            let incomplete = incomplete.filter(|_| !is_canary(ingress));
            return Search { found: Vec::new(), incomplete };
        }
        let mut found = BTreeSet::new();
        for other in inventory.sharing_hosts(ingress) {
            if is_canary(other) || other.class() != ingress.class() {
                continue;
            }
            let is_here = other.metadata.namespace == ingress.metadata.namespace;
            let name = is_here.then_some(other.metadata.name.as_str());
            let shared =
                served(ingress).filter(|(_, _, claim)| served(other).any(|(_, _, own)| own == *claim));
            found.extend(shared.map(|(rule, path, _)| Rival { rule, path, name }));
        }
        Search { found: found.into_iter().collect(), incomplete }
    }
}

/// The places in an Ingress, rule and path, of what it serves at an earlier place as well.
pub fn repeated(ingress: &Ingress) -> Vec<(usize, usize)> {
    let mut known = BTreeSet::new();
    let again = served(ingress).filter(|(_, _, claim)| !known.insert(*claim));
    again.map(|(rule, path, _)| (rule, path)).collect()
}

fn names(route: &HttpRoute, host: &str) -> bool {
    route.spec.hostnames.iter().any(|own| own.eq_ignore_ascii_case(host))
}

/// The Gateways that a route wants to be attached to, but for those that refuse it.
fn wanted(route: &HttpRoute) -> impl Iterator<Item = &Reference> {
    let is_refused = |parent: &Reference| matches!(route.answer(Question::Accepted, parent), Answer::No(_));
    route.spec.parent_refs.iter().filter(move |parent| parent.is_gateway() && !is_refused(parent))
}

/// Whether two routes want to be at one listener, by their references alone: both name the same, or one of them means
/// every listener of the Gateway.
fn meet(route: &HttpRoute, other: &HttpRoute) -> bool {
    let (own, theirs) = (&route.metadata.namespace, &other.metadata.namespace);
    let means_all = |parent: &Reference| parent.section_name.is_empty() && parent.port.is_none();
    wanted(route).any(|one| {
        wanted(other).any(|two| {
            (one.namespace_from(own), &one.name) == (two.namespace_from(theirs), &two.name)
                && (means_all(one)
                    || means_all(two)
                    || (&one.section_name, one.port) == (&two.section_name, two.port))
        })
    })
}

/// Host, path and how the path is matched.
type Claim<'a> = (&'a str, &'a str, bool);

fn served(ingress: &Ingress) -> impl Iterator<Item = (usize, usize, Claim<'_>)> {
    let rules = ingress.spec.rules.iter().enumerate();
    rules.flat_map(|(rule, one)| {
        let paths = one.http.paths.iter().enumerate();
        paths.map(move |(path, what)| (rule, path, claim(one, what)))
    })
}

/// A prefix of `/shop` and one of `/shop/` are the same.
fn claim<'a>(rule: &'a IngressRule, path: &'a IngressPath) -> Claim<'a> {
    let is_exact = path.path_type == "Exact";
    let text = if is_exact { &path.path } else { path.path.trim_end_matches('/') };
    (&rule.host, text, is_exact)
}

fn is_canary(ingress: &Ingress) -> bool {
    let annotation = ingress.metadata.annotations.get("nginx.ingress.kubernetes.io/canary");
    annotation.is_some_and(|value| value == "true")
}
