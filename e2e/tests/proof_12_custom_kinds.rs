//! Proof 12: a kind of custom resource that a policy names is judged like any workload. Its definition may come
//! and go while the operator runs; without the right to see it nothing is green; what it owns is judged with it.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, condition, eventually,
    rollouts::{definition, right, rollout},
    workloads::{flawed_pod, good_pod, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);
const REPORT: &str = "rollout.argoproj.io-web";

#[tokio::test(flavor = "multi_thread")]
async fn proof_12_custom_kinds_come_and_go() {
    let cluster = Cluster::start().await.unwrap();
    let _replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[gate()]).await.unwrap();
    ready(&cluster, "True NothingSelected").await;

    // The definition comes, and with it an object; nobody gave the right to see it.
    cluster.apply(&[definition()]).await.unwrap();
    cluster.kubectl(&["wait", "--for=condition=Established", "crd/rollouts.argoproj.io"]).await.unwrap();
    cluster.apply(&[rollout(&flawed_pod().unwrap())]).await.unwrap();
    eventually(SOON, "what cannot be seen is not known", async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().ok_or("no policy")?;
        let said = condition(&policy, "Ready");
        if said.starts_with("Unknown") { Ok(()) } else { Err(said) }
    })
    .await;
    cluster.apply(&right()).await.unwrap();
    ready(&cluster, "False ChecksFailed").await;
    let report = cluster.report("shop", REPORT).await.unwrap().unwrap();
    assert_eq!(report["spec"]["subject"]["apiVersion"], "argoproj.io/v1alpha1");
    assert_eq!(report["metadata"]["ownerReferences"][0]["kind"], "Rollout");
    assert_eq!(
        report["status"]["findings"][0]["field"],
        "spec.template.spec.containers[0].resources.limits.memory"
    );

    // What it owns counts no more than what a Deployment owns.
    let mut owned = workload("ReplicaSet", ("shop", "web-1"), &flawed_pod().unwrap());
    let uid = &report["spec"]["subject"]["uid"];
    owned["metadata"]["ownerReferences"] = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "name": "web", "uid": uid, "controller": true}]);
    owned["spec"]["replicas"] = json!(0);
    cluster.apply(&[owned, rollout(&good_pod().unwrap())]).await.unwrap();
    ready(&cluster, "True AllPassed").await;
    assert!(cluster.report("shop", "replicaset-web-1").await.unwrap().is_none());
    let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
    assert_eq!(policy["status"]["workloads"]["total"], 1);

    // The definition goes, and comes back.
    cluster.kubectl(&["delete", "crd/rollouts.argoproj.io", "--timeout=60s"]).await.unwrap();
    ready(&cluster, "True NothingSelected").await;
    eventually(SOON, "its report goes", async || {
        let report = cluster.report("shop", REPORT).await.unwrap();
        if report.is_none() { Ok(()) } else { Err("there still") }
    })
    .await;
    cluster.apply(&[definition()]).await.unwrap();
    cluster.kubectl(&["wait", "--for=condition=Established", "crd/rollouts.argoproj.io"]).await.unwrap();
    cluster.apply(&[rollout(&good_pod().unwrap())]).await.unwrap();
    ready(&cluster, "True AllPassed").await;
    let requests = cluster.requests().await.unwrap();
    let refused = requests.filter(|request| matches!(request.code, 401 | 403));
    assert_eq!(refused.filter(|request| request.resource != "rollouts").len(), 0);
}

fn gate() -> Value {
    let custom = json!([{"group": "argoproj.io", "kind": "Rollout", "templatePath": ".spec.template"}]);
    let spec = json!({"profile": "None", "checks": [{"name": "memory-limits"}], "targets": {"customKinds": custom, "minWorkloads": 0}});
    policy("shop", "gate", &spec)
}

async fn ready(cluster: &Cluster, expected: &str) {
    eventually(SOON, expected, async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().ok_or("no policy")?;
        let said = condition(&policy, "Ready");
        if said == expected { Ok(()) } else { Err(said) }
    })
    .await;
}
