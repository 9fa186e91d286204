//! Proof 4: an operator that has nothing to say writes nothing, whatever else goes on: renewed watches, a
//! relist, status-only changes, its own restart. The API server's audit log counts, after it has shown
//! that it counts a real change.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Marker, Replica, Requests, condition, eventually, hold, is_judged,
    workloads::{cluster_policy, flawed_pod, good_pod, isolated, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);
const GOOD: usize = 150;
const FLAWED: usize = 50;
/// Watches end after 20 s: at least three renewals of each.
const IDLE_BEFORE_RELIST: Duration = Duration::from_secs(65);
const IDLE_AFTER_RELIST: Duration = Duration::from_secs(25);
const IDLE_SHORTLY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn proof_4_nothing_is_written_when_nothing_changes() {
    let mut cluster = Cluster::start().await.unwrap();
    let mut replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[isolated("shop")]).await.unwrap();
    cluster.apply(&workloads()).await.unwrap();
    let namespaced = policy("shop", "gate", &memory_limits_only());
    cluster.apply(&[namespaced, cluster_policy("all", &many_kinds())]).await.unwrap();
    everything_is_judged(&cluster, GOOD).await;

    a_real_change_is_counted(&cluster, &flawed_pod().unwrap(), GOOD - 1).await;
    idle_through_renewals_and_a_relist(&mut cluster).await;
    status_churn(&cluster, &replica).await;
    replica = a_restart(&cluster, replica).await;
    a_real_change_is_counted(&cluster, &good_pod().unwrap(), GOOD).await;
    drop(replica);
    cluster.finish().await.unwrap();
}

/// The oldest profile, so that a new check changes nothing here, and checks that have other kinds watched.
fn many_kinds() -> Value {
    let names = ["pdb-present", "network-policy-coverage", "service-account-exists", "config-refs-exist"];
    json!({"profileVersion": 1, "checks": names.map(|name| json!({"name": name}))})
}

/// Half of them with Pods, half without: nobody runs them.
fn workloads() -> Vec<Value> {
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    let one = |index: usize| {
        let kind = if index.is_multiple_of(2) { "Deployment" } else { "CronJob" };
        let pod = if index < GOOD { &good } else { &flawed };
        workload(kind, ("shop", &format!("w-{index}")), pod)
    };
    (0..GOOD + FLAWED).map(one).collect()
}

/// Every report is there, and the policy counts this many good workloads.
async fn everything_is_judged(cluster: &Cluster, good: usize) {
    eventually(SOON, "every workload is judged and reported", async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let all = cluster.cluster_policy("all").await.unwrap().unwrap();
        let reports = cluster.reports("shop").await.unwrap().len();
        let counts = &policy["status"]["workloads"];
        let holds = is_judged(&policy)
            && is_judged(&all)
            && reports == GOOD + FLAWED
            && counts["ready"] == good
            && counts["notReady"] == GOOD + FLAWED - good
            && all["status"]["workloads"]["total"] == GOOD + FLAWED;
        holds.then_some(()).ok_or_else(|| format!("{reports} reports, {counts}"))
    })
    .await;
}

async fn mark(cluster: &Cluster) -> Marker {
    cluster.plane().audit().unwrap().mark().await.unwrap()
}

async fn asked_since(cluster: &Cluster, marker: &Marker) -> Requests {
    cluster.plane().audit().unwrap().since(marker).await.unwrap().of_operator()
}

async fn no_write_since(cluster: &Cluster, marker: &Marker) -> Result<(), String> {
    let writes = asked_since(cluster, marker).await.writes().beside_lease();
    let first = writes.first();
    first.map_or(Ok(()), |first| Err(format!("{} writes, the first: {first:?}", writes.len())))
}

