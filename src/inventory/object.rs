//! One object of any kind that Seaworthy reads, and its key.
//!
//! It must not hold what no check reads. Next: [`super::decode`] makes objects from JSON.

use std::fmt;

use super::add_on_policy::AddOnPolicy;
use super::admission::WebhookConfiguration;
use super::auth_policy::{AuthorizationPolicy, SecurityPolicy};
use super::autoscaler::HorizontalPodAutoscaler;
use super::backend_tls_policy::BackendTlsPolicy;
use super::class::{IngressClass, PriorityClass, RuntimeClass};
use super::config_map::ConfigMap;
use super::consul::ConsulMesh;
use super::disruption::PodDisruptionBudget;
use super::endpoints::Endpoints;
use super::extension::{ApiService, CustomResourceDefinition};
use super::gateway::{Gateway, HttpRoute, ReferenceGrant};
use super::istio::IstioGateway;
use super::kind::Kind;
use super::limit_range::LimitRange;
use super::metadata::Metadata;
use super::middleware::Middleware;
use super::name::Name;
use super::network_policy::NetworkPolicy;
use super::node::Node;
use super::peer_authentication::PeerAuthentication;
use super::quota::ResourceQuota;
use super::rbac::{Role, RoleBinding};
use super::revision::Revision;
use super::scaled_object::ScaledObject;
use super::secret::{Changes, SecretFacts, SecretMetadata};
use super::secret_provider::SecretProviderClass;
use super::service_account::ServiceAccount;
use super::storage::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use super::traefik::TlsOption;
use super::traffic_policy::{BackendTrafficPolicy, DestinationRule, ServiceProfile};
use super::velero::BackupSchedule;
use super::vertical_autoscaler::VerticalPodAutoscaler;
use super::virtual_service::VirtualService;
use super::workload::Workload;

pub use super::ingress::{
    Ingress, IngressBackend, IngressHttp, IngressPath, IngressPort, IngressRule, IngressService, IngressSpec,
    IngressTls,
};
pub use super::service::{PortProtocol, Service, ServicePort, ServiceSpec, ServiceType};

