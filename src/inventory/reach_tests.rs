//! Tests of what belongs to which workload.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::decode;
use crate::inventory::lookup::{Cause, Coverage};

fn object(kind: Kind, name: &str, body: Value) -> Object {
    let mut json = body;
    json["metadata"] = json!({"name": name, "namespace": "shop"});
    decode(kind, &json.to_string()).unwrap()
}

fn service(app: &str) -> Object {
    object(Kind::Service, "web", json!({"spec": {"selector": {"app": app}}}))
}

fn ingress(service: &str) -> Object {
    let backend = json!({"service": {"name": service}});
    object(Kind::Ingress, "edge", json!({"spec": {"defaultBackend": backend}}))
}

/// A Pod `web`, running or not, behind the Service `web`.
fn shop(phase: &str) -> Inventory {
    let mut inventory = Inventory::default().at_home("seaworthy");
    let mut pod = json!({"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}});
    pod["status"] = json!({ "phase": phase });
    inventory.apply(decode(Kind::Pod, &pod.to_string()).unwrap());
    inventory.apply(service("web"));
    inventory
}

#[test]
fn a_service_and_the_ingresses_before_it_are_reached_by_the_workloads_it_selects() {
    let inventory = shop("Running");
    assert!(inventory.is_reached(&service("web")) && inventory.is_reached(&ingress("web")));
    assert!(!inventory.is_reached(&service("api")) && !inventory.is_reached(&ingress("api")));
    let named = json!({"spec": {"type": "ExternalName", "selector": {"app": "web"}}});
    assert!(!inventory.is_reached(&object(Kind::Service, "other", named)));
    assert!(!inventory.is_reached(&object(Kind::Service, "other", json!({}))), "it selects nothing");
}

#[test]
fn what_selects_or_names_a_workload_is_reached_by_it() {
    let mut inventory = shop("Running");
    inventory.apply(object(Kind::Deployment, "web", json!({})));
    let own = json!({"matchLabels": {"app": "web"}});
    let other = json!({"matchLabels": {"app": "api"}});
    let account = |name: &str| json!([{"kind": "ServiceAccount", "namespace": "shop", "name": name}]);
    let target = |name: &str| {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
        json!({"scaleTargetRef": target, "targetRef": target})
    };
    for (kind, reached, orphan) in [
        (Kind::PodDisruptionBudget, json!({"spec": {"selector": own}}), json!({"spec": {"selector": other}})),
        (Kind::NetworkPolicy, json!({"spec": {"podSelector": {}}}), json!({"spec": {"podSelector": other}})),
        (Kind::HorizontalPodAutoscaler, json!({"spec": target("web")}), json!({"spec": target("api")})),
        (Kind::ScaledObject, json!({"spec": target("web")}), json!({"spec": target("api")})),
        (Kind::VerticalPodAutoscaler, json!({"spec": target("web")}), json!({"spec": target("api")})),
        (Kind::RoleBinding, json!({"subjects": account("default")}), json!({"subjects": account("x")})),
        (
            Kind::ClusterRoleBinding,
            json!({"subjects": account("default")}),
            json!({"subjects": account("x")}),
        ),
    ] {
        assert!(inventory.is_reached(&object(kind, "it", reached)), "{kind}");
        assert!(!inventory.is_reached(&object(kind, "it", orphan)), "{kind}");
    }
}

#[test]
fn a_route_is_reached_by_the_workloads_behind_its_services() {
    let inventory = shop("Running");
    for kind in Kind::ROUTES.iter().copied() {
        let route =
            |backend: Value| object(kind, "web", json!({"spec": {"rules": [{"backendRefs": [backend]}]}}));
        assert!(inventory.is_reached(&route(json!({"name": "web"}))));
        assert!(!inventory.is_reached(&route(json!({"name": "api"}))));
        assert!(!inventory.is_reached(&route(json!({"name": "web", "namespace": "bank"}))));
    }
}

#[test]
fn a_virtual_service_is_reached_by_the_workloads_behind_its_destinations() {
    let inventory = shop("Running");
    let to = |host: &str| {
        let spec = json!({"http": [{"route": [{"destination": {"host": host}}]}]});
        object(Kind::VirtualService, "web", json!({ "spec": spec }))
    };
    for host in ["web", "web.shop", "web.shop.svc.cluster.local"] {
        assert!(inventory.is_reached(&to(host)), "{host}");
    }
    for host in ["api", "web.bank.svc.cluster.local", "web.shop.example"] {
        assert!(!inventory.is_reached(&to(host)), "{host}");
    }
}

#[test]
fn a_route_of_connections_is_found_while_it_is_there() {
    let mut inventory = shop("Running");
    inventory.set_coverage(Kind::TcpRoute, Coverage::Complete);
    let workload = inventory.workloads().next().unwrap().clone();
    let found =
        |inventory: &Inventory| inventory.namespace("shop").reached_by(&workload, Kind::TcpRoute).found.len();
    assert_eq!(found(&inventory), 0);
    let route = |port: i64| {
        let backend = json!({"name": "web", "port": port});
        object(Kind::TcpRoute, "web", json!({"spec": {"rules": [{"backendRefs": [backend]}]}}))
    };
    for port in [80, 81] {
        inventory.apply(route(port));
        assert_eq!(found(&inventory), 1);
    }
    inventory.apply(object(Kind::UdpRoute, "web", json!({})));
    inventory.remove(&route(81).key(), "");
    assert_eq!(found(&inventory), 0);
    inventory.apply(Object::broken(Kind::TcpRoute, route(80).metadata().clone(), ""));
    let search = inventory.namespace("shop").reached_by(&workload, Kind::TcpRoute).into_owned();
    assert_eq!(search.incomplete, Some(Cause::Undecodable));
}

#[test]
fn a_selector_looks_only_at_the_workloads_with_a_label_that_it_demands() {
    let mut inventory = Inventory::default();
    for index in 0..500 {
        let labels = json!({"app": format!("app-{index}"), "tier": "x"});
        let pod = json!({"metadata": {"name": format!("p-{index}"), "namespace": "shop", "labels": labels}});
        inventory.apply(decode(Kind::Pod, &pod.to_string()).unwrap());
    }
    let looked_at = |selector: Value| {
        let selector: Selector = serde_json::from_value(selector).unwrap();
        let mut count = 0;
        inventory.any_selected("shop", &selector, |_| {
            count += 1;
            false
        });
        count
    };
    assert_eq!(looked_at(json!({"matchLabels": {"app": "app-7"}})), 1);
    let either = json!({"key": "app", "operator": "In", "values": ["app-7", "app-8", "gone"]});
    assert_eq!(looked_at(json!({"matchExpressions": [either]})), 2);
    assert_eq!(looked_at(json!({"matchLabels": {"app": "gone"}})), 0);
    let has = json!({"key": "app", "operator": "Exists"});
    assert_eq!(looked_at(json!({"matchExpressions": [has]})), 500, "nothing says which");
}

#[test]
fn a_claim_is_reached_by_who_mounts_it_and_by_the_stateful_set_that_makes_it() {
    let mut inventory = Inventory::default();
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "files"}}]);
    let spec = json!({"template": {"spec": {"volumes": volumes}}});
    inventory.apply(object(Kind::Deployment, "web", json!({ "spec": spec })));
    let templates = json!([{"metadata": {"name": "my-data"}}]);
    let spec = json!({"volumeClaimTemplates": templates});
    inventory.apply(object(Kind::StatefulSet, "my-db", json!({ "spec": spec })));
    for (name, reached) in [
        ("files", true),
        ("my-data-my-db-0", true),
        ("my-data-my-db-x", false),
        ("data-my-db-0", false),
        ("my-data-db-0", false),
        ("other", false),
    ] {
        let claim = object(Kind::PersistentVolumeClaim, name, json!({}));
        assert_eq!(inventory.is_reached(&claim), reached, "{name}");
    }
}

