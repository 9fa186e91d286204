//! From documents to the objects of an inventory.
//!
//! [`read`] makes objects of a document, on any core; they come here in order. It must not judge. Next:
//! [`read`], [`given`] for what is kept beside an object, and [`field`] for the place of a decoding error.

mod field;
mod file_names;
mod given;
mod kept;
mod known;
mod makers;
mod promised;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use crate::cli::input::origin::Origin;
use crate::cli::load::Places;
use crate::cli::parallel::in_order;
use crate::cli::suppress::Ignores;
use crate::inventory::lifecycle::minor_of;
use crate::inventory::lookup::Coverage;
use crate::inventory::object::ObjectKey;
use crate::inventory::snapshot::Change;
use crate::inventory::{Inventory, Kind, Object};
use crate::ops::resource::ResourceRef;
use crate::render::run::{Location, Problem};

pub(super) use given::{Given, Standing};
use kept::KeptOf;
use read::Found;
pub(super) use read::{Decoded, Decoder, identity};

/// Parts of one core, of what objects are found by, that may wait for their turn.
const AHEAD: usize = 16;

/// The objects of all files.
#[derive(Debug)]
pub(super) struct Objects {
    /// Every object of a known kind, in the order of the files.
    pub(super) given: Vec<Given>,
    /// What checks look other objects up in.
    pub(super) inventory: Inventory,
    /// Documents that hold no Kubernetes object.
    pub(super) skipped: usize,
    /// Objects of kinds that no check reads.
    pub(super) other_kinds: usize,
    /// Objects that do not have the shape of their kind.
    pub(super) problems: Vec<Problem>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
    decoder: Decoder,
    /// What is compared once every definition of a kind is known.
    kept: Vec<KeptOf>,
    /// How many of those given are context only.
    context: usize,
    /// Comments of all documents.
    pub(super) ignores: Vec<(Ignores, Option<Origin>)>,
    /// Which of those given have these keys, where the inventory does not hold them by number.
    elsewhere: BTreeMap<Arc<ObjectKey>, usize>,
    /// Where what was given stands.
    pub(super) standing: Standing,
}

impl Objects {
    /// No objects yet; nothing is looked for among them before [`Self::settle`]. `namespace` is where objects go that name none, `default` if nobody says; `complete`
    /// says that what is not given does not exist.
    pub(super) fn new(namespace: Option<&str>, complete: bool) -> Self {
        let mut inventory =
            Inventory::with_coverage(if complete { Coverage::Complete } else { Coverage::Partial }).loading();
        // A namespaced object proves its namespace, whose labels stay unknown unless they are given.
        inventory.set_coverage(Kind::Namespace, Coverage::Partial);
        Self {
            given: Vec::new(),
            inventory,
            skipped: 0,
            other_kinds: 0,
            problems: Vec::new(),
            notes: Vec::new(),
            decoder: Decoder {
                namespace: namespace.unwrap_or("default").into(),
                namespace_is_assumed: namespace.is_none(),
                custom: BTreeSet::new(),
                shapes: false,
                comments: true,
            },
            kept: Vec::new(),
            context: 0,
            ignores: Vec::new(),
            elsewhere: BTreeMap::new(),
            standing: Standing::default(),
        }
    }

    /// The same; documents are compared with the types of their kinds if somebody asks.
    pub(super) fn with_shapes(mut self, shapes: bool) -> Self {
        self.decoder.shapes = shapes;
        self
    }

    /// The same; custom resources of these kinds are workloads.
    pub(super) fn with_custom_kinds(mut self, custom: BTreeSet<Kind>) -> Self {
        let coverage = self.inventory.coverage(Kind::Deployment);
        for kind in &custom {
            self.inventory.set_coverage(*kind, coverage);
        }
        self.decoder.custom = custom;
        self
    }

    /// The same; they are meant for this version of Kubernetes, if somebody says so.
    pub(super) fn meant_for(mut self, version: Option<&str>) -> Self {
        self.inventory.set_server_minor(version.and_then(minor_of));
        self
    }

    /// The objects of a cluster; those that are wanted are judged.
    pub(super) fn of_cluster(inventory: Inventory, is_wanted: impl Fn(&Object) -> bool) -> Self {
        let mut objects = Self::new(None, false);
        let wanted = inventory.objects().filter(|object| is_wanted(object)).map(Object::key);
        wanted.collect::<Vec<_>>().into_iter().for_each(|key| objects.judge_live(key));
        Self { inventory, ..objects }
    }

    /// Has an object that stands in the cluster judged as well.
    pub(super) fn judge_live(&mut self, key: ObjectKey) {
        let resource = ResourceRef::from(key.kind.info());
        let namespace = resource.namespaced.then_some(key.namespace.as_str());
        let path = resource.object(namespace, &key.name).path(None);
        let location = Location {
            file: path.trim_start_matches('/').into(),
            document: 0,
            position: None,
            rendered: None,
        };
        let key = Arc::new(key);
        self.elsewhere.insert(Arc::clone(&key), self.given.len());
        self.given.push(self.standing.given(key, location, Places::default()));
    }

