//! From documents to the objects of an inventory.
//!
//! Lists are unpacked, other versions of known kinds are read as the known one, what is missing in a file
//! and certain on a server (the namespace) is filled in. It must not judge. Next: [`field`] for the place of
//! a decoding error.

mod field;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::cli::load::{Document, FieldPlace, Places};
use crate::inventory::decode::{DecodeError, decode, decode_or_broken};
use crate::inventory::lookup::Coverage;
use crate::inventory::object::ObjectKey;
use crate::inventory::snapshot::Change;
use crate::inventory::written::Written;
use crate::inventory::{Inventory, Kind, Object};
use crate::ops::resource::ResourceRef;
use crate::render::run::{Location, Position, Problem};

/// How deep lists may hold lists.
const LIST_DEPTH_MAX: usize = 8;

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
    namespace: String,
    namespace_is_assumed: bool,
    /// Kinds of custom resources that policies are about.
    custom: BTreeSet<Kind>,
    /// Whether documents are compared with the types of their kinds.
    shapes: bool,
    places: HashMap<ObjectKey, usize>,
}

/// An object and where it stands.
#[derive(Debug)]
pub(super) struct Given {
    /// Which object.
    pub(super) key: ObjectKey,
    /// Where it stands.
    pub(super) location: Location,
    /// Where everything in it stands.
    pub(super) places: Places,
    /// The object, if one that was given later took its place in the inventory.
    displaced: Option<Box<Object>>,
}

impl Objects {
    /// No objects yet. `namespace` is where objects go that name none, `default` if nobody says; `complete`
    /// says that what is not given does not exist.
    pub(super) fn new(namespace: Option<&str>, complete: bool) -> Self {
        let mut inventory =
            Inventory::with_coverage(if complete { Coverage::Complete } else { Coverage::Partial });
        // A namespaced object proves its namespace, whose labels stay unknown unless they are given.
        inventory.set_coverage(Kind::Namespace, Coverage::Partial);
        Self {
            given: Vec::new(),
            inventory,
            skipped: 0,
            other_kinds: 0,
            problems: Vec::new(),
            notes: Vec::new(),
            namespace: namespace.unwrap_or("default").to_owned(),
            namespace_is_assumed: namespace.is_none(),
            custom: BTreeSet::new(),
            shapes: false,
            places: HashMap::new(),
        }
    }

    /// The same; documents are compared with the types of their kinds if somebody asks.
    pub(super) fn with_shapes(self, shapes: bool) -> Self {
        Self { shapes, ..self }
    }

    /// The same; custom resources of these kinds are workloads.
    pub(super) fn with_custom_kinds(mut self, custom: BTreeSet<Kind>) -> Self {
        let coverage = self.inventory.coverage(Kind::Deployment);
        for kind in &custom {
            self.inventory.set_coverage(*kind, coverage);
        }
        Self { custom, ..self }
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
        let location = Location { file: path.trim_start_matches('/').into(), document: 0, position: None };
        self.places.insert(key.clone(), self.given.len());
        self.given.push(Given { key, location, places: Places::default(), displaced: None });
    }

    /// Takes in a document.
    pub(super) fn document(&mut self, document: Document) {
        self.value(document, 0);
    }

    fn value(&mut self, document: Document, depth: usize) {
        let Document { location, value, places, duplicates } = document;
        let Some((api_version, kind)) = identity(&value) else {
            self.skipped += 1;
            return;
        };
        if let (Some(item_kind), Some(Value::Array(_))) = (kind.strip_suffix("List"), value.get("items")) {
            let (api_version, item_kind) = (api_version.to_owned(), item_kind.to_owned());
            let list = Document { location, value, places, duplicates };
            self.list(list, (&api_version, &item_kind), depth);
            return;
        }
        let kinds = self.kinds(api_version, kind);
        if kinds.is_empty() {
            self.other_kinds += 1;
        }
        for known in kinds {
            let shapes = self.shapes.then_some(duplicates.as_slice());
            let written = Written::document(api_version, kind, &value, shapes);
            self.decode(&location, (known, written), &value, places.clone());
        }
    }

