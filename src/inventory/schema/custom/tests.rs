//! What the API server says of custom resources, keyword by keyword; the end-to-end suite asks it.

use serde_json::{Value, json};

use super::*;

fn definition(versions: &Value) -> Definition {
    let spec = json!({"group": "example.com", "names": {"kind": "Gear"}, "scope": "Namespaced", "versions": versions});
    Definition::of(&json!({"spec": spec}).into()).unwrap()
}

/// What is said of an object whose `spec` has this schema.
fn told(schema: &Value, spec: &Value) -> Vec<String> {
    let object =
        json!({"apiVersion": "example.com/v1", "kind": "Gear", "metadata": {"name": "one"}, "spec": spec});
    told_of(&json!({"type": "object", "properties": {"spec": schema}}), &object)
}

fn told_of(schema: &Value, object: &Value) -> Vec<String> {
    let definition =
        definition(&json!([{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}]));
    said(&definition.problems("example.com/v1", &object.clone().into()).unwrap())
}

fn said(problems: &[Problem]) -> Vec<String> {
    let words = |flaw: &Flaw| match flaw {
        Flaw::Unknown { .. } => "unknown".to_owned(),
        Flaw::Duplicate => "twice".to_owned(),
        Flaw::Type { expected, found } => format!("{expected}, not {found}"),
        Flaw::Required => "required".to_owned(),
        Flaw::Invalid(what) => what.to_string(),
    };
    problems.iter().map(|problem| format!("{}: {}", problem.field, words(&problem.flaw))).collect()
}

/// Each schema of `spec`, a value of it, and what is said of that.
fn each(cases: impl IntoIterator<Item = (Value, Value, &'static [&'static str])>) {
    for (schema, spec, expected) in cases {
        assert_eq!(told(&schema, &spec), expected, "{schema} {spec}");
    }
}

#[test]
fn fields_without_a_schema_are_unknown_but_where_they_are_kept() {
    let object = |properties: Value| json!({"type": "object", "properties": properties});
    let teeth = || object(json!({"teeth": {"type": "integer"}}));
    let keeps = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "properties": {"inner": object(json!({}))}});
    each([
        (teeth(), json!({"teeth": 1}), &[][..]),
        (teeth(), json!({"teeth": 1, "tooth": {"a": 1}}), &["spec.tooth: unknown"]),
        (json!({"type": "array", "items": teeth()}), json!([{}, {"a": 1}]), &["spec[1].a: unknown"]),
        (
            json!({"type": "object", "additionalProperties": teeth()}),
            json!({"x.y": {"a": 1}}),
            &["spec[\"x.y\"].a: unknown"],
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            json!({"x": {"a": 1}, "y": 1}),
            &["spec.x.a: unknown"],
        ),
        (keeps.clone(), json!({"x": {"a": 1}}), &[]),
        (keeps.clone(), json!({"inner": {"a": 1}}), &["spec.inner.a: unknown"]),
        (
            json!({"type": "array", "x-kubernetes-preserve-unknown-fields": true, "items": {"type": "object"}}),
            json!([{"a": 1}]),
            &[],
        ),
        (json!({"x-kubernetes-preserve-unknown-fields": true}), json!([{"a": [1]}]), &[]),
    ]);
    let said =
        told_of(&teeth(), &json!({"metadata": {"name": "a", "lables": {}}, "extra": 1, "kind": "Gear"}));
    assert_eq!(said, ["extra: unknown", "metadata.lables: unknown"]);
}

