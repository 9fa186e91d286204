//! A defect of a check of our own: it panics. Only builds with debug assertions can be asked to
//! (`tests/injected.rs` proves it of the source).

use serde_json::json;

use super::rig::{Rig, deployment};

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_check_that_panics_costs_its_own_verdict() {
    let rig = Rig::start().await;
    let mut object = deployment("good-panicking", true);
    object["metadata"]["annotations"] = json!({"testing.seaworthy.dev/panic": "run-as-non-root"});
    rig.apply(&object).await;
    let report = rig.judged("good-panicking", "Unknown").await;
    let findings = report["status"]["findings"].as_array().unwrap();
    let checks: Vec<_> = findings.iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["run-as-non-root"], "{report}");
    assert!(rig.operator.log().unwrap().contains("a test asked the check run-as-non-root to panic"));
    object["metadata"]["annotations"] = json!({});
    rig.apply(&object).await;
    rig.judged("good-panicking", "True").await;
    rig.converged().await;
}