    /// What objects of this kind are read as; policies may name two places of a template in one custom kind.
    fn kinds(&self, api_version: &str, kind: &str) -> Vec<Kind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let named = |known: &Kind| known.custom().is_some_and(|custom| custom.is(group, kind));
        let custom = self.custom.iter().copied().filter(named);
        known_kind(api_version, kind).into_iter().chain(custom).collect()
    }

    fn list(&mut self, mut list: Document, of: (&str, &str), depth: usize) {
        let location = &list.location;
        if depth >= LIST_DEPTH_MAX {
            self.problem(location, None, format!("lists nested deeper than {LIST_DEPTH_MAX} levels"));
            return;
        }
        let Some(Value::Array(items)) = list.value.get_mut("items").map(Value::take) else { return };
        let places = list.places.items("items").into_iter().chain(std::iter::repeat_with(Places::default));
        for (index, (mut item, places)) in items.into_iter().zip(places).enumerate() {
            // The items of a list of one kind, as the API server returns it, do not repeat the kind.
            if let Value::Object(map) = &mut item
                && !of.1.is_empty()
            {
                map.entry("apiVersion").or_insert_with(|| Value::from(of.0));
                map.entry("kind").or_insert_with(|| Value::from(of.1));
            }
            let position = places.find("").map(|found| found.position).or(location.position);
            let location = Location { position, ..location.clone() };
            let prefix = format!("items[{index}].");
            let of_item = list.duplicates.iter().filter_map(|path| path.strip_prefix(&prefix));
            let duplicates = of_item.map(str::to_owned).collect();
            self.value(Document { location, value: item, places, duplicates }, depth + 1);
        }
    }

    fn decode(
        &mut self,
        location: &Location,
        (kind, written): (Kind, Written),
        value: &Value,
        places: Places,
    ) {
        let json = value.to_string();
        let decoded = decode(kind, &json).or_else(|error| {
            let (path, message) = describe(&error, value);
            self.problem(location, places.find(&path), message);
            decode_or_broken(kind, &json)
        });
        // What is wrong was said above.
        let Ok(mut object) = decoded else { return };
        object.metadata_mut().written = Some(Box::new(written));
        self.complete(kind, &mut object);
        if object.metadata().name.is_empty() {
            self.problem(location, places.find("metadata.name"), format!("{kind} without metadata.name"));
            return;
        }
        self.add(location, places, object);
    }

    /// Fills in what the server would.
    fn complete(&self, kind: Kind, object: &mut Object) {
        let metadata = object.metadata_mut();
        if !kind.info().namespaced {
            metadata.namespace.clear();
        } else if metadata.namespace.is_empty() {
            metadata.namespace.clone_from(&self.namespace);
            metadata.namespace_is_assumed = self.namespace_is_assumed;
        }
        if metadata.name.is_empty() {
            metadata.name.clone_from(&metadata.generate_name);
        }
        if kind == Kind::Namespace {
            let name = metadata.name.clone();
            if !metadata.labels.contains_key("kubernetes.io/metadata.name") {
                metadata.labels.insert("kubernetes.io/metadata.name".to_owned(), name);
            }
        }
    }

    fn add(&mut self, location: &Location, places: Places, object: Object) {
        let key = object.key();
        if let Some(before) = self
            .given(&key)
            .map(|given| &given.location)
            .filter(|_| object.metadata().generate_name.is_empty())
        {
            let note = if key.kind.is_workload() { "each is judged" } else { "the last one counts" };
            self.notes.push(format!("{key} is given twice, in {before} and {location}: {note}"));
        }
        if let Change::Updated(before) | Change::Removed(before) = self.inventory.apply(object)
            && let Some(given) = self.places.get(&key).and_then(|index| self.given.get_mut(*index))
        {
            given.displaced = Some(before);
        }
        // What another workload manages, and what came to its end, is nobody's concern.
        if self.inventory.get(&key).is_some() {
            self.places.insert(key.clone(), self.given.len());
            self.given.push(Given { key, location: location.clone(), places, displaced: None });
        }
    }

    /// The object itself.
    pub(super) fn object<'a>(&'a self, given: &'a Given) -> Option<&'a Object> {
        given.displaced.as_deref().or_else(|| self.inventory.get(&given.key))
    }

    /// The object of this key that counts.
    pub(super) fn given(&self, key: &ObjectKey) -> Option<&Given> {
        self.places.get(key).and_then(|index| self.given.get(*index))
    }

    fn problem(&mut self, location: &Location, place: Option<FieldPlace>, message: String) {
        let position = place.map(|place| place.position).or(location.position);
        self.problems.push(Problem {
            file: Some(location.file.clone()),
            document: Some(location.document),
            line: position.map(|position: Position| position.line),
            column: position.map(|position| position.column),
            message,
        });
    }
}

/// `apiVersion` and `kind` of a Kubernetes object.
pub(super) fn identity(value: &Value) -> Option<(&str, &str)> {
    let text = |key| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some((text("apiVersion")?, text("kind")?))
}

/// The kind of this name in any version of its group, or in the group where it began.
fn known_kind(api_version: &str, kind: &str) -> Option<Kind> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        ("extensions", "Ingress") => Some(Kind::Ingress),
        ("extensions", "NetworkPolicy") => Some(Kind::NetworkPolicy),
        ("extensions", _) => Kind::find("apps", kind),
        _ => Kind::find(group, kind),
    }
}

/// The path of the field, and the error with it instead of a place in text that nobody has seen.
fn describe(error: &DecodeError, value: &Value) -> (String, String) {
    let DecodeError::Shape { kind, part, problem } = error;
    let (problem, column) = field::split_place(problem);
    let inner = match *part {
        "object" | "metadata" => Some(value),
        path => path.split('.').try_fold(value, |value, key| value.get(key)),
    };
    let prefix = if matches!(*part, "object" | "metadata") { "" } else { part };
    let found = inner.zip(column).map(|(inner, column)| field::at(&inner.to_string(), column));
    let path = match (prefix, found.unwrap_or_default()) {
        ("", found) => found,
        (prefix, found) if found.is_empty() => prefix.to_owned(),
        (prefix, found) => format!("{prefix}.{found}"),
    };
    let problem = if problem.is_empty() { "a value of the wrong type" } else { problem };
    let message = if path.is_empty() {
        format!("not a {kind}: {problem}")
    } else {
        format!("not a {kind}: {path}: {problem}")
    };
    (path, message)
}

#[cfg(test)]
mod tests;
