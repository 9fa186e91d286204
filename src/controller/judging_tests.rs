use serde_json::json;

use super::*;
use crate::controller::commands::Done;
use crate::controller::reports::ReportWrite;
use crate::controller::watched::{Message, PolicyObject, PolicySpecObject};
use crate::inventory::decode::decode_or_broken;
use crate::ops::calls::Written;
use crate::ops::watch::Unavailable;

pub(in crate::controller) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

pub(in crate::controller) fn gate() -> PolicyKey {
    PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() }
}

pub(in crate::controller) fn everywhere() -> PolicyKey {
    PolicyKey { namespace: String::new(), name: "everywhere".to_owned() }
}

fn policy(key: PolicyKey, version: u64) -> Message {
    let spec = json!({"profile": "None", "checks": [{"name": "memory-limits"}]});
    let spec = if key.is_cluster() {
        PolicySpecObject::Cluster(Box::new(serde_json::from_value(spec).unwrap()))
    } else {
        PolicySpecObject::Namespaced(Box::new(serde_json::from_value(spec).unwrap()))
    };
    Message::Policy(Box::new(PolicyObject {
        key,
        uid: "p".to_owned(),
        generation: 1,
        version,
        created: 0,
        spec: Ok(spec),
        status: PolicyStatus::default(),
    }))
}

/// A Pod with or without its memory limit, created `at` seconds, of the owner `db` of this uid, if any.
fn pod(name: &str, limited: bool, at: i64, owner: Option<&str>) -> Message {
    let limits = if limited { json!({"memory": "1Gi"}) } else { json!({}) };
    let owners = owner.map(|uid| json!({"apiVersion": "db.example/v1", "kind": "Cluster", "name": "db", "uid": uid, "controller": true}));
    let object = json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "ownerReferences": owners.map(|owner| [owner]),
            "creationTimestamp": after(at).to_string()},
        "spec": {"containers": [{"name": "app", "resources": {"limits": limits}}]},
    });
    Message::Object(Box::new(decode_or_broken(Kind::Pod, &object.to_string()).unwrap()))
}

fn owned(name: &str, limited: bool) -> Message {
    pod(name, limited, -100, Some("o"))
}

fn gone(name: &str) -> Message {
    let Message::Object(object) = owned(name, true) else { panic!("a Pod") };
    Message::ObjectGone(object.key(), format!("u-{name}"))
}

/// Everything is listed, and these came with the lists.
pub(in crate::controller) fn synced(messages: Vec<Message>, forbidden: Option<Watched>) -> State {
    let mut state = State::new(&Watched::all());
    state.lead(true, after(0));
    let lists = Watched::all().into_iter().map(Message::Restarted);
    for message in lists.chain(messages) {
        state.handle(message);
    }
    for watched in Watched::all() {
        state.handle(if Some(watched) == forbidden {
            Message::Unavailable(watched, Unavailable::Forbidden)
        } else {
            Message::Synced(watched)
        });
    }
    state
}

fn with_policies(mut messages: Vec<Message>) -> State {
    messages.extend([policy(gate(), 1), policy(everywhere(), 1)]);
    synced(messages, None)
}

pub(in crate::controller) type Writes = Vec<(String, Option<Value>)>;

/// Judges, and lets the server accept what is written: reports by name, and Events.
pub(in crate::controller) fn judge(state: &mut State, now: Timestamp) -> (Writes, Vec<Happening>) {
    let (mut writes, mut happenings) = (Vec::new(), Vec::new());
    let mut commands = state.judge(now, 100);
    while !commands.is_empty() {
        for command in std::mem::take(&mut commands) {
            match command {
                Command::Report(key, write) => {
                    let written =
                        Written { uid: "r".to_owned(), resource_version: "1".to_owned(), generation: 1 };
                    state.done(Done::Report(key.clone(), Ok(written)), now);
                    let body = match write {
                        ReportWrite::Apply(body) => Some(serde_json::from_str(&body).unwrap()),
                        ReportWrite::Delete(_) => None,
                    };
                    writes.push((key.1, body));
                }
                Command::Event(happening) => happenings.push(happening),
                _ => {}
            }
        }
        commands = state.judge(now, 100);
    }
    (writes, happenings)
}

fn ready(body: &Value) -> &str {
    body["status"]["conditions"][0]["status"].as_str().unwrap()
}

/// The one report that is written, by its name and its verdict; `-` for a deletion.
fn written(state: &mut State, now: Timestamp) -> Option<(String, String)> {
    let (mut writes, _) = judge(state, now);
    assert!(writes.len() < 2, "{writes:?}");
    writes
        .pop()
        .map(|(name, body)| (name, body.map_or_else(|| "-".to_owned(), |body| ready(&body).to_owned())))
}

/// The report on the owner, and its verdict.
fn db(verdict: &str) -> (String, String) {
    ("cluster.db.example-db".to_owned(), verdict.to_owned())
}

