//! PodDisruptionBudgets: how many pods may be away at a time.
//!
//! It must not compute what a budget allows: checks do. Next: [`super::snapshot`].

use serde::Deserialize;

use super::lenient::{IntOrString, null_is_default};
use super::metadata::Metadata;
use super::selector::Selector;

/// A PodDisruptionBudget, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodDisruptionBudget {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PodDisruptionBudgetSpec,
}

/// `spec` of a PodDisruptionBudget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodDisruptionBudgetSpec {
    /// The pods it is about; absent selects none, an empty one every pod of the namespace.
    pub selector: Option<Selector>,
    /// Fewest pods that must stay, as a number or a percentage.
    pub min_available: Option<IntOrString>,
    /// Most pods that may be away, as a number or a percentage.
    pub max_unavailable: Option<IntOrString>,
    /// `IfHealthyBudget` (what absent means) or `AlwaysAllow`.
    pub unhealthy_pod_eviction_policy: Option<Box<str>>,
}
