//! VirtualServices of Istio, by the Services that they send to and by the Gateways that they name.
//!
//! It must not judge. Next: [`super::routes`] for the routes of the Gateway API.

use super::super::index::Everywhere;
use super::super::istio::IstioGateway;
use super::super::kind::Kind;
use super::super::lookup::Lookup;
use super::super::object::Object;
use super::super::virtual_service::VirtualService;
use super::{Inventory, NamespaceView};

impl Object {
    /// The VirtualService that it is.
    pub const fn virtual_service(&self) -> Option<&VirtualService> {
        match self {
            Self::VirtualService(one) => Some(one),
            _ => None,
        }
    }
}

impl Inventory {
    /// The VirtualServices of every namespace that send to a Service, there or not, in order.
    pub(in super::super) fn virtual_services_to<'a>(
        &'a self,
        namespace: &'a str,
        service: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        let may_send = self.index.find_everywhere(Everywhere::SendsTo(namespace, service));
        may_send.filter_map(|key| self.get(key)).filter(move |object| {
            let mut services = object.virtual_service().into_iter().flat_map(VirtualService::services);
            services.any(|one| (one.namespace, one.name) == (namespace, service))
        })
    }

    /// The VirtualServices of every namespace that name a Gateway of Istio, there or not, in order.
    pub(in super::super) fn virtual_services_at<'a>(
        &'a self,
        namespace: &'a str,
        gateway: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        let may_be = self.index.find_everywhere(Everywhere::IsAt(namespace, gateway));
        may_be.filter_map(|key| self.get(key)).filter(move |object| {
            let mut gateways = object.virtual_service().into_iter().flat_map(VirtualService::gateways);
            gateways.any(|named| named == (namespace, gateway))
        })
    }
}

impl<'a> NamespaceView<'a> {
    /// The Gateway of Istio of this name.
    pub fn istio_gateway(&self, name: &str) -> Lookup<&'a IstioGateway> {
        self.lookup(Kind::IstioGateway, name, |object| match object {
            Object::IstioGateway(gateway) => Some(&**gateway),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;

    #[test]
    fn virtual_services_are_found_by_their_destinations_and_gateways_wherever_they_are() {
        let mut inventory = Inventory::default();
        let mut add = |namespace: &str, host: &str, gateways: Value| {
            let object = json!({"metadata": {"name": "it", "namespace": namespace}, "spec": {"gateways": gateways,
                "http": [{"route": [{"destination": {"host": host}}]}]}});
            inventory.apply(decode(Kind::VirtualService, &object.to_string()).unwrap());
        };
        add("shop", "web", json!(["edge"]));
        add("infra", "web.shop.svc.cluster.local", json!(["shop/edge", "mesh"]));
        add("bank", "web", json!(["infra/edge"]));
        let named = |found: Vec<&Object>| -> Vec<String> {
            found.into_iter().map(|one| one.metadata().namespace.to_string()).collect()
        };
        assert_eq!(named(inventory.virtual_services_to("shop", "web").collect()), ["infra", "shop"]);
        assert_eq!(named(inventory.virtual_services_to("bank", "web").collect()), ["bank"]);
        assert_eq!(named(inventory.virtual_services_at("shop", "edge").collect()), ["infra", "shop"]);
        assert_eq!(named(inventory.virtual_services_at("infra", "edge").collect()), ["bank"]);
        assert!(inventory.routes_to("shop", "web").next().is_none());
    }
}
