//! A policy held against the schema of its `CustomResourceDefinition`.
//!
//! The structural part: types, bounds, enums, required and unknown keys. Rules in CEL are the engine's to
//! repeat. Like the API server, it takes a null for absent where a default stands. Next:
//! [`crate::engine::resolve`].

use serde_json::{Map, Value};

use crate::api::schema::crds;
use crate::catalogue::parameters::nearest;
use crate::checks;

const SCHEMA: &str = "/spec/versions/0/schema/openAPIV3Schema";

/// Everything that is wrong with a policy of this kind, as `path: problem`. Nulls that stand for defaults are taken out.
pub(super) fn policy(kind: &str, policy: &mut Value) -> Vec<String> {
    let crds = match crds(&checks::names()) {
        Ok(crds) => crds,
        Err(error) => return vec![format!("the schema cannot be made: {error}")],
    };
    let of_kind = |crd: &&Value| crd.pointer("/spec/names/kind").and_then(Value::as_str) == Some(kind);
    let schema = crds.iter().map(|(_, crd)| crd).find(of_kind).and_then(|crd| crd.pointer(SCHEMA)).cloned();
    let Some(mut schema) = schema else { return vec![format!("kind: `{kind}` is not known")] };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for key in ["apiVersion", "kind"] {
            properties.insert(key.to_owned(), serde_json::json!({"type": "string"}));
        }
        let free = serde_json::json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        properties.insert("metadata".to_owned(), free);
    }
    against(&schema, policy)
}

/// Everything that is wrong with a value of this schema, as `path: problem`.
pub(in crate::cli) fn against(schema: &Value, value: &mut Value) -> Vec<String> {
    let mut problems = Vec::new();
    check(schema, value, "", &mut problems);
    problems
}

/// Checks a value, and takes nulls out that stand for defaults.
fn check(schema: &Value, value: &mut Value, path: &str, problems: &mut Vec<String>) {
    let expected = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    if !has_type(expected, value) {
        problems.push(format!("{}must be {}, not {}", at(path), article(expected), name(value)));
        return;
    }
    check_enum(schema, value, path, problems);
    match value {
        Value::Object(map) => check_object(schema, map, path, problems),
        Value::Array(items) => check_array(schema, items, path, problems),
        Value::String(text) => {
            let length = text.chars().count() as u64;
            bounds(schema, ["minLength", "maxLength"], length, (path, "characters"), problems);
        }
        Value::Number(number) => check_number(schema, number, path, problems),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The path of what a problem is about: of a field that is not known what would stand below it, as its key is meant.
pub(in crate::cli) fn at_fault(problem: &str) -> String {
    let (path, words) = problem.split_once(": ").unwrap_or(("", problem));
    if words.starts_with("unknown field") { format!("{path}.below") } else { path.to_owned() }
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn has_type(expected: &str, value: &Value) -> bool {
    match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

fn article(expected: &str) -> String {
    let article = if expected.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {expected}")
}

const fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn check_enum(schema: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    let Some(Value::Array(allowed)) = schema.get("enum") else { return };
    if allowed.contains(value) {
        return;
    }
    let words: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
    let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let hint = nearest(&given, words.iter().copied()).map_or_else(
        || format!("known are {}", words.join(", ")),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    problems.push(format!("{}`{given}` is not known; {hint}", at(path)));
}

fn check_object(schema: &Value, map: &mut Map<String, Value>, path: &str, problems: &mut Vec<String>) {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    map.retain(|key, value| {
        !(value.is_null() && properties.get(key).is_some_and(|property| property.get("default").is_some()))
    });
    let free = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    let any = schema.get("additionalProperties").filter(|any| any.is_object());
    for (key, value) in map.iter_mut() {
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match properties.get(key).or(any) {
            Some(property) => check(property, value, &inner, problems),
            None if free => {}
            None => problems.push(format!("{inner}: unknown field{}", hint(key, properties))),
        }
    }
    for key in
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        if !map.contains_key(key) {
            let dot = if path.is_empty() { "" } else { "." };
            problems.push(format!("{path}{dot}{key}: required"));
        }
    }
    bounds(schema, ["minProperties", "maxProperties"], map.len() as u64, (path, "entries"), problems);
}

fn hint(key: &str, properties: &Map<String, Value>) -> String {
    let known = || properties.keys().map(String::as_str);
    nearest(key, known()).map_or_else(
        || format!("; known are {}", known().collect::<Vec<_>>().join(", ")),
        |nearest| format!("; did you mean `{nearest}`?"),
    )
}

fn check_array(schema: &Value, items: &mut [Value], path: &str, problems: &mut Vec<String>) {
    bounds(schema, ["minItems", "maxItems"], items.len() as u64, (path, "items"), problems);
    if schema.get("x-kubernetes-list-type").and_then(Value::as_str) == Some("set") {
        for (index, item) in items.iter().enumerate() {
            if items.iter().take(index).any(|before| before == item) {
                problems.push(format!("{path}[{index}]: {item} is given twice"));
            }
        }
    }
    let Some(of) = schema.get("items") else { return };
    for (index, item) in items.iter_mut().enumerate() {
        check(of, item, &format!("{path}[{index}]"), problems);
    }
}

fn check_number(schema: &Value, number: &serde_json::Number, path: &str, problems: &mut Vec<String>) {
    let Some(value) = number.as_f64() else { return };
    let bound = |key| schema.get(key).filter(|bound| bound.is_number());
    if let Some(minimum) = bound("minimum").filter(|minimum| minimum.as_f64().is_some_and(|m| value < m)) {
        problems.push(format!("{}{number} is less than {minimum}", at(path)));
    }
    if let Some(maximum) = bound("maximum").filter(|maximum| maximum.as_f64().is_some_and(|m| value > m)) {
        problems.push(format!("{}{number} is more than {maximum}", at(path)));
    }
}

/// Least and greatest count, by the names of the keywords.
fn bounds(
    schema: &Value,
    [least, most]: [&str; 2],
    count: u64,
    (path, what): (&str, &str),
    problems: &mut Vec<String>,
) {
    let bound = |key| schema.get(key).and_then(Value::as_u64);
    if let Some(least) = bound(least).filter(|least| count < *least) {
        problems.push(format!("{}{count} {what}, at least {least} are needed", at(path)));
    }
    if let Some(most) = bound(most).filter(|most| count > *most) {
        problems.push(format!("{}{count} {what}, at most {most} are allowed", at(path)));
    }
}

#[cfg(test)]
mod tests;
