//! What adding a debug container is told, for Pods of every descent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::catalogue::{Check, Family};
use crate::checks;
use crate::checks::testing::{baseline, merge};
use crate::engine::admission::review;
use crate::engine::policy::PolicyKey;
use crate::engine::resolve::{Spec, resolve};
use crate::inventory::decode::{decode, decode_live_pod};
use crate::inventory::lookup::Coverage;

/// `privileged-container` and `memory-limits`, which no debug container can have.
fn gate() -> Value {
    let checks = json!([{"name": "privileged-container"}, {"name": "memory-limits"}]);
    json!({"profile": "None", "enforcement": "Deny", "checks": checks})
}

fn owner(api_version: &str, kind: &str, name: &str) -> Value {
    let reference =
        json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": "u", "controller": true});
    json!({"ownerReferences": [reference]})
}

/// A live Pod without limits, with this metadata and these debug containers.
fn pod(metadata: &Value, debug: &Value) -> Object {
    let mut pod = json!({"metadata": {"name": "web-a", "namespace": "shop"}, "spec": {
        "containers": [{"name": "app", "image": "registry.example/app:1.0.0"}], "ephemeralContainers": debug}});
    merge(&mut pod["metadata"], metadata.clone());
    decode_live_pod(&pod.to_string()).unwrap()
}

fn privileged(name: &str) -> Value {
    json!({"name": name, "image": "registry.example/tools:1.0.0", "securityContext": {"privileged": true}})
}

fn object(kind: Kind, name: &str, metadata: &Value) -> Object {
    let mut object = baseline();
    merge(&mut object["metadata"], json!({"namespace": "shop", "name": name}));
    merge(&mut object["metadata"], metadata.clone());
    if kind == Kind::ReplicationController {
        object["spec"].as_object_mut().unwrap().remove("selector");
    }
    if kind == Kind::CronJob {
        object["spec"] = json!({"jobTemplate": {"spec": {"template": object["spec"]["template"]}}});
    }
    decode(kind, &object.to_string()).unwrap()
}

fn told_of(spec: Value, (before, after): (Object, Object), others: Vec<Object>) -> Review {
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    let policy = resolve(key.clone(), Spec::Namespaced(&serde_json::from_value(spec).unwrap())).unwrap();
    let effective = BTreeMap::from([(key, policy)]);
    let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    for other in others {
        inventory.apply(other);
    }
    let change = Change { after, before: Some(before), adds_debug_containers: true };
    review(&change, policies, &mut inventory, Timestamp::UNIX_EPOCH)
}

/// What refuses, and what is warned of, as check and container.
type Told = (Vec<(&'static str, String)>, Vec<(&'static str, String)>);

fn told(review: &Review) -> Told {
    let side = |side: &[crate::engine::admission::Objection]| {
        let told = |one: &crate::engine::admission::Objection| {
            (one.check.name, one.found.container.clone().unwrap_or_default())
        };
        side.iter().map(told).collect()
    };
    (side(&review.denials), side(&review.warnings))
}

fn refused(container: &str) -> Told {
    (vec![("privileged-container", container.to_owned())], vec![])
}

fn nothing() -> Told {
    (vec![], vec![])
}

/// A privileged debug container in a Pod with this metadata.
fn debugged(metadata: &Value) -> (Object, Object) {
    (pod(metadata, &json!([])), pod(metadata, &json!([privileged("debug")])))
}

#[test]
fn disagreement_11_a_privileged_debug_container_is_refused_and_only_the_new_container_decides() {
    let bare = json!({});
    assert_eq!(told(&told_of(gate(), debugged(&bare), vec![])), refused("debug"));
    let mut warn = gate();
    warn["enforcement"] = json!("Warn");
    let warned = told_of(warn, debugged(&bare), vec![]);
    assert_eq!(told(&warned), (vec![], refused("debug").0));
    // One that is in order is let through, and what the Pod fails without it is not said.
    let harmless = pod(&bare, &json!([{"name": "debug", "image": "registry.example/tools:1.0.0"}]));
    let review = told_of(gate(), (pod(&bare, &json!([])), harmless.clone()), vec![]);
    assert_eq!((told(&review), review.in_scope), (nothing(), true));
    // Nor does one that was there decide; the next one does.
    let there = pod(&bare, &json!([privileged("first")]));
    let mut next = json!([privileged("first"), {"name": "next", "image": "registry.example/tools:1.0.0"}]);
    assert_eq!(told(&told_of(gate(), (there.clone(), pod(&bare, &next)), vec![])), nothing());
    next[1] = privileged("next");
    assert_eq!(told(&told_of(gate(), (there, pod(&bare, &next)), vec![])), refused("next"));
}

#[test]
fn disagreement_11_only_rows_about_what_a_debug_container_can_have_refuse_it() {
    let named = |check: &&Check| json!({"name": check.name});
    let pure = checks::ALL.iter().copied().filter(|check| check.reads.is_empty());
    let named: Vec<Value> = pure.map(|check| named(&check)).collect();
    let spec = json!({"profile": "Strict", "enforcement": "Deny", "failOn": "Low", "checks": named});
    let refused = told_of(spec, debugged(&json!({})), vec![]).denials;
    let names: Vec<&str> = refused.iter().map(|one| one.check.name).collect();
    assert!(names.contains(&"privileged-container"), "{names:?}");
    let families = [Family::Security, Family::Images];
    let others = refused.iter().filter(|one| !families.contains(&one.check.family));
    assert_eq!(others.map(|one| one.check.name).collect::<Vec<_>>(), [""; 0]);
    let fields: Vec<&str> = refused.iter().map(|one| one.found.field.as_str()).collect();
    assert!(fields.iter().all(|field| field.starts_with("spec.ephemeralContainers[0].")), "{fields:?}");
}

