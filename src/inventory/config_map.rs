//! ConfigMaps, reduced to the names of their keys, and to what their values are, while they are decoded.
//!
//! No value is kept, and no error may quote one: people put credentials into ConfigMaps. Annotations are left
//! out too: leader elections write one every two seconds, and no check reads others than those with credentials. Next: [`super::snapshot`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use zeroize::Zeroizing;

use super::certificate::decode_base64;
use super::contour::{CONTOUR, Lowest};
use super::credential::{self, Shape};
use super::env::EnvValue;
use super::lenient::null_is_default;
use super::metadata::Metadata;
use super::names::Names;
use super::tls_version::TlsVersion;

/// The ConfigMap that the server puts into every namespace.
pub const ROOT_CERTIFICATES: &str = "kube-root-ca.crt";

/// The key in which controllers that run NGINX find the versions of TLS that they accept.
pub const SSL_PROTOCOLS: &str = "ssl-protocols";

/// The key by which an administrator of ingress-nginx lets every Ingress put configuration into the controller.
pub const ALLOW_SNIPPETS: &str = "allow-snippet-annotations";

/// A ConfigMap, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    /// Metadata without annotations, but for those that held a credential.
    pub metadata: Metadata,
    /// Names of the keys of `data` and `binaryData`.
    pub keys: Names,
    /// What is worth knowing of values; absent when that is nothing.
    pub values: Option<Box<ValueFacts>>,
    /// Whether the data can no longer be changed.
    pub immutable: bool,
}

/// What is known of the values of `data` and `binaryData`, each by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueFacts {
    /// Those that are, or hold, a credential by their shape.
    pub credentials: Vec<(Box<str>, Shape)>,
    /// Those of `binaryData` that are, or hold, a credential.
    pub binary_credentials: Vec<(Box<str>, Shape)>,
    /// Those of `binaryData` that are literals.
    pub binary_literals: Vec<Box<str>>,
    /// Those that are no literal of one line: empty, a word such as `true`, completed by somebody else, a text.
    pub others: Vec<Box<str>>,
    /// The lowest version of TLS under [`SSL_PROTOCOLS`].
    pub lowest_tls: Option<TlsVersion>,
    /// What Contour's configuration says of the lowest version of TLS, under [`CONTOUR`].
    pub contour_tls: Option<Lowest>,
    /// Whether what stands under [`ALLOW_SNIPPETS`] is true.
    pub allows_snippets: bool,
}

impl<'de> Deserialize<'de> for ConfigMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { mut metadata, data, binary_data, immutable } = Written::deserialize(deserializer)?;
        metadata.annotations.retain(|_, value| credential::redacted(value).is_some());
        let mut values = ValueFacts::default();
        let mut keys = BTreeSet::new();
        for (key, Text { value, is_true, contour }) in data.unwrap_or_default() {
            match value {
                Value::Credential(shape) => values.credentials.push((key.as_str().into(), shape)),
                Value::Other => values.others.push(key.as_str().into()),
                Value::Versions(lowest) if key == SSL_PROTOCOLS => values.lowest_tls = Some(lowest),
                Value::Versions(_) | Value::Literal => {}
            }
            values.allows_snippets |= is_true && key == ALLOW_SNIPPETS;
            values.contour_tls = values.contour_tls.or_else(|| contour.filter(|_| key == CONTOUR));
            keys.insert(key);
        }
        for (key, Binary(value)) in binary_data.unwrap_or_default() {
            match value {
                Value::Credential(shape) => values.binary_credentials.push((key.as_str().into(), shape)),
                Value::Other => values.others.push(key.as_str().into()),
                Value::Versions(_) | Value::Literal => values.binary_literals.push(key.as_str().into()),
            }
            keys.insert(key);
        }
        let values = (values != ValueFacts::default()).then(|| Box::new(values));
        Ok(Self { metadata, keys: keys.into_iter().collect(), values, immutable })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    data: Option<BTreeMap<String, Text>>,
    binary_data: Option<BTreeMap<String, Binary>>,
    #[serde(deserialize_with = "null_is_default")]
    immutable: bool,
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

