//! Values and their types, as schemas tell them apart.
//!
//! Next: [`super::rules`].

use serde_json::Value;

use super::node::Node;

/// From here on not every whole number is one of floating point.
pub(super) const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn is_of_type(value: &Value, node: &Node) -> bool {
    if node.is_int_or_string {
        return value.is_string() || is_integer(value);
    }
    match &*node.of {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => is_integer(value),
        "number" => value.is_number(),
        // A type that there is not is the definition's business.
        _ => true,
    }
}

fn is_integer(value: &Value) -> bool {
    let is_whole = |float: f64| float.fract() == 0.0 && float.abs() < MOST_EXACT;
    value.is_i64() || value.as_f64().is_some_and(is_whole)
}

pub(super) fn is_same(allowed: &Value, value: &Value) -> bool {
    match (allowed.as_f64(), value.as_f64()) {
        (Some(allowed), Some(value)) => allowed.to_bits() == value.to_bits(),
        _ => allowed == value,
    }
}

pub(super) fn expected(node: &Node) -> &'static str {
    if node.is_int_or_string {
        return "a string or an integer";
    }
    match &*node.of {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "an integer",
        _ => "a number",
    }
}

pub(super) const fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn amount(number: i64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
