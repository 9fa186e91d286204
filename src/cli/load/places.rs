//! Where the fields of a document stand.
//!
//! It must not know what is asked for. Next: [`super::yaml::Spans`], which says it within one document.

use std::collections::HashMap;

use super::Comment;
use super::yaml::{self, Beginnings, Lists, Spans};
use crate::inventory::quick_hash::QuickHash;
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
    /// Where the aliases stand that it comes through.
    pub through: Vec<Position>,
}

/// Places that several documents have, by number: those of one template stand alike.
#[derive(Debug, Default)]
pub struct Layouts {
    all: Vec<Spans>,
    numbers: HashMap<Spans, u32, QuickHash>,
}

/// Looks for fields of many documents: where they stand alike, for each once.
#[derive(Debug, Default)]
pub struct Finder<'a> {
    lists: Lists<'a>,
    /// What was found, by number and path.
    known: HashMap<u32, HashMap<String, Option<yaml::Found>, QuickHash>, QuickHash>,
}

/// So many fields of documents that stand alike are remembered.
const KNOWN: usize = 256;

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
        finder: &mut Finder<'a>,
    ) -> Option<FieldPlace> {
        let spans = self.all.get(usize::try_from(number).ok()?)?;
        let known = finder.known.entry(number).or_default();
        let found = known.get(path).cloned().unwrap_or_else(|| {
            let found = spans.find_among(path, &mut finder.lists);
            if known.len() < KNOWN {
                known.insert(path.to_owned(), found.clone());
            }
            found
        });
        Some(field(found?, lines_before))
    }
}

impl Places {
    /// Those of a document that begins on this line of its file, counted from 1.
    pub fn new(spans: Spans, first_line: usize) -> Self {
        Self { spans, lines_before: u32::try_from(first_line - 1).unwrap_or(u32::MAX) }
    }

    /// Where the field at this path stands.
    pub fn find(&self, path: &str) -> Option<FieldPlace> {
        Some(field(self.spans.find(path)?, self.lines_before))
    }

    /// The same, of one of many fields that are looked for.
    pub fn find_among<'a>(&'a self, path: &str, lists: &mut Lists<'a>) -> Option<FieldPlace> {
        Some(field(self.spans.find_among(path, lists)?, self.lines_before))
    }

    /// From where to where the node stretches that a comment is about, of each of some: at the end of a line what begins
    /// there, on a line of its own what begins next, before everything the whole document.
    pub fn covered(&self, comments: &[Comment]) -> Vec<Option<(Position, Position)>> {
        const WHOLE: (Position, Position) =
            (Position { line: 0, column: 0 }, Position { line: usize::MAX, column: usize::MAX });
        let (root, beginnings) = (self.find("").map(|root| root.position), Beginnings::of(&self.spans));
        let covered = |Comment { position, is_alone, .. }: &Comment| {
            if *is_alone && position.line < root?.line {
                return Some(WHOLE);
            }
            let line = position.line.checked_sub(before(self.lines_before))?;
            let (first, last) = beginnings.extent(line, *is_alone)?;
            Some((self.in_file(first), self.in_file(last)))
        };
        comments.iter().map(covered).collect()
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

fn field(found: yaml::Found, lines_before: u32) -> FieldPlace {
    let yaml::Found { place, missing, insert, through } = found;
    let absent = !missing.is_empty();
    let missing = Missing { path: missing, insert: insert.map(|place| in_file(lines_before, place)) };
    let through = through.into_iter().map(|place| in_file(lines_before, place)).collect();
    FieldPlace { position: in_file(lines_before, place), missing: absent.then_some(missing), through }
}

fn in_file(lines_before: u32, place: yaml::Place) -> Position {
    Position { line: before(lines_before) + place.line, column: place.column }
}

fn before(lines: u32) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Bounds, yaml};
    use super::*;

    #[test]
    fn fields_of_documents_that_stand_alike_are_found_in_each() {
        let spans = |text: &str| yaml::parse(text, &Bounds::default()).unwrap().unwrap().spans;
        let texts = ["a: {b: 1}\n", "a:\n  b: 1\n", "a: {b: 2}\n"];
        let documents = [0, 40, 7].map(|lines| lines + 1).into_iter().zip(texts);
        let places: Vec<Places> = documents.map(|(line, text)| Places::new(spans(text), line)).collect();
        let mut layouts = Layouts::default();
        let kept: Vec<Layout> = places.iter().map(|places| layouts.keep(places.clone())).collect();
        assert_eq!(layouts.all.len(), 2);
        let mut finder = Finder::default();
        for path in ["a.b", "a.c", "a.b", "", "c", "a.c"] {
            for (layout, places) in kept.iter().zip(&places) {
                assert_eq!(layouts.find(*layout, path, &mut finder), places.find(path), "{path}");
            }
        }
        for number in 0..2 * KNOWN {
            layouts.find(kept[0], &format!("x{number}"), &mut finder);
        }
        assert_eq!(finder.known[&0].len(), KNOWN);
        assert_eq!(layouts.find(kept[0], "a.b", &mut finder), places[0].find("a.b"));
    }
}
