//! ResourceQuotas, reduced to what they are about.
//!
//! Amounts and usage are not kept: they change with every pod. Next: [`super::snapshot`].

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lenient::{given, holds_any, keys, null_is_default};
use super::metadata::Metadata;

/// A ResourceQuota, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ResourceQuota {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ResourceQuotaSpec,
}

/// `spec` of a ResourceQuota.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceQuotaSpec {
    /// Keys of `hard`, such as `requests.memory` or `count/deployments.apps`.
    #[serde(deserialize_with = "keys::<_, IgnoredAny>")]
    pub hard: BTreeSet<String>,
    #[serde(deserialize_with = "holds_any")]
    scopes: bool,
    #[serde(deserialize_with = "given")]
    scope_selector: bool,
}

impl ResourceQuotaSpec {
    /// Whether it is about some pods of the namespace only, by class or priority.
    pub const fn is_scoped(&self) -> bool {
        self.scopes || self.scope_selector
    }
}
