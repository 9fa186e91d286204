//! A release with a policy of its own: Helm 4 waits for the verdict and ends at once where waiting cannot help;
//! Helm 3 does not look at it, as docs/gitops.md says.

use std::{fs, path::Path, process::Command, time::Instant};

use seaworthy_e2e::{
    Output, condition, seaworthy_binary,
    workloads::{flawed_pod, good_pod, policy, workload},
};
use serde_json::{Value, json};

use super::rig::{Rig, SOON};

/// Far longer than a verdict takes: whoever waits it out shows.
const TIMEOUT: &str = "--timeout=4m";

#[tokio::test(flavor = "multi_thread")]
async fn helm_4_waits_for_the_verdict_on_its_release() {
    let rig = Rig::start(4).await;
    rig.upgrade_operator(&[]).await;
    let _replica = rig.cluster.operator("operator").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    release(folder.path(), &flawed_pod().unwrap());
    let started = Instant::now();
    let Output { code, stderr, .. } = upgrade(&rig, folder.path(), &[]).await;
    assert_ne!(code, 0);
    assert!(stderr.contains("ReadinessPolicy"), "{stderr}");
    assert!(started.elapsed() < SOON * 2, "it waited for what cannot come: {stderr}");
    assert_eq!(gate(&rig).await, "True WorkloadFailed");

    // The fix is judged afresh, because the policy names the release.
    release(folder.path(), &good_pod().unwrap());
    let Output { code, stdout, stderr } = upgrade(&rig, folder.path(), &[]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    let policy = rig.cluster.policy("shop", "gate").await.unwrap().unwrap();
    assert_eq!(condition(&policy, "Ready"), "True AllPassed");
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_3_does_not_look_at_a_policy() {
    let rig = Rig::start(3).await;
    rig.upgrade_operator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    release(folder.path(), &flawed_pod().unwrap());
    // Nobody has judged it: no operator runs.
    let Output { code, stdout, stderr } = upgrade(&rig, folder.path(), &[]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(gate(&rig).await, "-");
    let _replica = rig.cluster.operator("operator").await.unwrap();
    // The next step of such a pipeline, as the document has it: it ends at once, and says why.
    let started = Instant::now();
    let waited = Command::new(seaworthy_binary().unwrap())
        .args(["wait", "readinesspolicy/gate", "-n", "shop", "--timeout=300"])
        .env("KUBECONFIG", rig.cluster.plane().admin_kubeconfig())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&waited.stdout);
    assert_eq!(waited.status.code(), Some(1), "{waited:?}");
    assert!(said.contains("failed: ") && said.contains("memory-limits"), "{said}");
    assert!(started.elapsed() < SOON, "it waited for what cannot come: {said}");
    assert_eq!(gate(&rig).await, "True WorkloadFailed");
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_4_rolls_a_release_back_that_its_policy_fails() {
    let rig = Rig::start(4).await;
    rig.upgrade_operator(&[]).await;
    let _replica = rig.cluster.operator("operator").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    release(folder.path(), &good_pod().unwrap());
    let rollback = ["--rollback-on-failure"];
    let Output { code, stdout, stderr } = upgrade(&rig, folder.path(), &rollback).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    let before = deployed(&rig).await;

    release(folder.path(), &flawed_pod().unwrap());
    let started = Instant::now();
    let Output { code, stderr, .. } = upgrade(&rig, folder.path(), &rollback).await;
    assert_ne!(code, 0);
    assert!(stderr.contains("rolled back"), "{stderr}");
    assert!(started.elapsed() < SOON * 2, "it waited for what cannot come: {stderr}");

    // The manifests of the release before are judged afresh: its policy names that release again.
    assert_eq!(deployed(&rig).await, before);
    let policy = rig.cluster.policy("shop", "gate").await.unwrap().unwrap();
    assert_eq!(
        (&policy["spec"]["revision"], condition(&policy, "Ready").as_str()),
        (&json!("1"), "True AllPassed")
    );
    let history = rig.helm.run(&["history", "shop", "-n", "shop"]).await.unwrap();
    assert!(history.contains("Rollback to 1"), "{history}");
    rig.cluster.finish().await.unwrap();
}

/// The pod template of the release as it stands.
async fn deployed(rig: &Rig) -> Value {
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    rig.cluster.get(path).await.unwrap().unwrap()["spec"]["template"]["spec"].clone()
}

/// What a pipeline runs for each release of the chart that [`release`] writes.
pub(crate) async fn upgrade(rig: &Rig, chart: &Path, more: &[&str]) -> Output {
    let chart = chart.display().to_string();
    let arguments =
        ["upgrade", "--install", "shop", &chart, "-n", "shop", "--create-namespace", "--wait", TIMEOUT];
    rig.helm.try_run(&[&arguments, more].concat()).await.unwrap()
}

async fn gate(rig: &Rig) -> String {
    condition(&rig.cluster.policy("shop", "gate").await.unwrap().unwrap(), "Stalled")
}

/// A chart with one workload, and a policy that names the release.
pub(crate) fn release(folder: &Path, pod: &Value) {
    let checks = json!([{"name": "memory-limits"}]);
    let spec = json!({"profile": "None", "checks": checks, "revision": "{{ .Release.Revision }}"});
    fs::create_dir_all(folder.join("templates")).unwrap();
    let about = json!({"apiVersion": "v2", "name": "shop", "version": "1.0.0"});
    for (name, object) in [
        ("Chart.yaml", about),
        ("templates/workload.yaml", workload("Deployment", ("shop", "web"), pod)),
        ("templates/policy.yaml", policy("shop", "gate", &spec)),
    ] {
        fs::write(folder.join(name), object.to_string()).unwrap();
    }
}
