//! What stands in the objects of random clusters.
//!
//! Next: [`super::cluster`].

use crate::inventory::Kind;

/// Of a bare Pod, which is its template.
const POD: &str = r#"{"metadata": {"labels": {"app": "$"}}, "spec": {"serviceAccountName": "$", "priorityClassName": "$", "containers": [
    {"name": "app", "image": "registry.example/$:1", "ports": [{"name": "http", "containerPort": 80}], "envFrom": [{"configMapRef": {"name": "$"}}]}]}}"#;

/// Of ControllerRevisions of StatefulSets and DaemonSets.
const CONTROLLER_REVISIONS: &[&str] = &[
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a", "uid": "StatefulSet-shop-a",
        "controller": true}]}, "revision": 1}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a", "uid": "StatefulSet-shop-a",
        "controller": true}]}, "revision": 2, "data": {"spec": {"template": {"spec": {"containers": [
        {"name": "app", "envFrom": [{"secretRef": {"name": "$"}}, {"configMapRef": {"name": "$"}}]}]}}}}}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a", "uid": "StatefulSet-shop-a",
        "controller": true}]}, "revision": 3}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "b", "uid": "DaemonSet-bank-b",
        "controller": true}]}, "revision": 2}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "b", "uid": "DaemonSet-bank-b",
        "controller": true}]}, "revision": 1, "data": {"spec": {"template": {"spec": {"containers": [], "imagePullSecrets": [
        {"name": "$"}]}}}}}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a", "uid": "StatefulSet-shop-a",
        "controller": true}]}, "data": 7}"#,
    "{}",
];

/// Of ReplicaSets that Deployments made.
const REVISIONS: &[&str] = &[
    r#"{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}, "ownerReferences": [{"apiVersion": "apps/v1",
        "kind": "Deployment", "name": "a", "uid": "Deployment-shop-a", "controller": true}]}}"#,
    r#"{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}, "ownerReferences": [{"apiVersion": "apps/v1",
        "kind": "Deployment", "name": "a", "uid": "Deployment-shop-a", "controller": true}]}, "spec": {"template": {"spec": {
        "containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "$"}}, {"configMapRef": {"name": "$"}}]}]}}}}"#,
    r#"{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}, "ownerReferences": [{"apiVersion": "apps/v1",
        "kind": "Deployment", "name": "b", "uid": "Deployment-bank-b", "controller": true}]}, "spec": {"template": {"spec": {
        "containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "$"}}]}], "imagePullSecrets": [{"name": "$"}]}}}}"#,
    r#"{"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "Deployment-shop-a",
        "controller": true}]}, "spec": 7}"#,
    "{}",
];

