//! Tests of the joins of related kinds.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::decode;

fn object(kind: Kind, namespace: &str, name: &str, body: Value) -> Object {
    let mut json = body;
    json["metadata"] = json!({"name": name, "namespace": namespace});
    decode(kind, &json.to_string()).unwrap()
}

fn deployment(namespace: &str, name: &str) -> Object {
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": {"serviceAccountName": name}});
    object(Kind::Deployment, namespace, name, json!({"spec": {"template": template}}))
}

/// `web` and `api` in `shop`, `web` in `other`; each behind a Service of its name.
fn shop() -> Inventory {
    let mut inventory = Inventory::default();
    for (namespace, name) in [("shop", "web"), ("shop", "api"), ("other", "web")] {
        inventory.apply(deployment(namespace, name));
        let selector = json!({"spec": {"selector": {"app": name}}});
        inventory.apply(object(Kind::Service, namespace, name, selector));
    }
    inventory
}

fn behind(inventory: &Inventory, object: &Object) -> Vec<String> {
    let keys = inventory.subjects_behind(object);
    keys.into_iter().map(|key| format!("{}/{}", key.namespace, key.name)).collect()
}

const WEB: &str = "shop/web";
const API: &str = "shop/api";
const OTHER: &str = "other/web";

#[test]
fn what_selects_pods_affects_those_it_selects_in_its_namespace() {
    let inventory = shop();
    for (kind, field) in [(Kind::PodDisruptionBudget, "selector"), (Kind::NetworkPolicy, "podSelector")] {
        let with = |selector: Value| object(kind, "shop", "it", json!({"spec": {field: selector}}));
        assert_eq!(behind(&inventory, &with(json!({"matchLabels": {"app": "web"}}))), [WEB], "{kind}");
        assert_eq!(behind(&inventory, &with(json!({}))), [API, WEB], "{kind}");
    }
    let none = object(Kind::PodDisruptionBudget, "shop", "it", json!({}));
    assert!(behind(&inventory, &none).is_empty());
}

#[test]
fn an_autoscaler_affects_its_target() {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"});
    let scaler =
        object(Kind::HorizontalPodAutoscaler, "shop", "it", json!({"spec": {"scaleTargetRef": target}}));
    assert_eq!(behind(&shop(), &scaler), [API]);
    let scaled =
        object(Kind::ScaledObject, "shop", "it", json!({"spec": {"scaleTargetRef": {"name": "api"}}}));
    assert_eq!(behind(&shop(), &scaled), [API]);
    let target = json!({"kind": "Deployment", "name": "api"});
    let vertical = object(Kind::VerticalPodAutoscaler, "shop", "it", json!({"spec": {"targetRef": target}}));
    assert_eq!(behind(&shop(), &vertical), [API]);
}

#[test]
fn a_tls_option_affects_those_behind_the_ingresses_that_name_it_wherever_they_are() {
    let mut inventory = shop();
    let mut edge = object(
        Kind::Ingress,
        "shop",
        "edge",
        json!({"spec": {"defaultBackend": {"service": {"name": "web"}}}}),
    );
    let key = "traefik.ingress.kubernetes.io/router.tls.options".to_owned();
    edge.metadata_mut().annotations = [(key, "bank-tls-modern@kubernetescrd".to_owned())].into();
    inventory.apply(edge);
    let option = |namespace: &str, name: &str| object(Kind::TlsOption, namespace, name, json!({}));
    for option in [option("bank", "tls-modern"), option("bank-tls", "modern")] {
        assert_eq!(behind(&inventory, &option), [WEB]);
        let broken = Object::broken(Kind::TlsOption, option.metadata().clone(), "");
        assert_eq!(behind(&inventory, &broken), [WEB]);
        for one in [&option, &broken] {
            let orphans = inventory.orphans_behind(one);
            assert!(orphans.iter().any(|key| key.to_string() == "Ingress shop/edge"), "{orphans:?}");
        }
    }
    assert!(behind(&inventory, &option("bank", "modern")).is_empty());
    assert!(behind(&inventory, &object(Kind::IstioGateway, "shop", "edge", json!({}))).is_empty());
}

