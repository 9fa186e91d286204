//! Kinds that the server does not serve, or does not show.

use seaworthy_e2e::proxy::{Answer, On, Rule};
use serde_json::json;

use super::rig::{Cluster, Rig, SOON, crd, deployment, happened, spec, stateful_set};

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_kind_whose_crd_is_absent() {
    let cluster = Cluster::without(&["clusterreadinesspolicies"]).await;
    let policy = json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessPolicy",
        "metadata": {"name": "gate", "namespace": "shop"}, "spec": spec()});
    cluster.apply(&policy).await;
    cluster.apply(&deployment("good-web", true)).await;
    let rig = cluster.operate(&[]);
    rig.not_ready("clusterreadinesspolicies: not served").await;
    rig.judged("good-web", "True").await;
    rig.plane.apply(&crd("clusterreadinesspolicies")).await.unwrap();
    let manifest = "{apiVersion: seaworthy.dev/v1alpha1, kind: ClusterReadinessPolicy, metadata: {name: everywhere}, spec: {profileVersion: 1}}";
    seaworthy_e2e::eventually(SOON, "the CRD is served", async || rig.plane.apply(manifest).await).await;
    seaworthy_e2e::eventually(SOON, "the cluster's policy is judged by", async || {
        let report = rig.report("deployment", "good-web").await?;
        let policies = report["status"]["policies"].to_string();
        if policies.contains("ClusterReadinessPolicy/everywhere") { Ok(()) } else { Err(policies) }
    })
    .await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_kind_that_is_forbidden_from_the_start() {
    let cluster = Cluster::start().await;
    cluster.apply(&stateful_set("good-unseen", true)).await;
    cluster.apply(&deployment("good-seen", true)).await;
    let fault = cluster.proxy.inject(Rule::new(On::read("statefulsets"), Answer::status(403)));
    let rig = cluster.operate(&[]);
    rig.not_ready("statefulsets: forbidden").await;
    rig.judged("good-seen", "True").await;
    // All that is seen passes; what cannot be seen might not.
    let policy = rig.policy("gate", "Compliant", "Unknown").await;
    assert!(policy["status"]["conditions"].to_string().contains("StatefulSet"), "{policy}");
    assert!(fault.end() >= 1);
    rig.policy("gate", "Compliant", "True").await;
    rig.report("statefulset", "good-unseen").await.unwrap();
    rig.converged().await;
}

/// An earlier operator wrote a report; this one never sees the workload.
#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_report_on_a_kind_that_is_forbidden_from_the_start() {
    let cluster = Cluster::start().await;
    cluster.apply(&stateful_set("good-unseen", true)).await;
    let fault = cluster.proxy.inject(Rule::new(On::read("statefulsets"), Answer::status(403)));
    let rig = cluster.operate(&[]);
    let stateful_sets = rig.api("apps", "StatefulSet", "statefulsets");
    let uid = stateful_sets.get("good-unseen").await.unwrap().metadata.uid.unwrap();
    let subject = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "good-unseen", "uid": uid});
    let since = "2026-01-01T00:00:00Z";
    rig.apply(&json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessReport",
        "metadata": {"name": "statefulset-good-unseen", "namespace": "shop", "ownerReferences": [subject],
            "labels": {"seaworthy.dev/verdict": "Ready"},
            "annotations": {"seaworthy.dev/policies": "ReadinessPolicy/gate"}},
        "spec": {"subject": subject},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "AllPassed", "message": "", "lastTransitionTime": since}]}}))
    .await;
    let before = rig.report("statefulset", "good-unseen").await.unwrap();
    let says = async |ready: &str| {
        seaworthy_e2e::eventually(SOON, &format!("the report says {ready}"), async || {
            let report = rig.report("statefulset", "good-unseen").await?;
            let said = report["status"]["conditions"][0]["status"] == ready;
            if said { Ok(report) } else { Err(report.to_string()) }
        })
        .await
    };
    let during = says("Unknown").await;
    assert_eq!(during["metadata"]["uid"], before["metadata"]["uid"], "the report was made anew");
    assert_eq!(during["spec"]["subject"], subject);
    assert_eq!(
        during["status"]["policies"],
        json!([{"policy": "ReadinessPolicy/gate", "verdict": "Unknown"}])
    );
    rig.policy("gate", "Compliant", "Unknown").await;
    assert!(fault.end() >= 1);
    let after = says("True").await;
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_right_that_is_taken_away_and_given_back() {
    let rig = Rig::start().await;
    let before = rig.judged("good-first", "True").await;
    let fault = rig.proxy.inject(Rule::new(On::read("deployments"), Answer::status(403)));
    happened(&fault, 1).await;
    rig.not_ready("deployments: forbidden").await;
    let during = rig.judged("good-first", "Unknown").await;
    assert_eq!(during["metadata"]["uid"], before["metadata"]["uid"], "the report was made anew");
    rig.judged("bad-first", "Unknown").await;
    rig.apply(&stateful_set("good-beside", true)).await;
    seaworthy_e2e::eventually(SOON, "the other kind is judged", async || {
        rig.report("statefulset", "good-beside").await
    })
    .await;
    assert!(fault.end() >= 1);
    rig.judged("good-first", "True").await;
    rig.judged("bad-first", "False").await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_kind_that_is_not_served() {
    let cluster = Cluster::start().await;
    cluster.apply(&deployment("good-web", true)).await;
    let fault = cluster.proxy.inject(Rule::new(On::read("cronjobs"), Answer::status(404)));
    let rig = cluster.operate(&[]);
    rig.not_ready("cronjobs: not served").await;
    rig.judged("good-web", "True").await;
    rig.policy("gate", "Compliant", "True").await;
    assert!(fault.end() >= 1);
    rig.converged().await;
}
