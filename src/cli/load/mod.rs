//! From paths to documents: files, folders and standard input, split and read as Kubernetes does.
//!
//! A document that cannot be read costs that document only. It must not know which documents matter.
//! Next: [`files`] finds the files, [`yaml`] reads their documents, [`places`] says where everything stands.

pub(super) mod files;
mod open;
mod places;
pub(super) mod plain;
mod problem;
pub(super) mod walk;
pub mod yaml;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use files::Found;
use open::Opener;
pub use places::{FieldPlace, Finder, Layout, Layouts, Places};
pub use problem::LoadError;
pub use yaml::Bounds;

use super::parallel::in_order;
use crate::inventory::tree::Tree;
use crate::render::run::{Location, Position, Problem};

/// What was said while loading, beside the documents.
#[derive(Debug, Default)]
pub struct Loaded {
    /// How many documents were read or should have been; empty ones do not count.
    pub documents: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was read and is worth knowing.
    pub notes: Vec<String>,
    /// Comments for this product behind which no document comes that they could be about.
    pub comments: Vec<(Location, Comment)>,
}

/// A document that was read.
#[derive(Debug)]
pub struct Document<'a> {
    /// Where it stands.
    pub location: Location,
    /// What it says.
    pub value: Tree<'a>,
    /// Where everything in it stands.
    pub places: Places,
    /// The fields that it gives twice.
    pub duplicates: Vec<Duplicate>,
    /// The comments that are for this product.
    pub comments: Vec<Comment>,
}

/// A field that is given again further down: the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Its path.
    pub path: String,
    /// Where the key stands that does not count.
    pub position: Position,
}

/// A comment in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it begins.
    pub position: Position,
    /// Whether nothing stands before it on its line.
    pub is_alone: bool,
    /// What it says.
    pub text: String,
}

