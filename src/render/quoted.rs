//! Text as JSON, written behind what there is.
//!
//! It must not know what the text says. Next: [`super::findings`], which writes most of it.

use serde_json::Value;

/// A field, if it has a value.
pub(super) fn named(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        out.push_str(name);
        quote(out, text);
    }
}

/// Text, or null.
pub(super) fn optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => quote(out, text),
        None => out.push_str("null"),
    }
}

/// Text in quotes, by itself.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text);
    out
}

/// Text in quotes, escaped where it must be, which is seldom.
pub(super) fn quote(out: &mut String, text: &str) {
    quote_joined(out, &[text]);
}

/// The same of texts that are one.
pub(super) fn quote_joined(out: &mut String, texts: &[&str]) {
    if texts.iter().any(|text| is_special(text)) {
        out.push_str(&Value::from(texts.concat()).to_string());
        return;
    }
    out.push('"');
    out.extend(texts.iter().copied());
    out.push('"');
}

/// Whether something in it must be escaped.
fn is_special(text: &str) -> bool {
    // Without a branch, so that many bytes are looked at at once.
    text.bytes().fold(0, |found, byte| found | special(byte)) > 0
}

/// 1 for a byte that must be escaped.
fn special(byte: u8) -> u8 {
    u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\')
}
