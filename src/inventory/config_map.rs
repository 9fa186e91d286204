//! ConfigMaps, reduced to the names of their keys, and to what their values are, while they are decoded.
//!
//! No value is kept, and no error may quote one: people put credentials into ConfigMaps. Annotations are left
//! out too: leader elections write one every two seconds, and no check reads them. Next: [`super::snapshot`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::credential::Shape;
use super::env::EnvValue;
use super::labels::Labels;
use super::lenient::{keys, null_is_default};
use super::metadata::Metadata;
use super::names::Names;
use super::tls_version::TlsVersion;

/// The ConfigMap that the server puts into every namespace.
pub const ROOT_CERTIFICATES: &str = "kube-root-ca.crt";

/// The key in which controllers that run NGINX find the versions of TLS that they accept.
pub const SSL_PROTOCOLS: &str = "ssl-protocols";

/// A ConfigMap, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    /// Metadata without annotations.
    pub metadata: Metadata,
    /// Names of the keys of `data` and `binaryData`.
    pub keys: Names,
    /// What is worth knowing of values; absent when that is nothing.
    pub values: Option<Box<ValueFacts>>,
    /// Whether the data can no longer be changed.
    pub immutable: bool,
}

/// What is known of the values of `data`, each by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueFacts {
    /// Those that are, or hold, a credential by their shape.
    pub credentials: Vec<(Box<str>, Shape)>,
    /// Those that are no literal of one line: empty, a word such as `true`, completed by somebody else, a text.
    pub others: Vec<Box<str>>,
    /// The lowest version of TLS under [`SSL_PROTOCOLS`].
    pub lowest_tls: Option<TlsVersion>,
}

impl<'de> Deserialize<'de> for ConfigMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { mut metadata, data, mut binary_data, immutable } = Written::deserialize(deserializer)?;
        metadata.annotations = Labels::new();
        let mut values = ValueFacts::default();
        for (key, value) in &data.unwrap_or_default() {
            match value {
                Value::Credential(shape) => values.credentials.push((key.as_str().into(), *shape)),
                Value::Other => values.others.push(key.as_str().into()),
                Value::Versions(lowest) if key == SSL_PROTOCOLS => values.lowest_tls = Some(*lowest),
                Value::Versions(_) | Value::Literal => {}
            }
            binary_data.insert(key.clone());
        }
        let values = (values != ValueFacts::default()).then(|| Box::new(values));
        Ok(Self { metadata, keys: binary_data.into_iter().collect(), values, immutable })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    data: Option<BTreeMap<String, Value>>,
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

/// What a value is; the value itself ends here.
enum Value {
    Credential(Shape),
    /// A list of versions of TLS, with the lowest of them.
    Versions(TlsVersion),
    Literal,
    Other,
}

impl Value {
    fn of(text: &str) -> Self {
        match EnvValue::of("", text) {
            EnvValue::Credential(shape) => Self::Credential(shape),
            EnvValue::Literal if !text.trim_end().contains('\n') => {
                TlsVersion::lowest(text).map_or(Self::Literal, Self::Versions)
            }
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::of(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::credential::Shape;
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
    fn of_values_it_is_known_which_are_credentials_and_which_no_literals() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\\nx\\n-----END RSA PRIVATE KEY-----";
        let json = format!(
            r#"{{"data":{{"db.conf":"url: postgres://shop:hunter2@db/shop","key":"{key}","password":"hunter2\n",
                "empty":"","none":null,"other":"$(PASSWORD)","text":"a\nb"}}}}"#
        );
        let Object::ConfigMap(map) = decode(Kind::ConfigMap, &json).unwrap() else { panic!("a ConfigMap") };
        let facts = map.values.as_ref().unwrap();
        let shapes: Vec<_> = facts.credentials.iter().map(|(key, shape)| (&**key, *shape)).collect();
        assert_eq!(shapes, [("db.conf", Shape::AddressWithPassword), ("key", Shape::PrivateKey)]);
        assert_eq!(
            facts.others.iter().map(|key| &**key).collect::<Vec<_>>(),
            ["empty", "none", "other", "text"]
        );
        assert!(!format!("{map:?}").contains("hunter2"));
    }

    #[test]
    fn of_a_list_of_versions_of_tls_the_lowest_is_kept_under_its_key_alone() {
        let lowest = |key: &str, list: &str| {
            let json = format!(r#"{{"data":{{"{key}":"{list}"}}}}"#);
            let Object::ConfigMap(map) = decode(Kind::ConfigMap, &json).unwrap() else {
                panic!("a ConfigMap")
            };
            map.values.and_then(|values| values.lowest_tls)
        };
        assert_eq!(lowest("ssl-protocols", "TLSv1.1 TLSv1.2\\n"), Some(super::TlsVersion::V1_1));
        assert_eq!(lowest("ssl-protocols", "all of them"), None);
        assert_eq!(lowest("version", "1.1"), None);
    }

    #[test]
    fn a_value_that_is_no_text_is_an_error_that_does_not_quote_it() {
        let error = decode(Kind::ConfigMap, r#"{"data":{"pin":271828}}"#).unwrap_err().to_string();
        assert!(error.contains("does not have the shape of a ConfigMap"), "{error}");
        assert!(!error.contains("271828"), "{error}");
    }
}
