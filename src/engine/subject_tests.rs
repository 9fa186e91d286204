use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::api::report::Verdict;
use crate::checks::testing::{baseline, merge};
use crate::engine::evaluate::{Evaluation, Policies, PolicyOutcome, evaluate};
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::report::message;
use crate::engine::resolve::{Spec, resolve};
use crate::inventory::decode::decode;
use crate::inventory::lookup::Coverage;

const LIMITED: bool = true;
const UNLIMITED: bool = false;

fn owner() -> SubjectKey {
    SubjectKey::of_reference("shop", ("db.example/v1", "Cluster", "db"))
}

/// A Pod or Job of the owner, with or without its memory limit.
fn owned(kind: Kind, name: &str, limited: bool, more: Value) -> Object {
    let template = baseline()["spec"]["template"].clone();
    let mut object = match kind {
        Kind::Pod => json!({ "spec": template["spec"] }),
        _ => json!({ "spec": { "template": template } }),
    };
    if !limited {
        let spec =
            if kind == Kind::Pod { &mut object["spec"] } else { &mut object["spec"]["template"]["spec"] };
        merge(&mut spec["containers"][0], json!({"resources": {"limits": {"memory": null}}}));
    }
    let owner = json!({"apiVersion": "db.example/v1", "kind": "Cluster", "name": "db", "uid": "o", "controller": true});
    object["metadata"] = json!({"name": name, "namespace": "shop", "uid": name, "labels": {"part": name}, "ownerReferences": [owner]});
    merge(&mut object, more);
    decode(kind, &object.to_string()).unwrap()
}

fn pod(name: &str, limited: bool) -> Object {
    owned(Kind::Pod, name, limited, json!({}))
}

fn inventory(objects: &[Object]) -> Inventory {
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    for object in objects {
        inventory.apply(object.clone());
    }
    inventory
}

fn policy(more: Value) -> (PolicyKey, EffectivePolicy) {
    let mut spec = json!({"profile": "None", "checks": [{"name": "memory-limits"}], "revision": "1"});
    merge(&mut spec, more);
    let key = PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() };
    let spec = serde_json::from_value(spec).unwrap();
    (key.clone(), resolve(key, Spec::Namespaced(&spec)).unwrap())
}

fn evaluation_in(inventory: &Inventory, more: Value) -> Option<Evaluation> {
    let subject = Subject::find(inventory, &owner())?;
    let effective = BTreeMap::from([policy(more)]);
    let policies = Policies { effective: &effective, invalid: &BTreeMap::new() };
    Some(evaluate(&subject, policies, inventory, "2026-01-01T00:00:00Z".parse().unwrap()))
}

fn evaluated(objects: &[Object], more: Value) -> Evaluation {
    evaluation_in(&inventory(objects), more).unwrap()
}

fn outcome(evaluation: &Evaluation) -> Option<&PolicyOutcome> {
    evaluation.policies.values().next()
}

fn verdict(evaluation: &Evaluation) -> Option<Verdict> {
    outcome(evaluation).map(|outcome| outcome.verdict)
}

/// The objects that findings name.
fn named(evaluation: &Evaluation) -> Vec<String> {
    let name =
        |object: &Option<ObjectKey>| object.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    evaluation.findings.iter().map(|finding| name(&finding.found.object)).collect()
}

#[test]
fn pods_and_jobs_of_one_owner_share_one_verdict_and_the_worst_wins() {
    let good = [pod("db-0", LIMITED), owned(Kind::Job, "init", LIMITED, json!({}))];
    let evaluation = evaluated(&good, json!({}));
    assert_eq!((verdict(&evaluation), evaluation.checks.len()), (Some(Verdict::Ready), 1));
    let [db, init] = good;
    let evaluation = evaluated(&[db, init, pod("db-1", UNLIMITED)], json!({}));
    assert_eq!(verdict(&evaluation), Some(Verdict::NotReady));
    assert_eq!(named(&evaluation), ["Pod shop/db-1"]);
    assert_eq!(outcome(&evaluation).unwrap().score, Some(0), "the check counts once, by its worst");
    assert_eq!(evaluation.checks.len(), 1);
}

#[test]
fn an_owner_is_the_subject_by_the_reference_of_what_it_owns() {
    let inventory = inventory(&[pod("db-0", LIMITED)]);
    let subject = Subject::find(&inventory, &owner()).unwrap();
    let identity = Identity { key: owner(), api_version: "db.example/v1".to_owned(), uid: "o".to_owned() };
    assert_eq!(subject.identity(), identity);
    assert!(subject.workload().is_none() && subject.is_owner());
    let pod = pod("db-0", LIMITED).key();
    assert!(Subject::find(&inventory, &pod.into()).is_none(), "it is not judged by itself as well");
}

#[test]
fn of_an_owner_made_anew_the_newest_object_says_the_uid() {
    let created = |at: &str, uid: &str| {
        let owner = json!({"apiVersion": "db.example/v2", "kind": "Cluster", "name": "db", "uid": uid, "controller": true});
        json!({"metadata": {"creationTimestamp": at, "ownerReferences": [owner]}})
    };
    let objects = [
        owned(Kind::Pod, "a", LIMITED, created("2026-01-01T00:00:09Z", "new")),
        owned(Kind::Pod, "b", LIMITED, created("2026-01-01T00:00:01Z", "old")),
    ];
    let inventory = inventory(&objects);
    let subject = Subject::find(&inventory, &owner()).unwrap();
    assert_eq!(subject.identity().uid, "new");
    assert_eq!(
        subject.since(),
        Some("2026-01-01T00:00:01Z".parse().unwrap()),
        "the oldest counts for its age"
    );
}

