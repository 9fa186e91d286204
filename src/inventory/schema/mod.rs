//! The fields of built-in kinds, and what the API server decodes each of them into.
//!
//! `kinds.txt` is read off the Go types with which the server decodes (`e2e/kinds`); it is parsed once, when
//! it is first asked for. It must not know what a value means: whether one is allowed is validation, which
//! comes after decoding. Next: [`walk`] compares an object with it; [`custom`] is about kinds that others define.

pub mod custom;
mod scalar;
mod trail;
mod walk;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use trail::{Flaw, MOST, Problem};

use super::tree::Tree;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("kinds.txt")));

/// What is wrong with the shape of an object; nothing for one of a version that the newest Kubernetes does not
/// know, or that is no built-in's.
pub fn problems(api_version: &str, kind: &str, object: &Tree<'_>) -> Option<Vec<Problem>> {
    let of = *SCHEMA.kinds.get(&(api_version, kind))?;
    Some(walk::problems(&SCHEMA, of, object))
}

/// Has what all others ask made ready, which takes a moment.
pub fn prepare() {
    LazyLock::force(&SCHEMA);
}

/// Whether the newest Kubernetes serves a kind in a version.
pub fn is_served(api_version: &str, kind: &str) -> bool {
    SCHEMA.kinds.contains_key(&(api_version, kind))
}

/// Groups and kinds that the newest Kubernetes knows, in some version; each comes once for each version.
#[cfg(test)]
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let group_of = |version: &'static str| version.split_once('/').map_or("", |(group, _)| group);
    SCHEMA.kinds.keys().map(move |(version, kind)| (group_of(version), *kind))
}

/// The versions of a group in which the newest Kubernetes can serve a kind, in order.
pub fn versions_of(group: &str, kind: &str) -> Vec<&'static str> {
    let group_of = |api_version: &str| api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let of_kind = SCHEMA.kinds.keys().filter(|(_, known)| *known == kind);
    of_kind.map(|(api_version, _)| *api_version).filter(|version| group_of(version) == group).collect()
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Type {
    Scalar(scalar::Scalar),
    List(Box<Self>),
    Map(Box<Self>),
    Alternatives(Box<Alternatives>),
    /// An object with these fields: its place among the structs.
    Struct(usize),
}

/// What is decoded by what it begins with. That is not done strictly: unknown fields below it are dropped without a
/// word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Alternatives {
    mapping: Type,
    list: Option<Type>,
    other: scalar::Scalar,
}

/// Fields by name, in order of name.
type Fields = Vec<(&'static str, Type)>;

#[derive(Debug, Default)]
struct Schema {
    /// By `apiVersion` and kind.
    kinds: BTreeMap<(&'static str, &'static str), usize>,
    structs: Vec<Fields>,
}

impl Schema {
    fn parse(text: &'static str) -> Self {
        let mut paragraphs = text.split("\n\n").map(str::lines);
        let kinds: Vec<&str> = paragraphs.next().map(Iterator::collect).unwrap_or_default();
        let paragraphs: Vec<(&str, Vec<&str>)> =
            paragraphs.filter_map(|mut lines| Some((lines.next()?, lines.collect()))).collect();
        let places: BTreeMap<&str, usize> =
            paragraphs.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
        let field = |line: &&'static str| {
            let (name, of) = line.split_once(' ')?;
            Some((name, read(of, &places)?))
        };
        let kind = |line: &&'static str| {
            let mut words = line.split(' ');
            let key = (words.next()?, words.next()?);
            Some((key, *places.get(words.next()?)?))
        };
        Self {
            kinds: kinds.iter().filter_map(kind).collect(),
            structs: paragraphs.iter().map(|(_, lines)| lines.iter().filter_map(field).collect()).collect(),
        }
    }

    /// The type of the metadata of an object.
    fn metadata(&self) -> Option<&Type> {
        let of = *self.kinds.get(&("v1", "ConfigMap"))?;
        self.fields(of).iter().find(|(name, _)| *name == "metadata").map(|(_, of)| of)
    }

    fn fields(&self, of: usize) -> &[(&'static str, Type)] {
        self.structs.get(of).map(Vec::as_slice).unwrap_or_default()
    }
}

fn read(text: &str, places: &BTreeMap<&str, usize>) -> Option<Type> {
    if let Some(element) = text.strip_prefix("[]") {
        return Some(Type::List(Box::new(read(element, places)?)));
    }
    if let Some(element) = text.strip_prefix("{}") {
        return Some(Type::Map(Box::new(read(element, places)?)));
    }
    if let Some((other, collections)) = text.split_once('|') {
        let (mapping, list) =
            collections.split_once('|').map_or((collections, None), |(one, two)| (one, Some(two)));
        let list = match list {
            Some(list) => Some(read(list, places)?),
            None => None,
        };
        let other = scalar::Scalar::named(other)?;
        return Some(Type::Alternatives(Box::new(Alternatives {
            mapping: read(mapping, places)?,
            list,
            other,
        })));
    }
    let scalar = scalar::Scalar::named(text).map(Type::Scalar);
    scalar.or_else(|| places.get(text).map(|place| Type::Struct(*place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;

    #[test]
    fn every_line_is_understood() {
        let text = include_str!("kinds.txt");
        let lines = |words| text.lines().filter(move |line| line.split_whitespace().count() == words).count();
        assert_eq!(SCHEMA.kinds.len(), lines(3));
        assert_eq!(SCHEMA.structs.len(), lines(1));
        assert_eq!(SCHEMA.structs.iter().map(Vec::len).sum::<usize>(), lines(2));
        let sorted = |fields: &Fields| fields.is_sorted_by(|one, other| one.0 < other.0);
        assert!(SCHEMA.structs.iter().all(sorted), "fields are looked up by their order");
    }

    #[test]
    fn every_built_in_kind_that_is_read_is_known_in_the_version_that_is_watched() {
        let built_in = |kind: &&Kind| !kind.is_of_others();
        for kind in Kind::ALL.iter().filter(built_in) {
            assert!(SCHEMA.kinds.contains_key(&(kind.api_version().as_str(), kind.as_str())), "{kind}");
        }
        for kind in Kind::ALL.iter().filter(|kind| kind.is_of_others()) {
            assert!(!SCHEMA.kinds.contains_key(&(kind.api_version().as_str(), kind.as_str())), "{kind}");
        }
        assert_eq!(
            versions_of("autoscaling", "HorizontalPodAutoscaler"),
            ["autoscaling/v1", "autoscaling/v2"]
        );
        assert!(versions_of("extensions", "Deployment").is_empty());
    }
}
