//! Where the fields of a document stand.
//!
//! It must not know what is asked for. Next: [`super::yaml::Spans`], which says it within one document.

use std::collections::HashMap;

use super::yaml::{self, Lists, Spans};
use crate::render::run::{Missing, Position};

/// Where everything in a document, or in an item of a list, stands.
#[derive(Clone, Debug, Default)]
pub struct Places {
    spans: Spans,
    /// Lines of the file before those that the spans count.
    lines_before: u32,
}

/// Where a field stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPlace {
    /// The value, or the key of a block; of a field that is not there, the key that should hold it.
    pub position: Position,
    /// What lacks, if the field is not there.
    pub missing: Option<Missing>,
}

/// Places that several documents have, by number: those of one template stand alike.
#[derive(Debug, Default)]
pub struct Layouts {
    all: Vec<Spans>,
    numbers: HashMap<Spans, u32>,
}

/// The places of a document that [`Layouts`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    number: u32,
    lines_before: u32,
}

impl Layouts {
    /// Keeps the places of a document, once for all that stand alike.
    pub fn keep(&mut self, Places { spans, lines_before }: Places) -> Layout {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(spans).or_insert_with_key(|spans| {
            self.all.push(spans.clone());
            next
        });
        Layout { number, lines_before }
    }

    /// No more documents come: what tells those that stand alike goes.
    pub fn settle(&mut self) {
        self.numbers = HashMap::default();
    }

    /// Where the field at this path stands, one of many that are looked for.
    pub fn find<'a>(
        &'a self,
        Layout { number, lines_before }: Layout,
        path: &str,
        lists: &mut Lists<'a>,
    ) -> Option<FieldPlace> {
        let spans = self.all.get(usize::try_from(number).ok()?)?;
        find((spans, lines_before), path, lists)
    }
}

impl Places {
    /// Those of a document that begins on this line of its file, counted from 1.
    pub fn new(spans: Spans, first_line: usize) -> Self {
        Self { spans, lines_before: u32::try_from(first_line - 1).unwrap_or(u32::MAX) }
    }

    /// Where the field at this path stands.
    pub fn find(&self, path: &str) -> Option<FieldPlace> {
        find((&self.spans, self.lines_before), path, &mut Lists::default())
    }

    /// From where to where the node stretches that a comment is about: at the end of a line what begins there,
    /// on a line of its own what begins next, before everything the whole document.
    pub fn covered(&self, comment: Position, is_alone: bool) -> Option<(Position, Position)> {
        const WHOLE: (Position, Position) =
            (Position { line: 0, column: 0 }, Position { line: usize::MAX, column: usize::MAX });
        let root = self.find("")?.position;
        if is_alone && comment.line < root.line {
            return Some(WHOLE);
        }
        let line = comment.line.checked_sub(before(self.lines_before))?;
        let (first, last) = self.spans.extent(line, is_alone)?;
        Some((self.in_file(first), self.in_file(last)))
    }

    /// The places of the items of the list under a key.
    pub fn items(&self, key: &str) -> Vec<Self> {
        let items = self.spans.items(key).into_iter();
        items.map(|spans| Self { spans, lines_before: self.lines_before }).collect()
    }

    /// Where a place of the document stands in its file.
    pub(super) fn in_file(&self, place: yaml::Place) -> Position {
        in_file(self.lines_before, place)
    }
}

fn find<'a>(
    (spans, lines_before): (&'a Spans, u32),
    path: &str,
    lists: &mut Lists<'a>,
) -> Option<FieldPlace> {
    let yaml::Found { place, missing, insert } = spans.find_among(path, lists)?;
    let absent = !missing.is_empty();
    let missing = Missing { path: missing, insert: insert.map(|place| in_file(lines_before, place)) };
    Some(FieldPlace { position: in_file(lines_before, place), missing: absent.then_some(missing) })
}

fn in_file(lines_before: u32, place: yaml::Place) -> Position {
    Position { line: before(lines_before) + place.line, column: place.column }
}

fn before(lines: u32) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}