#[test]
fn the_same_finding_on_pods_of_one_template_is_one_finding_on_the_first() {
    let token = |name: &str| json!({"spec": {"volumes": [{"name": name, "projected": {}}]}});
    let like = [
        owned(Kind::Pod, "db-2", UNLIMITED, token("kube-api-access-x")),
        owned(Kind::Pod, "db-1", UNLIMITED, token("kube-api-access-y")),
    ];
    assert_eq!(named(&evaluated(&like, json!({}))), ["Pod shop/db-1"]);
    let [one, two] = like;
    let other = owned(Kind::Pod, "db-3", UNLIMITED, json!({"spec": {"hostNetwork": true}}));
    let job = owned(Kind::Job, "init", UNLIMITED, json!({}));
    let evaluation = evaluated(&[one, two, other, job], json!({}));
    assert_eq!(named(&evaluation), ["Job shop/init", "Pod shop/db-1", "Pod shop/db-3"]);
}

#[test]
fn the_kind_and_the_labels_of_what_is_owned_decide_whether_it_counts() {
    let objects =
        [pod("db-0", LIMITED), pod("db-1", UNLIMITED), owned(Kind::Job, "init", UNLIMITED, json!({}))];
    let evaluation = |labels: &str| {
        evaluated(&objects, json!({"targets": {"selector": {"matchLabels": {"part": labels}}}}))
    };
    assert_eq!(verdict(&evaluation("db-0")), Some(Verdict::Ready));
    assert_eq!(named(&evaluation("db-1")), ["Pod shop/db-1"]);
    assert_eq!(verdict(&evaluation("db")), None);
    let jobs = evaluated(&objects, json!({"targets": {"kinds": ["Job"]}}));
    assert_eq!(named(&jobs), ["Job shop/init"]);
    assert_eq!(verdict(&evaluated(&objects, json!({"targets": {"kinds": ["Deployment"]}}))), None);
    assert_eq!(verdict(&evaluated(&objects, json!({"suspend": true}))), Some(Verdict::Suspended));
}

#[test]
fn what_has_finished_is_no_target_and_an_owner_of_finished_jobs_alone_still_counts() {
    let end =
        json!({"status": {"phase": "Succeeded", "conditions": [{"type": "Complete", "status": "True"}]}});
    let done = |kind, name| owned(kind, name, UNLIMITED, end.clone());
    let objects = [done(Kind::Job, "init"), done(Kind::Pod, "db-0"), pod("db-1", LIMITED)];
    assert_eq!(verdict(&evaluated(&objects, json!({}))), Some(Verdict::Ready));
    let inventory_of_jobs = inventory(&objects[..2]);
    let subject = Subject::find(&inventory_of_jobs, &owner()).unwrap();
    assert!(subject.is_finished(), "it has no report");
    assert_eq!(verdict(&evaluated(&objects[..2], json!({}))), Some(Verdict::NotReady));
    assert!(Subject::find(&inventory(&objects[1..2]), &owner()).is_none());
}

#[test]
fn what_is_being_deleted_counts_only_when_all_of_it_is() {
    let deleting = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    let objects = [owned(Kind::Pod, "db-0", UNLIMITED, deleting), pod("db-1", LIMITED)];
    assert_eq!(verdict(&evaluated(&objects, json!({}))), Some(Verdict::Ready));
    let inventory = inventory(&objects[..1]);
    assert!(Subject::find(&inventory, &owner()).unwrap().is_deleting());
    assert_eq!(verdict(&evaluated(&objects[..1], json!({}))), Some(Verdict::NotReady));
}

#[test]
fn a_pod_that_its_owner_may_replace_is_not_hopeless() {
    assert_eq!(outcome(&evaluated(&[pod("db-0", UNLIMITED)], json!({}))).unwrap().hopeless, None);
}

#[test]
fn the_waiver_of_one_pod_is_not_that_of_another() {
    let waiver = json!({"metadata": {"annotations": {"waive.seaworthy.dev/memory-limits": "ticket 7; until=2026-03-31"}}});
    let objects = [owned(Kind::Pod, "db-0", UNLIMITED, waiver), pod("db-1", UNLIMITED)];
    let allowed = json!({"allowAnnotationWaivers": true});
    assert_eq!(verdict(&evaluated(&objects[..1], allowed.clone())), Some(Verdict::Ready));
    let evaluation = evaluated(&objects, allowed);
    assert_eq!(verdict(&evaluation), Some(Verdict::NotReady));
    assert_eq!(named(&evaluation), ["Pod shop/db-1", "Pod shop/db-0"]);
}

#[test]
fn an_owner_is_not_ready_while_jobs_that_it_may_own_cannot_be_seen() {
    let mut inventory = inventory(&[pod("db-0", LIMITED)]);
    inventory.set_coverage(Kind::Job, Coverage::Forbidden);
    let evaluation = evaluation_in(&inventory, json!({})).unwrap();
    assert_eq!(verdict(&evaluation), Some(Verdict::Unknown));
    assert_eq!(message(&evaluation.findings[0]), "whatever Jobs it owns cannot be seen (Forbidden)");
    let pods = evaluation_in(&inventory, json!({"targets": {"kinds": ["Pod"]}})).unwrap();
    assert_eq!(verdict(&pods), Some(Verdict::Ready), "that policy asks for no Job");
}

#[test]
fn the_order_in_which_objects_came_does_not_matter() {
    let mut objects =
        [pod("db-0", UNLIMITED), pod("db-1", UNLIMITED), owned(Kind::Job, "a", LIMITED, json!({}))];
    let once = evaluated(&objects, json!({}));
    objects.reverse();
    assert_eq!(once, evaluated(&objects, json!({})));
}