/// Bodies of each kind; `$` stands for a name that is drawn.
pub(super) fn bodies(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => &[
            r#"{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}, "status": {"observedGeneration": 1}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "$"}}, "serviceName": "$", "template": {"metadata": {"labels": {"app": "$"}},
                "spec": {"serviceAccountName": "$", "runtimeClassName": "$", "containers": [{"name": "app", "image": "registry.example/$:1",
                "ports": [{"name": "http", "containerPort": 80}], "envFrom": [{"secretRef": {"name": "$"}}]}],
                "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "$"}}, {"name": "s", "secret": {"secretName": "$"}}]}}}}"#,
            r#"{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}, "status": {"observedGeneration": 1}, "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "$", "tier": "$"}}, "spec": {"automountServiceAccountToken": false,
                "containers": [{"name": "app", "image": "registry.example/$:1", "resources": {"limits": {"memory": "1Gi"}}}]}}}}"#,
            r#"{"spec": {"replicas": 0, "template": {"metadata": {"labels": {"app": "$"}}, "spec": {"hostNetwork": true, "containers": []}}}}"#,
            r#"{"spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "$"}}, "spec": {"tolerations": [{"key": "$", "operator": "Exists"}],
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "$"}}}]}}, "containers": []}}}}"#,
            r#"{"spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "$"}}, "spec": {"nodeSelector": {"zone": "$"}, "containers": []}}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::CronJob => &[
            r#"{"spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"metadata": {"labels": {"app": "$"}},
            "spec": {"serviceAccountName": "$", "containers": [{"name": "app", "image": "registry.example/$:1"}]}}}}}}"#,
        ],
        Kind::Pod => &[POD],
        Kind::Namespace => &[
            r#"{"metadata": {"labels": {"team": "$"}}}"#,
            r#"{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}"#,
        ],
        Kind::EndpointSlice => &[
            r#"{"metadata": {"labels": {"kubernetes.io/service-name": "$"}}, "endpoints": [{"addresses": ["192.0.2.1"]}]}"#,
            r#"{"metadata": {"labels": {"kubernetes.io/service-name": "$"}}, "endpoints": []}"#,
            r#"{"endpoints": 7}"#,
        ],
        Kind::Service => &[
            r#"{"spec": {"ports": [{"port": 80}]}}"#,
            r#"{"spec": {"selector": {"app": "$"}, "ports": [{"port": 80, "targetPort": "http"}]}}"#,
            r#"{"spec": {"type": "LoadBalancer", "selector": {"app": "$"}, "ports": [{"port": 22, "targetPort": 22}]}}"#,
            r#"{"spec": {"selector": {"app": "$", "tier": "$"}, "ports": [{"port": 80}], "clusterIP": "None"}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::Ingress => &[
            r#"{"spec": {"ingressClassName": "$", "tls": [{"hosts": ["$.example"], "secretName": "$"}],
                "rules": [{"host": "$.example", "http": {"paths": [{"path": "/admin", "backend": {"service": {"name": "$", "port": {"number": 80}}}}]}}]}}"#,
            r#"{"spec": {"defaultBackend": {"service": {"name": "$", "port": {"name": "http"}}}}}"#,
            r#"{"metadata": {"annotations": {"traefik.ingress.kubernetes.io/router.tls.options": "shop-$@kubernetescrd",
                "traefik.ingress.kubernetes.io/router.middlewares": "shop-$@kubernetescrd"}},
                "spec": {"tls": [{"hosts": ["$.example"]}], "rules": [{"http": {"paths": [{"path": "/admin", "backend": {"service": {"name": "$", "port": {"number": 80}}}}]}}],
                "defaultBackend": {"service": {"name": "$", "port": {"name": "http"}}}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::Secret => &[r#"{"type": "kubernetes.io/tls", "data": {"tls.crt": "", "tls.key": ""}}"#],
        Kind::Revision => REVISIONS,
        Kind::ControllerRevision => CONTROLLER_REVISIONS,
        Kind::LimitRange => {
            &[r#"{"spec": {"limits": [{"type": "Container", "default": {"memory": "1Gi"}}]}}"#]
        }
        _ => around_pods(kind),
    }
}

fn around_pods(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::PodDisruptionBudget => &[
            r#"{"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "$"}}}}"#,
            r#"{"spec": {"maxUnavailable": "0%", "selector": {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["$"]}]}}}"#,
            r#"{"spec": {"selector": 7}}"#,
        ],
        Kind::HorizontalPodAutoscaler => &[
            r#"{"spec": {"minReplicas": 2, "maxReplicas": 4, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "$"}}}"#,
            r#"{"spec": {"minReplicas": 1, "maxReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "$"}}}"#,
            r#"{"spec": {"minReplicas": 2, "maxReplicas": 4, "scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "$"}}}"#,
        ],
        Kind::ScaledObject => &[
            r#"{"spec": {"scaleTargetRef": {"name": "$"}, "minReplicaCount": 1, "advanced": {"horizontalPodAutoscalerConfig": {"name": "$"}}}}"#,
            r#"{"spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "$"}, "idleReplicaCount": 0, "minReplicaCount": 3, "maxReplicaCount": 3}}"#,
            r#"{"spec": {"scaleTargetRef": 7}}"#,
        ],
        Kind::VerticalPodAutoscaler => &[
            r#"{"spec": {"targetRef": {"kind": "Deployment", "name": "$"}}}"#,
            r#"{"spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "$"}, "updatePolicy": {"updateMode": "Off"}}}"#,
            r#"{"spec": {"targetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "$"}}}"#,
            r#"{"spec": {"targetRef": {"apiVersion": "v1", "kind": "Pod", "name": "$"}}}"#,
            r#"{"spec": {"targetRef": 7}}"#,
        ],
        Kind::NetworkPolicy => &[
            r#"{"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}"#,
            r#"{"spec": {"podSelector": {"matchLabels": {"app": "$"}}, "ingress": [{}]}}"#,
            r#"{"spec": {"podSelector": {"matchLabels": {"app": "$"}}, "policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"team": "$"}}}]}]}}"#,
            r#"{"spec": {"podSelector": {"matchLabels": {"app": "$"}}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "$"}}}]}]}}"#,
            r#"{"spec": {"podSelector": {"matchLabels": {"app": "$"}}, "ingress": [{"from": [
                {"namespaceSelector": {"matchLabels": {"team": "$"}}, "podSelector": {"matchLabels": {"app": "$"}}}]}]}}"#,
            r#"{"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": {"matchLabels":
                {"kubernetes.io/metadata.name": "bank"}}, "podSelector": {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}}]}]}}"#,
            r#"{"spec": {"podSelector": 7}}"#,
        ],
        Kind::ServiceAccount => &["{}", r#"{"automountServiceAccountToken": false}"#],
        Kind::ConfigMap => &[r#"{"data": {"a": "b"}}"#],
        Kind::PersistentVolume => &[
            r#"{"spec": {"hostPath": {"path": "/x"}, "claimRef": {"namespace": "shop", "name": "$"}}}"#,
            r#"{"spec": {"csi": {}}}"#,
        ],
        Kind::PersistentVolumeClaim => {
            &[r#"{"spec": {"storageClassName": "$", "accessModes": ["ReadWriteOnce"]}}"#]
        }
        _ => around_namespaces(kind),
    }
}

fn around_namespaces(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::ResourceQuota => &[r#"{"spec": {"hard": {"requests.cpu": "8", "requests.memory": "1Gi"}}}"#],
        Kind::Role | Kind::ClusterRole => &[
            r#"{"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]}"#,
            r#"{"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}"#,
            r#"{"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]}"#,
        ],
        Kind::RoleBinding | Kind::ClusterRoleBinding => &[
            r#"{"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "$"}, "subjects": [{"kind": "ServiceAccount", "name": "$", "namespace": "shop"}]}"#,
            r#"{"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "$"}, "subjects": [{"kind": "ServiceAccount", "name": "$"}]}"#,
            r#"{"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "$"}, "subjects": [{"kind": "ServiceAccount", "name": "$", "namespace": "shop"}]}"#,
            r#"{"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "$"}, "subjects": [{"kind": "Group", "name": "system:serviceaccounts:shop"}]}"#,
            r#"{"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"kind": "Group", "name": "system:serviceaccounts"}]}"#,
        ],
        Kind::PriorityClass => &[r#"{"value": 7}"#],
        Kind::IngressClass => &[r#"{"spec": {"controller": "example.com/edge"}}"#],
        Kind::StorageClass => &[r#"{"provisioner": "example.com/disk"}"#],
        Kind::RuntimeClass => &[r#"{"handler": "gvisor"}"#],
        Kind::Node => &[
            r#"{"metadata": {"labels": {"zone": "$"}}}"#,
            r#"{"metadata": {"labels": {"zone": "$"}}, "spec": {"unschedulable": true}}"#,
            r#"{"metadata": {"labels": {"zone": "$"}}, "spec": {"taints": [{"key": "$", "effect": "NoSchedule"}]}}"#,
            r#"{"metadata": {"labels": {"zone": "$"}}, "status": {"nodeInfo": {"kubeletVersion": "v1.34.0", "kernelVersion": "6.12.1",
                "containerRuntimeVersion": "containerd://2.1.0", "operatingSystem": "linux"}}}"#,
            r#"{"metadata": {"labels": {"zone": "$"}}, "status": {"nodeInfo": {"kubeletVersion": "v1.34.0", "kernelVersion": "6.12.1",
                "containerRuntimeVersion": "containerd://1.6.0", "operatingSystem": "linux"}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::ValidatingWebhookConfiguration | Kind::MutatingWebhookConfiguration => &[
            r#"{"webhooks": [{"name": "a.example.com", "failurePolicy": "Fail", "clientConfig": {"service": {"namespace": "shop", "name": "$"}},
                "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]}]}"#,
            r#"{"webhooks": [{"name": "a.example.com", "clientConfig": {"service": {"namespace": "shop", "name": "$"}},
                "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["$"]}]}}]}"#,
        ],
        Kind::ApiService => &[
            r#"{"spec": {"group": "a.example", "service": {"namespace": "shop", "name": "$"}}}"#,
            r#"{"spec": {"group": "a.example", "service": {"namespace": "bank", "name": "$"}, "insecureSkipTLSVerify": true}}"#,
            r#"{"spec": {"group": "a.example"}}"#,
        ],
        Kind::CustomResourceDefinition => &[
            r#"{"spec": {"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"service": {"namespace": "shop", "name": "$"}}}}}}"#,
            r#"{"spec": {"conversion": {"strategy": "None"}}}"#,
            r#"{"spec": {"conversion": 7}}"#,
        ],
        other => of_gateways(other),
    }
}

fn of_gateways(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Gateway => &[
            r#"{"spec": {"gatewayClassName": "edge", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS",
            "tls": {"certificateRefs": [{"name": "$"}]}}]}}"#,
            r#"{"spec": {"gatewayClassName": "edge", "listeners": [
                {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "$"}}}}},
                {"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "*.example", "allowedRoutes": {"namespaces": {"from": "All"}},
                "tls": {"certificateRefs": [{"name": "$", "namespace": "bank"}]}}]}}"#,
            r#"{"spec": {"gatewayClassName": "edge", "listeners": [{"name": "https", "port": 443, "protocol": "TLS", "tls": {"certificateRefs": [{"name": "$"}]}},
                {"name": "dns", "port": 53, "protocol": "UDP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}}"#,
        ],
        Kind::HttpRoute | Kind::GrpcRoute => &[
            r#"{"spec": {"parentRefs": [{"name": "$"}], "rules": [{"matches": [{"path": {"value": "/admin"}}], "filters": [{"type": "ExtensionRef", "extensionRef": {"group": "traefik.io",
                "kind": "Middleware", "name": "$"}}], "backendRefs": [{"name": "$", "port": 80}]}]}}"#,
            r#"{"spec": {"parentRefs": [{"name": "$", "namespace": "shop"}], "hostnames": ["$.example"], "rules": [{"backendRefs": [{"name": "$", "port": 80}],
                "filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "$", "port": 80}}}]}]}}"#,
            r#"{"spec": 7}"#,
            r#"{"spec": {"parentRefs": [{"name": "$", "namespace": "bank"}], "rules": [{"matches": [{"path": {"type": "Exact", "value": "/metrics"}}], "backendRefs": [{"name": "$", "namespace": "shop", "port": 80}]}]}}"#,
            r#"{"spec": {"parentRefs": [{"name": "a"}], "rules": [{"backendRefs": [{"name": "$", "port": 80}, {"name": "$", "namespace": "bank", "port": 80}]}]},
                "status": {"parents": [{"parentRef": {"name": "a"}, "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "observedGeneration": 1},
                {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs", "observedGeneration": 1}]}]}}"#,
            r#"{"spec": {"parentRefs": [{"name": "a"}], "rules": [{"backendRefs": [{"name": "$", "port": 80}]}]},
                "status": {"parents": [{"parentRef": {"name": "a"}, "conditions": [{"type": "Accepted", "status": "False", "reason": "NotAllowed", "observedGeneration": 1}]}]}}"#,
        ],
        Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => &[
            r#"{"spec": {"parentRefs": [{"name": "$"}], "rules": [{"backendRefs": [{"name": "$", "port": 80}]}]}}"#,
            r#"{"metadata": {"annotations": {"external-dns.kubernetes.io/hostname": "$.example"}}, "spec": {"parentRefs": [{"name": "$", "namespace": "shop", "sectionName": "https"}],
                "hostnames": ["$.example"], "rules": [{"backendRefs": [{"name": "$", "namespace": "bank", "port": 80}, {"name": "$", "port": 53}]}]}}"#,
            r#"{"spec": {"parentRefs": [{"name": "a"}], "hostnames": ["*.example"], "rules": [{"backendRefs": [{"name": "$", "port": 80}]}]},
                "status": {"parents": [{"parentRef": {"name": "a"}, "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "observedGeneration": 1}]}]}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::ReferenceGrant => &[
            r#"{"spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "shop"}], "to": [{"group": "", "kind": "Secret"}]}}"#,
            r#"{"spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "GRPCRoute", "namespace": "shop"}, {"group": "gateway.networking.k8s.io", "kind": "TCPRoute", "namespace": "shop"}], "to": [{"group": "", "kind": "Service", "name": "$"}]}}"#,
            r#"{"spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "bank"}],
            "to": [{"group": "", "kind": "Service"}]}}"#,
        ],
        other => of_edges(other),
    }
}

