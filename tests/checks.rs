//! What every registered check must satisfy: its name, its manual with examples that are true, its cases
//! over all workload kinds and container classes, and a baseline that it passes.
//!
//! It names no check: a new one is covered by being registered, and fails here without its fixture file.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use seaworthy::catalogue::{Check, NEWEST_PROFILE_VERSION, Outcome, Profile, Rule};
use seaworthy::checks;
use seaworthy::engine::judge::Judged;
use seaworthy::inventory::Kind;
use seaworthy::inventory::container::ContainerClass;
use seaworthy::inventory::lookup::Coverage;
use serde_json::{Value, json};

use support::baseline::{Baseline, workload};
use support::fixtures::{self, class_name, looked_at};
use support::{judging, manual, orphans};

mod support {
    pub(crate) mod baseline;
    mod complete;
    pub(crate) mod fixtures;
    pub(crate) mod judging;
    pub(crate) mod manual;
    pub(crate) mod orphans;
    pub(crate) mod yaml;
}

const HEADINGS: &[&str] =
    &["What it checks", "Why it matters", "Failing example", "Passing example", "How to fix", "References"];

/// A finding's message has room for this much beside the names it is shown with.
const LONGEST_MESSAGE: usize = 200;

#[test]
fn names_are_unique_kebab_case_and_those_of_the_files() {
    let mut seen = BTreeSet::new();
    for check in checks::ALL {
        let name = check.name;
        assert!(seen.insert(name), "two checks are called {name}");
        let words = name.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(words, "{name} is not in kebab-case");
        let file = format!("src/checks/{}/{}.rs", check.family, name.replace('-', "_"));
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).is_file(), "{name} is not in {file}");
    }
}

/// Points on which other tools disagree, with each other or with the API server: the catalogue has so many.
const DISAGREEMENTS: u32 = 48;

#[test]
fn every_disagreement_of_other_tools_has_a_test_with_its_number() {
    let mut missing: BTreeSet<u32> = (1..=DISAGREEMENTS).collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for rest in text.split("fn disagreement_").skip(1) {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                missing.remove(&digits.parse().unwrap());
            }
        }
    }
    assert!(missing.is_empty(), "no test is called `disagreement_N_...` for {missing:?}");
}

#[test]
fn titles_are_one_line_that_starts_large_and_has_no_full_stop() {
    for Check { name, title, .. } in checks::ALL {
        assert!(title.starts_with(char::is_uppercase) && !title.ends_with('.'), "{name}: {title}");
        assert!(!title.contains('\n') && (10..=72).contains(&title.len()), "{name}: {title}");
    }
}

#[test]
fn manuals_have_every_section_and_speak_of_every_parameter() {
    for check in checks::ALL {
        for heading in HEADINGS {
            let section = check.section(heading).unwrap_or_default();
            assert!(!section.is_empty(), "{}: nothing under `## {heading}`", check.name);
        }
        let keys = seaworthy::catalogue::parameters::keys(&(check.schema)());
        let section = check.section("Parameters");
        assert_eq!(section.is_some(), !keys.is_empty(), "{}: `## Parameters` if it has any", check.name);
        let section = section.unwrap_or_default();
        for key in keys {
            assert!(section.contains(&format!("`{key}`")), "{}: `{key}` is not explained", check.name);
        }
    }
}

#[test]
fn failing_examples_fail_and_passing_ones_do_not() {
    for check in asked_for() {
        let failing = judge_example(check, "Failing example");
        let fails = failing.findings.iter().any(|found| found.outcome == Outcome::Fail);
        assert!(fails, "{}: the failing example does not fail: {failing:?}", check.name);
        assert_eq!(misworded(check, &failing), Vec::<String>::new());
        let passing = judge_example(check, "Passing example");
        assert_eq!(passing.findings, [], "{}: the passing example does not pass", check.name);
        assert_eq!(passing.outcome, Outcome::Pass, "{}: the passing example does not pass", check.name);
    }
}

/// The checks whose examples and cases are run: all, unless the environment names one, as `make mutants` does.
fn asked_for() -> Vec<&'static Check> {
    match std::env::var("SEAWORTHY_CHECK") {
        Ok(name) => vec![checks::find(&name).unwrap()],
        Err(_) => checks::ALL.to_vec(),
    }
}

