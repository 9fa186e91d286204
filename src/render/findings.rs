//! The findings of a workload as JSON, on several lines or each on one: the same fields in the same order.
//!
//! A workload has dozens of findings that differ in little. What they share (the object, the policies, the file) is
//! escaped and laid out once and then copied, which is why no serializer walks each of them. It must not know what
//! stands around findings. Next: [`super::json`], [`super::jsonl`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::fingerprint::Fingerprints;
use super::run::{Location, Missing, RunFinding, RunWorkload, Suppressed};
use crate::checks;
use crate::engine::merge::MergedFinding;
use crate::engine::report::message;
use crate::inventory::object::ObjectKey;

/// How to fix what each check finds, as JSON: it is written with each finding.
pub(super) type Advice = BTreeMap<&'static str, String>;

/// How to fix what each check finds.
pub(super) fn advice() -> Advice {
    checks::ALL.iter().map(|check| (check.name, quoted(&check.remediation()))).collect()
}

/// What stands between the parts of a finding.
#[derive(Debug)]
pub(super) struct Layout {
    /// How a finding begins.
    start: &'static str,
    /// In front of its fields, of their fields, and of the fields of those.
    breaks: [&'static str; 3],
    colon: &'static str,
    end: &'static str,
}

/// As `serde_json` prints it, two levels deep.
pub(super) const LINES: Layout = Layout {
    start: "\n    {",
    breaks: ["\n      ", "\n        ", "\n          "],
    colon: ": ",
    end: "\n    }",
};

/// An object a line, which says that it is a finding.
pub(super) const LINE: Layout =
    Layout { start: "{\"type\":\"finding\",", breaks: [""; 3], colon: ":", end: "}\n" };

/// Writes the findings of one workload.
pub(super) struct Writer<'a> {
    layout: &'static Layout,
    advice: &'a Advice,
    fingerprints: Fingerprints,
    /// The workload as an object.
    workload: String,
    /// What was written last as policies, and as a place in a file but for its line.
    policies: Option<(&'a MergedFinding, String)>,
    place: Option<(&'a Location, String)>,
}

impl<'a> Writer<'a> {
    /// For the findings of this workload.
    pub(super) fn new(workload: &'a RunWorkload, layout: &'static Layout, advice: &'a Advice) -> Self {
        let RunWorkload { key, api_version, .. } = workload;
        let object = layout.object((api_version, key.kind.as_str()), (&key.namespace, &key.name));
        let fingerprints = Fingerprints::new(workload);
        Self { layout, advice, fingerprints, workload: object, policies: None, place: None }
    }

    /// Writes a finding behind what there is.
    pub(super) fn write(&mut self, out: &mut String, found: &'a RunFinding) {
        let merged = &found.merged;
        let Layout { start, breaks: [line, ..], colon, end } = *self.layout;
        let next = |out: &mut String, name: &str| out.extend([",", line, "\"", name, "\"", colon]);
        out.extend([start, line, "\"check\"", colon, "\"", merged.check, "\""]);
        next(out, "policies");
        out.push_str(self.policies(merged));
        next(out, "severity");
        out.extend(["\"", merged.severity.as_str(), "\""]);
        next(out, "outcome");
        out.extend(["\"", merged.outcome.as_str(), "\""]);
        next(out, "object");
        if let Some(ObjectKey { kind, namespace, name }) = &merged.found.object {
            let object = self.layout.object((&kind.api_version(), kind.as_str()), (namespace, name));
            out.push_str(&object);
            // The workload or owner it counts against, where that is not the object.
            next(out, "workload");
        }
        out.push_str(&self.workload);
        next(out, "container");
        optional(out, merged.found.container.as_deref());
        next(out, "field");
        optional(out, Some(merged.found.field.as_str()).filter(|field| !field.is_empty()));
        next(out, "message");
        quote(out, &message(merged));
        next(out, "remediation");
        out.push_str(self.advice.get(merged.check).map_or("null", |advice| advice));
        next(out, "location");
        self.location(out, found);
        // The same for this finding in every run, wherever it stands.
        next(out, "fingerprint");
        // Writing to a String cannot fail.
        let _ = write!(out, "\"{}\"", self.fingerprints.of(found));
        if found.baselined {
            next(out, "baselined");
            out.push_str("true");
        }
        if let Some(suppressed) = &found.suppressed {
            next(out, "suppressed");
            self.layout.suppressed(out, suppressed);
        }
        out.push_str(end);
    }

    /// The policies that asked, which are the same for most findings.
    fn policies(&mut self, merged: &'a MergedFinding) -> &str {
        let same = |(last, _): &(&MergedFinding, String)| Arc::ptr_eq(&last.policies, &merged.policies);
        let known = self.policies.take().filter(same);
        let layout = self.layout;
        &self.policies.insert(known.unwrap_or_else(|| (merged, layout.policies(merged)))).1
    }

    /// Where it stands: nearly always in the workload's own document.
    fn location(&mut self, out: &mut String, found: &'a RunFinding) {
        let RunFinding { location, missing, .. } = found;
        let Layout { breaks: [close, line, inner], colon, .. } = *self.layout;
        let same = |(last, _): &(&Location, String)| {
            Arc::ptr_eq(&last.file, &location.file) && last.document == location.document
        };
        let known = self.place.take().filter(same);
        let layout = self.layout;
        out.push_str(&self.place.insert(known.unwrap_or_else(|| (location, layout.place(location)))).1);
        let mut number = |before: &str, name: &str, number: usize| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{before}\"{name}\"{colon}{number}");
        };
        if let Some(position) = location.position {
            number(&[",", line].concat(), "line", position.line);
            number(&[",", line].concat(), "column", position.column);
        }
        if let Some(rendered) = &location.rendered {
            out.extend([",", line, "\"rendered\"", colon]);
            quote(out, rendered);
        }
        if let Some(Missing { path, insert }) = missing {
            // What lacks below that place, and where a line with it can be put in.
            out.extend([",", line, "\"missing\"", colon]);
            quote(out, path);
            if let Some(position) = insert {
                let (line_number, column) = (position.line, position.column);
                let _ = write!(
                    out,
                    ",{line}\"insert\"{colon}{{{inner}\"line\"{colon}{line_number},{inner}\"column\"{colon}{column}{line}}}"
                );
            }
        }
        out.extend([close, "}"]);
    }
}

