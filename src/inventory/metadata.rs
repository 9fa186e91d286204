//! The part of `metadata` that Seaworthy reads.
//!
//! It must not keep what only the API server needs (managedFields) or what can be large and is never
//! judged (the last applied configuration). Next: [`super::object`].

use std::borrow::Cow;
use std::num::NonZeroI64;

use jiff::Timestamp;
use serde::Deserialize;

use super::credential::{self, Shape};
use super::labels::Labels;
use super::lenient::{list, null_is_default, string_entries, string_map};
use super::name::Name;
pub use super::naming::Naming;
use super::shared::Shared;
use super::uid::Uid;
use super::written::Written;

/// What kubectl writes beside every applied object: a copy of the whole object. It is not kept; only of a Secret, that
/// there is a credential in it.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `metadata` of an object, lean.
///
/// Two are equal when all but their resource version is: a write that changes nothing Seaworthy reads
/// (a status) is not a change.
#[derive(Clone, Debug, Default, Eq, Deserialize)]
#[serde(from = "Read")]
pub struct Metadata {
    /// What it is called, and through it, as fields of its own, how: the objects of an application are mostly called alike.
    pub naming: Shared<Naming>,
    /// What the server says of it; absent in files.
    pub served: Option<Box<Served>>,
    /// How it was written; absent for a live object of which nothing says that it was in another version.
    pub written: Option<Shared<Written>>,
    /// What else there is; absent where all of it is.
    pub rare: Option<Box<Rare>>,
}

/// What the server says of an object, and no file.
#[derive(Clone, Debug, Default, Eq)]
pub struct Served {
    /// Unique over time and space.
    pub uid: Uid,
    /// The server's version of this state. Opaque.
    pub resource_version: Box<str>,
    /// Rises with every change of the spec; 0 for kinds without it.
    pub generation: i64,
    /// When the object was created, in seconds since 1970. See [`Metadata::creation_timestamp`].
    pub created: Option<NonZeroI64>,
}

impl PartialEq for Served {
    fn eq(&self, other: &Self) -> bool {
        let Self { uid, resource_version: _, generation, created } = self;
        *uid == other.uid && *generation == other.generation && *created == other.created
    }
}

impl Served {
    /// This, if there is anything in it.
    pub fn kept(self) -> Option<Box<Self>> {
        (self != Self::default() || !self.resource_version.is_empty()).then(|| Box::new(self))
    }
}

/// What few objects of a cluster have: the others do not pay for it with a hundred bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// Prefix from which the server would make a name; only files have it without a name.
    pub generate_name: Box<str>,
    /// Whether the namespace is a guess: the file names none, and nobody else did.
    pub namespace_is_assumed: bool,
    /// Owners, in the order given.
    pub owner_references: Vec<OwnerReference>,
    /// When its deletion was asked for, if it was.
    pub deletion_timestamp: Option<Timestamp>,
}

/// `metadata` as it is read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Read {
    #[serde(deserialize_with = "null_is_default")]
    name: Name,
    #[serde(deserialize_with = "null_is_default")]
    generate_name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    namespace: Name,
    #[serde(deserialize_with = "null_is_default")]
    uid: Uid,
    #[serde(deserialize_with = "null_is_default")]
    resource_version: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    generation: i64,
    #[serde(deserialize_with = "string_map")]
    labels: Labels,
    #[serde(deserialize_with = "annotations")]
    annotations: Labels,
    #[serde(deserialize_with = "list")]
    owner_references: Vec<OwnerReference>,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<Timestamp>,
}

impl From<Read> for Metadata {
    fn from(read: Read) -> Self {
        let Read { generate_name, owner_references, deletion_timestamp, .. } = read;
        // The server keeps it beside the name that it made of it.
        let is_made = !read.name.is_empty() && *read.name != *generate_name;
        let generate_name = if is_made { Box::default() } else { generate_name };
        let rare = Rare { generate_name, owner_references, deletion_timestamp, ..Rare::default() };
        let served = Served {
            uid: read.uid,
            resource_version: read.resource_version,
            generation: read.generation,
            created: read.creation_timestamp.and_then(seconds),
        };
        let Read { name, namespace, labels, annotations, .. } = read;
        Self {
            naming: Naming { name, namespace, labels, annotations }.into(),
            served: served.kept(),
            written: None,
            rare: rare.kept(),
        }
    }
}

