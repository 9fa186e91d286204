use std::time::Duration;

use super::*;
use crate::api::report::Verdict;
use crate::controller::commands::Command;
use crate::controller::reports::ReportWrite;
use crate::controller::watched::{PolicyObject, PolicySpecObject};
use crate::inventory::decode::decode_or_broken;
use crate::inventory::lookup::Cause;
use crate::inventory::small_map::SmallMap;
use crate::inventory::{Kind, SubjectKey};

const SECOND: Duration = Duration::from_secs(1);
const DEPLOYMENTS: Watched = Watched::Kind(Kind::Deployment);

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn deployment(name: &str, spec: &str) -> Message {
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","generation":1}},"spec":{spec}}}"#
    );
    Message::Object(Box::new(decode_or_broken(Kind::Deployment, &json).unwrap()))
}

/// The checks of the first version: one that joins later changes no test that is not about it.
const SPEC: &str = r#"{"profileVersion":1}"#;

fn policy() -> Message {
    let spec = serde_json::from_str(SPEC).unwrap();
    Message::Policy(Box::new(PolicyObject {
        key: policy_key(),
        uid: "p".to_owned(),
        generation: 1,
        version: 1,
        created: 0,
        spec: Ok(PolicySpecObject::Namespaced(Box::new(spec))),
        status: crate::api::policy_status::PolicyStatus::default(),
    }))
}

/// A ClusterReadinessPolicy, which has no fence, with the status that it was given.
fn cluster_policy(status: crate::api::policy_status::PolicyStatus) -> Message {
    let Message::Policy(mut policy) = policy() else { panic!("a policy") };
    policy.key.namespace = String::new();
    policy.spec = Ok(PolicySpecObject::Cluster(Box::new(serde_json::from_str(SPEC).unwrap())));
    policy.status = status;
    Message::Policy(policy)
}

fn policy_key() -> PolicyKey {
    PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() }
}

fn key(name: &str) -> SubjectKey {
    SubjectKey::of_reference("shop", ("apps/v1", "Deployment", name))
}

/// Everything listed, one Deployment in it, nothing judged yet.
fn synced() -> State {
    let mut state = State::new(&Watched::all());
    state.lead(true, now());
    for watched in Watched::all() {
        state.handle(Message::Restarted(watched));
        if watched == DEPLOYMENTS {
            state.handle(deployment("web", "{}"));
        }
        state.handle(Message::Synced(watched));
    }
    state.handle(policy());
    state
}

fn verdict(state: &mut State, name: &str) -> Option<Verdict> {
    state.judge(now(), 100);
    state.ledger.outcomes(&key(name)).map(|outcomes| outcomes.get(&policy_key()).unwrap().verdict)
}

fn ages(stale: Option<Watched>) -> BTreeMap<Watched, Duration> {
    let age = |watched| if Some(watched) == stale { SECOND * 11 } else { SECOND };
    Watched::all().into_iter().map(|watched| (watched, age(watched))).collect()
}

#[test]
fn a_stale_kind_makes_its_verdicts_unknown_and_comes_back() {
    let mut state = synced();
    assert_eq!(verdict(&mut state, "web"), Some(Verdict::Ready));
    state.look(SECOND * 60, &ages(Some(DEPLOYMENTS)), SECOND * 10);
    assert_eq!(verdict(&mut state, "web"), Some(Verdict::Unknown));
    state.look(SECOND * 61, &ages(None), SECOND * 10);
    assert_eq!(verdict(&mut state, "web"), Some(Verdict::Ready));
}

#[test]
fn what_may_not_be_seen_any_more_keeps_its_report_and_becomes_unknown() {
    let mut state = synced();
    verdict(&mut state, "web");
    state.handle(Message::Unavailable(DEPLOYMENTS, Unavailable::Forbidden));
    let commands = state.judge(now(), 100);
    assert!(!commands.iter().any(|command| matches!(command, Command::Report(_, ReportWrite::Delete(_)))));
    assert_eq!(verdict(&mut state, "web"), Some(Verdict::Unknown));
    assert_eq!(state.inventory.coverage(Kind::Deployment).gap(), Some(Cause::Forbidden));
}

