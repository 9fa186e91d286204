//! Tests of lookups of related objects.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::{decode, decode_or_broken};

fn object(kind: Kind, name: &str, body: Value) -> Object {
    let mut json = body;
    json["metadata"] = json!({"name": name});
    if kind.info().namespaced {
        json["metadata"]["namespace"] = json!("shop");
    }
    decode(kind, &json.to_string()).unwrap()
}

fn holding(coverage: Coverage, objects: impl IntoIterator<Item = Object>) -> Inventory {
    let mut inventory = Inventory::with_coverage(coverage);
    for object in objects {
        inventory.apply(object);
    }
    inventory
}

fn labels() -> Labels {
    Labels::from([("app".to_owned(), "web".to_owned())])
}

fn selecting(kind: Kind, name: &str, selector: Value) -> Object {
    let field = if kind == Kind::NetworkPolicy { "podSelector" } else { "selector" };
    object(kind, name, json!({"spec": {field: selector}}))
}

#[test]
fn budgets_and_policies_are_found_by_the_whole_selector() {
    let expression = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]});
    for kind in [Kind::PodDisruptionBudget, Kind::NetworkPolicy] {
        let inventory = holding(
            Coverage::Complete,
            [
                selecting(kind, "a", json!({})),
                selecting(kind, "b", expression.clone()),
                selecting(kind, "c", json!({"matchLabels": {"app": "web", "tier": "x"}})),
                selecting(kind, "d", json!(null)),
            ],
        );
        let view = inventory.namespace("shop");
        let names: Vec<_> = if kind == Kind::NetworkPolicy {
            let search = view.network_policies_selecting(&labels());
            search.found.iter().map(|policy| policy.metadata.name.as_str()).collect()
        } else {
            let search = view.pod_disruption_budgets_selecting(&labels());
            search.found.iter().map(|budget| budget.metadata.name.as_str()).collect()
        };
        // A budget without a selector selects nothing; a policy without one is about every pod.
        let expected: &[&str] = if kind == Kind::NetworkPolicy { &["a", "b", "d"] } else { &["a", "b"] };
        assert_eq!(names, expected, "{kind}");
        let elsewhere = inventory.namespace("other");
        assert!(elsewhere.network_policies_selecting(&labels()).is_certainly_empty());
        assert!(elsewhere.pod_disruption_budgets_selecting(&labels()).is_certainly_empty());
    }
}

#[test]
fn an_object_of_unknown_shape_leaves_a_doubt() {
    let json = r#"{"metadata":{"name":"odd","namespace":"shop"},"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"Odd"}]}}}"#;
    let inventory = holding(Coverage::Complete, [decode_or_broken(Kind::PodDisruptionBudget, json).unwrap()]);
    let search = inventory.namespace("shop").pod_disruption_budgets_selecting(&labels());
    assert_eq!((search.doubt(), search.is_certainly_empty()), (Some(Cause::Undecodable), false));
}

#[test]
fn a_name_is_missing_under_complete_coverage_only() {
    for (coverage, expected) in [
        (Coverage::Complete, Lookup::<()>::Missing),
        (Coverage::NotServed, Lookup::Missing),
        (Coverage::Partial, Lookup::Unknown(Cause::NotGiven)),
        (Coverage::NotSynced, Lookup::Unknown(Cause::NotSynced)),
        (Coverage::Stale, Lookup::Unknown(Cause::Stale)),
        (Coverage::Forbidden, Lookup::Unknown(Cause::Forbidden)),
    ] {
        let inventory = holding(coverage, []);
        let view = inventory.namespace("shop");
        assert_eq!(view.service_account("web").map(|_| ()), expected, "{coverage:?}");
        assert_eq!(view.config_map("web").map(|_| ()), expected, "{coverage:?}");
        assert_eq!(view.persistent_volume_claim("web").map(|_| ()), expected, "{coverage:?}");
        assert_eq!(view.priority_class("web").map(|_| ()), expected, "{coverage:?}");
    }
    let stale = holding(Coverage::Stale, [object(Kind::ServiceAccount, "web", json!({}))]);
    let found = stale.namespace("shop").service_account("web");
    assert_eq!(found, Lookup::Unknown(Cause::Stale), "even what is known may have gone");
}

