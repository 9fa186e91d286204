//! Proof 1, of owners: Pods and Jobs that a custom resource owns directly have one report, on that
//! resource; the worst of them wins; the command line says the same of the same objects.
#![cfg(test)]

use std::{collections::BTreeSet, path::Path, process::Stdio, time::Duration};

use seaworthy_e2e::{
    Cluster, condition, eventually, findings_of, is_judged, seaworthy_binary,
    workloads::{flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
/// The oldest of what an owner owns must have lived for 60 s.
const REPORT_OF_AN_OWNER: Duration = Duration::from_secs(90);
const REPORT: &str = "cluster.db.example-db";

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusters.db.example}
spec:
  group: db.example
  scope: Namespaced
  names: {plural: clusters, singular: cluster, kind: Cluster}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_what_a_custom_resource_owns_directly_has_one_report() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    let uid = a_custom_resource(&cluster).await;
    let good = good_pod().unwrap();
    let mut objects: Vec<Value> =
        [("Pod", "db-0"), ("Pod", "db-1"), ("Job", "db-init"), ("StatefulSet", "db-proxy")]
            .map(|(kind, name)| owned((kind, name), &good, &uid))
            .into();
    cluster.apply(&objects).await.unwrap();
    // The StatefulSet is a workload by itself; the other three count once, at once.
    stands(&cluster, "True AllPassed", &json!({"total": 2, "ready": 2})).await;
    let report = is_reported(&cluster, REPORT_OF_AN_OWNER, "True AllPassed").await;
    it_is_about_the_owner(&cluster, &report, &uid).await;
    agrees_with_the_command_line(&cluster).await;

    objects = vec![owned(("Pod", "db-2"), &flawed_pod().unwrap(), &uid)];
    cluster.apply(&objects).await.unwrap();
    stands(&cluster, "False ChecksFailed", &json!({"total": 2, "ready": 1, "notReady": 1})).await;
    let report = is_reported(&cluster, SOON, "False ChecksFailed").await;
    let finding = &report["status"]["findings"][0];
    assert_eq!(finding["object"], json!({"kind": "Pod", "namespace": "shop", "name": "db-2"}));
    agrees_with_the_command_line(&cluster).await;
    an_event_is_on_the_owner(&cluster, &uid).await;

    cluster.kubectl(&["delete", "pod/db-2", "-n", "shop"]).await.unwrap();
    stands(&cluster, "True AllPassed", &json!({"total": 2, "ready": 2})).await;
    let report = format!("readiness/{REPORT}");
    let message = cluster.wait("shop", &report, "Ready").await.unwrap();
    assert!(message.contains("condition met"), "{message}");
    it_goes_with_the_last(&cluster).await;
    cluster.finish().await.unwrap();
}

async fn a_custom_resource(cluster: &Cluster) -> String {
    cluster.plane().apply(CRD).await.unwrap();
    let database = json!({"apiVersion": "db.example/v1", "kind": "Cluster", "metadata": {"name": "db", "namespace": "shop"}});
    eventually(SOON, "the CRD is served", async || cluster.apply(std::slice::from_ref(&database)).await)
        .await;
    let path = "/apis/db.example/v1/namespaces/shop/clusters/db";
    text(&cluster.get(path).await.unwrap().unwrap()["metadata"]["uid"])
}

fn owned((kind, name): (&str, &str), pod: &Value, uid: &str) -> Value {
    let mut object = workload(kind, ("shop", name), pod);
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": "db.example/v1", "kind": "Cluster", "name": "db", "uid": uid, "controller": true}]);
    object
}

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

async fn is_reported(cluster: &Cluster, deadline: Duration, ready: &str) -> Value {
    eventually(deadline, &format!("the report says {ready}"), async || {
        let report = cluster.report("shop", REPORT).await.unwrap().ok_or("none")?;
        if condition(&report, "Ready") == ready { Ok(report) } else { Err(report.to_string()) }
    })
    .await
}

