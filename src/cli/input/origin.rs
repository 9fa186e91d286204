//! Where something in a render is from: the file that a person edits.
//!
//! It must not render. Next: [`super::helm::Trace`] for charts, [`super::kustomize::origin`] for kustomizations.

use std::sync::Arc;

use super::helm::Trace;
use super::kustomize::origin::Held;
use crate::cli::load::FieldPlace;
use crate::cli::suppress::Ignores;
use crate::render::run::{Location, Missing, Problem};

/// Where what is in a rendered document is from.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Origin {
    /// A chart.
    Chart(Arc<Trace>),
    /// A kustomization.
    Kustomization(Arc<Held>),
}

impl Origin {
    /// Where an object is from that stands at this place of the render.
    pub(in crate::cli) fn object(&self, at: &Location) -> Location {
        let (file, position, label) = match self {
            Self::Chart(trace) => {
                let place = at.position.map(|position| trace.place(position));
                let (file, position) = place.unwrap_or_else(|| (trace.label(), None));
                (file, position, trace.label())
            }
            Self::Kustomization(held) => (held.file(), held.beginning(), held.label()),
        };
        Location { file, document: at.document, position, rendered: Some(label) }
    }

    /// The comments of what an object is from, where the render has none: they cover places there.
    pub(in crate::cli) fn ignores(&self) -> Option<Ignores> {
        match self {
            Self::Chart(_) => None,
            Self::Kustomization(held) => Some(held.ignores()),
        }
    }

    /// Where a comment is from that stands at this place: in the render, or in what the object is from.
    pub(in crate::cli) fn comment(&self, at: &Location) -> Location {
        match self {
            Self::Chart(_) => self.object(at),
            Self::Kustomization(_) => at.clone(),
        }
    }

    /// Where a field is from, and what lacks there, by its path and its place in the render.
    pub(in crate::cli) fn field(
        &self,
        path: &str,
        place: Option<&FieldPlace>,
        at: &Location,
    ) -> (Location, Option<Missing>) {
        let missing = place.and_then(|place| place.missing.clone());
        // What goes where in a template, only its author knows.
        let missing = missing.map(|missing| Missing { insert: None, ..missing });
        match self {
            Self::Chart(_) => {
                let position = place.map(|place| place.position).or(at.position);
                (self.object(&Location { position, ..at.clone() }), missing)
            }
            Self::Kustomization(held) => {
                let object = self.object(at);
                match held.field(path) {
                    Some(place) => (Location { position: Some(place.position), ..object }, place.missing),
                    None => (object, missing),
                }
            }
        }
    }

    /// A problem of a rendered document, told where its author finds it.
    pub(in crate::cli) fn problem(&self, problem: Problem, at: &Location) -> Problem {
        let position = problem.line.zip(problem.column);
        let position = position.map(|(line, column)| crate::render::run::Position { line, column });
        let from = self.object(&Location { position, ..at.clone() });
        Problem {
            file: Some(from.file),
            document: None,
            line: from.position.map(|position| position.line),
            column: from.position.map(|position| position.column),
            message: format!("{} (rendered from {})", problem.message, from.rendered.unwrap_or_default()),
        }
    }
}