impl Layout {
    fn object(&self, (api_version, kind): (&str, &str), (namespace, name): (&str, &str)) -> String {
        let Self { breaks: [close, line, _], colon, .. } = *self;
        let mut out = ["{", line, "\"apiVersion\"", colon].concat();
        quote(&mut out, api_version);
        out.extend([",", line, "\"kind\"", colon]);
        quote(&mut out, kind);
        out.extend([",", line, "\"namespace\"", colon]);
        optional(&mut out, Some(namespace).filter(|namespace| !namespace.is_empty()));
        out.extend([",", line, "\"name\"", colon]);
        quote(&mut out, name);
        out.extend([close, "}"]);
        out
    }

    fn policies(&self, merged: &MergedFinding) -> String {
        let Self { breaks: [close, line, _], .. } = *self;
        let policies: Vec<String> =
            merged.policies.iter().map(|policy| [line, &quoted(&policy.to_string())].concat()).collect();
        if policies.is_empty() { "[]".to_owned() } else { ["[", &policies.join(","), close, "]"].concat() }
    }

    /// A place in a file, to which its line is added.
    fn place(&self, location: &Location) -> String {
        let Self { breaks: [_, line, _], colon, .. } = *self;
        let mut out = ["{", line, "\"file\"", colon].concat();
        quote(&mut out, &location.file);
        let _ = write!(out, ",{line}\"document\"{colon}{}", location.document);
        out
    }

    /// Why a comment or a configuration file suppresses it; the command line's own.
    fn suppressed(&self, out: &mut String, said: &Suppressed) {
        let Self { breaks: [close, line, _], colon, .. } = *self;
        out.extend(["{", line, "\"reason\"", colon]);
        quote(out, &said.reason);
        out.extend([",", line, "\"until\"", colon]);
        optional(out, said.until.as_deref());
        out.extend([close, "}"]);
    }
}

fn optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => quote(out, text),
        None => out.push_str("null"),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text);
    out
}

/// Text in quotes, escaped where it must be, which is seldom.
fn quote(out: &mut String, text: &str) {
    // Without a branch, so that many bytes are looked at at once.
    let special = text.bytes().fold(false, |found, byte| found | is_special(byte));
    let escaped = if special { Cow::Owned(escape(text)) } else { Cow::Borrowed(text) };
    out.extend(["\"", &escaped, "\""]);
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // Writing to a String cannot fail.
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
