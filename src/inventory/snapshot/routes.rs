//! Routes of the Gateway API, by the Services that they send to and by the Gateways that they want to be attached to.
//!
//! It must not judge. Next: [`super::super::route_status`], [`super::grants`].

use super::super::gateway::{Gateway, HttpRoute};
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Search};
use super::super::object::Object;
use super::{Inventory, NamespaceView};

impl Inventory {
    /// The routes of every namespace that send to a Service, there or not, in order.
    pub(in super::super) fn routes_to<'a>(
        &'a self,
        namespace: &'a str,
        service: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        let may_send = self.index.find_everywhere(Everywhere::SendsTo(namespace, service));
        may_send.filter_map(|key| self.get(key)).filter(move |object| {
            object.route().is_some_and(|route| {
                let own = &route.metadata.namespace;
                route.spec.destinations().any(|one| {
                    one.is_service() && one.name == service && one.namespace_from(own) == namespace
                })
            })
        })
    }

    /// The routes of every namespace that want to be attached to a Gateway, there or not, in order.
    pub(in super::super) fn attached_to<'a>(
        &'a self,
        namespace: &'a str,
        gateway: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        let may_be = self.index.find_everywhere(Everywhere::AttachesTo(namespace, gateway));
        may_be.filter_map(|key| self.get(key)).filter(move |object| {
            object.route().is_some_and(|route| {
                let mut gateways = route.spec.gateways(&route.metadata.namespace);
                gateways.any(|named| named == (namespace, gateway))
            })
        })
    }
}

impl<'a> NamespaceView<'a> {
    /// The routes of a kind and of this namespace that want to be attached to a Gateway of it, with that kind.
    pub fn routes_of(&self, gateway: &'a Gateway, kind: Kind) -> Search<(Kind, &'a HttpRoute)> {
        let attached = self.inventory.attached_to(self.namespace, &gateway.metadata.name);
        let own = attached.filter(|object| object.metadata().namespace == self.namespace);
        self.search_among(kind, own, |object| route_of(kind, object))
    }

    /// The routes of a kind and of other namespaces that want to be attached to a Gateway of this one, with that kind;
    /// absent where those namespaces are out of sight.
    pub fn routes_from_elsewhere(
        &self,
        gateway: &'a Gateway,
        kind: Kind,
    ) -> Option<Search<(Kind, &'a HttpRoute)>> {
        let inventory = self.inventory;
        let routes = || {
            let incomplete = inventory.coverage_everywhere(kind).gap();
            // What is stale is known no better than what was never seen.
            if incomplete == Some(Cause::Stale) {
                return Search { found: Vec::new(), incomplete };
            }
            let attached = inventory.attached_to(self.namespace, &gateway.metadata.name);
            let others = attached.filter(|object| object.metadata().namespace != self.namespace);
            let found = others.filter_map(|object| route_of(kind, object)).collect();
            let has_broken = || inventory.broken_everywhere(kind).next().is_some();
            Search { found, incomplete: incomplete.or_else(|| has_broken().then_some(Cause::Undecodable)) }
        };
        self.sees_others.then(routes)
    }

    /// Whether what is here came from a server by which it can be observed, and not out of files.
    pub const fn is_live(&self) -> bool {
        self.inventory.live
    }
}

fn route_of(kind: Kind, object: &Object) -> Option<(Kind, &HttpRoute)> {
    object.route().filter(|_| object.kind() == kind).map(|route| (kind, route))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;

    #[test]
    fn routes_are_found_by_their_backend_wherever_they_are() {
        let mut inventory = Inventory::default();
        let mut add = |kind: Kind, namespace: &str, backend: Value| {
            let route = json!({"metadata": {"name": "it", "namespace": namespace},
                "spec": {"rules": [{"backendRefs": [backend]}]}});
            inventory.apply(decode(kind, &route.to_string()).unwrap());
        };
        add(Kind::HttpRoute, "shop", json!({"name": "web"}));
        add(Kind::GrpcRoute, "shop", json!({"name": "web"}));
        add(Kind::HttpRoute, "infra", json!({"name": "web", "namespace": "shop"}));
        add(Kind::GrpcRoute, "infra", json!({"name": "web"}));
        add(Kind::HttpRoute, "bank", json!({"name": "web", "namespace": "shop", "kind": "Bucket"}));
        let found = |namespace: &str, name: &str| -> Vec<String> {
            inventory.routes_to(namespace, name).map(|route| route.key().to_string()).collect()
        };
        assert_eq!(found("shop", "web"), ["HTTPRoute infra/it", "HTTPRoute shop/it", "GRPCRoute shop/it"]);
        assert_eq!(found("infra", "web"), ["GRPCRoute infra/it"]);
        assert!(found("shop", "api").is_empty());
    }
}
