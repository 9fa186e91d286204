//! What is kept of every object that was given, beside the object.
//!
//! A run keeps one for each document, so that what few have is behind one pointer, and places are numbers of four
//! bytes, and what many have is told by its number. It must not hold text of its own. Next: [`super::Objects`].

use std::cmp::Ordering;
use std::sync::Arc;

use super::file_names::FileNames;
use crate::cli::input::origin::Origin;
use crate::cli::load::{Duplicate, FieldPlace, Finder, Layout, Layouts, Places};
use crate::cli::suppress::Ignores;
use crate::inventory::Object;
use crate::inventory::object::ObjectKey;
use crate::render::run::{Location, Position};

/// An object and where it stands: [`Standing`] says it.
#[derive(Debug)]
pub(in crate::cli) struct Given {
    /// Which object.
    pub(in crate::cli) key: Arc<ObjectKey>,
    /// Where everything in it stands.
    layout: Layout,
    file: u32,
    document: u32,
    /// Line and column; zeros where the place is not known.
    position: (u32, u32),
    rare: Option<Box<Rare>>,
}

/// Where all that was given stands: the files, and the places in documents.
#[derive(Debug, Default)]
pub(in crate::cli) struct Standing {
    files: FileNames,
    layouts: Layouts,
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
    /// The fields that its document gives twice.
    duplicates: Vec<Duplicate>,
}

impl Standing {
    /// Makes room for so many more files.
    pub(super) fn expect(&mut self, files: usize) {
        self.files.expect(files);
    }

    /// Nothing more is given: what only helps to take objects in goes.
    pub(super) fn settle(&mut self) {
        self.layouts.settle();
    }

    /// The object of this key, which stands there.
    pub(super) fn given(&mut self, key: Arc<ObjectKey>, location: Location, places: Places) -> Given {
        let Location { file, document, position, rendered } = location;
        let position = position.map_or((0, 0), |Position { line, column }| (number(line), number(column)));
        let rare = rendered.map(|rendered| Box::new(Rare { rendered: Some(rendered), ..Rare::default() }));
        let (file, layout) = (self.files.number(&file), self.layouts.keep(places));
        Given { key, layout, file, document: number(document), position, rare }
    }

    /// Where it stands.
    pub(in crate::cli) fn location(&self, given: &Given) -> Location {
        let (line, column) = given.position;
        let position = Position { line: wide(line), column: wide(column) };
        Location {
            file: self.files.name(given.file),
            document: wide(given.document),
            position: (line > 0).then_some(position),
            rendered: given.rendered().cloned(),
        }
    }

    /// Where its author finds it.
    pub(in crate::cli) fn told_at(&self, given: &Given) -> Location {
        let location = self.location(given);
        given.origin().map(|origin| origin.object(&location)).unwrap_or(location)
    }

    /// Where the field at this path of it stands.
    pub(in crate::cli) fn find<'a>(
        &'a self,
        given: &Given,
        path: &str,
        finder: &mut Finder<'a>,
    ) -> Option<FieldPlace> {
        self.layouts.find(given.layout, path, finder)
    }

    /// The order of the places where both stand, which is that of their [`Self::location`].
    pub(in crate::cli) fn compare(&self, one: &Given, other: &Given) -> Ordering {
        let place = |given: &Given| (given.document, given.position);
        let by_file = self.files.compare(one.file, other.file);
        by_file
            .then_with(|| place(one).cmp(&place(other)))
            .then_with(|| one.rendered().cmp(&other.rendered()))
    }
}

impl Given {
    /// The same; these are the comments of its document.
    pub(super) fn with_comments(mut self, ignores: &Ignores) -> Self {
        if !ignores.is_empty() {
            self.rare.get_or_insert_default().ignores = ignores.clone();
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

    /// The same; its document gives these fields twice.
    pub(super) fn giving_twice(mut self, duplicates: Vec<Duplicate>) -> Self {
        if !duplicates.is_empty() {
            self.rare.get_or_insert_default().duplicates = duplicates;
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

    /// The same, to say more of it.
    pub(super) fn displaced_mut(&mut self) -> Option<&mut Object> {
        self.rare.as_mut()?.displaced.as_deref_mut()
    }

    /// The comments of its document.
    pub(in crate::cli) fn ignores(&self) -> &Ignores {
        const NONE: &Ignores = &Ignores::NONE;
        self.rare.as_ref().map_or(NONE, |rare| &rare.ignores)
    }

    /// Where the field at this path is given as well, and does not count.
    pub(in crate::cli) fn given_before(&self, path: &str) -> impl Iterator<Item = Position> {
        let duplicates = self.rare.as_ref().map_or(&[][..], |rare| &rare.duplicates);
        duplicates.iter().filter(move |twice| twice.path == path).map(|twice| twice.position)
    }

    /// Where it is from, if it was rendered.
    pub(in crate::cli) fn origin(&self) -> Option<&Origin> {
        self.rare.as_ref()?.origin.as_ref()
    }

    fn rendered(&self) -> Option<&Arc<str>> {
        self.rare.as_ref()?.rendered.as_ref()
    }
}

/// A number of files, or of a file's lines, columns or documents: there are never more than four bytes count.
pub(super) fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Place = (&'static str, usize, Option<(usize, usize)>, Option<&'static str>);

    fn given(standing: &mut Standing, (file, document, position, rendered): Place) -> Given {
        let position = position.map(|(line, column)| Position { line, column });
        let location = Location { file: file.into(), document, position, rendered: rendered.map(Into::into) };
        let key = ObjectKey { namespace: "".into(), kind: crate::inventory::Kind::Pod, name: "web".into() };
        let given = standing.given(Arc::new(key), location.clone(), Places::default());
        assert_eq!(standing.location(&given), location);
        given
    }

    #[test]
    fn places_are_in_the_order_of_locations() {
        let places = [
            ("b", 0, None, None),
            ("a", 1, None, None),
            ("a", 1, None, Some("chart")),
            ("a", 1, Some((2, 7)), None),
            ("a", 1, Some((10, 1)), None),
            ("a", 2, Some((1, 1)), None),
        ];
        let mut standing = Standing::default();
        let all = places.map(|place| given(&mut standing, place));
        let at = |given| standing.location(given);
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            assert_eq!(standing.compare(one, other), at(one).cmp(&at(other)));
        }
    }

    #[test]
    fn what_few_have_costs_the_others_a_pointer() {
        assert!(size_of::<Given>() <= 40, "{}", size_of::<Given>());
        let given = given(&mut Standing::default(), ("a", 1, None, None));
        assert!(given.with_comments(&Ignores::default()).rendered_from(None).rare.is_none());
    }
}
