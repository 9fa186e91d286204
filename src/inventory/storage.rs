//! PersistentVolumeClaims and StorageClasses.
//!
//! It must not judge. Next: [`super::snapshot`].

use serde::Deserialize;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// A PersistentVolumeClaim, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PersistentVolumeClaim {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PersistentVolumeClaimSpec,
}

/// `spec` of a PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeClaimSpec {
    /// `ReadWriteOnce`, `ReadOnlyMany`, `ReadWriteMany`, `ReadWriteOncePod`.
    #[serde(deserialize_with = "list")]
    pub access_modes: Vec<String>,
    /// The class: absent leaves it to the cluster, empty asks for a volume without one.
    pub storage_class_name: Option<String>,
    /// The volume it is bound to, or is meant for; empty for none.
    #[serde(deserialize_with = "null_is_default")]
    pub volume_name: String,
}

/// A PersistentVolume, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PersistentVolume {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PersistentVolumeSpec,
}

/// `spec` of a PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeSpec {
    host_path: Option<NodePath>,
    local: Option<NodePath>,
    /// The claim that it is bound to, or kept for.
    pub claim_ref: Option<ClaimReference>,
}

/// `hostPath` or `local` of a PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct NodePath {
    #[serde(deserialize_with = "null_is_default")]
    path: Box<str>,
}

/// `claimRef` of a PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClaimReference {
    /// Namespace of the claim.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace: Box<str>,
    /// Its name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
}

impl PersistentVolumeSpec {
    /// The path of the node that it is, and the field that says so.
    pub fn node_path(&self) -> Option<(&'static str, &str)> {
        let host = self.host_path.as_ref().map(|own| ("spec.hostPath.path", &*own.path));
        host.or_else(|| self.local.as_ref().map(|own| ("spec.local.path", &*own.path)))
    }

    /// The claim of this namespace that it is bound to, or kept for.
    pub fn claim_in(&self, namespace: &str) -> Option<&str> {
        let own = self.claim_ref.as_ref().filter(|own| *own.namespace == *namespace);
        own.map(|own| &*own.name)
    }
}

/// A StorageClass, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StorageClass {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// What makes its volumes.
    #[serde(deserialize_with = "null_is_default")]
    pub provisioner: String,
    #[serde(deserialize_with = "null_is_default")]
    reclaim_policy: String,
    /// The one parameter that is kept.
    #[serde(deserialize_with = "null_is_default")]
    pub parameters: StorageParameters,
}

/// `parameters` of a StorageClass, reduced: others may name what is nobody's concern here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StorageParameters {
    /// `encrypted`, as it is written.
    pub encrypted: Option<String>,
}

impl StorageClass {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        if self.reclaim_policy.is_empty() {
            "Delete".clone_into(&mut self.reclaim_policy);
        }
        self
    }

    /// What becomes of a volume whose claim goes.
    pub fn reclaim_policy(&self) -> &str {
        &self.reclaim_policy
    }

    /// Whether claims that name no class get this one.
    pub fn is_default(&self) -> bool {
        let annotation = self.metadata.annotations.get("storageclass.kubernetes.io/is-default-class");
        annotation.is_some_and(|value| value == "true")
    }
}
