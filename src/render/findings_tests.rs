use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::{Outcome, Severity};
use crate::engine::judge::Found;
use crate::inventory::{Kind, SubjectKey};

fn location(file: &str, line: Option<usize>) -> Location {
    let position = line.map(|line| Position { line, column: 3 });
    Location {
        file: file.into(),
        document: 1,
        position,
        rendered: line.is_none().then(|| "chart \"a\"".into()),
    }
}

fn found(field: &str) -> RunFinding {
    let found = Found {
        outcome: Outcome::Fail,
        cause: None,
        grade: None,
        object: None,
        container: None,
        field: field.to_owned(),
        message: "say \"no\"".to_owned(),
        related: None,
    };
    let merged = MergedFinding {
        check: "memory-limits",
        severity: Severity::High,
        outcome: Outcome::Fail,
        blocks: true,
        policies: Arc::default(),
        found,
        waiver_problem: None,
    };
    let location = location("a.yaml", Some(7));
    RunFinding {
        merged,
        location,
        missing: None,
        related: Vec::new(),
        baselined: false,
        suppressed: None,
        waiver: None,
    }
}

fn workload(findings: Vec<RunFinding>) -> RunWorkload {
    RunWorkload {
        is_orphan: false,
        is_deleting: false,
        key: SubjectKey::of_reference("", ("apps/v1", "Deployment", "web")),
        api_version: "apps/v1".to_owned(),
        location: location("a.yaml", Some(1)),
        verdict: Verdict::NotReady,
        summary: Summary::default(),
        findings,
    }
}

fn written(workload: &RunWorkload) -> Vec<String> {
    let advice = [("memory-limits", "\"Set one.\"".to_owned())].into();
    let mut writer = Writer::alone(workload, &advice);
    let findings = workload.findings.iter().map(|found| {
        let mut out = String::new();
        writer.write(&mut out, found);
        format!("{{{out}}}")
    });
    findings.collect()
}

/// One with everything that a finding can have, between others.
fn all() -> RunWorkload {
    let mut full = found("spec.x");
    full.merged.found.container = Some("app".to_owned());
    full.merged.found.object =
        Some(ObjectKey { kind: Kind::Service, namespace: "shop".into(), name: "web".into() });
    full.location = location("b.yaml", None);
    full.missing = Some(Missing { path: "limits".to_owned(), insert: Some(Position { line: 2, column: 5 }) });
    full.related = vec![Related { location: location("c.yaml", Some(9)), message: "here too" }];
    full.baselined = true;
    let (by, reason) = (Suppressed::COMMENT.into(), "for now".to_owned());
    full.suppressed = Some(Box::new(Suppressed { by, reason, until: Some("2030-01-01".to_owned()) }));
    workload(vec![found(""), full, found("spec.y")])
}

#[test]
fn a_finding_is_laid_out_as_serde_json_does() {
    let expected = json!({
        "check": "memory-limits",
        "policies": [],
        "severity": "High",
        "outcome": "Fail",
        "object": {"apiVersion": "v1", "kind": "Service", "namespace": "shop", "name": "web"},
        "workload": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": null, "name": "web"},
        "container": "app",
        "field": "spec.x",
        "message": "say \"no\"",
        "remediation": "Set one.",
        "location": {
            "file": "b.yaml",
            "document": 1,
            "rendered": "chart \"a\"",
            "missing": "limits",
            "insert": {"line": 2, "column": 5},
        },
        "related": [{
            "location": {"file": "c.yaml", "document": 1, "line": 9, "column": 3},
            "message": "here too",
        }],
        "workloadLocation": {"file": "a.yaml", "document": 1, "line": 1, "column": 3},
        "fingerprint": "FINGERPRINT",
        "baselined": true,
        "suppressed": {"reason": "for now", "until": "2030-01-01"},
    });
    let workload = all();
    let fingerprint = Fingerprints::new(&workload).of(&workload.findings[1]).to_string();
    let found: Value =
        serde_json::from_str(&written(&workload)[1].replace(&fingerprint, "FINGERPRINT")).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn the_fields_of_a_finding_come_in_order() {
    let text = &written(&all())[1];
    let place = |field: &str| text.find(&format!("\"{field}\":")).unwrap();
    let fields = [
        "check",
        "policies",
        "severity",
        "outcome",
        "object",
        "workload",
        "container",
        "field",
        "message",
        "remediation",
        "location",
        "related",
        "workloadLocation",
        "fingerprint",
        "baselined",
        "suppressed",
    ];
    assert!(fields.is_sorted_by_key(|field| place(field)));
    assert!(!text.contains('\n'));
}

#[test]
fn what_is_written_once_is_each_findings_own() {
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let findings: Vec<Value> = written(&all()).into_iter().map(read).collect();
    let files: Vec<_> = findings.iter().map(|finding| &finding["location"]["file"]).collect();
    assert_eq!(files, ["a.yaml", "b.yaml", "a.yaml"]);
    let kinds: Vec<_> = findings.iter().map(|finding| &finding["object"]["kind"]).collect();
    assert_eq!(kinds, ["Deployment", "Service", "Deployment"]);
}

#[test]
fn below_its_workload_a_finding_says_what_differs() {
    let workload = all();
    let mut writer = Writer::within(&workload);
    let mut write = |index: usize| {
        let mut out = "{".to_owned();
        writer.write(&mut out, &workload.findings[index]);
        serde_json::from_str::<Value>(&(out + "}")).unwrap()
    };
    let (own, other) = (write(2), write(1));
    let keys: Vec<&String> = own.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["check", "field", "fingerprint", "location", "message", "outcome", "severity"]);
    assert_eq!(own["location"], json!({"line": 7, "column": 3}));
    assert_eq!((&other["object"]["kind"], &other["location"]["file"]), (&json!("Service"), &json!("b.yaml")));
    let around = ["workload", "workloadLocation", "remediation"];
    assert_eq!(around.map(|key| other.get(key)), [None; 3]);
    let mut head = "{".to_owned();
    writer.head(&mut head);
    let head: Value = serde_json::from_str(&(head + "}")).unwrap();
    assert_eq!((&head["object"]["name"], &head["location"]["line"]), (&json!("web"), &json!(1)));
}

proptest! {
    #[test]
    fn text_is_escaped_as_serde_json_does(text in "[\\x00-\\x7f\"\\\\é\u{2028}]{0,20}") {
        prop_assert_eq!(quoted(&text), serde_json::to_string(&text).unwrap());
    }
}
