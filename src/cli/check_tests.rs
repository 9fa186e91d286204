use std::convert::Infallible;

use clap::Parser as _;
use serde_json::{Value, json};

use super::*;
use crate::api::report::{Summary, Verdict};
use crate::inventory::SubjectKey;
use crate::render::format::{Format as _, Stream};
use crate::render::json::Json;
use crate::render::run::{Location, Problem};

fn run(verdicts: &[Verdict], problems: usize) -> Totals {
    let key = SubjectKey::of_reference("", ("v1", "Pod", ""));
    let location = Location { file: "a.yaml".into(), document: 1, position: None, rendered: None };
    let problem = Problem { file: None, document: None, line: None, column: None, message: String::new() };
    let mut totals = Totals { problems: vec![problem; problems], ..Totals::default() };
    for verdict in verdicts {
        totals.add(&RunWorkload {
            key: key.clone(),
            api_version: "v1".to_owned(),
            is_orphan: false,
            is_deleting: false,
            location: location.clone(),
            verdict: *verdict,
            summary: Summary::default(),
            findings: Vec::new(),
        });
    }
    totals
}

#[test]
fn two_beats_one_beats_three() {
    use Verdict::{NotReady, Pending, Ready, Unknown};
    for (verdicts, problems, code, code_with_unknown) in [
        (&[Ready][..], 0, 0, 0),
        (&[Ready, NotReady], 0, 1, 1),
        (&[Ready, Unknown], 0, 0, 1),
        (&[Ready, Pending], 0, 0, 1),
        (&[NotReady], 1, 2, 2),
        (&[], 1, 2, 2),
        (&[], 0, 3, 3),
    ] {
        let run = run(verdicts, problems);
        let exit = |flags: &[&str]| {
            let arguments = Arguments::parse_from([&["check", "a.yaml"], flags].concat()).check;
            exit_code(&run, &arguments)
        };
        assert_eq!(exit(&[]), code, "{verdicts:?} {problems}");
        assert_eq!(exit(&["--fail-on-unknown"]), code_with_unknown, "{verdicts:?} {problems}");
        // Each turns one code into 0, and no other.
        let zero = if code_with_unknown == 1 { 0 } else { code_with_unknown };
        assert_eq!(exit(&["--fail-on-unknown", "--exit-zero"]), zero, "{verdicts:?} {problems}");
        let empty = if code == 3 { 0 } else { code };
        assert_eq!(exit(&["--allow-empty"]), empty, "{verdicts:?} {problems}");
    }
}

#[test]
fn the_verdict_of_a_run_is_ready_only_when_everything_is() {
    use Verdict::{NotReady, Pending, Ready, Unknown};
    assert_eq!(run(&[Ready, Ready], 0).verdict(), Ready);
    assert_eq!(run(&[Ready], 1).verdict(), Unknown);
    assert_eq!(run(&[], 0).verdict(), Unknown);
    assert_eq!(run(&[Ready, Pending], 0).verdict(), NotReady);
    assert_eq!(run(&[Unknown, Pending], 0).verdict(), Unknown);
    assert_eq!(run(&[Unknown, NotReady], 1).verdict(), NotReady);
}

#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    check: CheckArguments,
}

fn judged(file: &str) -> (Vec<RunWorkload>, Value) {
    let file = format!("{}/tests/fixtures/cli/{file}", env!("CARGO_MANIFEST_DIR"));
    let policy = format!("{}/tests/fixtures/cli/policy.yaml", env!("CARGO_MANIFEST_DIR"));
    let arguments = Arguments::parse_from(["check", "--policy", &policy, &file]).check;
    let read = Read::new(&arguments.paths, &arguments.judging, Narrowing::default());
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut workloads = Vec::new();
    let sink = &mut |workload| {
        workloads.push(workload);
        Ok::<_, Infallible>(())
    };
    let totals = judging::judge(&read, now, &RunWorkload::clone, sink).unwrap();
    let (json, mut stream) = (Json::new(false), Stream::default());
    let mut document = json.start().unwrap();
    for workload in &workloads {
        document += &stream.join(&json, json.workload(workload).unwrap()).concat();
    }
    document += &json.end(&totals, &stream).unwrap();
    (workloads, serde_json::from_str(&document).unwrap())
}

#[test]
fn what_a_custom_resource_owns_directly_is_one_workload_and_a_deployment_of_it_stays_its_own() {
    let (workloads, document) = judged("owned.yaml");
    let subjects: Vec<_> = workloads.iter().map(|workload| workload.key.to_string()).collect();
    assert_eq!(subjects, ["Deployment shop/db-proxy", "Cluster shop/db"]);
    assert_eq!(document["summary"]["workloads"]["total"], 2);
    assert_eq!(workloads[1].verdict, Verdict::NotReady);
    let result = &document["results"][1];
    let owner = json!({"apiVersion": "db.example/v1", "kind": "Cluster", "namespace": "shop", "name": "db"});
    assert_eq!(result["object"], owner);
    let found = result["findings"].as_array().unwrap().iter();
    let limits: Vec<&Value> = found.filter(|finding| finding["check"] == "memory-limits").collect();
    let objects: Vec<&Value> = limits.iter().map(|finding| &finding["object"]["name"]).collect();
    assert_eq!(objects, [&json!("db-1")], "db-2 has the same template");
    assert_eq!(limits[0]["location"]["document"], 3, "where the Pod stands");
}
