use serde_json::{Value, json};

use super::*;
use crate::checks::testing::Case;
use crate::checks::testing_neighbours::{scaled_object, scaler, vertical_scaler};
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

fn of(patch: Value) -> Case {
    Case::of(&CHECK).with(scaler("web", patch))
}

#[test]
fn the_second_one_is_one_too_many() {
    assert_eq!(of(json!({})).outcome(), Outcome::Pass);
    let two = of(json!({})).with(scaler("other", json!({})));
    assert_eq!(two.message(), "HorizontalPodAutoscaler other scales the same workload");
    assert_eq!(two.fields(), ["spec.scaleTargetRef"]);
    let partial = of(json!({})).coverage(Coverage::Partial);
    assert_eq!(partial.outcome(), Outcome::Unknown, "there may be a second");
}

#[test]
fn those_of_one_target_that_nobody_knows_are_one_too_many_too() {
    let rollout = |kind: &str, name: &str| {
        let target = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
        json!({"kind": kind, "metadata": {"name": name}, "spec": {"scaleTargetRef": target, "maxReplicas": 5}})
    };
    let hpa = "HorizontalPodAutoscaler";
    let second = || ObjectCase::of(&CHECK, rollout(hpa, "h2"));
    assert_eq!(second().outcome(), Outcome::Pass);
    let two = second().with(rollout(hpa, "h1"));
    assert_eq!(two.message(), "HorizontalPodAutoscaler h1 scales the same target");
    let first = ObjectCase::of(&CHECK, rollout(hpa, "h1")).with(rollout(hpa, "h2"));
    assert_eq!(first.outcome(), Outcome::Pass, "it is said of one of them");
    let mut other = rollout(hpa, "h1");
    other["spec"]["scaleTargetRef"]["kind"] = json!("Experiment");
    assert_eq!(second().with(other).outcome(), Outcome::Pass, "of another target");
    let scaled = ObjectCase::of(&CHECK, rollout("ScaledObject", "s"));
    assert_eq!(scaled.with(rollout(hpa, "h1")).outcome(), Outcome::Fail);
    let made = ObjectCase::of(&CHECK, rollout(hpa, "keda-hpa-s")).with(rollout("ScaledObject", "s"));
    assert_eq!(made.outcome(), Outcome::NotApplicable);
    assert_eq!(second().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn a_scaled_object_is_one_with_the_autoscaler_that_keda_makes_of_it() {
    let scaled = Case::of(&CHECK).with(scaled_object("web", json!({})));
    let owner = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "web", "uid": "1"});
    let mut made = scaler("any", json!({}));
    made["metadata"]["ownerReferences"] = json!([owner]);
    assert_eq!(scaled.clone().with(made).outcome(), Outcome::Pass);
    assert_eq!(scaled.clone().with(scaler("keda-hpa-web", json!({}))).outcome(), Outcome::Pass);
    let own = scaled.clone().with(scaler("web", json!({})));
    assert_eq!(own.message(), "HorizontalPodAutoscaler web scales the same workload");
    let two = scaled.with(scaled_object("again", json!({})));
    assert_eq!(two.message(), "ScaledObject again scales the same workload");
}

fn metrics(metrics: Value) -> Value {
    scaler("web", json!({ "metrics": metrics }))
}

fn resource(name: &str) -> Value {
    json!({"type": "Resource", "resource": {"name": name, "target": {"type": "AverageValue", "averageValue": "1"}}})
}

#[test]
fn replicas_do_not_follow_the_use_of_what_is_resized() {
    let beside = |patch: Value| of(json!({})).with(vertical_scaler("size", patch));
    let both = beside(json!({}));
    assert_eq!(both.message(), "it scales by cpu, which VerticalPodAutoscaler size sets of container app");
    assert_eq!(both.fields(), ["spec.metrics[0].resource.name"]);
    let two = json!([{"name": "app", "image": "a"}, {"name": "proxy", "image": "b"}]);
    let two = beside(json!({})).pod(json!({ "containers": two }));
    assert!(two.message().ends_with(" sets of containers app, proxy"), "{}", two.message());
    assert_eq!(beside(json!({"updatePolicy": {"updateMode": "Initial"}})).outcome(), Outcome::Fail);
    assert_eq!(beside(json!({"updatePolicy": {"updateMode": "Off"}})).outcome(), Outcome::Pass);
    let memory = json!({"containerPolicies": [{"containerName": "*", "controlledResources": ["memory"]}]});
    let memory = || vertical_scaler("size", json!({ "resourcePolicy": memory }));
    assert_eq!(of(json!({})).with(memory()).outcome(), Outcome::Pass);
    let case = |by: Value| Case::of(&CHECK).with(metrics(by)).with(memory());
    let by_memory = case(json!([resource("cpu"), resource("memory")]));
    assert_eq!(by_memory.fields(), ["spec.metrics[1].resource.name"]);
    assert_eq!(case(json!([{"type": "External", "external": {}}])).outcome(), Outcome::Pass);
    let alone = Case::of(&CHECK).with(vertical_scaler("size", json!({})));
    assert_eq!(alone.outcome(), Outcome::Pass);
}

