//! What a scalar means, by the rules of the Go YAML library that Kubernetes reads with.
//!
//! YAML 1.1 booleans, integers with prefixes and underscores, floats; everything else is text. It must not
//! look at anything but the scalar. Next: [`super::build`].

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::YamlProblem;
use super::node::{Key, Node};
use crate::inventory::tree::Tree;

/// A plain scalar, or one whose tag asks for resolution.
#[derive(Clone, Copy)]
enum Resolved {
    Null,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text,
}

/// A scalar without a tag, not quoted.
pub(super) fn plain(text: String) -> Result<Node, YamlProblem> {
    if text == "<<" {
        return Ok(Node::scalar(Value::String(text), Key::Merge));
    }
    match resolve(&text) {
        Resolved::Text => Ok(self::text(text)),
        resolved => node(resolved, &text),
    }
}

/// What such a scalar is as a value; nothing if it is a number that JSON does not have.
pub(super) fn value(text: &str) -> Option<Tree<'_>> {
    match resolve(text) {
        Resolved::Null => Some(Tree::Null),
        Resolved::Bool(value) => Some(Tree::Bool(value)),
        Resolved::Integer(value) => Some(Tree::Number(value.into())),
        Resolved::Unsigned(value) => Some(Tree::Number(value.into())),
        Resolved::Float(value) => json_number(value).map(Tree::Number),
        Resolved::Text => Some(Tree::Text(Cow::Borrowed(text))),
    }
}

/// Whether it is text.
pub(super) fn is_text(text: &str) -> bool {
    matches!(resolve(text), Resolved::Text)
}

/// Text as it stands.
pub(super) fn text(text: String) -> Node {
    Node::scalar(Value::String(text), Key::Text)
}

