//! Objects that no workload reaches: they have a report while something is wrong with them, and count.

use serde_json::{Value, json};

use super::*;
use crate::controller::judging::tests::{Writes, after, everywhere, gate, judge, synced};
use crate::controller::watched::{Message, PolicyObject, PolicySpecObject};
use crate::engine::tally::OrphanCounts;
use crate::inventory::decode::decode_or_broken;
use crate::inventory::{Kind, ObjectKey};
use crate::ops::watch::Unavailable;

fn policy(key: PolicyKey, version: u64, spec: &Value) -> Message {
    let spec = if key.is_cluster() {
        PolicySpecObject::Cluster(Box::new(serde_json::from_value(spec.clone()).unwrap()))
    } else {
        PolicySpecObject::Namespaced(Box::new(serde_json::from_value(spec.clone()).unwrap()))
    };
    Message::Policy(Box::new(PolicyObject {
        key,
        uid: "p".to_owned(),
        generation: i64::try_from(version).unwrap(),
        version,
        created: 0,
        spec: Ok(spec),
        status: PolicyStatus::default(),
    }))
}

fn dangling() -> Value {
    json!({"profile": "None", "checks": [{"name": "dangling-service"}]})
}

fn message(kind: Kind, name: &str, mut object: Value) -> Message {
    object["metadata"] = json!({"name": name, "namespace": "shop", "uid": format!("u-{name}"), "labels": object["metadata"]["labels"]});
    Message::Object(Box::new(decode_or_broken(kind, &object.to_string()).unwrap()))
}

fn service() -> Message {
    message(Kind::Service, "web", json!({"spec": {"selector": {"app": "web"}}}))
}

fn deployment(app: &str) -> Message {
    let template = json!({"metadata": {"labels": {"app": app}}});
    message(Kind::Deployment, "api", json!({"spec": {"template": template}}))
}

fn gone(kind: Kind, name: &str) -> Message {
    let key = ObjectKey { namespace: "shop".into(), kind, name: name.into() };
    Message::ObjectGone(key, format!("u-{name}"))
}

fn shop(messages: Vec<Message>) -> State {
    let mut messages = messages;
    messages.extend([gate(), everywhere()].map(|key| policy(key, 1, &dangling())));
    synced(messages, None)
}

/// The writes of a Service's report, as its verdict, or `-` for its deletion. Others are left out.
fn of_service(writes: &Writes) -> Vec<String> {
    let own = writes.iter().filter(|(name, _)| name == "service-web");
    let ready = |body: &Value| body["status"]["conditions"][0]["status"].as_str().unwrap().to_owned();
    own.map(|(_, body)| body.as_ref().map_or_else(|| "-".to_owned(), ready)).collect()
}

fn orphans(state: &State) -> [OrphanCounts; 2] {
    [gate(), everywhere()].map(|key| state.tally(&key).orphans)
}

const FAILING: OrphanCounts = OrphanCounts { not_ready: 1, pending: 0, unknown: 0 };
const UNKNOWN: OrphanCounts = OrphanCounts { not_ready: 0, pending: 0, unknown: 1 };

