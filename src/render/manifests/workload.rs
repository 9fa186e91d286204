//! What runs: the Deployment, its priority and its disruption budget.
//!
//! It must pass every check of the profile Strict; a test holds it to that. Next: [`super::network`].

use serde_json::{Value, json};

use super::{IMAGE, NAME, NAMESPACE, VERSION, in_namespace, labels, labels_of, selector};

/// What the container runs, the only place that names it.
pub const ARGUMENTS: &[&str] = &["controller", "--webhook-address=0.0.0.0:9443", "--webhook-name=seaworthy"];

/// How the allocator is set: what it does not use it gives back at once, which costs next to no time here and
/// saves what a first list leaves behind.
pub const ALLOCATOR: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");

/// Port of health and metrics.
pub const HEALTH_PORT: u16 = 8081;

/// Name of that port.
pub const HEALTH_PORT_NAME: &str = "health";

/// Port of the webhook, which the API server calls through a Service.
pub const WEBHOOK_PORT: u16 = 9443;

/// Name of that port.
pub const WEBHOOK_PORT_NAME: &str = "webhook";

/// Where the project is at home.
const HOME: &str = "https://seaworthy.dev";

/// A user that no image of the node's own has.
const USER: u32 = 65532;

/// Deployment with its priority and its disruption budget.
pub fn objects() -> Vec<Value> {
    vec![priority(), deployment(), budget()]
}

/// Above what names no class, below what the cluster itself needs. It takes the place of nobody: pipelines
/// that wait for a verdict can wait a little longer.
fn priority() -> Value {
    json!({
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": { "name": NAME, "labels": labels() },
        "value": 1_000_000,
        "preemptionPolicy": "Never",
        "description": "The Seaworthy operator.",
    })
}

fn deployment() -> Value {
    let mut labels = labels_of("controller");
    labels.insert("app.kubernetes.io/version".to_owned(), VERSION);
    // Names of workloads and their verdicts, no data of anybody.
    labels.insert("data-classification".to_owned(), "internal");
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": NAME, "namespace": NAMESPACE, "labels": labels, "annotations": annotations() },
        "spec": {
            // The second keeps its caches warm and takes over within seconds; one alone writes.
            "replicas": 2,
            "revisionHistoryLimit": 5,
            "selector": { "matchLabels": selector() },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 0, "maxSurge": 1 } },
            "template": {
                "metadata": { "labels": labels },
                "spec": pod(),
            },
        },
    })
}

/// Who made it and where to read on. Whoever installs it overlays the first three with a team of their own.
fn annotations() -> Value {
    let page = |name: &str| format!("{HOME}/docs/{name}");
    json!({
        "seaworthy.dev/team": NAME,
        "seaworthy.dev/contact": format!("{HOME}/contact"),
        "seaworthy.dev/escalation": format!("{HOME}/contact"),
        // The tag that a release is built from.
        "seaworthy.dev/commit": format!("v{VERSION}"),
        "seaworthy.dev/builder": format!("{HOME}/releases"),
        "seaworthy.dev/change": format!("{HOME}/releases/v{VERSION}"),
        "seaworthy.dev/runbook": page("metrics"),
        "seaworthy.dev/architecture": page("architecture"),
        "seaworthy.dev/deployment": page("gitops"),
        "seaworthy.dev/troubleshooting": page("metrics"),
        "seaworthy.dev/api": page("checks"),
        "seaworthy.dev/on-call": format!("{HOME}/contact"),
    })
}

fn pod() -> Value {
    json!({
        "priorityClassName": NAME,
        "serviceAccountName": NAME,
        "automountServiceAccountToken": true,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [spread("kubernetes.io/hostname"), spread("topology.kubernetes.io/zone")],
        "containers": [container()],
    })
}

/// Preferred, not required: on one node both replicas must still start.
fn spread(key: &str) -> Value {
    json!({
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": selector() },
        "matchLabelKeys": ["pod-template-hash"],
    })
}