/// What configures those who let traffic in.
fn of_edges(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::TlsOption => &[
            r#"{"spec": {"minVersion": "VersionTLS12"}}"#,
            r#"{"spec": {"minVersion": "VersionTLS10"}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::Middleware => &[
            r#"{"spec": {"headers": {"stsSeconds": 31536000, "contentTypeNosniff": true}}}"#,
            r#"{"spec": {"chain": {"middlewares": [{"name": "$"}, {"name": "$", "namespace": "bank"}]}}}"#,
            r#"{"spec": {"forwardAuth": {}, "redirectScheme": {"scheme": "https"}, "rateLimit": {"average": 9}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::IstioGateway => &[
            r#"{"spec": 7}"#,
            r#"{"spec": {"servers": [{"tls": {"mode": "SIMPLE", "minProtocolVersion": "TLSV1_0"}}]}}"#,
            r#"{"spec": {"servers": [{"tls": {"mode": "SIMPLE"}}]}}"#,
        ],
        other => of_meshes(other),
    }
}

/// What says how those treat each other that are in a mesh.
fn of_meshes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::VirtualService => &[
            r#"{"spec": {"hosts": ["$.example"], "gateways": ["$"], "http": [{"route": [{"destination": {"host": "$", "port": {"number": 80}}}]}]}}"#,
            r#"{"spec": {"hosts": ["*"], "gateways": ["shop/$", "mesh"], "http": [{"timeout": "5s", "route": [{"destination": {"host": "$.shop.svc.cluster.local"}}],
                "mirror": {"host": "$"}}]}}"#,
            r#"{"spec": {"hosts": ["$"], "http": [{"route": [{"destination": {"host": "$.bank"}}, {"destination": {"host": "api.example.com"}}]}]}}"#,
            r#"{"spec": {"hosts": ["$.example"], "gateways": ["$.bank"], "tcp": [{"match": [{"gateways": ["mesh"]}], "route": [{"destination": {"host": "$"}}]}]}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::DestinationRule => &[
            r#"{"spec": {"host": "$", "trafficPolicy": {"outlierDetection": {}}, "subsets": [{"trafficPolicy": {"portLevelSettings": [{}]}}]}}"#,
            r#"{"spec": {"host": "$"}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::BackendTrafficPolicy => &[
            r#"{"spec": {"timeout": {"http": {"requestTimeout": "10s"}}}}"#,
            r#"{"spec": {"retry": {"numRetries": 9}}}"#,
        ],
        Kind::ServiceProfile => &[
            r#"{"spec": {"routes": [{"timeout": "10s"}]}}"#,
            r#"{"spec": {"routes": [{"isRetryable": true}]}}"#,
        ],
        Kind::SecurityPolicy => &[
            r#"{"spec": {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "$"}], "basicAuth": {}}}"#,
            r#"{"spec": {"targetRef": {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "$"}, "cors": {}}}"#,
            r#"{"spec": {"targetSelectors": [{"kind": "HTTPRoute"}], "jwt": {}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::AuthorizationPolicy => &[
            r#"{"spec": {"selector": {"matchLabels": {"app": "$"}}, "rules": [{"from": [{"source": {"requestPrincipals": ["*"]}}]}]}}"#,
            r#"{"spec": {"action": "CUSTOM", "rules": [{"to": [{"operation": {"paths": ["/admin*"]}}]}]}}"#,
            r#"{"spec": {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "$"}]}}"#,
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "$"}]}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::PeerAuthentication => &[
            r#"{"spec": {"mtls": {"mode": "STRICT"}}}"#,
            r#"{"spec": {"mtls": {"mode": "PERMISSIVE"}}}"#,
            r#"{"spec": {"selector": {"matchLabels": {"app": "$"}}, "mtls": {"mode": "STRICT"}, "portLevelMtls": {"80": {"mode": "DISABLE"}}}}"#,
            r#"{"spec": {"selector": {"matchLabels": {"app": "$"}}}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::BackendTlsPolicy => &[
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "$"}], "validation": {"hostname": "$.example", "wellKnownCACertificates": "System"}}}"#,
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "$", "sectionName": "http"}], "validation": {"hostname": "$.example", "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}}}"#,
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "$"}]}}"#,
            r#"{"spec": 7}"#,
        ],
        Kind::ConsulMesh => {
            &[r#"{"spec": {"tls": {"incoming": {"tlsMinVersion": "TLSv1_0"}}}}"#, r#"{"spec": {}}"#]
        }
        Kind::Schedule => &[
            r#"{"spec": {"schedule": "CRON_TZ=UTC 0 3 * * *"}}"#,
            r#"{"spec": {"schedule": "0 3 * *", "paused": true}}"#,
            r#"{"spec": 7}"#,
        ],
        other => of_add_on_policies(other),
    }
}

/// What isolates pods beside NetworkPolicies.
fn of_add_on_policies(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy => &[
            r#"{"spec": {"endpointSelector": {"matchLabels": {"app": "$"}}, "ingress": [{}], "egress": [{}]}}"#,
            r#"{"spec": {"endpointSelector": {}, "ingress": [{"fromEntities": ["cluster"]}]}}"#,
            r#"{"spec": {"endpointSelector": 7}}"#,
        ],
        Kind::BaselineAdminNetworkPolicy => &[
            r#"{"spec": {"subject": {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
                "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]}}"#,
            r#"{"spec": {"subject": {"namespaces": {}}}}"#,
        ],
        Kind::CalicoGlobalNetworkPolicy => &[
            r#"{"spec": {"selector": "app == '$'", "types": ["Ingress", "Egress"]}}"#,
            r#"{"spec": {"namespaceSelector": "team == 'a'", "types": ["Egress"]}}"#,
        ],
        other => panic!("no {other}"),
    }
}