fn judge_example(check: &Check, heading: &str) -> Judged {
    manual::judge(check, &manual::example(check, heading))
}

#[test]
fn fixtures_hold_on_every_kind_and_class() {
    let mut problems = Vec::new();
    for check in asked_for() {
        match fixtures::load(check) {
            Err(error) => problems.push(error),
            Ok(fixture) => {
                for (judged, wrong) in fixture.cases.iter().filter_map(|case| case.judged_object(check)) {
                    problems.extend(wrong.into_iter().chain(misworded(check, &judged)));
                }
                for run in fixture.cases.iter().flat_map(|case| case.runs(check)) {
                    let (judged, mut wrong) = run.judged();
                    wrong.extend(misworded(check, &judged));
                    problems.extend(wrong);
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn fixtures_leave_no_kind_and_no_class_out() {
    let gaps: Vec<String> = checks::ALL.iter().flat_map(|check| gaps(check)).collect();
    assert!(gaps.is_empty(), "neither a Fail, nor NotApplicable, nor notLookedAt:\n{}", gaps.join("\n"));
}

fn gaps(check: &'static Check) -> Vec<String> {
    let fixture = match fixtures::load(check) {
        Ok(fixture) => fixture,
        Err(error) => return vec![error],
    };
    let mut covered = BTreeSet::new();
    for case in &fixture.cases {
        if matches!(case.outcome, Outcome::Fail | Outcome::NotApplicable) {
            covered.extend(case.runs(check).iter().map(fixtures::Run::place));
        }
    }
    let mut gaps = misnamed(check, &fixture);
    gaps.extend(unjudged_kinds(check, &fixture));
    if is_of_objects(check) {
        return gaps;
    }
    let excused = |name: &str| fixture.not_looked_at.get(name).is_some_and(|reason| !reason.is_empty());
    let by_container = is_by_container(check);
    for class in ContainerClass::ALL.iter().copied() {
        let looked = looked_at(check).contains(&class);
        let name = class_name(class);
        if by_container && looked && excused(&name) {
            gaps.push(format!("{} does look at {name}; the excuse is wrong", check.name));
        }
        if excused(&name) || (!by_container && !looked) {
            continue;
        }
        let missing = Kind::WORKLOADS.iter().filter(|kind| !excused(kind.as_str()));
        let missing: Vec<_> = missing.filter(|kind| !covered.contains(&(**kind, class))).collect();
        if !missing.is_empty() {
            gaps.push(format!("{}: {name} in {missing:?}", check.name));
        }
    }
    gaps
}

/// Kinds of objects that the check judges by themselves and of which no case fails.
fn unjudged_kinds(check: &'static Check, fixture: &fixtures::Fixture) -> Vec<String> {
    let failing = fixture.cases.iter().filter(|case| case.outcome == Outcome::Fail);
    let failing: BTreeSet<Kind> =
        failing.filter_map(|case| case.object.as_ref()).map(judging::kind_of).collect();
    // No file gives what is metadata only; of those whose manifests alone are judged one stands for all.
    let one_for_all = |kind: Kind| if kind.has_judged_manifests() { Kind::MANIFEST } else { kind };
    let failing: BTreeSet<Kind> = failing.into_iter().map(one_for_all).collect();
    let compiled = judging::compile(check, &json!({}));
    let judged: BTreeSet<Kind> =
        compiled.orphan_kinds().filter(|kind| !kind.is_metadata_only()).map(one_for_all).collect();
    judged.difference(&failing).map(|kind| format!("{}: no {kind} fails", check.name)).collect()
}

fn is_of_objects(check: &Check) -> bool {
    matches!(judging::compile(check, &json!({})).rule, Rule::Object(_) | Rule::Orphan(_))
}

/// Excuses for what is neither a container class nor a workload kind.
fn misnamed(check: &Check, fixture: &fixtures::Fixture) -> Vec<String> {
    let is_known = |name: &String| {
        ContainerClass::ALL.iter().any(|class| class_name(*class) == *name)
            || Kind::WORKLOADS.iter().any(|kind| kind.as_str() == name)
    };
    let unknown = fixture.not_looked_at.keys().filter(|name| !is_known(name));
    unknown.map(|name| format!("{}: notLookedAt has `{name}`", check.name)).collect()
}

fn is_by_container(check: &Check) -> bool {
    matches!(judging::compile(check, &json!({})).rule, Rule::Container(..))
}

#[test]
fn every_fixture_file_belongs_to_a_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checks");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let check = name.strip_suffix(".json").and_then(checks::find);
        assert!(check.is_some(), "tests/fixtures/checks/{name} is no check's");
    }
}

#[test]
fn the_baseline_passes_every_check_of_every_profile() {
    // What lies beside it: what checks ask for that look at more than the workload.
    let neighbours: Vec<Value> =
        serde_json::from_str(include_str!("fixtures/baseline-neighbours.json")).unwrap();
    let inventory = judging::inventory(&neighbours, Coverage::Complete);
    let asked: Vec<_> = asked_for().into_iter().flat_map(uses).collect();
    let mut problems = Vec::new();
    for (kind, class) in
        Kind::WORKLOADS.iter().flat_map(|kind| ContainerClass::ALL.iter().map(move |class| (kind, class)))
    {
        let mut baseline = Baseline::new(*kind, *class);
        move_ports(&mut baseline);
        let web = workload(baseline.object());
        let mut inventory = inventory.clone();
        if *kind == Kind::Pod {
            // Of a single Pod a budget can let none go.
            let mut second = baseline.object().clone();
            second["metadata"]["name"] = json!("web-2");
            inventory.apply(seaworthy::inventory::Object::Workload(Box::new(workload(&second))));
        }
        let mut around = judging::inventory(&neighbours, Coverage::Complete);
        around.apply(seaworthy::inventory::Object::Workload(Box::new(web.clone())));
        for (check, parameters) in &asked {
            let judged = judging::judged(check, parameters, &web, &inventory);
            if !judged.findings.is_empty() {
                problems.push(format!("{} {parameters} {kind} {class:?}: {:?}", check.name, judged.findings));
            }
            for object in around.objects() {
                let judged = orphans::judged_object(check, parameters, object, &around);
                let findings = judged.map(|judged| judged.findings).unwrap_or_default();
                if !findings.is_empty() {
                    problems.push(format!("{} {}: {findings:?}", check.name, object.key()));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The sidecar is a copy of the app; beside it, it cannot listen on the same port.
fn move_ports(baseline: &mut Baseline) {
    if baseline.class == ContainerClass::Sidecar {
        let probe = json!({"httpGet": {"port": "side"}});
        let ports = json!([{"name": "side", "containerPort": 8081}]);
        baseline.patch_container(
            &json!({"ports": ports, "readinessProbe": probe, "livenessProbe": probe, "startupProbe": probe}),
        );
    }
}

/// A check with its defaults, and with the parameters of each profile that has it.
fn uses(check: &'static Check) -> Vec<(&'static Check, Value)> {
    let memberships =
        Profile::ALL.iter().filter_map(|profile| check.membership(*profile, NEWEST_PROFILE_VERSION));
    let parameters = memberships.filter_map(|membership| membership.parameters);
    let distinct: BTreeSet<&str> = std::iter::once("{}").chain(parameters).collect();
    distinct.into_iter().map(|text| (check, serde_json::from_str(text).unwrap())).collect()
}

/// What is wrong with the words of findings. They start small, but for the name of a kind.
fn misworded(check: &Check, judged: &Judged) -> Vec<String> {
    let is_kind = |word: &str| Kind::ALL.iter().any(|kind| kind.as_str() == word);
    let wrong = |message: &str| {
        let first = message.split(' ').next().unwrap_or_default();
        message.is_empty()
            || message.len() > LONGEST_MESSAGE
            || (first.starts_with(char::is_uppercase) && !is_kind(first))
            || message.ends_with('.')
            || message.contains(char::is_control)
    };
    let messages = judged.findings.iter().map(|found| found.message.as_str());
    messages
        .filter(|message| wrong(message))
        .map(|message| format!("{}: wording: {message}", check.name))
        .collect()
}
