//! Reads every state of every report and policy as the API server stores it, and notes the lies.
//!
//! What the truth is follows from a workload's name: `good-` passes in every generation, `bad-` in none,
//! `breaks-` in its first only, `heals-` in all but its first. It must not ask the operator anything.

use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client};
use serde_json::Value;
use tokio::task::JoinHandle;

/// The watching tasks and what they noted.
pub(crate) struct Guard {
    notes: Arc<Mutex<Notes>>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Notes {
    seen: usize,
    lies: Vec<String>,
}

impl Guard {
    pub(crate) fn start(client: &Client) -> Self {
        let notes: Arc<Mutex<Notes>> = Arc::default();
        let follow = |kind: &str, plural: &str, lie: fn(&Value) -> Option<String>| {
            let kind = GroupVersionKind::gvk("seaworthy.dev", "v1alpha1", kind);
            let resource = ApiResource::from_gvk_with_plural(&kind, plural);
            let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
            tokio::spawn(follow(api, lie, Arc::clone(&notes)))
        };
        let tasks = vec![
            follow("ReadinessReport", "readinessreports", lie_of_report),
            follow("ReadinessPolicy", "readinesspolicies", lie_of_policy),
        ];
        Self { notes, tasks }
    }

    /// Fails the test if anything lied, or if nothing was seen.
    pub(crate) fn assert_truth(&self) {
        let notes = self.notes.lock().unwrap();
        assert!(notes.seen > 0, "the guard saw nothing");
        assert!(notes.lies.is_empty(), "{:#?}", notes.lies);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn follow(api: Api<DynamicObject>, lie: fn(&Value) -> Option<String>, notes: Arc<Mutex<Notes>>) {
    let mut events = std::pin::pin!(watcher(api, Config::default()));
    while let Some(event) = events.next().await {
        // While the API server is away there is nothing to see; the watcher goes on by itself.
        let Ok(Event::Apply(object) | Event::InitApply(object)) = event else {
            if event.is_err() {
                tokio::task::yield_now().await;
            }
            continue;
        };
        let object = serde_json::to_value(object).unwrap();
        let mut notes = notes.lock().unwrap();
        notes.seen += 1;
        notes.lies.extend(lie(&object));
    }
}

/// Status of a condition.
pub(crate) fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition["type"] == name)?["status"].as_str()
}

fn lie_of_report(report: &Value) -> Option<String> {
    let subject = report.pointer("/spec/subject/name")?.as_str()?;
    let generation = report.pointer("/status/workloadGeneration")?.as_i64()?;
    let passes = match subject.split_once('-')?.0 {
        "good" => true,
        "bad" => false,
        "breaks" => generation == 1,
        "heals" => generation > 1,
        _ => return None,
    };
    let said = condition(report, "Ready")?;
    let lie = if passes { said == "False" } else { said == "True" };
    lie.then(|| format!("Ready={said} of generation {generation} of {subject}: {report}"))
}

/// A policy is named for what it must never say, with the workloads that its test applies.
fn lie_of_policy(policy: &Value) -> Option<String> {
    let name = policy.pointer("/metadata/name")?.as_str()?;
    let said = condition(policy, "Compliant")?;
    (name.starts_with("never-true") && said == "True").then(|| format!("Compliant={said}: {policy}"))
}

#[test]
fn the_guard_knows_a_lie() {
    let report = |name: &str, generation: i64, ready: &str| {
        serde_json::json!({"spec": {"subject": {"name": name}},
            "status": {"workloadGeneration": generation, "conditions": [{"type": "Ready", "status": ready}]}})
    };
    for (name, generation, lie) in
        [("good-a", 1, "False"), ("bad-a", 3, "True"), ("breaks-a", 2, "True"), ("heals-a", 1, "True")]
    {
        assert!(lie_of_report(&report(name, generation, lie)).is_some(), "{name}");
        assert!(lie_of_report(&report(name, generation, "Unknown")).is_none(), "{name}");
    }
    assert!(lie_of_report(&report("breaks-a", 1, "True")).is_none());
    assert!(lie_of_report(&report("heals-a", 2, "True")).is_none());
}
