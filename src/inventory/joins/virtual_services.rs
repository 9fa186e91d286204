//! The same for VirtualServices of Istio: by the Services that they send to and the Gateways that they name.
//!
//! It must not look at what a check makes of them. Next: [`super::super::virtual_service`].

use std::collections::BTreeSet;

use super::super::metadata::{Metadata, Naming};
use super::super::object::Object;
use super::super::snapshot::Inventory;
use super::super::subject::SubjectKey;
use super::super::virtual_service::VirtualService;

impl Inventory {
    /// The workloads that it sends to.
    pub(super) fn behind_virtual_service(&self, one: &VirtualService) -> BTreeSet<SubjectKey> {
        one.services()
            .flat_map(|service| self.behind_service_named(service.namespace, service.name))
            .collect()
    }

    /// Those behind the VirtualServices that send to a Service, there or not.
    pub(super) fn behind_virtual_services_to(&self, namespace: &str, service: &str) -> BTreeSet<SubjectKey> {
        let sending = self.virtual_services_to(namespace, service).filter_map(Object::virtual_service);
        sending.flat_map(|one| self.behind_virtual_service(one)).collect()
    }

    /// Those behind the VirtualServices that name a Gateway of Istio, there or not.
    pub(super) fn behind_istio_gateway(&self, gateway: &Metadata) -> BTreeSet<SubjectKey> {
        let Naming { namespace, name, .. } = &*gateway.naming;
        let at = self.virtual_services_at(namespace, name).filter_map(Object::virtual_service);
        at.flat_map(|one| self.behind_virtual_service(one)).collect()
    }

    /// The VirtualServices that name a Gateway of Istio, there or not.
    pub(super) fn orphans_at(&self, gateway: &Metadata) -> BTreeSet<SubjectKey> {
        let Naming { namespace, name, .. } = &*gateway.naming;
        self.virtual_services_at(namespace, name).filter_map(|one| self.orphan_key(one)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::kind::Kind;

    fn object(kind: Kind, name: &str, mut body: Value) -> Object {
        body["metadata"] = json!({"name": name, "namespace": "shop"});
        decode(kind, &body.to_string()).unwrap()
    }

    fn service(name: &str) -> Object {
        object(Kind::Service, name, json!({"spec": {"selector": {"app": name}}}))
    }

    #[test]
    fn what_a_virtual_service_names_affects_those_behind_it_there_or_not() {
        let mut inventory = Inventory::default();
        let template = json!({"metadata": {"labels": {"app": "web"}}});
        inventory.apply(object(Kind::Deployment, "web", json!({"spec": {"template": template}})));
        inventory.apply(service("web"));
        let routes = json!([{"destination": {"host": "web"}}, {"destination": {"host": "gone"}}]);
        let spec = json!({"gateways": ["edge"], "http": [{"route": routes}]});
        let one = object(Kind::VirtualService, "it", json!({ "spec": spec }));
        inventory.apply(one.clone());
        let gateway = object(Kind::IstioGateway, "edge", json!({}));
        let broken = Object::broken(Kind::IstioGateway, gateway.metadata().clone(), "");
        for changed in [&one, &service("web"), &service("gone"), &gateway, &broken] {
            let subjects = inventory.subjects_behind(changed);
            let names: Vec<String> = subjects.iter().map(ToString::to_string).collect();
            assert_eq!(names, ["Deployment shop/web"], "{}", changed.key());
            let orphans = inventory.orphans_behind(changed);
            assert!(
                orphans.iter().any(|key| key.to_string() == "VirtualService shop/it"),
                "{}: {orphans:?}",
                changed.key()
            );
        }
        let other = object(Kind::IstioGateway, "other", json!({}));
        assert!(inventory.subjects_behind(&other).is_empty());
        assert!(inventory.subjects_behind(&service("other")).is_empty());
    }
}