/// Kind, namespace and name of an object. The order is the order of sorted output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Namespace; empty for cluster-scoped kinds.
    pub namespace: Name,
    /// Kind.
    pub kind: Kind,
    /// Name.
    pub name: Name,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// An object, lean. Every variant is boxed, so that none pays for the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A workload that is judged: nothing built-in manages it.
    Workload(Box<Workload>),
    /// A ReplicaSet, Job or Pod that another workload manages, cut to its metadata.
    Owned(Box<Managed>),
    /// A Namespace.
    Namespace(Box<Metadata>),
    /// A Service.
    Service(Box<Service>),
    /// An Ingress.
    Ingress(Box<Ingress>),
    /// A Secret, as facts.
    Secret(Box<Secret>),
    /// The metadata of a Secret.
    SecretMetadata(Box<SecretMetadata>),
    /// A ReplicaSet that a Deployment made, or a ControllerRevision of another workload.
    Revision(Box<Revision>),
    /// A `LimitRange`.
    LimitRange(Box<LimitRange>),
    /// A PodDisruptionBudget.
    PodDisruptionBudget(Box<PodDisruptionBudget>),
    /// A HorizontalPodAutoscaler.
    HorizontalPodAutoscaler(Box<HorizontalPodAutoscaler>),
    /// A NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// A ServiceAccount.
    ServiceAccount(Box<ServiceAccount>),
    /// A ConfigMap, as names of keys.
    ConfigMap(Box<ConfigMap>),
    /// A PersistentVolumeClaim.
    PersistentVolumeClaim(Box<PersistentVolumeClaim>),
    /// A PersistentVolume.
    PersistentVolume(Box<PersistentVolume>),
    /// A ResourceQuota.
    ResourceQuota(Box<ResourceQuota>),
    /// A Role.
    Role(Box<Role>),
    /// A RoleBinding.
    RoleBinding(Box<RoleBinding>),
    /// A ClusterRole.
    ClusterRole(Box<Role>),
    /// A ClusterRoleBinding.
    ClusterRoleBinding(Box<RoleBinding>),
    /// A PriorityClass.
    PriorityClass(Box<PriorityClass>),
    /// An IngressClass.
    IngressClass(Box<IngressClass>),
    /// A StorageClass.
    StorageClass(Box<StorageClass>),
    /// A RuntimeClass.
    RuntimeClass(Box<RuntimeClass>),
    /// A Node.
    Node(Box<Node>),
    /// A ValidatingWebhookConfiguration.
    ValidatingWebhookConfiguration(Box<WebhookConfiguration>),
    /// A MutatingWebhookConfiguration.
    MutatingWebhookConfiguration(Box<WebhookConfiguration>),
    /// An APIService.
    ApiService(Box<ApiService>),
    /// A CustomResourceDefinition.
    CustomResourceDefinition(Box<CustomResourceDefinition>),
    /// A Gateway.
    Gateway(Box<Gateway>),
    /// An HTTPRoute.
    HttpRoute(Box<HttpRoute>),
    /// A GRPCRoute: of an HTTPRoute, what both have.
    GrpcRoute(Box<HttpRoute>),
    /// A TLSRoute: of an HTTPRoute, what both have.
    TlsRoute(Box<HttpRoute>),
    /// A TCPRoute: of an HTTPRoute, what both have.
    TcpRoute(Box<HttpRoute>),
    /// A UDPRoute: of an HTTPRoute, what both have.
    UdpRoute(Box<HttpRoute>),
    /// A ReferenceGrant.
    ReferenceGrant(Box<ReferenceGrant>),
    /// A SecretProviderClass.
    SecretProviderClass(Box<SecretProviderClass>),
    /// A ScaledObject.
    ScaledObject(Box<ScaledObject>),
    /// A VerticalPodAutoscaler.
    VerticalPodAutoscaler(Box<VerticalPodAutoscaler>),
    /// A TLSOption.
    TlsOption(Box<TlsOption>),
    /// A Middleware.
    Middleware(Box<Middleware>),
    /// A Gateway of Istio.
    IstioGateway(Box<IstioGateway>),
    /// A VirtualService.
    VirtualService(Box<VirtualService>),
    /// A DestinationRule.
    DestinationRule(Box<DestinationRule>),
    /// A BackendTrafficPolicy.
    BackendTrafficPolicy(Box<BackendTrafficPolicy>),
    /// A ServiceProfile.
    ServiceProfile(Box<ServiceProfile>),
    /// A SecurityPolicy.
    SecurityPolicy(Box<SecurityPolicy>),
    /// An AuthorizationPolicy.
    AuthorizationPolicy(Box<AuthorizationPolicy>),
    /// A PeerAuthentication.
    PeerAuthentication(Box<PeerAuthentication>),
    /// A BackendTLSPolicy.
    BackendTlsPolicy(Box<BackendTlsPolicy>),
    /// A Mesh of Consul.
    ConsulMesh(Box<ConsulMesh>),
    /// A Schedule of Velero.
    Schedule(Box<BackupSchedule>),
    /// A policy for the network of pods that is no NetworkPolicy.
    AddOnPolicy(Box<AddOnPolicy>),
    /// An EndpointSlice, or Endpoints.
    Endpoints(Box<Endpoints>),
    /// An object of which only the manifest is judged.
    Manifest(Box<Manifest>),
    /// An object that does not have the shape of its kind, and why.
    Broken(Box<Undecodable>),
}

/// An object that another workload manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    /// Its kind.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: Metadata,
}

/// An object of which only the manifest is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its kind.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: Metadata,
}

/// An object that does not have the shape of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The kind.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: Metadata,
    /// What does not have the shape, and where.
    pub problem: Box<str>,
    /// The path of that field; empty where it is not known.
    pub field: Box<str>,
}