#[test]
fn a_middleware_affects_those_behind_what_names_it_or_one_that_stands_for_it() {
    let mut inventory = shop();
    let backend = json!({"service": {"name": "web"}});
    let mut edge = object(Kind::Ingress, "shop", "edge", json!({"spec": {"defaultBackend": backend}}));
    let key = "traefik.ingress.kubernetes.io/router.middlewares".to_owned();
    edge.metadata_mut().annotations =
        [(key, "shop-gone@kubernetescrd, bank-all@kubernetescrd".to_owned())].into();
    inventory.apply(edge);
    let chain = json!({"spec": {"chain": {"middlewares": [{"name": "secure"}, {"name": "own", "namespace": "shop"}]}}});
    inventory.apply(object(Kind::Middleware, "bank", "all", chain));
    let step = json!({"type": "ExtensionRef", "extensionRef": {"group": "traefik.io", "kind": "Middleware", "name": "own"}});
    let rule = json!({"filters": [step], "backendRefs": [{"name": "api"}]});
    inventory.apply(object(Kind::HttpRoute, "shop", "api", json!({"spec": {"rules": [rule]}})));
    let middleware = |namespace: &str, name: &str| object(Kind::Middleware, namespace, name, json!({}));
    for (namespace, name, expected) in [
        ("shop", "gone", &[WEB][..]),
        ("bank", "all", &[WEB]),
        ("bank", "secure", &[WEB]),
        ("shop", "own", &[API, WEB]),
        ("shop", "secure", &[]),
    ] {
        let whole = middleware(namespace, name);
        let broken = Object::broken(Kind::Middleware, whole.metadata().clone(), "");
        for one in [&whole, &broken] {
            assert_eq!(behind(&inventory, one), expected, "{namespace}/{name}");
            let orphans = inventory.orphans_behind(one);
            let is_there = |key: &str| orphans.iter().any(|own| own.to_string() == key);
            assert_eq!(is_there("Ingress shop/edge"), expected.contains(&WEB), "{namespace}/{name}");
            assert_eq!(is_there("HTTPRoute shop/api"), expected.contains(&API), "{namespace}/{name}");
        }
    }
}

#[test]
fn a_workload_and_its_autoscaler_affect_those_that_share_a_budget_with_it() {
    let mut inventory = shop();
    let (web, scaler) = (deployment("shop", "web"), scaler_of("web"));
    assert_eq!(behind(&inventory, &web), [WEB]);
    let budget = |spec: Value| object(Kind::PodDisruptionBudget, "shop", "it", json!({"spec": spec}));
    inventory.apply(budget(json!({"maxUnavailable": 1, "selector": {}})));
    assert_eq!(behind(&inventory, &web), [WEB], "what such a budget allows does not depend on others");
    inventory.apply(budget(json!({"minAvailable": 1, "selector": {}})));
    assert_eq!(behind(&inventory, &web), [API, WEB]);
    assert_eq!(behind(&inventory, &scaler), [API, WEB]);
    let scaled =
        object(Kind::ScaledObject, "shop", "it", json!({"spec": {"scaleTargetRef": {"name": "web"}}}));
    assert_eq!(behind(&inventory, &scaled), [API, WEB]);
    inventory.apply(budget(json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "api"}}})));
    assert_eq!(behind(&inventory, &web), [WEB]);
}

fn scaler_of(name: &str) -> Object {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
    object(Kind::HorizontalPodAutoscaler, "shop", "it", json!({"spec": {"scaleTargetRef": target}}))
}

#[test]
fn a_service_affects_those_that_name_it_and_those_behind_the_ingresses_that_do() {
    let mut inventory = shop();
    let gone = object(Kind::Service, "shop", "gone", json!({"spec": {"selector": {"app": "nothing"}}}));
    assert!(behind(&inventory, &gone).is_empty());
    let backend = |name: &str| json!({"backend": {"service": {"name": name}}});
    let rules = json!([{"http": {"paths": [backend("web"), backend("gone")]}}]);
    inventory.apply(object(Kind::Ingress, "shop", "edge", json!({"spec": {"rules": rules}})));
    assert_eq!(behind(&inventory, &gone), [WEB]);
    inventory.apply(object(Kind::StatefulSet, "shop", "db", json!({"spec": {"serviceName": "gone"}})));
    assert_eq!(behind(&inventory, &gone), [WEB, "shop/db"]);
}

