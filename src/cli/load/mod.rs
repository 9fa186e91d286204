//! From paths to documents: files, folders and standard input, split and read as Kubernetes does.
//!
//! A document that cannot be read costs that document only. It must not know which documents matter.
//! Next: [`files`] finds the files, [`yaml`] reads their documents.

mod files;
mod problem;
pub mod yaml;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

pub use problem::LoadError;
pub use yaml::Bounds;

use crate::render::run::{Location, Problem};

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

/// Takes in documents as they are read.
pub type Sink<'a> = &'a mut dyn FnMut(Location, Value);

/// Reads every document under these paths, in order of path and place.
pub fn load(paths: &[PathBuf], bounds: &Bounds, sink: Sink<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    for found in files::find(paths) {
        let read = found.and_then(|source| Ok((source.name.clone(), files::read(&source, bounds)?)));
        match read {
            Ok((name, text)) => loaded.text(&name, &text, bounds, sink),
            Err((name, error)) => loaded.problems.push(Problem {
                file: Some(name),
                document: None,
                line: None,
                message: error.to_string(),
            }),
        }
    }
    loaded
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
                        let yaml::DuplicateKey { key, first, last } = duplicate;
                        format!(
                            "{name}:{}: the key `{key}` is given twice, first on line {}; this one counts",
                            first_line + last - 1,
                            first_line + first - 1
                        )
                    }));
                    sink(Location { file: Arc::clone(name), document: number }, parsed.value);
                }
                Err(error) => self.problems.push(Problem {
                    file: Some(Arc::clone(name)),
                    document: Some(number),
                    line: Some((first_line + error.line).saturating_sub(1)),
                    message: error.problem.to_string(),
                }),
            }
        }
    }
}
