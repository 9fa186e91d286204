//! One watched object, undecoded: lean metadata, and the JSON text for the index to decode.
//!
//! Decoding it never fails, or one bad object would stop its whole kind for ever; and it is never
//! printed, because it may be a Secret. Next: [`super::watch`].

use std::borrow::Cow;
use std::fmt;

use kube::Resource;
use kube::api::{ApiResource, ObjectMeta};
use kube::core::DynamicResourceScope;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::inventory::decode::decode_or_broken;
use crate::inventory::metadata::Served;
use crate::inventory::{Kind, Metadata, Object};

/// One watched object.
#[derive(Clone)]
pub struct Guarded {
    /// Name, namespace, uid and resourceVersion; no more.
    metadata: ObjectMeta,
    raw: Box<RawValue>,
}

impl Guarded {
    /// The object's name.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// The object's namespace; none for cluster-scoped kinds.
    pub fn namespace(&self) -> Option<&str> {
        self.metadata.namespace.as_deref()
    }

    /// The object's uid, empty if it has none.
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The object's version.
    pub fn resource_version(&self) -> &str {
        self.metadata.resource_version.as_deref().unwrap_or_default()
    }

    /// What checks read of it, as an object of this kind.
    pub fn decode(&self, kind: Kind) -> Object {
        decode_or_broken(kind, self.json()).unwrap_or_else(|_| {
            // Not even the metadata decodes; the guard still knows what it is called.
            let served = Served { uid: self.uid().into(), ..Served::default() };
            let named = Metadata::named(self.namespace().unwrap_or_default(), self.name());
            let metadata = Metadata { served: served.kept(), ..named };
            Object::broken(kind, metadata, "metadata does not have the shape of an object's")
        })
    }

    /// The object's JSON text as the server sent it.
    pub fn json(&self) -> &str {
        self.raw.get()
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("namespace", &self.namespace())
            .field("name", &self.name())
            .field("bytes", &self.json().len())
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Lean {
    metadata: LeanMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LeanMetadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
}

impl<'de> Deserialize<'de> for Guarded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let LeanMetadata { name, namespace, uid, resource_version } =
            serde_json::from_str(raw.get()).map_or_else(|_| leanest(raw.get()), |Lean { metadata }| metadata);
        let metadata = ObjectMeta { name, namespace, uid, resource_version, ..ObjectMeta::default() };
        Ok(Self { metadata, raw })
    }
}

/// Whatever of the metadata is text, where a field has a shape that it should not have.
fn leanest(json: &str) -> LeanMetadata {
    let object: Value = serde_json::from_str(json).unwrap_or_default();
    let text = |field: &str| object.get("metadata")?.get(field)?.as_str().map(str::to_owned);
    LeanMetadata {
        name: text("name"),
        namespace: text("namespace"),
        uid: text("uid"),
        resource_version: text("resourceVersion"),
    }
}

impl Resource for Guarded {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(dt: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&dt.kind)
    }

    fn group(dt: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&dt.group)
    }

    fn version(dt: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&dt.version)
    }

    fn plural(dt: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&dt.plural)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"{"metadata":{"name":"tls","namespace":"shop","uid":"u","resourceVersion":"3"},"data":{"k":"hunter2"}}"#;

    #[test]
    fn the_text_stays_as_it_was_sent_and_is_not_printed() {
        let secret: Guarded = serde_json::from_str(SECRET).unwrap();
        assert_eq!((secret.name(), secret.namespace(), secret.uid()), ("tls", Some("shop"), "u"));
        assert_eq!((secret.json(), secret.resource_version()), (SECRET, "3"));
        let printed = format!("{secret:?}");
        assert!(printed.contains("tls") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn decoding_never_fails_on_anything_that_has_a_name() {
        let odd = [
            r#"{"metadata":{"name":"a","uid":7,"labels":[]},"spec":1}"#,
            r#"{"spec":{"replicas":"many"},"metadata":{"name":"a","namespace":null,"resourceVersion":{}}}"#,
            r#"{"metadata":{"name":"b"},"metadata":{"name":"a"}}"#,
        ];
        for json in odd {
            assert_eq!(serde_json::from_str::<Guarded>(json).unwrap().name(), "a", "{json}");
        }
        for nameless in ["{}", "null", "[1]", r#"{"metadata":{"name":1}}"#] {
            assert_eq!(serde_json::from_str::<Guarded>(nameless).unwrap().name(), "", "{nameless}");
        }
    }

    #[test]
    fn a_page_with_one_bad_object_is_read_whole() {
        let page =
            format!(r#"{{"kind":"SecretList","metadata":{{}},"items":[{SECRET},{{"metadata":null}}]}}"#);
        let page: kube::core::ObjectList<Guarded> = serde_json::from_str(&page).unwrap();
        assert_eq!(page.items.iter().map(Guarded::name).collect::<Vec<_>>(), ["tls", ""]);
    }
}