#[test]
fn an_account_affects_the_workloads_that_use_it() {
    assert_eq!(behind(&shop(), &object(Kind::ServiceAccount, "shop", "web", json!({}))), [WEB]);
}

#[test]
fn what_any_pod_of_a_namespace_may_refer_to_affects_all_of_them() {
    for kind in
        [Kind::ConfigMap, Kind::PersistentVolumeClaim, Kind::ResourceQuota, Kind::Role, Kind::RoleBinding]
    {
        assert_eq!(behind(&shop(), &object(kind, "shop", "it", json!({}))), [API, WEB], "{kind}");
    }
}

#[test]
fn what_any_workload_may_name_affects_all_of_them() {
    for kind in [Kind::PriorityClass, Kind::IngressClass, Kind::StorageClass, Kind::RuntimeClass] {
        assert_eq!(behind(&shop(), &object(kind, "", "it", json!({}))), [OTHER, API, WEB], "{kind}");
        let broken = Object::broken(kind, Metadata::default(), "");
        assert_eq!(behind(&shop(), &broken).len(), 3, "{kind}");
    }
}

#[test]
fn a_revision_affects_its_deployment_and_brings_the_secrets_that_it_names_to_it() {
    let mut inventory = shop();
    let owner = |name: &str| json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": "d", "controller": true}]);
    let container = json!({"name": "app", "envFrom": [{"secretRef": {"name": "key"}}]});
    let revision = |deployment: &str| {
        let metadata = json!({"name": "it", "namespace": "shop", "ownerReferences": owner(deployment)});
        let whole =
            json!({"metadata": metadata, "spec": {"template": {"spec": {"containers": [container]}}}});
        decode(Kind::Revision, &whole.to_string()).unwrap()
    };
    assert_eq!(behind(&inventory, &revision("web")), [WEB]);
    assert!(inventory.orphans_behind(&revision("web")).is_empty(), "it is not judged itself");
    let secret = |namespace: &str, name: &str| object(Kind::SecretMetadata, namespace, name, json!({}));
    assert!(behind(&inventory, &secret("shop", "key")).is_empty());
    inventory.apply(revision("web"));
    assert_eq!(behind(&inventory, &secret("shop", "key")), [WEB]);
    assert!(behind(&inventory, &secret("shop", "other")).is_empty());
    assert!(behind(&inventory, &secret("other", "key")).is_empty());
    inventory.apply(revision("api"));
    assert_eq!(behind(&inventory, &secret("shop", "key")), [API]);
}

#[test]
fn a_backend_tls_policy_affects_those_behind_its_services_and_a_broken_one_its_namespace() {
    let about =
        |name: &str| json!({"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": name}]}});
    let one = |namespace: &str, name: &str| object(Kind::BackendTlsPolicy, namespace, "it", about(name));
    assert_eq!(behind(&shop(), &one("shop", "web")), [WEB]);
    assert_eq!(behind(&shop(), &one("other", "web")), [OTHER]);
    assert!(behind(&shop(), &one("shop", "gone")).is_empty());
    let broken = Object::broken(Kind::BackendTlsPolicy, one("shop", "web").metadata().clone(), "");
    assert_eq!(behind(&shop(), &broken), [API, WEB]);
}

#[test]
fn a_gateway_of_another_namespace_affects_those_behind_its_routes_also_where_it_is_broken() {
    let mut inventory = shop();
    let spec = json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "rules": [{"backendRefs": [{"name": "web"}]}]});
    inventory.apply(object(Kind::TlsRoute, "shop", "it", json!({"spec": spec})));
    let gateway = object(Kind::Gateway, "infra", "edge", json!({}));
    let broken = Object::broken(Kind::Gateway, gateway.metadata().clone(), "");
    assert_eq!([behind(&inventory, &gateway), behind(&inventory, &broken)], [[WEB], [WEB]]);
}

