//! What a request is told, case by case: new objects, edits, what only other objects show, what is not known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::admission::{Change, Review, Scope, review};
use super::evaluate::Policies;
use super::policy::{EffectivePolicy, PolicyKey};
use super::resolve::{Spec, resolve};
use crate::checks::testing::{baseline, merge};
use crate::inventory::decode::decode_or_broken;
use crate::inventory::lookup::Coverage;
use crate::inventory::{Inventory, Kind, Object};

fn policy(spec: Value) -> EffectivePolicy {
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    resolve(key, Spec::Namespaced(&serde_json::from_value(spec).unwrap())).unwrap()
}

/// `memory-limits` alone, enforced like this.
fn limits(enforcement: &str) -> Value {
    json!({"profile": "None", "enforcement": enforcement, "checks": [{"name": "memory-limits"}]})
}

fn deployment(patch: Value) -> Object {
    let mut object = baseline();
    merge(&mut object, json!({"metadata": {"namespace": "shop"}}));
    merge(&mut object, patch);
    decode_or_broken(Kind::Deployment, &object.to_string()).unwrap()
}

fn containers(containers: Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": containers}}}})
}

fn good() -> Object {
    deployment(json!({}))
}

fn flawed() -> Object {
    deployment(containers(json!([{"name": "app", "image": "registry.example/app:1.0.0"}])))
}

fn reviewed(spec: Value, after: Object, before: Option<Object>, coverage: Coverage) -> Review {
    let policy = policy(spec);
    let effective = BTreeMap::from([(policy.key.clone(), policy)]);
    let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
    let mut inventory = Inventory::with_coverage(coverage);
    let change = Change { after, before, adds_debug_containers: false };
    review(&change, policies, &mut inventory, Timestamp::UNIX_EPOCH)
}

/// Checks that deny, and those that warn.
fn told(review: &Review) -> (Vec<&str>, Vec<&str>) {
    let names = |side: &[super::admission::Objection]| side.iter().map(|one| one.check.name).collect();
    (names(&review.denials), names(&review.warnings))
}

fn created(spec: Value, after: Object) -> Review {
    reviewed(spec, after, None, Coverage::Complete)
}

fn edited(before: Object, after: Object) -> Review {
    reviewed(limits("Deny"), after, Some(before), Coverage::Complete)
}

#[test]
fn a_new_object_is_refused_warned_of_or_let_through_as_the_policy_says() {
    assert_eq!(told(&created(limits("Deny"), flawed())), (vec!["memory-limits"], vec![]));
    assert_eq!(told(&created(limits("Warn"), flawed())), (vec![], vec!["memory-limits"]));
    let audited = created(limits("Audit"), flawed());
    assert_eq!((told(&audited), audited.in_scope), ((vec![], vec![]), false));
    let passed = created(limits("Deny"), good());
    assert_eq!((told(&passed), passed.in_scope), ((vec![], vec![]), true));
}

#[test]
fn a_suspended_policy_and_one_that_selects_another_kind_say_nothing() {
    let mut spec = limits("Deny");
    spec["suspend"] = json!(true);
    assert_eq!(created(spec, flawed()), Review::default());
    let mut spec = limits("Deny");
    spec["targets"] = json!({"kinds": ["CronJob"]});
    assert_eq!(created(spec, flawed()), Review::default());
}

#[test]
fn what_lies_below_fail_on_is_not_said_unless_the_policy_is_advisory() {
    let with = |fail_on: &str| {
        let checks = json!([{"name": "memory-limits", "severity": "Low"}]);
        json!({"profile": "None", "enforcement": "Deny", "failOn": fail_on, "checks": checks})
    };
    assert_eq!(told(&created(with("High"), flawed())), (vec![], vec![]));
    assert_eq!(told(&created(with("Low"), flawed())), (vec!["memory-limits"], vec![]));
    assert_eq!(told(&created(with("Never"), flawed())), (vec![], vec!["memory-limits"]));
}

#[test]
fn an_edit_that_makes_nothing_worse_is_let_through_with_a_warning() {
    assert_eq!(told(&edited(flawed(), flawed())), (vec![], vec!["memory-limits"]));
    assert_eq!(told(&edited(good(), flawed())), (vec!["memory-limits"], vec![]));
    assert_eq!(told(&edited(flawed(), good())), (vec![], vec![]));
}

