//! The fields of a custom resource that its schema has not, and what is left without them.
//!
//! As the API server drops fields: below what keeps unknown ones, no field is unknown until a field that has a schema of
//! its own. Metadata, and those of an object within, are compared with the types of Kubernetes. It must not validate.
//! Next: [`super::fill`].

use std::borrow::Cow;

use serde_json::Value;

use super::super::super::tree::Tree;
use super::super::trail::{Flaw, Problem, Step, Trail};
use super::super::{SCHEMA, walk};
use super::node::{Field, Node};

/// What is wrong with the fields of an object, and the object as the server takes it.
pub(super) fn pruned(object: &Tree<'_>, node: &Node) -> (Vec<Problem>, Value) {
    let mut walk = Walk { trail: Trail::default() };
    let value = walk.value(object, Some(node));
    (walk.trail.found, value)
}

struct Walk<'a> {
    trail: Trail<'a>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, value: &'a Tree<'a>, node: Option<&Node>) -> Value {
        self.kept(value, node, node.is_some_and(|node| node.preserves_unknown))
    }

    /// What is left of a value. `keeps`: unknown fields stay.
    fn kept(&mut self, value: &'a Tree<'a>, node: Option<&Node>, keeps: bool) -> Value {
        match value {
            Tree::Mapping(entries) => {
                let mut left = serde_json::Map::new();
                for (key, value) in entries.iter() {
                    self.trail.path.push(Step::Key(key));
                    if let Some(value) = self.field((key, value), node, keeps) {
                        left.insert(key.to_owned(), value);
                    }
                    self.trail.path.pop();
                }
                Value::Object(left)
            }
            Tree::List(items) => {
                let mut left = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.trail.path.push(Step::Index(index));
                    left.push(self.item(item, node, keeps));
                    self.trail.path.pop();
                }
                Value::Array(left)
            }
            scalar => scalar.to_value(),
        }
    }

    fn item(&mut self, item: &'a Tree<'a>, node: Option<&Node>, keeps: bool) -> Value {
        match node.and_then(|node| node.items.as_deref()) {
            Some(node) => self.kept(item, Some(node), keeps || node.preserves_unknown),
            None if keeps => item.to_value(),
            None => self.value(item, None),
        }
    }

    fn field(
        &mut self,
        (key, value): (&'a str, &'a Tree<'a>),
        node: Option<&Node>,
        keeps: bool,
    ) -> Option<Value> {
        let is_embedded = node.is_some_and(|node| node.is_embedded);
        if is_embedded && matches!(key, "apiVersion" | "kind" | "metadata") {
            if key == "metadata" {
                self.metadata(value);
            }
            return Some(value.to_value());
        }
        match node.map_or(Field::Unknown, |node| node.field(key)) {
            Field::Of(of) => Some(self.value(value, Some(of))),
            Field::Anything => Some(self.value(value, None)),
            Field::Unknown if keeps => Some(value.to_value()),
            Field::Unknown => {
                let names = node.into_iter().flat_map(Node::names);
                let meta = is_embedded.then_some(["apiVersion", "kind", "metadata"]).into_iter().flatten();
                let known = names.chain(meta).map(|name| Cow::Owned(name.to_owned())).collect();
                self.trail.add(Flaw::Unknown { name: key.to_owned(), known });
                None
            }
        }
    }

    fn metadata(&mut self, value: &'a Tree<'a>) {
        if let Some(of) = SCHEMA.metadata() {
            walk::at(&SCHEMA, of, value, &mut self.trail);
        }
    }
}
