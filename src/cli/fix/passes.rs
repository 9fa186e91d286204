//! Values in one document: as many at once as do not touch each other, and the rest once those are there.
//!
//! The text is read before and after: unless exactly these values differ, it stays as it was. What stands under an
//! anchor, an alias or a merge key is left alone, whether or not anything refers to it today. However many values there
//! are, the document is read a few times only. It must not know how text is written. Next: [`super::text`], and
//! [`super::value`] for values and the objects among them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::edit::{EditError, Target};
use super::text::{Edit, Lines, Notation, edited};
use super::value::{Objects, at, give, says};
use crate::catalogue::fix::Answer;
use crate::cli::load::yaml::{self, Lists, Steps};
use crate::cli::load::{Bounds, FieldPlace, Places, load_part, load_text};

/// A value that a field is to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Which of those that are wanted it is.
    pub(super) index: usize,
    /// Number of the document in the text, from 1.
    pub(super) document: usize,
    pub(super) target: &'a Target,
    pub(super) answer: Answer,
}

/// How a text is read and written.
#[derive(Clone, Copy, Debug)]
pub(super) struct How<'a> {
    pub(super) notation: Notation,
    pub(super) is_json: bool,
    pub(super) bounds: &'a Bounds,
}

/// Gives fields of a text values, and notes of each whether that changes anything.
pub(super) fn set(
    text: &mut String,
    wanted: Vec<Wanted<'_>>,
    how: How<'_>,
    became: &mut [Result<bool, EditError>],
) {
    let mut documents = how.documents(text);
    let (mut left, mut at_once) = (wanted, usize::MAX);
    while !left.is_empty() {
        let mut pass = Pass::new(&documents);
        let mut later = how.plan((text, &documents), (&left, at_once), &mut pass, became);
        let Pass { edits, made, expected } = pass;
        if made.is_empty() {
            // What waits has something to wait for.
            return;
        }
        let after = edited(text, &edits).map(|new| (how.documents(&new), new));
        let is_alike = |(after, _): &(Vec<Document>, String)| {
            after
                .iter()
                .map(|document| (document.number, &document.value))
                .eq(expected.iter().map(|(number, value)| (*number, value)))
        };
        match (after.filter(is_alike), made.as_slice()) {
            (Some((after, new)), _) => {
                *text = new;
                documents = after;
                for wanted in &made {
                    note(became, wanted.index, Ok(true));
                }
                at_once = at_once.saturating_mul(2);
            }
            (None, [one]) => note(became, one.index, Err(EditError::Unsafe)),
            // One of them is to blame: fewer at once tell which.
            (None, _) => {
                at_once = made.len() / 2;
                later.extend(made);
                later.sort_by_key(|wanted| wanted.index);
            }
        }
        left = later;
    }
}

fn note(became: &mut [Result<bool, EditError>], index: usize, what: Result<bool, EditError>) {
    if let Some(slot) = became.get_mut(index) {
        *slot = what;
    }
}

/// A document of a text.
struct Document {
    /// Its number, from 1.
    number: usize,
    value: Value,
    places: Places,
}

/// What is changed at once.
struct Pass<'a> {
    /// By where each begins.
    edits: BTreeMap<usize, Edit>,
    made: Vec<Wanted<'a>>,
    /// What documents are to say then, by number.
    expected: Vec<(usize, Value)>,
}

impl<'a> Pass<'a> {
    fn new(documents: &[Document]) -> Self {
        let expected = documents.iter().map(|document| (document.number, document.value.clone()));
        Self { edits: BTreeMap::new(), made: Vec::new(), expected: expected.collect() }
    }

    /// Whether an edit does not touch another.
    fn is_free(&self, Edit { at, .. }: &Edit) -> bool {
        let before = self.edits.range(..=at.end).next_back();
        before.is_none_or(|(_, before)| before.at.end < at.start)
    }

    fn add(&mut self, edit: Edit, index: usize, path: &str, wanted: Wanted<'a>) -> Result<(), EditError> {
        let (_, value) = self.expected.get_mut(index).ok_or(EditError::Gone)?;
        give(value, path, wanted.answer).ok_or(EditError::NoPlace)?;
        self.edits.insert(edit.at.start, edit);
        self.made.push(wanted);
        Ok(())
    }
}

