//! What `kubectl apply -k deploy` installed becomes a release of Helm in place.

use std::path::Path;

use seaworthy_e2e::OPERATOR_NAMESPACE;

use super::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn helm_3_takes_over_what_kubectl_installed() {
    take_over(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_4_takes_over_what_kubectl_installed() {
    take_over(4).await;
}

async fn take_over(major: u8) {
    let rig = Rig::start(major).await;
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").display().to_string();
    rig.cluster.kubectl(&["apply", "--server-side", "-k", &deploy]).await.unwrap();
    let rollout = ["rollout", "status", "deployment/seaworthy", "-n", OPERATOR_NAMESPACE, "--timeout=60s"];
    rig.cluster.kubectl(&rollout).await.unwrap();
    let replica = rig.cluster.operator("operator").await.unwrap();
    rig.shop().await;
    rig.shop_is_ready().await;
    let before = rig.deployment().await.unwrap();

    // Helm 4 applies on the server's side, where every field stays kubectl's as well until it changes.
    let force: &[&str] = if major == 4 { &["--force-conflicts"] } else { &[] };
    rig.upgrade_operator(&[&["--take-ownership"], force].concat()).await;
    rig.replicas_are_ready(2).await;
    let after = rig.deployment().await.unwrap();
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"], "it is the same object");
    assert_eq!(after["metadata"]["annotations"]["meta.helm.sh/release-name"], "seaworthy");
    // From now on it is a release like any other.
    rig.upgrade_operator(&[&["--set", "replicas=1"], force].concat()).await;
    rig.replicas_are_ready(1).await;
    rig.shop_is_ready().await;
    drop(replica);
    rig.cluster.finish().await.unwrap();
}
