//! Every check that reads other objects, asked of one object that is given alone: what is not given is Unknown, and
//! where the input is all there is, it is not there.
//!
//! The cases are those of the check's own fixture file, without the objects beside. What comes of them stands in
//! `tests/fixtures/complete.txt`, a line for each check: a new one fails here until it has its own. Next:
//! [`super::fixtures`].

use std::collections::BTreeSet;
use std::path::Path;

use seaworthy::catalogue::{Check, Outcome};
use seaworthy::checks;
use seaworthy::engine::judge::Judged;
use seaworthy::inventory::lookup::Cause;
use serde_json::{Value, json};

use super::fixtures::Case;

/// Checks that say the same in both, and why.
const SAME: [(&str, &str); 7] = [
    ("namespace-psa-labels", "labels of a Namespace that is not given are not known, whatever else is"),
    ("legacy-sa-token-secret", "it reads the object that it is about, and no other"),
    ("anti-affinity-satisfiable", "a Node is no manifest: where none is given, none is known"),
    ("scheduling-constraints", "a Node is no manifest: where none is given, none is known"),
    ("known-exploit-config", "a Node is no manifest: where none is given, none is known"),
    ("rollback-ready", "revisions are no manifests: where none is given, none is known"),
    ("external-name-localhost", "it reads the object that it is about, and no other"),
];

const TABLE: &str = "tests/fixtures/complete.txt";

/// What a check says of each case whose object is given alone.
fn alone(check: &'static Check, coverage: &str) -> Vec<(String, Judged)> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/checks/{}.json", check.name));
    let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut judged = Vec::new();
    for case in fixture["cases"].as_array().unwrap() {
        let mut case = case.clone();
        case["with"] = json!([]);
        case["coverage"] = json!(coverage);
        let case: Case = serde_json::from_value(case).unwrap();
        let runs = case.runs(check).iter().map(|run| run.judged().0).collect::<Vec<_>>();
        let all = runs.into_iter().chain(case.judged_object(check).map(|(judged, _)| judged));
        judged.extend(all.map(|judged| (case.name.clone(), judged)));
    }
    judged
}

/// How the outcomes of a check differ between the two; what it must not say in between is wrong.
fn line(check: &'static Check, wrong: &mut Vec<String>) -> String {
    let mut turns = BTreeSet::new();
    for ((case, partial), (_, complete)) in alone(check, "Partial").iter().zip(&alone(check, "Complete")) {
        if partial.outcome == complete.outcome {
            continue;
        }
        let not_given = |found: &seaworthy::engine::judge::Found| found.cause == Some(Cause::NotGiven);
        if partial.outcome != Outcome::Unknown || !partial.findings.iter().any(not_given) {
            wrong.push(format!("{}, `{case}`: {partial:?} where {complete:?}", check.name));
        }
        let unseen = complete.findings.iter().find(|found| not_given(found));
        wrong.extend(unseen.map(|found| format!("{}, `{case}`: {found:?} of all there is", check.name)));
        turns.insert(complete.outcome.to_string());
    }
    let turns = Vec::from_iter(turns).join(", ");
    let why = SAME.iter().find(|(name, _)| *name == check.name).map(|(_, why)| *why);
    if why.is_some() != turns.is_empty() {
        wrong.push(format!("{}: `{turns}`, excused by {why:?}", check.name));
    }
    format!("{}: {}\n", check.name, why.map_or(turns, |why| format!("the same: {why}")))
}

#[test]
fn what_is_not_given_is_unknown_and_missing_where_the_input_is_all_there_is() {
    let mut wrong = Vec::new();
    let reading = checks::ALL.iter().filter(|check| !check.reads.is_empty());
    let table: String = reading.map(|check| line(check, &mut wrong)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for (said, is) in written.lines().zip(table.lines()) {
        assert_eq!(said, is, "{TABLE}; `BLESS=1` writes what is so");
    }
    assert_eq!(written, table, "{TABLE}; `BLESS=1` writes what is so");
}
