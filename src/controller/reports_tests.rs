use serde_json::json;

use super::*;
use crate::engine::evaluate::Evaluation;
use crate::engine::subject::{Subject, Target};
use crate::inventory::Kind;
use crate::inventory::decode::decode;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn report_key() -> ReportKey {
    ("shop".to_owned(), "deployment-web".to_owned())
}

fn desired(uid: &str) -> (SubjectKey, DesiredReport) {
    let json = json!({"metadata": {"name": "web", "namespace": "shop", "uid": uid, "generation": 1}});
    let object = decode(Kind::Deployment, &json.to_string()).unwrap();
    let subject = Subject::of_workload(Target::of(&object).unwrap());
    let report = (report_key().1, subject.identity());
    let desired = DesiredReport::of((&report.0, &report.1), subject.workload(), &Evaluation::default());
    (subject.key, desired)
}

fn plan(reports: &mut Reports, uid: &str) -> Option<ReportWrite> {
    let (key, desired) = desired(uid);
    reports.plan(&report_key(), (&key, Trigger::Pass), Some((&desired, None)), now())
}

/// What the server has after a write, as its watch shows it.
fn stored(body: &Value, version: u64, generation: i64) -> ObjectMetadata {
    let mut metadata = body["metadata"].clone();
    metadata["uid"] = json!("r1");
    metadata["resourceVersion"] = json!(version.to_string());
    metadata["generation"] = json!(generation);
    serde_json::from_value(metadata).unwrap()
}

fn response(version: u64, generation: i64) -> Response {
    Response { uid: "r1".to_owned(), resource_version: version.to_string(), generation }
}

/// Reports after one write that the server answered with version 5.
fn written() -> (Reports, Value) {
    let mut reports = Reports::default();
    let Some(ReportWrite::Apply(body)) = plan(&mut reports, "u") else { panic!("a write") };
    let body = serde_json::from_str(&body).unwrap();
    assert_eq!(plan(&mut reports, "u"), None, "one write at a time");
    reports.acknowledged(&report_key(), Some(&response(5, 1)));
    (reports, body)
}

#[test]
fn what_is_written_is_not_written_again() {
    let (mut reports, body) = written();
    assert_eq!(plan(&mut reports, "u"), None);
    let (_, _, changed) = reports.observed(stored(&body, 5, 1));
    assert!(!changed, "its own echo is no news");
    assert_eq!(plan(&mut reports, "u"), None);
}

#[test]
fn after_a_restart_the_annotation_says_that_it_is_written() {
    let (_, body) = written();
    let mut restarted = Reports::default();
    restarted.observed(stored(&body, 5, 1));
    assert_eq!(plan(&mut restarted, "u"), None);
}

#[test]
fn a_foreign_edit_is_undone_also_after_a_restart() {
    let (mut reports, body) = written();
    assert!(reports.observed(stored(&body, 6, 2)).2);
    assert!(matches!(plan(&mut reports, "u"), Some(ReportWrite::Apply(_))));
    let mut restarted = Reports::default();
    assert!(restarted.observed(stored(&body, 6, 2)).2);
    assert!(matches!(plan(&mut restarted, "u"), Some(ReportWrite::Apply(_))));
}

#[test]
fn a_recreated_workload_gets_its_uid_in_one_write() {
    let (mut reports, _) = written();
    let Some(ReportWrite::Apply(body)) = plan(&mut reports, "other") else { panic!("a write") };
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["metadata"]["ownerReferences"][0]["uid"], "other");
    assert_eq!(body["metadata"]["uid"], "r1", "the report is the one that is known");
}

#[test]
fn a_report_that_nothing_wants_is_deleted_by_its_uid() {
    let (mut reports, _) = written();
    let (key, _) = desired("u");
    let write = reports.plan(&report_key(), (&key, Trigger::Pass), None, now());
    assert_eq!(write, Some(ReportWrite::Delete("r1".to_owned())));
}

#[test]
fn a_refused_deletion_is_planned_again() {
    let (mut reports, _) = written();
    let (key, _) = desired("u");
    let deletion = Some(ReportWrite::Delete("r1".to_owned()));
    assert_eq!(reports.plan(&report_key(), (&key, Trigger::Pass), None, now()), deletion);
    reports.acknowledged(&report_key(), None);
    assert_eq!(reports.subject(&report_key()), Some(&key));
    assert_eq!(reports.plan(&report_key(), (&key, Trigger::Pass), None, now()), deletion);
    reports.acknowledged(&report_key(), Some(&response(6, 1)));
    assert_eq!(reports.plan(&report_key(), (&key, Trigger::Pass), None, now()), None, "it is gone");
}
