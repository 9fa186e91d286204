//! What the API server calls each kind, and how it is watched.
//!
//! It must not say what a kind is good for. Next: [`super`].

use super::Kind;

/// What the API server calls a kind, and how it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version that is watched.
    pub version: &'static str,
    /// Kind as in manifests.
    pub kind: &'static str,
    /// Plural as in URLs and RBAC rules.
    pub plural: &'static str,
    /// Whether objects of it live in namespaces.
    pub namespaced: bool,
    /// Field selector of its watch; empty for none.
    pub field_selector: &'static str,
    /// Label selector of its watch; empty for none.
    pub label_selector: &'static str,
}

/// A kind of version v1 that lies in namespaces and is watched as a whole.
const fn info(group: &'static str, kind: &'static str, plural: &'static str) -> KindInfo {
    KindInfo { group, version: "v1", kind, plural, namespaced: true, field_selector: "", label_selector: "" }
}

impl Kind {
    /// What the API server calls this kind.
    pub const fn info(self) -> KindInfo {
        match self {
            Self::Deployment
            | Self::StatefulSet
            | Self::DaemonSet
            | Self::ReplicaSet
            | Self::ReplicationController
            | Self::Job
            | Self::CronJob
            | Self::Pod => self.of_workloads(),
            revision if revision.is_of_revisions() => self.of_workloads(),
            Self::Service
            | Self::Ingress
            | Self::Secret
            | Self::SecretMetadata
            | Self::LimitRange
            | Self::PodDisruptionBudget
            | Self::HorizontalPodAutoscaler
            | Self::NetworkPolicy
            | Self::ServiceAccount
            | Self::ConfigMap
            | Self::PersistentVolumeClaim
            | Self::ResourceQuota
            | Self::Role
            | Self::RoleBinding => self.of_namespaces(),
            Self::Namespace
            | Self::PersistentVolume
            | Self::ClusterRole
            | Self::ClusterRoleBinding
            | Self::PriorityClass
            | Self::IngressClass
            | Self::StorageClass
            | Self::RuntimeClass
            | Self::Node => self.of_the_cluster(),
            Self::ValidatingWebhookConfiguration
            | Self::MutatingWebhookConfiguration
            | Self::ApiService
            | Self::CustomResourceDefinition => self.of_extensions(),
            Self::EndpointSlice | Self::Endpoints => self.of_endpoints(),
            Self::Manifest(kind) => kind.info(),
            Self::Custom(custom) | Self::Resource(custom) => custom.info(),
            _ => self.of_others(),
        }
    }

    /// What those call their kinds that are installed beside Kubernetes.
    const fn of_others(self) -> KindInfo {
        match self {
            Self::Gateway
            | Self::HttpRoute
            | Self::GrpcRoute
            | Self::TlsRoute
            | Self::TcpRoute
            | Self::UdpRoute
            | Self::ReferenceGrant
            | Self::BackendTlsPolicy => self.of_gateways(),
            Self::CiliumNetworkPolicy
            | Self::CiliumClusterwideNetworkPolicy
            | Self::AdminNetworkPolicy
            | Self::BaselineAdminNetworkPolicy
            | Self::ClusterNetworkPolicy
            | Self::CalicoNetworkPolicy
            | Self::CalicoGlobalNetworkPolicy
            | Self::CalicoStoredNetworkPolicy
            | Self::CalicoStoredGlobalNetworkPolicy => self.of_add_on_policies(),
            _ => self.of_add_ons(),
        }
    }

    /// What those kinds are called that say where requests to a Service go.
    const fn of_endpoints(self) -> KindInfo {
        match self {
            Self::EndpointSlice => KindInfo {
                label_selector: "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io",
                ..info("discovery.k8s.io", "EndpointSlice", "endpointslices")
            },
            _ => info("", "Endpoints", "endpoints"),
        }
    }

