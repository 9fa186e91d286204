//! Tests of which orphans a change can affect.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::{decode, decode_or_broken};

fn object(kind: Kind, name: &str, body: Value) -> Object {
    let mut json = body;
    json["metadata"] = json!({"name": name, "namespace": "shop"});
    decode_or_broken(kind, &json.to_string()).unwrap()
}

fn shop() -> Inventory {
    let mut inventory = Inventory::default();
    let selector = json!({"app": "web", "role": "primary"});
    inventory.apply(object(Kind::Service, "web", json!({"spec": {"selector": selector}})));
    inventory.apply(object(Kind::Service, "api", json!({"spec": {"selector": {"app": "api"}}})));
    let backend = json!({"service": {"name": "web"}});
    let spec = json!({"defaultBackend": backend, "tls": [{"secretName": "web-tls"}]});
    inventory.apply(object(Kind::Ingress, "edge", json!({"spec": spec})));
    inventory
}

fn behind(object: &Object) -> Vec<String> {
    shop().orphans_behind(object).into_iter().map(|key| key.to_string()).collect()
}

fn pod(labels: &Value) -> Object {
    let pod = json!({"metadata": {"name": "web", "namespace": "shop", "labels": labels}});
    decode(Kind::Pod, &pod.to_string()).unwrap()
}

const WEB: &str = "Service shop/web";
const API: &str = "Service shop/api";
const EDGE: &str = "Ingress shop/edge";

#[test]
fn a_workload_affects_services_that_could_select_it_and_the_ingresses_before_them() {
    let all = [WEB, EDGE];
    assert_eq!(behind(&pod(&json!({"app": "web", "role": "primary"}))), all);
    assert_eq!(behind(&pod(&json!({"app": "web"}))), all, "a check may leave the other label out of account");
    assert_eq!(behind(&pod(&json!({"role": "primary"}))), all, "whichever it is");
    assert!(behind(&pod(&json!({"app": "web", "role": "standby"}))).is_empty());
    assert!(behind(&pod(&json!({}))).is_empty());
}

#[test]
fn a_service_affects_itself_and_the_ingresses_that_name_it() {
    assert_eq!(behind(&object(Kind::Service, "web", json!({}))), [WEB, EDGE]);
    assert_eq!(behind(&object(Kind::Service, "new", json!({}))), ["Service shop/new"]);
}

#[test]
fn what_an_object_of_unknown_shape_claims_or_names_counts_in_every_namespace() {
    let far = |kind: Kind, annotations: Value| {
        let json =
            json!({"metadata": {"name": "x", "namespace": "bank", "annotations": annotations}, "spec": 7});
        behind(&decode_or_broken(kind, &json.to_string()).unwrap())
    };
    for kind in [Kind::Ingress, Kind::Gateway] {
        let affected = far(kind, json!({}));
        assert!(
            [WEB, API, EDGE].iter().all(|one| affected.iter().any(|key| key == one)),
            "{kind}: {affected:?}"
        );
    }
    let claim = json!({"external-dns.alpha.kubernetes.io/hostname": "a.example"});
    assert!(far(Kind::Service, claim).contains(&EDGE.to_owned()));
    assert!(!far(Kind::Service, json!({})).contains(&EDGE.to_owned()), "it claims nothing");
}

#[test]
fn a_config_map_affects_the_ingresses_whose_headers_it_holds() {
    let mut inventory = shop();
    let mut edge = inventory.get(&object(Kind::Ingress, "edge", json!({})).key()).unwrap().clone();
    let annotations = [("nginx.ingress.kubernetes.io/custom-headers".to_owned(), "headers".to_owned())];
    edge.metadata_mut().annotations = annotations.into();
    inventory.apply(edge);
    let behind = |name: &str| -> Vec<String> {
        let map = object(Kind::ConfigMap, name, json!({}));
        inventory.orphans_behind(&map).into_iter().map(|key| key.to_string()).collect()
    };
    assert_eq!(behind("headers"), [EDGE, "ConfigMap shop/headers"]);
    assert_eq!(behind("other"), ["ConfigMap shop/other"]);
}

