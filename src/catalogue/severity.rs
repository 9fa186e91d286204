//! How bad it is when a check fails.
//!
//! It must not know of policies or of what blocks a rollout. Next: `FailOn` in [`crate::api::severity`]
//! is where a policy draws its line.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is when a check fails. A greater value is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Info,
    /// A convention is not kept.
    Low,
    /// Something will go wrong at some time.
    Medium,
    /// An outage or a break-in is likely.
    High,
    /// An outage or a break-in is only a question of when.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: &'static [Self] = &[Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The name as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }

    /// What a check of this severity counts for in a score.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Info => 0,
            Self::Low => 1,
            Self::Medium => 3,
            Self::High => 6,
            Self::Critical => 10,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_is_greater_and_weighs_more() {
        assert_eq!(Severity::ALL.len(), 5);
        for pair in Severity::ALL.windows(2) {
            assert!(pair[0] > pair[1], "{} is worse than {}", pair[0], pair[1]);
            assert!(pair[0].weight() > pair[1].weight());
        }
    }

    #[test]
    fn the_name_is_what_manifests_say() {
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
    }
}
