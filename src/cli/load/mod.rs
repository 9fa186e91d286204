//! From paths to documents: files, folders and standard input, split and read as Kubernetes does.
//!
//! A document that cannot be read costs that document only. It must not know which documents matter.
//! Next: [`files`] finds the files, [`yaml`] reads their documents.

mod files;
mod problem;
pub mod yaml;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use serde_json::Value;

use files::{Failure, Source};
pub use problem::LoadError;
pub use yaml::Bounds;

use crate::render::run::{Location, Missing, Position, Problem};

/// What was said while loading, beside the documents.
#[derive(Debug, Default)]
pub struct Loaded {
    /// How many documents were read or should have been; empty ones do not count.
    pub documents: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was read and is worth knowing.
    pub notes: Vec<String>,
}

/// A document that was read.
#[derive(Debug)]
pub struct Document {
    /// Where it stands.
    pub location: Location,
    /// What it says.
    pub value: Value,
    /// Where everything in it stands.
    pub places: Places,
    /// Paths of the keys that it gives twice.
    pub duplicates: Vec<String>,
}

/// Where everything in a document, or in an item of a list, stands.
#[derive(Clone, Debug, Default)]
pub struct Places {
    spans: yaml::Spans,
    /// Lines of the file before those that the spans count.
    lines_before: usize,
}

/// Where a field stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPlace {
    /// The value, or the key of a block; of a field that is not there, the key that should hold it.
    pub position: Position,
    /// What lacks, if the field is not there.
    pub missing: Option<Missing>,
}

impl Places {
    /// Where the field at this path stands.
    pub fn find(&self, path: &str) -> Option<FieldPlace> {
        let yaml::Found { place, missing, insert } = self.spans.find(path)?;
        let absent = !missing.is_empty();
        let missing = Missing { path: missing, insert: insert.map(|place| self.in_file(place)) };
        Some(FieldPlace { position: self.in_file(place), missing: absent.then_some(missing) })
    }

    /// The places of the items of the list under a key.
    pub fn items(&self, key: &str) -> Vec<Self> {
        let items = self.spans.items(key).into_iter();
        items.map(|spans| Self { spans, lines_before: self.lines_before }).collect()
    }

    const fn in_file(&self, place: yaml::Place) -> Position {
        Position { line: self.lines_before + place.line, column: place.column }
    }
}

/// Takes in documents as they are read.
pub type Sink<'a> = &'a mut dyn FnMut(Document);

/// Files that are read before the documents of the first are handed on: one core's share of a batch.
const FILES_AT_ONCE: usize = 32;

/// Reads every document under these paths, on all cores, and hands them on in order of path and place.
pub fn load(paths: &[PathBuf], bounds: &Bounds, sink: Sink<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    for batch in files::find(paths).chunks(FILES_AT_ONCE * cores) {
        let parts = batch.chunks(batch.len().div_ceil(cores));
        let read: Vec<(Loaded, Vec<Document>)> = thread::scope(|scope| {
            let threads: Vec<_> = parts.map(|part| scope.spawn(|| read(part, bounds))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        for (part, documents) in read {
            loaded.documents += part.documents;
            loaded.problems.extend(part.problems);
            loaded.notes.extend(part.notes);
            documents.into_iter().for_each(&mut *sink);
        }
    }
    loaded
}

/// Reads some files.
fn read(found: &[Result<Source, Failure>], bounds: &Bounds) -> (Loaded, Vec<Document>) {
    let mut loaded = Loaded::default();
    let mut documents = Vec::new();
    for found in found {
        let read = match found {
            Ok(source) => files::read(source, bounds).map(|text| (&source.name, text)),
            Err((name, error)) => Err((Arc::clone(name), error.to_string())),
        };
        match read {
            Ok((name, text)) => loaded.text(name, &text, bounds, &mut |document| documents.push(document)),
            Err((name, message)) => loaded.problems.push(Problem {
                file: Some(name),
                document: None,
                line: None,
                column: None,
                message,
            }),
        }
    }
    (loaded, documents)
}

impl Loaded {
    fn text(&mut self, name: &Arc<str>, text: &str, bounds: &Bounds, sink: Sink<'_>) {
        let mut number = 0;
        for document in yaml::stream::documents(text, bounds) {
            let yaml::stream::Document { first_line, parsed } = document;
            let parsed = match parsed {
                Ok(None) => continue,
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
                            first_line + last - 1,
                            first_line + first - 1
                        )
                    }));
                    let places = Places { spans: parsed.spans, lines_before: first_line - 1 };
                    let position = places.find("").map(|found| found.position);
                    let location = Location { file: Arc::clone(name), document: number, position };
                    let duplicates = parsed.duplicates.into_iter().map(|duplicate| duplicate.path).collect();
                    sink(Document { location, value: parsed.value, places, duplicates });
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
