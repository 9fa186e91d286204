//! Where a policy draws the line between a failure and a warning.
//!
//! It must not know of checks. Next: [`super::policy`], whose `failOn` it is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::catalogue::severity::Severity;

/// The lowest severity that makes a workload not ready; `Never` makes a policy advisory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FailOn {
    /// Every failed check.
    Info,
    /// Failed checks from Low on.
    Low,
    /// Failed checks from Medium on.
    #[default]
    Medium,
    /// Failed checks from High on.
    High,
    /// Critical ones only.
    Critical,
    /// None: the policy only warns.
    Never,
}

impl FailOn {
    /// Whether a failed check of this severity makes a workload not ready.
    pub fn fails(self, severity: Severity) -> bool {
        self.threshold().is_some_and(|threshold| severity >= threshold)
    }

    /// The lowest severity that fails; nothing for `Never`.
    pub const fn threshold(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.threshold().map_or("Never", Severity::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_at_its_severity_and_above() {
        assert!(!FailOn::Medium.fails(Severity::Low));
        assert!(FailOn::Medium.fails(Severity::Medium));
        assert!(FailOn::Medium.fails(Severity::Critical));
        assert!(!FailOn::Critical.fails(Severity::High));
        for severity in Severity::ALL.iter().copied() {
            assert!(FailOn::Info.fails(severity), "{severity}");
            assert!(!FailOn::Never.fails(severity), "{severity}");
        }
    }

    #[test]
    fn the_name_is_what_manifests_say() {
        for fail_on in
            [FailOn::Info, FailOn::Low, FailOn::Medium, FailOn::High, FailOn::Critical, FailOn::Never]
        {
            assert_eq!(serde_json::to_value(fail_on).unwrap(), fail_on.to_string());
        }
    }
}
