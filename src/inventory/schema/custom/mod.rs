//! Custom resources against the schema in the CustomResourceDefinition of their kind.
//!
//! In the order of the API server: [`prune`] finds the fields that there are none of, [`fill`] does to nulls and defaults
//! what the server does before it validates, and [`rules`] says what the server would refuse then. It must not look at
//! formats, nor at expressions. Next: [`node`] for the schema itself.

mod fill;
mod node;
mod pattern;
mod prune;
mod rules;
mod value;

use serde::Deserialize;
use serde_json::Value;

use super::super::custom::CustomKind;
use super::super::kind::Kind;
use super::super::lenient::null_is_default;
use super::super::maps_only;
use super::super::tree::Tree;
use super::trail::{Flaw, Problem};
use node::{Node, shown};

/// `apiVersion` of the definitions that are read.
const API_VERSION: &str = "apiextensions.k8s.io/v1";

/// What a CustomResourceDefinition says of a kind.
#[derive(Debug)]
pub struct Definition {
    kind: CustomKind,
    versions: Vec<Version>,
    /// Whether all of its versions could be read.
    is_whole: bool,
}

#[derive(Debug)]
struct Version {
    name: Box<str>,
    is_served: bool,
    /// Whether the status is not taken from those who create an object.
    drops_status: bool,
    schema: Schema,
}

#[derive(Debug)]
enum Schema {
    /// Anything goes.
    Absent,
    /// It cannot be read.
    Unreadable,
    Of(Box<Node>),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    #[serde(deserialize_with = "null_is_default")]
    kind: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    #[serde(deserialize_with = "null_is_default")]
    group: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    names: Names,
    #[serde(deserialize_with = "null_is_default")]
    scope: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    preserve_unknown_fields: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct VersionHead {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    served: bool,
}

/// The group and the kind that a document defines, if it is a CustomResourceDefinition that is read.
pub fn defined<'a>(api_version: &str, kind: &str, document: &'a Tree<'_>) -> Option<(&'a str, &'a str)> {
    if (api_version, kind) != (API_VERSION, "CustomResourceDefinition") {
        return None;
    }
    let spec = document.get("spec")?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    Some((spec.get("group")?.as_str()?, kind)).filter(|(group, kind)| !group.is_empty() && !kind.is_empty())
}

impl Definition {
    /// What a document of a CustomResourceDefinition says; nothing if that is no definition of a kind.
    pub fn of(document: &Tree<'_>) -> Option<Self> {
        let spec = document.get("spec")?;
        let head: Head = maps_only::from_tree(spec).ok()?;
        if head.group.is_empty() || head.names.kind.is_empty() {
            return None;
        }
        let versions = match spec.get("versions") {
            Some(Tree::List(versions)) => versions.as_slice(),
            _ => &[],
        };
        let given = versions.len();
        let versions =
            versions.iter().filter_map(|version| Version::of(version, head.preserve_unknown_fields));
        let kind = CustomKind::defined(&head.group, &head.names.kind, &*head.scope != "Cluster");
        let versions: Vec<Version> = versions.collect();
        let is_whole = !versions.is_empty() && versions.len() == given;
        Some(Self { kind, versions, is_whole })
    }

    /// The kind that it defines.
    pub const fn kind(&self) -> Kind {
        Kind::Resource(self.kind)
    }

    /// What the server would refuse of an object of this kind; nothing if that cannot be known.
    pub fn problems(&self, api_version: &str, object: &Tree<'_>) -> Option<Vec<Problem>> {
        let name = api_version.split_once('/').map_or(api_version, |(_, name)| name);
        let version = self.versions.iter().find(|version| &*version.name == name && version.is_served);
        let Some(version) = version else {
            let not_served = || vec![Problem { field: "apiVersion".to_owned(), flaw: self.not_served() }];
            return self.is_whole.then(not_served);
        };
        match &version.schema {
            Schema::Absent => Some(Vec::new()),
            Schema::Unreadable => None,
            Schema::Of(node) => Some(version.compare(node, object)),
        }
    }

    fn not_served(&self) -> Flaw {
        let served = self.versions.iter().filter(|version| version.is_served);
        let names: Vec<String> = served.filter_map(|version| shown(&version.name)).collect();
        let message = "the CustomResourceDefinition serves no such version";
        let names = names.join(" or ");
        let is_short = (1..=100).contains(&names.len());
        Flaw::Invalid(if is_short { format!("{message}: use {names}").into() } else { message.into() })
    }
}

impl Version {
    fn of(version: &Tree<'_>, preserves_all: bool) -> Option<Self> {
        let head: VersionHead = maps_only::from_tree(version).ok()?;
        let schema = version.get("schema").and_then(|schema| schema.get("openAPIV3Schema"));
        let schema = match schema.filter(|schema| !schema.is_null() && !preserves_all) {
            None => Schema::Absent,
            Some(schema) => match maps_only::from_tree::<Node>(schema) {
                Ok(node) => Schema::Of(Box::new(node.of_object())),
                Err(_) => Schema::Unreadable,
            },
        };
        let status = version.get("subresources").and_then(|subresources| subresources.get("status"));
        Some(Self {
            name: head.name,
            is_served: head.served,
            drops_status: status.is_some_and(|status| !status.is_null()),
            schema,
        })
    }

    fn compare(&self, node: &Node, object: &Tree<'_>) -> Vec<Problem> {
        let (mut problems, mut value) = prune::pruned(object, node);
        fill::fill(&mut value, node);
        if let Value::Object(fields) = &mut value
            && self.drops_status
        {
            fields.remove("status");
        }
        problems.extend(rules::problems(&value, node));
        problems
    }
}

#[cfg(test)]
mod tests;