/// A scalar with a tag of YAML's own, such as `int`; others mean nothing to Kubernetes.
pub(super) fn tagged(tag: &str, given: &str) -> Result<Node, YamlProblem> {
    let refused = || YamlProblem::Tag(format!("!!{tag}"));
    match (tag, resolve(given)) {
        ("float", Resolved::Integer(value)) => node(Resolved::Float(lossy(value)), given),
        ("null", resolved @ Resolved::Null)
        | ("bool", resolved @ Resolved::Bool(_))
        | ("int", resolved @ (Resolved::Integer(_) | Resolved::Unsigned(_)))
        | ("float", resolved @ Resolved::Float(_)) => node(resolved, given),
        // Dates and base64 have no place in a manifest: refused, rather than read differently.
        ("null" | "bool" | "int" | "float" | "timestamp" | "binary", _) => Err(refused()),
        ("merge", _) if given == "<<" => plain(given.to_owned()),
        _ => Ok(text(given.to_owned())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "what the tag asks for, as in Go")]
const fn lossy(value: i64) -> f64 {
    value as f64
}

fn node(resolved: Resolved, given: &str) -> Result<Node, YamlProblem> {
    Ok(match resolved {
        Resolved::Null => Node::scalar(Value::Null, Key::None("null")),
        Resolved::Bool(value) => Node::scalar(Value::Bool(value), Key::Bool),
        Resolved::Integer(value) => Node::scalar(Value::from(value), Key::Integer(value.to_string())),
        Resolved::Unsigned(value) => Node::scalar(Value::from(value), Key::None("a number above 2^63")),
        Resolved::Float(value) => {
            let number = json_number(value).ok_or_else(|| YamlProblem::Number(given.to_owned()))?;
            Node::scalar(Value::Number(number), Key::Float(float_key(value)))
        }
        Resolved::Text => text(given.to_owned()),
    })
}

/// Bytes of the longest of the words that are more than text and begin with a letter.
const WORD_MAX: usize = 5;

/// With what they begin, in lower case.
const BEGINS_WORD: &[u8] = b"nytfo";

fn resolve(text: &str) -> Resolved {
    let begins = text.as_bytes().first();
    if begins.is_some_and(|first| {
        first.is_ascii_alphabetic() && (text.len() > WORD_MAX || !BEGINS_WORD.contains(&(first | 0x20)))
    }) {
        return Resolved::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => match text.as_bytes().first() {
            Some(b'.') => point(text).map_or(Resolved::Text, Resolved::Float),
            Some(b'1'..=b'9') if is_short(text) => text.parse().map_or(Resolved::Text, Resolved::Integer),
            Some(b'1'..=b'9') if !is_decimal(text) => Resolved::Text,
            Some(b'+' | b'-' | b'0'..=b'9') => number(&text.replace('_', "")),
            _ => Resolved::Text,
        },
    }
}

/// Whether it is digits, fewer than can be too many for 64 bits: nearly every number.
fn is_short(text: &str) -> bool {
    text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it has only what numbers have that begin with a digit other than 0: amounts (`500m`, `64Mi`) have more.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// A float that begins with its point: here an underscore must stand between digits.
fn point(text: &str) -> Option<f64> {
    let lone = text.split('_').skip(1).any(|part| !part.starts_with(|c: char| c.is_ascii_digit()))
        || text.split('_').rev().skip(1).any(|part| !part.ends_with(|c: char| c.is_ascii_digit()));
    if lone { None } else { float(&text.replace('_', "")) }
}

fn number(text: &str) -> Resolved {
    if let Some(value) = signed(text) {
        return Resolved::Integer(value);
    }
    if let Some(value) = digits(text).and_then(|(digits, radix)| u64::from_str_radix(digits, radix).ok())
        && !text.starts_with(['+', '-'])
    {
        return Resolved::Unsigned(value);
    }
    if let Some(value) = float(text) {
        return Resolved::Float(value);
    }
    // A sign may follow `0b`, though nobody means it.
    let binary = match text.strip_prefix("-0b") {
        Some(digits) if !digits.starts_with(['+', '-']) => i64::from_str_radix(&format!("-{digits}"), 2).ok(),
        Some(_) => None,
        None => text.strip_prefix("0b").and_then(|digits| i64::from_str_radix(digits, 2).ok()),
    };
    binary.map_or(Resolved::Text, Resolved::Integer)
}

fn signed(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = digits(rest)?;
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// Digits without their prefix, and the base that it names; nothing if a sign stands among them.
fn digits(text: &str) -> Option<(&str, u32)> {
    let prefixed = text.get(..2).and_then(|prefix| match prefix {
        "0x" | "0X" => Some(16),
        "0o" | "0O" => Some(8),
        "0b" | "0B" => Some(2),
        _ => None,
    });
    let (digits, radix) = match prefixed {
        Some(radix) => (text.get(2..)?, radix),
        None if text.len() > 1 && text.starts_with('0') => (text.get(1..)?, 8),
        None => (text, 10),
    };
    (!digits.is_empty() && !digits.starts_with(['+', '-'])).then_some((digits, radix))
}

/// A finite decimal float: digits with at most one point, and an exponent with digits.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let decimal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    let value: f64 = decimal.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// A whole float is written as an integer, as Go's JSON does up to 1e21.
fn json_number(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Some(Number::from(value as i64));
    }
    if value.fract() == 0.0 && value.abs() < 1e21 {
        let digits = value.to_string();
        let integer =
            digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from));
        return integer.ok().or_else(|| Number::from_f64(value));
    }
    Number::from_f64(value)
}

/// A float as Go writes it when it is a key: the shortest digits of 32 bits, with an exponent below 1e-4
/// and from 1e6 on.
fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "what the Go library does")]
    let value = value as f32;
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_passed_over_as_no_number_is_none(text in "[1-9][0-9._+eEmixaof-]{0,6}") {
            let is_text = matches!(number(&text.replace('_', "")), Resolved::Text);
            prop_assert_eq!(matches!(resolve(&text), Resolved::Text), is_text, "{}", text);
        }
    }
}
