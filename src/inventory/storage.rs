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
