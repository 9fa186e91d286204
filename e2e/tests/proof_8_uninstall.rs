//! Proof 8: whatever of the operator is deleted, at whatever moment, nothing is stuck; and the report of a
//! deleted workload goes, with an operator or without.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, OPERATOR_NAMESPACE, Port, ReplicaOptions, eventually,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
/// Garbage collection alone takes up to about 35 s.
const GONE: Duration = Duration::from_mins(1);
const WORKLOADS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn proof_8_nothing_is_stuck_without_the_operator() {
    let mut cluster = Cluster::start().await.unwrap();
    let mut replica = cluster.operator("operator").await.unwrap();
    a_release(&cluster, "shop").await;
    all_are_reported(&cluster, "shop").await;
    nothing_holds_anything(&cluster, "shop").await;
    the_report_of_a_deleted_workload_goes(&cluster, "w-1").await;

    // In the middle of its work, the namespace of the workloads.
    a_release(&cluster, "brief").await;
    cluster.delete_namespace("brief").await.unwrap();
    // In the middle of its work, the CRDs; when they are back, so is it.
    every_workload_changes(&cluster).await;
    cluster.delete_crds().await.unwrap();
    assert_eq!(replica.operator.exit_code().unwrap(), None, "it waits for its CRDs");
    cluster.install_crds().await.unwrap();
    policies(&cluster, "shop").await;
    all_are_reported(&cluster, "shop").await;
    cluster.check().await.unwrap();

    // The operator itself, killed; then its namespace, and the CRDs without it.
    every_workload_changes(&cluster).await;
    replica.operator.kill();
    the_report_of_a_deleted_workload_goes(&cluster, "w-2").await;
    nothing_holds_anything(&cluster, "shop").await;
    cluster.delete_namespace(OPERATOR_NAMESPACE).await.unwrap();
    cluster.kubectl(&["delete", "rpol/gate", "-n", "shop", "--timeout=10s"]).await.unwrap();
    cluster.kubectl(&["delete", "readiness", "--all", "-n", "shop", "--timeout=10s"]).await.unwrap();
    cluster.delete_crds().await.unwrap();
    cluster.delete_namespace("shop").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_8_its_namespace_can_go_while_the_operator_runs() {
    let mut cluster = Cluster::start().await.unwrap();
    let replica = cluster.operator("operator").await.unwrap();
    a_release(&cluster, "shop").await;
    // Its account, its rights and its Lease go while it writes; its process does not know.
    cluster.delete_namespace(OPERATOR_NAMESPACE).await.unwrap();
    cluster.delete_crds().await.unwrap();
    cluster.delete_namespace("shop").await.unwrap();

    let old = cluster.requests().await.unwrap().by_credential(&replica.credential);
    assert!(!old.writes().beside_lease().is_empty(), "it was in the middle of its work");

    // The API server goes on taking a token for some seconds that it has just seen.
    let audit = cluster.plane().audit().unwrap();
    let gone = audit.mark().await.unwrap();
    eventually(SOON, "the old token is refused", async || {
        let asked = audit.since(&gone).await.unwrap().of_operator();
        asked.iter().any(|request| request.code == 401).then_some(())
    })
    .await;

    // Installed again, it begins anew; what still runs of the old one is nobody for the API server.
    let marker = audit.mark().await.unwrap();
    cluster.install().await.unwrap();
    let _next = cluster.operator("next").await.unwrap();
    a_release(&cluster, "shop").await;
    all_are_reported(&cluster, "shop").await;
    let since = cluster.plane().audit().unwrap().since(&marker).await.unwrap().of_operator();
    assert_eq!(since.by_credential(&replica.credential).len(), 0);
    assert!(since.iter().any(|request| request.code == 401), "it still runs, and asks");
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_8_what_the_webhook_made_goes_with_the_operators_role() {
    const CONFIGURATION: &str =
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seaworthy";
    let made = [
        CONFIGURATION.to_owned(),
        format!("/api/v1/namespaces/{OPERATOR_NAMESPACE}/secrets/seaworthy-webhook"),
    ];
    let cluster = Cluster::start().await.unwrap();
    let port = Port::reserve().unwrap();
    let address = format!("--webhook-address=127.0.0.1:{}", port.number());
    let url = format!("--webhook-url=https://127.0.0.1:{}", port.number());
    let arguments = [address.as_str(), &url, "--webhook-interval=1"];
    let options = ReplicaOptions { arguments: &arguments, ..ReplicaOptions::default() };
    let mut replica = cluster.operator_with("operator", options).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut denies = memory_limits_only();
    denies["enforcement"] = json!("Deny");
    cluster.apply(&[policy("shop", "gate", &denies)]).await.unwrap();
    for path in &made {
        let object = eventually(SOON, path, async || cluster.get(path).await.unwrap()).await;
        assert_eq!(object["metadata"].get("finalizers"), None, "{object}");
    }
    // While it runs: what is left of its rights is not enough to make them again.
    cluster.kubectl(&["delete", "clusterrolebinding/seaworthy", "clusterrole/seaworthy"]).await.unwrap();
    for path in &made {
        eventually(GONE, "it is collected", async || {
            cluster.get(path).await.unwrap().map_or(Ok(()), |_| Err(format!("{path} is still there")))
        })
        .await;
    }
    assert_eq!(replica.operator.exit_code().unwrap(), None, "it waits for its rights");
    let flawed = workload("Deployment", ("shop", "web"), &flawed_pod().unwrap());
    cluster.apply(&[flawed]).await.unwrap();
}

async fn policies(cluster: &Cluster, namespace: &str) {
    let namespaced = policy(namespace, "gate", &memory_limits_only());
    cluster.apply(&[namespaced, cluster_policy("all", &memory_limits_only())]).await.unwrap();
}

fn workloads(namespace: &str, pod: &Value) -> Vec<Value> {
    (0..WORKLOADS).map(|index| workload("CronJob", (namespace, &format!("w-{index}")), pod)).collect()
}

/// Policies and workloads; returns without waiting for their verdicts.
async fn a_release(cluster: &Cluster, namespace: &str) {
    cluster.namespace(namespace).await.unwrap();
    policies(cluster, namespace).await;
    cluster.apply(&workloads(namespace, &good_pod().unwrap())).await.unwrap();
}

async fn every_workload_changes(cluster: &Cluster) {
    let present: Vec<Value> = workloads("shop", &flawed_pod().unwrap())
        .into_iter()
        .filter(|one| one["metadata"]["name"] != "w-1")
        .collect();
    cluster.apply(&present).await.unwrap();
}

async fn all_are_reported(cluster: &Cluster, namespace: &str) {
    eventually(SOON, "every workload has its report", async || {
        let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs");
        let present = cluster.get(&path).await.unwrap().unwrap()["items"].as_array().unwrap().len();
        let reports = cluster.reports(namespace).await.unwrap().len();
        (present > 0 && reports == present).then_some(()).ok_or_else(|| format!("{reports} of {present}"))
    })
    .await;
}

async fn nothing_holds_anything(cluster: &Cluster, namespace: &str) {
    let own = "/apis/seaworthy.dev/v1alpha1";
    for path in
        [format!("{own}/namespaces/{namespace}/readinesspolicies"), format!("{own}/clusterreadinesspolicies")]
    {
        let list = cluster.get(&path).await.unwrap().unwrap();
        for policy in list["items"].as_array().unwrap() {
            assert_eq!(policy["metadata"].get("finalizers"), None, "{policy}");
        }
    }
    let reports = cluster.reports(namespace).await.unwrap();
    assert!(!reports.is_empty());
    for report in reports {
        assert_eq!(report["metadata"].get("finalizers"), None, "{report}");
        let owner = &report["metadata"]["ownerReferences"][0];
        assert_ne!(owner["blockOwnerDeletion"], true, "{report}");
        assert_ne!(owner["controller"], true, "{report}");
    }
}

async fn the_report_of_a_deleted_workload_goes(cluster: &Cluster, name: &str) {
    let report = format!("cronjob-{name}");
    assert!(cluster.report("shop", &report).await.unwrap().is_some());
    let workload = format!("cronjob/{name}");
    // In the foreground: the workload waits for what blocks it, and a report must not.
    let arguments = ["delete", &workload, "-n", "shop", "--cascade=foreground", "--timeout=60s"];
    cluster.kubectl(&arguments).await.unwrap();
    eventually(GONE, "its report is gone", async || {
        cluster.report("shop", &report).await.unwrap().map_or(Ok(()), |_| Err("still there"))
    })
    .await;
}
