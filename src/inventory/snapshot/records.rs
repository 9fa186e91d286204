//! Objects that claim one name in the DNS, of whatever namespace.
//!
//! Two Ingresses of one name have one address; a Service has its own, so that it and another object of the name
//! cannot both be right. Who they are is told within a namespace only. Next: [`super::super::dns_names`].

use std::collections::BTreeSet;

use super::super::dns_names::claimed;
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

impl Inventory {
    /// The Services and Ingresses of every namespace that claim a name which this object claims, where they cannot
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
}

impl<'a> NamespaceView<'a> {
    /// The names that this object claims and another one, too, in order.
    pub fn records_of(&self, object: &'a Object) -> Search<Record<'a>> {
        let gaps = [Kind::Service, Kind::Ingress].map(|kind| self.inventory.coverage(kind).gap());
        let incomplete = gaps.into_iter().flatten().next();
        // What is stale is known no better than what was never seen.
        if gaps.contains(&Some(Cause::Stale)) {
            return Search { found: Vec::new(), incomplete: Some(Cause::Stale) };
        }
        let own = claimed(object);
        let mut found = BTreeSet::new();
        for other in self.inventory.sharing_names(object) {
            let (kind, metadata) = (other.kind(), other.metadata());
            let is_here = metadata.namespace == object.metadata().namespace;
            let theirs = claimed(other);
            let shared = own.iter().filter(|name| theirs.contains(name));
            let other = is_here.then_some(metadata.name.as_str());
            found.extend(shared.map(|name| Record { name, kind, other }));
        }
        Search { found: found.into_iter().collect(), incomplete }
    }
}