#[test]
fn what_came_to_its_end_reaches_nothing() {
    let inventory = shop("Succeeded");
    assert!(!inventory.is_reached(&service("web")) && !inventory.is_reached(&ingress("web")));
}

#[test]
fn a_report_lies_where_its_object_does_or_in_the_namespace_or_at_home() {
    let inventory = shop("Running");
    let lies = |object: &Object| inventory.orphan_key(object).map(|key| key.namespace);
    assert_eq!(lies(&service("web")).as_deref(), Some("shop"));
    let of_cluster = |kind| decode(kind, r#"{"metadata":{"name":"it"}}"#).unwrap();
    assert_eq!(lies(&of_cluster(Kind::Namespace)).as_deref(), Some("it"));
    assert_eq!(lies(&of_cluster(Kind::ClusterRoleBinding)).as_deref(), Some("seaworthy"));
    assert_eq!(lies(&of_cluster(Kind::Pod)), None);
    let key = inventory.orphan_key(&of_cluster(Kind::ClusterRoleBinding)).unwrap();
    assert_eq!(key.object(), Some(of_cluster(Kind::ClusterRoleBinding).key()));
}

#[test]
fn an_autoscaler_of_what_cannot_be_scaled_is_nobodys() {
    let mut inventory = shop("Running");
    let kinds = [("v1", Kind::Pod), ("apps/v1", Kind::DaemonSet), ("batch/v1", Kind::CronJob)];
    for (version, kind) in kinds {
        inventory.apply(object(kind, "web", json!({})));
        let target = json!({"apiVersion": version, "kind": kind.as_str(), "name": "web"});
        for scaler in [Kind::HorizontalPodAutoscaler, Kind::ScaledObject] {
            let scaler = object(scaler, "web", json!({"spec": {"scaleTargetRef": target}}));
            assert!(!inventory.is_reached(&scaler), "{kind}");
            assert!(inventory.workloads().all(|workload| !inventory.reaches(workload, &scaler)), "{kind}");
        }
        let vertical = object(Kind::VerticalPodAutoscaler, "web", json!({"spec": {"targetRef": target}}));
        assert_eq!(inventory.is_reached(&vertical), kind != Kind::Pod, "{kind}");
    }
}

#[test]
fn a_service_of_a_single_pod_is_reached_by_the_workload_that_makes_it() {
    let mut inventory = Inventory::default();
    let template = json!({"metadata": {"labels": {"app": "db"}}});
    inventory.apply(object(Kind::StatefulSet, "db", json!({"spec": {"template": template}})));
    let of = |selector: Value| object(Kind::Service, "one", json!({"spec": {"selector": selector}}));
    let pod = "statefulset.kubernetes.io/pod-name";
    for (selector, reached) in [
        (json!({"app": "db", pod: "db-0"}), true),
        (json!({pod: "db-0"}), true),
        (json!({"apps.kubernetes.io/pod-index": "0", "role": "x"}), false),
        (json!({pod: "other-0"}), false),
    ] {
        let service = of(selector.clone());
        assert_eq!(inventory.is_reached(&service), reached, "{selector}");
        let behind = inventory.subjects_behind(&service);
        assert_eq!(behind.iter().any(|key| key.name == "db"), reached, "{selector}");
        let db = inventory.workloads().next().unwrap();
        let mut with = inventory.clone();
        with.apply(service);
        let found = with.namespace("shop").services_selecting(db).found.len();
        assert_eq!(found, usize::from(reached), "{selector}");
    }
}
