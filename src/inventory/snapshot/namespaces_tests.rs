//! Tests of namespaces by their labels.

use serde_json::{Value, json};

use super::*;
use crate::inventory::decode::{decode, decode_or_broken};

fn namespace(name: &str, labels: &Value) -> Object {
    let object = json!({"metadata": {"name": name, "labels": labels}});
    decode_or_broken(Kind::Namespace, &object.to_string()).unwrap()
}

fn pod(namespace: &str, app: &str) -> Object {
    let metadata = json!({"name": app, "namespace": namespace, "labels": {"app": app}});
    decode(Kind::Pod, &json!({ "metadata": metadata }).to_string()).unwrap()
}

fn selector(json: &Value) -> Selector {
    serde_json::from_value(json.clone()).unwrap()
}

fn inventory(coverage: Coverage, live: bool) -> Inventory {
    let mut inventory = Inventory::with_coverage(coverage).live(live);
    inventory.apply(namespace("bank", &json!({"team": "a"})));
    inventory.apply(namespace("blog", &json!({"team": "b"})));
    inventory.apply(pod("shop", "web"));
    inventory
}

fn of(inventory: &Inventory, json: &Value) -> (String, Option<Cause>) {
    let matching = inventory.namespace("blog").seeing_others(true).namespaces_matching(&selector(json));
    assert!(!matching.is_hidden);
    (matching.found.join(" "), matching.incomplete)
}

#[test]
fn in_a_cluster_namespaces_are_what_they_say() {
    let inventory = inventory(Coverage::Complete, true);
    let named = |names: &[&str]| json!({"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": names}]});
    for (json, expected) in [
        (json!({}), "bank blog"),
        (json!({"matchLabels": {"team": "a"}}), "bank"),
        (json!({"matchLabels": {"team": "c"}}), ""),
        (json!({"matchExpressions": [{"key": "team", "operator": "In", "values": ["b", "a"]}]}), "bank blog"),
        (json!({"matchExpressions": [{"key": "team", "operator": "Exists"}]}), "bank blog"),
        (named(&["blog", "shop", "kube-system"]), "blog"),
    ] {
        assert_eq!(of(&inventory, &json), (expected.to_owned(), None), "{json}");
    }
}

#[test]
fn what_may_not_be_read_or_is_stale_leaves_it_open() {
    let any = json!({"matchLabels": {"team": "c"}});
    for (coverage, cause) in [
        (Coverage::Forbidden, Cause::Forbidden),
        (Coverage::Stale, Cause::Stale),
        (Coverage::NotSynced, Cause::NotSynced),
    ] {
        assert_eq!(of(&inventory(coverage, true), &any), (String::new(), Some(cause)));
    }
    let mut listed = inventory(Coverage::Complete, true);
    listed.set_coverage_in(Kind::Namespace, "blog", Coverage::Complete);
    assert_eq!(of(&listed, &any).1, Some(Cause::Forbidden));
}

#[test]
fn in_files_a_namespace_is_there_when_something_in_it_is() {
    let named = |name: &str| json!({"matchLabels": {NAME_LABEL: name}});
    for coverage in [Coverage::Complete, Coverage::Partial] {
        let mut inventory = inventory(coverage, false);
        // As files are read: a Namespace need not be given.
        inventory.set_coverage(Kind::Namespace, Coverage::Partial);
        let gap = (coverage == Coverage::Partial).then_some(Cause::NotGiven);
        assert_eq!(of(&inventory, &named("shop")), ("shop".to_owned(), gap));
        assert_eq!(of(&inventory, &named("kube-system")), ("kube-system".to_owned(), gap));
        assert_eq!(of(&inventory, &named("lab")), (String::new(), gap));
        let of_team = of(&inventory, &json!({"matchLabels": {"team": "a"}}));
        assert_eq!(of_team, ("bank".to_owned(), Some(Cause::NotGiven)), "the labels of shop were not given");
        let all = "bank blog default kube-node-lease kube-public kube-system shop";
        assert_eq!(of(&inventory, &json!({})), (all.to_owned(), gap));
    }
}

#[test]
fn a_policy_of_a_namespace_sees_no_other() {
    let inventory = inventory(Coverage::Complete, true);
    let own = |json: Value| {
        let matching = inventory.namespace("blog").namespaces_matching(&selector(&json));
        (matching.found.join(" "), matching.is_hidden)
    };
    assert_eq!(own(json!({})), ("blog".to_owned(), true));
    assert_eq!(own(json!({"matchLabels": {"team": "a"}})), (String::new(), true));
    assert_eq!(own(json!({"matchLabels": {NAME_LABEL: "blog"}})), ("blog".to_owned(), false));
    assert_eq!(own(json!({"matchLabels": {NAME_LABEL: "blog", "team": "a"}})), (String::new(), false));
    assert_eq!(own(json!({"matchLabels": {NAME_LABEL: "bank"}})), (String::new(), true));
}

#[test]
fn pods_of_a_namespace_are_told_by_its_workloads() {
    let web = selector(&json!({"matchLabels": {"app": "web"}}));
    let holds = |coverage, live, place: &'static str| match inventory(coverage, live)
        .namespace(place)
        .holds_pods(&web)
    {
        Holds::Yes => "yes".to_owned(),
        Holds::No => "no".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(holds(Coverage::Complete, true, "shop"), "yes");
    assert_eq!(holds(Coverage::Complete, true, "bank"), "no");
    assert_eq!(holds(Coverage::Complete, true, "kube-system"), "no");
    assert_eq!(holds(Coverage::Partial, false, "shop"), "yes");
    assert_eq!(holds(Coverage::Partial, false, "bank"), "Unknown(NotGiven)");
    assert_eq!(holds(Coverage::Complete, false, "kube-system"), "Unknown(NotGiven)");
    assert_eq!(holds(Coverage::Stale, true, "shop"), "Unknown(Stale)");
    let mut made = inventory(Coverage::Complete, false);
    made.note_maker("bank", "Rollout".to_owned());
    assert_eq!(made.namespace("bank").holds_pods(&web), Holds::Maybe("Rollout"));
}
