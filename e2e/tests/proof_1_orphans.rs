//! Proof 1, of objects that no workload reaches: they have a report of their own while something is wrong with
//! them, the policies that cover them count it, and the command line says the same.
#![cfg(test)]

use std::{process::Stdio, time::Duration};

use seaworthy_e2e::{
    Cluster, condition, eventually, findings_of, is_judged, seaworthy_binary,
    workloads::{cluster_policy, good_pod, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const REPORT: &str = "service-shop-front";

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_an_object_that_no_workload_reaches_has_a_report_while_something_is_wrong() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let spec =
        json!({"profile": "None", "checks": [{"name": "dangling-service"}, {"name": "memory-limits"}]});
    let good = good_pod().unwrap();
    let objects = [
        service("web"),
        workload("Deployment", ("shop", "web"), &good),
        policy("shop", "gate", &spec),
        cluster_policy("everywhere", &spec),
    ];
    cluster.apply(&objects).await.unwrap();
    stand(&cluster, "True AllPassed").await;
    assert_eq!(names(&cluster).await, ["deployment-web"], "what a workload reaches has no report of its own");

    cluster.apply(&[service("gone")]).await.unwrap();
    stand(&cluster, "False ChecksFailed").await;
    let report = is_reported(&cluster).await;
    it_is_about_the_service(&cluster, &report).await;
    agrees_with_the_command_line(&cluster).await;

    // Somebody brings the workload that was missing: the Service belongs to it.
    cluster.apply(&[workload("Deployment", ("shop", "gone"), &good)]).await.unwrap();
    stand(&cluster, "True AllPassed").await;
    is_not_reported(&cluster).await;
    cluster.kubectl(&["delete", "deployment/gone", "-n", "shop"]).await.unwrap();
    stand(&cluster, "False ChecksFailed").await;
    is_reported(&cluster).await;

    cluster.kubectl(&["delete", "service/shop-front", "-n", "shop"]).await.unwrap();
    stand(&cluster, "True AllPassed").await;
    is_not_reported(&cluster).await;
    assert_eq!(names(&cluster).await, ["deployment-web"]);
    cluster.finish().await.unwrap();
}

/// A Service that sends to the pods of a workload of this name.
fn service(app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop-front", "namespace": "shop"},
        "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": "http"}]},
    })
}

/// Both policies say so, and count one workload less than there are objects.
async fn stand(cluster: &Cluster, ready: &str) {
    eventually(SOON, ready, async || {
        let own = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let all = cluster.cluster_policy("everywhere").await.unwrap().unwrap();
        let deployments = cluster.get("/apis/apps/v1/namespaces/shop/deployments").await.unwrap().unwrap();
        let number = deployments["items"].as_array().unwrap().len();
        for policy in [&own, &all] {
            let workloads = &policy["status"]["workloads"];
            let holds =
                is_judged(policy) && condition(policy, "Ready") == ready && workloads["ready"] == number;
            if !holds {
                return Err(policy["status"].to_string());
            }
        }
        assert_eq!(own["status"]["workloads"]["total"], number, "an orphan is no workload");
        Ok(())
    })
    .await;
}

async fn is_reported(cluster: &Cluster) -> Value {
    eventually(SOON, "a report on the Service", async || {
        let report = cluster.report("shop", REPORT).await.unwrap().ok_or("none")?;
        if condition(&report, "Ready") == "False ChecksFailed" { Ok(report) } else { Err(report.to_string()) }
    })
    .await
}

async fn is_not_reported(cluster: &Cluster) {
    eventually(SOON, "no report on the Service", async || {
        let report = cluster.report("shop", REPORT).await.unwrap();
        report.map_or(Ok(()), |report| Err(report.to_string()))
    })
    .await;
}

async fn it_is_about_the_service(cluster: &Cluster, report: &Value) {
    let path = "/api/v1/namespaces/shop/services/shop-front";
    let uid = cluster.get(path).await.unwrap().unwrap()["metadata"]["uid"].clone();
    let subject = json!({"apiVersion": "v1", "kind": "Service", "name": "shop-front", "uid": uid});
    assert_eq!(report["spec"], json!({ "subject": subject }));
    assert_eq!(report["metadata"]["ownerReferences"][0]["uid"], uid);
    let finding = &report["status"]["findings"][0];
    assert_eq!((&finding["check"], finding.get("object")), (&json!("dangling-service"), None));
    let policies = json!(["ClusterReadinessPolicy/everywhere", "ReadinessPolicy/gate"]);
    assert_eq!(finding["policies"], policies);
}

async fn names(cluster: &Cluster) -> Vec<String> {
    let reports = cluster.reports("shop").await.unwrap();
    let name = |report: &Value| report["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    reports.iter().map(name).collect()
}

/// `seaworthy check` over what the API server has finds the same.
async fn agrees_with_the_command_line(cluster: &Cluster) {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let objects = cluster.kubectl(&["get", "deployments,services", "-n", "shop", "-o", "json"]);
    write("objects.json", &objects.await.unwrap());
    write("policy.json", &cluster.policy("shop", "gate").await.unwrap().unwrap().to_string());
    let output = tokio::process::Command::new(seaworthy_binary().unwrap())
        .args(["check", "--complete", "-o", "json", "--policy", "policy.json", "objects.json"])
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&said["summary"]["workloads"]["total"], &said["summary"]["orphans"]["notReady"]),
        (&json!(1), &json!(1))
    );
    let finding = &findings_of(&said)[0];
    assert_eq!(
        (&finding["check"], &finding["object"]["name"]),
        (&json!("dangling-service"), &json!("shop-front"))
    );
}
