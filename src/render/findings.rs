//! The findings of a workload as JSON, each on a line: for [`super::json`] and [`super::jsonl`] the same fields in the
//! same order.
//!
//! A workload has dozens of findings that differ in little. What they share (the object, the policies, the file) is
//! escaped and laid out once and then copied, which is why no serializer walks each of them. It must not know what
//! stands around findings. Next: [`super::json`], [`super::jsonl`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::fingerprint::Fingerprints;
use super::run::{Location, Missing, Position, RunFinding, RunWorkload, Suppressed};
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

/// Writes the findings of one workload.
pub(super) struct Writer<'a> {
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
    pub(super) fn new(workload: &'a RunWorkload, advice: &'a Advice) -> Self {
        let RunWorkload { key, api_version, .. } = workload;
        let object = object((api_version, key.kind.as_str()), (&key.namespace, &key.name));
        let fingerprints = Fingerprints::new(workload);
        Self { advice, fingerprints, workload: object, asked: None, place: None }
    }

    /// Writes the fields of a finding behind what there is.
    pub(super) fn write(&mut self, out: &mut String, found: &'a RunFinding) {
        let merged = &found.merged;
        out.push_str("\"check\":\"");
        out.push_str(merged.check);
        out.push_str(self.asked(merged));
        if let Some(ObjectKey { kind, namespace, name }) = &merged.found.object {
            out.push_str(&object((&kind.api_version(), kind.as_str()), (namespace, name)));
            // The workload or owner it counts against, where that is not the object.
            out.push_str(",\"workload\":");
        }
        out.push_str(&self.workload);
        out.push_str(",\"container\":");
        optional(out, merged.found.container.as_deref());
        out.push_str(",\"field\":");
        optional(out, Some(merged.found.field.as_str()).filter(|field| !field.is_empty()));
        out.push_str(",\"message\":");
        quote(out, &message(merged));
        out.push_str(",\"remediation\":");
        out.push_str(self.advice.get(merged.check).map_or("null", |advice| advice));
        self.location(out, found);
        // The same for this finding in every run, wherever it stands.
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"fingerprint\":\"{}\"", self.fingerprints.of(found));
        if found.baselined {
            out.push_str(",\"baselined\":true");
        }
        if let Some(said) = &found.suppressed {
            suppressed(out, said);
        }
    }

    /// Who asked and how it came out, which is the same for most findings.
    fn asked(&mut self, merged: &'a MergedFinding) -> &str {
        let same = |(last, _): &(&MergedFinding, String)| {
            (last.severity, last.outcome) == (merged.severity, merged.outcome)
                && Arc::ptr_eq(&last.policies, &merged.policies)
        };
        let known = self.asked.take().filter(same);
        &self.asked.insert(known.unwrap_or_else(|| (merged, asked(merged)))).1
    }

    /// Where it stands: nearly always in the workload's own document.
    fn location(&mut self, out: &mut String, found: &'a RunFinding) {
        let RunFinding { location, missing, .. } = found;
        let same = |(last, _): &(&Location, String)| {
            Arc::ptr_eq(&last.file, &location.file) && last.document == location.document
        };
        let known = self.place.take().filter(same);
        out.push_str(&self.place.insert(known.unwrap_or_else(|| (location, place(location)))).1);
        if let Some(Position { line, column }) = location.position {
            let _ = write!(out, ",\"line\":{line},\"column\":{column}");
        }
        if let Some(rendered) = &location.rendered {
            out.push_str(",\"rendered\":");
            quote(out, rendered);
        }
        if let Some(Missing { path, insert }) = missing {
            // What lacks below that place, and where a line with it can be put in.
            out.push_str(",\"missing\":");
            quote(out, path);
            if let Some(Position { line, column }) = insert {
                let _ = write!(out, ",\"insert\":{{\"line\":{line},\"column\":{column}}}");
            }
        }
        out.push('}');
    }
}

fn object((api_version, kind): (&str, &str), (namespace, name): (&str, &str)) -> String {
    let mut out = "{\"apiVersion\":".to_owned();
    quote(&mut out, api_version);
    out.push_str(",\"kind\":");
    quote(&mut out, kind);
    out.push_str(",\"namespace\":");
    optional(&mut out, Some(namespace).filter(|namespace| !namespace.is_empty()));
    out.push_str(",\"name\":");
    quote(&mut out, name);
    out.push('}');
    out
}

/// The end of the check, the policies that asked, the severity and the outcome, up to the object.
fn asked(merged: &MergedFinding) -> String {
    let policies: Vec<String> = merged.policies.iter().map(|policy| quoted(&policy.to_string())).collect();
    let (policies, severity, outcome) =
        (policies.join(","), merged.severity.as_str(), merged.outcome.as_str());
    format!("\",\"policies\":[{policies}],\"severity\":\"{severity}\",\"outcome\":\"{outcome}\",\"object\":")
}

/// A place in a file, to which its line is added.
fn place(location: &Location) -> String {
    let file = quoted(&location.file);
    format!(",\"location\":{{\"file\":{file},\"document\":{}", location.document)
}

/// Why a comment or a configuration file suppresses it; the command line's own.
fn suppressed(out: &mut String, said: &Suppressed) {
    out.push_str(",\"suppressed\":{\"reason\":");
    quote(out, &said.reason);
    out.push_str(",\"until\":");
    optional(out, said.until.as_deref());
    out.push('}');
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
