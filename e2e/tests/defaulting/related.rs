//! The kinds that checks join with workloads, as the decoder reads a file, against what the server would store:
//! with as much left out as the server lets pass, and with as much given as is read.
//!
//! The Gateway API is not served here.

use seaworthy::inventory::Kind;
use serde_json::{Value, json};

use super::{Server, objects::compare};

pub(crate) async fn objects_equal_the_servers(server: &Server) -> Vec<String> {
    let mut differences = Vec::new();
    let objects = objects();
    for (kind, body) in &objects {
        let info = kind.info();
        let mut sent = body.clone();
        sent["apiVersion"] = json!(info.api_version());
        sent["kind"] = json!(info.kind);
        let name = match kind {
            Kind::ApiService => "v1.a.example.com",
            Kind::CustomResourceDefinition => "its.a.example.com",
            _ => "it",
        };
        sent["metadata"] = json!({ "name": name });
        let root = if info.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", info.group) };
        let place = if info.namespaced { "namespaces/plain/" } else { "" };
        let path = format!("{root}/{}/{place}{}", info.version, info.plural);
        if info.namespaced {
            sent["metadata"]["namespace"] = json!("plain");
        }
        match server.dry_run(&path, &sent).await {
            Ok(answer) => differences.extend(compare(*kind, &sent, &answer)),
            Err((code, message)) => differences.push(format!("{kind} is refused: {code} {message}")),
        }
    }
    let others = Kind::ALL.iter().skip_while(|kind| **kind != Kind::LimitRange).skip(1);
    for kind in others.filter(|kind| !kind.is_of_others()) {
        assert!(objects.iter().any(|(compared, _)| compared == kind), "{kind} is not compared");
    }
    differences
}

