//! Metadata of which nothing is read but where a credential stands: that of templates whose objects are not judged.
//!
//! It must not keep a value, nor a key without a credential. Next: [`super::credential`].

use serde::{Deserialize, Deserializer};

use super::credential::{self, Shape};
use super::labels::Labels;
use super::lenient::string_map;
use super::metadata::annotations;

/// Labels and annotations that are, or hold, a credential by its shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MarkedMetadata {
    entries: Box<[(&'static str, Box<str>, Shape)]>,
}

impl MarkedMetadata {
    /// Those among labels, and among annotations as they are kept.
    pub(super) fn of(labels: &Labels, annotations: &Labels) -> Self {
        let marked = |what, (key, value): (&str, &str)| {
            let shape = credential::redacted(value).or_else(|| credential::find(value))?;
            Some((what, Box::from(key), shape))
        };
        let labels = labels.iter().filter_map(|entry| marked("label", entry));
        let annotations = annotations.iter().filter_map(|entry| marked("annotation", entry));
        Self { entries: labels.chain(annotations).collect() }
    }

    /// Each of them: `label` or `annotation`, its key, and what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str, Shape)> {
        self.entries.iter().map(|(what, key, shape)| (*what, &**key, *shape))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Read {
    #[serde(deserialize_with = "string_map")]
    labels: Labels,
    #[serde(deserialize_with = "annotations")]
    annotations: Labels,
}

impl<'de> Deserialize<'de> for MarkedMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { labels, annotations } = Read::deserialize(deserializer)?;
        Ok(Self::of(&labels, &annotations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_credential_is_kept_by_its_key_and_nothing_else() {
        let token = format!("npm_{}", "a".repeat(36));
        let json = serde_json::json!({"name": "d", "labels": {"a": "b", "l": token, "none": null},
            "annotations": {"note": "plain", "t": format!("x {token}")}});
        let marked: MarkedMetadata = serde_json::from_value(json).unwrap();
        let expected = [("label", "l", Shape::RegistryToken), ("annotation", "t", Shape::RegistryToken)];
        assert_eq!(marked.iter().collect::<Vec<_>>(), expected);
        let shown = format!("{marked:?}");
        assert!(!shown.contains("npm_") && !shown.contains("plain"), "{shown}");
    }
}