#[test]
fn a_pod_that_a_workload_made_is_judged_for_the_policies_about_that_workload() {
    let labelled = json!({"labels": {"tier": "web"}});
    let mut of_deployment = owner("apps/v1", "ReplicaSet", "web-5d9c");
    of_deployment["labels"] = json!({"pod-template-hash": "5d9c"});
    for (made, kind, maker) in [
        (of_deployment, Kind::Deployment, "web"),
        (owner("apps/v1", "ReplicaSet", "web-5d9c"), Kind::ReplicaSet, "web-5d9c"),
        (owner("apps/v1", "StatefulSet", "web"), Kind::StatefulSet, "web"),
        (owner("apps/v1", "DaemonSet", "web"), Kind::DaemonSet, "web"),
        (owner("v1", "ReplicationController", "web"), Kind::ReplicationController, "web"),
        (owner("batch/v1", "Job", "web"), Kind::Job, "web"),
        (owner("batch/v1", "Job", "web-29012345"), Kind::CronJob, "web"),
    ] {
        let targets = |targets: Value| {
            let mut spec = gate();
            spec["targets"] = targets;
            let review = told_of(spec, debugged(&made), vec![object(kind, maker, &labelled)]);
            (told(&review), review.in_scope)
        };
        assert_eq!(targets(json!({"kinds": [kind.as_str()]})), (refused("debug"), true), "{kind}");
        assert_eq!(targets(json!({"kinds": ["Pod"]})), (nothing(), false), "{kind}");
        let selector = |tier: &str| json!({"selector": {"matchLabels": {"tier": tier}}});
        assert_eq!(targets(selector("web")), (refused("debug"), true), "{kind}: by its own labels");
        assert_eq!(targets(selector("other")), (nothing(), false), "{kind}");
    }
}

#[test]
fn a_pod_of_a_custom_resource_is_judged_as_its_report_says() {
    let custom = json!([{"group": "argoproj.io", "kind": "Rollout", "templatePath": ".spec.template"}]);
    let about = |kinds: Value| {
        let mut spec = gate();
        spec["targets"] = json!({"customKinds": custom, "kinds": kinds});
        spec
    };
    let spec: crate::api::policy::ReadinessPolicySpec = serde_json::from_value(about(json!([]))).unwrap();
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    let policy = resolve(key, Spec::Namespaced(&spec)).unwrap();
    let rollout = policy.selection.custom_kinds().next().unwrap();
    let rollout = object(rollout, "web", &json!({}));
    let made = owner("argoproj.io/v1alpha1", "Rollout", "web");
    let set = || object(Kind::ReplicaSet, "web-5d9c", &made);
    let of_set = owner("apps/v1", "ReplicaSet", "web-5d9c");
    for kinds in [json!([]), json!(["Rollout"])] {
        for pod in [&made, &of_set] {
            let review = told_of(about(kinds.clone()), debugged(pod), vec![rollout.clone(), set()]);
            assert_eq!(told(&review), refused("debug"), "{kinds}: {pod}");
        }
    }
    // Where no policy names its kind, what it owns is judged itself.
    assert_eq!(told(&told_of(gate(), debugged(&made), vec![])), refused("debug"));
}

#[test]
fn an_owner_that_nobody_knows_does_not_help_to_slip_by_and_a_node_is_nobodys_workload() {
    for owner in [owner("apps/v1", "ReplicaSet", "gone-1"), owner("batch/v1", "Job", "gone-1")] {
        assert_eq!(told(&told_of(gate(), debugged(&owner), vec![])), refused("debug"));
    }
    assert_eq!(told_of(gate(), debugged(&owner("v1", "Node", "n-1")), vec![]), Review::default());
    let deleting = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
    assert_eq!(told_of(gate(), debugged(&deleting), vec![]), Review::default());
}

#[test]
fn disagreement_11_a_waiver_of_the_workload_holds_for_debug_containers() {
    let waiver =
        json!({"annotations": {"waive.seaworthy.dev/privileged-container": "ticket 7; until=2099-01-01"}});
    let mut spec = gate();
    spec["allowAnnotationWaivers"] = json!(true);
    let made = owner("apps/v1", "StatefulSet", "web");
    let told = |metadata: &Value| {
        told(&told_of(spec.clone(), debugged(&made), vec![object(Kind::StatefulSet, "web", metadata)]))
    };
    assert_eq!(told(&waiver), nothing());
    assert_eq!(told(&json!({})), refused("debug"));
}

#[test]
fn what_cannot_be_read_refuses_nothing() {
    let broken = || decode_live_pod(r#"{"metadata":{"name":"web-a","namespace":"shop"},"spec":7}"#).unwrap();
    for (before, after) in [(broken(), debugged(&json!({})).1), (debugged(&json!({})).0, broken())] {
        let review = told_of(gate(), (before, after), vec![]);
        assert_eq!((told(&review), review.in_scope, review.unknown), (nothing(), true, true));
    }
}