/// A moment as it is kept in [`Served::created`].
pub(super) fn seconds(moment: Timestamp) -> Option<NonZeroI64> {
    NonZeroI64::new(moment.as_second())
}

impl Rare {
    /// This, if there is anything in it.
    pub fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
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

/// What counts of what the server says: nothing, where it says no more than its version.
fn served_of(served: Option<&Served>) -> Option<&Served> {
    served.filter(|served| **served != Served::default())
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        let Self { naming, served, written, rare } = self;
        served_of(served.as_deref()) == served_of(other.served.as_deref())
            && *naming == other.naming
            && *written == other.written
            && *rare == other.rare
    }
}

impl Metadata {
    /// That of an object of which nothing else is known.
    pub fn named(namespace: &str, name: &str) -> Self {
        let naming = Naming { name: name.into(), namespace: namespace.into(), ..Naming::default() };
        Self { naming: naming.into(), ..Self::default() }
    }

    /// The managing controller, if there is one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references().iter().find(|owner| owner.controller)
    }

    /// Unique over time and space; empty in files.
    pub fn uid(&self) -> &Uid {
        static ABSENT: Uid = Uid::ABSENT;
        self.served.as_ref().map_or(&ABSENT, |served| &served.uid)
    }

    /// The server's version of this state; empty in files. Opaque.
    pub fn resource_version(&self) -> &str {
        self.served.as_ref().map_or("", |served| &served.resource_version)
    }

    /// Rises with every change of the spec; 0 for kinds without it and in files.
    pub fn generation(&self) -> i64 {
        self.served.as_ref().map_or(0, |served| served.generation)
    }

    /// When the object was created, in seconds since 1970; absent in files.
    pub fn created(&self) -> Option<NonZeroI64> {
        self.served.as_ref()?.created
    }

    /// When the object was created; absent in files. The server knows it to the second.
    pub fn creation_timestamp(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.created()?.get()).ok()
    }

    /// Owners, in the order given.
    pub fn owner_references(&self) -> &[OwnerReference] {
        self.rare.as_ref().map_or(&[], |rare| &rare.owner_references)
    }

    /// Whether deletion was asked for.
    pub fn is_deleting(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.deletion_timestamp.is_some())
    }

    /// Prefix from which the server would make a name; empty where there is a name.
    pub fn generate_name(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.generate_name)
    }

    /// Whether the namespace is a guess: the file names none, and nobody else did.
    pub fn namespace_is_assumed(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.namespace_is_assumed)
    }

    /// How it was written, if that is known.
    pub fn written(&self) -> Option<&Written> {
        self.written.as_deref()
    }

    /// Notes that its namespace is a guess.
    pub fn assume_namespace(&mut self) {
        self.rare.get_or_insert_default().namespace_is_assumed = true;
    }
}

/// Annotations as they are kept, from those of an object.
pub fn kept(annotations: &Labels) -> Labels {
    kept_entries(annotations.iter().map(|(key, value)| (key, Cow::Borrowed(value))))
}

pub(super) fn annotations<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    string_entries(deserializer).map(kept_entries)
}

fn kept_entries<'a, K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Cow<'a, str>)>) -> Labels {
    let judged = entries.into_iter().filter_map(|(key, value)| {
        let value = if key.as_ref() == LAST_APPLIED {
            Cow::Owned(credential::mark(copied(&value)?))
        } else {
            credential::redacted_in(value)
        };
        Some((key, value))
    });
    judged.collect()
}

/// A credential in what kubectl wrote down of a Secret; of other objects it says what they say themselves. Keys are in
/// order there, and quotation marks in a text stand behind a backslash.
fn copied(applied: &str) -> Option<Shape> {
    let is_secret = applied.starts_with(r#"{"apiVersion":"v1","#) && applied.contains(r#","kind":"Secret","#);
    if is_secret { credential::find(applied) } else { None }
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
        assert_eq!(metadata.labels.get("a"), Some(""));
        assert_eq!(metadata.annotations.keys().collect::<Vec<_>>(), ["x"]);
        assert_eq!(metadata.controller().map(OwnerReference::group), Some("apps"));
        assert!(!metadata.is_deleting());
    }
}