    /// The same; comments suppress findings or do not.
    pub(super) fn with_comments(mut self, comments: bool) -> Self {
        self.decoder.comments = comments;
        self
    }

    /// What reads documents for these objects.
    pub(super) fn decoder(&self) -> Decoder {
        self.decoder.clone()
    }

    /// Takes in what a document holds. `before` is how many documents stand in the file before those that
    /// its number counts.
    pub(super) fn take(&mut self, decoded: Decoded, before: usize) {
        self.skipped += decoded.skipped;
        self.other_kinds += decoded.other_kinds;
        for (namespace, maker) in decoded.makers {
            self.inventory.note_maker(&namespace, maker);
        }
        for (namespace, secret) in decoded.secrets {
            self.inventory.promise_secret(&namespace, &secret);
        }
        self.problems.extend(decoded.problems.into_iter().map(|problem| {
            let document = problem.document.map(|number| number + before);
            Problem { document, ..problem }
        }));
        for revision in decoded.revisions {
            self.inventory.apply(revision);
        }
        for mut found in decoded.objects {
            found.location.document += before;
            self.add(found, &decoded.ignores, decoded.origin.as_ref());
        }
        for mut kept in decoded.kept {
            kept.location.document += before;
            self.kept.push(KeptOf { kept, ignores: decoded.ignores.clone(), origin: decoded.origin.clone() });
        }
        if !decoded.ignores.is_empty() {
            self.ignores.push((decoded.ignores, decoded.origin));
        }
    }

    fn add(&mut self, found: Found, ignores: &Ignores, origin: Option<&Origin>) {
        let Found { location, places, object, duplicates } = found;
        let key = object.key();
        let is_named = object.metadata().generate_name().is_empty();
        // What is taken out has no number any more.
        let taken = if Inventory::keeps(&object) { None } else { self.index(&key) };
        let change = self.inventory.apply(object);
        let before = match &change {
            Change::Added => self.elsewhere.get(&key).copied(),
            _ => taken.or_else(|| self.index(&key)),
        };
        if let Some(before) = before.filter(|_| is_named).and_then(|index| self.given.get(index)) {
            let before = self.standing.told_at(before);
            let location = origin.map_or_else(|| location.clone(), |origin| origin.object(&location));
            let note = if key.kind.is_workload() { "each is judged" } else { "the last one counts" };
            self.notes.push(format!("{key} is given twice, in {before} and {location}: {note}"));
        }
        let displaced = match change {
            Change::Updated(displaced) | Change::Removed(displaced) => Some(displaced),
            // What is alike is kept once, and would be taken for whatever comes third.
            Change::None => self.inventory.get(&key).cloned().map(Box::new),
            Change::Added => None,
        };
        if let Some((given, displaced)) = before.and_then(|index| self.given.get_mut(index)).zip(displaced) {
            given.displace(displaced);
        }
        // What another workload manages, and what came to its end, is nobody's concern.
        if let Some(key) = self.inventory.number(&key, self.given.len()) {
            let given = self.standing.given(key, location, places);
            self.given.push(given.with_comments(ignores).rendered_from(origin).giving_twice(duplicates));
        } else if let Some(before) = before {
            self.elsewhere.insert(Arc::new(key), before);
        }
    }

    /// Makes room for so many more objects.
    pub(super) fn expect(&mut self, objects: usize) {
        self.given.reserve(objects);
        self.standing.expect(objects);
    }

    /// Nothing more is given: what only helps to take objects in goes.
    pub(super) fn settle(&mut self) {
        self.compare_with_definitions();
        self.inventory.settle(|parts| {
            let mut made = Vec::with_capacity(parts.len());
            let Ok(()) = in_order(parts, AHEAD, &|part| part.entries(), &mut |entries| {
                made.push(entries);
                Ok::<(), Infallible>(())
            });
            made
        });
        self.standing.settle();
    }

    /// Makes of what was given so far context of what comes: it is judged, and told of, elsewhere.
    pub(super) fn end_context(&mut self) {
        self.context = self.given.len();
        (self.skipped, self.other_kinds) = (0, 0);
        self.problems.clear();
        self.notes.clear();
        self.ignores.clear();
        self.kept.retain(|one| one.kept.is_definition());
    }

    /// What is judged.
    pub(super) fn judged(&self) -> &[Given] {
        self.given.get(self.context..).unwrap_or_default()
    }

    /// The object itself.
    pub(super) fn object<'a>(&'a self, given: &'a Given) -> Option<&'a Object> {
        given.displaced().or_else(|| self.inventory.get(&given.key))
    }

    /// The object of this key that counts.
    pub(super) fn given(&self, key: &ObjectKey) -> Option<&Given> {
        self.index(key).and_then(|index| self.given.get(index))
    }

    /// The place of that among those given.
    fn index(&self, key: &ObjectKey) -> Option<usize> {
        self.inventory.number_of(key).or_else(|| self.elsewhere.get(key).copied())
    }
}

#[cfg(test)]
mod tests;
