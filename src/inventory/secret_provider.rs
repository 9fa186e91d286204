//! SecretProviderClasses: what a driver fetches from a store outside of the cluster.
//!
//! It must not know any store. Next: [`super::source_secret`] for the volumes that name one.

use serde::Deserialize;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// A SecretProviderClass, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SecretProviderClass {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: SecretProviderClassSpec,
}

/// `spec` of a SecretProviderClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretProviderClassSpec {
    /// The Secrets that the driver makes of what it fetched, while a pod has the volume.
    #[serde(deserialize_with = "list")]
    pub secret_objects: Vec<SecretObject>,
}

/// A Secret that the driver makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretObject {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub secret_name: String,
}
