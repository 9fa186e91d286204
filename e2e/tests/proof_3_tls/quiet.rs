//! A rotation in good order, and a certificate in its warning window, are no reason to write.

use std::time::Duration;

use seaworthy_e2e::{Cluster, Marker, Replica, eventually, hold};
use serde_json::json;

use super::site::{DAY, SOON, finding_is, good_site, healthy, report_is, tls_policy, valid};

/// Longer than the operator waits between two looks at what is due, and than a status is held back.
const SHORTLY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn proof_3_a_healthy_rotation_and_a_standing_warning_write_nothing() {
    let cluster = Cluster::start().await.unwrap();
    let mut replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut objects = vec![tls_policy(), healthy("web"), valid("warned", -70 * DAY, 20 * DAY)];
    objects.extend(good_site("web").into_iter().chain(good_site("warned")));
    cluster.apply(&objects).await.unwrap();
    report_is(&cluster, "web", "True AllPassed").await;
    let warning = ("tls-cert-expiry", "Fail", "Low", "its renewal is due since", "True");
    finding_is(&cluster, "warned", &warning).await;

    let marker = settled(&cluster).await;
    let seen = secrets_seen(&replica).await;
    // Other bytes, other dates, another key; the verdict is the same.
    cluster.apply(&[healthy("web")]).await.unwrap();
    cluster.apply(&[valid("web", -2 * DAY, 88 * DAY)]).await.unwrap();
    // Judged anew, with nothing else to say.
    let mut touched = good_site("warned").remove(1);
    touched["metadata"]["annotations"] = json!({"touched": "by-the-test"});
    cluster.apply(&[touched]).await.unwrap();
    cluster.kubectl(&["label", "secret", "warned", "-n", "shop", "touched=by-the-test"]).await.unwrap();
    eventually(SOON, "the operator has seen three changes of Secrets", async || {
        let more = secrets_seen(&replica).await - seen;
        (more >= 3).then_some(()).ok_or_else(|| format!("{more} events"))
    })
    .await;
    writes_nothing(&cluster, &marker).await;

    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
    let replica = cluster.operator("restarted").await.unwrap();
    eventually(SOON, "the new operator leads", async || {
        let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
        metrics.lines().any(|metric| metric == "seaworthy_leader 1").then_some(())
    })
    .await;
    writes_nothing(&cluster, &marker).await;
    what_counts_counts(&cluster, &marker).await;
    cluster.finish().await.unwrap();
}

/// A marker after which nothing more is to come of what was applied.
async fn settled(cluster: &Cluster) -> Marker {
    eventually(SOON, "the policy counts both workloads", async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let counts = &policy["status"]["workloads"];
        let holds = counts["total"] == 2 && counts["ready"] == 2;
        if holds { Ok(()) } else { Err(counts.to_string()) }
    })
    .await;
    mark(cluster).await
}

async fn mark(cluster: &Cluster) -> Marker {
    cluster.plane().audit().unwrap().mark().await.unwrap()
}

async fn writes_since(cluster: &Cluster, marker: &Marker) -> Result<(), String> {
    let asked = cluster.plane().audit().unwrap().since(marker).await.unwrap().of_operator();
    let writes = asked.writes().beside_lease();
    if writes.is_empty() { Ok(()) } else { Err(format!("{:?}", &*writes)) }
}

async fn writes_nothing(cluster: &Cluster, marker: &Marker) {
    hold(SHORTLY, "nothing is written", async || writes_since(cluster, marker).await).await;
}

/// The operator's own count of the events of Secrets.
async fn secrets_seen(replica: &Replica) -> u64 {
    let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
    let line = "seaworthy_watch_events_total{event=\"applied\",resource=\"secrets\"} ";
    metrics.lines().find_map(|metric| metric.strip_prefix(line)?.parse().ok()).unwrap_or_default()
}

/// The same counter sees a rotation that is not healthy: one report, one status, one Event.
async fn what_counts_counts(cluster: &Cluster, marker: &Marker) {
    cluster.apply(&[valid("web", -90 * DAY, -DAY)]).await.unwrap();
    report_is(cluster, "web", "False ChecksFailed").await;
    let wanted = [("events", 1), ("readinesspolicies", 1), ("readinessreports", 1)];
    eventually(SOON, &format!("writes: {wanted:?}"), async || {
        let asked = cluster.plane().audit().unwrap().since(marker).await.unwrap().of_operator();
        let writes = asked.writes().beside_lease();
        let of = |resource: &str| writes.filter(|write| write.resource == resource).len();
        let holds = wanted.iter().all(|(resource, number)| of(resource) == *number) && writes.len() == 3;
        if holds { Ok(()) } else { Err(format!("{:?}", &*writes)) }
    })
    .await;
}