#[test]
fn a_gateway_affects_the_routes_that_name_it_wherever_they_are() {
    let mut inventory = shop();
    let parents = json!([{"name": "edge", "namespace": "infra"}]);
    inventory.apply(object(Kind::HttpRoute, "web", json!({"spec": {"parentRefs": parents}})));
    let gateway = |namespace: &str| {
        let mut gateway = object(Kind::Gateway, "edge", json!({}));
        gateway.metadata_mut().namespace = namespace.into();
        inventory.orphans_behind(&gateway).iter().any(|key| key.name == "web")
    };
    assert_eq!([gateway("infra"), gateway("shop")], [true, false]);
}

#[test]
fn a_service_and_a_grant_affect_the_routes_that_send_across_namespaces() {
    for kind in Kind::ROUTES.iter().copied() {
        let mut inventory = shop();
        let rules = json!([{"backendRefs": [{"name": "api", "namespace": "bank"}]}]);
        inventory.apply(object(kind, "across", json!({"spec": {"rules": rules}})));
        let is_affected =
            |other: &Object| inventory.orphans_behind(other).iter().any(|key| key.name == "across");
        let mut service = object(Kind::Service, "api", json!({}));
        assert!(!is_affected(&service), "it is another one");
        service.metadata_mut().namespace = "bank".into();
        assert!(is_affected(&service) && is_affected(&object(Kind::ReferenceGrant, "it", json!({}))));
    }
}

#[test]
fn a_route_affects_who_claims_its_names_and_a_tls_route_who_serves_its_hosts_at_its_listener() {
    let mut inventory = shop();
    let name = "external-dns.kubernetes.io/hostname";
    let mut claiming = object(Kind::Service, "claiming", json!({}));
    claiming.metadata_mut().annotations = [(name.to_owned(), "a.example".to_owned())].into();
    inventory.apply(claiming.clone());
    let route = |kind: Kind, name: &str, host: &str| {
        let spec = json!({"parentRefs": [{"name": "edge"}], "hostnames": [host]});
        object(kind, name, json!({ "spec": spec }))
    };
    inventory.apply(route(Kind::TlsRoute, "old", "a.example"));
    let affects = |object: &Object, other: &str| {
        inventory.orphans_behind(object).into_iter().any(|key| key.to_string() == other)
    };
    for kind in [Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute] {
        assert!(affects(&route(kind, "new", "a.example"), "Service shop/claiming"), "{kind}");
        assert!(!affects(&route(kind, "new", "b.example"), "Service shop/claiming"), "{kind}");
        let is_rival = affects(&route(kind, "new", "a.example"), "TLSRoute shop/old");
        assert_eq!(is_rival, kind == Kind::TlsRoute, "{kind}");
    }
    assert!(affects(&claiming, "TLSRoute shop/old"));
    assert!(!affects(&route(Kind::TlsRoute, "new", "b.example"), "TLSRoute shop/old"));
}

