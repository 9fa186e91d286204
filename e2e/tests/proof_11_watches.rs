//! Proof 11: a kind is watched while a policy asks for it, and not before or after. The API server's audit log
//! shows which lists and watches there were; verdicts are right from the first.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, ReplicaOptions, Request, condition, eventually, hold,
    workloads::{good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);
/// A watch ends after 20 s at the latest, and would be renewed.
const LONGER_THAN_A_WATCH: Duration = Duration::from_secs(25);
/// Kinds that only `pdb-present` reads here.
const READ: [&str; 2] = ["poddisruptionbudgets", "horizontalpodautoscalers"];

#[tokio::test(flavor = "multi_thread")]
async fn proof_11_a_kind_is_watched_while_a_policy_asks_for_it() {
    let cluster = Cluster::start().await.unwrap();
    let options = ReplicaOptions { arguments: &["--unwatch-after=3"], ..ReplicaOptions::default() };
    let replica = cluster.operator_with("operator", options).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[replicated("web"), policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    ready(&cluster, "True AllPassed").await;
    assert_eq!(asked(&cluster, |_| true).await, 0, "nobody asked for budgets");

    cluster.apply(&[policy("shop", "gate", &asking("pdb-present"))]).await.unwrap();
    ready(&cluster, "False ChecksFailed").await;
    for resource in READ {
        let watched = asked(&cluster, |request| request.verb == "watch" && request.resource == resource);
        assert!(watched.await > 0, "{resource}");
    }
    cluster.apply(&[budget("web")]).await.unwrap();
    ready(&cluster, "True AllPassed").await;

    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    ready(&cluster, "True AllPassed").await;
    eventually(SOON, "the watches have ended", async || {
        let open = asked(&cluster, |request| request.verb == "watch" && !request.complete).await;
        (open == 0).then_some(()).ok_or_else(|| format!("{open} watches are open"))
    })
    .await;
    let (live, _) = replica.operator.get("/livez").await.unwrap();
    assert_eq!(live, 200, "a watch that was ended on purpose has not failed");
    let before = asked(&cluster, |_| true).await;
    hold(LONGER_THAN_A_WATCH, "they stay ended", async || {
        let now = asked(&cluster, |_| true).await;
        if now == before { Ok(()) } else { Err(format!("{} requests", now - before)) }
    })
    .await;

    // What changed while nobody looked is seen from the first verdict on.
    cluster.kubectl(&["delete", "pdb/web", "-n", "shop"]).await.unwrap();
    cluster.apply(&[policy("shop", "gate", &asking("pdb-present"))]).await.unwrap();
    ready(&cluster, "False ChecksFailed").await;
    cluster.finish().await.unwrap();
}

fn asking(check: &str) -> Value {
    json!({"profile": "None", "checks": [{"name": "memory-limits"}, {"name": check}]})
}

fn replicated(name: &str) -> Value {
    let mut deployment = workload("Deployment", ("shop", name), &good_pod().unwrap());
    deployment["spec"]["replicas"] = json!(2);
    deployment
}

fn budget(name: &str) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}}})
}

/// How many requests of the operator about these kinds there were.
async fn asked(cluster: &Cluster, is_meant: impl Fn(&Request) -> bool) -> usize {
    let all = cluster.requests().await.unwrap();
    all.filter(|request| READ.contains(&request.resource.as_str()) && is_meant(request)).len()
}

/// The policy says this of its present generation, and never said `True` of it before unless this is it.
async fn ready(cluster: &Cluster, expected: &str) {
    eventually(SOON, expected, async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().ok_or("no policy")?;
        let (said, generation) = (condition(&policy, "Ready"), &policy["metadata"]["generation"]);
        if policy["status"]["observedGeneration"] != *generation {
            return Err(format!("{said} of an earlier generation"));
        }
        assert!(expected.starts_with("True") || !said.starts_with("True"), "a stale green: {said}");
        if said == expected { Ok(()) } else { Err(said) }
    })
    .await;
}
