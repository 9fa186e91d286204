//! What is kept of every object that was given, beside the object.
//!
//! A run keeps one for each document, so that what few have is behind one pointer, and places are numbers of four
//! bytes. It must not hold text of its own. Next: [`super::Objects`].

use std::cmp::Ordering;
use std::sync::Arc;

use crate::cli::input::origin::Origin;
use crate::cli::load::Places;
use crate::cli::suppress::{Ignore, Ignores};
use crate::inventory::Object;
use crate::inventory::object::ObjectKey;
use crate::render::run::{Location, Position};

/// An object and where it stands.
#[derive(Debug)]
pub(in crate::cli) struct Given {
    /// Which object.
    pub(in crate::cli) key: Arc<ObjectKey>,
    /// Where everything in it stands.
    pub(in crate::cli) places: Places,
    file: Arc<str>,
    document: u32,
    /// Line and column; zeros where the place is not known.
    position: (u32, u32),
    rare: Option<Box<Rare>>,
}

/// What few objects have.
#[derive(Debug, Default)]
struct Rare {
    /// The comments of its document.
    ignores: Ignores,
    /// Where it is from, if it was rendered.
    origin: Option<Origin>,
    /// What was rendered, if its file is only what it is made from.
    rendered: Option<Arc<str>>,
    /// The object, if one that was given later took its place in the inventory.
    displaced: Option<Box<Object>>,
}

impl Given {
    /// The object of this key, which stands there.
    pub(super) fn new(key: Arc<ObjectKey>, location: Location, places: Places) -> Self {
        let Location { file, document, position, rendered } = location;
        let position = position.map_or((0, 0), |Position { line, column }| (number(line), number(column)));
        let rare = rendered.map(|rendered| Box::new(Rare { rendered: Some(rendered), ..Rare::default() }));
        Self { key, places, file, document: number(document), position, rare }
    }

    /// The same; these are the comments of its document.
    pub(super) fn with_comments(mut self, ignores: &Ignores) -> Self {
        if !ignores.is_empty() {
            self.rare.get_or_insert_default().ignores = Arc::clone(ignores);
        }
        self
    }

    /// The same, rendered from there if that was so.
    pub(super) fn rendered_from(mut self, origin: Option<&Origin>) -> Self {
        if let Some(origin) = origin {
            self.rare.get_or_insert_default().origin = Some(origin.clone());
        }
        self
    }

    /// Another object took its place in the inventory.
    pub(super) fn displace(&mut self, object: Box<Object>) {
        self.rare.get_or_insert_default().displaced = Some(object);
    }

    /// The object, if one that was given later took its place in the inventory.
    pub(super) fn displaced(&self) -> Option<&Object> {
        self.rare.as_ref()?.displaced.as_deref()
    }

    /// The comments of its document.
    pub(in crate::cli) fn ignores(&self) -> &[Ignore] {
        self.rare.as_ref().map_or(&[], |rare| &rare.ignores)
    }

    /// Where it is from, if it was rendered.
    pub(in crate::cli) fn origin(&self) -> Option<&Origin> {
        self.rare.as_ref()?.origin.as_ref()
    }

    /// Where it stands.
    pub(in crate::cli) fn location(&self) -> Location {
        let (line, column) = self.position;
        let position = Position { line: wide(line), column: wide(column) };
        Location {
            file: Arc::clone(&self.file),
            document: wide(self.document),
            position: (line > 0).then_some(position),
            rendered: self.rendered().cloned(),
        }
    }

    fn rendered(&self) -> Option<&Arc<str>> {
        self.rare.as_ref()?.rendered.as_ref()
    }

    /// Where its author finds it.
    pub(in crate::cli) fn told_at(&self) -> Location {
        let location = self.location();
        self.origin().map(|origin| origin.object(&location)).unwrap_or(location)
    }

    /// The order of the places where both stand, which is that of their [`Self::location`].
    pub(in crate::cli) fn compare_places(&self, other: &Self) -> Ordering {
        let place = |given: &Self| (given.document, given.position);
        let by_file = self.file.cmp(&other.file);
        by_file
            .then_with(|| place(self).cmp(&place(other)))
            .then_with(|| self.rendered().cmp(&other.rendered()))
    }
}

/// A number of a file's lines, columns or documents: no file has more than four bytes count.
fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(file: &str, document: usize, position: Option<(usize, usize)>, rendered: Option<&str>) -> Given {
        let position = position.map(|(line, column)| Position { line, column });
        let location = Location { file: file.into(), document, position, rendered: rendered.map(Into::into) };
        let key = ObjectKey { namespace: "".into(), kind: crate::inventory::Kind::Pod, name: "web".into() };
        let given = Given::new(Arc::new(key), location.clone(), Places::default());
        assert_eq!(given.location(), location);
        given
    }

    #[test]
    fn places_are_in_the_order_of_locations() {
        let all = [
            given("a", 1, None, None),
            given("a", 1, None, Some("chart")),
            given("a", 1, Some((2, 7)), None),
            given("a", 1, Some((10, 1)), None),
            given("a", 2, Some((1, 1)), None),
            given("b", 0, None, None),
        ];
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            assert_eq!(one.compare_places(other), one.location().cmp(&other.location()));
        }
    }

    #[test]
    fn what_few_have_costs_the_others_a_pointer() {
        assert!(size_of::<Given>() <= 72, "{}", size_of::<Given>());
        let given = given("a", 1, None, None).with_comments(&Ignores::default()).rendered_from(None);
        assert!(given.rare.is_none());
    }
}