/// What is made of a document, on any core.
pub type Make<'a, T> = &'a (dyn Fn(Document<'_>) -> T + Sync);

/// Takes in what was made of documents, in order, and how many documents stand in the file before those that
/// their numbers count.
pub type Sink<'a, T> = &'a mut dyn FnMut(T, usize);

/// Files that are read as one piece of work.
const FILES_AT_ONCE: usize = 16;

/// Such pieces of one core that may wait for their turn.
const AHEAD: usize = 16;

/// From so many bytes on a file is read by all cores.
const LARGE: usize = 256 * 1024;

/// Documents of a large file that are read as one piece of work.
const DOCUMENTS_AT_ONCE: usize = 64;

/// Such pieces of one core that may wait for their turn.
const AHEAD_OF_LARGE: usize = 4;

/// Reads every document under these paths, on all cores, and hands on what is made of them in order of path
/// and place.
pub fn load<T: Send>(paths: &[PathBuf], bounds: &Bounds, make: Make<'_, T>, sink: Sink<'_, T>) -> Loaded {
    load_found(files::find(paths), bounds, make, sink)
}

/// The same, for files that were found.
pub(super) fn load_found<T: Send>(
    found: Vec<Found>,
    bounds: &Bounds,
    make: Make<'_, T>,
    sink: Sink<'_, T>,
) -> Loaded {
    let mut loaded = Loaded::default();
    let mut batches: Vec<Vec<Found>> = Vec::with_capacity(found.len().div_ceil(FILES_AT_ONCE));
    let mut found = found.into_iter().peekable();
    while found.peek().is_some() {
        batches.push(found.by_ref().take(FILES_AT_ONCE).collect());
    }
    drop(found);
    let Ok(()) = in_order(batches, AHEAD, &|batch| read(batch, bounds, make), &mut |parts| {
        for part in parts {
            match part {
                Part::Read(part, made) => {
                    loaded.join(part);
                    for made in made {
                        sink(made, 0);
                    }
                }
                Part::Large(name, text) => loaded.large((&name, &text), bounds, make, sink),
            }
        }
        Ok::<(), Infallible>(())
    });
    loaded
}

/// Reads every document of a text that has a name.
pub(super) fn load_text(
    name: &Arc<str>,
    text: &str,
    bounds: &Bounds,
    sink: &mut dyn FnMut(Document<'_>),
) -> Loaded {
    let mut loaded = Loaded::default();
    loaded.documents(name, yaml::stream::documents(text, bounds), sink);
    loaded
}

/// The same of a part of a text that is not read as JSON, whatever the part begins with.
pub(super) fn load_part(
    name: &Arc<str>,
    text: &str,
    bounds: &Bounds,
    sink: &mut dyn FnMut(Document<'_>),
) -> Loaded {
    let mut loaded = Loaded::default();
    let chunks = yaml::stream::chunks(text, bounds);
    loaded.documents(name, chunks.iter().map(|chunk| chunk.read(bounds)), sink);
    loaded
}

/// What became of some files.
enum Part<T> {
    /// They were read.
    Read(Loaded, Vec<T>),
    /// One file, whose documents all cores shall read.
    Large(Arc<str>, String),
}

/// Reads some files, but for the documents of large ones.
fn read<T>(found: Vec<Found>, bounds: &Bounds, make: Make<'_, T>) -> Vec<Part<T>> {
    let mut parts = Vec::new();
    let (mut loaded, mut made) = (Loaded::default(), Vec::new());
    let mut opener = Opener::default();
    for found in found {
        let read = match found {
            Ok(source) => files::read_by(&mut opener, &source, bounds).map(|text| (source.name(), text)),
            Err(failure) => Err((failure.name, failure.error.to_string())),
        };
        match read {
            Ok((name, text)) if text.len() >= LARGE && !yaml::stream::is_json(&text) => {
                parts.push(Part::Read(std::mem::take(&mut loaded), std::mem::take(&mut made)));
                parts.push(Part::Large(name, text));
            }
            Ok((name, text)) => {
                let documents = yaml::stream::documents(&text, bounds);
                loaded.documents(&name, documents, &mut |document| made.push(make(document)));
            }
            Err((name, message)) => loaded.problems.push(Problem {
                file: Some(name),
                document: None,
                line: None,
                column: None,
                message,
            }),
        }
    }
    parts.push(Part::Read(loaded, made));
    parts
}

impl Loaded {
    /// Adds what was said of later files.
    fn join(&mut self, later: Self) {
        self.documents += later.documents;
        self.problems.extend(later.problems);
        self.notes.extend(later.notes);
        self.comments.extend(later.comments);
    }

    fn large<T: Send>(
        &mut self,
        (name, text): (&Arc<str>, &str),
        bounds: &Bounds,
        make: Make<'_, T>,
        sink: Sink<'_, T>,
    ) {
        let chunks = yaml::stream::chunks(text, bounds);
        let batches: Vec<_> = chunks.chunks(DOCUMENTS_AT_ONCE).collect();
        let read = |batch: &[yaml::stream::Chunk<'_>]| {
            let (mut loaded, mut made) = (Self::default(), Vec::new());
            let documents = batch.iter().map(|chunk| chunk.read(bounds));
            loaded.documents(name, documents, &mut |document| made.push(make(document)));
            (loaded, made)
        };
        let mut before = 0;
        let Ok(()) = in_order(batches, AHEAD_OF_LARGE, &read, &mut |(part, made)| {
            let documents = part.documents;
            let problems = part.problems.into_iter().map(|problem| {
                let document = problem.document.map(|number| number + before);
                Problem { document, ..problem }
            });
            let comments = part.comments.into_iter().map(|(location, comment)| {
                (Location { document: location.document + before, ..location }, comment)
            });
            self.join(Self { problems: problems.collect(), comments: comments.collect(), ..part });
            for made in made {
                sink(made, before);
            }
            before += documents;
            Ok::<(), Infallible>(())
        });
    }

    fn documents<'a>(
        &mut self,
        name: &Arc<str>,
        documents: impl Iterator<Item = yaml::stream::Document<'a>>,
        sink: &mut dyn FnMut(Document<'_>),
    ) {
        let mut number = 0;
        for document in documents {
            let yaml::stream::Document { first_line, parsed, before } = document;
            let before = before.into_iter().map(|comment| Comment {
                position: Position { line: comment.place.line, column: comment.place.column },
                is_alone: comment.is_alone,
                text: comment.text,
            });
            let parsed = match parsed {
                Ok(None) => {
                    self.comments.extend(before.map(|comment| {
                        let (file, position) = (Arc::clone(name), Some(comment.position));
                        (Location { file, document: number + 1, position, rendered: None }, comment)
                    }));
                    continue;
                }
                Ok(Some(parsed)) => Ok(parsed),
                Err(error) => Err(error),
            };
            number += 1;
            self.documents += 1;
            match parsed {
                Ok(parsed) => {
                    self.notes.extend(parsed.duplicates.iter().map(|duplicate| {
                        let yaml::DuplicateKey { key, first, last, .. } = duplicate;
                        format!(
                            "{name}:{}: the key `{key}` is given twice, first on line {}; this one counts",
                            first_line + last.line - 1,
                            first_line + first.line - 1
                        )
                    }));
                    let places = Places::new(parsed.spans, first_line);
                    let position = places.find("").map(|found| found.position);
                    let location =
                        Location { file: Arc::clone(name), document: number, position, rendered: None };
                    let duplicate = |duplicate: yaml::DuplicateKey| Duplicate {
                        path: duplicate.path,
                        position: places.in_file(duplicate.first),
                    };
                    let duplicates = parsed.duplicates.into_iter().map(duplicate).collect();
                    let comments = parsed.comments.into_iter().map(|comment| Comment {
                        position: places.in_file(comment.place),
                        is_alone: comment.is_alone,
                        text: comment.text,
                    });
                    let comments = before.chain(comments).collect();
                    sink(Document { location, value: parsed.value, places, duplicates, comments });
                }
                Err(error) => self.problems.push(Problem {
                    file: Some(Arc::clone(name)),
                    document: Some(number),
                    line: Some((first_line + error.line).saturating_sub(1)),
                    column: Some(error.column),
                    message: error.problem.to_string(),
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
