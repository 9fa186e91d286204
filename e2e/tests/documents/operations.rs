//! `docs/operations.md`: from a look at what runs to its removal.

use seaworthy_e2e::workloads::{good_pod, memory_limits_only, policy, workload};
use serde_json::{Value, json};

use super::guide::Guide;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_operated_as_written() {
    let mut guide = Guide::open("docs/operations.md", 4).await;
    guide.install().await;
    let cluster = &guide.reader.cluster;
    for namespace in ["shop", "bank"] {
        cluster.namespace(namespace).await.unwrap();
    }
    let web = workload("Deployment", ("shop", "web"), &good_pod().unwrap());
    let gate = policy("shop", "gate", &memory_limits_only());
    cluster.apply(&[definition("ServiceMonitor"), definition("PrometheusRule"), web, gate]).await.unwrap();
    cluster.wait("shop", "deployment/web", "Available").await.unwrap();

    let replica = guide.operator("operator").await;
    guide.read_to("helm rollback ").await;
    drop(replica);
    guide.read_on(25).await;
    let left = guide.reader.cluster.kubectl(&["get", "crds,namespaces", "-o", "name"]).await.unwrap();
    assert!(!left.contains("seaworthy"), "{left}");
}

/// What the Prometheus operator brings, as far as the chart needs it.
fn definition(kind: &str) -> Value {
    let plural = format!("{}s", kind.to_lowercase());
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.monitoring.coreos.com")},
        "spec": {
            "group": "monitoring.coreos.com", "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    })
}