#[test]
fn a_peer_authentication_affects_those_it_selects_and_without_a_selector_everybody() {
    let one = |spec: Value| object(Kind::PeerAuthentication, "shop", "it", json!({ "spec": spec }));
    assert_eq!(behind(&shop(), &one(json!({"selector": {"matchLabels": {"app": "web"}}}))), [WEB]);
    assert_eq!(behind(&shop(), &one(json!({}))), [OTHER, API, WEB], "a policy may call it the root");
    let broken = Object::broken(Kind::PeerAuthentication, one(json!({})).metadata().clone(), "");
    assert_eq!(behind(&shop(), &broken), [OTHER, API, WEB]);
}

#[test]
fn a_controller_revision_affects_what_made_it_and_brings_the_secrets_that_it_names_to_it() {
    let mut inventory = shop();
    let owner = json!([{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "s", "controller": true}]);
    let pod = json!({"containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "key"}}]}]});
    let whole = json!({"metadata": {"name": "it", "namespace": "shop", "ownerReferences": owner},
        "data": {"spec": {"template": {"spec": pod}}}});
    let revision = decode(Kind::ControllerRevision, &whole.to_string()).unwrap();
    assert_eq!(behind(&inventory, &revision), ["shop/db"]);
    assert!(inventory.orphans_behind(&revision).is_empty(), "it is not judged itself");
    let secret = object(Kind::SecretMetadata, "shop", "key", json!({}));
    assert!(behind(&inventory, &secret).is_empty());
    inventory.apply(revision.clone());
    assert_eq!(behind(&inventory, &secret), ["shop/db"]);
    // Whose it is cannot be told from what does not decode.
    let broken = Object::broken(Kind::ControllerRevision, revision.metadata().clone(), "");
    assert_eq!(behind(&inventory, &broken), [API, WEB]);
}

#[test]
fn a_service_that_does_not_decode_affects_those_behind_the_routes_that_name_it_wherever_they_are() {
    let mut inventory = shop();
    let backends = json!([{"name": "web"}, {"name": "gone", "namespace": "bank"}]);
    let route = |kind| object(kind, "shop", "it", json!({"spec": {"rules": [{"backendRefs": backends}]}}));
    let sent =
        json!([{"destination": {"host": "web"}}, {"destination": {"host": "gone.bank.svc.cluster.local"}}]);
    let mesh = object(
        Kind::VirtualService,
        "shop",
        "it",
        json!({"spec": {"hosts": ["a"], "http": [{"route": sent}]}}),
    );
    let gone = object(Kind::Service, "bank", "gone", json!({}));
    let broken = Object::broken(Kind::Service, gone.metadata().clone(), "");
    assert!(behind(&inventory, &broken).is_empty());
    for one in Kind::ROUTES.iter().map(|kind| route(*kind)).chain([mesh]) {
        inventory.apply(one.clone());
        for service in [&gone, &broken] {
            assert_eq!(behind(&inventory, service), [WEB], "{}", one.kind());
            let orphans = inventory.orphans_behind(service);
            assert!(orphans.iter().any(|key| *key == one.key().into()), "{}: {orphans:?}", one.kind());
        }
        inventory.remove(&one.key(), "");
    }
}

#[test]
fn a_node_affects_those_whose_pods_must_be_kept_apart_or_ask_for_certain_nodes() {
    let mut inventory = shop();
    let current = json!({"kubeletVersion": "v1.34.0", "kernelVersion": "6.12.1", "containerRuntimeVersion": "cri-o://1.34.0"});
    let told = |name: &str, info: &Value| {
        object(Kind::Node, "", name, json!({"spec": {"unschedulable": true}, "status": {"nodeInfo": info}}))
    };
    let node = told("n1", &current);
    assert_eq!(behind(&inventory, &node).len(), 3, "without any nothing is known");
    inventory.apply(node.clone());
    assert_eq!(behind(&inventory, &node).len(), 3, "nor without this one");
    inventory.apply(told("n2", &current));
    assert!(behind(&inventory, &node).is_empty());
    for (field, version) in [
        ("kubeletVersion", "v1.22.1"),
        ("kernelVersion", "5.4.0-90-generic"),
        ("containerRuntimeVersion", "containerd://1.6.0"),
        ("containerRuntimeVersion", ""),
    ] {
        let mut flawed = current.clone();
        flawed[field] = json!(version);
        assert_eq!(behind(&inventory, &told("n3", &flawed)).len(), 3, "{field}: {version}");
    }
    let anti = |kept: &str| json!({"affinity": {"podAntiAffinity": {kept: [{"topologyKey": "zone"}]}}});
    let workload = |name: &str, pod: Value| {
        object(Kind::Deployment, "shop", name, json!({"spec": {"template": {"spec": pod}}}))
    };
    inventory.apply(workload("api", anti("requiredDuringSchedulingIgnoredDuringExecution")));
    inventory.apply(workload("web", anti("preferredDuringSchedulingIgnoredDuringExecution")));
    assert_eq!(behind(&inventory, &node), [API]);
    for asking in [
        json!({"nodeSelector": {"disk": "ssd"}}),
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}}),
    ] {
        inventory.apply(workload("web", asking.clone()));
        assert_eq!(behind(&inventory, &node), [API, WEB], "{asking}");
    }
    assert_eq!(behind(&inventory, &Object::broken(Kind::Node, Metadata::default(), "")).len(), 3);
}

