//! For which version of Kubernetes something is meant, as a parameter: that of the server, or a minor by its number.
//!
//! Next: [`crate::inventory::lifecycle`].

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::inventory::lifecycle::NEWEST;
use crate::inventory::snapshot::NamespaceView;

/// What stands for the minor of the server.
const CLUSTER: &str = "cluster";

/// A minor of Kubernetes 1, or whichever the server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) enum TargetVersion {
    /// That of the server, or that for which files are meant; the newest known where nobody says.
    #[default]
    Cluster,
    /// This one.
    Minor(u8),
}

/// Not a minor that is known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is neither `cluster` nor one of `1.0` to `1.{NEWEST}`")]
pub(super) struct UnknownMinor(String);

impl TargetVersion {
    /// The minor that is meant where this namespace lies.
    pub(super) fn minor(self, namespace: &NamespaceView<'_>) -> u8 {
        match self {
            Self::Cluster => namespace.server_minor().unwrap_or(NEWEST),
            Self::Minor(minor) => minor,
        }
    }
}

impl TryFrom<String> for TargetVersion {
    type Error = UnknownMinor;

    fn try_from(text: String) -> Result<Self, UnknownMinor> {
        if text == CLUSTER {
            return Ok(Self::Cluster);
        }
        let minor = text.strip_prefix("1.").and_then(|minor| minor.parse().ok());
        let target = minor.filter(|minor| *minor <= NEWEST).map(Self::Minor);
        // Written as Kubernetes does: no sign, no leading zero.
        target.filter(|target| target.to_string() == text).ok_or(UnknownMinor(text))
    }
}

impl From<TargetVersion> for String {
    fn from(target: TargetVersion) -> Self {
        target.to_string()
    }
}

impl fmt::Display for TargetVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str(CLUSTER),
            Self::Minor(minor) => write!(f, "1.{minor}"),
        }
    }
}

impl JsonSchema for TargetVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TargetVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^(cluster|1\.(0|[1-9][0-9]*))$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;

    #[test]
    fn minors_are_read_as_they_are_written() {
        let target = |text: &str| TargetVersion::try_from(text.to_owned());
        assert_eq!(target("1.37"), Ok(TargetVersion::Minor(37)));
        assert_eq!(target("cluster"), Ok(TargetVersion::default()));
        for text in ["1.38", "v1.30", "1.03", "1.+3", "2.0", "1", "", "Cluster"] {
            assert!(target(text).is_err(), "{text}");
        }
    }

    #[test]
    fn that_of_the_server_is_the_newest_where_nobody_says() {
        let mut inventory = Inventory::default();
        let of = |target: TargetVersion, inventory: &Inventory| target.minor(&inventory.namespace("shop"));
        assert_eq!(of(TargetVersion::Cluster, &inventory), NEWEST);
        inventory.set_server_minor(Some(31));
        assert_eq!(of(TargetVersion::Cluster, &inventory), 31);
        assert_eq!(of(TargetVersion::Minor(22), &inventory), 22);
    }
}