#[test]
fn a_container_put_before_a_failing_one_does_not_make_that_one_new() {
    let app = json!({"name": "app", "image": "registry.example/app:1.0.0"});
    let limited = json!({"name": "proxy", "image": "registry.example/proxy:1.0.0",
        "resources": {"limits": {"memory": "64Mi"}}});
    let moved = deployment(containers(json!([limited, app])));
    assert_eq!(told(&edited(flawed(), moved)), (vec![], vec!["memory-limits"]));
    // One more that fails is worse, and only that one refuses.
    let another = json!({"name": "proxy", "image": "registry.example/proxy:1.0.0"});
    let worse = edited(flawed(), deployment(containers(json!([another, app]))));
    assert_eq!(told(&worse), (vec!["memory-limits"], vec!["memory-limits"]));
    assert_eq!(worse.denials[0].found.container.as_deref(), Some("proxy"));
}

#[test]
fn an_object_that_is_being_deleted_is_always_let_through() {
    let deleting = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    let mut after = containers(json!([{"name": "app", "image": "registry.example/app:1.0.0"}]));
    merge(&mut after, deleting);
    assert_eq!(edited(good(), deployment(after)), Review::default());
}

#[test]
fn disagreement_45_a_check_that_reads_other_objects_warns_and_what_is_not_known_does_neither() {
    let spec = json!({"profile": "None", "enforcement": "Deny", "checks": [{"name": "pdb-present"}]});
    let replicated = || deployment(json!({"spec": {"replicas": 3}}));
    let known = reviewed(spec.clone(), replicated(), None, Coverage::Complete);
    assert_eq!((told(&known), known.unknown), ((vec![], vec!["pdb-present"]), false));
    let unknown = reviewed(spec, replicated(), None, Coverage::NotSynced);
    assert_eq!((told(&unknown), unknown.unknown), ((vec![], vec![]), true));
}

#[test]
fn what_cannot_be_decoded_is_let_through_and_so_is_an_edit_of_it() {
    let broken = || deployment(json!({"spec": {"template": {"spec": {"containers": "none"}}}}));
    let review = created(limits("Deny"), broken());
    assert_eq!((told(&review), review.in_scope, review.unknown), ((vec![], vec![]), true, true));
    assert_eq!(told(&edited(broken(), flawed())), (vec![], vec!["memory-limits"]));
}

#[test]
fn disagreement_47_a_waiver_counts_as_it_does_in_reports() {
    let mut spec = limits("Deny");
    let mut waived = containers(json!([{"name": "app", "image": "registry.example/app:1.0.0"}]));
    let annotation = json!({"waive.seaworthy.dev/memory-limits": "moving; until=2099-01-01"});
    merge(&mut waived, json!({"metadata": {"annotations": annotation}}));
    assert_eq!(told(&created(spec.clone(), deployment(waived.clone()))).0, ["memory-limits"]);
    spec["allowAnnotationWaivers"] = json!(true);
    assert_eq!(told(&created(spec.clone(), deployment(waived.clone()))), (vec![], vec![]));
    // One that has ended counts nowhere.
    let mut ended = waived.clone();
    ended["metadata"]["annotations"] =
        json!({"waive.seaworthy.dev/memory-limits": "moving; until=1969-12-30"});
    assert_eq!(told(&created(spec.clone(), deployment(ended))).0, ["memory-limits"]);
    // To take the waiver away is to make it worse.
    let unwaived = reviewed(spec, flawed(), Some(deployment(waived)), Coverage::Complete);
    assert_eq!(told(&unwaived), (vec!["memory-limits"], vec![]));
}

#[test]
fn the_scope_is_that_of_policies_that_warn_or_deny() {
    let deny = policy(json!({"profile": "None", "enforcement": "Deny", "targets": {"kinds": ["Deployment"]},
        "checks": [{"name": "memory-limits"}]}));
    assert!(Scope::of([&policy(limits("Audit"))]).is_empty());
    let own = Scope::of([&deny, &policy(limits("Audit"))]);
    assert_eq!(own.kinds.into_iter().collect::<Vec<_>>(), [Kind::Deployment]);
    assert_eq!(own.namespaces.unwrap().into_iter().collect::<Vec<_>>(), ["shop"]);
    let key = PolicyKey { namespace: String::new(), name: "all".to_owned() };
    let spec = serde_json::from_value(limits("Warn")).unwrap();
    let cluster = resolve(key, Spec::Cluster(&spec)).unwrap();
    for order in [[&deny, &cluster], [&cluster, &deny]] {
        assert_eq!(Scope::of(order).namespaces, None);
    }
}
