//! Values in the text of a file: changed, or put in, and every other byte kept.
//!
//! The text is taken apart, so that what stands in one document costs no other. It must not know how text is written. Next:
//! [`super::passes`] for what is changed in a document.

use std::collections::BTreeMap;

use thiserror::Error;

use super::passes::{self, How, Wanted};
use super::text::Notation;
use crate::catalogue::fix::Answer;
use crate::cli::load::files::without_mark;
use crate::cli::load::{Bounds, yaml};

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
            passes::count(chunk.text());
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

    /// Gives fields values; of each, in their order, whether that changes anything.
    pub(super) fn set(
        &mut self,
        wanted: &[(&Target, Answer)],
        bounds: &Bounds,
    ) -> Vec<Result<bool, EditError>> {
        let mut became = vec![Err(EditError::Gone); wanted.len()];
        let mut by_piece: BTreeMap<usize, Vec<Wanted<'_>>> = BTreeMap::new();
        for (index, (target, answer)) in wanted.iter().enumerate() {
            let (piece, document) = if self.is_json {
                (Some(0), target.document)
            } else {
                let piece = target.document.checked_sub(1).and_then(|index| self.documents.get(index));
                (piece.copied(), 1)
            };
            if let Some(piece) = piece {
                let wanted = Wanted { index, document, target, answer: *answer };
                by_piece.entry(piece).or_default().push(wanted);
            }
        }
        for (piece, wanted) in by_piece {
            let Some(piece) = self.pieces.get_mut(piece) else { continue };
            let how = How { notation: self.notation, is_json: self.is_json, bounds };
            passes::set(piece, wanted, how, &mut became);
        }
        became
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
pub(super) mod tests;