fn container() -> Value {
    json!({
        "name": "controller",
        "image": format!("{IMAGE}:{VERSION}"),
        "imagePullPolicy": "IfNotPresent",
        "args": ARGUMENTS,
        "env": [
            field("POD_NAME", "metadata.name"),
            field("POD_NAMESPACE", "metadata.namespace"),
            { "name": ALLOCATOR.0, "value": ALLOCATOR.1 },
        ],
        "ports": [
            { "name": HEALTH_PORT_NAME, "containerPort": HEALTH_PORT, "protocol": "TCP" },
            { "name": WEBHOOK_PORT_NAME, "containerPort": WEBHOOK_PORT, "protocol": "TCP" },
        ],
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "resources": resources(),
        // The server listens before the first list has ended, so a large cluster delays readiness only.
        "startupProbe": probe("/livez", 2, 30),
        "readinessProbe": probe("/readyz", 5, 3),
        // Three times the window of readiness: a restart is the last resort.
        "livenessProbe": probe("/livez", 15, 4),
    })
}

/// Memory is what is limited, so it is what is asked for: a pod that may use more than it asked for is
/// killed when its node is short.
fn resources() -> Value {
    json!({
        "requests": { "cpu": "50m", "memory": "256Mi", "ephemeral-storage": "64Mi" },
        "limits": { "cpu": "2", "memory": "256Mi", "ephemeral-storage": "128Mi" },
    })
}

fn probe(path: &str, period: u32, failures: u32) -> Value {
    json!({
        "httpGet": { "path": path, "port": HEALTH_PORT_NAME },
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    })
}

fn field(name: &str, path: &str) -> Value {
    json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } })
}

/// Counted from what is unavailable: it never blocks a drain, whatever the number of replicas.
fn budget() -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": in_namespace(NAME),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": { "matchLabels": selector() },
        },
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Map;

    use super::*;
    use crate::catalogue::{NEWEST_PROFILE_VERSION, Profile, WorkloadSubject};
    use crate::checks;
    use crate::engine::judge::judge;
    use crate::inventory::decode::decode;
    use crate::inventory::lookup::Coverage;
    use crate::inventory::{Inventory, Kind, Object};

    #[test]
    fn the_operator_passes_every_check_of_the_strictest_profile() {
        let Ok(Object::Workload(workload)) = decode(Kind::Deployment, &deployment().to_string()) else {
            panic!("not a workload")
        };
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        inventory.apply(Object::Workload(workload.clone()));
        let others = super::super::rbac::objects(&checks::watched()).into_iter();
        let others = others.chain([super::super::namespace(), priority(), budget()]);
        for value in others.chain(super::super::network::objects()) {
            let kind = Kind::ALL.iter().find(|kind| kind.as_str() == value["kind"]).unwrap();
            inventory.apply(decode(*kind, &value.to_string()).unwrap());
        }
        let subject = WorkloadSubject {
            workload: &workload,
            namespace: inventory.namespace(NAMESPACE),
            now: Timestamp::UNIX_EPOCH,
        };
        let mut judged = 0;
        // A digest is known once the image is built from this very code, and overlays pin it; how much the
        // namespace may use is for whoever installs the operator to say.
        let elsewhere = ["image-digest", "namespace-limitrange", "namespace-quota"];
        for check in checks::ALL.iter().filter(|check| !elsewhere.contains(&check.name)) {
            let Some(membership) = check.membership(Profile::Strict, NEWEST_PROFILE_VERSION) else {
                continue;
            };
            let given = entitled(check.name).or(membership.parameters).unwrap_or("{}");
            let parameters: Map<_, _> = serde_json::from_str(given).unwrap();
            let compiled = (check.compile)(&parameters).unwrap();
            assert_eq!(judge(check, &compiled, &subject).findings, [], "{}", check.name);
            judged += 1;
        }
        assert!(judged > 0);
    }

    /// What a policy for this workload has to say: it talks to the API server, and reads the TLS Secrets there.
    fn entitled(check: &str) -> Option<&'static str> {
        match check {
            "automount-sa-token" => {
                Some(r#"{"apiClients":{"matchLabels":{"app.kubernetes.io/name":"seaworthy"}}}"#)
            }
            "rbac-secrets-access" | "workload-takeover-path" => {
                Some(r#"{"allowSubjects":["seaworthy-system/seaworthy"]}"#)
            }
            _ => None,
        }
    }

    #[test]
    fn the_budget_and_the_spread_select_the_pods() {
        let pod_labels = deployment()["spec"]["template"]["metadata"]["labels"].clone();
        let selectors = [
            deployment()["spec"]["selector"]["matchLabels"].clone(),
            budget()["spec"]["selector"]["matchLabels"].clone(),
            spread("any")["labelSelector"]["matchLabels"].clone(),
        ];
        for selector in selectors {
            assert!(selector.as_object().unwrap().iter().all(|(key, value)| pod_labels[key] == *value));
        }
    }
}
