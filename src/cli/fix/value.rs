//! Values of a document as they are and as they are to be, and the objects among them.
//!
//! It must not know text. Next: [`super::passes`], which asks.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::edit::{EditError, Named};
use crate::catalogue::fix::Answer;
use crate::cli::load::yaml;

/// How deep lists may hold lists.
const LIST_DEPTH_MAX: usize = 8;

/// What a document says of one object: its namespace, if it says one, and what the paths of its fields begin with.
type Known = (Option<Value>, String);

/// The objects of a document, by kind and name: each with its namespace, if it says one, and with what the paths of its
/// fields begin with.
#[derive(Debug, Default)]
pub(super) struct Objects(HashMap<(String, String), Vec<Known>>);

impl Objects {
    /// Those that a document is, or that a list in it holds.
    pub(super) fn of(document: &Value) -> Self {
        let mut objects = Self::default();
        objects.add(document, None, (String::new(), 0));
        objects
    }

    /// `kind` is that of the items of the list that holds the value, which need not repeat it.
    fn add(&mut self, value: &Value, kind: Option<&str>, (path, depth): (String, usize)) {
        let own = value.get("kind").and_then(Value::as_str).or(kind).unwrap_or_default();
        if let (Some(item), Some(items)) =
            (own.strip_suffix("List"), value.get("items").and_then(Value::as_array))
        {
            let item = Some(item).filter(|item| !item.is_empty());
            if depth < LIST_DEPTH_MAX {
                for (index, value) in items.iter().enumerate() {
                    self.add(value, item, (format!("{path}items[{index}]."), depth + 1));
                }
            }
            return;
        }
        let metadata = |key: &str| value.get("metadata").and_then(|metadata| metadata.get(key));
        let name = metadata("name").or_else(|| metadata("generateName")).and_then(Value::as_str);
        if let Some(name) = name {
            let known = self.0.entry((own.to_owned(), name.to_owned())).or_default();
            known.push((metadata("namespace").cloned(), path));
        }
    }

    /// What the paths of the fields of an object begin with.
    pub(super) fn path(&self, Named { kind, namespace, name }: &Named) -> Result<&str, EditError> {
        let known = self.0.get(&(kind.clone(), name.clone())).map_or(&[][..], Vec::as_slice);
        let is_there = |own: &Option<Value>| own.as_ref().is_none_or(|own| *own == json!(namespace));
        let mut found = known.iter().filter(|(own, _)| is_there(own));
        match (found.next(), found.next()) {
            (None, _) => Err(EditError::Gone),
            (Some((_, path)), None) => Ok(path),
            _ => Err(EditError::Twice),
        }
    }
}

/// The value at a path.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    yaml::steps(path).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Whether a field has this value; nothing if it can have none.
pub(super) fn says(value: &Value, path: &str, answer: Answer) -> Option<bool> {
    let mut value = value;
    for step in yaml::steps(path) {
        value = match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            Value::Object(map) => match map.get(step) {
                Some(value) => value,
                None => return Some(false),
            },
            Value::Null => return Some(false),
            _ => return None,
        };
    }
    Some(match (answer, value) {
        (Answer::Member(word), Value::Array(items)) => items.contains(&json!(word)),
        (answer, value) => *value == alone(answer),
    })
}

/// Gives a field this value.
pub(super) fn give(value: &mut Value, path: &str, answer: Answer) -> Option<()> {
    let mut slot = value;
    for step in yaml::steps(path) {
        if slot.is_null() {
            *slot = Value::Object(Map::new());
        }
        slot = match slot {
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            Value::Object(map) => map.entry(step).or_insert(Value::Null),
            _ => return None,
        };
    }
    match (answer, &mut *slot) {
        (Answer::Member(word), Value::Array(items)) => {
            if !items.contains(&json!(word)) {
                items.insert(0, json!(word));
            }
        }
        _ => *slot = alone(answer),
    }
    Some(())
}

/// An answer where nothing else is.
fn alone(answer: Answer) -> Value {
    match answer {
        Answer::True => Value::Bool(true),
        Answer::False => Value::Bool(false),
        Answer::Text(word) => json!(word),
        Answer::Member(word) => json!([word]),
    }
}
