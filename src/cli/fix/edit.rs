//! One value in a text: changed, or put in, and every other byte kept.
//!
//! The text is read before and after: unless exactly this one value differs, it stays as it was. So what stands under
//! an anchor, an alias or a merge key is left alone. Next: [`super`].

use std::sync::Arc;

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::catalogue::fix::Answer;
use crate::cli::load::{Bounds, Document, FieldPlace, load_text, yaml};
use crate::render::run::Position;

/// Why a text stays as it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum EditError {
    /// The document is gone or another one.
    #[error("it is not found any more")]
    Gone,
    /// Only a scalar is replaced.
    #[error("it is more than one value")]
    NoScalar,
    /// There is no line of its own for it.
    #[error("what should hold it is not there, or not over several lines")]
    NoLine,
    /// Something else would change as well.
    #[error("something else would change as well")]
    Unsafe,
}

/// Which field of which object in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Number of the document, from 1.
    pub(super) document: usize,
    /// Kind and name of the object that it holds.
    pub(super) object: (String, String),
    pub(super) path: String,
}

/// The text in which the field has this value.
pub(super) fn set(text: &str, target: &Target, answer: Answer, bounds: &Bounds) -> Result<String, EditError> {
    let before = documents(text, bounds);
    let document = before.iter().find(|document| document.location.document == target.document);
    let document = document.filter(|document| is(&document.value, &target.object)).ok_or(EditError::Gone)?;
    let FieldPlace { position, missing } = document.places.find(&target.path).ok_or(EditError::Gone)?;
    let edited = match missing {
        None => {
            let old = at(&document.value, &target.path).ok_or(EditError::Gone)?;
            if old.is_object() || old.is_array() {
                return Err(EditError::NoScalar);
            }
            replaced(text, position, &written(text, answer)).ok_or(EditError::NoScalar)?
        }
        Some(missing) => {
            let place = missing.insert.ok_or(EditError::NoLine)?;
            inserted(text, place, &missing.path, &written(text, answer)).ok_or(EditError::NoLine)?
        }
    };
    let after = documents(&edited, bounds);
    let value = |document: &Document| document.value.clone();
    let expected: Option<Vec<Value>> = before
        .iter()
        .map(|document| {
            let is_it = document.location.document == target.document;
            if is_it { with(value(document), &target.path, answer) } else { Some(value(document)) }
        })
        .collect();
    let is_alike = expected.is_some_and(|expected| after.iter().map(value).eq(expected));
    if is_alike { Ok(edited) } else { Err(EditError::Unsafe) }
}

fn documents(text: &str, bounds: &Bounds) -> Vec<Document> {
    let mut documents = Vec::new();
    let name: Arc<str> = "-".into();
    load_text(&name, text, bounds, &mut |document| documents.push(document));
    documents
}

fn is(value: &Value, (kind, name): &(String, String)) -> bool {
    value.get("kind") == Some(&json!(kind)) && value.pointer("/metadata/name") == Some(&json!(name))
}

/// An answer as it is written in a text: JSON has no words without quotes.
fn written(text: &str, answer: Answer) -> String {
    match answer {
        Answer::Text(word) if text.trim_start().starts_with('{') => format!("\"{word}\""),
        other => other.as_str().to_owned(),
    }
}

/// Another scalar in the place of one.
fn replaced(text: &str, place: Position, new: &str) -> Option<String> {
    let start = offset(text, place)?;
    let line = text.get(start..)?.lines().next()?;
    let end = start + length(line)?;
    Some(format!("{}{new}{}", text.get(..start)?, text.get(end..)?))
}

/// How long the scalar is that a line begins with; nothing for one that goes on over lines, or is tagged.
fn length(line: &str) -> Option<usize> {
    match line.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = line.get(1..)?;
            let end = inner.find(quote)?;
            // Escapes: nobody writes one in a word or a boolean.
            (!inner.get(..end)?.contains('\\')).then_some(end + 2)
        }
        '|' | '>' | '&' | '*' | '!' | '{' | '[' => None,
        _ => {
            let ends = [line.find(" #"), line.find([',', '}', ']'])];
            let end = ends.into_iter().flatten().min().unwrap_or(line.len());
            Some(line.get(..end)?.trim_end().len())
        }
    }
}

