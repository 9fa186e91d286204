//! The comments of a document: what each covers, and which of them cover a place.
//!
//! A document may have thousands, and as many findings, so that nobody looks through all of them. It must not say what a
//! comment says. Next: [`super::comment`] for that, [`super`], which asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::comment::{self, Said};
use super::idle::Uses;
use crate::cli::load::{Comment, Places};
use crate::render::run::{Location, Position};

/// The comments of one document that are for this product.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Ignores(Option<Arc<Comments>>);

#[derive(Debug)]
struct Comments {
    all: Vec<Ignore>,
    covers: Vec<Covers>,
    /// Whether an object of the document was judged.
    is_judged: AtomicBool,
    /// Whether something of the document was not, so that nobody knows whether they are needed.
    is_unsure: AtomicBool,
}

/// A comment, and whether it was of use.
#[derive(Debug)]
pub(super) struct Ignore {
    /// Where it stands in what was read, which may be a render.
    pub(super) location: Location,
    pub(super) said: Result<Said, String>,
    pub(super) uses: Uses,
}

/// What a comment covers, in order of its first place.
#[derive(Debug)]
struct Covers {
    first: (usize, usize),
    last: (usize, usize),
    /// Which comment.
    comment: usize,
    /// The one before it that goes on where this one begins, if there is one: the only ones that cover what this one does
    /// are that one, the one that goes on there, and so forth.
    around: Option<usize>,
}

impl Ignores {
    /// None.
    pub(in crate::cli) const NONE: Self = Self(None);

    /// Those of a document at a place.
    pub(in crate::cli) fn of(document: &Location, comments: &[Comment], places: &Places) -> Self {
        let covered = places.covered(comments);
        let located = comments.iter().map(|comment| {
            (Location { position: Some(comment.position), ..document.clone() }, comment.text.as_str())
        });
        Self::new(located.zip(covered))
    }

    /// Those that no document comes behind: they cover nothing, which everybody may know.
    pub(in crate::cli) fn loose(comments: &[(Location, Comment)]) -> Self {
        let located = comments.iter().map(|(location, comment)| (location.clone(), comment.text.as_str()));
        let ignores = Self::new(located.map(|comment| (comment, None)));
        ignores.note(true);
        ignores
    }

    fn new<'a>(comments: impl Iterator<Item = ((Location, &'a str), Option<(Position, Position)>)>) -> Self {
        let (mut all, mut covers) = (Vec::new(), Vec::new());
        for ((location, text), covered) in comments {
            // What is for others is none of them.
            let Some(said) = comment::read(text) else { continue };
            let at = |position: Position| (position.line, position.column);
            covers.extend(covered.map(|(first, last)| Covers {
                first: at(first),
                last: at(last),
                comment: all.len(),
                around: None,
            }));
            let uses = said.as_ref().map_or_else(|_| Uses::default(), Uses::none);
            all.push(Ignore { location, said, uses });
        }
        if all.is_empty() {
            return Self::default();
        }
        covers.sort_by_key(|covers| covers.first);
        let mut open: Vec<(usize, (usize, usize))> = Vec::new();
        for (index, covers) in covers.iter_mut().enumerate() {
            while open.last().is_some_and(|(_, last)| *last < covers.first) {
                open.pop();
            }
            covers.around = open.last().map(|(around, _)| *around);
            open.push((index, covers.last));
        }
        let (is_judged, is_unsure) = (AtomicBool::new(false), AtomicBool::new(false));
        Self(Some(Arc::new(Comments { all, covers, is_judged, is_unsure })))
    }

    /// Whether there are none.
    pub(in crate::cli) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All of them, as they stand there.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Ignore> {
        self.0.iter().flat_map(|comments| &comments.all)
    }

    /// Those that cover one of some places, as they stand there.
    pub(super) fn at(&self, places: impl IntoIterator<Item = Position>) -> Vec<&Ignore> {
        let Some(comments) = &self.0 else { return Vec::new() };
        let mut found = Vec::new();
        for Position { line, column } in places {
            let place = (line, column);
            let mut next = comments.covers.partition_point(|covers| covers.first <= place).checked_sub(1);
            while let Some(covers) = next.and_then(|index| comments.covers.get(index)) {
                if covers.last >= place {
                    found.push(covers.comment);
                }
                next = covers.around;
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|index| comments.all.get(index)).collect()
    }

    /// Says whether an object of their document was judged.
    pub(in crate::cli) fn note(&self, is_judged: bool) {
        if let Some(comments) = &self.0 {
            let flag = if is_judged { &comments.is_judged } else { &comments.is_unsure };
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Whether anybody can know that one of them is not needed. `is_about_all`: some policy was about everything.
    pub(super) fn can_be_idle(&self, is_about_all: bool) -> bool {
        self.0.as_ref().is_some_and(|comments| {
            !comments.is_unsure.load(Ordering::Relaxed)
                && (is_about_all || comments.is_judged.load(Ordering::Relaxed))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::load::yaml::{Bounds, parse};

    #[test]
    fn those_that_cover_a_place_are_found_however_they_nest() {
        let text = "a:\n  b:\n    c: 1\n    d: 2\n  e: 3\nf: 4\n";
        let spans = parse(text, &Bounds::default()).unwrap().unwrap().spans;
        let places = Places::new(spans, 1);
        let comment = |line: usize, is_alone: bool| Comment {
            position: Position { line, column: 20 },
            is_alone,
            text: " seaworthy: ignore[image-tag] reason=\"x\"".to_owned(),
        };
        let comments = [(1, false), (2, false), (3, false), (4, false), (6, false), (0, true), (1, false)]
            .map(|(line, is_alone)| comment(line, is_alone));
        let at = Location { file: "a".into(), document: 1, position: None, rendered: None };
        let ignores = Ignores::of(&at, &comments, &places);
        let at = |line, column| -> Vec<usize> {
            let found = ignores.at([Position { line, column }]);
            let index =
                |ignore: &Ignore| ignores.iter().position(|other| std::ptr::eq(ignore, other)).unwrap();
            found.into_iter().map(index).collect()
        };
        assert_eq!(at(3, 8), [0, 1, 2, 5, 6]);
        assert_eq!(at(4, 8), [0, 1, 3, 5, 6]);
        assert_eq!(at(5, 6), [0, 5, 6]);
        assert_eq!((at(6, 4), at(9, 1)), (vec![4, 5], vec![5]));
    }
}
