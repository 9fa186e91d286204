//! From where to where what begins on a line stretches.
//!
//! Everything that begins in a document is put in order once, however many lines are asked for. It must not know why
//! somebody asks. Next: [`super::seek`] for the place of one field.

use super::seek::{enter, last_place};
use super::spans::{Place, Reader, Shape, Spans, Token};

/// Where the things of a document begin.
#[derive(Debug)]
pub struct Beginnings<'a> {
    /// In order of line; on one line in that of the text.
    all: Vec<(Place, Reader<'a>)>,
}

impl<'a> Beginnings<'a> {
    /// Those of a document.
    pub fn of(spans: &'a Spans) -> Self {
        let mut reader = Reader::new(&spans.0);
        let mut all = Vec::new();
        let Some(root) = enter(&mut reader).map(|root| root.place) else { return Self { all } };
        loop {
            let at = reader.clone();
            let Some(token) = reader.next() else { break };
            let Token::Node { shape, alias, key, place, .. } = token else { continue };
            // The first entry begins where the document does, of which a finding may be.
            let start = key.map(|key| key.place).filter(|key| shape != Shape::Scalar || *key != root);
            let start = start.unwrap_or(place);
            // A scalar on a line of its own, where a finding about it stands, begins there as well.
            let own = (shape == Shape::Scalar && place.line > start.line).then_some(place);
            // So does what comes through an alias where that stands.
            let starts = std::iter::once(start).chain(own).chain(alias);
            all.extend(starts.map(|start| (start, at.clone())));
        }
        all.sort_by_key(|(start, _)| start.line);
        Self { all }
    }

    /// From where to where the first thing stretches that begins on a line, or on the first one after it: an entry with
    /// what is below it, a whole item of a list, or a scalar below its key; never the whole document.
    pub fn extent(&self, line: usize, or_later: bool) -> Option<(Place, Place)> {
        let first = self.all.partition_point(|(start, _)| start.line < line);
        let (first, reader) = self.all.get(first).filter(|(start, _)| or_later || start.line == line)?;
        let mut reader = reader.clone();
        let before = reader.rest();
        reader.skip_value();
        let own = before.get(..before.len() - reader.rest().len()).unwrap_or_default();
        Some((*first, last_place(own).map_or(*first, |last| last.max(*first))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bounds, parse};
    use super::*;

    #[test]
    fn a_scalar_on_a_line_of_its_own_begins_there_as_well() {
        let text = "a:\n  b:\n    x\n  c: &c\n    y\n  d:\n    - z\n? e\n: f\ng: *c\n";
        let covered = |text, line, or_later| {
            let spans = parse(text, &Bounds::default()).unwrap().unwrap().spans;
            let (first, last) = Beginnings::of(&spans).extent(line, or_later)?;
            Some([(first.line, first.column), (last.line, last.column)])
        };
        assert_eq!(covered(text, 2, false), Some([(2, 3), (3, 5)]), "the entry");
        assert_eq!(covered(text, 3, false), Some([(3, 5), (3, 5)]));
        assert_eq!(covered(text, 5, false), Some([(5, 5), (5, 5)]), "not what is elsewhere by an alias");
        assert_eq!(covered(text, 7, false), Some([(7, 7), (7, 7)]));
        assert_eq!(covered(text, 9, false), Some([(9, 3), (9, 3)]));
        let text = "a: &a\n  x: 1\nb: *a\nc:\n  - *a\n  - d:\n      <<: *a\n      e: 2\n";
        assert_eq!(covered(text, 3, false), Some([(3, 1), (3, 4)]), "an alias, not its anchor");
        assert_eq!(covered(text, 5, false), Some([(5, 5), (5, 5)]));
        assert_eq!(covered(text, 7, false), Some([(7, 11), (7, 11)]));
        assert_eq!(covered(text, 4, false), Some([(4, 1), (8, 10)]));
        let above = "b:\n  # here\n  x\n# there\nc:\n  y\n";
        assert_eq!(covered(above, 2, true), Some([(3, 3), (3, 3)]), "nearer than the next entry");
        assert_eq!(covered(above, 4, true), Some([(5, 1), (6, 3)]));
    }
}