impl How<'_> {
    /// Plans as many as there may be at once; those that come later.
    fn plan<'a>(
        self,
        (text, documents): (&str, &[Document]),
        (wanted, at_once): (&[Wanted<'a>], usize),
        pass: &mut Pass<'a>,
        became: &mut [Result<bool, EditError>],
    ) -> Vec<Wanted<'a>> {
        let (lines, shared) = (Lines::new(text), Shared::of(text, self));
        let objects: Vec<Objects> = documents.iter().map(|document| Objects::of(&document.value)).collect();
        let (mut later, mut lists) = (Vec::new(), Lists::default());
        for wanted in wanted {
            if pass.made.len() >= at_once {
                later.push(*wanted);
                continue;
            }
            let index = documents.iter().position(|document| document.number == wanted.document);
            let found = index.and_then(|index| Some((index, documents.get(index)?, objects.get(index)?)));
            let planned = found.ok_or(EditError::Gone).and_then(|(index, document, objects)| {
                let path = format!("{}{}", objects.path(&wanted.target.object)?, wanted.target.path);
                let edit = self.edit(&lines, &shared, (document, &path, &mut lists), wanted.answer)?;
                Ok((index, path, edit))
            });
            let added = planned.and_then(|(index, path, edit)| match edit {
                None => Ok(Some(false)),
                Some(edit) if pass.is_free(&edit) => {
                    pass.add(edit, index, &path, *wanted).map(|()| Some(true))
                }
                Some(_) => Ok(None),
            });
            match added {
                Ok(None) => later.push(*wanted),
                Ok(Some(is_other)) => note(became, wanted.index, Ok(is_other)),
                Err(why) => note(became, wanted.index, Err(why)),
            }
        }
        later
    }

    /// What gives a field its value; nothing if it has it.
    fn edit<'a>(
        self,
        lines: &Lines<'_>,
        shared: &Shared,
        (document, path, lists): (&'a Document, &str, &mut Lists<'a>),
        answer: Answer,
    ) -> Result<Option<Edit>, EditError> {
        if says(&document.value, path, answer).ok_or(EditError::NoPlace)? {
            return Ok(None);
        }
        if shared.holds(path) {
            return Err(EditError::Shared);
        }
        let FieldPlace { position, missing, .. } =
            document.places.find_among(path, lists).ok_or(EditError::Gone)?;
        let notation = self.notation;
        if let Some(missing) = missing {
            let put = match missing.insert {
                Some(place) => lines.inserted(place, &missing.path, (answer, notation)),
                None => lines.inserted_in_braces(position, &missing.path, (answer, notation)),
            };
            return put.map(Some).ok_or(EditError::NoPlace);
        }
        let edit = match (answer, at(&document.value, path).ok_or(EditError::Gone)?) {
            (Answer::Member(word), Value::Array(items)) => {
                let first =
                    document.places.find_among(&format!("{path}[0]"), lists).filter(|_| !items.is_empty());
                let first = first.map(|found| found.position);
                lines.added(position, first, &notation.word(word)).ok_or(EditError::NoPlace)?
            }
            (_, Value::Array(_) | Value::Object(_)) => return Err(EditError::NoScalar),
            (_, Value::Null) => {
                // What lacks below it would go behind its key.
                let below = document.places.find_among(&format!("{path}.below"), lists);
                let filled = below.and_then(|below| lines.filled(below.position, &notation.value(answer)));
                filled.ok_or(EditError::NoPlace)?
            }
            _ => lines.replaced(position, notation.value(answer)).ok_or(EditError::NoScalar)?,
        };
        Ok(Some(edit))
    }

    fn documents(self, text: &str) -> Vec<Document> {
        count(text);
        let mut documents = Vec::new();
        let name: Arc<str> = "-".into();
        let load = if self.is_json { load_text } else { load_part };
        load(&name, text, self.bounds, &mut |document| {
            let (number, value) = (document.location.document, document.value.to_value());
            documents.push(Document { number, value, places: document.places });
        });
        documents
    }
}

/// Which values of a text, or what holds them, have an anchor, are an alias or come by a merge key.
enum Shared {
    /// Nobody knows: any of them.
    All,
    These(BTreeSet<Steps>),
}

impl Shared {
    /// What begins like JSON may be counted in another way: there, every document is asked.
    fn of(text: &str, how: How<'_>) -> Self {
        let mut all = BTreeSet::new();
        for chunk in yaml::stream::chunks(text, how.bounds) {
            match yaml::shared(chunk.text()) {
                Some(shared) => all.extend(shared),
                // JSON has no anchors, and is not always YAML.
                None if how.is_json => {}
                None => return Self::All,
            }
        }
        Self::These(all)
    }

    fn holds(&self, path: &str) -> bool {
        let Self::These(all) = self else { return true };
        let steps: Vec<String> = yaml::steps(path).map(str::to_owned).collect();
        (0..=steps.len()).filter_map(|end| steps.get(..end)).any(|above| all.contains(above))
    }
}

/// Notes how much is read, for a test.
#[cfg(test)]
pub(super) fn count(text: &str) {
    super::edit::tests::READ.with(|read| read.set(read.get() + text.len()));
}

#[cfg(not(test))]
pub(super) const fn count(_: &str) {}