/// A value of `data`.
struct Text {
    value: Value,
    /// Whether a program that reads a flag takes it as set.
    is_true: bool,
    /// What it says of versions of TLS, if it is Contour's configuration.
    contour: Option<Lowest>,
}

/// A value of `binaryData`: text in base64, or anything else.
struct Binary(Value);

impl From<Option<&str>> for Text {
    fn from(text: Option<&str>) -> Self {
        let is_true = text.is_some_and(|text| ["1", "t", "T", "true", "TRUE", "True"].contains(&text));
        Self { value: text.map_or(Value::Other, Value::of), is_true, contour: text.and_then(Lowest::of) }
    }
}

impl From<Option<&str>> for Binary {
    fn from(text: Option<&str>) -> Self {
        // What does not decode the server does not take.
        let Some(bytes) = text.and_then(|text| decode_base64(text.as_bytes())) else {
            return Self(Value::Literal);
        };
        if let Ok(text) = std::str::from_utf8(&bytes) {
            return Self(Value::of(text));
        }
        // A key can lie among other things, as in an archive.
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        Self(credential::find(&text).map_or(Value::Literal, Value::Credential))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// Makes something of a text, or of `null`.
struct Reader<T>(PhantomData<T>);

impl<T: for<'a> From<Option<&'a str>>> Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(Some(text).into())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(None.into())
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
    fn of_binary_values_it_is_known_which_hold_credentials() {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let key = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n";
        let archive = [b"\xff\xfe\0", key.as_bytes(), b"\0\xff"].concat();
        let data = serde_json::json!({"archive": STANDARD.encode(archive), "key": STANDARD.encode(key),
            "noise": STANDARD.encode([0xff, 0]), "none": null, "text": STANDARD.encode("a\nb"), "wrong": "!"});
        let json = serde_json::json!({"data": {"a": "b"}, "binaryData": data}).to_string();
        let Object::ConfigMap(map) = decode(Kind::ConfigMap, &json).unwrap() else { panic!("a ConfigMap") };
        assert_eq!(map.keys.iter().count(), 7);
        let facts = map.values.as_ref().unwrap();
        let found: Vec<_> = facts.binary_credentials.iter().map(|(key, shape)| (&**key, *shape)).collect();
        assert_eq!(found, [("archive", Shape::PrivateKey), ("key", Shape::PrivateKey)]);
        assert!(facts.binary_literals.iter().map(|key| &**key).eq(["noise", "none", "wrong"]));
        assert!(facts.credentials.is_empty() && facts.others.iter().map(|key| &**key).eq(["text"]));
        assert!(!format!("{map:?}").contains("BEGIN"));
    }

    #[test]
    fn of_flags_one_is_kept() {
        let facts = |json: &str| {
            let Object::ConfigMap(map) = decode(Kind::ConfigMap, json).unwrap() else {
                panic!("a ConfigMap")
            };
            map.values.is_some_and(|values| values.allows_snippets)
        };
        assert!(facts(r#"{"data":{"allow-snippet-annotations":"true"}}"#));
        assert!(!facts(r#"{"data":{"allow-snippet-annotations":"false","other":"true"}}"#));
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
    fn of_the_configuration_of_contour_the_lowest_version_is_kept_under_its_key_alone() {
        let lowest = |key: &str| {
            let json = format!(r#"{{"data":{{"{key}":"tls:\n  minimum-protocol-version: \"1.1\"\n"}}}}"#);
            let Object::ConfigMap(map) = decode(Kind::ConfigMap, &json).unwrap() else {
                panic!("a ConfigMap")
            };
            map.values.and_then(|values| values.contour_tls)
        };
        assert_eq!(lowest("contour.yaml"), Some(super::Lowest::Version(super::TlsVersion::V1_1)));
        assert_eq!(lowest("other.yaml"), None);
    }

    #[test]
    fn a_value_that_is_no_text_is_an_error_that_does_not_quote_it() {
        let error = decode(Kind::ConfigMap, r#"{"data":{"pin":271828}}"#).unwrap_err().to_string();
        assert!(error.contains("does not have the shape of a ConfigMap"), "{error}");
        assert!(!error.contains("271828"), "{error}");
    }
}
