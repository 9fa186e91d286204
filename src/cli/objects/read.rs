//! From a document to the objects in it.
//!
//! Lists are unpacked, other versions of known kinds are read as the known one, what is missing in a file
//! and certain on a server (the namespace) is filled in. It knows nothing of other documents, so that many are
//! read at once. Next: [`super::field`] for the place of a decoding error.

use std::collections::BTreeSet;

use super::field::describe;
use super::kept::Kept;
use super::known::{elsewhere, known_kind};
use super::makers::maker;
use super::promised;
use crate::cli::input::origin::Origin;
use crate::cli::load::{Document, Duplicate, FieldPlace, Places};
use crate::cli::suppress::Ignores;
use crate::inventory::decode::{decode, decode_document, decode_or_broken};
use crate::inventory::name::Name;
use crate::inventory::object::ObjectKey;
use crate::inventory::tree::Tree;
use crate::inventory::written::Written;
use crate::inventory::{Kind, Object};
use crate::render::run::{Location, Position, Problem};

/// How deep lists may hold lists.
const LIST_DEPTH_MAX: usize = 8;

/// Reads documents.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Decoder {
    pub(super) namespace: Name,
    pub(super) namespace_is_assumed: bool,
    /// Kinds of custom resources that policies are about.
    pub(super) custom: BTreeSet<Kind>,
    /// Whether documents are compared with the types of their kinds.
    pub(super) shapes: bool,
    /// Whether comments suppress findings.
    pub(super) comments: bool,
}

/// What a document holds.
#[derive(Debug, Default)]
pub(in crate::cli) struct Decoded {
    /// Its comments.
    pub(super) ignores: Ignores,
    /// Its objects of known kinds.
    pub(super) objects: Vec<Found>,
    /// The revisions of workloads that ReplicaSets and ControllerRevisions among them are.
    pub(super) revisions: Vec<Object>,
    /// How many documents, and items of lists, are no Kubernetes object.
    pub(super) skipped: usize,
    /// How many objects are of kinds that no check reads.
    pub(super) other_kinds: usize,
    /// What of those may become pods, and in which namespace.
    pub(super) makers: Vec<(Name, String)>,
    /// Secrets that the controllers of its objects make: namespaces and names.
    pub(super) secrets: Vec<(Name, String)>,
    /// What is compared once every definition of a kind is known.
    pub(super) kept: Vec<Kept>,
    /// What does not have the shape of its kind.
    pub(super) problems: Vec<Problem>,
    /// Where it is from, if it was rendered.
    pub(super) origin: Option<Origin>,
}

impl Decoded {
    /// The same, rendered from somewhere else: its document stands at this place of the render.
    pub(in crate::cli) fn rendered_from(mut self, origin: Origin, at: &Location) -> Self {
        let problems = std::mem::take(&mut self.problems);
        self.problems = problems.into_iter().map(|problem| origin.problem(problem, at)).collect();
        if let Some(ignores) = origin.ignores() {
            self.ignores = ignores;
        }
        if !self.problems.is_empty() {
            self.ignores.note(false);
        }
        self.origin = Some(origin);
        self
    }

    /// Its objects.
    pub(in crate::cli) fn keys(&self) -> impl Iterator<Item = ObjectKey> {
        self.objects.iter().map(|found| found.object.key())
    }
}

/// An object and where it stands.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) location: Location,
    pub(super) places: Places,
    pub(super) object: Object,
    /// The fields that its document gives twice.
    pub(super) duplicates: Vec<Duplicate>,
}

impl Decoder {
    /// Where objects go that name no namespace.
    pub(in crate::cli) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether comments suppress findings.
    pub(in crate::cli) const fn reads_comments(&self) -> bool {
        self.comments
    }

    /// Reads a custom resource of this kind, which was written so.
    pub(super) fn resource(
        &self,
        (kind, written): (Kind, Written),
        value: &Tree<'_>,
        kept: &Kept,
    ) -> Decoded {
        let mut reader = Reader { decoder: self, decoded: Decoded::default() };
        let standing = (kept.places.clone(), kept.duplicates.clone());
        reader.decode(&kept.location, (kind, written), value, standing);
        reader.decoded
    }

    /// Reads a document.
    pub(in crate::cli) fn read(&self, document: Document<'_>) -> Decoded {
        let mut reader = Reader { decoder: self, decoded: Decoded::default() };
        if self.comments && !document.comments.is_empty() {
            let (location, comments) = (&document.location, &document.comments);
            reader.decoded.ignores = Ignores::of(location, comments, &document.places);
        }
        reader.value(document, 0);
        if !reader.decoded.problems.is_empty() {
            reader.decoded.ignores.note(false);
        }
        reader.decoded
    }
}