#[test]
fn pods_that_a_custom_resource_owns_have_one_report_that_follows_each_of_them() {
    let mut state = with_policies(vec![owned("db-0", true), owned("db-1", true)]);
    let (writes, _) = judge(&mut state, after(0));
    let [(name, Some(body))] = &writes[..] else { panic!("{writes:?}") };
    assert_eq!((name.as_str(), ready(body)), ("cluster.db.example-db", "True"));
    let subject = json!({"apiVersion": "db.example/v1", "kind": "Cluster", "name": "db", "uid": "o"});
    assert_eq!(body["spec"], json!({"subject": subject}));
    let owner = &body["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["uid"], &owner["controller"]), (&json!("o"), &json!(false)));
    assert_eq!(owner["blockOwnerDeletion"], false);
    assert_eq!(body["metadata"]["labels"]["seaworthy.dev/subject-kind"], "Cluster");
    assert_eq!((body["status"].get("workloadGeneration"), body["status"].get("templateHash")), (None, None));
    assert_eq!(state.tally(&everywhere()).counts.total, 1, "it counts once");

    state.handle(owned("db-1", false));
    assert_eq!(written(&mut state, after(1)), Some(db("False")));
    state.handle(owned("db-0", false));
    state.handle(owned("db-1", true));
    let (writes, _) = judge(&mut state, after(2));
    let finding = &writes[0].1.as_ref().unwrap()["status"]["findings"][0];
    assert_eq!(finding["object"], json!({"kind": "Pod", "namespace": "shop", "name": "db-0"}));
    state.handle(gone("db-0"));
    assert_eq!(written(&mut state, after(3)), Some(db("True")));
    state.handle(gone("db-1"));
    assert_eq!(written(&mut state, after(4)), Some(db("-")), "it goes with the last");
    assert_eq!(state.tally(&everywhere()).counts.total, 0);
}

#[test]
fn what_a_list_does_not_show_of_an_owner_counts_no_more() {
    let mut state = with_policies(vec![owned("db-0", true), owned("db-1", false)]);
    assert_eq!(written(&mut state, after(0)), Some(db("False")));
    for (shown, expected) in [(Some("db-0"), "True"), (None, "-")] {
        state.handle(Message::Restarted(Watched::Kind(Kind::Pod)));
        if let Some(name) = shown {
            state.handle(owned(name, true));
        }
        assert_eq!(written(&mut state, after(1)), None, "not before the list has ended");
        state.handle(Message::Synced(Watched::Kind(Kind::Pod)));
        assert_eq!(written(&mut state, after(1)), Some(db(expected)));
    }
}

#[test]
fn a_pod_that_gets_an_owner_gives_its_own_report_up() {
    let mut state = with_policies(vec![pod("db-0", true, -100, None)]);
    assert_eq!(written(&mut state, after(0)), Some(("pod-db-0".to_owned(), "True".to_owned())));
    state.handle(owned("db-0", true));
    let (mut writes, _) = judge(&mut state, after(1));
    writes.sort_by(|one, other| one.0.cmp(&other.0));
    let [(db, Some(_)), (pod, None)] = &writes[..] else { panic!("{writes:?}") };
    assert_eq!((db.as_str(), pod.as_str()), ("cluster.db.example-db", "pod-db-0"));
}

#[test]
fn the_report_on_an_owner_waits_for_60_s_of_its_oldest_pod_and_stays_when_that_goes() {
    let mut state = with_policies(vec![pod("db-0", true, 0, Some("o")), pod("db-1", true, 50, Some("o"))]);
    assert_eq!(written(&mut state, after(59)), None);
    assert_eq!(state.tally(&gate()).counts.total, 1, "it counts at once");
    assert_eq!(state.ledger.next_wake(), Some(after(60)));
    assert_eq!(written(&mut state, after(60)), Some(db("True")));
    state.handle(gone("db-0"));
    assert_eq!(written(&mut state, after(61)), None, "it stays as it is");
    state.handle(pod("db-1", true, 50, Some("another")));
    assert_eq!(written(&mut state, after(62)), Some(db("-")), "an owner of the same name is another subject");
}

#[test]
fn an_event_on_a_pod_is_the_owners() {
    let mut state = with_policies(vec![owned("db-0", true)]);
    judge(&mut state, after(0));
    state.handle(owned("db-0", false));
    let (_, happenings) = judge(&mut state, after(1));
    let regarding: Vec<_> = happenings.iter().map(|happening| &happening.regarding).collect();
    let [regarding] = regarding[..] else { panic!("{happenings:?}") };
    assert_eq!((regarding.kind.as_str(), regarding.uid.as_str()), ("Cluster", "o"));
    assert_eq!((regarding.api_version.as_str(), regarding.namespace.as_str()), ("db.example/v1", "shop"));
}

#[test]
fn a_name_that_holds_another_subject_gets_eight_digits() {
    let owned_by = |name: &str, (group, owner): (&str, &str)| {
        let object = json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": [
            {"apiVersion": format!("{group}/v1"), "kind": "Kind", "name": owner, "uid": "o", "controller": true}]}});
        Message::Object(Box::new(decode_or_broken(Kind::Pod, &object.to_string()).unwrap()))
    };
    let mut state = with_policies(vec![owned_by("one", ("a.b-c", "d")), owned_by("two", ("a.b", "c-d"))]);
    let (writes, _) = judge(&mut state, after(0));
    let names: Vec<&str> = writes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"kind.a.b-c-d") && names.iter().any(|name| name.starts_with("kind.a.b-c-d-")));
    state.handle(owned_by("two", ("a.b", "c-d")));
    assert!(judge(&mut state, after(1)).0.is_empty(), "both keep their names");
}

