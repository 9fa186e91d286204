//! How bad a finding is, and from which severity on a workload is not ready.
//!
//! It must not know checks or policies. Next: [`super::check`].

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is. The order is from harmless to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Severity {
    /// Worth knowing; weighs nothing in the score.
    Info,
    /// A matter of good order.
    Low,
    /// Will hurt some day.
    Medium,
    /// Hurts, or opens a door.
    High,
    /// The cluster or its data is at stake.
    Critical,
}

impl Severity {
    /// Every severity, from bad to harmless.
    pub const ALL: &'static [Self] = &[Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The severity as in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
            Self::Info => "Info",
        }
    }

    /// Weight of a check of this severity in the score.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Critical => 10,
            Self::High => 6,
            Self::Medium => 3,
            Self::Low => 1,
            Self::Info => 0,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lowest severity that makes a workload not ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FailOn {
    /// Critical findings only.
    Critical,
    /// High and worse.
    High,
    /// Medium and worse.
    #[default]
    Medium,
    /// Low and worse.
    Low,
    /// Every finding.
    Info,
    /// No finding: the policy is advisory.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity makes a workload not ready.
    pub fn includes(self, severity: Severity) -> bool {
        let lowest = match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Info => Severity::Info,
            Self::Never => return false,
        };
        severity >= lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fail_on_includes_its_own_severity_and_all_worse() {
        assert!(FailOn::Medium.includes(Severity::Medium));
        assert!(FailOn::Medium.includes(Severity::Critical));
        assert!(!FailOn::Medium.includes(Severity::Low));
        assert!(Severity::ALL.iter().all(|severity| FailOn::Info.includes(*severity)));
        assert!(!Severity::ALL.iter().any(|severity| FailOn::Never.includes(*severity)));
    }
}
