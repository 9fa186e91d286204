//! What the metadata of a Secret tells: its name, its labels, its owners, and names of its keys.
//!
//! The server notes beside an object who wrote which of its fields, which names keys and no value. Of annotations it is
//! kept that there is a credential in one, the moments that they hold, whose token the Secret may be, and nothing else: in
//! one of them kubectl keeps what it last applied, every value included. A key that nobody is
//! noted for may be there all the same, since such notes can be deleted. Next: [`super::super::snapshot`].

use std::collections::BTreeSet;
use std::num::NonZeroI64;

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use super::TOKEN_OF;
use super::any::{Any, Reader};
use super::changes::{Changes, moment, noted_time};
use crate::inventory::credential::{self, Shape};
use crate::inventory::labels::Labels;
use crate::inventory::lenient::{keys, list, null_is_default, string_map};
use crate::inventory::metadata::{Metadata, Naming, OwnerReference, Rare, Served, seconds};
use crate::inventory::name::Name;
use crate::inventory::names::Names;
use crate::inventory::uid::Uid;

/// A Secret of whatever type, of which nothing but the metadata was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretMetadata {
    /// Metadata without annotations, but for those that held a credential and the one that names an account.
    pub metadata: Metadata,
    /// Names of keys that somebody wrote; there may be more.
    pub keys: Names,
    /// When its data were written.
    pub changes: Changes,
}

impl<'de> Deserialize<'de> for SecretMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { metadata } = Read::deserialize(deserializer)?;
        let Told { marks, moments } = metadata.annotations;
        let changes = Changes::of(&metadata.managed_fields, moments);
        let fields = metadata.managed_fields.into_iter().map(|manager| manager.fields);
        let fields = fields.flat_map(|fields| fields.data.into_iter().chain(fields.string_data));
        let keys = fields.filter_map(|field| field.strip_prefix("f:").map(Box::<str>::from));
        let rare = Rare {
            owner_references: metadata.owner_references,
            deletion_timestamp: metadata.deletion_timestamp,
            ..Rare::default()
        };
        let naming = Naming {
            name: metadata.name,
            namespace: metadata.namespace,
            labels: metadata.labels,
            annotations: marks.into_iter().collect(),
        };
        let served = Served {
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            created: metadata.creation_timestamp.and_then(seconds),
            generation: 0,
        };
        Ok(Self {
            keys: keys.collect(),
            changes,
            metadata: Metadata {
                naming: naming.into(),
                served: served.kept(),
                written: None,
                rare: rare.kept(),
            },
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Read {
    #[serde(deserialize_with = "null_is_default")]
    metadata: ReadMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReadMetadata {
    #[serde(deserialize_with = "null_is_default")]
    name: Name,
    #[serde(deserialize_with = "null_is_default")]
    namespace: Name,
    #[serde(deserialize_with = "null_is_default")]
    uid: Uid,
    #[serde(deserialize_with = "null_is_default")]
    resource_version: Box<str>,
    #[serde(deserialize_with = "string_map")]
    labels: Labels,
    annotations: Told,
    #[serde(deserialize_with = "list")]
    owner_references: Vec<OwnerReference>,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "list")]
    managed_fields: Vec<Manager>,
}

/// What annotations tell.
#[derive(Default)]
struct Told {
    /// Those with a credential, and a mark in the place of all that each says; and the name of an account.
    marks: Vec<(String, String)>,
    /// Those that are a moment.
    moments: Vec<(Box<str>, NonZeroI64)>,
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(deserializer.deserialize_any(Any(Annotations))?.unwrap_or_default())
    }
}

struct Annotations;

impl<'de> Reader<'de> for Annotations {
    type Output = Told;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Told>, A::Error> {
        let mut told = Told::default();
        while let Some(key) = map.next_key::<String>()? {
            match map.next_value_seed(Any(Annotation { is_account: key == TOKEN_OF }))? {
                Some(Says::Credential(shape)) => told.marks.push((key, credential::mark(shape))),
                Some(Says::Account(name)) => told.marks.push((key, name)),
                Some(Says::Moment(moment)) => told.moments.push((key.into(), moment)),
                None => {}
            }
        }
        Ok(Some(told))
    }
}

struct Annotation {
    /// Whether it is the one that names an account.
    is_account: bool,
}

/// What one annotation says.
enum Says {
    Credential(Shape),
    Account(String),
    Moment(NonZeroI64),
}

impl Reader<'_> for Annotation {
    type Output = Says;

    fn text(self, text: &str) -> Option<Says> {
        // What no account can be called is none.
        let is_of_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let account =
            || (self.is_account && text.bytes().all(is_of_name)).then(|| Says::Account(text.to_owned()));
        let credential = credential::find(text).map(Says::Credential);
        credential.or_else(account).or_else(|| moment(text).map(Says::Moment))
    }
}

