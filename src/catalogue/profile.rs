//! Named sets of checks, and their versions.
//!
//! Membership is declared on each check; this module only names the sets. Next: [`super::check`].

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::severity::Severity;

/// The newest version of the profiles. A check says at which version it joined, so that an upgrade of
/// the operator turns nothing red by itself.
pub const NEWEST_PROFILE_VERSION: i64 = 2;

/// A named set of checks. Each set holds the one before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Profile {
    /// No check but those that the policy names.
    None,
    /// What any workload can be held to on the first day.
    Baseline,
    /// What a production workload should be held to.
    #[default]
    Standard,
    /// Everything that is not opt-in: for the workloads that matter most.
    Strict,
}

impl Profile {
    /// The profiles that hold checks, from small to large.
    pub const ALL: &'static [Self] = &[Self::Baseline, Self::Standard, Self::Strict];

    /// The profile as in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Baseline => "Baseline",
            Self::Standard => "Standard",
            Self::Strict => "Strict",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A check's place in a profile and in every larger one, until a larger one has an entry of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Smallest profile that holds the check in this form.
    pub profile: Profile,
    /// Profile version at which it joined.
    pub since: i64,
    /// Severity in this profile, when it is not the check's own.
    pub severity: Option<Severity>,
    /// Parameters in this profile as JSON, when they are not the check's defaults.
    pub parameters: Option<&'static str>,
}

impl Membership {
    /// In this profile from the first version on, with the check's own severity and parameters.
    pub const fn of(profile: Profile) -> Self {
        Self { profile, since: 1, severity: None, parameters: None }
    }

    /// The same for a check that joined at a later version.
    #[must_use]
    pub const fn since(self, version: i64) -> Self {
        Self { since: version, ..self }
    }

    /// The same with parameters of its own, as JSON.
    #[must_use]
    pub const fn with(self, parameters: &'static str) -> Self {
        Self { parameters: Some(parameters), ..self }
    }

    /// The same with a severity of its own.
    #[must_use]
    pub const fn at(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }
}
