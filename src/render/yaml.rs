//! Writes JSON values as YAML for people: block style, keys sorted, text over lines as a literal block.
//!
//! It only writes, and the same value always gives the same bytes. Text is quoted whenever a reader of YAML
//! 1.1 or 1.2 could take it for anything else. Keys longer than 1,024 characters, which YAML has another
//! notation for and Kubernetes no use, are not supported. Next: [`crate::api::schema`] makes what is written.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// One document, which ends with a line break.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0, false),
        Value::Array(items) if !items.is_empty() => write_list(&mut out, items, 0, false),
        scalar => {
            write_scalar(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

/// Several documents, each but the first after a line of three dashes.
pub fn to_yaml_documents<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(to_yaml).collect::<Vec<_>>().join("---\n")
}

/// `inline`: the first line follows the dash of a list.
fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize, inline: bool) {
    // Another crate may switch serde_json to the order of insertion.
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    for (position, (key, value)) in entries.into_iter().enumerate() {
        if position > 0 || !inline {
            pad(out, indent);
        }
        write_inline_text(out, key);
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                write_map(out, inner, indent + 2, false);
            }
            // A list under a key is not indented, as kubectl has it.
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                write_list(out, items, indent, false);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, indent + 2);
                out.push('\n');
            }
        }
    }
}

fn write_list(out: &mut String, items: &[Value], indent: usize, inline: bool) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 || !inline {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2, true),
            Value::Array(inner) if !inner.is_empty() => write_list(out, inner, indent + 2, true),
            scalar => {
                write_scalar(out, scalar, indent + 2);
                out.push('\n');
            }
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Without the line break after it. `indent`: of the lines of a literal block.
fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) if is_literal(text) => write_literal(out, text, indent.max(2)),
        Value::String(text) => write_inline_text(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// YAML 1.1 takes `1e+30` for text: its floats have a point, and a sign in the exponent.
fn write_number(out: &mut String, number: &Number) {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        out.push_str(&text);
        return;
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with(['+', '-']) {
        out.push('+');
    }
    out.push_str(exponent);
}

/// Whether text can be a literal block with no indentation indicator and at most one line break at its end.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !body.is_empty()
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && body.lines().all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
        && body.chars().all(|c| c == '\n' || c == '\t' || is_printable(c))
}

fn write_literal(out: &mut String, text: &str, indent: usize) {
    let body = text.strip_suffix('\n');
    out.push_str(if body.is_some() { "|" } else { "|-" });
    for line in body.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
}

/// On one line: as it is where nobody can misread it, else in double quotes.
fn write_inline_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => write_escape(out, u32::from(c)),
        }
    }
    out.push('"');
}

fn write_escape(out: &mut String, code: u32) {
    // Writing to a String does not fail.
    let _ = match code {
        0..=0xFF => write!(out, "\\x{code:02X}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}

/// What every reader takes as it stands: no controls, no breaks other than the line feed, no byte order
/// mark, nothing beyond the first plane (some readers refuse it).
const fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// Words that YAML 1.1 or 1.2 reads as something other than text.
const WORDS: &[&str] = &[".inf", ".nan", "false", "n", "no", "null", "off", "on", "true", "y", "yes"];

/// Whether text can stand without quotes. It starts with a letter, or with a dot and a letter as a path
/// does, so it is no number and no date.
fn is_plain(text: &str) -> bool {
    text.strip_prefix('.').unwrap_or(text).starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| matches!(c, ' '..='~'))
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests;
