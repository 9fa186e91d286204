//! Workloads of every kind, in good order or with one flaw, and policies about them.
//!
//! It must not know what a check makes of them. The good pod is the fixture that every check passes.

use serde_json::{Value, json};

use crate::Error;

/// The kinds that hold a pod template, and the Pod.
pub const WORKLOAD_KINDS: [&str; 8] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
];

/// A pod spec that every check passes.
pub fn good_pod() -> Result<Value, Error> {
    let deployment: Value = serde_json::from_str(include_str!("../../tests/fixtures/baseline.json"))
        .map_err(Error::json("decode the baseline fixture"))?;
    Ok(deployment.pointer("/spec/template/spec").cloned().unwrap_or_default())
}

/// The same pod spec without its memory limit: the check `memory-limits` fails.
pub fn flawed_pod() -> Result<Value, Error> {
    let mut pod = good_pod()?;
    if let Some(limits) = pod.pointer_mut("/containers/0/resources/limits").and_then(Value::as_object_mut) {
        limits.remove("memory");
    }
    Ok(pod)
}

/// A workload with this pod spec.
pub fn workload(kind: &str, (namespace, name): (&str, &str), pod: &Value) -> Value {
    let mut pod = pod.clone();
    if matches!(kind, "Job" | "CronJob")
        && let Some(fields) = pod.as_object_mut()
    {
        fields.insert("restartPolicy".to_owned(), "Never".into());
    }
    let labels = json!({ "app": name });
    let constraints = pod.get_mut("topologySpreadConstraints").and_then(Value::as_array_mut);
    for constraint in constraints.into_iter().flatten() {
        *constraint = with_selector(constraint, &labels);
    }
    let template = json!({ "metadata": { "labels": labels }, "spec": pod });
    let selector = json!({ "matchLabels": labels });
    let spec = match kind {
        "Pod" => pod,
        "Job" => json!({ "template": template }),
        "CronJob" => {
            let job = json!({ "spec": { "template": template } });
            json!({ "schedule": "0 0 1 1 *", "concurrencyPolicy": "Forbid", "jobTemplate": job })
        }
        "DaemonSet" => json!({ "selector": selector, "template": template }),
        "ReplicationController" => json!({ "replicas": 1, "selector": labels, "template": template }),
        "StatefulSet" => {
            json!({ "replicas": 1, "serviceName": name, "selector": selector, "template": template })
        }
        _ => json!({ "replicas": 1, "selector": selector, "template": template }),
    };
    let api_version = match kind {
        "Pod" | "ReplicationController" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    // As the profile Standard wants it.
    let owner = json!({
        "seaworthy.dev/team": "shop", "seaworthy.dev/contact": "#shop",
        "seaworthy.dev/escalation": "#shop-on-call",
    });
    let metadata = json!({ "name": name, "namespace": namespace, "labels": labels, "annotations": owner });
    json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec })
}

/// A NetworkPolicy that lets no pod of a namespace talk, as the profile Standard wants it.
pub fn isolated(namespace: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": "isolated", "namespace": namespace },
        "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
    })
}

/// A topology spread constraint that counts the pods with these labels.
fn with_selector(constraint: &Value, labels: &Value) -> Value {
    let mut fields = constraint.as_object().cloned().unwrap_or_default();
    fields.insert("labelSelector".to_owned(), json!({ "matchLabels": labels }));
    Value::Object(fields)
}

/// A Namespace.
pub fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

/// A ReadinessPolicy.
pub fn policy(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessPolicy",
        "metadata": { "name": name, "namespace": namespace }, "spec": spec,
    })
}

/// A ClusterReadinessPolicy.
pub fn cluster_policy(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "seaworthy.dev/v1alpha1", "kind": "ClusterReadinessPolicy",
        "metadata": { "name": name }, "spec": spec,
    })
}

/// The spec of a policy with the one check that [`flawed_pod`] fails, so that a new check changes no
/// test that is not about it.
pub fn memory_limits_only() -> Value {
    json!({ "profile": "None", "checks": [{ "name": "memory-limits" }] })
}