fn objects() -> Vec<(Kind, Value)> {
    let rule = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    let subjects = json!([{"kind": "ServiceAccount", "name": "web", "namespace": "plain"},
        {"kind": "Group", "name": "system:authenticated"}]);
    let reference = |kind: &str| json!({"kind": kind, "name": "it", "apiGroup": "rbac.authorization.k8s.io"});
    [
        in_front(),
        scaled_and_isolated(),
        in_the_cluster(),
        vec![
            (Kind::ServiceAccount, json!({})),
            (
                Kind::ServiceAccount,
                json!({"automountServiceAccountToken": false, "secrets": [{"name": "a"}],
                "imagePullSecrets": [{"name": "b"}]}),
            ),
            (Kind::ConfigMap, json!({})),
            (
                Kind::EndpointSlice,
                json!({"addressType": "IPv4", "endpoints": [{"addresses": ["192.0.2.1"]}]}),
            ),
            (
                Kind::Endpoints,
                json!({"subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]}),
            ),
            (Kind::ConfigMap, json!({"data": {"a": "b"}, "binaryData": {"c": "aGk="}, "immutable": true})),
            (Kind::ResourceQuota, json!({"spec": {"hard": {"cpu": "1", "count/secrets": "5"}}})),
            (Kind::Role, json!({"rules": rule})),
            (Kind::RoleBinding, json!({"roleRef": reference("Role"), "subjects": subjects})),
            (Kind::ClusterRole, json!({"rules": rule})),
            (
                Kind::ClusterRole,
                json!({"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}),
            ),
            (Kind::ClusterRoleBinding, json!({"roleRef": reference("ClusterRole")})),
        ],
    ]
    .concat()
}

fn in_front() -> Vec<(Kind, Value)> {
    let port = json!([{"port": 80}]);
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
    let resource = json!({"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "b"}});
    vec![
        (Kind::Service, json!({"spec": {"clusterIP": "None", "ports": port, "selector": {"app": "web"}}})),
        (Kind::Service, json!({"spec": {"type": "ExternalName", "externalName": "shop.example"}})),
        (
            Kind::Service,
            json!({"spec": {"type": "ExternalName", "externalName": "shop.example", "ports": port}}),
        ),
        (Kind::Service, json!({"spec": {"ports": port, "externalIPs": ["192.0.2.1"]}})),
        (Kind::Ingress, json!({"spec": {"defaultBackend": resource}})),
        (
            Kind::Ingress,
            json!({"spec": {"ingressClassName": "edge", "tls": [{"hosts": ["a.example"]}],
            "rules": [{"host": "a.example", "http": {"paths": [path]}}, {"host": "b.example"}]}}),
        ),
    ]
}

fn scaled_and_isolated() -> Vec<(Kind, Value)> {
    let selector = json!({"matchLabels": {"app": "web"}});
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let utilization = json!({"type": "Utilization", "averageUtilization": 60});
    let metrics = json!([{"type": "ContainerResource",
        "containerResource": {"name": "memory", "container": "app", "target": utilization}}]);
    let behavior = json!({"scaleDown": {"stabilizationWindowSeconds": 60}});
    vec![
        (Kind::PodDisruptionBudget, json!({"spec": {}})),
        (
            Kind::PodDisruptionBudget,
            json!({"spec": {"selector": selector, "maxUnavailable": "50%",
            "unhealthyPodEvictionPolicy": "AlwaysAllow"}}),
        ),
        (Kind::HorizontalPodAutoscaler, json!({"spec": {"scaleTargetRef": target, "maxReplicas": 3}})),
        (
            Kind::HorizontalPodAutoscaler,
            json!({"spec": {"scaleTargetRef": target, "minReplicas": 2,
            "maxReplicas": 3, "metrics": metrics, "behavior": behavior}}),
        ),
        (
            Kind::HorizontalPodAutoscaler,
            json!({"spec": {"scaleTargetRef": target, "maxReplicas": 3,
            "behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}}),
        ),
        (Kind::NetworkPolicy, json!({"spec": {}})),
        (Kind::NetworkPolicy, json!({"spec": {"podSelector": selector, "egress": []}})),
        (
            Kind::NetworkPolicy,
            json!({"spec": {"podSelector": selector, "egress": [{}],
            "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": "http"}, {"port": 53, "endPort": 60}]}]}}),
        ),
        (
            Kind::NetworkPolicy,
            json!({"spec": {"policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}]}}),
        ),
    ]
}

fn in_the_cluster() -> Vec<(Kind, Value)> {
    let service = json!({"service": {"namespace": "plain", "name": "hook"}});
    let webhook = json!({"name": "a.example.com", "clientConfig": service, "sideEffects": "None",
        "admissionReviewVersions": ["v1"]});
    let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    vec![
        (Kind::PersistentVolumeClaim, json!({"spec": claim})),
        (
            Kind::PersistentVolume,
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
                    "hostPath": {"path": "/data"}, "claimRef": {"namespace": "plain", "name": "it"}}}),
        ),
        (Kind::PriorityClass, json!({"value": 7})),
        (Kind::IngressClass, json!({"spec": {"controller": "example.com/edge"}})),
        (Kind::StorageClass, json!({"provisioner": "example.com/disk", "parameters": {"encrypted": "true"}})),
        (Kind::RuntimeClass, json!({"handler": "gvisor"})),
        // The server gives every new one this taint.
        (
            Kind::Node,
            json!({"spec": {"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]}}),
        ),
        (Kind::ValidatingWebhookConfiguration, json!({"webhooks": [webhook]})),
        (Kind::MutatingWebhookConfiguration, json!({"webhooks": [webhook]})),
        (Kind::ApiService, json!({"spec": api_service()})),
        (Kind::CustomResourceDefinition, json!({"spec": definition(&service)})),
    ]
}

fn api_service() -> Value {
    json!({"group": "a.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": true, "service": {"namespace": "plain", "name": "api"}})
}

fn definition(client: &Value) -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let webhook = json!({"clientConfig": client, "conversionReviewVersions": ["v1"]});
    json!({"group": "a.example.com", "scope": "Namespaced", "names": {"kind": "It", "plural": "its"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        "conversion": {"strategy": "Webhook", "webhook": webhook}})
}