    /// What the kinds are called that hold a pod template, or are a Pod, and the revisions of those.
    const fn of_workloads(self) -> KindInfo {
        match self {
            Self::Deployment => info("apps", "Deployment", "deployments"),
            Self::StatefulSet => info("apps", "StatefulSet", "statefulsets"),
            Self::DaemonSet => info("apps", "DaemonSet", "daemonsets"),
            Self::ReplicaSet | Self::Revision => info("apps", "ReplicaSet", "replicasets"),
            Self::ControllerRevision => info("apps", "ControllerRevision", "controllerrevisions"),
            Self::ReplicationController => info("", "ReplicationController", "replicationcontrollers"),
            Self::Job => info("batch", "Job", "jobs"),
            Self::CronJob => info("batch", "CronJob", "cronjobs"),
            _ => info("", "Pod", "pods"),
        }
    }

    /// What those kinds are called that stand beside workloads in every cluster.
    const fn of_namespaces(self) -> KindInfo {
        match self {
            Self::Service => info("", "Service", "services"),
            Self::Ingress => info("networking.k8s.io", "Ingress", "ingresses"),
            Self::Secret => {
                KindInfo { field_selector: "type=kubernetes.io/tls", ..info("", "Secret", "secrets") }
            }
            Self::SecretMetadata => info("", "Secret", "secrets"),
            Self::LimitRange => info("", "LimitRange", "limitranges"),
            Self::PodDisruptionBudget => info("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
            Self::HorizontalPodAutoscaler => KindInfo {
                version: "v2",
                ..info("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
            },
            Self::NetworkPolicy => info("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
            Self::ServiceAccount => info("", "ServiceAccount", "serviceaccounts"),
            Self::ConfigMap => info("", "ConfigMap", "configmaps"),
            Self::PersistentVolumeClaim => info("", "PersistentVolumeClaim", "persistentvolumeclaims"),
            Self::ResourceQuota => info("", "ResourceQuota", "resourcequotas"),
            Self::Role => info("rbac.authorization.k8s.io", "Role", "roles"),
            _ => info("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
        }
    }

    /// What those kinds are called that lie in no namespace and are part of every cluster.
    const fn of_the_cluster(self) -> KindInfo {
        let (group, kind, plural) = match self {
            Self::Namespace => ("", "Namespace", "namespaces"),
            Self::PersistentVolume => ("", "PersistentVolume", "persistentvolumes"),
            Self::ClusterRole => ("rbac.authorization.k8s.io", "ClusterRole", "clusterroles"),
            Self::ClusterRoleBinding => {
                ("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings")
            }
            Self::PriorityClass => ("scheduling.k8s.io", "PriorityClass", "priorityclasses"),
            Self::IngressClass => ("networking.k8s.io", "IngressClass", "ingressclasses"),
            Self::StorageClass => ("storage.k8s.io", "StorageClass", "storageclasses"),
            Self::RuntimeClass => ("node.k8s.io", "RuntimeClass", "runtimeclasses"),
            _ => ("", "Node", "nodes"),
        };
        KindInfo { namespaced: false, ..info(group, kind, plural) }
    }

    /// What those kinds are called that have the API server ask somebody else.
    const fn of_extensions(self) -> KindInfo {
        const ADMISSION: &str = "admissionregistration.k8s.io";
        let (group, kind, plural) = match self {
            Self::ValidatingWebhookConfiguration => {
                (ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations")
            }
            Self::MutatingWebhookConfiguration => {
                (ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations")
            }
            Self::ApiService => ("apiregistration.k8s.io", "APIService", "apiservices"),
            _ => ("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions"),
        };
        KindInfo {
            group,
            version: "v1",
            kind,
            plural,
            namespaced: false,
            field_selector: "",
            label_selector: "",
        }
    }

    /// What the Gateway API calls its kinds.
    const fn of_gateways(self) -> KindInfo {
        let (version, kind, plural) = match self {
            Self::HttpRoute => ("v1", "HTTPRoute", "httproutes"),
            Self::GrpcRoute => ("v1", "GRPCRoute", "grpcroutes"),
            Self::TlsRoute => ("v1", "TLSRoute", "tlsroutes"),
            Self::TcpRoute => ("v1", "TCPRoute", "tcproutes"),
            Self::UdpRoute => ("v1", "UDPRoute", "udproutes"),
            Self::ReferenceGrant => ("v1beta1", "ReferenceGrant", "referencegrants"),
            Self::BackendTlsPolicy => ("v1", "BackendTLSPolicy", "backendtlspolicies"),
            _ => ("v1", "Gateway", "gateways"),
        };
        let group = "gateway.networking.k8s.io";
        KindInfo { group, version, kind, plural, namespaced: true, field_selector: "", label_selector: "" }
    }

    /// What meshes, autoscalers, ingress controllers and the like call their kinds.
    const fn of_add_ons(self) -> KindInfo {
        let (group, version, kind, plural) = match self {
            Self::ScaledObject => ("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects"),
            Self::VerticalPodAutoscaler => {
                ("autoscaling.k8s.io", "v1", "VerticalPodAutoscaler", "verticalpodautoscalers")
            }
            Self::TlsOption => ("traefik.io", "v1alpha1", "TLSOption", "tlsoptions"),
            Self::Middleware => ("traefik.io", "v1alpha1", "Middleware", "middlewares"),
            Self::IstioGateway => ("networking.istio.io", "v1", "Gateway", "gateways"),
            Self::VirtualService => ("networking.istio.io", "v1", "VirtualService", "virtualservices"),
            Self::DestinationRule => ("networking.istio.io", "v1", "DestinationRule", "destinationrules"),
            Self::BackendTrafficPolicy => {
                ("gateway.envoyproxy.io", "v1alpha1", "BackendTrafficPolicy", "backendtrafficpolicies")
            }
            Self::ServiceProfile => ("linkerd.io", "v1alpha2", "ServiceProfile", "serviceprofiles"),
            Self::SecurityPolicy => {
                ("gateway.envoyproxy.io", "v1alpha1", "SecurityPolicy", "securitypolicies")
            }
            Self::AuthorizationPolicy => {
                ("security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies")
            }
            Self::PeerAuthentication => {
                ("security.istio.io", "v1", "PeerAuthentication", "peerauthentications")
            }
            Self::Schedule => ("velero.io", "v1", "Schedule", "schedules"),
            Self::ConsulMesh => ("consul.hashicorp.com", "v1alpha1", "Mesh", "meshes"),
            _ => ("secrets-store.csi.x-k8s.io", "v1", "SecretProviderClass", "secretproviderclasses"),
        };
        KindInfo { group, version, kind, plural, namespaced: true, field_selector: "", label_selector: "" }
    }

    /// What those APIs call their kinds that have policies beside NetworkPolicies.
    const fn of_add_on_policies(self) -> KindInfo {
        const CILIUM: (&str, &str) = ("cilium.io", "v2");
        const ADMIN: (&str, &str) = ("policy.networking.k8s.io", "v1alpha1");
        const CALICO: (&str, &str) = ("projectcalico.org", "v3");
        const STORED: (&str, &str) = ("crd.projectcalico.org", "v1");
        let ((group, version), kind, plural, namespaced) = match self {
            Self::CiliumNetworkPolicy => (CILIUM, "CiliumNetworkPolicy", "ciliumnetworkpolicies", true),
            Self::CiliumClusterwideNetworkPolicy => {
                (CILIUM, "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", false)
            }
            Self::AdminNetworkPolicy => (ADMIN, "AdminNetworkPolicy", "adminnetworkpolicies", false),
            Self::BaselineAdminNetworkPolicy => {
                (ADMIN, "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", false)
            }
            Self::ClusterNetworkPolicy => {
                ((ADMIN.0, "v1alpha2"), "ClusterNetworkPolicy", "clusternetworkpolicies", false)
            }
            Self::CalicoNetworkPolicy => (CALICO, "NetworkPolicy", "networkpolicies", true),
            Self::CalicoGlobalNetworkPolicy => {
                (CALICO, "GlobalNetworkPolicy", "globalnetworkpolicies", false)
            }
            Self::CalicoStoredNetworkPolicy => (STORED, "NetworkPolicy", "networkpolicies", true),
            _ => (STORED, "GlobalNetworkPolicy", "globalnetworkpolicies", false),
        };
        KindInfo { group, version, kind, plural, namespaced, field_selector: "", label_selector: "" }
    }
}

impl KindInfo {
    /// `apiVersion` as in manifests.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}
