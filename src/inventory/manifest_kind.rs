//! Built-in kinds of which only the manifest is judged: whether it has the fields of its kind, in a version that is served.
//!
//! No check reads them, and nothing watches them. What the API server does not store (reviews, scales, bindings of pods) is
//! not among them. It must not know the fields. Next: [`super::schema`], [`super::lifecycle`].

use super::kind::KindInfo;

/// One of these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestKind(u8);

const fn namespaced(group: &'static str, version: &'static str, kind: &'static str) -> KindInfo {
    KindInfo { group, version, kind, plural: "", namespaced: true, field_selector: "", label_selector: "" }
}

const fn cluster(group: &'static str, version: &'static str, kind: &'static str) -> KindInfo {
    KindInfo { namespaced: false, ..namespaced(group, version, kind) }
}

/// All of them, in the newest version that some Kubernetes serves.
const KINDS: &[KindInfo] = &[
    cluster("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy"),
    cluster("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding"),
    cluster("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy"),
    cluster("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding"),
    namespaced("apps", "v1", "ControllerRevision"),
    cluster("certificates.k8s.io", "v1", "CertificateSigningRequest"),
    cluster("certificates.k8s.io", "v1", "ClusterTrustBundle"),
    namespaced("certificates.k8s.io", "v1", "PodCertificateRequest"),
    namespaced("coordination.k8s.io", "v1", "Lease"),
    namespaced("coordination.k8s.io", "v1beta1", "LeaseCandidate"),
    namespaced("", "v1", "Event"),
    namespaced("", "v1", "PodTemplate"),
    namespaced("events.k8s.io", "v1", "Event"),
    cluster("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema"),
    cluster("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration"),
    cluster("internal.apiserver.k8s.io", "v1alpha1", "StorageVersion"),
    namespaced("lifecycle.k8s.io", "v1alpha1", "EvictionRequest"),
    cluster("networking.k8s.io", "v1", "IPAddress"),
    cluster("networking.k8s.io", "v1", "ServiceCIDR"),
    cluster("policy", "v1beta1", "PodSecurityPolicy"),
    cluster("resource.k8s.io", "v1", "DeviceClass"),
    cluster("resource.k8s.io", "v1", "DeviceTaintRule"),
    namespaced("resource.k8s.io", "v1", "ResourceClaim"),
    namespaced("resource.k8s.io", "v1", "ResourceClaimTemplate"),
    cluster("resource.k8s.io", "v1alpha3", "ResourcePoolStatusRequest"),
    cluster("resource.k8s.io", "v1", "ResourceSlice"),
    namespaced("scheduling.k8s.io", "v1alpha3", "CompositePodGroup"),
    namespaced("scheduling.k8s.io", "v1beta1", "PodGroup"),
    namespaced("scheduling.k8s.io", "v1beta1", "Workload"),
    cluster("storage.k8s.io", "v1", "CSIDriver"),
    cluster("storage.k8s.io", "v1", "CSINode"),
    namespaced("storage.k8s.io", "v1", "CSIStorageCapacity"),
    cluster("storage.k8s.io", "v1", "VolumeAttachment"),
    cluster("storage.k8s.io", "v1", "VolumeAttributesClass"),
    cluster("storagemigration.k8s.io", "v1", "StorageVersionMigration"),
];

impl ManifestKind {
    /// The first of them.
    pub const FIRST: Self = Self(0);

    /// The kind of this group and name, whatever the version. Where kinds came from that have moved, they are found as well.
    pub fn find(group: &str, kind: &str) -> Option<Self> {
        let group = if group == "extensions" { "policy" } else { group };
        Self::all().find(|one| one.info().group == group && one.info().kind == kind)
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(KINDS.len()).map(Self)
    }

    /// What the API server calls it; not its plural.
    pub const fn info(self) -> KindInfo {
        let (mut rest, mut before) = (KINDS, self.0);
        while let [first, others @ ..] = rest {
            if before == 0 {
                return *first;
            }
            (rest, before) = (others, before - 1);
        }
        // There is no way to make one but from a place in the list.
        cluster("", "", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;
    use crate::inventory::{lifecycle, schema};

    /// What is asked of the API server, and never stored, and a kind of etcd's own.
    const NOT_STORED: &[&str] = &[
        "Binding",
        "ComponentStatus",
        "ConversionReview",
        "DeploymentRollback",
        "Eviction",
        "JobTemplate",
        "LocalSubjectAccessReview",
        "RangeAllocation",
        "Scale",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "SubjectAccessReview",
        "TokenRequest",
        "TokenReview",
    ];

    #[test]
    fn every_built_in_kind_that_is_stored_is_known_one_way_or_the_other() {
        let known = |group: &str, kind: &str| {
            let moved = if group == "extensions" { "apps" } else { group };
            let is_read = Kind::find(moved, kind).or_else(|| Kind::find("networking.k8s.io", kind)).is_some();
            is_read || ManifestKind::find(group, kind).is_some()
        };
        let named: Vec<(&str, &str)> = schema::kinds().chain(lifecycle::kinds()).collect();
        assert!(named.len() > 180);
        for (group, kind) in named.iter().filter(|(_, kind)| !NOT_STORED.contains(kind)) {
            assert!(known(group, kind), "{group} {kind}");
        }
    }

    #[test]
    fn each_is_of_some_version_that_is_known_and_is_not_read() {
        for info in ManifestKind::all().map(ManifestKind::info) {
            let version = info.api_version();
            let is_known =
                schema::is_served(&version, info.kind) || lifecycle::of(&version, info.kind).is_some();
            assert!(is_known, "{version} {}", info.kind);
            assert_eq!(Kind::find(info.group, info.kind), None);
        }
    }
}
