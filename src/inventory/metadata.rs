//! The part of `metadata` that Seaworthy reads.
//!
//! It must not keep what only the API server needs (managedFields) or what can be large and is never
//! judged (the last applied configuration). Next: [`super::object`].

use jiff::Timestamp;
use serde::Deserialize;

use super::credential;
use super::lenient::{list, null_is_default, string_map};
use super::small_map::Labels;
use super::uid::Uid;
use super::written::Written;

/// What kubectl writes beside every applied object: a copy of the whole object, never judged.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `metadata` of an object, lean.
///
/// Two are equal when all but their resource version is: a write that changes nothing Seaworthy reads
/// (a status) is not a change.
#[derive(Clone, Debug, Default, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Name; empty in a pod template.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Prefix from which the server would make a name; only files have it without a name.
    #[serde(deserialize_with = "null_is_default")]
    pub generate_name: Box<str>,
    /// Namespace; empty for cluster-scoped objects and for files that do not say.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace: String,
    /// Whether the namespace is a guess: the file names none, and nobody else did.
    #[serde(skip)]
    pub namespace_is_assumed: bool,
    /// Unique over time and space; empty in files.
    #[serde(deserialize_with = "null_is_default")]
    pub uid: Uid,
    /// The server's version of this state; empty in files. Opaque.
    #[serde(deserialize_with = "null_is_default")]
    pub resource_version: Box<str>,
    /// Rises with every change of the spec; 0 for kinds without it and in files.
    #[serde(deserialize_with = "null_is_default")]
    pub generation: i64,
    /// Labels.
    #[serde(deserialize_with = "string_map")]
    pub labels: Labels,
    /// Annotations without [`LAST_APPLIED`], and without the credentials in them ([`credential::redact`]).
    #[serde(deserialize_with = "annotations")]
    pub annotations: Labels,
    /// Owners, in the order given.
    #[serde(deserialize_with = "list")]
    pub owner_references: Vec<OwnerReference>,
    /// When the object was created; absent in files.
    pub creation_timestamp: Option<Timestamp>,
    /// When its deletion was asked for, if it was.
    pub deletion_timestamp: Option<Box<Timestamp>>,
    /// How it was written; absent for a live object of which nothing says that it was in another version.
    #[serde(skip)]
    pub written: Option<Box<Written>>,
}

/// One entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// `group/version` of the owner.
    #[serde(deserialize_with = "null_is_default")]
    pub api_version: String,
    /// Kind of the owner.
    #[serde(deserialize_with = "null_is_default")]
    pub kind: String,
    /// Name of the owner.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Unique id of the owner.
    #[serde(deserialize_with = "null_is_default")]
    pub uid: Uid,
    /// Whether this owner is the managing controller.
    #[serde(deserialize_with = "null_is_default")]
    pub controller: bool,
}

impl OwnerReference {
    /// API group of the owner, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            name,
            generate_name,
            namespace,
            namespace_is_assumed,
            uid,
            resource_version: _,
            generation,
            labels,
            annotations,
            owner_references,
            creation_timestamp,
            deletion_timestamp,
            written,
        } = self;
        *uid == other.uid
            && *generation == other.generation
            && *name == other.name
            && *generate_name == other.generate_name
            && *namespace == other.namespace
            && *namespace_is_assumed == other.namespace_is_assumed
            && *labels == other.labels
            && *annotations == other.annotations
            && *owner_references == other.owner_references
            && *creation_timestamp == other.creation_timestamp
            && *deletion_timestamp == other.deletion_timestamp
            && *written == other.written
    }
}

impl Metadata {
    /// The managing controller, if there is one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Whether deletion was asked for.
    pub const fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

/// Annotations as they are kept, from those of an object.
pub fn kept(mut annotations: Labels) -> Labels {
    annotations.remove(LAST_APPLIED);
    for value in annotations.values_mut() {
        *value = credential::redact(std::mem::take(value));
    }
    annotations
}

pub(super) fn annotations<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    string_map(deserializer).map(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_read_as_absent_and_the_last_applied_configuration_is_dropped() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"name":"web","labels":{"a":null,"b":"c"},"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","x":"y"},
                "creationTimestamp":null,"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"u","controller":true}]}"#,
        )
        .unwrap();
        assert_eq!(metadata.labels.get("a").map(String::as_str), Some(""));
        assert_eq!(metadata.annotations.keys().collect::<Vec<_>>(), ["x"]);
        assert_eq!(metadata.controller().map(OwnerReference::group), Some("apps"));
        assert!(!metadata.is_deleting());
    }
}