#[test]
fn a_cluster_role_affects_nobody_before_it_is_bound() {
    let mut inventory = shop();
    let role = object(Kind::ClusterRole, "", "reader", json!({}));
    assert!(behind(&inventory, &role).is_empty());
    let reference = json!({"roleRef": {"kind": "ClusterRole", "name": "reader"}});
    inventory.apply(object(Kind::RoleBinding, "shop", "it", reference));
    assert_eq!(behind(&inventory, &role), [OTHER, API, WEB]);
}

#[test]
fn a_cluster_binding_affects_the_accounts_it_names() {
    let binding = |subject: Value| object(Kind::ClusterRoleBinding, "", "it", json!({"subjects": [subject]}));
    for (subject, expected) in [
        (json!({"kind": "ServiceAccount", "namespace": "shop", "name": "web"}), &[WEB][..]),
        (json!({"kind": "Group", "name": "system:serviceaccounts:other"}), &[OTHER]),
        (json!({"kind": "Group", "name": "system:authenticated"}), &[OTHER, API, WEB]),
        (json!({"kind": "Group", "name": "system:masters"}), &[OTHER, API, WEB]),
    ] {
        assert_eq!(behind(&shop(), &binding(subject.clone())), expected, "{subject}");
    }
}

#[test]
fn a_webhook_affects_those_behind_its_service() {
    let hook = json!({"webhooks": [
        {"clientConfig": {"service": {"namespace": "other", "name": "web"}}},
        {"clientConfig": {"service": {"namespace": "other", "name": "gone"}}},
        {"clientConfig": {"url": "https://hooks.example"}},
    ]});
    for kind in [Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration] {
        assert_eq!(behind(&shop(), &object(kind, "", "it", hook.clone())), [OTHER]);
    }
}

#[test]
fn what_extends_the_api_affects_those_behind_the_service_that_answers() {
    let client = json!({"service": {"namespace": "other", "name": "web"}});
    let conversion = json!({"strategy": "Webhook", "webhook": {"clientConfig": client}});
    for (kind, spec) in
        [(Kind::ApiService, client), (Kind::CustomResourceDefinition, json!({ "conversion": conversion }))]
    {
        assert_eq!(behind(&shop(), &object(kind, "", "it", json!({ "spec": spec }))), [OTHER]);
        assert!(behind(&shop(), &object(kind, "", "it", json!({"spec": {}}))).is_empty());
    }
}