#[test]
fn of_a_metric_of_one_container_that_one_counts() {
    let by = |container: &str| {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        let own = json!({"name": "cpu", "container": container, "target": target});
        metrics(json!([{"type": "ContainerResource", "containerResource": own}]))
    };
    let without = |name: &str| {
        let policies = json!({"containerPolicies": [{"containerName": name, "mode": "Off"}]});
        vertical_scaler("size", json!({ "resourcePolicy": policies }))
    };
    let outcome = |by, size| Case::of(&CHECK).with(by).with(size).outcome();
    assert_eq!(outcome(by("app"), without("proxy")), Outcome::Fail);
    assert_eq!(outcome(by("app"), without("app")), Outcome::Pass);
    assert_eq!(outcome(by("gone"), without("proxy")), Outcome::Pass, "hpa-metrics-usable says so");
}

#[test]
fn triggers_of_a_scaled_object_count_as_its_metrics_do() {
    let by = |kind: &str, metadata: Value| {
        let triggers = json!([{"type": "cron"}, {"type": kind, "metadata": metadata}]);
        let scaled = scaled_object("web", json!({ "triggers": triggers }));
        Case::of(&CHECK).with(scaled).with(vertical_scaler("size", json!({})))
    };
    assert_eq!(by("memory", json!({})).fields(), ["spec.triggers[1].type"]);
    assert_eq!(by("cpu", json!({"containerName": "app"})).outcome(), Outcome::Fail);
    assert_eq!(by("cpu", json!({"containerName": "gone"})).outcome(), Outcome::Pass);
    assert_eq!(by("kafka", json!({})).outcome(), Outcome::Pass);
}

#[test]
fn of_two_that_resize_one_is_too_many_whether_or_not_it_sets_anything() {
    let off = json!({"updatePolicy": {"updateMode": "Off"}});
    let two =
        || Case::of(&CHECK).with(vertical_scaler("a", json!({}))).with(vertical_scaler("b", off.clone()));
    assert_eq!(two().message(), "VerticalPodAutoscaler a scales the same workload");
    assert_eq!(two().fields(), ["spec.targetRef"]);
    assert_eq!(two().workload(json!({"spec": {"replicas": 0}})).outcome(), Outcome::NotApplicable);
}

#[test]
fn kinds_without_replicas_are_resized_too() {
    let set = || Case::of(&CHECK).workload(json!({"kind": "DaemonSet"}));
    let size = |name: &str| vertical_scaler(name, json!({"targetRef": {"kind": "DaemonSet", "name": "web"}}));
    assert_eq!(set().outcome(), Outcome::NotApplicable);
    assert_eq!(set().with(size("a")).outcome(), Outcome::Pass);
    assert_eq!(set().with(size("a")).with(size("b")).outcome(), Outcome::Fail);
    assert_eq!(set().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    let target = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "web"});
    let useless = || scaler("web", json!({ "scaleTargetRef": target }));
    assert_eq!(set().with(size("a")).with(useless()).outcome(), Outcome::Pass, "hpa-target says so");
    let alone = ObjectCase::of(&CHECK, useless()).with(size("a"));
    assert_eq!(alone.outcome(), Outcome::Pass);
}

#[test]
fn of_a_target_that_nobody_knows_the_autoscaler_of_its_replicas_says_it() {
    let target = || json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
    let size = |name: &str, policies: Value| {
        let policies = json!({ "containerPolicies": policies });
        vertical_scaler(name, json!({"targetRef": target(), "resourcePolicy": policies}))
    };
    let all = || size("a", json!([]));
    let some = || size("a", json!([{"containerName": "proxy", "mode": "Off"}]));
    let replicas = || ObjectCase::of(&CHECK, scaler("web", json!({"scaleTargetRef": target()})));
    let both = replicas().with(all());
    assert_eq!(both.message(), "it scales by cpu, which VerticalPodAutoscaler a sets of the containers");
    let in_part = both.coverage(Coverage::Partial).judged().findings;
    assert_eq!(in_part.len(), 1, "what fails fails, whatever else there is");
    assert_eq!(replicas().with(some()).outcome(), Outcome::Unknown, "proxy may be all there is");
    let none = size("a", json!([{"containerName": "*", "mode": "Off"}]));
    assert_eq!(replicas().with(none).outcome(), Outcome::Pass);
    let own = json!({"name": "cpu", "container": "proxy"});
    let metric = json!([{"type": "ContainerResource", "containerResource": own}]);
    let by_one = || {
        let patch = json!({"scaleTargetRef": target(), "metrics": metric});
        ObjectCase::of(&CHECK, scaler("web", patch))
    };
    assert_eq!(by_one().with(some()).outcome(), Outcome::Pass);
    assert_eq!(by_one().with(all()).outcome(), Outcome::Fail);
    let alone =
        |of: Value| ObjectCase::of(&CHECK, of).with(scaler("web", json!({"scaleTargetRef": target()})));
    assert_eq!(alone(all()).outcome(), Outcome::Pass, "it is said of one of them");
    let two = alone(size("b", json!([]))).with(all());
    assert_eq!(two.message(), "VerticalPodAutoscaler a scales the same target");
    assert_eq!(alone(all()).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    let nothing = vertical_scaler("a", json!({"targetRef": null}));
    assert_eq!(ObjectCase::of(&CHECK, nothing).outcome(), Outcome::NotApplicable);
}

#[test]
fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
    assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    let of_requests = of(json!({})).coverage_of(Kind::VerticalPodAutoscaler, Coverage::Forbidden);
    assert_eq!(of_requests.outcome(), Outcome::Unknown);
}