/// Lines with a value that lacks, before a line and as far indented as what stands there.
fn inserted(text: &str, place: Position, path: &str, new: &str) -> Option<String> {
    let steps: Vec<&str> = yaml::steps(path).collect();
    let is_plain =
        |step: &&str| step.chars().all(|c| c.is_ascii_alphanumeric()) && step.parse::<usize>().is_err();
    if steps.is_empty() || path.contains('[') || !steps.iter().all(is_plain) {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let start = line_start(text, place.line)?;
    let before = text.get(..start)?;
    let mut lines = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        lines.push_str(end);
    }
    for (depth, step) in steps.iter().enumerate() {
        lines.extend(std::iter::repeat_n(' ', place.column.saturating_sub(1) + 2 * depth));
        lines.push_str(step);
        lines.push(':');
        if depth + 1 == steps.len() {
            lines.push(' ');
            lines.push_str(new);
        }
        lines.push_str(end);
    }
    Some(format!("{before}{lines}{}", text.get(start..)?))
}

/// Where a line begins; at the end of the text for the one after the last.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let count = line.checked_sub(1)?;
    starts.nth(count).or_else(|| (text.lines().count() == count).then_some(text.len()))
}

fn offset(text: &str, place: Position) -> Option<usize> {
    let start = line_start(text, place.line)?;
    let line = text.get(start..)?;
    // A mark at the beginning of a file has no column.
    let mark = usize::from(start == 0 && line.starts_with('\u{FEFF}'));
    line.char_indices().nth(place.column.checked_sub(1)? + mark).map(|(at, _)| start + at)
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    yaml::steps(path).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// A value with another one at a path.
fn with(mut value: Value, path: &str, answer: Answer) -> Option<Value> {
    let new = match answer {
        Answer::True => Value::Bool(true),
        Answer::False => Value::Bool(false),
        Answer::Text(word) => Value::from(word),
    };
    let mut slot = &mut value;
    for step in yaml::steps(path) {
        slot = match slot {
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            Value::Object(map) => map.entry(step).or_insert_with(|| Value::Object(Map::new())),
            _ => return None,
        };
    }
    *slot = new;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, path: &str, answer: Answer) -> Result<String, EditError> {
        let text = format!("kind: Pod\nmetadata: {{name: a}}\n{text}");
        let object = ("Pod".to_owned(), "a".to_owned());
        let target = Target { document: 1, object, path: path.to_owned() };
        let edited = set(&text, &target, answer, &Bounds::default())?;
        Ok(edited.strip_prefix("kind: Pod\nmetadata: {name: a}\n").unwrap().to_owned())
    }

    #[test]
    fn a_value_is_replaced_and_all_else_stays() {
        for (text, expected) in [
            ("spec:\n  tty: true # why\n", "spec:\n  tty: false # why\n"),
            ("spec: {tty: true, b: 1}\n", "spec: {tty: false, b: 1}\n"),
            ("spec:\r\n  'tty':   \"yes\"\r\n", "spec:\r\n  'tty':   false\r\n"),
            ("spec:\n  ü: x\n  tty: true", "spec:\n  ü: x\n  tty: false"),
        ] {
            assert_eq!(edit(text, "spec.tty", Answer::False).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_lacks_is_put_in_where_it_belongs() {
        let word = Answer::Text("RuntimeDefault");
        for (text, path, expected) in [
            ("spec:\n  a: 1\n", "spec.b.c", "spec:\n  b:\n    c: RuntimeDefault\n  a: 1\n"),
            ("spec:\n- name: x\n  a: 1\n", "spec[0].b", "spec:\n- name: x\n  b: RuntimeDefault\n  a: 1\n"),
            ("spec:\n- name: x", "spec[0].b", "spec:\n- name: x\n  b: RuntimeDefault\n"),
            ("spec:\r\n  a: 1\r\n", "spec.b", "spec:\r\n  b: RuntimeDefault\r\n  a: 1\r\n"),
        ] {
            assert_eq!(edit(text, path, word).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_changed_alone_is_not_changed() {
        for (text, path, why) in [
            ("a: &x {tty: true}\nspec: *x\n", "spec.tty", EditError::Unsafe),
            ("a: &x\n  tty: true\nspec:\n  <<: *x\n", "spec.tty", EditError::Unsafe),
            ("spec: {a: 1}\n", "spec.tty", EditError::NoLine),
            ("spec:\n  tty:\n    a: 1\n", "spec.tty", EditError::NoScalar),
            ("spec:\n  tty: |\n    true\n", "spec.tty", EditError::Unsafe),
            ("spec:\n  tty: &x true\nb: *x\n", "spec.tty", EditError::Unsafe),
        ] {
            assert_eq!(edit(text, path, Answer::False), Err(why), "{text}");
        }
        let other = Target { document: 1, object: ("Pod".to_owned(), "b".to_owned()), path: "a".to_owned() };
        let text = "kind: Pod\nmetadata: {name: a}\na: true\n";
        assert_eq!(set(text, &other, Answer::False, &Bounds::default()), Err(EditError::Gone));
    }
}