#[test]
fn a_gateway_affects_those_behind_the_routes_that_are_attached_to_it_wherever_they_are() {
    let mut inventory = shop();
    let route = object(
        Kind::HttpRoute,
        "shop",
        "web",
        json!({"spec": {"parentRefs": [{"name": "edge", "namespace": "infra"}],
            "rules": [{"backendRefs": [{"name": "web"}, {"name": "web", "namespace": "other"}]}]}}),
    );
    assert_eq!(behind(&inventory, &route), [OTHER, WEB]);
    inventory.apply(route);
    assert_eq!(behind(&inventory, &object(Kind::Gateway, "infra", "edge", json!({}))), [OTHER, WEB]);
    assert!(behind(&inventory, &object(Kind::Gateway, "shop", "edge", json!({}))).is_empty());
}

#[test]
fn a_reference_grant_affects_both_sides() {
    let grant = json!({"spec": {"from": [{"kind": "HTTPRoute", "namespace": "shop"}]}});
    assert_eq!(behind(&shop(), &object(Kind::ReferenceGrant, "other", "it", grant)), [OTHER, API, WEB]);
}

#[test]
fn an_account_affects_those_with_a_binding_that_names_it_beside_their_own() {
    let mut inventory = shop();
    let account = object(Kind::ServiceAccount, "shop", "other", json!({}));
    assert!(behind(&inventory, &account).is_empty());
    let named = |name| json!({"kind": "ServiceAccount", "namespace": "shop", "name": name});
    let subjects = json!([named("web"), named("other")]);
    inventory.apply(object(Kind::RoleBinding, "shop", "it", json!({ "subjects": subjects })));
    assert_eq!(behind(&inventory, &account), [WEB]);
}

#[test]
fn a_binding_and_its_role_affect_the_workloads_of_other_namespaces_whose_accounts_it_names() {
    let bound = |subject: Value| {
        let reference = json!({"kind": "Role", "name": "reader"});
        object(Kind::RoleBinding, "infra", "it", json!({"roleRef": reference, "subjects": [subject]}))
    };
    let account = json!({"kind": "ServiceAccount", "namespace": "shop", "name": "web"});
    let group = |name: &str| json!({"kind": "Group", "name": name});
    for (subject, expected) in [
        (account, vec![WEB]),
        (json!({"kind": "User", "name": "system:serviceaccount:other:web"}), vec![OTHER]),
        (group("system:serviceaccounts:shop"), vec![API, WEB]),
        (group("system:serviceaccounts"), vec![OTHER, API, WEB]),
        (group("ops"), vec![]),
    ] {
        let mut inventory = shop();
        let binding = bound(subject.clone());
        assert_eq!(behind(&inventory, &binding), expected, "{subject}");
        let role = |name: &str| object(Kind::Role, "infra", name, json!({}));
        assert!(behind(&inventory, &role("reader")).is_empty());
        inventory.apply(binding);
        assert_eq!(behind(&inventory, &role("reader")), expected, "{subject}");
        assert!(behind(&inventory, &role("writer")).is_empty());
        let broken = |kind, name: &str| Object::broken(kind, role(name).metadata().clone(), "");
        assert_eq!(behind(&inventory, &broken(Kind::Role, "reader")), expected, "{subject}");
        assert_eq!(behind(&inventory, &broken(Kind::RoleBinding, "it")), [OTHER, API, WEB]);
    }
}

#[test]
fn a_namespace_affects_those_whose_policies_tell_namespaces_by_their_labels() {
    let mut inventory = shop();
    let policy = |peer: Value| {
        let egress = json!([{"to": [peer]}]);
        let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "egress": egress});
        object(Kind::NetworkPolicy, "shop", "web", json!({ "spec": spec }))
    };
    let namespace = decode(Kind::Namespace, r#"{"metadata":{"name":"elsewhere"}}"#).unwrap();
    inventory.apply(policy(json!({"podSelector": {}})));
    assert!(behind(&inventory, &namespace).is_empty());
    inventory.apply(policy(json!({"namespaceSelector": {"matchLabels": {"team": "a"}}})));
    assert_eq!(behind(&inventory, &namespace), [WEB]);
}

