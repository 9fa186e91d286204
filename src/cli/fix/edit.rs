//! One value in a text: changed, or put in, and every other byte kept.
//!
//! The text is read before and after: unless exactly this one value differs, it stays as it was. What stands under an
//! anchor, an alias or a merge key is left alone, whether or not anything refers to it today. It must not know how text is written. Next: [`super::text`].

use std::sync::Arc;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::text::{self, Notation};
use crate::catalogue::fix::Answer;
use crate::cli::load::files::without_mark;
use crate::cli::load::{Bounds, FieldPlace, Places, load_part, load_text, yaml};

/// How deep lists may hold lists.
const LIST_DEPTH_MAX: usize = 8;

/// Why a text stays as it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum EditError {
    /// The document is gone or another one.
    #[error("it is not found any more")]
    Gone,
    /// The document holds the object twice.
    #[error("the document holds the object twice")]
    Twice,
    /// Only a scalar is replaced.
    #[error("it is more than one value")]
    NoScalar,
    /// There is no place for it that is certain.
    #[error("what should hold it is not there")]
    NoPlace,
    /// Its text may be meant in several places.
    #[error("it stands under an anchor, an alias or a merge key")]
    Shared,
    /// Something else would change as well.
    #[error("something else would change as well")]
    Unsafe,
}

/// A document of a text.
struct Document {
    /// Its number, from 1.
    number: usize,
    value: Value,
    places: Places,
}

/// An object in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// Which field of which object in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Number of the document, from 1.
    pub(super) document: usize,
    /// The object that it holds, or that a list in it holds.
    pub(super) object: Named,
    pub(super) path: String,
}

/// The text of a file, taken apart once, so that an edit reads no more than the document that it changes.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// What stands in it, document by document, with the lines between them; of a stream of JSON all in one.
    pieces: Vec<String>,
    /// In which piece each document is that says something, in order.
    documents: Vec<usize>,
    notation: Notation,
    is_json: bool,
    /// The mark that the file begins with, if it does.
    mark: &'static str,
}

impl Text {
    /// That of a file.
    pub(super) fn new(whole: &str, bounds: &Bounds) -> Self {
        let text = without_mark(whole);
        let mark = if text.len() < whole.len() { "\u{FEFF}" } else { "" };
        let (notation, is_json) = (Notation::of(text), yaml::stream::is_json(text));
        if is_json {
            return Self { pieces: vec![text.to_owned()], documents: Vec::new(), notation, is_json, mark };
        }
        let chunks = yaml::stream::chunks(text, bounds);
        let says_something = |(_, chunk): &(usize, &yaml::stream::Chunk<'_>)| {
            count(chunk.text());
            !matches!(chunk.read(bounds).parsed, Ok(None))
        };
        let documents = chunks.iter().enumerate().filter(says_something).map(|(index, _)| index).collect();
        let pieces = chunks.iter().map(|chunk| chunk.whole().to_owned()).collect();
        Self { pieces, documents, notation, is_json, mark }
    }

    /// What it says by now.
    pub(super) fn whole(&self) -> String {
        self.mark.to_owned() + &self.pieces.concat()
    }

    /// Gives a field a value; whether that changes anything.
    pub(super) fn set(
        &mut self,
        target: &Target,
        answer: Answer,
        bounds: &Bounds,
    ) -> Result<bool, EditError> {
        let (index, number) = if self.is_json {
            (0, target.document)
        } else {
            let index = target.document.checked_sub(1).and_then(|index| self.documents.get(index));
            (*index.ok_or(EditError::Gone)?, 1)
        };
        let piece = self.pieces.get_mut(index).ok_or(EditError::Gone)?;
        let part = Part { text: piece, number, notation: self.notation, is_json: self.is_json };
        let edited = part.with(target, answer, bounds)?;
        let is_other = edited != *piece;
        *piece = edited;
        Ok(is_other)
    }
}

/// What is read to change one document.
struct Part<'a> {
    text: &'a str,
    /// Which of its documents it is, from 1.
    number: usize,
    notation: Notation,
    is_json: bool,
}

