//! The closed list of kinds that Seaworthy reads, with what the API server calls them.
//!
//! It must not know what checks do with a kind. Next: [`super::object`] for one object of a kind.

use std::fmt;

use super::custom::CustomKind;
use super::manifest_kind::ManifestKind;

mod info;
mod set;

pub use info::KindInfo;
pub use set::KindSet;

/// Declares [`Kind`] by the kinds that are known without a policy, in order.
macro_rules! kinds {
    ($($(#[$attribute:meta])* $kind:ident,)*) => {
        /// A kind that Seaworthy can read.
        ///
        /// The order is the order of display and of sorted output.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$attribute])* $kind,)*
            /// A kind of which only the manifest is judged.
            Manifest(ManifestKind),
            /// A kind of custom resource that some policy names.
            Custom(CustomKind),
            /// A kind of custom resource whose definition is given, and of which only the manifest is judged.
            Resource(CustomKind),
        }

        impl Kind {
            /// Every kind that is known without a policy, in order.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Its place in [`Self::ALL`], if it is there.
            pub const fn place(self) -> Option<usize> {
                enum Place {
                    $($kind),*
                }
                match self {
                    $(Self::$kind => Some(Place::$kind as usize),)*
                    Self::Manifest(_) | Self::Custom(_) | Self::Resource(_) => None,
                }
            }
        }
    };
}

kinds! {
    /// `apps/v1` Deployment.
    #[default]
    Deployment,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` DaemonSet.
    DaemonSet,
    /// `apps/v1` ReplicaSet.
    ReplicaSet,
    /// `v1` ReplicationController.
    ReplicationController,
    /// `batch/v1` Job.
    Job,
    /// `batch/v1` CronJob.
    CronJob,
    /// `v1` Pod.
    Pod,
    /// `v1` Namespace.
    Namespace,
    /// `v1` Service.
    Service,
    /// `networking.k8s.io/v1` Ingress.
    Ingress,
    /// `v1` Secret, reduced to facts while it is decoded; of a cluster those of one type.
    Secret,
    /// `v1` Secret of whatever type, of which nothing but the metadata is asked for. Files have none: what they
    /// give is a [`Self::Secret`].
    SecretMetadata,
    /// `apps/v1` ReplicaSet that a Deployment made: a revision of that. [`Self::ReplicaSet`] is for the others.
    Revision,
    /// `apps/v1` ControllerRevision that a StatefulSet or a DaemonSet made: a revision of that. As a manifest it is a
    /// [`Self::Manifest`].
    ControllerRevision,
    /// `v1` `LimitRange`.
    LimitRange,
    /// `policy/v1` PodDisruptionBudget.
    PodDisruptionBudget,
    /// `autoscaling/v2` HorizontalPodAutoscaler.
    HorizontalPodAutoscaler,
    /// `networking.k8s.io/v1` NetworkPolicy.
    NetworkPolicy,
    /// `v1` ServiceAccount.
    ServiceAccount,
    /// `v1` ConfigMap, reduced to the names of its keys while it is decoded.
    ConfigMap,
    /// `v1` PersistentVolumeClaim.
    PersistentVolumeClaim,
    /// `v1` PersistentVolume.
    PersistentVolume,
    /// `v1` ResourceQuota.
    ResourceQuota,
    /// `rbac.authorization.k8s.io/v1` Role.
    Role,
    /// `rbac.authorization.k8s.io/v1` RoleBinding.
    RoleBinding,
    /// `rbac.authorization.k8s.io/v1` ClusterRole.
    ClusterRole,
    /// `rbac.authorization.k8s.io/v1` ClusterRoleBinding.
    ClusterRoleBinding,
    /// `scheduling.k8s.io/v1` PriorityClass.
    PriorityClass,
    /// `networking.k8s.io/v1` IngressClass.
    IngressClass,
    /// `storage.k8s.io/v1` StorageClass.
    StorageClass,
    /// `node.k8s.io/v1` RuntimeClass.
    RuntimeClass,
    /// `v1` Node, without what it reports of itself but for versions.
    Node,
    /// `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration.
    ValidatingWebhookConfiguration,
    /// `admissionregistration.k8s.io/v1` MutatingWebhookConfiguration.
    MutatingWebhookConfiguration,
    /// `apiregistration.k8s.io/v1` APIService.
    ApiService,
    /// `apiextensions.k8s.io/v1` CustomResourceDefinition.
    CustomResourceDefinition,
    /// `gateway.networking.k8s.io/v1` Gateway.
    Gateway,
    /// `gateway.networking.k8s.io/v1` HTTPRoute.
    HttpRoute,
    /// `gateway.networking.k8s.io/v1` GRPCRoute.
    GrpcRoute,
    /// `gateway.networking.k8s.io/v1` TLSRoute; before 1.5 of the Gateway API in an alpha version.
    TlsRoute,
    /// `gateway.networking.k8s.io/v1` TCPRoute; before 1.6 of the Gateway API in an alpha version.
    TcpRoute,
    /// `gateway.networking.k8s.io/v1` UDPRoute; before 1.6 of the Gateway API in an alpha version.
    UdpRoute,
    /// `gateway.networking.k8s.io/v1beta1` ReferenceGrant.
    ReferenceGrant,
    /// `secrets-store.csi.x-k8s.io/v1` SecretProviderClass.
    SecretProviderClass,
    /// `keda.sh/v1alpha1` ScaledObject.
    ScaledObject,
    /// `autoscaling.k8s.io/v1` VerticalPodAutoscaler.
    VerticalPodAutoscaler,
    /// `traefik.io/v1alpha1` TLSOption.
    TlsOption,
    /// `traefik.io/v1alpha1` Middleware.
    Middleware,
    /// `networking.istio.io/v1` Gateway. Not [`Self::Gateway`], which has the same name.
    IstioGateway,
    /// `networking.istio.io/v1` VirtualService.
    VirtualService,
    /// `networking.istio.io/v1` DestinationRule.
    DestinationRule,
    /// `gateway.envoyproxy.io/v1alpha1` BackendTrafficPolicy.
    BackendTrafficPolicy,
    /// `linkerd.io/v1alpha2` ServiceProfile.
    ServiceProfile,
    /// `gateway.envoyproxy.io/v1alpha1` SecurityPolicy.
    SecurityPolicy,
    /// `security.istio.io/v1` AuthorizationPolicy.
    AuthorizationPolicy,
    /// `security.istio.io/v1` PeerAuthentication.
    PeerAuthentication,
    /// `gateway.networking.k8s.io/v1` BackendTLSPolicy; before 1.4 of the Gateway API in an alpha version.
    BackendTlsPolicy,
    /// `consul.hashicorp.com/v1alpha1` Mesh.
    ConsulMesh,
    /// `velero.io/v1` Schedule.
    Schedule,
    /// `cilium.io/v2` CiliumNetworkPolicy.
    CiliumNetworkPolicy,
    /// `cilium.io/v2` CiliumClusterwideNetworkPolicy.
    CiliumClusterwideNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha1` AdminNetworkPolicy.
    AdminNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha1` BaselineAdminNetworkPolicy.
    BaselineAdminNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha2` ClusterNetworkPolicy.
    ClusterNetworkPolicy,
    /// `projectcalico.org/v3` NetworkPolicy.
    CalicoNetworkPolicy,
    /// `projectcalico.org/v3` GlobalNetworkPolicy.
    CalicoGlobalNetworkPolicy,
    /// `crd.projectcalico.org/v1` NetworkPolicy: as Calico stores [`Self::CalicoNetworkPolicy`].
    CalicoStoredNetworkPolicy,
    /// `crd.projectcalico.org/v1` GlobalNetworkPolicy: as Calico stores [`Self::CalicoGlobalNetworkPolicy`].
    CalicoStoredGlobalNetworkPolicy,
    /// `discovery.k8s.io/v1` EndpointSlice; of a cluster only those that do not follow a selector.
    EndpointSlice,
    /// `v1` Endpoints. Nothing watches them: a controller of the cluster puts what they say into slices.
    Endpoints,
}

impl Kind {
    /// Stands for every [`Self::Manifest`] where kinds are listed.
    pub const MANIFEST: Self = Self::Manifest(ManifestKind::FIRST);

    /// The kinds of policies for the network of pods beside [`Self::NetworkPolicy`], in order.
    pub const ADD_ON_POLICIES: &'static [Self] = &[
        Self::CiliumNetworkPolicy,
        Self::CiliumClusterwideNetworkPolicy,
        Self::AdminNetworkPolicy,
        Self::BaselineAdminNetworkPolicy,
        Self::ClusterNetworkPolicy,
        Self::CalicoNetworkPolicy,
        Self::CalicoGlobalNetworkPolicy,
        Self::CalicoStoredNetworkPolicy,
        Self::CalicoStoredGlobalNetworkPolicy,
    ];

    /// The kinds of routes of the Gateway API, in order.
    pub const ROUTES: &'static [Self] =
        &[Self::HttpRoute, Self::GrpcRoute, Self::TlsRoute, Self::TcpRoute, Self::UdpRoute];

    /// The kinds that hold a pod template or are a Pod, in order; those that a policy names come beside them.
    pub const WORKLOADS: &'static [Self] = &[
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::Job,
        Self::CronJob,
        Self::Pod,
    ];

    /// The kind's name as in manifests.
    pub const fn as_str(self) -> &'static str {
        self.info().kind
    }

    /// The kind's name where it must not be taken for that of another kind: with its group if two share it, as
    /// `kubectl` takes it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::IstioGateway => "Gateway.networking.istio.io",
            Self::CalicoNetworkPolicy => "NetworkPolicy.projectcalico.org",
            Self::CalicoStoredNetworkPolicy => "NetworkPolicy.crd.projectcalico.org",
            Self::CalicoStoredGlobalNetworkPolicy => "GlobalNetworkPolicy.crd.projectcalico.org",
            kind => kind.as_str(),
        }
    }

    /// `apiVersion` as in manifests.
    pub fn api_version(self) -> String {
        self.info().api_version()
    }

    /// Whether this kind holds a pod template or is a Pod.
    pub const fn is_workload(self) -> bool {
        const WORKLOADS: KindSet = KindSet::of(Kind::WORKLOADS);
        WORKLOADS.contains(self) || self.custom().is_some()
    }

    /// Whether it is one of [`Self::ADD_ON_POLICIES`].
    pub const fn is_add_on_policy(self) -> bool {
        const ADD_ON_POLICIES: KindSet = KindSet::of(Kind::ADD_ON_POLICIES);
        ADD_ON_POLICIES.contains(self)
    }

    /// Whether it is one of [`Self::ROUTES`].
    pub const fn is_route(self) -> bool {
        const ROUTES: KindSet = KindSet::of(Kind::ROUTES);
        ROUTES.contains(self)
    }

    /// Whether its manifests are judged as those are of which nothing else is: by themselves.
    pub const fn has_judged_manifests(self) -> bool {
        matches!(self, Self::Manifest(_) | Self::Resource(_) | Self::EndpointSlice | Self::Endpoints)
    }

    /// Whether another kind reads the same resource for itself, and is what manifests are read as.
    pub const fn is_second_reading(self) -> bool {
        matches!(self, Self::SecretMetadata | Self::Revision | Self::ControllerRevision)
    }

    /// Whether it is of objects that a workload made to be rolled back to.
    pub const fn is_of_revisions(self) -> bool {
        matches!(self, Self::Revision | Self::ControllerRevision)
    }

    /// As what manifests of this kind are read once more: for what they say of the workload that made them.
    pub fn as_revision(self) -> Option<Self> {
        match self {
            Self::ReplicaSet => Some(Self::Revision),
            Self::Manifest(_) if self.as_str() == Self::ControllerRevision.as_str() => {
                Some(Self::ControllerRevision)
            }
            _ => None,
        }
    }

    /// Whether nothing but the metadata of its objects is asked for.
    pub const fn is_metadata_only(self) -> bool {
        matches!(self, Self::SecretMetadata)
    }

    /// Whether it is a route of the Gateway API that few clusters have: one for connections, of whatever protocol.
    pub const fn is_stream_route(self) -> bool {
        matches!(self, Self::TlsRoute | Self::TcpRoute | Self::UdpRoute)
    }

    /// Whether the version in which it is served is another one in other installations, so that the server is asked.
    pub const fn is_discovered(self) -> bool {
        self.is_stream_route() || matches!(self, Self::BackendTlsPolicy) || self.custom().is_some()
    }

    /// The kind of custom resource that it is, if it is one that a policy names.
    pub const fn custom(self) -> Option<CustomKind> {
        match self {
            Self::Custom(custom) => Some(custom),
            _ => None,
        }
    }

    /// Whether its objects are of a kind that Kubernetes does not know by itself, and are served in the version in which they
    /// are written.
    pub const fn is_of_a_definition(self) -> bool {
        matches!(self, Self::Custom(_) | Self::Resource(_))
    }

    /// Whether somebody else than Kubernetes defines it.
    pub const fn is_of_others(self) -> bool {
        match self {
            Self::Gateway
            | Self::HttpRoute
            | Self::GrpcRoute
            | Self::TlsRoute
            | Self::TcpRoute
            | Self::UdpRoute
            | Self::ReferenceGrant
            | Self::SecretProviderClass
            | Self::ScaledObject
            | Self::TlsOption
            | Self::IstioGateway
            | Self::VirtualService
            | Self::DestinationRule
            | Self::BackendTrafficPolicy
            | Self::ServiceProfile
            | Self::SecurityPolicy
            | Self::AuthorizationPolicy
            | Self::VerticalPodAutoscaler
            | Self::Middleware
            | Self::PeerAuthentication
            | Self::BackendTlsPolicy
            | Self::Schedule
            | Self::ConsulMesh
            | Self::CiliumNetworkPolicy
            | Self::CiliumClusterwideNetworkPolicy
            | Self::AdminNetworkPolicy
            | Self::BaselineAdminNetworkPolicy
            | Self::ClusterNetworkPolicy
            | Self::CalicoNetworkPolicy
            | Self::CalicoGlobalNetworkPolicy
            | Self::CalicoStoredNetworkPolicy
            | Self::CalicoStoredGlobalNetworkPolicy => true,
            kind => kind.is_of_a_definition(),
        }
    }

    /// The same as it stands where kinds are listed.
    #[must_use]
    pub const fn listed(self) -> Self {
        match self {
            Self::Resource(_) => Self::MANIFEST,
            kind => kind,
        }
    }

    /// The kind of this group and name, whatever the version; never one that a policy names, nor one that
    /// reads what another does.
    pub fn find(group: &str, kind: &str) -> Option<Self> {
        let mut whole = Self::ALL.iter().copied().filter(|known| !known.is_second_reading());
        whole.find(|known| known.info().group == group && known.info().kind == kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_and_a_place_of_its_own() {
        let whole: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| !kind.is_second_reading()).collect();
        let names: BTreeSet<&str> = whole.iter().map(|kind| kind.own_name()).collect();
        assert_eq!(names.len(), whole.len());
        for kind in whole {
            assert_eq!(Kind::find(kind.info().group, kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn kinds_stand_at_their_places() {
        for (place, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(kind.place(), Some(place));
        }
        assert!(Kind::ALL.is_sorted());
        assert_eq!(Kind::MANIFEST.place(), None);
    }

    #[test]
    fn what_is_a_revision_too_is_read_as_one() {
        let manifest = |kind| ManifestKind::find("apps", kind).map(Kind::Manifest);
        let revision = manifest("ControllerRevision").unwrap();
        assert_eq!(revision.as_revision(), Some(Kind::ControllerRevision));
        assert_eq!(Kind::find("apps", "ControllerRevision"), None, "files give manifests");
        assert_eq!(Kind::ReplicaSet.as_revision(), Some(Kind::Revision));
        assert!(
            [Kind::StatefulSet, Kind::Revision, Kind::MANIFEST]
                .iter()
                .all(|kind| kind.as_revision().is_none())
        );
    }
}