/// Where each variant has its metadata, borrowed in one way or the other.
macro_rules! metadata {
    ($object:ident, $($borrow:tt)+) => {
        match $object {
            Self::Namespace(metadata) => metadata,
            Self::Owned(one) => $($borrow)+ one.metadata,
            Self::Manifest(one) => $($borrow)+ one.metadata,
            Self::Broken(one) => $($borrow)+ one.metadata,
            Self::Workload(one) => $($borrow)+ one.metadata,
            Self::Service(one) => $($borrow)+ one.metadata,
            Self::Ingress(one) => $($borrow)+ one.metadata,
            Self::Secret(one) => $($borrow)+ one.metadata,
            Self::SecretMetadata(one) => $($borrow)+ one.metadata,
            Self::Revision(one) => $($borrow)+ one.metadata,
            Self::LimitRange(one) => $($borrow)+ one.metadata,
            Self::PodDisruptionBudget(one) => $($borrow)+ one.metadata,
            Self::HorizontalPodAutoscaler(one) => $($borrow)+ one.metadata,
            Self::NetworkPolicy(one) => $($borrow)+ one.metadata,
            Self::ServiceAccount(one) => $($borrow)+ one.metadata,
            Self::ConfigMap(one) => $($borrow)+ one.metadata,
            Self::PersistentVolumeClaim(one) => $($borrow)+ one.metadata,
            Self::PersistentVolume(one) => $($borrow)+ one.metadata,
            Self::ResourceQuota(one) => $($borrow)+ one.metadata,
            Self::Role(one) => $($borrow)+ one.metadata,
            Self::RoleBinding(one) => $($borrow)+ one.metadata,
            Self::ClusterRole(one) => $($borrow)+ one.metadata,
            Self::ClusterRoleBinding(one) => $($borrow)+ one.metadata,
            Self::PriorityClass(one) => $($borrow)+ one.metadata,
            Self::IngressClass(one) => $($borrow)+ one.metadata,
            Self::StorageClass(one) => $($borrow)+ one.metadata,
            Self::RuntimeClass(one) => $($borrow)+ one.metadata,
            Self::Node(one) => $($borrow)+ one.metadata,
            Self::ValidatingWebhookConfiguration(one) => $($borrow)+ one.metadata,
            Self::MutatingWebhookConfiguration(one) => $($borrow)+ one.metadata,
            Self::ApiService(one) => $($borrow)+ one.metadata,
            Self::CustomResourceDefinition(one) => $($borrow)+ one.metadata,
            Self::Gateway(one) => $($borrow)+ one.metadata,
            Self::HttpRoute(one)
            | Self::GrpcRoute(one)
            | Self::TlsRoute(one)
            | Self::TcpRoute(one)
            | Self::UdpRoute(one) => $($borrow)+ one.metadata,
            Self::ReferenceGrant(one) => $($borrow)+ one.metadata,
            Self::SecretProviderClass(one) => $($borrow)+ one.metadata,
            Self::ScaledObject(one) => $($borrow)+ one.metadata,
            Self::VerticalPodAutoscaler(one) => $($borrow)+ one.metadata,
            Self::TlsOption(one) => $($borrow)+ one.metadata,
            Self::Middleware(one) => $($borrow)+ one.metadata,
            Self::IstioGateway(one) => $($borrow)+ one.metadata,
            Self::VirtualService(one) => $($borrow)+ one.metadata,
            Self::DestinationRule(one) => $($borrow)+ one.metadata,
            Self::BackendTrafficPolicy(one) => $($borrow)+ one.metadata,
            Self::ServiceProfile(one) => $($borrow)+ one.metadata,
            Self::SecurityPolicy(one) => $($borrow)+ one.metadata,
            Self::AuthorizationPolicy(one) => $($borrow)+ one.metadata,
            Self::PeerAuthentication(one) => $($borrow)+ one.metadata,
            Self::BackendTlsPolicy(one) => $($borrow)+ one.metadata,
            Self::ConsulMesh(one) => $($borrow)+ one.metadata,
            Self::Schedule(one) => $($borrow)+ one.metadata,
            Self::AddOnPolicy(one) => $($borrow)+ one.metadata,
            Self::Endpoints(one) => $($borrow)+ one.metadata,
        }
    };
}

impl Object {
    /// An object that does not have the shape of this kind, and why.
    pub fn broken(kind: Kind, metadata: Metadata, problem: &str) -> Self {
        Self::Broken(Box::new(Undecodable { kind, metadata, problem: problem.into(), field: "".into() }))
    }

    /// The same; one that does not have the shape of its kind does not for this reason, in the field at this path.
    #[must_use]
    pub fn broken_by(mut self, field: &str, problem: &str) -> Self {
        if let Self::Broken(broken) = &mut self {
            (broken.field, broken.problem) = (field.into(), problem.into());
        }
        self
    }

