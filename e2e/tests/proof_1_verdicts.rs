//! Proof 1: a policy gives a report per top-level workload and only those, with the right verdict, and
//! both follow what happens to the workloads.
#![cfg(test)]

use std::{collections::BTreeSet, time::Duration};

use seaworthy_e2e::{
    Cluster, condition, condition_message, eventually, is_judged,
    workloads::{WORKLOAD_KINDS, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
/// A bare Pod or Job gets its report when it has lived for 60 s.
const REPORT_OF_A_POD: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_reports_and_conditions_follow_the_workloads() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    every_kind_is_there_with_all_that_it_owns(&cluster).await;
    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    stands(&cluster, "True AllPassed", &json!({"total": 8, "ready": 8})).await;
    let message = cluster.wait("shop", "rpol/gate", "Ready").await.unwrap();
    assert!(message.contains("condition met"), "{message}");
    let message = cluster.wait("shop", "readiness/deployment-a-deployment", "Ready").await.unwrap();
    assert!(message.contains("condition met"), "{message}");

    a_broken_workload_breaks_the_verdict_and_a_fixed_one_mends_it(&cluster).await;
    pods_and_jobs_count_at_once_and_are_reported_later(&cluster).await;
    what_has_finished_is_not_reported(&cluster).await;
    a_deleted_policy_takes_its_reports_along(&cluster).await;
    cluster.finish().await.unwrap();
}

fn name(kind: &str) -> String {
    format!("a-{}", kind.to_lowercase())
}

fn report_name(kind: &str) -> String {
    format!("{0}-a-{0}", kind.to_lowercase())
}

fn can_change(kind: &str) -> bool {
    !matches!(kind, "Pod" | "Job")
}

fn all_with(pod: &Value, which: impl Fn(&str) -> bool) -> Vec<Value> {
    let kinds = WORKLOAD_KINDS.iter().filter(|kind| which(kind));
    kinds.map(|kind| workload(kind, ("shop", &name(kind)), pod)).collect()
}

async fn every_kind_is_there_with_all_that_it_owns(cluster: &Cluster) {
    cluster.apply(&all_with(&good_pod().unwrap(), |_| true)).await.unwrap();
    cluster.kubectl(&["create", "job", "tonight", "--from=cronjob/a-cronjob", "-n", "shop"]).await.unwrap();
    // One each of Deployment, StatefulSet, ReplicaSet, ReplicationController, both Jobs, and the bare one.
    // Without nodes a DaemonSet has none.
    eventually(SOON, "the Pods of all workloads", async || {
        let pods = cluster.get("/api/v1/namespaces/shop/pods").await.unwrap().unwrap();
        let pods = pods["items"].as_array().unwrap().len();
        (pods == 7).then_some(()).ok_or_else(|| format!("{pods} Pods"))
    })
    .await;
}

/// The policy's Ready is this, and its counts are these; a count that is not named is 0.
async fn stands(cluster: &Cluster, ready: &str, counts: &Value) {
    eventually(SOON, &format!("{ready} {counts}"), async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let mut wanted = json!({"total": 0, "ready": 0, "notReady": 0, "pending": 0, "unknown": 0});
        wanted.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        let holds = is_judged(&policy)
            && condition(&policy, "Ready") == ready
            && policy["status"]["workloads"] == wanted;
        holds.then_some(()).ok_or_else(|| policy["status"].to_string())
    })
    .await;
}

/// The report of each of these kinds says this, of the workload as it is now.
async fn are_reported(cluster: &Cluster, kinds: &[&str], ready: &str) {
    for kind in kinds {
        let (plural, api) = match *kind {
            "ReplicationController" => ("replicationcontrollers", "api/v1"),
            "CronJob" => ("cronjobs", "apis/batch/v1"),
            _ => (&*format!("{}s", kind.to_lowercase()), "apis/apps/v1"),
        };
        let path = format!("/{api}/namespaces/shop/{plural}/{}", name(kind));
        eventually(SOON, &format!("the report of {kind} says {ready}"), async || {
            let subject = cluster.get(&path).await.unwrap().unwrap();
            let report = cluster.report("shop", &report_name(kind)).await.unwrap().ok_or("none")?;
            let holds = condition(&report, "Ready") == ready
                && report["status"]["workloadGeneration"] == subject["metadata"]["generation"]
                && report["spec"]["subject"]["uid"] == subject["metadata"]["uid"]
                && report["metadata"]["ownerReferences"][0]["uid"] == subject["metadata"]["uid"];
            holds.then_some(()).ok_or_else(|| report.to_string())
        })
        .await;
    }
}

