//! ConfigMaps, reduced to the names of their keys while they are decoded.
//!
//! No value is kept, and no error may quote one: people put credentials into ConfigMaps. Annotations are left
//! out too: leader elections write one every two seconds, and no check reads them. Next: [`super::snapshot`].

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::lenient::{keys, null_is_default};
use super::metadata::Metadata;

/// The ConfigMap that the server puts into every namespace.
pub const ROOT_CERTIFICATES: &str = "kube-root-ca.crt";

/// A ConfigMap, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    /// Metadata without annotations.
    pub metadata: Metadata,
    /// Names of the keys of `data` and `binaryData`.
    pub keys: BTreeSet<String>,
    /// Whether the data can no longer be changed.
    pub immutable: bool,
}

impl<'de> Deserialize<'de> for ConfigMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { mut metadata, data, binary_data, immutable } = Written::deserialize(deserializer)?;
        metadata.annotations.clear();
        let mut keys = data;
        keys.extend(binary_data);
        Ok(Self { metadata, keys, immutable })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(deserialize_with = "keys::<_, Text>")]
    data: BTreeSet<String>,
    #[serde(deserialize_with = "keys::<_, Text>")]
    binary_data: BTreeSet<String>,
    #[serde(deserialize_with = "null_is_default")]
    immutable: bool,
}

/// A text, or `null`, that is looked at for its kind only.
struct Text;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Text, E> {
        Ok(Text)
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::super::{Kind, Object};

    #[test]
    fn keys_are_kept_and_values_and_annotations_are_not() {
        let json = r#"{"metadata":{"name":"web","labels":{"a":"b"},"annotations":{"leader":"me"}},
            "data":{"app.conf":"hunter2","none":null},"binaryData":{"logo":"aGk="},"immutable":true}"#;
        let Object::ConfigMap(map) = decode(Kind::ConfigMap, json).unwrap() else { panic!("a ConfigMap") };
        assert_eq!(map.keys.iter().collect::<Vec<_>>(), ["app.conf", "logo", "none"]);
        assert!(map.immutable && map.metadata.annotations.is_empty() && map.metadata.labels.len() == 1);
        assert!(!format!("{map:?}").contains("hunter2"));
    }

    #[test]
    fn a_value_that_is_no_text_is_an_error_that_does_not_quote_it() {
        let error = decode(Kind::ConfigMap, r#"{"data":{"pin":271828}}"#).unwrap_err().to_string();
        assert!(error.contains("does not have the shape of a ConfigMap"), "{error}");
        assert!(!error.contains("271828"), "{error}");
    }
}
