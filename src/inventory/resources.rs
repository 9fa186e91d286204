//! `resources` of containers and pods.
//!
//! It must not decide how much is enough. Next: [`super::default`] fills requests from limits.

use serde::Deserialize;

use super::lenient::null_is_default;
use super::quantity::QuantityValue;
use super::small_map::SmallMap;

/// Amounts by resource name (`cpu`, `memory`, `ephemeral-storage`, ...).
pub type ResourceList = SmallMap<String, QuantityValue>;

/// `resources`: what is set aside and what is the most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// Set aside by the scheduler.
    #[serde(deserialize_with = "null_is_default")]
    pub requests: ResourceList,
    /// The most that may be used.
    #[serde(deserialize_with = "null_is_default")]
    pub limits: ResourceList,
}
