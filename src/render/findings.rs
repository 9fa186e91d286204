//! The findings of a workload as JSON, each on a line: for [`super::json`] and [`super::jsonl`] the same fields in the
//! same order, but for what stands around them already.
//!
//! A workload has dozens of findings that differ in little. What they share (the object, the policies, the file) is
//! escaped and laid out once and then copied, which is why no serializer walks each of them. It must not know what
//! stands around findings. Next: [`super::json`], [`super::jsonl`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fingerprint::Fingerprints;
use super::quoted::{named, optional, quote, quote_joined, quoted};
use super::run::{Location, Missing, Position, Related, RunFinding, RunWorkload, Suppressed};
use crate::checks;
use crate::engine::merge::MergedFinding;
use crate::engine::policy::PolicyKey;
use crate::engine::report::message_parts;
use crate::inventory::object::ObjectKey;

/// So many other objects of a workload are kept as text: to look for one among more would take longer than to write it.
const OTHERS: usize = 16;

/// How to fix what each check finds, as JSON.
pub(super) type Advice = BTreeMap<&'static str, String>;

/// How to fix what each check finds.
pub(super) fn advice() -> Advice {
    checks::ALL.iter().map(|check| (check.name, quoted(&check.remediation()))).collect()
}

/// What each finding says by itself.
enum Layout<'a> {
    /// Everything: the workload and the advice too.
    Alone(&'a Advice),
    /// What differs from the workload that it is listed under.
    Within,
}

