//! ServiceAccounts: who a pod is to the API server.
//!
//! It must not hold a token. Next: [`super::rbac`] for what an account may do.

use serde::Deserialize;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;

/// The account that the server makes in every namespace, and that a pod has that names none.
pub const DEFAULT_ACCOUNT: &str = "default";

/// A ServiceAccount, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccount {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Whether its pods get a token unless they say otherwise; unset means true.
    #[serde(rename = "automountServiceAccountToken")]
    pub automount_token: Option<bool>,
    /// Secrets that its pods may use, where that is enforced.
    #[serde(deserialize_with = "list")]
    pub secrets: Vec<ObjectName>,
    /// Secrets with which images of its pods are pulled.
    #[serde(deserialize_with = "list")]
    pub image_pull_secrets: Vec<ObjectName>,
}

/// A reference to an object of the same namespace by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ObjectName {
    /// The name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
}