async fn it_is_about_the_owner(cluster: &Cluster, report: &Value, uid: &str) {
    let subject = json!({"apiVersion": "db.example/v1", "kind": "Cluster", "name": "db", "uid": uid});
    assert_eq!(report["spec"], json!({ "subject": subject }));
    let mut reference = subject;
    reference["controller"] = false.into();
    reference["blockOwnerDeletion"] = false.into();
    assert_eq!(report["metadata"]["ownerReferences"], json!([reference]));
    let generation = report["status"].get("workloadGeneration");
    assert_eq!(generation, None, "there is no one generation: {report}");
    let names: BTreeSet<String> = cluster
        .reports("shop")
        .await
        .unwrap()
        .iter()
        .map(|report| text(&report["metadata"]["name"]))
        .collect();
    assert_eq!(names, BTreeSet::from([REPORT.to_owned(), "statefulset-db-proxy".to_owned()]));
}

/// `seaworthy check` over what the API server has says what the reports say.
async fn agrees_with_the_command_line(cluster: &Cluster) {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let objects = cluster.kubectl(&["get", "pods,jobs,statefulsets", "-n", "shop", "-o", "json"]);
    write("objects.json", &objects.await.unwrap());
    write("policy.json", &cluster.policy("shop", "gate").await.unwrap().unwrap().to_string());
    let said = checked(directory.path()).await;
    let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
    assert_eq!(said["summary"]["workloads"], policy["status"]["workloads"], "{said}");
    let found = |object: &Value, finding: &Value| (text(&object["name"]), text(&finding["message"]));
    let printed = findings_of(&said);
    let printed: BTreeSet<_> = printed.iter().map(|finding| found(&finding["object"], finding)).collect();
    let report = cluster.report("shop", REPORT).await.unwrap().unwrap();
    let reported = report["status"]["findings"].as_array().into_iter().flatten();
    let reported: BTreeSet<_> = reported.map(|finding| found(&finding["object"], finding)).collect();
    assert_eq!(printed, reported);
}

async fn checked(directory: &Path) -> Value {
    let output = tokio::process::Command::new(seaworthy_binary().unwrap())
        .args(["check", "-o", "json", "--policy", "policy.json", "objects.json"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn an_event_is_on_the_owner(cluster: &Cluster, uid: &str) {
    eventually(SOON, "an Event on the custom resource", async || {
        let list = cluster.get("/apis/events.k8s.io/v1/namespaces/shop/events").await.unwrap().unwrap();
        let events = list["items"].as_array().unwrap().iter();
        let own: Vec<_> =
            events.filter(|event| event["reportingController"] == "seaworthy.dev/controller").collect();
        let is_it = |event: &&Value| {
            event["reason"] == "ReadinessLost"
                && event["regarding"]["kind"] == "Cluster"
                && event["regarding"]["uid"] == uid
        };
        if own.len() == 1 && own.iter().all(is_it) { Ok(()) } else { Err(format!("{own:?}")) }
    })
    .await;
}

async fn it_goes_with_the_last(cluster: &Cluster) {
    cluster.kubectl(&["delete", "pod/db-0", "pod/db-1", "-n", "shop"]).await.unwrap();
    is_reported(cluster, SOON, "True AllPassed").await;
    stands(cluster, "True AllPassed", &json!({"total": 2, "ready": 2})).await;
    cluster.kubectl(&["delete", "job/db-init", "-n", "shop"]).await.unwrap();
    stands(cluster, "True AllPassed", &json!({"total": 1, "ready": 1})).await;
    eventually(SOON, "no report on the custom resource", async || {
        let report = cluster.report("shop", REPORT).await.unwrap();
        report.map_or(Ok(()), |report| Err(report.to_string()))
    })
    .await;
    let database = cluster.get("/apis/db.example/v1/namespaces/shop/clusters/db").await.unwrap();
    assert!(database.is_some(), "the report went because nothing was left, not with its owner");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
