//! The schema of a value of a custom resource, as a CustomResourceDefinition gives it.
//!
//! It holds what is compared, and no more. It must not compare. Next: [`super::prune`], [`super::rules`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::super::super::lenient::null_is_default;
use super::pattern;

/// What a value must be like.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of JSON Schema, as it is written")]
pub(super) struct Node {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub(super) of: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) nullable: bool,
    pub(super) default: Option<Value>,
    #[serde(rename = "enum", deserialize_with = "null_is_default")]
    pub(super) values: Vec<Value>,
    /// What is looked at by nobody here: a value may break it.
    #[serde(deserialize_with = "null_is_default")]
    pub(super) format: Box<str>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) exclusive_minimum: bool,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) exclusive_maximum: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pattern: Option<Box<str>>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
    pub(super) min_items: Option<i64>,
    pub(super) max_items: Option<i64>,
    pub(super) min_properties: Option<i64>,
    pub(super) max_properties: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) required: Vec<Box<str>>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) properties: BTreeMap<Box<str>, Self>,
    additional_properties: Option<Additional>,
    pub(super) items: Option<Box<Self>>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) all_of: Vec<Self>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) any_of: Vec<Self>,
    #[serde(deserialize_with = "null_is_default")]
    pub(super) one_of: Vec<Self>,
    pub(super) not: Option<Box<Self>>,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields", deserialize_with = "null_is_default")]
    pub(super) preserves_unknown: bool,
    #[serde(rename = "x-kubernetes-embedded-resource", deserialize_with = "null_is_default")]
    pub(super) is_embedded: bool,
    #[serde(rename = "x-kubernetes-int-or-string", deserialize_with = "null_is_default")]
    pub(super) is_int_or_string: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Additional {
    /// Whether it says true or false, the API server keeps such a field.
    Any(#[expect(dead_code, reason = "it is one or the other")] bool),
    Of(Box<Node>),
}

/// What a schema says of a field.
#[derive(Clone, Copy)]
pub(super) enum Field<'a> {
    /// There is none of this name.
    Unknown,
    /// Any value will do.
    Anything,
    Of(&'a Node),
}

/// A pattern.
pub(super) enum Pattern<'a> {
    /// Any text matches.
    Absent,
    /// It cannot be said what matches.
    Unreadable,
    Of(&'a str, &'a Regex),
}

impl Node {
    /// The same, of the object itself.
    pub(super) fn of_object(mut self) -> Self {
        self.is_embedded = true;
        self
    }

    /// What is said of the value of a key.
    pub(super) fn field(&self, key: &str) -> Field<'_> {
        match (self.properties.get(key), &self.additional_properties) {
            (Some(node), _) => Field::Of(node),
            (None, None) => Field::Unknown,
            (None, Some(Additional::Any(_))) => Field::Anything,
            (None, Some(Additional::Of(node))) => Field::Of(node),
        }
    }

    /// What the value of a key must be like, if anything is said of it.
    pub(super) fn of_field(&self, key: &str) -> Option<&Self> {
        match self.field(key) {
            Field::Of(node) => Some(node),
            Field::Unknown | Field::Anything => None,
        }
    }

    /// The names of its fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.keys().map(AsRef::as_ref)
    }

    /// What its text must match.
    pub(super) fn pattern(&self) -> Pattern<'_> {
        let Some(text) = self.pattern.as_deref().filter(|text| !text.is_empty()) else {
            return Pattern::Absent;
        };
        let compiled = self.compiled.get_or_init(|| pattern::compile(text));
        compiled.as_ref().map_or(Pattern::Unreadable, |compiled| Pattern::Of(text, compiled))
    }
}

/// Text of a definition in a message, if it is short and plain.
pub(super) fn shown(text: &str) -> Option<String> {
    let is_plain = text.len() <= 80 && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'`');
    is_plain.then(|| format!("`{text}`"))
}
