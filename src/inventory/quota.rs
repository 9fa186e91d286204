//! ResourceQuotas, reduced to what they are about.
//!
//! Amounts and usage are not kept: they change with every pod. Next: [`super::snapshot`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::lenient::null_is_default;
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
#[serde(default)]
pub struct ResourceQuotaSpec {
    /// Keys of `hard`, such as `requests.memory` or `count/deployments.apps`.
    #[serde(deserialize_with = "keys")]
    pub hard: BTreeSet<String>,
}

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let map: Option<BTreeMap<String, IgnoredAny>> = Option::deserialize(deserializer)?;
    Ok(map.unwrap_or_default().into_keys().collect())
}