    /// The object's kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Workload(workload) => workload.kind,
            Self::Owned(owned) => owned.kind,
            Self::Manifest(manifest) => manifest.kind,
            Self::Broken(broken) => broken.kind,
            Self::Namespace(_) => Kind::Namespace,
            Self::Service(_) => Kind::Service,
            Self::Ingress(_) => Kind::Ingress,
            Self::Secret(_) => Kind::Secret,
            Self::SecretMetadata(_) => Kind::SecretMetadata,
            Self::Revision(revision) => revision.kind(),
            Self::LimitRange(_) => Kind::LimitRange,
            Self::PodDisruptionBudget(_) => Kind::PodDisruptionBudget,
            Self::HorizontalPodAutoscaler(_) => Kind::HorizontalPodAutoscaler,
            Self::NetworkPolicy(_) => Kind::NetworkPolicy,
            Self::ServiceAccount(_) => Kind::ServiceAccount,
            Self::ConfigMap(_) => Kind::ConfigMap,
            Self::PersistentVolumeClaim(_) => Kind::PersistentVolumeClaim,
            Self::PersistentVolume(_) => Kind::PersistentVolume,
            Self::ResourceQuota(_) => Kind::ResourceQuota,
            Self::Role(_) => Kind::Role,
            Self::RoleBinding(_) => Kind::RoleBinding,
            Self::ClusterRole(_) => Kind::ClusterRole,
            Self::ClusterRoleBinding(_) => Kind::ClusterRoleBinding,
            Self::PriorityClass(_) => Kind::PriorityClass,
            Self::IngressClass(_) => Kind::IngressClass,
            Self::StorageClass(_) => Kind::StorageClass,
            Self::RuntimeClass(_) => Kind::RuntimeClass,
            Self::Node(_) => Kind::Node,
            Self::ValidatingWebhookConfiguration(_) => Kind::ValidatingWebhookConfiguration,
            Self::MutatingWebhookConfiguration(_) => Kind::MutatingWebhookConfiguration,
            Self::ApiService(_) => Kind::ApiService,
            Self::CustomResourceDefinition(_) => Kind::CustomResourceDefinition,
            Self::Gateway(_) => Kind::Gateway,
            Self::HttpRoute(_) => Kind::HttpRoute,
            Self::GrpcRoute(_) => Kind::GrpcRoute,
            Self::TlsRoute(_) => Kind::TlsRoute,
            Self::TcpRoute(_) => Kind::TcpRoute,
            Self::UdpRoute(_) => Kind::UdpRoute,
            Self::ReferenceGrant(_) => Kind::ReferenceGrant,
            Self::SecretProviderClass(_) => Kind::SecretProviderClass,
            Self::ScaledObject(_) => Kind::ScaledObject,
            Self::VerticalPodAutoscaler(_) => Kind::VerticalPodAutoscaler,
            Self::TlsOption(_) => Kind::TlsOption,
            Self::Middleware(_) => Kind::Middleware,
            Self::IstioGateway(_) => Kind::IstioGateway,
            Self::VirtualService(_) => Kind::VirtualService,
            Self::DestinationRule(_) => Kind::DestinationRule,
            Self::BackendTrafficPolicy(_) => Kind::BackendTrafficPolicy,
            Self::ServiceProfile(_) => Kind::ServiceProfile,
            Self::SecurityPolicy(_) => Kind::SecurityPolicy,
            Self::AuthorizationPolicy(_) => Kind::AuthorizationPolicy,
            Self::PeerAuthentication(_) => Kind::PeerAuthentication,
            Self::BackendTlsPolicy(_) => Kind::BackendTlsPolicy,
            Self::ConsulMesh(_) => Kind::ConsulMesh,
            Self::Schedule(_) => Kind::Schedule,
            Self::AddOnPolicy(policy) => policy.kind,
            Self::Endpoints(endpoints) => endpoints.kind,
        }
    }

    /// The object's metadata.
    pub const fn metadata(&self) -> &Metadata {
        metadata!(self, &)
    }

    /// The object's metadata, to fill in what a file leaves out.
    pub const fn metadata_mut(&mut self) -> &mut Metadata {
        metadata!(self, &mut)
    }

    /// The object's key.
    pub fn key(&self) -> ObjectKey {
        let metadata = self.metadata();
        ObjectKey { kind: self.kind(), namespace: metadata.namespace.clone(), name: metadata.name.clone() }
    }
}

/// A Secret, as facts: no payload byte survives decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Metadata.
    pub metadata: Metadata,
    /// Key names and certificate facts.
    pub facts: SecretFacts,
    /// When its data were written.
    pub changes: Changes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_two_words() {
        assert_eq!(size_of::<Object>(), 2 * size_of::<usize>());
    }
}
