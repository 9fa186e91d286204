//! What other namespaces let objects of this one refer to (ReferenceGrants).
//!
//! Of another namespace nothing is told but this: whether it grants, and of what it grants, whether it is there.
//! It must not judge. Next: [`super::named_secrets`].

use super::super::gateway::{Reference, ReferenceGrant};
use super::super::kind::Kind;
use super::super::lookup::{Cause, Lookup, SecretLookup};
use super::super::object::{Secret, Service};
use super::{NamedSecret, NamespaceView};

/// What another namespace says to a reference into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted<T> {
    /// It lets the object refer, to this.
    Yes(T),
    /// Nothing there lets it.
    No,
    /// Whether something does is not known.
    Unknown(Cause),
}

impl<'a> NamespaceView<'a> {
    /// The Secret of another namespace, as a Gateway of this one may refer to it; absent where that namespace is out
    /// of sight.
    pub fn granted_secret<'b>(
        &self,
        namespace: &'b str,
        name: &str,
    ) -> Option<Granted<Lookup<NamedSecret<'b>>>>
    where
        'a: 'b,
    {
        let granted = self.granted(Kind::Gateway, (namespace, Kind::Secret, name))?;
        Some(granted.map(|there| there.secret(name)))
    }

    /// The same of a `kubernetes.io/tls` Secret, by what it holds.
    pub fn granted_tls_secret<'b>(
        &self,
        namespace: &'b str,
        name: &str,
    ) -> Option<Granted<SecretLookup<&'b Secret>>>
    where
        'a: 'b,
    {
        let granted = self.granted(Kind::Gateway, (namespace, Kind::Secret, name))?;
        Some(granted.map(|there| there.tls_secret(name)))
    }

    /// The Service of another namespace, as a route of this one and of this kind may send to it; absent where that
    /// namespace is out of sight.
    pub fn granted_service<'b>(
        &self,
        route: Kind,
        namespace: &'b str,
        name: &str,
    ) -> Option<Granted<Lookup<&'b Service>>>
    where
        'a: 'b,
    {
        let granted = self.granted(route, (namespace, Kind::Service, name))?;
        Some(granted.map(|there| there.service(name)))
    }

    /// The other namespace, if it lets objects of this one and of a kind refer to this object.
    fn granted<'b>(
        &self,
        from: Kind,
        (namespace, to, name): (&'b str, Kind, &str),
    ) -> Option<Granted<NamespaceView<'b>>>
    where
        'a: 'b,
    {
        let there = self.elsewhere(namespace)?;
        let grants = there.reference_grants();
        if grants.found.iter().any(|grant| lets(grant, (from, self.name()), (to, name))) {
            return Some(Granted::Yes(there));
        }
        Some(grants.incomplete.map_or(Granted::No, Granted::Unknown))
    }
}

impl<T> Granted<T> {
    fn map<U>(self, part: impl FnOnce(T) -> U) -> Granted<U> {
        match self {
            Self::Yes(found) => Granted::Yes(part(found)),
            Self::No => Granted::No,
            Self::Unknown(cause) => Granted::Unknown(cause),
        }
    }
}

/// Whether a grant lets objects of a kind in a namespace refer to an object in its own.
fn lets(grant: &ReferenceGrant, (from, namespace): (Kind, &str), (to, name): (Kind, &str)) -> bool {
    let is = |reference: &Reference, kind: Kind| {
        reference.group.as_deref().unwrap_or_default() == kind.info().group
            && reference.kind.as_deref() == Some(kind.as_str())
    };
    let is_from =
        |reference: &&Reference| is(reference, from) && reference.namespace.as_deref() == Some(namespace);
    let is_to =
        |reference: &&Reference| is(reference, to) && (reference.name.is_empty() || reference.name == name);
    grant.spec.from.iter().any(|one| is_from(&one)) && grant.spec.to.iter().any(|one| is_to(&one))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Inventory;
    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;

    fn apply(inventory: &mut Inventory, kind: Kind, mut object: Value) {
        object["metadata"] = json!({"name": "it", "namespace": "certificates"});
        inventory.apply(decode(kind, &object.to_string()).unwrap());
    }

    fn asked(from: Value, to: Value, coverage: Coverage) -> Granted<bool> {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        inventory.set_coverage(Kind::ReferenceGrant, coverage);
        apply(&mut inventory, Kind::Secret, json!({}));
        apply(&mut inventory, Kind::ReferenceGrant, json!({"spec": {"from": [from], "to": [to]}}));
        let own = inventory.namespace("shop").seeing_others(true);
        match own.granted_secret("certificates", "it").unwrap() {
            Granted::Yes(found) => Granted::Yes(matches!(found, Lookup::Found(_))),
            Granted::No => Granted::No,
            Granted::Unknown(cause) => Granted::Unknown(cause),
        }
    }

    fn gateways(namespace: &str) -> Value {
        json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": namespace})
    }

    #[test]
    fn a_grant_is_for_a_kind_of_a_namespace_and_to_one_name_or_all() {
        let secrets = json!({"group": "", "kind": "Secret"});
        let of = |from: Value, to: Value| asked(from, to, Coverage::Complete);
        assert_eq!(of(gateways("shop"), secrets.clone()), Granted::Yes(true));
        let named = |name: &str| json!({"group": "", "kind": "Secret", "name": name});
        assert_eq!(of(gateways("shop"), named("it")), Granted::Yes(true));
        assert_eq!(of(gateways("shop"), named("other")), Granted::No);
        assert_eq!(of(gateways("bank"), secrets.clone()), Granted::No);
        let routes = json!({"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"});
        assert_eq!(of(routes, secrets), Granted::No);
        assert_eq!(of(gateways("shop"), json!({"group": "", "kind": "Service"})), Granted::No);
    }

    #[test]
    fn a_grant_for_routes_is_for_those_of_its_kind() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        let from = json!({"group": "gateway.networking.k8s.io", "kind": "GRPCRoute", "namespace": "shop"});
        let to = json!({"group": "", "kind": "Service"});
        apply(&mut inventory, Kind::ReferenceGrant, json!({"spec": {"from": [from], "to": [to]}}));
        apply(&mut inventory, Kind::Service, json!({}));
        let own = inventory.namespace("shop").seeing_others(true);
        let asked = |kind: Kind, name: &str| own.granted_service(kind, "certificates", name).unwrap();
        assert!(matches!(asked(Kind::GrpcRoute, "it"), Granted::Yes(Lookup::Found(_))));
        assert_eq!(asked(Kind::GrpcRoute, "gone"), Granted::Yes(Lookup::Missing));
        assert_eq!(asked(Kind::HttpRoute, "it"), Granted::No);
    }

    #[test]
    fn a_namespace_out_of_sight_tells_neither_its_grants_nor_its_objects() {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        apply(&mut inventory, Kind::Secret, json!({}));
        let own = inventory.namespace("shop");
        assert_eq!(own.granted_secret("certificates", "it"), None);
        assert_eq!(own.granted_service(Kind::HttpRoute, "certificates", "it"), None);
    }

    #[test]
    fn without_all_grants_none_is_not_no() {
        let none = asked(gateways("bank"), json!({"group": "", "kind": "Secret"}), Coverage::Forbidden);
        assert_eq!(none, Granted::Unknown(Cause::Forbidden));
        let not_served = asked(gateways("bank"), json!({}), Coverage::NotServed);
        assert_eq!(not_served, Granted::No);
    }
}
