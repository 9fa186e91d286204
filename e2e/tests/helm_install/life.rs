//! The life of a release: installed, used, changed, rolled back, removed, and installed again.

use std::process::Command;

use seaworthy_e2e::{OPERATOR_NAMESPACE, Replica, chart_path, condition, eventually, seaworthy_binary};
use serde_json::Value;

use super::rig::{RELEASE, Rig, SOON};

/// Every kind that the chart makes but the CustomResourceDefinition, and what those make.
const KINDS: &str = "deployments,replicasets,pods,services,serviceaccounts,roles,rolebindings,clusterroles,\
    clusterrolebindings,poddisruptionbudgets,networkpolicies,configmaps,secrets";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_lives_with_helm_3() {
    life(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_lives_with_helm_4() {
    life(4).await;
}

async fn life(major: u8) {
    let rig = Rig::start(major).await;
    rig.upgrade_operator(&[]).await;
    rig.replicas_are_ready(2).await;

    let replica = rig.cluster.operator("operator").await.unwrap();
    rig.shop().await;
    rig.shop_is_ready().await;
    what_helm_test_asks_is_answered(&rig, &replica).await;
    standing_policies_are_judged(&rig).await;

    let ha = format!("{}/values-ha.yaml", chart_path("seaworthy"));
    rig.upgrade_operator(&["--values", &ha]).await;
    rig.replicas_are_ready(3).await;
    rig.helm.run(&["rollback", RELEASE, "1", "-n", OPERATOR_NAMESPACE, "--wait"]).await.unwrap();
    rig.replicas_are_ready(2).await;
    // The same values again: no pod is replaced.
    let before = rig.deployment().await.unwrap();
    rig.upgrade_operator(&[]).await;
    assert_eq!(rig.deployment().await.unwrap()["metadata"]["generation"], before["metadata"]["generation"]);
    rig.cluster.check().await.unwrap();

    drop(replica);
    only_definitions_stay(&rig).await;
    rig.upgrade_operator(&[]).await;
    let _next = rig.cluster.operator("next").await.unwrap();
    rig.shop_is_ready().await;
    rig.cluster.finish().await.unwrap();
}

/// The pod of `helm test` cannot run here; what it would run can, against the replica that does.
async fn what_helm_test_asks_is_answered(rig: &Rig, replica: &Replica) {
    let hooks = rig.helm.run(&["get", "hooks", RELEASE, "-n", OPERATOR_NAMESPACE]).await.unwrap();
    assert!(hooks.contains("- \"seaworthy-metrics:8081\""), "{hooks}");
    let arguments = hooks.lines().skip_while(|line| line.trim() != "args:").skip(1);
    let arguments =
        arguments.map_while(|line| line.trim().strip_prefix("- ")).map(|argument| argument.trim_matches('"'));
    let address = replica.operator.health_address();
    let arguments = arguments.map(|argument| if argument.contains(':') { &address } else { argument });
    let output = Command::new(seaworthy_binary().unwrap()).args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\n", "{output:?}");
}

/// The second chart: its policy is judged, and Ready although nobody has mended anything.
async fn standing_policies_are_judged(rig: &Rig) {
    rig.upgrade("standing", &chart_path("seaworthy-policies"), &[]).await;
    eventually(SOON, "the standing policy", async || {
        let policy = rig.cluster.cluster_policy("standard").await.unwrap().unwrap();
        let ready = condition(&policy, "Ready");
        if ready.starts_with("True ") { Ok(()) } else { Err(ready) }
    })
    .await;
    rig.helm.run(&["uninstall", "standing", "-n", OPERATOR_NAMESPACE, "--wait"]).await.unwrap();
    assert_eq!(rig.cluster.cluster_policy("standard").await.unwrap(), None);
}

async fn only_definitions_stay(rig: &Rig) {
    let of_release = format!("app.kubernetes.io/instance={RELEASE}");
    let present = names(rig, &["get", KINDS, "-A", "-l", &of_release, "-o", "name"]).await;
    assert!(present.len() >= 12, "{present:?}");
    rig.helm.run(&["uninstall", RELEASE, "-n", OPERATOR_NAMESPACE, "--wait"]).await.unwrap();
    eventually(SOON, "nothing of the release is left", async || {
        let left = names(rig, &["get", KINDS, "-A", "-l", &of_release, "-o", "name"]).await;
        if left.is_empty() { Ok(()) } else { Err(left.join(" ")) }
    })
    .await;
    assert_eq!(names(rig, &["get", "secrets", "-A", "-l", "owner=helm", "-o", "name"]).await, [""; 0]);
    let definitions = names(rig, &["get", "crds", "-l", &of_release, "-o", "name"]).await;
    assert_eq!(definitions.len(), 3, "{definitions:?}");
    // What people wrote, and what was said of it.
    let policy: Option<Value> = rig.cluster.policy("shop", "gate").await.unwrap();
    assert!(policy.is_some());
    assert!(!rig.cluster.reports("shop").await.unwrap().is_empty());
}

async fn names(rig: &Rig, arguments: &[&str]) -> Vec<String> {
    rig.cluster.kubectl(arguments).await.unwrap().lines().map(str::to_owned).collect()
}