#[test]
fn an_object_within_has_metadata_and_says_what_it_is() {
    let schema = json!({"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}});
    each([
        (
            schema.clone(),
            json!({"apiVersion": "v1", "kind": "A", "metadata": {"labels": {"a": "b"}}, "spec": {}}),
            &[][..],
        ),
        (
            schema.clone(),
            json!({"kind": "", "metadata": {"labels": {"a": 1}, "x": 1}, "other": 1}),
            &[
                "spec.metadata.labels.a: a string, not a number",
                "spec.metadata.x: unknown",
                "spec.other: unknown",
                "spec.apiVersion: required",
                "spec.kind: the text must not be empty",
            ],
        ),
    ]);
}

#[test]
fn types_are_those_of_json_and_whole_numbers_may_have_a_fraction_of_zero() {
    let of = |name: &str| json!({"type": name});
    let either = json!({"x-kubernetes-int-or-string": true});
    each([
        (of("integer"), json!(1.0), &[][..]),
        (of("integer"), json!(1.5), &["spec: an integer, not a number"]),
        (of("integer"), json!(u64::MAX), &["spec: an integer, not a number"]),
        (of("number"), json!(1), &[]),
        (of("string"), json!(1), &["spec: a string, not a number"]),
        (of("boolean"), json!("true"), &["spec: true or false, not a string"]),
        (of("array"), json!({}), &["spec: a list, not a mapping"]),
        (of("object"), json!([]), &["spec: a mapping, not a list"]),
        (either.clone(), json!("80%"), &[]),
        (either.clone(), json!(80), &[]),
        (either.clone(), json!(true), &["spec: a string or an integer, not true or false"]),
    ]);
}

#[test]
fn a_null_that_may_not_be_one_is_as_if_nothing_stood_there() {
    let field = |of: Value| json!({"type": "object", "properties": {"a": of}, "required": ["a"]});
    let list = |of: Value| json!({"type": "array", "items": of});
    each([
        (field(json!({"type": "string", "nullable": true})), json!({"a": null}), &[][..]),
        (field(json!({"type": "string"})), json!({"a": null}), &["spec.a: required"]),
        (field(json!({"type": "string", "default": "b"})), json!({"a": null}), &[]),
        (field(json!({"type": "string", "default": "b"})), json!({}), &[]),
        (
            field(json!({"type": "string", "default": "b", "maxLength": 0})),
            json!({}),
            &["spec.a: the text must have at most 0 characters"],
        ),
        (list(json!({"type": "string"})), json!([null]), &["spec[0]: a string, not null"]),
        (list(json!({"type": "string", "nullable": true})), json!([null]), &[]),
        (list(json!({"type": "string", "default": "b"})), json!([null]), &[]),
        (list(field(json!({"type": "string", "default": "b"}))), json!([{}]), &[]),
    ]);
}

#[test]
fn what_is_required_must_be_there_and_sizes_have_bounds() {
    let sized = json!({"type": "object", "required": ["a", "b.c"], "minProperties": 2, "maxProperties": 3,
        "additionalProperties": {"type": "integer"}});
    each([
        (sized.clone(), json!({"a": 1, "b.c": 1}), &[][..]),
        (
            sized.clone(),
            json!({"a": 1}),
            &["spec: there must be at least 2 fields", "spec[\"b.c\"]: required"],
        ),
        (sized, json!({"a": 1, "b.c": 1, "d": 1, "e": 1}), &["spec: there must be at most 3 fields"]),
        (
            json!({"type": "array", "minItems": 1, "items": {}}),
            json!([]),
            &["spec: there must be at least 1 item"],
        ),
        (
            json!({"type": "array", "maxItems": 1, "items": {}}),
            json!([1, 2]),
            &["spec: there must be at most 1 item"],
        ),
    ]);
    let schema = json!({"type": "object", "required": ["spec", "metadata"], "properties": {"spec": {"type": "object"}}});
    assert_eq!(told_of(&schema, &json!({})), ["spec: required"]);
}

#[test]
fn numbers_and_texts_have_bounds() {
    let number = |of: Value| {
        let mut schema = json!({"type": "number"});
        schema.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        schema
    };
    let text = |key: &str, value: Value| json!({"type": "string", key: value});
    each([
        (number(json!({"minimum": 2})), json!(2), &[][..]),
        (number(json!({"minimum": 2})), json!(1.5), &["spec: the value must be at least 2"]),
        (
            number(json!({"minimum": 2, "exclusiveMinimum": true})),
            json!(2),
            &["spec: the value must be greater than 2"],
        ),
        (number(json!({"maximum": 2.5})), json!(3), &["spec: the value must be at most 2.5"]),
        (
            number(json!({"maximum": 2, "exclusiveMaximum": true})),
            json!(2),
            &["spec: the value must be less than 2"],
        ),
        (number(json!({"multipleOf": 4})), json!(8), &[]),
        (number(json!({"multipleOf": 4})), json!(6), &["spec: the value must be a multiple of 4"]),
        (text("minLength", json!(2)), json!("\u{e9}"), &["spec: the text must have at least 2 characters"]),
        (text("maxLength", json!(1)), json!("\u{e9}"), &[]),
        (text("maxLength", json!(1)), json!("ab"), &["spec: the text must have at most 1 character"]),
        (text("pattern", json!("^a+$")), json!("aa"), &[]),
        (
            text("pattern", json!("^a+$")),
            json!("secret"),
            &["spec: the text does not match the pattern `^a+$`"],
        ),
        (text("pattern", json!("(?=a)")), json!("b"), &[]),
        (text("format", json!("ipv4")), json!("none"), &[]),
    ]);
}

#[test]
fn one_of_some_values() {
    let colours = json!({"type": "string", "enum": ["red", "green"]});
    each([
        (colours.clone(), json!("red"), &[][..]),
        (colours.clone(), json!("secret"), &["spec: the value is none of `red`, `green`"]),
        (json!({"type": "number", "enum": [1]}), json!(1.0), &[]),
        (json!({"enum": [{"a": 1}]}), json!(7), &["spec: the value is none of `{\"a\":1}`"]),
    ]);
}

#[test]
fn schemas_are_combined_only_where_nothing_is_unsure() {
    let of = |key: &str, of: Value| json!({"x-kubernetes-preserve-unknown-fields": true, key: of});
    let (a, b) = (json!({"required": ["a"]}), json!({"required": ["b"]}));
    let address = json!({"properties": {"a": {"format": "ipv4"}}});
    let none = &["spec: the value is as none of the schemas under anyOf of its definition say"][..];
    each([
        (of("allOf", json!([a, b])), json!({"a": 1}), &["spec.b: required"][..]),
        (of("anyOf", json!([a, b])), json!({"b": 1}), &[]),
        (of("anyOf", json!([a, b])), json!({}), none),
        (of("oneOf", json!([a, b])), json!({"b": 1}), &[]),
        (
            of("oneOf", json!([a, b])),
            json!({}),
            &["spec: the value is as none of the schemas under oneOf of its definition say"],
        ),
        (
            of("oneOf", json!([a, b])),
            json!({"a": 1, "b": 1}),
            &["spec: the value is as more than one of the schemas under oneOf of its definition say"],
        ),
        (of("oneOf", json!([address, b])), json!({"a": "1", "b": 1}), &[]),
        (of("not", a.clone()), json!({"b": 1}), &[]),
        (
            of("not", a.clone()),
            json!({"a": 1}),
            &["spec: the value is as the schema under not of its definition says"],
        ),
        (of("not", address.clone()), json!({"a": "1"}), &[]),
    ]);
}

#[test]
fn a_version_is_served_or_not_and_without_a_schema_anything_goes() {
    let definition = definition(&json!([
        {"name": "v1", "served": true},
        {"name": "v2", "served": false},
        {"name": "v3", "served": true, "schema": {"openAPIV3Schema": {"properties": "none"}}},
        {"name": "v4", "served": true, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {"type": "object",
            "properties": {"status": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}}}},
    ]));
    let object = json!({"any": {"thing": 1}, "status": {"b": 1}}).into();
    let problems = |version: &str| definition.problems(version, &object).map(|problems| said(&problems));
    assert_eq!(problems("example.com/v1"), Some(vec![]));
    let refused = "apiVersion: the CustomResourceDefinition serves no such version: use `v1` or `v3` or `v4`";
    assert_eq!(problems("example.com/v2"), Some(vec![refused.to_owned()]));
    assert_eq!(problems("example.com/v3"), None, "the schema cannot be read");
    let of_v4 = ["any: unknown", "status.b: unknown"].map(str::to_owned).to_vec();
    assert_eq!(problems("example.com/v4"), Some(of_v4), "a status is not validated, since it is not taken");
    assert!(matches!(definition.kind(), Kind::Resource(kind) if kind.info().namespaced));
}

#[test]
fn of_the_metadata_only_the_name_is_validated() {
    let schema = json!({"type": "object", "properties": {"metadata": {"type": "object", "required": ["name", "uid"],
        "properties": {"name": {"type": "string", "maxLength": 3}}}}});
    assert_eq!(told_of(&schema, &json!({"metadata": {"generateName": "a"}})), [""; 0]);
    let said = told_of(&schema, &json!({"metadata": {"name": "long"}}));
    assert_eq!(said, ["metadata.name: the text must have at most 3 characters"]);
}

#[test]
fn only_definitions_of_the_version_that_is_served_are_read() {
    let document = json!({"spec": {"group": "example.com", "names": {"kind": "Gear"}}}).into();
    let kind = "CustomResourceDefinition";
    assert_eq!(defined("apiextensions.k8s.io/v1", kind, &document), Some(("example.com", "Gear")));
    assert_eq!(defined("apiextensions.k8s.io/v1beta1", kind, &document), None);
    assert_eq!(defined("apiextensions.k8s.io/v1", kind, &json!({"spec": {}}).into()), None);
    assert!(Definition::of(&json!({"spec": {"versions": []}}).into()).is_none());
    for versions in [json!(null), json!([]), json!([{"name": "v2", "served": true}, {"name": 1}])] {
        let unknown = definition(&versions).problems("example.com/v1", &json!({}).into());
        assert_eq!(unknown, None, "{versions}");
    }
}
