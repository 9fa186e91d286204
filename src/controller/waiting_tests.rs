//! Tests of what waits for a kind that a policy reads.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::api::policy_status::PolicyStatus;
use crate::api::report::Verdict;
use crate::controller::commands::Command;
use crate::controller::watched::{Message, PolicyObject, PolicySpecObject};
use crate::inventory::Object;
use crate::inventory::decode::decode;

const BUDGETS: Watched = Watched::Kind(Kind::PodDisruptionBudget);
const SCALERS: [Watched; 2] =
    [Watched::Kind(Kind::HorizontalPodAutoscaler), Watched::Kind(Kind::ScaledObject)];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn object(kind: Kind, namespace: &str, spec: Value) -> Object {
    let metadata = json!({"name": "web", "namespace": namespace, "uid": format!("u-{kind}-{namespace}")});
    decode(kind, &json!({"metadata": metadata, "spec": spec}).to_string()).unwrap()
}

fn deployment(namespace: &str) -> Object {
    of_replicas(namespace, 2)
}

/// It limits no memory.
fn of_replicas(namespace: &str, replicas: u32) -> Object {
    let spec = json!({"containers": [{"name": "app"}]});
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": spec});
    object(Kind::Deployment, namespace, json!({"replicas": replicas, "template": template}))
}

fn key(namespace: &str) -> SubjectKey {
    deployment(namespace).key().into()
}

fn policy_key(namespace: &str) -> PolicyKey {
    PolicyKey { namespace: namespace.to_owned(), name: "gate".to_owned() }
}

/// A policy with one check; `memory-limits` reads nothing, `pdb-present` budgets and autoscalers.
fn policy(namespace: &str, generation: u64, check: &str) -> Message {
    let spec = json!({"profile": "None", "checks": [{"name": check}]}).to_string();
    let spec = if namespace.is_empty() {
        PolicySpecObject::Cluster(Box::new(serde_json::from_str(&spec).unwrap()))
    } else {
        PolicySpecObject::Namespaced(Box::new(serde_json::from_str(&spec).unwrap()))
    };
    Message::Policy(Box::new(PolicyObject {
        key: policy_key(namespace),
        uid: format!("p-{namespace}"),
        generation: i64::try_from(generation).unwrap(),
        version: generation,
        created: 0,
        spec: Ok(spec),
        status: PolicyStatus::default(),
    }))
}

/// A Deployment in `shop` and one in `zoo`; everything that is always watched is settled.
fn settled() -> State {
    let mut state = State::new(&Watched::always());
    state.lead(true, at(0));
    for watched in Watched::always() {
        state.handle(Message::Restarted(watched));
        if watched == Watched::Kind(Kind::Deployment) {
            state.handle(Message::Object(Box::new(deployment("shop"))));
            state.handle(Message::Object(Box::new(deployment("zoo"))));
        }
        state.handle(Message::Synced(watched));
    }
    state
}

fn verdict(state: &State, namespace: &str) -> Option<Verdict> {
    let outcomes = state.ledger.outcomes(&key(namespace))?;
    outcomes.values().next().map(|outcome| outcome.verdict)
}

fn statuses(commands: &[Command]) -> Vec<&PolicyKey> {
    let mut keys = Vec::new();
    for command in commands {
        if let Command::Status(key, _) = command {
            keys.push(key);
        }
    }
    keys
}

fn listed(state: &mut State, watched: Watched, object: Option<Object>) {
    state.handle(Message::Restarted(watched));
    if let Some(object) = object {
        state.handle(Message::Object(Box::new(object)));
    }
    state.handle(Message::Synced(watched));
}

fn no_scalers(state: &mut State) {
    for scalers in SCALERS {
        listed(state, scalers, None);
    }
}

fn budget(namespace: &str) -> Object {
    object(Kind::PodDisruptionBudget, namespace, json!({"selector": {}}))
}

#[test]
fn a_kind_is_watched_from_when_a_policy_reads_it_until_a_while_after_none_does() {
    let mut state = settled();
    state.set_linger(SignedDuration::from_secs(10));
    state.handle(policy("shop", 1, "memory-limits"));
    assert_eq!(state.watches(at(0)), WatchOrders::default());
    state.handle(policy("shop", 2, "pdb-present"));
    let all = vec![Kind::PodDisruptionBudget, Kind::HorizontalPodAutoscaler, Kind::ScaledObject];
    assert_eq!(state.watches(at(1)), WatchOrders { begin: all.clone(), end: vec![] });
    listed(&mut state, BUDGETS, Some(budget("shop")));
    no_scalers(&mut state);
    state.judge(at(2), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::Ready));

    state.handle(policy("shop", 3, "memory-limits"));
    assert_eq!(state.watches(at(3)), WatchOrders::default());
    state.judge(at(3), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::NotReady));
    assert!(state.next_wake(at(3)).is_some_and(|wake| wake <= at(13)));
    assert_eq!(state.watches(at(13)), WatchOrders { begin: vec![], end: all });
    assert_eq!(state.backlog(), 0, "no verdict depends on what is forgotten");
    assert_eq!(state.inventory.get(&budget("shop").key()), None);
    assert_eq!(state.inventory.coverage(Kind::PodDisruptionBudget), Coverage::NotSynced);
    // What was on its way when the watch ended.
    listed(&mut state, BUDGETS, Some(budget("shop")));
    assert_eq!(state.inventory.get(&budget("shop").key()), None);
    assert!(!state.settled.is_watched(BUDGETS));
}