#[test]
fn claims_are_affected_by_classes_and_by_the_workloads_that_mount_or_make_them() {
    let mut inventory = shop();
    for name in ["files", "data-db-0", "other"] {
        inventory.apply(object(Kind::PersistentVolumeClaim, name, json!({})));
    }
    let claims = |object: &Object| -> Vec<String> {
        let keys = inventory.orphans_behind(object).into_iter().map(|key| key.to_string());
        keys.filter(|key| key.starts_with("Persistent")).collect()
    };
    let class = decode(Kind::StorageClass, r#"{"metadata":{"name":"fast"}}"#).unwrap();
    assert_eq!(claims(&class).len(), 3);
    let volumes = json!([{"name": "x", "persistentVolumeClaim": {"claimName": "files"}}]);
    let web = object(Kind::Deployment, "web", json!({"spec": {"template": {"spec": {"volumes": volumes}}}}));
    assert_eq!(claims(&web), ["PersistentVolumeClaim shop/files"]);
    let templates = json!([{"metadata": {"name": "data"}}]);
    let set = object(Kind::StatefulSet, "db", json!({"spec": {"volumeClaimTemplates": templates}}));
    assert_eq!(claims(&set), ["PersistentVolumeClaim shop/data-db-0"]);
}

#[test]
fn a_secret_affects_the_ingresses_that_name_it() {
    let secret = |name| object(Kind::Secret, name, json!({"type": "kubernetes.io/tls"}));
    assert_eq!(behind(&secret("web-tls")), [EDGE, "Secret shop/web-tls"]);
    assert_eq!(behind(&secret("other")), ["Secret shop/other"]);
}

#[test]
fn a_namespace_and_what_cannot_be_read_affect_the_whole_namespace() {
    let namespace = decode(Kind::Namespace, r#"{"metadata":{"name":"shop"}}"#).unwrap();
    assert_eq!(behind(&namespace), ["Namespace shop", API, WEB, EDGE]);
    assert_eq!(behind(&object(Kind::Deployment, "it", json!({"spec": 7}))), [API, WEB, EDGE]);
}

#[test]
fn an_ingress_affects_those_that_serve_its_hosts_wherever_they_are_and_a_class_all_of_them() {
    let mut inventory = shop();
    let serving = |name: &str, namespace: &str, host: &str| {
        let spec = json!({"rules": [{"host": host, "http": {"paths": [{"path": "/"}]}}]});
        let mut ingress = object(Kind::Ingress, name, json!({"spec": spec}));
        ingress.metadata_mut().namespace = namespace.into();
        ingress
    };
    inventory.apply(serving("old", "bank", "a.example"));
    inventory.apply(serving("api", "bank", "b.example"));
    let behind = |object: &Object| -> Vec<String> {
        inventory.orphans_behind(object).into_iter().map(|key| key.to_string()).collect()
    };
    assert_eq!(behind(&serving("new", "shop", "a.example")), ["Ingress bank/old", "Ingress shop/new"]);
    let class = decode(Kind::IngressClass, r#"{"metadata":{"name":"edge"}}"#).unwrap();
    let found = behind(&class);
    for ingress in ["Ingress bank/api", "Ingress bank/old", EDGE] {
        assert!(found.iter().any(|key| key == ingress), "{ingress}: {found:?}");
    }
}

#[test]
fn gateways_are_affected_by_secrets_of_any_namespace_by_grants_and_by_their_routes() {
    let mut inventory = shop();
    let references = json!([{"name": "tls", "namespace": "bank"}]);
    let listeners = json!([{"protocol": "HTTPS", "tls": {"certificateRefs": references}}]);
    inventory.apply(object(Kind::Gateway, "edge", json!({"spec": {"listeners": listeners}})));
    let gateway = "Gateway shop/edge";
    let affects =
        |object: &Object| inventory.orphans_behind(object).into_iter().any(|key| key.to_string() == gateway);
    let mut secret = object(Kind::SecretMetadata, "tls", json!({}));
    assert!(!affects(&secret), "it is another one");
    secret.metadata_mut().namespace = "bank".into();
    assert!(affects(&secret) && affects(&object(Kind::ReferenceGrant, "it", json!({}))));
    secret.metadata_mut().name = "other".into();
    assert!(!affects(&secret));
    for kind in Kind::ROUTES.iter().copied() {
        let route = |namespace: &str| {
            let parents = json!([{"name": "edge", "namespace": namespace}]);
            let mut route = object(kind, "it", json!({"spec": {"parentRefs": parents}}));
            route.metadata_mut().namespace = "bank".into();
            route
        };
        assert!(affects(&route("shop")) && !affects(&route("bank")));
        let mut broken = object(kind, "it", json!({"spec": 7}));
        broken.metadata_mut().namespace = "bank".into();
        assert!(affects(&broken), "it may be at any");
    }
}

#[test]
fn a_workload_affects_its_namespace_and_the_roles_that_its_account_has_wherever_they_are_bound() {
    let mut inventory = shop();
    let of_cluster = |kind: Kind, name: &str, body: Value| {
        let mut json = body;
        json["metadata"] = json!({ "name": name });
        decode(kind, &json.to_string()).unwrap()
    };
    let bound =
        |kind: &str, subject: Value| json!({"roleRef": {"kind": kind, "name": "own"}, "subjects": [subject]});
    let web = json!({"kind": "ServiceAccount", "name": "web", "namespace": "shop"});
    let all = json!({"kind": "Group", "name": "system:serviceaccounts"});
    let mut far = object(Kind::RoleBinding, "far", bound("Role", web.clone()));
    let mut role = object(Kind::Role, "own", json!({}));
    for other in [&mut far, &mut role] {
        other.metadata_mut().namespace = "bank".into();
    }
    let everywhere = of_cluster(Kind::ClusterRoleBinding, "all", bound("ClusterRole", all));
    for object in [
        far.clone(),
        role,
        everywhere.clone(),
        of_cluster(Kind::ClusterRole, "own", json!({})),
        of_cluster(Kind::ClusterRole, "other", json!({})),
        of_cluster(Kind::Namespace, "shop", json!({})),
        of_cluster(Kind::Namespace, "bank", json!({})),
    ] {
        inventory.apply(object);
    }
    let behind = |object: &Object| -> Vec<String> {
        inventory.orphans_behind(object).into_iter().map(|key| key.to_string()).collect()
    };
    let spec = json!({"spec": {"template": {"spec": {"serviceAccountName": "web"}}}});
    let mut found = behind(&object(Kind::Deployment, "web", spec));
    found.sort();
    assert_eq!(
        found,
        [
            "ClusterRole own",
            "ClusterRoleBinding all",
            "Namespace shop",
            "Role bank/own",
            "RoleBinding bank/far",
        ]
    );
    assert!(behind(&far).contains(&"Role bank/own".to_owned()));
    assert!(behind(&everywhere).contains(&"ClusterRole own".to_owned()));
}

#[test]
fn an_autoscaler_affects_those_of_the_same_target() {
    let mut inventory = shop();
    let target = |name: &str| {
        let target = json!({"kind": "Rollout", "name": name});
        json!({"spec": {"scaleTargetRef": target, "targetRef": target}})
    };
    inventory.apply(object(Kind::HorizontalPodAutoscaler, "keda-hpa-web", target("web")));
    inventory.apply(object(Kind::HorizontalPodAutoscaler, "api", target("api")));
    for kind in [Kind::ScaledObject, Kind::HorizontalPodAutoscaler, Kind::VerticalPodAutoscaler] {
        let behind = inventory.orphans_behind(&object(kind, "web", target("web")));
        let names: Vec<_> = behind.into_iter().map(|key| key.name).collect();
        assert_eq!(names.len(), 2, "{kind}: {names:?}");
        assert!(!names.iter().any(|name| name == "api"), "{kind}: {names:?}");
    }
}

#[test]
fn a_namespace_affects_the_gateways_that_its_routes_want_to_be_attached_to() {
    let mut inventory = shop();
    let mut route = object(
        Kind::HttpRoute,
        "web",
        json!({"spec": {"parentRefs": [{"name": "edge", "namespace": "infra"}]}}),
    );
    route.metadata_mut().namespace = "bank".into();
    inventory.apply(route);
    let affected = |name: &str| {
        let namespace = format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
        let namespace = decode(Kind::Namespace, &namespace).unwrap();
        inventory.orphans_behind(&namespace).iter().any(|key| key.to_string() == "Gateway infra/edge")
    };
    assert_eq!([affected("bank"), affected("shop")], [true, false]);
}