struct Reader<'a> {
    decoder: &'a Decoder,
    decoded: Decoded,
}

impl Reader<'_> {
    fn value(&mut self, document: Document<'_>, depth: usize) {
        let Document { location, value, places, duplicates, comments } = document;
        let Some((api_version, kind)) = identity(&value) else {
            match lacking(&value) {
                Some((there, message)) => self.problem(&location, places.find(there), message.to_owned()),
                None => self.decoded.skipped += 1,
            }
            return;
        };
        if let (Some(item_kind), Some(Tree::List(_))) = (kind.strip_suffix("List"), value.get("items")) {
            let (api_version, item_kind) = (api_version.to_owned(), item_kind.to_owned());
            let list = Document { location, value, places, duplicates, comments };
            self.list(list, (&api_version, &item_kind), depth);
            return;
        }
        self.note_secrets((api_version, kind), &value);
        let kinds = self.kinds(api_version, kind);
        if let Some(right) = elsewhere(api_version, kind).filter(|_| kinds.is_empty()) {
            let message = format!("apiVersion: {api_version} has no {kind}; {right} has");
            self.problem(&location, places.find("apiVersion"), message);
            return;
        }
        if kinds.is_empty() {
            self.decoded.other_kinds += 1;
            self.note_maker((api_version, kind), &value);
            if self.decoder.shapes {
                let standing = (&location, places, duplicates);
                self.decoded.kept.extend(Kept::resource((api_version, kind), &value, standing, &kinds));
            }
            return;
        }
        if self.decoder.shapes {
            self.keep((api_version, kind), &value, (&location, &places, &duplicates), &kinds);
        }
        for known in kinds {
            if let Some(kind) = known.as_revision() {
                self.note_revision(kind, &value);
            }
            let twice: Vec<&str> = duplicates.iter().map(|duplicate| duplicate.path.as_str()).collect();
            let shapes = self.decoder.shapes.then_some(twice.as_slice());
            let written = Written::document(api_version, kind, &value, shapes);
            self.decode(&location, (known, written), &value, (places.clone(), duplicates.clone()));
        }
    }

    /// Keeps a definition, and what may be a custom resource for all that it is read.
    fn keep(
        &mut self,
        (api_version, kind): (&str, &str),
        value: &Tree<'_>,
        (location, places, duplicates): (&Location, &Places, &[Duplicate]),
        kinds: &[Kind],
    ) {
        if kinds.contains(&Kind::CustomResourceDefinition) {
            self.decoded.kept.extend(Kept::definition((api_version, kind), value, location));
        } else if kinds.iter().any(|kind| kind.is_of_others()) {
            let standing = (location, places.clone(), duplicates.to_vec());
            self.decoded.kept.extend(Kept::resource((api_version, kind), value, standing, kinds));
        }
    }

    fn note_maker(&mut self, (api_version, kind): (&str, &str), value: &Tree<'_>) {
        let Some(maker) = maker(api_version, kind, value) else { return };
        self.decoded.makers.push((self.namespace_of(value), maker));
    }

    fn note_secrets(&mut self, (api_version, kind): (&str, &str), value: &Tree<'_>) {
        let made = promised::secrets(api_version, kind, value);
        if !made.is_empty() {
            let namespace = self.namespace_of(value);
            self.decoded.secrets.extend(made.into_iter().map(|name| (namespace.clone(), name)));
        }
    }

    fn namespace_of(&self, value: &Tree<'_>) -> Name {
        let named =
            value.get("metadata").and_then(|metadata| metadata.get("namespace")).and_then(Tree::as_str);
        let namespace = named.filter(|name| !name.is_empty()).map(Name::from);
        namespace.unwrap_or_else(|| self.decoder.namespace.clone())
    }

    /// What objects of this kind are read as; policies may name two places of a template in one custom kind.
    fn kinds(&self, api_version: &str, kind: &str) -> Vec<Kind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let named = |known: &Kind| known.custom().is_some_and(|custom| custom.is(group, kind));
        let custom = self.decoder.custom.iter().copied().filter(named);
        known_kind(api_version, kind).into_iter().chain(custom).collect()
    }

    fn list(&mut self, list: Document<'_>, of: (&str, &str), depth: usize) {
        let location = &list.location;
        if depth >= LIST_DEPTH_MAX {
            self.problem(location, None, format!("lists nested deeper than {LIST_DEPTH_MAX} levels"));
            return;
        }
        let Tree::Mapping(mut entries) = list.value else { return };
        let Some(Tree::List(items)) = entries.remove("items") else { return };
        let places = list.places.items("items").into_iter().chain(std::iter::repeat_with(Places::default));
        for (index, (mut item, places)) in items.into_iter().zip(places).enumerate() {
            // The items of a list of one kind, as the API server returns it, do not repeat the kind.
            if let Tree::Mapping(entries) = &mut item
                && !of.1.is_empty()
            {
                entries.or_insert("apiVersion", || Tree::Text(of.0.into()));
                entries.or_insert("kind", || Tree::Text(of.1.into()));
            }
            let position = places.find("").map(|found| found.position).or(location.position);
            let location = Location { position, ..location.clone() };
            let prefix = format!("items[{index}].");
            let of_item = list.duplicates.iter().filter_map(|Duplicate { path, position }| {
                let path = path.strip_prefix(&prefix)?.to_owned();
                Some(Duplicate { path, position: *position })
            });
            let duplicates = of_item.collect();
            let item = Document { location, value: item, places, duplicates, comments: Vec::new() };
            self.value(item, depth + 1);
        }
    }

    /// What a workload made to be rolled back to tells that of it, whether or not it is judged itself.
    fn note_revision(&mut self, kind: Kind, value: &Tree<'_>) {
        let decoded = decode_document(kind, value).or_else(|_| decode_or_broken(kind, &value.to_string()));
        if let Ok(mut revision) = decoded {
            self.complete(kind, &mut revision);
            self.decoded.revisions.push(revision);
        }
    }

    fn decode(
        &mut self,
        location: &Location,
        (kind, written): (Kind, Written),
        value: &Tree<'_>,
        (places, duplicates): (Places, Vec<Duplicate>),
    ) {
        let decoded = decode_document(kind, value).or_else(|_| {
            // Of text an error says where it is.
            let json = value.to_string();
            decode(kind, &json).or_else(|error| {
                let (path, problem) = describe(&error, value);
                let named = if path.is_empty() { problem } else { format!("{path}: {problem}") };
                self.problem(location, places.find(&path), format!("not a {kind}: {named}"));
                decode_or_broken(kind, &json).map(|object| object.broken_by(&path, &named))
            })
        });
        // What is wrong was said above.
        let Ok(mut object) = decoded else { return };
        object.metadata_mut().written = Some(written.into());
        self.complete(kind, &mut object);
        if object.metadata().name.is_empty() {
            self.problem(location, places.find("metadata.name"), format!("{kind} without metadata.name"));
            return;
        }
        self.decoded.objects.push(Found { location: location.clone(), places, object, duplicates });
    }

    /// Fills in what the server would.
    fn complete(&self, kind: Kind, object: &mut Object) {
        let metadata = object.metadata_mut();
        if !kind.info().namespaced {
            metadata.namespace = Name::default();
        } else if metadata.namespace.is_empty() {
            metadata.namespace.clone_from(&self.decoder.namespace);
            if self.decoder.namespace_is_assumed {
                metadata.assume_namespace();
            }
        }
        if metadata.name.is_empty() {
            metadata.name = metadata.generate_name().into();
        }
        if kind == Kind::Namespace {
            let label = "kubernetes.io/metadata.name";
            if !metadata.labels.contains_key(label) {
                let name = metadata.name.clone();
                metadata.labels.insert(label, &name);
            }
        }
    }

    fn problem(&mut self, location: &Location, place: Option<FieldPlace>, message: String) {
        let position = place.map(|place| place.position).or(location.position);
        self.decoded.problems.push(Problem {
            file: Some(location.file.clone()),
            document: Some(location.document),
            line: position.map(|position: Position| position.line),
            column: position.map(|position| position.column),
            message,
        });
    }
}

/// `apiVersion` and `kind` of a Kubernetes object.
pub(in crate::cli) fn identity<'a>(value: &'a Tree<'_>) -> Option<(&'a str, &'a str)> {
    let text = |key| value.get(key).and_then(Tree::as_str).filter(|text| !text.is_empty());
    Some((text("apiVersion")?, text("kind")?))
}

/// What lacks of something that was meant as an object of Kubernetes: what of it is there, and what to say.
fn lacking(value: &Tree<'_>) -> Option<(&'static str, &'static str)> {
    let text = |key: &str| value.get(key).and_then(Tree::as_str).is_some_and(|text| !text.is_empty());
    let has_metadata = matches!(value.get("metadata"), Some(Tree::Mapping(_)));
    if text("apiVersion") {
        Some(("apiVersion", "apiVersion without kind: Kubernetes takes no object without both"))
    } else if text("kind") && has_metadata {
        Some(("kind", "kind without apiVersion: Kubernetes takes no object without both"))
    } else {
        None
    }
}