#[test]
fn a_suspended_policy_reads_nothing() {
    let mut state = settled();
    let Message::Policy(mut suspended) = policy("shop", 1, "pdb-present") else { panic!("a policy") };
    let Ok(PolicySpecObject::Namespaced(spec)) = &mut suspended.spec else { panic!("a spec") };
    spec.common.suspend = true;
    state.handle(Message::Policy(suspended));
    assert_eq!(state.watches(at(0)), WatchOrders::default());
    state.judge(at(0), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::Suspended));
}

#[test]
fn before_its_kinds_are_settled_a_policy_says_nothing_and_others_go_on() {
    let mut state = settled();
    state.handle(policy("shop", 1, "pdb-present"));
    state.handle(policy("zoo", 1, "memory-limits"));
    state.watches(at(0));
    let commands = state.judge(at(0), 100);
    assert_eq!((verdict(&state, "shop"), verdict(&state, "zoo")), (None, Some(Verdict::NotReady)));
    assert_eq!(statuses(&commands), [&policy_key("zoo")]);
    assert!(state.backlog() > 0, "it is not forgotten");
    let commands = state.judge(at(0), 100);
    assert!(!statuses(&commands).contains(&&policy_key("shop")), "{commands:?}");
    // Nothing but a message helps: to wake for it would be to spin.
    assert!(state.next_wake(at(5)).is_none_or(|wake| wake > at(5)), "{:?}", state.next_wake(at(5)));

    listed(&mut state, BUDGETS, None);
    state.judge(at(1), 100);
    assert_eq!(verdict(&state, "shop"), None, "it reads other kinds as well");
    no_scalers(&mut state);
    let commands = state.judge(at(2), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::NotReady));
    assert_eq!(statuses(&commands), [&policy_key("shop")]);
    assert_eq!(state.backlog(), 0);
}

#[test]
fn a_new_generation_that_reads_a_new_kind_leaves_the_verdict_of_the_old_one_until_the_kind_is_settled() {
    let mut state = settled();
    state.handle(policy("", 1, "memory-limits"));
    state.judge(at(0), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::NotReady));
    state.handle(policy("", 2, "pdb-present"));
    state.watches(at(1));
    let commands = state.judge(at(1), 100);
    assert!(statuses(&commands).is_empty(), "no stale green: {commands:?}");
    assert_eq!(state.backlog(), 0, "its workloads are marked when the kind is settled");
    // One that changes meanwhile waits as well.
    state.handle(Message::Object(Box::new(of_replicas("shop", 3))));
    state.judge(at(1), 100);
    assert_eq!((verdict(&state, "shop"), state.backlog()), (Some(Verdict::NotReady), 1));

    no_scalers(&mut state);
    listed(&mut state, BUDGETS, Some(budget("shop")));
    state.judge(at(2), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::Ready));
    assert_eq!(verdict(&state, "zoo"), Some(Verdict::NotReady), "it has no budget");
}

#[test]
fn a_policy_that_goes_while_it_waits_takes_its_part_out() {
    let mut state = settled();
    state.handle(policy("shop", 1, "memory-limits"));
    state.judge(at(0), 100);
    state.handle(policy("shop", 2, "pdb-present"));
    state.judge(at(0), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::NotReady));
    state.handle(Message::PolicyGone(policy_key("shop"), String::new()));
    state.judge(at(0), 100);
    assert_eq!((verdict(&state, "shop"), state.backlog()), (None, 0));
}

#[test]
fn a_kind_that_never_answers_counts_as_settled_once_it_is_stale() {
    let mut state = settled();
    state.handle(policy("shop", 1, "pdb-present"));
    state.watches(at(0));
    no_scalers(&mut state);
    state.judge(at(0), 100);
    assert_eq!(verdict(&state, "shop"), None);
    let second = Duration::from_secs(1);
    let mut ages: std::collections::BTreeMap<_, _> =
        Watched::always().into_iter().chain(SCALERS).map(|watched| (watched, second)).collect();
    ages.insert(BUDGETS, second * 11);
    state.look(second * 60, &ages, second * 10);
    state.judge(at(1), 100);
    assert_eq!(verdict(&state, "shop"), Some(Verdict::Unknown));
}

#[test]
fn objects_of_a_kind_that_is_listed_for_the_first_time_mark_nothing_one_by_one() {
    let mut state = settled();
    state.handle(policy("shop", 1, "pdb-present"));
    state.watches(at(0));
    state.judge(at(0), 100);
    state.handle(Message::Restarted(BUDGETS));
    state.handle(Message::Object(Box::new(budget("zoo"))));
    assert!(state.dirty.is_empty());
    state.handle(Message::Synced(BUDGETS));
    no_scalers(&mut state);
    state.judge(at(0), 100);
    // From then on each counts.
    state.handle(Message::Object(Box::new(budget("shop"))));
    assert_eq!(state.dirty.about(&policy_key("")).collect::<Vec<_>>(), [&key("shop")]);
}