#[test]
fn a_workload_affects_those_elsewhere_whose_policies_mean_it_as_a_peer() {
    let mut inventory = shop();
    let policy = |namespaces: Value, pods: Value| {
        let egress = json!([{"to": [{"namespaceSelector": namespaces, "podSelector": pods}]}]);
        let spec = json!({"podSelector": {"matchLabels": {"app": "api"}}, "egress": egress});
        object(Kind::NetworkPolicy, "shop", "api", json!({ "spec": spec }))
    };
    let labels = |key: &str, value: &str| json!({"matchLabels": {key: value}});
    let namespace = r#"{"metadata":{"name":"other","labels":{"team":"a"}}}"#;
    inventory.apply(decode(Kind::Namespace, namespace).unwrap());
    let other = deployment("other", "web");
    let exists = |key: &str| json!({"matchExpressions": [{"key": key, "operator": "Exists"}]});
    for (namespaces, pods, expected) in [
        (labels("team", "a"), labels("app", "web"), vec![OTHER, API]),
        (labels("kubernetes.io/metadata.name", "other"), exists("app"), vec![OTHER, API]),
        (labels("team", "b"), labels("app", "web"), vec![OTHER]),
        (labels("team", "a"), labels("app", "none"), vec![OTHER]),
        (labels("team", "a"), json!({}), vec![OTHER]),
    ] {
        inventory.apply(policy(namespaces.clone(), pods.clone()));
        assert_eq!(behind(&inventory, &other), expected, "{namespaces} {pods}");
        let orphans = inventory.orphans_behind(&other);
        let is_told = orphans.iter().any(|key| key.to_string() == "NetworkPolicy shop/api");
        assert_eq!(is_told, expected.len() > 1, "{orphans:?}");
    }
    let broken = Object::broken(Kind::Deployment, other.metadata().clone(), "");
    assert_eq!(behind(&inventory, &broken), [OTHER, API]);
    let namespace = decode(Kind::Namespace, namespace).unwrap();
    let broken_namespace = Object::broken(Kind::Namespace, namespace.metadata().clone(), "");
    for object in [broken, namespace, broken_namespace] {
        let orphans = inventory.orphans_behind(&object);
        assert!(orphans.iter().any(|key| key.to_string() == "NetworkPolicy shop/api"), "{orphans:?}");
        assert!(behind(&inventory, &object).contains(&API.to_owned()));
    }
}

#[test]
fn the_namespace_of_the_cluster_affects_all_that_answer_webhooks() {
    let mut inventory = shop();
    let hook =
        json!([{"name": "a.example", "clientConfig": {"service": {"namespace": "shop", "name": "web"}}}]);
    inventory.apply(object(Kind::MutatingWebhookConfiguration, "", "hook", json!({ "webhooks": hook })));
    let namespace = |name: &str| object(Kind::Namespace, "", name, json!({}));
    assert_eq!(behind(&inventory, &namespace("kube-system")), [WEB]);
    assert!(behind(&inventory, &namespace("elsewhere")).is_empty());
}

#[test]
fn a_workload_affects_those_whose_policies_name_its_ports_wherever_they_are() {
    let mut inventory = shop();
    let rule = json!({"ports": [{"port": "dns", "protocol": "UDP"}]});
    let spec =
        json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": [rule]});
    inventory.apply(object(Kind::NetworkPolicy, "shop", "it", json!({ "spec": spec })));
    let serving = |port: &str| {
        let container = json!({"name": "dns", "ports": [{"name": port, "containerPort": 53}]});
        let template = json!({"spec": {"containers": [container]}});
        object(Kind::Deployment, "kube-system", "dns", json!({"spec": {"template": template}}))
    };
    let own = "kube-system/dns";
    assert_eq!(behind(&inventory, &serving("dns")), [own, WEB]);
    assert_eq!(behind(&inventory, &serving("metrics")), [own]);
    let broken = Object::broken(Kind::Deployment, serving("dns").metadata().clone(), "");
    assert_eq!(behind(&inventory, &broken), [own, WEB], "what it declares is not known");
}
