//! The alerts of the chart, by promtool: what fires when, with which words.

use std::{collections::BTreeSet, fs};

use seaworthy_e2e::{Output, document, promtool};
use serde_json::{Value, json};

const TESTS: &str = "e2e/tests/monitoring/alerts.yaml";

#[tokio::test]
async fn each_alert_fires_when_it_should_and_not_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let groups = super::groups().await;
    let tests = document::yaml(TESTS).unwrap().remove(0);
    fs::write(folder.path().join("rules.yaml"), json!({"groups": groups}).to_string()).unwrap();
    fs::write(folder.path().join("tests.yaml"), tests.to_string()).unwrap();
    for arguments in [["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]] {
        let Output { code, stdout, stderr } = promtool(folder.path(), &arguments).unwrap();
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    }
    let alerts = groups[0]["rules"].as_array().unwrap().iter().map(|rule| rule["alert"].as_str().unwrap());
    assert_eq!(alerts.map(str::to_owned).collect::<BTreeSet<_>>(), fired(&tests));
}

/// The alerts that some test sees fire.
fn fired(tests: &Value) -> BTreeSet<String> {
    let mut fired = BTreeSet::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for test in list(&tests["tests"]) {
        for one in list(&test["alert_rule_test"]) {
            if !list(&one["exp_alerts"]).is_empty() {
                fired.insert(one["alertname"].as_str().unwrap().to_owned());
            }
        }
        for one in list(&test["promql_expr_test"]) {
            for sample in list(&one["exp_samples"]) {
                let labels = sample["labels"].as_str().unwrap();
                let (_, rest) = labels.split_once("alertname=\"").unwrap();
                fired.insert(rest.split_once('"').unwrap().0.to_owned());
            }
        }
    }
    fired
}