#[test]
fn what_the_server_makes_itself_is_there() {
    let inventory = holding(Coverage::Complete, []);
    let view = inventory.namespace("shop");
    assert!(
        matches!(view.service_account("default"), Lookup::Found(account) if account.automount_token.is_none())
    );
    assert!(matches!(view.config_map("kube-root-ca.crt"), Lookup::Found(map) if map.keys.contains("ca.crt")));
    let partial = holding(Coverage::Partial, []);
    let view = partial.namespace("shop");
    assert_eq!(view.service_account("default"), Lookup::Unknown(Cause::NotGiven), "it may have settings");
    assert!(
        matches!(view.priority_class("system-node-critical"), Lookup::Found(class) if class.value > 2_000_000_000)
    );
}

#[test]
fn autoscalers_are_found_by_their_target() {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let scaler = object(Kind::HorizontalPodAutoscaler, "it", json!({"spec": {"scaleTargetRef": target}}));
    let inventory = holding(Coverage::Complete, [scaler]);
    let view = inventory.namespace("shop");
    assert_eq!(view.horizontal_pod_autoscalers_of(Kind::Deployment, "web").found.len(), 1);
    assert!(view.horizontal_pod_autoscalers_of(Kind::StatefulSet, "web").is_certainly_empty());
}

#[test]
fn bindings_of_an_account_lie_in_its_namespace_and_in_the_cluster() {
    let account = json!([{"kind": "ServiceAccount", "namespace": "shop", "name": "web"}]);
    let binding = |kind: Kind, role: &str, name: &str| {
        object(kind, name, json!({"roleRef": {"kind": role, "name": "reader"}, "subjects": account}))
    };
    let inventory = holding(
        Coverage::Complete,
        [
            binding(Kind::RoleBinding, "Role", "own"),
            binding(Kind::RoleBinding, "ClusterRole", "borrowed"),
            binding(Kind::ClusterRoleBinding, "ClusterRole", "everywhere"),
            object(Kind::Role, "reader", json!({})),
        ],
    );
    let view = inventory.namespace("shop");
    let bindings = &view.bindings_of("web").found;
    let names: Vec<_> =
        bindings.iter().map(|found| (found.kind, found.binding.metadata.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (Kind::RoleBinding, "borrowed"),
            (Kind::RoleBinding, "own"),
            (Kind::ClusterRoleBinding, "everywhere"),
        ]
    );
    let found =
        bindings.iter().map(|found| view.role_of(found.binding).map(|role| role.metadata.name.as_str()));
    assert_eq!(found.collect::<Vec<_>>(), [Lookup::Missing, Lookup::Found("reader"), Lookup::Missing]);
    assert!(view.bindings_of("api").is_certainly_empty());
}

#[test]
fn bindings_of_other_namespaces_are_in_sight_of_policies_of_the_cluster_only() {
    let far = |kind: Kind, body: Value| {
        let mut object = object(kind, "reader", body);
        object.metadata_mut().namespace = "infra".into();
        object
    };
    let account = json!([{"kind": "ServiceAccount", "namespace": "shop", "name": "web"}]);
    let role = json!({"kind": "Role", "name": "reader"});
    let binding = far(Kind::RoleBinding, json!({"roleRef": role, "subjects": account}));
    let inventory = holding(Coverage::Complete, [binding, far(Kind::Role, json!({}))]);
    let view = inventory.namespace("shop");
    assert!(view.bindings_of("web").is_certainly_empty());
    let bindings = view.seeing_others(true).bindings_of("web").into_owned();
    assert_eq!((bindings.found.len(), bindings.incomplete), (1, None));
    let role = view.role_of(bindings.found[0].binding).map(|role| role.metadata.namespace.as_str());
    assert_eq!(role, Lookup::Found("infra"), "it is one of the binding's namespace");
    let mut listed = inventory.clone();
    listed.set_coverage_in(Kind::RoleBinding, "shop", Coverage::Complete);
    let bindings = listed.namespace("shop").seeing_others(true).bindings_of("web").into_owned();
    assert_eq!(bindings.incomplete, Some(Cause::Forbidden));
}

#[test]
fn webhooks_are_found_by_the_service_that_answers() {
    let hooks = |namespace: &str| {
        let service = json!({"namespace": namespace, "name": "hook"});
        object(
            Kind::ValidatingWebhookConfiguration,
            namespace,
            json!({"webhooks": [{"clientConfig": {"service": service}}]}),
        )
    };
    let inventory = holding(Coverage::Complete, [hooks("shop"), hooks("other")]);
    let search = inventory.namespace("shop").asking(&[Kind::ValidatingWebhookConfiguration], &["hook"]);
    assert_eq!(search.found.iter().map(|one| one.metadata().name.as_str()).collect::<Vec<_>>(), ["shop"]);
}
