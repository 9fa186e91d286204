//! Custom resources, and the definitions of their kinds, until every file is read: a definition may come last.
//!
//! They are kept as text, and where no definition is given, they are dropped as they are. It must not know what a schema
//! says. Next: [`crate::inventory::schema::custom`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Objects;
use crate::cli::input::origin::Origin;
use crate::cli::load::{Duplicate, Places};
use crate::cli::suppress::Ignores;
use crate::inventory::Kind;
use crate::inventory::schema::custom::{Definition, defined};
use crate::inventory::tree::Tree;
use crate::inventory::written::Written;
use crate::render::run::Location;

/// A document that is compared, or compared with, later.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) location: Location,
    pub(super) places: Places,
    pub(super) duplicates: Vec<Duplicate>,
    /// Group and kind: of a resource its own, of a definition those that it defines.
    names: (Box<str>, Box<str>),
    json: Box<str>,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Definition,
    Resource {
        api_version: Box<str>,
        /// What it was read as.
        read_as: Vec<Kind>,
    },
}

/// The same, with what is known of its document.
#[derive(Debug)]
pub(super) struct KeptOf {
    pub(super) kept: Kept,
    pub(super) ignores: Ignores,
    pub(super) origin: Option<Origin>,
}

impl Kept {
    /// A definition, if it is one that is read.
    pub(super) fn definition(
        (api_version, kind): (&str, &str),
        value: &Tree<'_>,
        location: &Location,
    ) -> Option<Self> {
        let (group, kind) = defined(api_version, kind, value)?;
        let standing = (location, Places::default(), Vec::new());
        Self::new((group, kind), value, standing, Role::Definition)
    }

    /// A resource, if its group is one that can be defined.
    pub(super) fn resource(
        (api_version, kind): (&str, &str),
        value: &Tree<'_>,
        standing: (&Location, Places, Vec<Duplicate>),
        read_as: &[Kind],
    ) -> Option<Self> {
        let (group, _) = api_version.split_once('/').filter(|(group, _)| group.contains('.'))?;
        let role = Role::Resource { api_version: api_version.into(), read_as: read_as.to_vec() };
        Self::new((group, kind), value, standing, role)
    }

    fn new(
        (group, kind): (&str, &str),
        value: &Tree<'_>,
        (location, places, duplicates): (&Location, Places, Vec<Duplicate>),
        role: Role,
    ) -> Option<Self> {
        let json = serde_json::to_string(value).ok()?.into();
        let names = (group.into(), kind.into());
        Some(Self { location: location.clone(), places, duplicates, names, json, role })
    }

    /// Whether it is a definition.
    pub(super) const fn is_definition(&self) -> bool {
        matches!(self.role, Role::Definition)
    }

    fn tree(&self) -> Option<Tree<'static>> {
        serde_json::from_str::<Value>(&self.json).ok().map(Tree::from)
    }
}

/// The definitions of kinds of which there are resources; of one that is given twice the last one counts.
fn definitions(kept: &[KeptOf]) -> BTreeMap<(Box<str>, Box<str>), Definition> {
    let all = || kept.iter().map(|one| &one.kept);
    let wanted: BTreeSet<&(Box<str>, Box<str>)> =
        all().filter(|kept| !kept.is_definition()).map(|kept| &kept.names).collect();
    let given = all().filter(|kept| kept.is_definition() && wanted.contains(&kept.names));
    given.filter_map(|kept| Some((kept.names.clone(), Definition::of(&kept.tree()?)?))).collect()
}

impl Objects {
    /// Compares the custom resources that were kept with the definitions that were given.
    pub(super) fn compare_with_definitions(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        if !kept.iter().any(|one| one.kept.is_definition()) {
            return;
        }
        let definitions = definitions(&kept);
        let mut compared = BTreeMap::new();
        for one in &kept {
            let Role::Resource { api_version, read_as } = &one.kept.role else { continue };
            let Some(definition) = definitions.get(&one.kept.names) else { continue };
            let Some(value) = one.kept.tree() else { continue };
            let twice: Vec<&str> = one.kept.duplicates.iter().map(|twice| twice.path.as_str()).collect();
            let written = Written::custom(definition, api_version, &value, &twice);
            if read_as.is_empty() {
                self.judge_resource(one, (definition.kind(), written), &value);
                self.other_kinds = self.other_kinds.saturating_sub(1);
            } else {
                let at = |kind: &Kind| ((*kind, one.kept.location.clone()), written.clone());
                compared.extend(read_as.iter().map(at));
            }
        }
        if !compared.is_empty() {
            self.rewrite(&compared);
        }
    }

    /// Has a resource judged whose manifest was compared.
    fn judge_resource(&mut self, one: &KeptOf, of: (Kind, Written), value: &Tree<'_>) {
        let KeptOf { kept, ignores, origin } = one;
        let decoded = self.decoder.resource(of, value, kept);
        let decoded = match origin {
            Some(origin) => decoded.rendered_from(origin.clone(), &kept.location),
            None => decoded,
        };
        if !decoded.problems.is_empty() {
            ignores.note(false);
        }
        self.problems.extend(decoded.problems);
        for found in decoded.objects {
            self.add(found, ignores, origin.as_ref());
        }
    }

    /// Notes how what stands in these places was written, so that it has one report whoever else judges it.
    fn rewrite(&mut self, compared: &BTreeMap<(Kind, Location), Written>) {
        for given in &mut self.given {
            let place = (given.key.kind, self.standing.location(given));
            let Some(written) = compared.get(&place) else { continue };
            if let Some(displaced) = given.displaced_mut() {
                displaced.metadata_mut().written = Some(written.clone().into());
            } else if let Some(mut object) = self.inventory.get(&given.key).cloned() {
                object.metadata_mut().written = Some(written.clone().into());
                self.inventory.apply(object);
            }
        }
    }
}