/// What one writer wrote.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Manager {
    #[serde(rename = "fieldsV1", deserialize_with = "null_is_default")]
    fields: Fields,
    /// When, in seconds since 1970.
    #[serde(rename = "time", deserialize_with = "noted_time")]
    pub(super) written: Option<NonZeroI64>,
}

impl Manager {
    /// Whether a part of the data is this one's.
    pub(super) fn owns_data(&self) -> bool {
        self.fields.data.iter().chain(&self.fields.string_data).any(|field| field.starts_with("f:"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:data", deserialize_with = "keys::<_, IgnoredAny>")]
    data: BTreeSet<String>,
    /// Of text that was applied the server notes this alone, although it is stored as data. Whether somebody else
    /// took the key out since is then not noted.
    #[serde(rename = "f:stringData", deserialize_with = "keys::<_, IgnoredAny>")]
    string_data: BTreeSet<String>,
}

/// A text; none where something else stands.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Text;

    impl Reader<'_> for Text {
        type Output = String;

        fn text(self, text: &str) -> Option<String> {
            Some(text.to_owned())
        }
    }

    deserializer.deserialize_any(Any(Text))
}

#[cfg(test)]
mod tests {
    use crate::inventory::decode::{decode, decode_or_broken};
    use crate::inventory::{Kind, Object};

    #[test]
    fn keys_are_those_that_somebody_is_noted_for_and_annotations_are_passed_over() {
        let json = r#"{"kind":"PartialObjectMetadata","metadata":{"name":"db","namespace":"shop","uid":"u",
            "resourceVersion":"7","labels":{"a":"b"},
            "annotations":{"kubectl.kubernetes.io/last-applied-configuration":
                "{\"apiVersion\":\"v2\",\"data\":{\"password\":\"aHVudGVyMg==\"}}","x":"hunter2"},
            "ownerReferences":[{"kind":"ExternalSecret","name":"db"}],
            "managedFields":[
                {"manager":"kubectl","fieldsV1":{"f:data":{".":{},"f:password":{}},"f:type":{}}},
                {"manager":"other","fieldsV1":{"f:data":{"f:user":{}},"f:metadata":{"f:labels":{"f:a":{}}}}},
                {"manager":"applier","fieldsV1":{"f:stringData":{"f:text":{}}}},
                {"manager":"old","fieldsV1":null}, null]}}"#;
        let Object::SecretMetadata(secret) = decode(Kind::SecretMetadata, json).unwrap() else { panic!() };
        assert_eq!(secret.keys.iter().collect::<Vec<_>>(), ["password", "text", "user"]);
        assert_eq!(secret.metadata.owner_references()[0].kind, "ExternalSecret");
        assert!(secret.metadata.annotations.is_empty() && secret.metadata.written().is_none());
        let shown = format!("{secret:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
    }

    #[test]
    fn of_annotations_a_mark_is_kept_where_a_credential_is_and_what_is_no_text_is_none() {
        let token = format!("npm_{}", "a".repeat(36));
        let applied = format!(r#"{{\"stringData\":{{\"a\":\"{token}\"}}}}"#);
        let json = format!(
            r#"{{"metadata":{{"name":"db","annotations":{{"applied":"{applied}","n":7,"o":{{}},"x":"y"}}}}}}"#
        );
        let Object::SecretMetadata(secret) = decode(Kind::SecretMetadata, &json).unwrap() else { panic!() };
        let kept: Vec<(&str, &str)> = secret.metadata.annotations.iter().collect();
        assert_eq!(kept, [("applied", "<redacted:registry-token>")]);
        assert!(!format!("{secret:?}").contains("npm_"));
        let json = r#"{"metadata":{"name":"db","annotations":7}}"#;
        assert!(matches!(decode(Kind::SecretMetadata, json), Ok(Object::SecretMetadata(_))));
    }

    #[test]
    fn the_account_that_an_annotation_names_is_kept_if_one_can_be_called_so() {
        let kept = |name: &str| {
            let annotations = format!(r#"{{"kubernetes.io/service-account.name":"{name}"}}"#);
            let json = format!(r#"{{"metadata":{{"name":"db","annotations":{annotations}}}}}"#);
            let Object::SecretMetadata(secret) = decode(Kind::SecretMetadata, &json).unwrap() else {
                panic!()
            };
            secret.metadata.annotations.get(super::TOKEN_OF).map(str::to_owned)
        };
        assert_eq!(kept("web"), Some("web".to_owned()));
        assert_eq!(kept("Hunter2!"), None);
    }

    #[test]
    fn what_has_not_the_shape_is_broken_and_quotes_nothing() {
        let json = r#"{"metadata":{"name":"db","managedFields":[{"fieldsV1":{"f:data":"hunter2"}}]}}"#;
        let broken = decode_or_broken(Kind::SecretMetadata, json).unwrap();
        assert!(
            matches!(&broken, Object::Broken(broken) if broken.kind == Kind::SecretMetadata),
            "{broken:?}"
        );
        assert!(!format!("{broken:?}").contains("hunter2"));
    }
}
