//! A minor version of Kubernetes, as a parameter.
//!
//! Next: [`crate::inventory::lifecycle`].

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::inventory::lifecycle::NEWEST;

/// A minor of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Minor(pub(super) u8);

/// Not a minor that is known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is none of `1.0` to `1.{NEWEST}`")]
pub(super) struct UnknownMinor(String);

impl Default for Minor {
    fn default() -> Self {
        Self(NEWEST)
    }
}

impl TryFrom<String> for Minor {
    type Error = UnknownMinor;

    fn try_from(text: String) -> Result<Self, UnknownMinor> {
        let minor = text.strip_prefix("1.").and_then(|minor| minor.parse().ok()).map(Self);
        // Written as Kubernetes does: no sign, no leading zero.
        minor.filter(|minor| minor.0 <= NEWEST && minor.to_string() == text).ok_or(UnknownMinor(text))
    }
}

impl From<Minor> for String {
    fn from(minor: Minor) -> Self {
        minor.to_string()
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

impl JsonSchema for Minor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Minor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^1\.(0|[1-9][0-9]*)$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minors_are_read_as_they_are_written() {
        assert_eq!(Minor::try_from("1.37".to_owned()), Ok(Minor::default()));
        for text in ["1.38", "v1.30", "1.03", "1.+3", "2.0", "1", ""] {
            assert!(Minor::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
