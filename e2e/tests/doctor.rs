//! `seaworthy doctor`: an installation in order is fine; each thing that is broken is told, and nothing else.
#![cfg(test)]

use std::{path::Path, process::Output, time::Duration};

use seaworthy_e2e::{
    Cluster, Kubelet, OPERATOR_NAMESPACE, Options, eventually, is_judged, seaworthy_binary,
    workloads::{memory_limits_only, policy},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(2);
const CRD: &str = "crd/clusterreadinesspolicies.seaworthy.dev";

async fn doctor(kubeconfig: &Path) -> (i32, Vec<String>) {
    let Output { status, stdout, stderr } = tokio::process::Command::new(seaworthy_binary().unwrap())
        .arg("doctor")
        .env("KUBECONFIG", kubeconfig)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(stdout).unwrap();
    let told = said.lines().filter(|line| line.starts_with("problem") || line.starts_with("unknown"));
    let mut told: Vec<String> = told.map(str::to_owned).collect();
    told.extend(String::from_utf8(stderr).unwrap().lines().map(str::to_owned));
    (status.code().unwrap(), told)
}

/// Waits until exactly these problems are told.
async fn told(cluster: &Cluster, wanted: &[&str]) {
    let kubeconfig = cluster.plane().admin_kubeconfig();
    eventually(SOON, &format!("{wanted:?}"), async || {
        let (code, told) = doctor(kubeconfig).await;
        let are_those =
            told.len() == wanted.len() && told.iter().zip(wanted).all(|(told, wanted)| told.contains(wanted));
        let right = are_those && code == i32::from(!wanted.is_empty());
        if right { Ok(()) } else { Err(format!("{code}: {told:?}")) }
    })
    .await;
}

async fn install(cluster: &Cluster) {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").display().to_string();
    cluster.kubectl(&["apply", "--server-side", "--force-conflicts", "-k", &deploy]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_broken_is_told_with_its_fix() {
    let cluster = Cluster::bare(Options { scheduler: true, ..Options::default() }).await.unwrap();
    let _kubelet = Kubelet::start(cluster.plane(), "node-1").await.unwrap();
    cluster.install().await.unwrap();
    install(&cluster).await;
    let operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    eventually(SOON, "the policy is judged", async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        if is_judged(&policy) { Ok(()) } else { Err(policy.to_string()) }
    })
    .await;
    told(&cluster, &[]).await;

    cluster.kubectl(&["delete", "clusterrolebinding/seaworthy-secrets"]).await.unwrap();
    told(&cluster, &["may not get, list, watch secrets"]).await;
    let first = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/checks/items/properties/name/enum/0";
    let patch = json!([{ "op": "remove", "path": first }]).to_string();
    cluster.kubectl(&["patch", CRD, "--type=json", "-p", &patch]).await.unwrap();
    told(&cluster, &["is older than this command line", "may not get, list, watch secrets"]).await;
    install(&cluster).await;
    told(&cluster, &[]).await;

    let deployment = ["-n", OPERATOR_NAMESPACE, "deployment/seaworthy"];
    let version =
        ["label", "--overwrite"].iter().chain(&deployment).chain(&["app.kubernetes.io/version=0.0.1"]);
    cluster.kubectl(&version.copied().collect::<Vec<_>>()).await.unwrap();
    told(&cluster, &["is of version \"0.0.1\""]).await;
    let down = ["scale", "--replicas=0"].iter().chain(&deployment);
    cluster.kubectl(&down.copied().collect::<Vec<_>>()).await.unwrap();
    told(&cluster, &["is scaled to zero"]).await;
    install(&cluster).await;
    told(&cluster, &[]).await;

    cluster.apply(&[second_installation()]).await.unwrap();
    told(&cluster, &["no replica that is available", "both judge the whole cluster"]).await;
    cluster.kubectl(&["delete", "-n", "shop", "deployment/seaworthy"]).await.unwrap();

    cluster
        .apply(&[policy(
            "shop",
            "empty",
            &json!({"checks": [{"name": "memory-limits", "parameters": {"nope": 1}}]}),
        )])
        .await
        .unwrap();
    told(&cluster, &["ReadinessPolicy shop/empty is not in force"]).await;
    cluster.kubectl(&["delete", "-n", "shop", "rpol/empty"]).await.unwrap();

    cluster.apply(&[webhook()]).await.unwrap();
    told(&cluster, &["caBundle holds no certificate", "Service shop/nobody is not there"]).await;
    cluster.kubectl(&["delete", "validatingwebhookconfiguration/seaworthy"]).await.unwrap();
    told(&cluster, &[]).await;

    // Who may read nothing can tell nothing.
    let nobody = cluster.plane().kubeconfig_for_service_account("shop", "default").await.unwrap();
    let (code, hidden) = doctor(&nobody).await;
    assert_eq!(code, 2, "{hidden:?}");
    assert!(
        hidden.len() > 5 && hidden.iter().all(|line| line.starts_with("unknown not allowed")),
        "{hidden:?}"
    );

    drop(operator);
    told(&cluster, &["no replica writes"]).await;
    cluster.kubectl(&["delete", CRD]).await.unwrap();
    told(&cluster, &["clusterreadinesspolicies.seaworthy.dev is not installed", "no replica writes"]).await;
}

fn second_installation() -> Value {
    let labels = json!({"app.kubernetes.io/name": "seaworthy"});
    let pod = json!({"containers": [{"name": "a", "image": "a"}], "nodeName": "absent"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "seaworthy", "namespace": "shop", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    })
}

fn webhook() -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "seaworthy"},
        "webhooks": [{
            "name": "workloads.seaworthy.dev", "failurePolicy": "Ignore", "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "clientConfig": {"service": {"namespace": "shop", "name": "nobody"}},
            "rules": [],
        }],
    })
}
