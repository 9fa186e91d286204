//! Test support: what stands around a workload: Services and Ingresses in front of it, autoscalers.
//!
//! It must not know any particular check. Next: [`super::testing`].

use serde_json::{Value, json};

use super::testing::Case;
use crate::catalogue::Check;

/// A Service that sends to the workload, with these fields of its spec in place of its own.
pub(super) fn service(name: &str, patch: Value) -> Value {
    let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]});
    json!({"kind": "Service", "metadata": {"name": name}, "spec": with(spec, &patch)})
}

/// An autoscaler of the workload, with these fields of its spec in place of its own.
pub(super) fn scaler(name: &str, patch: Value) -> Value {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let spec = json!({"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5});
    json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": with(spec, &patch)})
}

/// A ScaledObject of the workload, with these fields of its spec in place of its own.
pub(super) fn scaled_object(name: &str, patch: Value) -> Value {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let spec = json!({"scaleTargetRef": target, "minReplicaCount": 2, "maxReplicaCount": 5, "triggers": []});
    json!({"kind": "ScaledObject", "metadata": {"name": name}, "spec": with(spec, &patch)})
}

/// A VerticalPodAutoscaler of the workload, with these fields of its spec in place of its own.
pub(super) fn vertical_scaler(name: &str, patch: Value) -> Value {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    json!({"kind": "VerticalPodAutoscaler", "metadata": {"name": name}, "spec": with(json!({"targetRef": target}), &patch)})
}

/// Whole fields in place of others; `null` is kept, unlike in a merge.
fn with(mut spec: Value, patch: &Value) -> Value {
    for (key, value) in patch.as_object().unwrap() {
        spec[key] = value.clone();
    }
    spec
}

/// A workload behind such a Service.
pub(super) fn behind_service(check: &'static Check, patch: Value) -> Case {
    Case::of(check).with(service("web", patch))
}

/// A workload behind the Service `web`, with a Service `api` beside it and an Ingress `edge` with this spec.
pub(super) fn behind_ingress(check: &'static Check, spec: Value) -> Case {
    let service = |name: &str| {
        json!({"kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]}})
    };
    Case::of(check)
        .with(service("web"))
        .with(service("api"))
        .with(json!({"kind": "Ingress", "metadata": {"name": "edge"}, "spec": spec}))
}

/// A backend of an Ingress.
pub(super) fn backend(name: &str, port: Value) -> Value {
    json!({"service": {"name": name, "port": port}})
}

/// A rule of an Ingress.
pub(super) fn rule(host: &str, backends: &[Value]) -> Value {
    let paths: Vec<_> = backends.iter().map(|backend| json!({"path": "/", "backend": backend})).collect();
    json!({"host": host, "http": {"paths": paths}})
}
