//! An object's metadata as a metadata-only request returns it.
//!
//! It must not know any kind's spec. Next: [`super::calls`] reads it.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::inventory::labels::Labels;
use crate::inventory::metadata::LAST_APPLIED;

/// What is kept of an object's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMetadata {
    /// Name.
    pub name: String,
    /// Namespace; none for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Uid.
    pub uid: String,
    /// Version of the stored object.
    pub resource_version: String,
    /// Generation; kinds without a spec have none.
    pub generation: Option<i64>,
    /// Set once the object is being deleted.
    pub deletion_timestamp: Option<String>,
    /// Labels.
    #[serde(deserialize_with = "null_is_empty")]
    pub labels: Labels,
    /// Annotations without [`LAST_APPLIED`], which is not even copied: of a Secret it holds every value.
    #[serde(deserialize_with = "annotations")]
    pub annotations: Labels,
    /// Owners.
    #[serde(deserialize_with = "null_is_empty")]
    pub owner_references: Vec<Owner>,
}

/// One owner of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owner {
    /// `apiVersion` of the owner.
    pub api_version: String,
    /// Kind of the owner.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
    /// Uid of the owner.
    pub uid: String,
    /// Whether the owner is the managing controller.
    pub controller: bool,
}

/// An object of which only the metadata is read.
#[derive(Debug, Deserialize)]
pub(crate) struct MetadataOnly {
    pub(crate) metadata: ObjectMetadata,
}

/// One page of a metadata-only list.
#[derive(Debug, Deserialize)]
pub(crate) struct MetadataPage {
    #[serde(default)]
    pub(crate) metadata: PageMetadata,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) items: Vec<MetadataOnly>,
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageMetadata {
    #[serde(rename = "continue")]
    pub(crate) token: String,
}

/// What a list says where it has nothing.
pub(super) fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn annotations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    deserializer.deserialize_any(Annotations)
}

struct Annotations;

impl<'de> Visitor<'de> for Annotations {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("annotations")
    }

    fn visit_unit<E>(self) -> Result<Labels, E> {
        Ok(Labels::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut annotations = Vec::<(String, String)>::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == LAST_APPLIED {
                map.next_value::<IgnoredAny>()?;
            } else {
                annotations.push((key, map.next_value()?));
            }
        }
        Ok(annotations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubectl_last_applied_is_not_kept() {
        let json = r#"{"name":"a","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter2","b":"c"}}"#;
        let metadata: ObjectMetadata = serde_json::from_str(json).unwrap();
        assert!(!format!("{metadata:?}").contains("hunter2"));
        assert_eq!(metadata.annotations.get("b"), Some("c"));
        let none: ObjectMetadata = serde_json::from_str(r#"{"annotations":null}"#).unwrap();
        assert!(none.annotations.is_empty());
    }

    #[test]
    fn nulls_and_absent_fields_are_empty() {
        let page: MetadataPage = serde_json::from_str(
            r#"{"metadata":{"resourceVersion":"7"},"items":[
                {"metadata":{"name":"a","uid":"1","labels":null,"ownerReferences":[{"kind":"Job","uid":"2"}]}}]}"#,
        )
        .unwrap();
        let [MetadataOnly { metadata }] = &page.items[..] else { panic!("one item") };
        assert_eq!((metadata.name.as_str(), metadata.labels.len(), metadata.generation), ("a", 0, None));
        assert_eq!(metadata.owner_references[0].kind, "Job");
        assert!(page.metadata.token.is_empty());
        let empty: MetadataPage = serde_json::from_str(r#"{"items":null}"#).unwrap();
        assert!(empty.items.is_empty());
    }
}
