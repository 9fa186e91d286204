//! Versions of the Pod Security Standards.
//!
//! Next: [`super`].

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A version of the standards: that of the Kubernetes minor that brought it, or the newest known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(in crate::checks) struct Version(u8);

/// The newest minor whose standards are known.
const NEWEST: u8 = 37;
/// A minor above all: whatever is newest.
const LATEST: u8 = u8::MAX;

/// Not a version of the standards.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is neither `latest` nor one of `v1.0` to `v1.{NEWEST}`")]
pub(in crate::checks) struct UnknownVersion(String);

impl Version {
    /// The newest version known, whichever that is.
    pub(in crate::checks) const LATEST: Self = Self(LATEST);

    /// The version of a Kubernetes minor.
    pub(in crate::checks) const fn minor(minor: u8) -> Self {
        Self(minor)
    }
}

impl TryFrom<String> for Version {
    type Error = UnknownVersion;

    fn try_from(text: String) -> Result<Self, UnknownVersion> {
        if text == "latest" {
            return Ok(Self::LATEST);
        }
        let minor = text.strip_prefix("v1.").and_then(|minor| minor.parse().ok());
        // Written as Kubernetes does: no sign, no leading zero.
        let known = minor.map(Self).filter(|version| version.0 <= NEWEST && version.to_string() == text);
        known.ok_or(UnknownVersion(text))
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::LATEST { f.write_str("latest") } else { write!(f, "v1.{}", self.0) }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^(latest|v1\.(0|[1-9][0-9]*))$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_written() {
        for text in ["latest", "v1.0", "v1.9", "v1.37"] {
            assert_eq!(Version::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["v1.38", "v1.255", "1.30", "v1.03", "v1.+3", "v2.0", "Latest", ""] {
            assert!(Version::try_from(text.to_owned()).is_err(), "{text}");
        }
        let newest = Version::try_from("v1.37".to_owned()).unwrap();
        assert!(newest < Version::LATEST && newest == Version::minor(NEWEST));
    }
}