async fn a_broken_workload_breaks_the_verdict_and_a_fixed_one_mends_it(cluster: &Cluster) {
    let changing: Vec<_> = WORKLOAD_KINDS.into_iter().filter(|kind| can_change(kind)).collect();
    are_reported(cluster, &changing, "True AllPassed").await;
    cluster.apply(&all_with(&flawed_pod().unwrap(), can_change)).await.unwrap();
    stands(cluster, "False ChecksFailed", &json!({"total": 8, "ready": 2, "notReady": 6})).await;
    are_reported(cluster, &changing, "False ChecksFailed").await;
    let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
    let message = condition_message(&policy, "Ready");
    assert!(message.contains("6 of 8 workloads") && message.contains("memory-limits"), "{message}");
    let report = cluster.report("shop", &report_name("Deployment")).await.unwrap().unwrap();
    let findings = report["status"]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    let finding = &findings[0];
    assert_eq!((&finding["check"], &finding["container"]), (&json!("memory-limits"), &json!("app")));
    assert_eq!(finding["policies"], json!(["ReadinessPolicy/gate"]));

    cluster.apply(&all_with(&good_pod().unwrap(), can_change)).await.unwrap();
    stands(cluster, "True AllPassed", &json!({"total": 8, "ready": 8})).await;
    are_reported(cluster, &changing, "True AllPassed").await;
    cluster.wait("shop", "rpol/gate", "Ready").await.unwrap();
}

async fn pods_and_jobs_count_at_once_and_are_reported_later(cluster: &Cluster) {
    let bad = flawed_pod().unwrap();
    cluster
        .apply(&[workload("Pod", ("shop", "bad"), &bad), workload("Job", ("shop", "worse"), &bad)])
        .await
        .unwrap();
    stands(cluster, "False ChecksFailed", &json!({"total": 10, "ready": 8, "notReady": 2})).await;
    cluster.kubectl(&["delete", "pod/bad", "job/worse", "-n", "shop", "--wait=false"]).await.unwrap();
    stands(cluster, "True AllPassed", &json!({"total": 8, "ready": 8})).await;

    let wanted: BTreeSet<String> = WORKLOAD_KINDS.iter().map(|kind| report_name(kind)).collect();
    let reports = eventually(REPORT_OF_A_POD, "a report of each workload, and no other", async || {
        let reports = cluster.reports("shop").await.unwrap();
        let names: BTreeSet<String> =
            reports.iter().map(|report| text(&report["metadata"]["name"])).collect();
        if names == wanted { Ok(reports) } else { Err(format!("{names:?}")) }
    })
    .await;
    for kind in ["Pod", "Job"] {
        let report = reports.iter().find(|report| report["spec"]["subject"]["kind"] == kind).unwrap();
        assert_eq!(condition(report, "Ready"), "True AllPassed");
        let (plural, api) = if kind == "Pod" { ("pods", "api/v1") } else { ("jobs", "apis/batch/v1") };
        let subject = cluster.get(&format!("/{api}/namespaces/shop/{plural}/{}", name(kind))).await.unwrap();
        let age = created(report).duration_since(created(&subject.unwrap()));
        assert!(age.as_secs() >= 60, "the report of a bare {kind} came after {age:#}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn created(object: &Value) -> jiff::Timestamp {
    text(&object["metadata"]["creationTimestamp"]).parse().unwrap()
}

// Nothing runs Pods here: their end is told to the API server as a kubelet would.
async fn what_has_finished_is_not_reported(cluster: &Cluster) {
    let jobs_pod =
        cluster.kubectl(&["get", "pods", "-n", "shop", "-l", "job-name=a-job", "-o", "name"]).await.unwrap();
    for pod in ["pod/a-pod", jobs_pod.trim()] {
        let end = r#"{"status": {"phase": "Succeeded"}}"#;
        cluster.kubectl(&["patch", pod, "-n", "shop", "--subresource=status", "-p", end]).await.unwrap();
    }
    for kind in ["Pod", "Job"] {
        eventually(SOON, &format!("no report of the finished {kind}"), async || {
            let report = cluster.report("shop", &report_name(kind)).await.unwrap();
            report.map_or(Ok(()), |report| Err(report.to_string()))
        })
        .await;
    }
    // A finished Job still counts, with its last verdict; a finished Pod does not, and holds up nothing.
    stands(cluster, "True AllPassed", &json!({"total": 7, "ready": 7})).await;
    let mut next = memory_limits_only();
    next["revision"] = "2".into();
    cluster.apply(&[policy("shop", "gate", &next)]).await.unwrap();
    stands(cluster, "True AllPassed", &json!({"total": 7, "ready": 7})).await;
}

async fn a_deleted_policy_takes_its_reports_along(cluster: &Cluster) {
    cluster.kubectl(&["delete", "rpol/gate", "-n", "shop"]).await.unwrap();
    eventually(SOON, "no report is left", async || {
        let left = cluster.reports("shop").await.unwrap().len();
        (left == 0).then_some(()).ok_or_else(|| format!("{left} reports"))
    })
    .await;
}
