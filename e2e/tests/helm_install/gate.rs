//! A release with a policy of its own: Helm 4 waits for the verdict and ends at once where waiting cannot help;
//! Helm 3 does not look at it, as docs/gitops.md says.

use std::{fs, path::Path, time::Instant};

use seaworthy_e2e::{
    Output, condition,
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
    let Output { code, stderr, .. } = upgrade(&rig, folder.path()).await;
    assert_ne!(code, 0);
    assert!(stderr.contains("ReadinessPolicy"), "{stderr}");
    assert!(started.elapsed() < SOON * 2, "it waited for what cannot come: {stderr}");
    assert_eq!(gate(&rig).await, "True WorkloadFailed");

    // The fix is judged afresh, because the policy names the release.
    release(folder.path(), &good_pod().unwrap());
    let Output { code, stdout, stderr } = upgrade(&rig, folder.path()).await;
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
    let Output { code, stdout, stderr } = upgrade(&rig, folder.path()).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(gate(&rig).await, "-");
    let _replica = rig.cluster.operator("operator").await.unwrap();
    let waited = rig.cluster.wait("shop", "readinesspolicy/gate", "Stalled").await;
    assert!(waited.is_ok(), "{waited:?}");
    rig.cluster.finish().await.unwrap();
}

async fn upgrade(rig: &Rig, chart: &Path) -> Output {
    let chart = chart.display().to_string();
    let arguments =
        ["upgrade", "--install", "shop", &chart, "-n", "shop", "--create-namespace", "--wait", TIMEOUT];
    rig.helm.try_run(&arguments).await.unwrap()
}

async fn gate(rig: &Rig) -> String {
    condition(&rig.cluster.policy("shop", "gate").await.unwrap().unwrap(), "Stalled")
}

/// A chart with one workload, and a policy that names the release.
fn release(folder: &Path, pod: &Value) {
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
