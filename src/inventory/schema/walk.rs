//! An object against the types of its kind.
//!
//! As the server decodes: names of fields differ by case, null goes anywhere, what is under an unknown field is not
//! looked at, and what decodes itself drops unknown fields. It must not quote values: any of them may be a credential. Next: [`super::scalar`].

use std::borrow::Cow;

use super::super::tree::Tree;
use super::scalar::Scalar;
use super::trail::{Flaw, Problem, Step, Trail};
use super::{Alternatives, Schema, Type};

pub(super) fn problems(schema: &Schema, of: usize, object: &Tree<'_>) -> Vec<Problem> {
    let mut trail = Trail::default();
    at(schema, &Type::Struct(of), object, &mut trail);
    trail.found
}

/// Adds what is wrong with a value at the end of a trail.
pub(super) fn at<'a>(schema: &'a Schema, of: &Type, value: &'a Tree<'a>, trail: &mut Trail<'a>) {
    Walk { schema, trail, drops_unknown: false }.value(of, value);
}

struct Walk<'a, 't> {
    schema: &'a Schema,
    trail: &'t mut Trail<'a>,
    /// Whether this is below what does not decode strictly.
    drops_unknown: bool,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, of: &Type, value: &'a Tree<'a>) {
        if value.is_null() || self.trail.is_full() {
            return;
        }
        match (of, value) {
            (Type::Scalar(scalar), value) if scalar.takes(value) => {}
            (Type::Scalar(scalar), value) => self.mistyped(scalar.expected(), found(*scalar, value)),
            (Type::List(element), Tree::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(Step::Index(index), |walk| walk.value(element, item));
                }
            }
            (Type::Map(element), Tree::Mapping(entries)) => {
                for (key, value) in entries.iter() {
                    self.at(Step::Key(key), |walk| walk.value(element, value));
                }
            }
            (Type::Struct(of), Tree::Mapping(entries)) => {
                for (key, value) in entries.iter() {
                    self.field(*of, key, value);
                }
            }
            (Type::Alternatives(of), value) => {
                let before = std::mem::replace(&mut self.drops_unknown, true);
                self.alternative(of, value);
                self.drops_unknown = before;
            }
            (Type::List(_), value) => self.mistyped("a list", json_type(value)),
            (Type::Map(_) | Type::Struct(_), value) => self.mistyped("a mapping", json_type(value)),
        }
    }

    fn alternative(&mut self, of: &Alternatives, value: &'a Tree<'a>) {
        match (value, &of.list) {
            (Tree::Mapping(_), _) => self.value(&of.mapping, value),
            (Tree::List(_), Some(list)) => self.value(list, value),
            _ if of.other.takes(value) => {}
            _ => {
                let expected =
                    if of.other == Scalar::Bool { "a mapping, true or false" } else { "a mapping" };
                self.mistyped(expected, json_type(value));
            }
        }
    }

    fn field(&mut self, of: usize, name: &'a str, value: &'a Tree<'a>) {
        let fields = self.schema.fields(of);
        let place = fields.binary_search_by(|(known, _)| (*known).cmp(name));
        let known = place.ok().and_then(|place| fields.get(place));
        let Some((_, of)) = known else {
            if self.drops_unknown {
                return;
            }
            let known = fields.iter().map(|(name, _)| Cow::Borrowed(*name)).collect();
            self.at(Step::Key(name), |walk| walk.trail.add(Flaw::Unknown { name: name.to_owned(), known }));
            return;
        };
        self.at(Step::Field(name), |walk| walk.value(of, value));
    }

    fn at(&mut self, step: Step<'a>, look: impl FnOnce(&mut Self)) {
        self.trail.path.push(step);
        look(self);
        self.trail.path.pop();
    }

    fn mistyped(&mut self, expected: &'static str, found: &'static str) {
        self.trail.add(Flaw::Type { expected, found });
    }
}