#[test]
fn a_policy_about_a_kind_that_was_never_seen_is_not_compliant() {
    let mut state = State::new(&Watched::all());
    state.lead(true, now());
    for watched in Watched::all() {
        state.handle(if watched == DEPLOYMENTS {
            Message::Unavailable(watched, Unavailable::Forbidden)
        } else {
            Message::Synced(watched)
        });
    }
    let spec = serde_json::from_str(SPEC).unwrap();
    let Message::Policy(mut policy) = policy() else { panic!("a policy") };
    policy.key.namespace = String::new();
    policy.spec = Ok(PolicySpecObject::Cluster(Box::new(spec)));
    state.handle(Message::Policy(policy));
    let commands = state.judge(now(), 100);
    let Some(Command::Status(_, body)) = commands.first() else { panic!("{commands:?}") };
    let status = serde_json::to_string(&body["status"]["conditions"]).unwrap();
    assert!(status.contains("objects of these kinds cannot be seen: Deployment"), "{status}");
}

#[test]
fn a_workload_that_does_not_decode_is_judged_when_a_policy_comes() {
    let mut state = synced();
    state.handle(Message::PolicyGone(policy_key(), String::new()));
    state.handle(deployment("odd", r#"{"template":[7]}"#));
    state.judge(now(), 100);
    state.handle(policy());
    assert_eq!(verdict(&mut state, "odd"), Some(Verdict::Unknown));
}

#[test]
fn in_the_dark_nothing_is_judged_and_nothing_spins() {
    let mut state = synced();
    let dark: BTreeMap<_, _> = Watched::all().into_iter().map(|watched| (watched, SECOND * 11)).collect();
    state.look(SECOND * 60, &dark, SECOND * 10);
    assert!(state.judge(now(), 100).is_empty());
    assert!(state.backlog() > 0);
    assert_eq!(state.next_wake(now()), None);
    state.look(SECOND * 61, &ages(None), SECOND * 10);
    assert!(!state.judge(now(), 100).is_empty());
}

fn report_on_web() -> crate::ops::metadata::ObjectMetadata {
    serde_json::from_value(serde_json::json!({
        "name": "deployment-web", "namespace": "shop", "uid": "r", "resourceVersion": "1", "generation": 1,
        "annotations": {"seaworthy.dev/policies": "ClusterReadinessPolicy/all,ReadinessPolicy/gate"},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u-web"}],
    }))
    .unwrap()
}

#[test]
fn a_policy_that_is_invalid_after_a_restart_keeps_what_its_reports_name_unknown() {
    let mut state = State::new(&Watched::all());
    state.lead(true, now());
    let Message::Policy(mut invalid) = policy() else { panic!("a policy") };
    invalid.spec = Err("not as it should be".to_owned());
    state.handle(Message::Policy(invalid));
    for watched in Watched::all() {
        state.handle(Message::Restarted(watched));
        if watched == DEPLOYMENTS {
            state.handle(deployment("web", "{}"));
            state.handle(deployment("new", "{}"));
        }
        if watched == Watched::Reports {
            state.handle(Message::Report(Box::new(report_on_web())));
        }
        state.handle(if watched == Watched::Policies { policy_stays() } else { Message::Synced(watched) });
    }
    state.handle(Message::Synced(Watched::Policies));
    assert_eq!(verdict(&mut state, "web"), Some(Verdict::Unknown));
    let outcomes = state.ledger.outcomes(&key("new"));
    assert!(outcomes.is_none_or(SmallMap::is_empty), "it was never selected");
}

fn policy_stays() -> Message {
    let Message::Policy(mut invalid) = policy() else { panic!("a policy") };
    invalid.spec = Err("not as it should be".to_owned());
    Message::Policy(invalid)
}

#[test]
fn a_policy_that_was_judged_before_a_restart_is_not_blamed_for_what_a_workload_does_after_it() {
    let status_of = |commands: Vec<Command>| {
        commands.into_iter().find_map(|command| match command {
            Command::Status(key, body) if key.is_cluster() => Some((key, body)),
            _ => None,
        })
    };
    let mut first = synced();
    first.handle(Message::PolicyGone(policy_key(), String::new()));
    first.handle(cluster_policy(crate::api::policy_status::PolicyStatus::default()));
    let (_, body) = status_of(first.judge(now(), 100)).unwrap();
    let mut restarted = synced();
    restarted.handle(Message::PolicyGone(policy_key(), String::new()));
    restarted.handle(cluster_policy(serde_json::from_value(body["status"].clone()).unwrap()));
    assert!(status_of(restarted.judge(now(), 100)).is_none(), "it stands as it stood");

    break_web(&mut restarted, &body["status"]);
    // The same when it happened while no process ran.
    let mut late = synced();
    late.handle(Message::PolicyGone(policy_key(), String::new()));
    late.handle(cluster_policy(serde_json::from_value(body["status"].clone()).unwrap()));
    break_web(&mut late, &body["status"]);
}

/// The workload breaks; the policy's status says so, and no Event does.
fn break_web(state: &mut State, before: &serde_json::Value) {
    assert!(before.to_string().contains("AllPassed"), "{before}");
    state.handle(deployment("web", r#"{"template":{"spec":{"containers":[{"name":"app"}]}}}"#));
    let commands = state.judge(now(), 100);
    let status = commands.into_iter().find_map(|command| match command {
        Command::Status(key, body) if key.is_cluster() => Some((key, body)),
        _ => None,
    });
    let (key, body) = status.unwrap();
    assert!(body["status"].to_string().contains("ChecksFailed"), "{body}");
    let written = Written { uid: "p".to_owned(), resource_version: "2".to_owned(), generation: 1 };
    state.done(Done::Status(key, Ok(written)), now());
    let commands = state.judge(now(), 100);
    assert!(!commands.iter().any(|command| matches!(command, Command::Event(_))), "{commands:?}");
}

#[test]
fn a_policy_that_changed_while_nobody_led_gives_no_event_on_a_workload() {
    let lax = |generation: u64, fail_on: &str| {
        let Message::Policy(mut policy) = cluster_policy(crate::api::policy_status::PolicyStatus::default())
        else {
            panic!("a policy")
        };
        let spec = serde_json::from_str(&format!(r#"{{"failOn":"{fail_on}"}}"#)).unwrap();
        policy.spec = Ok(PolicySpecObject::Cluster(Box::new(spec)));
        (policy.generation, policy.version) = (i64::try_from(generation).unwrap(), generation);
        Message::Policy(policy)
    };
    let mut state = synced();
    state.handle(Message::PolicyGone(policy_key(), String::new()));
    state.handle(deployment("web", r#"{"template":{"spec":{"containers":[{"name":"app"}]}}}"#));
    state.handle(lax(1, "Never"));
    assert_eq!(reported(&mut state), "Ready");
    state.lead(false, now());
    state.handle(lax(2, "Low"));
    state.judge(now(), 100);
    state.lead(true, now());
    assert_eq!(reported(&mut state), "NotReady");
    let commands = state.judge(now(), 100);
    assert!(!commands.iter().any(|command| matches!(command, Command::Event(_))), "{commands:?}");
}

/// Judges, and lets the one report be written: the verdict that it says then.
fn reported(state: &mut State) -> String {
    let mut reports = state.judge(now(), 100).into_iter().filter_map(|command| match command {
        Command::Report(key, _) => Some(key),
        _ => None,
    });
    let key = reports.next().unwrap();
    let written = Written { uid: "r".to_owned(), resource_version: "1".to_owned(), generation: 1 };
    state.done(Done::Report(key.clone(), Ok(written)), now());
    state.reports.verdict(&key).unwrap().to_owned()
}

#[test]
fn a_policy_waits_for_its_own_namespace_and_not_for_others() {
    let is_status = |command: &Command| matches!(command, Command::Status(key, _) if *key == policy_key());
    let elsewhere = |state: &mut State, namespace: &str| {
        for name in ["one", "two"] {
            let key = SubjectKey::of_reference(namespace, ("apps/v1", "Deployment", name));
            state.mark(key, Trigger::Workload);
        }
    };
    let mut state = synced();
    elsewhere(&mut state, "zoo");
    let commands = state.judge(now(), 1);
    assert!(state.backlog() > 0, "the other namespace waits still");
    assert!(commands.iter().any(is_status), "{commands:?}");

    let mut state = synced();
    state.handle(deployment("api", "{}"));
    let commands = state.judge(now(), 1);
    assert!(!commands.iter().any(is_status), "one of its own waits: {commands:?}");
    assert!(state.judge(now(), 1).iter().any(is_status));
}

#[test]
fn another_version_of_the_server_has_all_judged_anew() {
    let mut state = synced();
    state.set_server_minor(Some(36));
    for _ in 0..10 {
        state.judge(now(), 100);
    }
    state.handle(Message::ServerMinor(36));
    assert_eq!(state.backlog(), 0, "it is as it was");
    state.handle(Message::ServerMinor(37));
    assert!(state.backlog() > 0);
    assert_eq!(state.inventory.server_minor(), Some(37));
}
