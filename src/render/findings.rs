//! The findings of a workload as JSON, on several lines or each on one: the same fields in the same order.
//!
//! A workload has dozens of findings that differ in little. What they share (the object, the policies, the file) is
//! escaped and laid out once and then copied, which is why no serializer walks each of them. It must not know what
//! stands around findings. Next: [`super::json`], [`super::jsonl`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

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

/// What stands around the parts of a finding: each text as long as can be, so that few are copied.
#[derive(Debug)]
pub(super) struct Layout {
    check: &'static str,
    policies: &'static str,
    severity: &'static str,
    outcome: &'static str,
    object: &'static str,
    workload: &'static str,
    container: &'static str,
    field: &'static str,
    message: &'static str,
    remediation: &'static str,
    location: &'static str,
    line: &'static str,
    column: &'static str,
    rendered: &'static str,
    missing: &'static str,
    /// Around the numbers of where a line can be put in.
    insert: [&'static str; 3],
    /// It ends the place, too.
    fingerprint: &'static str,
    baselined: &'static str,
    /// Around the texts of why it is suppressed.
    suppressed: [&'static str; 3],
    end: &'static str,
    /// Around the texts of an object.
    reference: [&'static str; 5],
    /// Around the texts of a place: its file, its document.
    place: [&'static str; 2],
    /// In front of each policy, and behind all of them.
    each: [&'static str; 2],
}

/// A layout by how a finding begins, what stands in front of its fields, of their fields and of the fields of those, and how it ends.
macro_rules! layout {
    ($start:literal, [$line:literal, $inner:literal, $deep:literal], $colon:literal, $end:literal) => {
        Layout {
            check: concat!($start, $line, "\"check\"", $colon, "\""),
            policies: concat!("\",", $line, "\"policies\"", $colon),
            severity: concat!(",", $line, "\"severity\"", $colon, "\""),
            outcome: concat!("\",", $line, "\"outcome\"", $colon, "\""),
            object: concat!("\",", $line, "\"object\"", $colon),
            workload: concat!(",", $line, "\"workload\"", $colon),
            container: concat!(",", $line, "\"container\"", $colon),
            field: concat!(",", $line, "\"field\"", $colon),
            message: concat!(",", $line, "\"message\"", $colon),
            remediation: concat!(",", $line, "\"remediation\"", $colon),
            location: concat!(",", $line, "\"location\"", $colon),
            line: concat!(",", $inner, "\"line\"", $colon),
            column: concat!(",", $inner, "\"column\"", $colon),
            rendered: concat!(",", $inner, "\"rendered\"", $colon),
            missing: concat!(",", $inner, "\"missing\"", $colon),
            insert: [
                concat!(",", $inner, "\"insert\"", $colon, "{", $deep, "\"line\"", $colon),
                concat!(",", $deep, "\"column\"", $colon),
                concat!($inner, "}"),
            ],
            fingerprint: concat!($line, "},", $line, "\"fingerprint\"", $colon, "\""),
            baselined: concat!(",", $line, "\"baselined\"", $colon, "true"),
            suppressed: [
                concat!(",", $line, "\"suppressed\"", $colon, "{", $inner, "\"reason\"", $colon),
                concat!(",", $inner, "\"until\"", $colon),
                concat!($line, "}"),
            ],
            end: $end,
            reference: [
                concat!("{", $inner, "\"apiVersion\"", $colon),
                concat!(",", $inner, "\"kind\"", $colon),
                concat!(",", $inner, "\"namespace\"", $colon),
                concat!(",", $inner, "\"name\"", $colon),
                concat!($line, "}"),
            ],
            place: [concat!("{", $inner, "\"file\"", $colon), concat!(",", $inner, "\"document\"", $colon)],
            each: [$inner, concat!($line, "]")],
        }
    };
}

/// As `serde_json` prints it, two levels deep.
pub(super) const LINES: Layout =
    layout!("\n    {", ["\n      ", "\n        ", "\n          "], ": ", "\n    }");

/// An object a line, which says that it is a finding.
pub(super) const LINE: Layout = layout!("{\"type\":\"finding\",", ["", "", ""], ":", "}\n");

/// Writes the findings of one workload.
pub(super) struct Writer<'a> {
    layout: &'static Layout,
    advice: &'a Advice,
    fingerprints: Fingerprints,
    /// The workload as an object.
    workload: String,
    /// What was written last: who asked and how it came out, and a place in a file but for its line.
    asked: Option<(&'a MergedFinding, String)>,
    place: Option<(&'a Location, String)>,
}

impl<'a> Writer<'a> {
    /// For the findings of this workload.
    pub(super) fn new(workload: &'a RunWorkload, layout: &'static Layout, advice: &'a Advice) -> Self {
        let RunWorkload { key, api_version, .. } = workload;
        let object = layout.object((api_version, key.kind.as_str()), (&key.namespace, &key.name));
        let fingerprints = Fingerprints::new(workload);
        Self { layout, advice, fingerprints, workload: object, asked: None, place: None }
    }

    /// Writes a finding behind what there is.
    pub(super) fn write(&mut self, out: &mut String, found: &'a RunFinding) {
        let merged = &found.merged;
        let layout = self.layout;
        out.push_str(layout.check);
        out.push_str(merged.check);
        out.push_str(self.asked(merged));
        if let Some(ObjectKey { kind, namespace, name }) = &merged.found.object {
            out.push_str(&layout.object((&kind.api_version(), kind.as_str()), (namespace, name)));
            // The workload or owner it counts against, where that is not the object.
            out.push_str(layout.workload);
        }
        out.push_str(&self.workload);
        out.push_str(layout.container);
        optional(out, merged.found.container.as_deref());
        out.push_str(layout.field);
        optional(out, Some(merged.found.field.as_str()).filter(|field| !field.is_empty()));
        out.push_str(layout.message);
        quote(out, &message(merged));
        out.push_str(layout.remediation);
        out.push_str(self.advice.get(merged.check).map_or("null", |advice| advice));
        out.push_str(layout.location);
        self.location(out, found);
        // The same for this finding in every run, wherever it stands.
        out.push_str(layout.fingerprint);
        // Writing to a String cannot fail.
        let _ = write!(out, "{}\"", self.fingerprints.of(found));
        if found.baselined {
            out.push_str(layout.baselined);
        }
        if let Some(suppressed) = &found.suppressed {
            layout.suppressed(out, suppressed);
        }
        out.push_str(layout.end);
    }

    /// Who asked and how it came out, which is the same for most findings.
    fn asked(&mut self, merged: &'a MergedFinding) -> &str {
        let same = |(last, _): &(&MergedFinding, String)| {
            (last.severity, last.outcome) == (merged.severity, merged.outcome)
                && Arc::ptr_eq(&last.policies, &merged.policies)
        };
        let known = self.asked.take().filter(same);
        let layout = self.layout;
        &self.asked.insert(known.unwrap_or_else(|| (merged, layout.asked(merged)))).1
    }

    /// Where it stands: nearly always in the workload's own document.
    fn location(&mut self, out: &mut String, found: &'a RunFinding) {
        let RunFinding { location, missing, .. } = found;
        let layout = self.layout;
        let same = |(last, _): &(&Location, String)| {
            Arc::ptr_eq(&last.file, &location.file) && last.document == location.document
        };
        let known = self.place.take().filter(same);
        out.push_str(&self.place.insert(known.unwrap_or_else(|| (location, layout.place(location)))).1);
        if let Some(position) = location.position {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}{}{}{}", layout.line, position.line, layout.column, position.column);
        }
        if let Some(rendered) = &location.rendered {
            out.push_str(layout.rendered);
            quote(out, rendered);
        }
        if let Some(Missing { path, insert }) = missing {
            // What lacks below that place, and where a line with it can be put in.
            out.push_str(layout.missing);
            quote(out, path);
            if let Some(position) = insert {
                let [line, column, end] = layout.insert;
                let _ = write!(out, "{line}{}{column}{}{end}", position.line, position.column);
            }
        }
    }
}

impl Layout {
    fn object(&self, (api_version, kind): (&str, &str), (namespace, name): (&str, &str)) -> String {
        let [first, of_kind, of_namespace, of_name, end] = self.reference;
        let mut out = first.to_owned();
        quote(&mut out, api_version);
        out.push_str(of_kind);
        quote(&mut out, kind);
        out.push_str(of_namespace);
        optional(&mut out, Some(namespace).filter(|namespace| !namespace.is_empty()));
        out.push_str(of_name);
        quote(&mut out, name);
        out.push_str(end);
        out
    }

    /// The policies that asked, the severity and the outcome, up to the object.
    fn asked(&self, merged: &MergedFinding) -> String {
        let [before, end] = self.each;
        let policies: Vec<String> =
            merged.policies.iter().map(|policy| [before, &quoted(&policy.to_string())].concat()).collect();
        let policies =
            if policies.is_empty() { "[]".to_owned() } else { ["[", &policies.join(","), end].concat() };
        let (severity, outcome) = (merged.severity.as_str(), merged.outcome.as_str());
        [self.policies, &policies, self.severity, severity, self.outcome, outcome, self.object].concat()
    }

    /// A place in a file, to which its line is added.
    fn place(&self, location: &Location) -> String {
        let [file, document] = self.place;
        let mut out = file.to_owned();
        quote(&mut out, &location.file);
        let _ = write!(out, "{document}{}", location.document);
        out
    }

    /// Why a comment or a configuration file suppresses it; the command line's own.
    fn suppressed(&self, out: &mut String, said: &Suppressed) {
        let [reason, until, end] = self.suppressed;
        out.push_str(reason);
        quote(out, &said.reason);
        out.push_str(until);
        optional(out, said.until.as_deref());
        out.push_str(end);
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
    if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