impl Part<'_> {
    /// The text in which the field has this value.
    fn with(&self, target: &Target, answer: Answer, bounds: &Bounds) -> Result<String, EditError> {
        let before = self.documents(self.text, bounds);
        let document = before.iter().find(|document| document.number == self.number);
        let document = document.ok_or(EditError::Gone)?;
        let path = format!("{}{}", target.object.path_in(&document.value)?, target.path);
        let expected = with(document.value.clone(), &path, answer).ok_or(EditError::NoPlace)?;
        if expected == document.value {
            return Ok(self.text.to_owned());
        }
        if self.is_shared(&path, bounds) {
            return Err(EditError::Shared);
        }
        let edited = self.edited(document, &path, answer)?;
        let after = self.documents(&edited, bounds);
        let is_it = |document: &Document| document.number == self.number;
        let expected =
            before.iter().map(|document| if is_it(document) { &expected } else { &document.value });
        let is_alike = after.iter().map(|document| &document.value).eq(expected);
        if is_alike { Ok(edited) } else { Err(EditError::Unsafe) }
    }

    /// Whether a value, or what holds it, has an anchor, is an alias or comes by a merge key. What begins like JSON may
    /// be counted in another way: there, every document is asked.
    fn is_shared(&self, path: &str, bounds: &Bounds) -> bool {
        let chunks = yaml::stream::chunks(self.text, bounds);
        let steps: Vec<String> = yaml::steps(path).map(str::to_owned).collect();
        let mut shared = chunks.iter().map(|chunk| yaml::shared(chunk.text()));
        shared.any(|shared| match shared {
            Some(shared) => shared.iter().any(|above| steps.starts_with(above)),
            // JSON has no anchors, and is not always YAML.
            None => !self.is_json,
        })
    }

    /// The text with another value at a place, whatever else that changes.
    fn edited(&self, document: &Document, path: &str, answer: Answer) -> Result<String, EditError> {
        let FieldPlace { position, missing } = document.places.find(path).ok_or(EditError::Gone)?;
        let (text, notation) = (self.text, self.notation);
        if let Some(missing) = missing {
            let put = match missing.insert {
                Some(place) => text::inserted(text, place, &missing.path, (answer, notation)),
                None => text::inserted_in_braces(text, position, &missing.path, (answer, notation)),
            };
            return put.ok_or(EditError::NoPlace);
        }
        let old = at(&document.value, path).ok_or(EditError::Gone)?;
        match (answer, old) {
            (Answer::Member(word), Value::Array(items)) => {
                let first = document.places.find(&format!("{path}[0]")).filter(|_| !items.is_empty());
                let first = first.map(|found| found.position);
                text::added(text, position, first, &notation.word(word)).ok_or(EditError::NoPlace)
            }
            (_, Value::Array(_) | Value::Object(_)) => Err(EditError::NoScalar),
            _ => text::replaced(text, position, &notation.value(answer)).ok_or(EditError::NoScalar),
        }
    }

    fn documents(&self, text: &str, bounds: &Bounds) -> Vec<Document> {
        count(text);
        let mut documents = Vec::new();
        let name: Arc<str> = "-".into();
        let load = if self.is_json { load_text } else { load_part };
        load(&name, text, bounds, &mut |document| {
            let (number, value) = (document.location.document, document.value.to_value());
            documents.push(Document { number, value, places: document.places });
        });
        documents
    }
}

/// Notes how much is read, for a test.
#[cfg(test)]
fn count(text: &str) {
    tests::READ.with(|read| read.set(read.get() + text.len()));
}

#[cfg(not(test))]
const fn count(_: &str) {}

impl Named {
    /// The beginning of the paths of its fields in a document: nothing, or the item of a list that it is.
    fn path_in(&self, value: &Value) -> Result<String, EditError> {
        let mut found = Vec::new();
        self.find(value, None, String::new(), &mut found);
        match found.as_slice() {
            [] => Err(EditError::Gone),
            [path] => Ok(path.clone()),
            _ => Err(EditError::Twice),
        }
    }

    /// `kind` is that of the items of the list that holds the value, which need not repeat it.
    fn find(&self, value: &Value, kind: Option<&str>, path: String, found: &mut Vec<String>) {
        let own = value.get("kind").and_then(Value::as_str).or(kind).unwrap_or_default();
        if let (Some(item), Some(items)) =
            (own.strip_suffix("List"), value.get("items").and_then(Value::as_array))
        {
            let item = Some(item).filter(|item| !item.is_empty());
            if path.matches("items[").count() < LIST_DEPTH_MAX {
                for (index, value) in items.iter().enumerate() {
                    self.find(value, item, format!("{path}items[{index}]."), found);
                }
            }
            return;
        }
        let metadata = |key: &str| value.get("metadata").and_then(|metadata| metadata.get(key));
        let name = metadata("name").or_else(|| metadata("generateName"));
        let is_there = metadata("namespace").is_none_or(|namespace| *namespace == json!(self.namespace));
        if own == self.kind && name == Some(&json!(self.name)) && is_there {
            found.push(path);
        }
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    yaml::steps(path).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// A value with another one at a path.
fn with(mut value: Value, path: &str, answer: Answer) -> Option<Value> {
    let mut slot = &mut value;
    for step in yaml::steps(path) {
        slot = match slot {
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            Value::Object(map) => map.entry(step).or_insert(Value::Null),
            Value::Null => {
                *slot = Value::Object(Map::new());
                slot.as_object_mut()?.entry(step).or_insert(Value::Null)
            }
            _ => return None,
        };
    }
    match (answer, &mut *slot) {
        (Answer::True, _) => *slot = Value::Bool(true),
        (Answer::False, _) => *slot = Value::Bool(false),
        (Answer::Text(word), _) => *slot = json!(word),
        (Answer::Member(word), Value::Array(items)) => {
            if !items.contains(&json!(word)) {
                items.insert(0, json!(word));
            }
        }
        (Answer::Member(word), _) => *slot = json!([word]),
    }
    Some(value)
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