fn report_on_web(policies: &str) -> Message {
    let metadata = json!({
        "name": "deployment-web", "namespace": "shop", "uid": "r", "resourceVersion": "1", "generation": 1,
        "labels": {"seaworthy.dev/verdict": "Ready"}, "annotations": {"seaworthy.dev/policies": policies},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u-web"}],
    });
    Message::Report(Box::new(serde_json::from_value(metadata).unwrap()))
}

const DEPLOYMENTS: Watched = Watched::Kind(Kind::Deployment);

#[test]
fn a_report_on_a_kind_that_is_forbidden_from_the_start_says_unknown_and_stays() {
    let messages = vec![policy(gate(), 1), report_on_web("ClusterReadinessPolicy/gone,ReadinessPolicy/gate")];
    let mut state = synced(messages, Some(DEPLOYMENTS));
    let (writes, happenings) = judge(&mut state, after(0));
    let [(name, Some(body))] = &writes[..] else { panic!("{writes:?}") };
    assert_eq!((name.as_str(), ready(body)), ("deployment-web", "Unknown"));
    assert_eq!(body["metadata"]["uid"], "r", "it is the same report");
    assert_eq!(body["spec"]["subject"]["uid"], "u-web");
    assert_eq!(body["metadata"]["ownerReferences"][0]["apiVersion"], "apps/v1");
    assert_eq!(body["status"]["policies"], json!([{"policy": "ReadinessPolicy/gate", "verdict": "Unknown"}]));
    let finding = &body["status"]["findings"][0];
    assert_eq!(finding["message"], "this Deployment cannot be seen (Forbidden)");
    assert!(happenings.is_empty(), "{happenings:?}");
    assert_eq!(state.tally(&gate()).counts.unknown, 1);
    state.handle(Message::PolicyGone(gate(), String::new()));
    let deletion = Some(("deployment-web".to_owned(), "-".to_owned()));
    assert_eq!(written(&mut state, after(1)), deletion, "nothing selects it any more");
}

#[test]
fn a_kind_that_becomes_visible_is_judged_and_what_is_not_there_loses_its_report() {
    let mut state = synced(vec![policy(gate(), 1), report_on_web("ReadinessPolicy/gate")], Some(DEPLOYMENTS));
    judge(&mut state, after(0));
    state.handle(Message::Restarted(DEPLOYMENTS));
    state.handle(Message::Synced(DEPLOYMENTS));
    assert_eq!(written(&mut state, after(1)), Some(("deployment-web".to_owned(), "-".to_owned())));
}

#[test]
fn without_the_right_to_read_policies_no_report_goes() {
    let mut state =
        synced(vec![report_on_web("ReadinessPolicy/gate"), owned("db-0", true)], Some(Watched::Policies));
    assert!(judge(&mut state, after(0)).0.is_empty());
}

#[test]
fn under_endless_churn_a_status_is_written_and_what_waits_counts_as_unknown() {
    let pods = |limited| (0..4).map(move |index| pod(&format!("p{index}"), limited, -100, None));
    let mut state = with_policies(pods(true).collect());
    let mut counts = Vec::new();
    for tenth in 0..25 {
        let now = after(0) + SignedDuration::from_millis(tenth * 100);
        // Two are judged at a time while three change: there is always one that waits.
        for name in ["p0", "p1", "p2"] {
            state.handle(pod(name, tenth % 2 == 0, -100, None));
        }
        for command in state.judge(now, 2) {
            if let Command::Status(key, body) = command
                && key == everywhere()
            {
                assert_ne!(
                    body["status"]["conditions"][1]["status"], "True",
                    "one that waits is never green"
                );
                counts.push((tenth, body["status"]["workloads"]["total"].clone()));
                let written =
                    Written { uid: "p".to_owned(), resource_version: "9".to_owned(), generation: 1 };
                state.done(Done::Status(key, Ok(written)), now);
            }
        }
        assert!(state.backlog() > 0);
    }
    assert_eq!(counts.first(), Some(&(10, json!(4))), "after one second, with all that there are");
    assert!(counts.len() > 1, "and again: {counts:?}");
}
