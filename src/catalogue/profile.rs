//! The named sets of checks.
//!
//! Which check is in which set is declared on the check, not here. Next: [`crate::api::policy`] is where
//! a policy picks one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The newest version of the profiles, which a policy gets that names none.
///
/// It grows when a check joins a profile, so that policies that exist keep the set they were made with.
pub const PROFILE_VERSION_NEWEST: i64 = 1;

/// A named set of checks, with severities and parameters. A later one holds all of an earlier one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Profile {
    /// No check at all: only those that the policy names.
    None,
    /// What no workload should lack.
    Baseline,
    /// What a workload in production should have.
    #[default]
    Standard,
    /// Everything that is worth asking for.
    Strict,
}

impl Profile {
    /// Every profile, the smallest first.
    pub const ALL: &'static [Self] = &[Self::None, Self::Baseline, Self::Standard, Self::Strict];

    /// The name as in manifests.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_manifests_say() {
        for profile in Profile::ALL {
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.as_str());
        }
        assert!(Profile::ALL.is_sorted(), "a later profile holds all of an earlier one");
    }
}
