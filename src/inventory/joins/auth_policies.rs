//! The same for what asks who is there: SecurityPolicies of Envoy Gateway and AuthorizationPolicies of Istio.
//!
//! They are about routes and Gateways of their namespace and about workloads behind its Services; nothing else can
//! depend on one. It must not look at what one asks. Next: [`super::super::auth_policy`].

use std::collections::BTreeSet;

use super::super::kind::Kind;
use super::super::object::Object;
use super::super::snapshot::{Inventory, ROOT_NAMESPACE};
use super::super::subject::SubjectKey;
use super::super::workload::Workload;

impl Inventory {
    /// The HTTPRoutes that lie in a namespace, are at a Gateway of it, or send to a Service of it, with repetitions.
    fn routes_about<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Object> {
        let gateways = self.objects_of(Kind::Gateway, namespace);
        let attached = gateways.flat_map(move |one| self.attached_to(namespace, &one.metadata().name));
        let services = self.objects_of(Kind::Service, namespace);
        let sending = services.flat_map(move |one| self.routes_to(namespace, &one.metadata().name));
        let own = self.objects_of(Kind::HttpRoute, namespace);
        own.chain(attached).chain(sending).filter(|object| matches!(object, Object::HttpRoute(_)))
    }

    /// The workloads whose verdict can depend on such a policy of a namespace.
    pub(super) fn behind_auth_policy(&self, kind: Kind, namespace: &str) -> BTreeSet<SubjectKey> {
        if kind == Kind::AuthorizationPolicy && namespace == ROOT_NAMESPACE {
            return self.subjects().collect();
        }
        let own = (kind == Kind::AuthorizationPolicy).then(|| self.subjects_in(namespace));
        let routes = self.routes_about(namespace).filter_map(Object::route);
        own.into_iter().flatten().chain(routes.flat_map(|route| self.behind_route(route))).collect()
    }

    /// The same of objects that no workload reaches.
    pub(super) fn orphans_behind_auth_policy(&self, kind: Kind, namespace: &str) -> BTreeSet<SubjectKey> {
        if kind == Kind::AuthorizationPolicy && namespace == ROOT_NAMESPACE {
            let judged = |kind| matches!(kind, Kind::Ingress | Kind::HttpRoute);
            let all = self.objects().filter(|object| judged(object.kind()));
            return all.filter_map(|object| self.orphan_key(object)).collect();
        }
        let ingresses = self.objects_of(Kind::Ingress, namespace);
        let routes = self.routes_about(namespace);
        ingresses.chain(routes).filter_map(|object| self.orphan_key(object)).collect()
    }

    /// Those that are behind one Ingress or route with a workload: where policies ask for each workload by itself, what
    /// is said of a path is said of all that it leads to.
    pub(super) fn sharing_paths(&self, workload: &Workload) -> BTreeSet<SubjectKey> {
        if !self.has_authorization_policies() {
            return BTreeSet::new();
        }
        let about = self.services_about(&workload.metadata.namespace, &workload.pod_labels);
        let services = about.filter_map(|object| match object {
            Object::Service(service) => Some(service),
            _ => None,
        });
        services.flat_map(|service| self.around_service(service)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;

    fn object(kind: Kind, namespace: &str, name: &str, mut body: Value) -> Object {
        body["metadata"] = json!({"name": name, "namespace": namespace});
        decode(kind, &body.to_string()).unwrap()
    }

    fn named(keys: BTreeSet<SubjectKey>) -> Vec<String> {
        keys.into_iter().map(|key| key.to_string()).collect()
    }

    /// `web` and `api` of `shop`, both behind one route of `edge`, which is at a Gateway of `infra`.
    fn inventory() -> Inventory {
        let mut inventory = Inventory::default();
        for name in ["web", "api"] {
            let template = json!({"metadata": {"labels": {"app": name}}});
            inventory.apply(object(Kind::Deployment, "shop", name, json!({"spec": {"template": template}})));
            inventory.apply(object(
                Kind::Service,
                "shop",
                name,
                json!({"spec": {"selector": {"app": name}}}),
            ));
        }
        inventory.apply(object(Kind::Gateway, "infra", "edge", json!({})));
        let backends = json!([{"name": "web", "namespace": "shop"}, {"name": "api", "namespace": "shop"}]);
        let parents = json!([{"name": "edge", "namespace": "infra"}]);
        let spec = json!({"spec": {"parentRefs": parents, "rules": [{"backendRefs": backends}]}});
        inventory.apply(object(Kind::HttpRoute, "edge", "it", spec));
        inventory
    }

    const BOTH: [&str; 2] = ["Deployment shop/api", "Deployment shop/web"];

    #[test]
    fn a_policy_affects_what_is_behind_routes_of_its_namespace_or_at_its_gateways_or_sent_there() {
        let inventory = inventory();
        for kind in [Kind::SecurityPolicy, Kind::AuthorizationPolicy] {
            for namespace in ["edge", "infra", "shop"] {
                let policy = object(kind, namespace, "it", json!({}));
                let broken = Object::broken(kind, policy.metadata().clone(), "");
                for policy in [policy, broken] {
                    assert_eq!(named(inventory.subjects_behind(&policy)), BOTH, "{kind} {namespace}");
                    let orphans = named(inventory.orphans_behind(&policy));
                    assert!(orphans.contains(&"HTTPRoute edge/it".to_owned()), "{kind} {namespace}");
                }
            }
            assert!(inventory.subjects_behind(&object(kind, "bank", "it", json!({}))).is_empty(), "{kind}");
        }
        let root = object(Kind::AuthorizationPolicy, ROOT_NAMESPACE, "it", json!({}));
        assert_eq!(named(inventory.subjects_behind(&root)), BOTH);
        assert!(named(inventory.orphans_behind(&root)).contains(&"HTTPRoute edge/it".to_owned()));
    }

    #[test]
    fn a_workload_affects_those_that_share_a_path_with_it_once_policies_ask() {
        let mut inventory = inventory();
        let key =
            super::super::ObjectKey { namespace: "shop".into(), kind: Kind::Deployment, name: "web".into() };
        let web = inventory.get(&key).unwrap().clone();
        assert_eq!(named(inventory.subjects_behind(&web)), ["Deployment shop/web"]);
        inventory.apply(object(Kind::AuthorizationPolicy, "bank", "it", json!({})));
        assert_eq!(named(inventory.subjects_behind(&web)), BOTH);
    }
}
