//! Findings by subject, of a run and of a report, in one form.
//!
//! It must not drop a finding: what differs is told.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy::inventory::Kind;
use serde_json::Value;

/// Kind, namespace and name.
pub(crate) type Subject = (String, String, String);

/// Everything that is said in a finding.
pub(crate) type Said = BTreeMap<&'static str, String>;

/// Findings by subject; a subject without any is not there.
pub(crate) type Verdicts = BTreeMap<Subject, BTreeSet<Said>>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The subject that an object is.
pub(crate) fn subject(object: &Value) -> Subject {
    let metadata = &object["metadata"];
    (text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

fn reference(object: &Value) -> Subject {
    (text(&object["kind"]), text(&object["namespace"]), text(&object["name"]))
}

/// Path under which objects like this are made; none for a kind that nobody knows.
pub(crate) fn collection(object: &Value) -> Option<String> {
    let kind = Kind::ALL.iter().find(|kind| object["kind"] == kind.as_str())?;
    let version = object["apiVersion"].as_str()?;
    let root = if version.contains('/') { "apis" } else { "api" };
    let namespace = object["metadata"]["namespace"].as_str();
    let place = namespace.map(|name| format!("/namespaces/{name}")).unwrap_or_default();
    Some(format!("/{root}/{version}{place}/{}", kind.info().plural))
}

/// What a run found of these subjects.
pub(crate) fn of_run(run: &Value, subjects: &BTreeSet<Subject>) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for result in run["results"].as_array().unwrap() {
        let subject = reference(&result["object"]);
        let findings = result["findings"].as_array().unwrap().iter().filter(|_| subjects.contains(&subject));
        for finding in findings {
            let other = finding.get("object").map(reference).filter(|other| *other != subject);
            verdicts.entry(subject.clone()).or_default().insert(said(finding, other));
        }
    }
    verdicts
}

/// What a report says: of whom, what, and how many findings were cut.
pub(crate) fn of_report(report: &Value) -> (Subject, BTreeSet<Said>, u64) {
    let named = &report["spec"]["subject"];
    let kind = text(&named["kind"]);
    let is_of_cluster = Kind::ALL.iter().any(|known| known.as_str() == kind && !known.info().namespaced);
    let namespace = if is_of_cluster { String::new() } else { text(&report["metadata"]["namespace"]) };
    let subject = (kind, namespace, text(&named["name"]));
    let findings = report["status"]["findings"].as_array().into_iter().flatten();
    let said = findings.map(|finding| {
        let other = Some(&finding["object"]).filter(|object| !object.is_null()).map(reference);
        said(finding, other)
    });
    (subject, said.collect(), report["status"]["findingsCut"].as_u64().unwrap_or_default())
}

fn said(finding: &Value, other: Option<Subject>) -> Said {
    let fields = ["check", "severity", "outcome", "container", "field", "message"];
    let mut said: Said = fields.iter().map(|field| (*field, text(&finding[*field]))).collect();
    said.insert("object", other.map(|other| format!("{other:?}")).unwrap_or_default());
    said
}

/// What one side says of a subject and the other does not, but for what only one can say.
pub(crate) fn differences(
    one: &str,
    says: &Verdicts,
    other: &str,
    answers: &Verdicts,
    excused: &[(&str, &str)],
) -> Vec<String> {
    let empty = BTreeSet::new();
    let subjects: BTreeSet<&Subject> = says.keys().chain(answers.keys()).collect();
    let mut found = Vec::new();
    for subject in subjects {
        let [left, right] = [says, answers].map(|side| side.get(subject).unwrap_or(&empty));
        for (side, only) in [(one, left.difference(right)), (other, right.difference(left))] {
            let only = only.filter(|said| !excused.iter().any(|(check, _)| said["check"] == *check));
            found.extend(only.map(|said| format!("{subject:?}: only of the {side}: {said:?}")));
        }
    }
    found
}