/// Writes the findings of one workload.
pub(super) struct Writer<'a> {
    layout: Layout<'a>,
    fingerprints: Fingerprints<'a>,
    /// The workload as an object.
    workload: String,
    /// Where the workload stands.
    stands: &'a Location,
    /// Who asked for its first finding, and for nearly all others.
    asking: Option<&'a Arc<BTreeSet<PolicyKey>>>,
    /// What was written last: who asked and how it came out, and a place in a file but for its line.
    asked: Option<(&'a MergedFinding, String)>,
    place: Option<(&'a Location, String)>,
    /// The other objects that findings are about, as objects: a few, each of several findings.
    others: Vec<(&'a ObjectKey, String)>,
}

impl<'a> Writer<'a> {
    /// For findings that stand by themselves.
    pub(super) fn alone(workload: &'a RunWorkload, advice: &'a Advice) -> Self {
        Self::new(workload, Layout::Alone(advice))
    }

    /// For findings below their workload.
    pub(super) fn within(workload: &'a RunWorkload) -> Self {
        Self::new(workload, Layout::Within)
    }

    fn new(workload: &'a RunWorkload, layout: Layout<'a>) -> Self {
        let fingerprints = Fingerprints::new(workload);
        let stands = &workload.location;
        let asking = workload.findings.first().map(|found| &found.merged.policies);
        Self {
            layout,
            fingerprints,
            workload: subject(workload),
            stands,
            asking,
            asked: None,
            place: None,
            others: Vec::new(),
        }
    }

    /// Writes the fields of a workload, up to its findings.
    pub(super) fn head(&self, out: &mut String) {
        out.push_str("\"object\":");
        out.push_str(&self.workload);
        out.push_str(",\"location\":");
        whole_location(out, self.stands);
        out.push_str(",\"policies\":[");
        out.push_str(&self.asking.map(|policies| listed(policies)).unwrap_or_default());
        out.push(']');
    }

    /// Writes the fields of a finding behind what there is.
    pub(super) fn write(&mut self, out: &mut String, found: &'a RunFinding) {
        let merged = &found.merged;
        out.push_str("\"check\":\"");
        out.push_str(merged.check);
        out.push_str(self.asked(merged));
        self.about(out, merged);
        named(out, ",\"container\":", merged.found.container.as_deref());
        named(out, ",\"field\":", Some(merged.found.field.as_str()).filter(|field| !field.is_empty()));
        out.push_str(",\"message\":");
        quote_joined(out, &message_parts(merged));
        if let Layout::Alone(advice) = self.layout {
            out.push_str(",\"remediation\":");
            out.push_str(advice.get(merged.check).map_or("null", |advice| advice));
        }
        self.location(out, found);
        related(out, found);
        self.workload_location(out, merged);
        // The same for this finding in every run, wherever it stands.
        out.push_str(",\"fingerprint\":\"");
        self.fingerprints.of(found).write(out);
        out.push('"');
        if found.baselined {
            out.push_str(",\"baselined\":true");
        }
        if let Some(said) = &found.suppressed {
            suppressed(out, said);
        }
    }

    /// The object that it is about, and the workload or owner it counts against, where that is another one.
    fn about(&mut self, out: &mut String, merged: &'a MergedFinding) {
        let is_alone = matches!(self.layout, Layout::Alone(_));
        if let Some(key) = &merged.found.object {
            out.push_str(",\"object\":");
            self.other(out, key);
            if is_alone {
                out.push_str(",\"workload\":");
                out.push_str(&self.workload);
            }
        } else if is_alone {
            out.push_str(",\"object\":");
            out.push_str(&self.workload);
        }
    }

    /// Another object than the workload.
    fn other(&mut self, out: &mut String, key: &'a ObjectKey) {
        if let Some((_, text)) = self.others.iter().find(|(other, _)| *other == key) {
            out.push_str(text);
            return;
        }
        let ObjectKey { kind, namespace, name } = key;
        let text = object((&kind.api_version(), kind.as_str()), (namespace, name));
        out.push_str(&text);
        if self.others.len() < OTHERS {
            self.others.push((key, text));
        }
    }

    /// Where the workload stands that it counts against, of a finding about another object.
    fn workload_location(&self, out: &mut String, merged: &MergedFinding) {
        if matches!(self.layout, Layout::Alone(_)) && merged.found.object.is_some() {
            out.push_str(",\"workloadLocation\":");
            whole_location(out, self.stands);
        }
    }

    /// Who asked and how it came out, which is the same for most findings.
    fn asked(&mut self, merged: &'a MergedFinding) -> &str {
        let same = |(last, _): &(&MergedFinding, String)| {
            (last.severity, last.outcome) == (merged.severity, merged.outcome)
                && Arc::ptr_eq(&last.policies, &merged.policies)
        };
        let known = self.asked.take().filter(same);
        let is_within = matches!(self.layout, Layout::Within);
        let are_told = || is_within && self.asking.is_some_and(|policies| *policies == merged.policies);
        let known = known.unwrap_or_else(|| (merged, asked(merged, are_told())));
        &self.asked.insert(known).1
    }

    /// Where it stands: nearly always in the workload's own document, which need not be named below it.
    fn location(&mut self, out: &mut String, found: &'a RunFinding) {
        let RunFinding { location, missing, .. } = found;
        let is_known = matches!(self.layout, Layout::Within)
            && location.position.is_some()
            && same_document(self.stands, location)
            && self.stands.rendered == location.rendered;
        out.push_str(",\"location\":{");
        if is_known {
            place_in_file(out, "", location.position);
        } else {
            let known = self.place.take().filter(|(last, _)| same_document(last, location));
            out.push_str(&self.place.insert(known.unwrap_or_else(|| (location, place(location)))).1);
            place_in_file(out, ",", location.position);
            rendered(out, location);
        }
        if let Some(Missing { path, insert }) = missing {
            // What lacks below that place, and where a line with it can be put in.
            named(out, ",\"missing\":", Some(path));
            if insert.is_some() {
                out.push_str(",\"insert\":{");
                place_in_file(out, "", *insert);
                out.push('}');
            }
        }
        out.push('}');
    }
}

fn same_document(one: &Location, other: &Location) -> bool {
    one.document == other.document && (Arc::ptr_eq(&one.file, &other.file) || one.file == other.file)
}

/// A file and the number of the document.
fn place(location: &Location) -> String {
    format!("\"file\":{},\"document\":{}", quoted(&location.file), location.document)
}

fn place_in_file(out: &mut String, before: &str, position: Option<Position>) {
    let Some(Position { line, column }) = position else { return };
    let mut digits = itoa::Buffer::new();
    out.push_str(before);
    out.push_str("\"line\":");
    out.push_str(digits.format(line));
    out.push_str(",\"column\":");
    out.push_str(digits.format(column));
}

/// Everything that is known of a place.
fn whole_location(out: &mut String, location: &Location) {
    out.push('{');
    out.push_str(&place(location));
    place_in_file(out, ",", location.position);
    rendered(out, location);
    out.push('}');
}

/// Other places that it is about, if there are any.
fn related(out: &mut String, found: &RunFinding) {
    for (index, Related { location, message }) in found.related.iter().enumerate() {
        out.push_str(if index == 0 { ",\"related\":[{" } else { ",{" });
        out.push_str("\"location\":");
        whole_location(out, location);
        named(out, ",\"message\":", Some(message));
        out.push('}');
    }
    if !found.related.is_empty() {
        out.push(']');
    }
}

/// The chart or kustomization that was rendered, if one was.
fn rendered(out: &mut String, location: &Location) {
    named(out, ",\"rendered\":", location.rendered.as_deref());
}

fn subject(workload: &RunWorkload) -> String {
    let RunWorkload { key, api_version, .. } = workload;
    object((api_version, key.kind.as_str()), (key.own_namespace(), &key.name))
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

/// The end of the check, the policies that asked unless they are told, the severity and the outcome.
fn asked(merged: &MergedFinding, are_told: bool) -> String {
    let policies =
        if are_told { String::new() } else { format!("\"policies\":[{}],", listed(&merged.policies)) };
    let (severity, outcome) = (merged.severity.as_str(), merged.outcome.as_str());
    format!("\",{policies}\"severity\":\"{severity}\",\"outcome\":\"{outcome}\"")
}

fn listed(policies: &BTreeSet<PolicyKey>) -> String {
    policies.iter().map(|policy| quoted(&policy.to_string())).collect::<Vec<_>>().join(",")
}

/// Why a comment or a configuration file suppresses it; the command line's own.
fn suppressed(out: &mut String, said: &Suppressed) {
    out.push_str(",\"suppressed\":{\"reason\":");
    quote(out, &said.reason);
    out.push_str(",\"until\":");
    optional(out, said.until.as_deref());
    out.push('}');
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