fn found(scalar: Scalar, value: &Tree<'_>) -> &'static str {
    match (scalar, value) {
        (Scalar::Bytes | Scalar::Quantity | Scalar::Time | Scalar::Duration, Tree::Text(_)) => "other text",
        (Scalar::Int32 | Scalar::Int64 | Scalar::IntOrString, Tree::Number(_)) => "another number",
        (_, value) => json_type(value),
    }
}

pub(super) const fn json_type(value: &Tree<'_>) -> &'static str {
    match value {
        Tree::Null => "null",
        Tree::Bool(_) => "true or false",
        Tree::Number(_) => "a number",
        Tree::Text(_) => "a string",
        Tree::List(_) => "a list",
        Tree::Mapping(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::schema::{self, MOST};

    fn told(object: Value) -> Vec<(String, String)> {
        told_of(("apps/v1", "Deployment"), object)
    }

    fn told_of((api_version, kind): (&str, &str), object: Value) -> Vec<(String, String)> {
        let problems = schema::problems(api_version, kind, &object.into()).unwrap();
        let words = |flaw: &Flaw| match flaw {
            Flaw::Unknown { name, .. } => format!("unknown {name}"),
            Flaw::Duplicate => "duplicate".to_owned(),
            Flaw::Type { expected, found } => format!("{expected}, not {found}"),
            Flaw::Required => "required".to_owned(),
            Flaw::Invalid(what) => what.to_string(),
        };
        problems.iter().map(|problem| (problem.field.clone(), words(&problem.flaw))).collect()
    }

    #[test]
    fn unknown_fields_and_other_types_are_told_with_their_path() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"a": 1, "a.b/c": true}, "creationTimestamp": null},
            "spec": {"replicas": "three", "Selector": {}, "template": {"spec": {"containers": [
                {"name": "app", "imagePullPolciy": "Always", "resources": {"limits": {"memory": "1GB"}}}, 7]}}}});
        let said = told(object);
        let said: Vec<(&str, &str)> = said.iter().map(|(at, what)| (at.as_str(), what.as_str())).collect();
        assert_eq!(
            said,
            [
                ("metadata.labels.a", "a string, not a number"),
                ("metadata.labels[\"a.b/c\"]", "a string, not true or false"),
                ("spec.Selector", "unknown Selector"),
                ("spec.replicas", "an integer of 32 bits, not a string"),
                ("spec.template.spec.containers[0].imagePullPolciy", "unknown imagePullPolciy"),
                ("spec.template.spec.containers[0].resources.limits.memory", "a quantity, not other text"),
                ("spec.template.spec.containers[1]", "a mapping, not a number"),
            ]
        );
    }

    #[test]
    fn what_decodes_itself_takes_several_types_and_drops_what_it_does_not_know() {
        let schema = json!({"typ": "object", "default": {"typ": 1}, "enum": [1, "a", {}], "properties": {
            "a": {"additionalProperties": {"typ": "string", "maxLength": "1"}},
            "b": {"additionalProperties": false, "items": {"typ": "string"}, "pattern": 1},
            "c": {"additionalProperties": "yes", "items": "anything", "dependencies": {"d": ["e"], "f": [1]}},
            "d": {"items": [{"typ": "string"}, 1]}}});
        let object = json!({"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}});
        let said = told_of(("apiextensions.k8s.io/v1", "CustomResourceDefinition"), object);
        let at = "spec.versions[0].schema.openAPIV3Schema.";
        let said: Vec<(&str, &str)> =
            said.iter().map(|(path, what)| (path.strip_prefix(at).unwrap(), what.as_str())).collect();
        assert_eq!(
            said,
            [
                ("properties.a.additionalProperties.maxLength", "an integer of 64 bits, not a string"),
                ("properties.b.pattern", "a string, not a number"),
                ("properties.c.additionalProperties", "a mapping, true or false, not a string"),
                ("properties.c.dependencies.f[0]", "a string, not a number"),
                ("properties.d.items[1]", "a mapping, not a number"),
                ("typ", "unknown typ"),
            ]
        );
    }

    #[test]
    fn null_goes_anywhere_and_a_flood_is_bounded() {
        assert!(told(json!({"spec": null, "metadata": {"labels": {"a": null}}, "status": {}})).is_empty());
        let many: serde_json::Map<String, Value> = (0..100).map(|n| (format!("x{n}"), json!(1))).collect();
        assert_eq!(told(Value::Object(many)).len(), MOST);
        assert_eq!(schema::problems("extensions/v1beta1", "Deployment", &json!({}).into()), None);
    }
}
