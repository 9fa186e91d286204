//! Proof 6: of two replicas one writes. When it is killed the other takes over, and nothing that happened
//! in between is lost.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Replica, condition, eventually, is_judged,
    workloads::{flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn proof_6_one_replica_writes_and_another_takes_over() {
    let cluster = Cluster::start().await.unwrap();
    let replicas = [cluster.operator("one").await.unwrap(), cluster.operator("two").await.unwrap()];
    cluster.namespace("shop").await.unwrap();
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    let deployments = ["mended", "broken", "removed"].map(|name| (name, name == "mended"));
    for (name, is_flawed) in deployments {
        let pod = if is_flawed { &flawed } else { &good };
        cluster.apply(&[workload("Deployment", ("shop", name), pod)]).await.unwrap();
    }
    cluster.apply(&[workload("ReplicaSet", ("shop", "adopted"), &good)]).await.unwrap();
    are_reported(
        &cluster,
        &[
            ("deployment-broken", "True AllPassed"),
            ("deployment-mended", "False ChecksFailed"),
            ("deployment-removed", "True AllPassed"),
            ("replicaset-adopted", "True AllPassed"),
        ],
        "False ChecksFailed",
    )
    .await;

    let (mut leader, follower) = leader_first(replicas).await;
    assert!(writes(&cluster, &leader).await > 0);
    assert_eq!(writes(&cluster, &follower).await, 0, "a follower writes nothing");
    leader.operator.kill();
    let written = writes(&cluster, &leader).await;
    while_nobody_leads(&cluster, &good, &flawed).await;
    are_reported(
        &cluster,
        &[
            ("deployment-adopted", "True AllPassed"),
            ("deployment-broken", "False ChecksFailed"),
            ("deployment-mended", "True AllPassed"),
            ("deployment-new", "True AllPassed"),
        ],
        "False ChecksFailed",
    )
    .await;
    assert!(writes(&cluster, &follower).await > 0);
    assert_eq!(writes(&cluster, &leader).await, written, "the killed one wrote nothing more");

    the_next_replica_follows(&cluster, follower).await;
    cluster.finish().await.unwrap();
}

async fn leads(replica: &Replica) -> bool {
    let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
    metrics.lines().any(|metric| metric == "seaworthy_leader 1")
}

async fn leader_first([one, two]: [Replica; 2]) -> (Replica, Replica) {
    match (leads(&one).await, leads(&two).await) {
        (true, false) => (one, two),
        (false, true) => (two, one),
        both => panic!("not exactly one replica leads: {both:?}"),
    }
}

/// How many writes this replica sent, beside those of the Lease.
async fn writes(cluster: &Cluster, replica: &Replica) -> usize {
    let requests = cluster.requests().await.unwrap().by_credential(&replica.credential);
    assert!(!requests.is_empty(), "the audit log tells replicas apart");
    requests.writes().beside_lease().len()
}

/// Exactly these reports are there, and say this; and the policy says that.
async fn are_reported(cluster: &Cluster, wanted: &[(&str, &str)], ready: &str) {
    eventually(SOON, &format!("{wanted:?} and {ready}"), async || {
        let reports = cluster.reports("shop").await.unwrap();
        let said: Vec<(String, String)> = reports
            .iter()
            .map(|report| (text(&report["metadata"]["name"]), condition(report, "Ready")))
            .collect();
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let stands = condition(&policy, "Ready");
        let holds = is_judged(&policy)
            && stands == ready
            && policy["status"]["workloads"]["total"] == wanted.len()
            && said.iter().map(|(name, said)| (name.as_str(), said.as_str())).eq(wanted.iter().copied());
        holds.then_some(()).ok_or_else(|| format!("{said:?}, {stands}, {}", policy["status"]["workloads"]))
    })
    .await;
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn while_nobody_leads(cluster: &Cluster, good: &Value, flawed: &Value) {
    cluster.kubectl(&["delete", "deployment/removed", "-n", "shop", "--wait=false"]).await.unwrap();
    let changed = [("mended", good), ("broken", flawed), ("new", good), ("adopted", good)];
    let changed = changed.map(|(name, pod)| workload("Deployment", ("shop", name), pod));
    cluster.apply(&changed).await.unwrap();
    // It has the labels that the Deployment selects, and nobody owned it.
    eventually(SOON, "the Deployment adopts the bare ReplicaSet", async || {
        let set = cluster.get("/apis/apps/v1/namespaces/shop/replicasets/adopted").await.unwrap().unwrap();
        let owner = &set["metadata"]["ownerReferences"][0]["kind"];
        (owner == "Deployment").then_some(()).ok_or_else(|| owner.to_string())
    })
    .await;
}

async fn the_next_replica_follows(cluster: &Cluster, leader: Replica) {
    let mut next = cluster.operator("three").await.unwrap();
    cluster.apply(&[workload("Deployment", ("shop", "new"), &flawed_pod().unwrap())]).await.unwrap();
    eventually(SOON, "the change is reported", async || {
        let report = cluster.report("shop", "deployment-new").await.unwrap().unwrap();
        (condition(&report, "Ready") == "False ChecksFailed").then_some(())
    })
    .await;
    assert!(leads(&leader).await && !leads(&next).await);
    assert_eq!(writes(cluster, &next).await, 0, "a follower writes nothing");
    // One that is told to stop hands over.
    let mut leader = leader;
    assert_eq!(leader.operator.terminate(SOON).await.unwrap(), 0);
    eventually(SOON, "the other leads", async || leads(&next).await.then_some(())).await;
    assert_eq!(next.operator.exit_code().unwrap(), None);
}
