//! Routes of the Gateway API, by the Services that they send to.
//!
//! It must not judge. Next: [`super::super::route_status`], [`super::grants`].

use super::super::gateway::HttpRoute;
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::Search;
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
                route.spec.backends().any(|backend| {
                    backend.is_service()
                        && backend.name == service
                        && backend.namespace_from(own) == namespace
                })
            })
        })
    }
}

impl<'a> NamespaceView<'a> {
    /// The routes of this namespace, with their kinds.
    pub fn routes(&self) -> Search<(Kind, &'a HttpRoute)> {
        let of = |kind| self.search(kind, |object| object.route().map(|route| (kind, route)));
        of(Kind::HttpRoute).and(of(Kind::GrpcRoute))
    }

    /// Whether what is here came from a server by which it can be observed, and not out of files.
    pub const fn is_live(&self) -> bool {
        self.inventory.live
    }
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
