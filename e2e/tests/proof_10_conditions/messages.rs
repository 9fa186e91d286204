//! What a policy's conditions say in words is what the report of a workload says.

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, condition_message, eventually,
    workloads::{flawed_pod, policy, workload},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn proof_10_what_lies_below_fail_on_is_counted_as_failing_nowhere() {
    let cluster = Cluster::start().await.unwrap();
    let _replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[workload("Deployment", ("shop", "web"), &flawed_pod().unwrap())]).await.unwrap();
    // The workload fails both: one is High, the other Low.
    let checks = json!([{"name": "memory-limits"}, {"name": "required-labels"}]);
    let both = "2 checks failed: memory-limits, required-labels";
    for (fail_on, said, warnings) in [("Medium", "1 check failed: memory-limits", 1), ("Low", both, 0)] {
        let spec = json!({"profile": "None", "failOn": fail_on, "checks": checks});
        cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
        eventually(Duration::from_mins(1), said, async || {
            let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
            let report = cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
            let of_policy = ["Compliant", "Ready"].map(|type_| condition_message(&policy, type_));
            let wanted = format!("1 of 1 workload not ready; {said}");
            let warned = report["status"]["summary"]["warn"].as_u64().unwrap_or_default();
            let holds =
                of_policy == [wanted.as_str(), &wanted] && condition_message(&report, "Ready") == said;
            if holds && warned == warnings { Ok(()) } else { Err(format!("{policy} {report}")) }
        })
        .await;
        // Both are in the status, each with its severity: whoever raises the bar finds them there.
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let listed = json!([
            {"check": "memory-limits", "severity": "High", "workloads": 1, "findings": 1},
            {"check": "required-labels", "severity": "Low", "workloads": 1, "findings": 4},
        ]);
        assert_eq!(policy["status"]["failingChecks"], listed);
    }
    cluster.finish().await.unwrap();
}
