//! Pieces of a document while it is read: places, values, keys.
//!
//! It must not know parser events. Next: [`super::build`].

use std::collections::HashMap;

use serde_json::Value;

use super::{Place, YamlError, YamlProblem};

impl Place {
    /// The error that something is wrong here.
    pub(super) const fn error(self, problem: YamlProblem) -> YamlError {
        YamlError { line: self.line, column: self.column, problem }
    }
}

/// A value with what is needed to use it as a key, as a merge or through an alias.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The value as JSON.
    pub(super) value: Value,
    /// What it is as a key.
    pub(super) key: Key,
    /// How deep it nests: 0 for a scalar.
    pub(super) depth: usize,
    /// How many values it holds, itself included.
    pub(super) nodes: usize,
    /// Whether it came through an alias.
    pub(super) aliased: bool,
}

/// What a value is as a key. Keys of different kinds are different keys in YAML, even where JSON would
/// write them alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// `<<`, not quoted.
    Merge,
    /// Text.
    Text,
    /// An integer, as JSON would write it.
    Integer(String),
    /// A float, as Go would write it as a key.
    Float(String),
    /// `true` or `false`.
    Bool,
    /// Nothing that can be a key, and what it is.
    None(&'static str),
}

/// The keys that a mapping was given, each with what it is and its place.
#[derive(Debug, Default)]
pub(super) struct GivenKeys {
    /// Looked through, while they are few, as nearly always.
    few: Vec<(String, (Key, Place))>,
    /// All of them, once there are more.
    many: HashMap<String, (Key, Place)>,
}

/// How many keys are looked through.
const FEW: usize = 16;

impl GivenKeys {
    /// What this key was given as, and its place.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut (Key, Place)> {
        if self.many.is_empty() {
            self.few.iter_mut().find(|(known, _)| known == key).map(|(_, given)| given)
        } else {
            self.many.get_mut(key)
        }
    }

    /// Notes a key that was not given before.
    pub(super) fn insert(&mut self, key: String, kind: Key, place: Place) {
        if self.many.is_empty() && self.few.len() < FEW {
            self.few.push((key, (kind, place)));
        } else {
            self.many.extend(self.few.drain(..));
            self.many.insert(key, (kind, place));
        }
    }
}

impl Node {
    /// A scalar.
    pub(super) const fn scalar(value: Value, key: Key) -> Self {
        Self { value, key, depth: 0, nodes: 1, aliased: false }
    }

    /// The key that it is, as text.
    pub(super) fn key_text(&self) -> Result<String, YamlProblem> {
        match (&self.key, &self.value) {
            (Key::Integer(text) | Key::Float(text), _) | (Key::Text, Value::String(text)) => Ok(text.clone()),
            (Key::Bool, Value::Bool(value)) => Ok(value.to_string()),
            (Key::None(what), _) => Err(YamlProblem::Key(what)),
            (Key::Merge | Key::Text | Key::Bool, _) => Ok("<<".to_owned()),
        }
    }

    /// Whether `<<` accepts it.
    pub(super) fn is_mergeable(&self) -> bool {
        match &self.value {
            Value::Object(_) => true,
            Value::Array(items) => !self.aliased && items.iter().all(Value::is_object),
            _ => false,
        }
    }
}