#[test]
fn an_orphan_with_a_finding_has_a_report_and_counts_but_not_as_a_workload() {
    let mut state = shop(vec![service(), deployment("api")]);
    let (writes, happenings) = judge(&mut state, after(0));
    let (_, body) = writes.iter().find(|(name, _)| name == "service-web").unwrap();
    let body = body.as_ref().unwrap();
    let subject = json!({"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "u-web"});
    assert_eq!(body["spec"], json!({ "subject": subject }));
    assert_eq!(body["metadata"]["ownerReferences"][0]["uid"], "u-web");
    assert_eq!(body["status"]["findings"][0]["check"], "dangling-service");
    assert_eq!(body["status"]["summary"]["fail"], 1);
    assert_eq!(body["status"]["summary"]["notApplicable"], 0, "checks of other kinds are not counted");
    assert_eq!(happenings, []);
    assert_eq!(orphans(&state), [FAILING; 2]);
    let counts = state.tally(&gate()).counts;
    assert_eq!((counts.total, counts.ready), (1, 1));
}

#[test]
fn the_report_goes_when_a_workload_reaches_the_object_and_comes_back_when_it_does_not() {
    let mut state = shop(vec![service(), deployment("api")]);
    judge(&mut state, after(0));
    state.handle(deployment("web"));
    assert_eq!(of_service(&judge(&mut state, after(1)).0), ["-"]);
    assert_eq!(orphans(&state), [OrphanCounts::default(); 2], "it is that workload's");
    state.handle(gone(Kind::Deployment, "api"));
    assert_eq!(orphans(&state), [UNKNOWN; 2], "what waits to be judged is not known");
    assert_eq!(of_service(&judge(&mut state, after(2)).0), ["False"]);
    assert_eq!(orphans(&state), [FAILING; 2]);
    state.handle(gone(Kind::Service, "web"));
    assert_eq!(of_service(&judge(&mut state, after(3)).0), ["-"]);
    assert_eq!(orphans(&state), [OrphanCounts::default(); 2]);
}

#[test]
fn what_cannot_be_decoded_is_an_orphan_of_those_who_judge_it_in_a_cluster() {
    let broken = message(Kind::Service, "web", json!({"spec": 7}));
    let mut state = shop(vec![broken]);
    assert_eq!(of_service(&judge(&mut state, after(0)).0), ["Unknown"]);
    assert_eq!(orphans(&state), [UNKNOWN; 2]);
    assert_eq!(state.tally(&gate()).counts.total, 0, "it is no workload");
    // Of the objects around workloads this check reads manifests only, and here is none.
    let of_manifests = json!({"profile": "None", "checks": [{"name": "schema-valid"}]});
    state.handle(policy(gate(), 2, &of_manifests));
    state.handle(Message::PolicyGone(everywhere(), "p".to_owned()));
    assert_eq!(of_service(&judge(&mut state, after(1)).0), ["-"]);
    assert_eq!(state.tally(&gate()).orphans, OrphanCounts::default());
}

#[test]
fn the_report_goes_with_the_last_policy_that_asks() {
    let mut state = shop(vec![service()]);
    judge(&mut state, after(0));
    state.handle(policy(gate(), 2, &json!({"profile": "None", "checks": [{"name": "memory-limits"}]})));
    assert_eq!(of_service(&judge(&mut state, after(1)).0), ["False"]);
    state.handle(Message::PolicyGone(everywhere(), "p".to_owned()));
    assert_eq!(of_service(&judge(&mut state, after(2)).0), ["-"]);
}

#[test]
fn an_invalid_edit_turns_no_orphan_green() {
    let mut state = shop(vec![service()]);
    state.handle(Message::PolicyGone(everywhere(), "p".to_owned()));
    judge(&mut state, after(0));
    state.handle(policy(gate(), 2, &json!({"profile": "None", "checks": [{"name": "nonsense"}]})));
    assert_eq!(of_service(&judge(&mut state, after(1)).0), ["Unknown"]);
}

#[test]
fn what_cannot_be_seen_any_more_is_unknown_and_a_policy_says_so() {
    let mut state = shop(vec![service()]);
    judge(&mut state, after(0));
    state.handle(Message::Unavailable(Watched::Kind(Kind::Service), Unavailable::Forbidden));
    assert_eq!(of_service(&judge(&mut state, after(1)).0), ["Unknown"]);
    let tally = state.tally(&gate());
    assert_eq!((tally.orphans, tally.unseen), (UNKNOWN, [Kind::Service].into()));
}

#[test]
fn what_cannot_be_seen_blocks_no_policy_that_only_advises() {
    let unseen = |fail_on: &str| {
        let mut state = shop(Vec::new());
        let spec = json!({"profile": "None", "failOn": fail_on, "checks": [{"name": "memory-limits"}]});
        state.handle(policy(gate(), 2, &spec));
        state.handle(Message::Unavailable(Watched::Kind(Kind::Deployment), Unavailable::Forbidden));
        judge(&mut state, after(0));
        state.tally(&gate()).unseen
    };
    assert_eq!(unseen("Low"), [Kind::Deployment].into());
    assert_eq!(unseen("Never"), [].into());
}

#[test]
fn a_workload_is_judged_again_when_its_counterpart_in_another_namespace_changes() {
    let of = |namespace: &str, image: &str| {
        let containers = json!([{"name": "app", "image": image}]);
        let object = json!({"metadata": {"name": "web", "namespace": namespace, "uid": namespace},
            "spec": {"template": {"spec": {"containers": containers}}}});
        Message::Object(Box::new(decode_or_broken(Kind::Deployment, &object.to_string()).unwrap()))
    };
    let namespace = |name: &str| {
        let object = json!({"metadata": {"name": name}});
        Message::Object(Box::new(decode_or_broken(Kind::Namespace, &object.to_string()).unwrap()))
    };
    let image = |digit: char| format!("registry.example/web@sha256:{}", digit.to_string().repeat(64));
    let checks = json!([{"name": "environment-parity", "severity": "High", "parameters": {"namespaces": ["shop-staging"]}}]);
    let spec = json!({"profile": "None", "checks": checks});
    let objects = [of("shop", &image('a')), of("shop-staging", &image('a'))];
    let others = [namespace("shop"), namespace("shop-staging"), policy(everywhere(), 1, &spec)];
    let mut state = synced(objects.into_iter().chain(others).collect(), None);
    judge(&mut state, after(0));
    let not_ready = |state: &State| state.tally(&everywhere()).counts.not_ready;
    assert_eq!(not_ready(&state), 0);
    state.handle(of("shop-staging", &image('b')));
    judge(&mut state, after(1));
    assert_eq!(not_ready(&state), 1);
    let key = ObjectKey { namespace: "shop-staging".into(), kind: Kind::Deployment, name: "web".into() };
    state.handle(of("shop-staging", &image('a')));
    judge(&mut state, after(2));
    assert_eq!(not_ready(&state), 0);
    state.handle(Message::ObjectGone(key, "shop-staging".to_owned()));
    judge(&mut state, after(3));
    assert_eq!(not_ready(&state), 1);
}
