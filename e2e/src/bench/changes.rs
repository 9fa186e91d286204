//! How long a change takes until its report is seen.
//!
//! Each change turns a workload's verdict over, so that its report must change. It must not wait for one
//! change before it sends the next: the pace is fixed. Next: [`super::measure`].

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, future::try_join_all};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, WatchEvent, WatchParams},
};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{load, load::Material};
use crate::Error;

const PER_SECOND: u32 = 10;
/// How long the last change may take.
const GRACE: Duration = Duration::from_secs(10);

/// When each (namespace, report, workload generation) was first seen.
type Seen = Arc<Mutex<BTreeMap<(String, String, i64), Instant>>>;

/// Latencies in milliseconds, sorted, and how many changes were not seen.
pub struct Latencies {
    /// Of the changes that were seen.
    pub milliseconds: Vec<f64>,
    /// Changes that were not.
    pub missed: usize,
}

impl Latencies {
    /// The latency that this share of changes does not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.milliseconds.len() * percent).div_ceil(100).saturating_sub(1);
        self.milliseconds.get(rank).copied().unwrap_or(f64::NAN)
    }
}

/// Changes workloads at a fixed pace, round robin over all namespaces.
pub async fn run(
    client: &Client,
    material: &Material,
    workloads: usize,
    seconds: u32,
) -> Result<Latencies, Error> {
    let seen = Seen::default();
    let watching = tokio::spawn(watch(client.clone(), Arc::clone(&seen)));
    let mut ticks = interval(Duration::from_secs(1) / PER_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut changes = Vec::new();
    // A stride that is prime to any number of workloads here visits each once before any twice.
    let mut next = 0;
    for number in 0..usize::try_from(seconds * PER_SECOND).unwrap_or_default() {
        ticks.tick().await;
        let index = next % workloads;
        next += 7919;
        let good = load::starts_good(index) == ((number / workloads) % 2 == 1);
        let (to, pod) = (client.clone(), material.pod(good).clone());
        changes.push(tokio::spawn(async move { change(&to, index, &pod).await }));
    }
    let answers =
        try_join_all(changes).await.map_err(|error| Error::Contract(format!("a change: {error}")))?;
    let sent = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let all_seen = async {
        while sent.iter().any(|(key, _)| !locked(&seen).contains_key(key)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let _ = timeout(GRACE, all_seen).await;
    watching.abort();
    let reports = locked(&seen);
    let mut milliseconds: Vec<f64> = sent
        .iter()
        .filter_map(|(key, at)| Some(reports.get(key)?.duration_since(*at).as_secs_f64() * 1000.0))
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    let missed = sent.len() - milliseconds.len();
    Ok(Latencies { milliseconds, missed })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Sent = ((String, String, i64), Instant);

async fn change(client: &Client, index: usize, pod: &Value) -> Result<Sent, Error> {
    let (namespace, name) = load::place(index);
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
    let containers = json!([
        { "op": "replace", "path": "/spec/template/spec/containers", "value": pod.get("containers") }
    ]);
    let at = Instant::now();
    let target = (path.as_str(), "application/json-patch+json");
    let answer = load::send(client, http::Method::PATCH, target, &containers).await?;
    let generation = answer.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
    Ok(((namespace, format!("deployment-{name}"), generation), at))
}

async fn watch(client: Client, seen: Seen) -> Result<(), Error> {
    let kind = GroupVersionKind::gvk("seaworthy.dev", "v1alpha1", "ReadinessReport");
    let resource = ApiResource::from_gvk_with_plural(&kind, "readinessreports");
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let first = api.list(&kube::api::ListParams::default().limit(1)).await?;
    let mut version = first.metadata.resource_version.unwrap_or_default();
    loop {
        let mut events = api.watch(&WatchParams::default(), &version).await?.boxed();
        while let Some(event) = events.try_next().await? {
            let (WatchEvent::Added(report) | WatchEvent::Modified(report)) = event else { continue };
            let now = Instant::now();
            version = report.metadata.resource_version.clone().unwrap_or_default();
            let generation = report.data.pointer("/status/workloadGeneration").and_then(Value::as_i64);
            let key = (
                report.metadata.namespace.unwrap_or_default(),
                report.metadata.name.unwrap_or_default(),
                generation.unwrap_or_default(),
            );
            locked(&seen).entry(key).or_insert(now);
        }
    }
}
