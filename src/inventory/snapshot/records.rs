//! Objects that claim one name in the DNS, of whatever namespace.
//!
//! Two Ingresses of one name have one address, and so have two routes; a Service has its own, so that it and another
//! object of the name cannot both be right. Who they are is told within a namespace only. Next: [`super::super::dns_names`].

use std::collections::BTreeSet;

use super::super::dns_names::{annotated, claimed, entered};
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Search};
use super::super::object::Object;
use super::{Inventory, NamespaceView};

/// A name that another object claims as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record<'a> {
    /// The name.
    pub name: &'a str,
    /// Kind of the other object.
    pub kind: Kind,
    /// Name of the other object; absent when it is in another namespace.
    pub other: Option<&'a str>,
}

/// Kinds of objects whose names are compared.
const CLAIMING: &[Kind] = &[
    Kind::Service,
    Kind::Ingress,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TlsRoute,
    Kind::TcpRoute,
    Kind::UdpRoute,
];

/// Those of them whose hosts nothing else tells to be somebody's.
const IN_FRONT: &[Kind] = &[Kind::Service, Kind::Ingress];

impl Inventory {
    /// The Services, Ingresses and routes of every namespace that claim a name which this object claims, where they cannot
    /// both be right; itself is not among them.
    pub(in super::super) fn sharing_names<'a>(&'a self, object: &Object) -> Vec<&'a Object> {
        let names: BTreeSet<&str> = claimed(object).into_iter().collect();
        let own = object.key();
        let keys = names.iter().flat_map(|name| self.index.find_everywhere(Everywhere::Serves(name)));
        let keys: BTreeSet<_> = keys.filter(|key| **key != own).collect();
        let is_service = object.kind() == Kind::Service;
        let found = keys.into_iter().filter_map(|key| self.get(key));
        let found = found.filter(|other| is_service || other.kind() == Kind::Service);
        found.filter(|other| claimed(other).iter().any(|name| names.contains(name))).collect()
    }

    /// Whether something without the shape of its kind may claim a name that matters to this object: what a Service
    /// claims, its metadata tell; which hosts an Ingress or a route has, nobody knows.
    fn may_claim_names_beside(&self, object: &Object, kinds: &[Kind]) -> bool {
        let mut services = self.broken_everywhere(Kind::Service);
        let is_claiming = |service: &Object| annotated(service.metadata()).next().is_some();
        let is_service = object.kind() == Kind::Service;
        let mut others = kinds.iter().filter(|kind| is_service && **kind != Kind::Service);
        services.any(is_claiming) || others.any(|kind| self.broken_everywhere(*kind).next().is_some())
    }
}

impl<'a> NamespaceView<'a> {
    /// The names that this object claims and a Service or an Ingress, too, in order.
    pub fn records_of(&self, object: &'a Object) -> Search<Record<'a>> {
        self.records(object, IN_FRONT, claimed)
    }

    /// The names of this object that are entered into the DNS for another one, too, in order.
    pub fn records_entered(&self, object: &'a Object) -> Search<Record<'a>> {
        let kinds = match object.kind() {
            Kind::Service => CLAIMING,
            Kind::Ingress => IN_FRONT,
            // Beside it nothing matters but a Service.
            _ => &[Kind::Service],
        };
        self.records(object, kinds, entered)
    }

    /// The names that two objects have, the other one of these kinds, of those that `names` tells of each: some of those
    /// that it claims.
    fn records(
        &self,
        object: &'a Object,
        kinds: &[Kind],
        names: fn(&'a Object) -> Vec<&'a str>,
    ) -> Search<Record<'a>> {
        let gaps = || kinds.iter().filter_map(|kind| self.inventory.coverage_everywhere(*kind).gap());
        let has_broken = || self.inventory.may_claim_names_beside(object, kinds);
        let incomplete = gaps().next();
        let incomplete = incomplete.or_else(|| has_broken().then_some(Cause::Undecodable));
        // What is stale is known no better than what was never seen.
        if gaps().any(|gap| gap == Cause::Stale) {
            return Search { found: Vec::new(), incomplete: Some(Cause::Stale) };
        }
        let own = names(object);
        let mut found = BTreeSet::new();
        let sharing = self.inventory.sharing_names(object).into_iter();
        for other in sharing.filter(|other| kinds.contains(&other.kind())) {
            let (kind, metadata) = (other.kind(), other.metadata());
            let is_here = metadata.namespace == object.metadata().namespace;
            let theirs = names(other);
            let shared = own.iter().filter(|name| theirs.contains(name));
            let other = is_here.then_some(metadata.name.as_str());
            found.extend(shared.map(|name| Record { name, kind, other }));
        }
        Search { found: found.into_iter().collect(), incomplete }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;

    #[test]
    fn where_not_all_namespaces_are_looked_at_what_the_others_claim_or_name_is_not_known() {
        let name = "external-dns.alpha.kubernetes.io/hostname";
        let metadata = json!({"name": "web", "namespace": "shop", "annotations": {name: "a.example"}});
        let service = decode(Kind::Service, &json!({"metadata": metadata}).to_string()).unwrap();
        for kind in [Kind::Service, Kind::Ingress] {
            let mut inventory = Inventory::with_coverage(Coverage::Complete);
            assert_eq!(inventory.namespace("shop").records_of(&service).incomplete, None);
            inventory.set_coverage_in(kind, "shop", Coverage::Complete);
            let listed = inventory.namespace("shop").records_of(&service).incomplete;
            assert_eq!(listed, Some(Cause::Forbidden), "{kind}");
        }
        for kind in CLAIMING.iter().copied().filter(|kind| kind.is_route()) {
            let mut inventory = Inventory::with_coverage(Coverage::Complete);
            inventory.set_coverage_in(kind, "shop", Coverage::Complete);
            let shop = inventory.namespace("shop");
            assert_eq!(shop.records_entered(&service).incomplete, Some(Cause::Forbidden), "{kind}");
            assert_eq!(shop.records_of(&service).incomplete, None, "{kind}");
        }
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        assert!(inventory.namespace("shop").gateways_presenting("web").is_certainly_empty());
        inventory.set_coverage_in(Kind::Gateway, "shop", Coverage::Complete);
        let gateways = inventory.namespace("shop").gateways_presenting("web");
        assert_eq!(gateways.incomplete, Some(Cause::Forbidden));
    }
}