/// One report, and one status for each of the two policies whose counts change: the counter counts.
async fn a_real_change_is_counted(cluster: &Cluster, pod: &Value, good: usize) {
    let marker = mark(cluster).await;
    cluster.apply(&[workload("Deployment", ("shop", "w-0"), pod)]).await.unwrap();
    everything_is_judged(cluster, good).await;
    let wanted = if good == GOOD { "True AllPassed" } else { "False ChecksFailed" };
    eventually(SOON, "the report and both statuses are written", async || {
        let report = cluster.report("shop", "deployment-w-0").await.unwrap().unwrap();
        let said = condition(&report, "Ready");
        let all = cluster.cluster_policy("all").await.unwrap().unwrap();
        let holds = said == wanted && all["status"]["workloads"]["ready"] == good;
        holds.then_some(()).ok_or_else(|| format!("{said}, {}", all["status"]["workloads"]))
    })
    .await;
    let writes = asked_since(cluster, &marker).await.writes().beside_lease();
    let of = |resource: &str, subresource: &str| {
        writes.filter(|write| write.resource == resource && write.subresource == subresource).len()
    };
    assert_eq!(of("readinessreports", ""), 1, "{:?}", &*writes);
    assert_eq!(of("readinesspolicies", "status"), 1, "{:?}", &*writes);
    assert_eq!(of("clusterreadinesspolicies", "status"), 1, "{:?}", &*writes);
}

async fn idle_through_renewals_and_a_relist(cluster: &mut Cluster) {
    let marker = mark(cluster).await;
    hold(IDLE_BEFORE_RELIST, "nothing is written while nothing happens", async || {
        no_write_since(cluster, &marker).await
    })
    .await;
    let asked = asked_since(cluster, &marker).await;
    for resource in ["deployments", "pods", "readinesspolicies", "readinessreports"] {
        let renewals = asked.filter(|request| request.resource == resource && request.verb == "watch");
        assert!(renewals.len() >= 3, "{resource}: {} watches", renewals.len());
    }
    let restarted = mark(cluster).await;
    cluster.restart_api_server().await.unwrap();
    eventually(SOON, "a relist", async || {
        let lists = asked_since(cluster, &restarted).await.filter(|request| request.verb == "list");
        lists.iter().any(|list| list.resource == "deployments").then_some(()).ok_or("no list of Deployments")
    })
    .await;
    hold(IDLE_AFTER_RELIST, "nothing is written after a relist", async || {
        no_write_since(cluster, &marker).await
    })
    .await;
    let renewed = asked_since(cluster, &restarted).await.writes();
    assert!(renewed.iter().any(|write| write.resource == "leases"), "the operator leads again");
}

/// The operator's own count of the events of one kind, to know that it has seen what it stays silent on.
async fn events_seen(replica: &Replica, resource: &str) -> u64 {
    let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
    let line = format!("seaworthy_watch_events_total{{event=\"applied\",resource=\"{resource}\"}} ");
    metrics.lines().find_map(|metric| metric.strip_prefix(&line)?.parse().ok()).unwrap_or_default()
}

async fn status_churn(cluster: &Cluster, replica: &Replica) {
    const CHANGES: u64 = 20;
    let marker = mark(cluster).await;
    let before = events_seen(replica, "cronjobs").await;
    for index in 0..CHANGES {
        let object = format!("cronjob/w-{}", 2 * index + 1);
        let status = json!({"status": {"lastSuccessfulTime": "2026-01-01T00:00:00Z"}}).to_string();
        cluster
            .kubectl(&["patch", &object, "-n", "shop", "--subresource=status", "--type=merge", "-p", &status])
            .await
            .unwrap();
    }
    eventually(SOON, "the operator has seen the changes", async || {
        let seen = events_seen(replica, "cronjobs").await - before;
        (seen >= CHANGES).then_some(()).ok_or_else(|| format!("{seen} events"))
    })
    .await;
    hold(IDLE_SHORTLY, "nothing is written for a status", async || no_write_since(cluster, &marker).await)
        .await;
}

async fn a_restart(cluster: &Cluster, mut replica: Replica) -> Replica {
    let marker = mark(cluster).await;
    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
    let next = cluster.operator("restarted").await.unwrap();
    eventually(SOON, "the new operator leads", async || {
        let (_, metrics) = next.operator.get("/metrics").await.unwrap();
        metrics.lines().any(|metric| metric == "seaworthy_leader 1").then_some(())
    })
    .await;
    hold(IDLE_SHORTLY, "nothing is written after a restart", async || no_write_since(cluster, &marker).await)
        .await;
    next
}
