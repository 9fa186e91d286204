//! `docs/existing-cluster.md`: a cluster in which much is wrong, and a team that does its work meanwhile.

use std::fs;

use seaworthy_e2e::workloads::{flawed_pod, good_pod, isolated, workload};
use serde_json::{Value, json};

use super::guide::Guide;

#[tokio::test(flavor = "multi_thread")]
async fn a_red_cluster_becomes_a_gate_as_written() {
    let mut guide = Guide::open("docs/existing-cluster.md", 4).await;
    let cluster = &guide.reader.cluster;
    let web = workload("Deployment", ("shop", "web"), &good_pod().unwrap());
    for namespace in ["shop", "blog"] {
        cluster.namespace(namespace).await.unwrap();
    }
    let checkout = workload("Deployment", ("shop", "checkout"), &flawed_pod().unwrap());
    let wordpress = workload("Deployment", ("blog", "wordpress"), &old_pod());
    cluster.apply(&[isolated("shop"), names(), checkout, wordpress]).await.unwrap();
    let manifests = guide.reader.folder("manifests");
    fs::write(manifests.join("web.yaml"), web.to_string()).unwrap();

    guide.read_to("helm upgrade --install seaworthy ").await;
    let _replica = guide.operator("operator").await;
    guide.read_on(20).await;
    guide.reader.cluster.finish().await.unwrap();
}

/// Beside the policy that lets nobody talk: everybody may ask for names.
fn names() -> Value {
    let mut policy = isolated("shop");
    let servers =
        json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}});
    let ports = json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]);
    policy["metadata"]["name"] = json!("names");
    policy["spec"] = json!({
        "podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [servers], "ports": ports}],
    });
    policy
}

/// What somebody wrote on the first day, and nobody has looked at since.
fn old_pod() -> Value {
    let mut pod = flawed_pod().unwrap();
    let container = &mut pod["containers"][0];
    container["image"] = json!("wordpress:latest");
    container.as_object_mut().unwrap().remove("readinessProbe");
    pod
}
