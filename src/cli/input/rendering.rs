//! What programs rendered, read as objects that know where they are from.
//!
//! Renders that make the same object are judged apart: of two sets of values for one chart, neither is context of the
//! other. It must not judge. Next: [`super::helm`], [`super::kustomize`], [`crate::cli::judging`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::helm::{self, Trace};
use super::kustomize;
use super::kustomize::origin::Origins;
use super::origin::Origin;
use super::{RenderArguments, Rendered};
use crate::cli::load::{self, Bounds, Comment, Document, Loaded};
use crate::cli::objects::{Decoded, Decoder};
use crate::inventory::object::ObjectKey;
use crate::render::run::{Location, Problem};

/// What one program made of one input.
#[derive(Debug)]
pub(in crate::cli) struct Rendering {
    name: Arc<str>,
    text: String,
    made: Made,
}

#[derive(Debug)]
enum Made {
    Chart(Arc<Trace>),
    /// From this folder.
    Kustomization(PathBuf),
}

impl Rendering {
    pub(super) fn of_chart(name: Arc<str>, text: String, trace: Trace) -> Self {
        Self { name, text, made: Made::Chart(Arc::new(trace)) }
    }

    pub(super) fn of_kustomization(name: Arc<str>, text: String, folder: PathBuf) -> Self {
        Self { name, text, made: Made::Kustomization(folder) }
    }

    /// Its objects.
    fn read(&self, bounds: &Bounds, decoder: &Decoder) -> (Vec<Decoded>, Loaded) {
        let mut decoded = Vec::new();
        let mut origins = match &self.made {
            Made::Chart(_) => None,
            Made::Kustomization(folder) => {
                Some(Origins::new(Arc::clone(&self.name), folder.clone(), decoder.reads_comments()))
            }
        };
        let mut loaded =
            load::load_text(&self.name, &self.text, bounds, &mut |mut document: Document<'_>| {
                let origin = match (&self.made, &mut origins) {
                    (Made::Chart(trace), _) => Origin::Chart(Arc::clone(trace)),
                    (_, Some(origins)) => {
                        let mut value = document.value.to_value();
                        let origin = origins.take(&mut value, bounds);
                        document.value = value.into();
                        Origin::Kustomization(Arc::new(origin))
                    }
                    (_, None) => return,
                };
                let location = document.location.clone();
                decoded.push(decoder.read(document).rendered_from(origin, &location));
            });
        // Where somebody wrote them.
        if let Made::Chart(trace) = &self.made {
            let origin = Origin::Chart(Arc::clone(trace));
            loaded.comments.iter_mut().for_each(|(location, _)| *location = origin.comment(location));
        }
        loaded.comments.extend(origins.map(Origins::into_loose).unwrap_or_default());
        (decoded, loaded)
    }
}

/// Renders that are judged together.
#[derive(Debug, Default)]
pub(in crate::cli) struct Together {
    pub(in crate::cli) decoded: Vec<Decoded>,
    keys: BTreeSet<ObjectKey>,
}

/// Everything that was rendered.
#[derive(Debug, Default)]
pub(in crate::cli) struct Renders {
    /// What is judged together; what is judged apart from that comes later.
    pub(in crate::cli) together: Vec<Together>,
    pub(in crate::cli) documents: usize,
    pub(in crate::cli) problems: Vec<Problem>,
    pub(in crate::cli) notes: Vec<String>,
    /// Comments behind which no document comes that they could be about.
    pub(in crate::cli) comments: Vec<(Location, Comment)>,
}

impl Renders {
    /// Renders what the inputs name, and reads it.
    pub(in crate::cli) fn new(
        inputs: &[Rendered],
        arguments: &RenderArguments,
        bounds: &Bounds,
        decoder: &Decoder,
    ) -> Self {
        let mut renders = Self::default();
        for input in inputs {
            let (path, made) = match input {
                Rendered::Chart(path) => (path, helm::render(path, arguments, decoder.namespace(), bounds)),
                Rendered::Kustomization(path) => (path, vec![kustomize::render(path, arguments, bounds)]),
            };
            for made in made {
                match made {
                    Ok(rendering) => renders.add(&rendering, bounds, decoder),
                    Err(message) => renders.problems.push(Problem {
                        file: Some(path.to_string_lossy().into()),
                        document: None,
                        line: None,
                        column: None,
                        message,
                    }),
                }
            }
        }
        renders
    }

    fn add(&mut self, rendering: &Rendering, bounds: &Bounds, decoder: &Decoder) {
        let (decoded, loaded) = rendering.read(bounds, decoder);
        self.documents += loaded.documents;
        self.problems.extend(loaded.problems);
        self.notes.extend(loaded.notes);
        self.comments.extend(loaded.comments);
        let keys: BTreeSet<ObjectKey> = decoded.iter().flat_map(Decoded::keys).collect();
        let fits = self.together.iter().position(|together| together.keys.is_disjoint(&keys));
        let index = fits.unwrap_or_else(|| {
            self.together.push(Together::default());
            self.together.len() - 1
        });
        if let Some(together) = self.together.get_mut(index) {
            together.decoded.extend(decoded);
            together.keys.extend(keys);
        }
    }
}
