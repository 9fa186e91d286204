//! The remediation of every check, applied to its failing example, makes it pass.
//!
//! A remediation is prose; what it names is what it says to change. So of the differences between the failing and
//! the passing example those are applied that `How to fix` names, and no others: what is left must pass. A
//! remediation that names the wrong field, or an example that needs more than is said, fails here.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;

use seaworthy::catalogue::{Check, Outcome};
use seaworthy::checks;

use support::{manual, remedy};

mod support {
    pub(crate) mod judging;
    pub(crate) mod manual;
    pub(crate) mod orphans;
    pub(crate) mod remedy;
    pub(crate) mod yaml;
}

/// Checks whose remediation speaks of what the finding points to ("the field that the message names"), or in other
/// words than the API's. Of these, that is applied as well which the finding points to.
const POINTING: &[&str] = &["container-ports-valid", "containers-per-pod", "schema-valid"];

/// Checks whose passing example is another object, because the failing one is not to be mended but replaced.
const REPLACED: &[(&str, &str)] = &[
    (
        "no-bare-pods",
        "a Pod becomes another kind of object; the passing example shows a Pod that a controller owns",
    ),
    ("legacy-sa-token-secret", "the Secret goes; the passing example shows one of another type"),
    (
        "unused-config-or-secret",
        "the object goes, or something comes to read it; the passing example shows another one, with its reader",
    ),
    ("job-owner", "another object makes the Job; the passing example shows one that was made so"),
];

/// Whether what a text names makes the failing example pass.
fn heals(check: &Check, text: &str, pointing: bool) -> bool {
    let failing = manual::example(check, "Failing example");
    let passing = manual::example(check, "Passing example");
    let findings = manual::judge(check, &failing).findings;
    let is_pointed_to =
        |step: &remedy::Step| pointing && findings.iter().any(|found| step.is_pointed_to(found, &failing));
    let mut steps = remedy::steps(&failing, &passing);
    steps.retain(|step| step.is_named(text) || is_pointed_to(step));
    let judged = manual::judge(check, &remedy::take(&steps, &failing, &passing));
    judged.outcome == Outcome::Pass && judged.findings.is_empty()
}

#[test]
fn what_the_remediation_names_makes_the_failing_example_pass() {
    let mut wrong = Vec::new();
    for check in checks::ALL.iter().filter(|check| REPLACED.iter().all(|(name, _)| *name != check.name)) {
        let text = &check.section("How to fix").unwrap();
        let pointing = POINTING.contains(&check.name);
        match (heals(check, text, false), pointing) {
            (true, true) => wrong.push(format!("{} need not be in POINTING", check.name)),
            (false, false) => {
                wrong.push(format!("{}: what it names does not make it pass: {text}", check.name));
            }
            (false, true) if !heals(check, text, true) => {
                wrong.push(format!("{}: neither that nor what the finding points to: {text}", check.name));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} remediations:\n{}", wrong.len(), wrong.join("\n"));
}

/// The test above can fail: another check's remediation seldom helps.
#[test]
fn the_remediation_of_another_check_does_not_help() {
    let every: Vec<&Check> = checks::ALL.to_vec();
    let others = every.iter().cycle().skip(every.len() / 2);
    let helped = every
        .iter()
        .zip(others)
        .filter(|(check, other)| heals(check, &other.section("How to fix").unwrap(), false));
    let helped: Vec<&str> = helped.map(|(check, _)| check.name).collect();
    assert!(helped.len() * 12 < every.len(), "{} of {}: {helped:?}", helped.len(), every.len());
}

#[test]
fn exceptions_are_checks() {
    let named: Vec<&str> = POINTING.iter().copied().chain(REPLACED.iter().map(|(name, _)| *name)).collect();
    let distinct: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(distinct.len(), named.len(), "one stands twice");
    for name in distinct {
        assert!(checks::find(name).is_some(), "{name} is no check");
    }
}
