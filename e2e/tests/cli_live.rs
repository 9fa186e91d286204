//! The commands that ask a live cluster: `wait`, `report`, `explain-selection`.
#![cfg(test)]

use std::{path::Path, time::Duration};

use seaworthy_e2e::{
    Cluster, Ran, condition, eventually,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);

/// Edits in the tight loop; `SEAWORTHY_EDITS` asks for more.
const EDITS: usize = 100;

async fn seaworthy(kubeconfig: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Ran { code, out, err } = Ran::against(kubeconfig, arguments).await.unwrap();
    (code, out, err)
}

/// Applies a workload as it is, and says which generation that made.
async fn edit(cluster: &Cluster, pod: &Value) -> i64 {
    cluster.apply(&[workload("Deployment", ("shop", "web"), pod)]).await.unwrap();
    let stored = cluster.get("/apis/apps/v1/namespaces/shop/deployments/web").await.unwrap().unwrap();
    stored["metadata"]["generation"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_never_takes_an_earlier_verdict_for_the_answer() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    cluster.apply(&[policy("shop", "gate", &memory_limits_only())]).await.unwrap();
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    let kubeconfig = cluster.plane().admin_kubeconfig().to_owned();
    let edits = std::env::var("SEAWORTHY_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(EDITS);
    for round in 0..edits / 2 {
        let generation = edit(&cluster, &good).await;
        let (code, said, error) =
            seaworthy(&kubeconfig, &["wait", "deploy/web", "-n", "shop", "--timeout=60"]).await;
        assert_eq!(code, 0, "round {round}: {said}{error}");
        assert!(said.contains(&format!("ready: generation {generation}:")), "round {round}: {said}");
        // One look right after the edit: whatever it shows, it is not what was true before.
        edit(&cluster, &flawed).await;
        let (code, said, error) =
            seaworthy(&kubeconfig, &["wait", "deploy/web", "-n", "shop", "--timeout=0"]).await;
        assert_eq!(code, 1, "round {round}: {said}{error}");
    }
    cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_shown_with_its_fix_and_a_selection_with_its_reasons() {
    let cluster = Cluster::start().await.unwrap();
    let _operator = cluster.operator("operator").await.unwrap();
    let kubeconfig = cluster.plane().admin_kubeconfig().to_owned();
    cluster.namespace("shop").await.unwrap();
    let policies = [
        policy("shop", "gate", &memory_limits_only()),
        policy("shop", "jobs", &json!({"targets": {"kinds": ["CronJob"]}})),
        cluster_policy("elsewhere", &json!({"targets": {"excludeNamespaces": ["sh*"]}})),
    ];
    cluster.apply(&policies).await.unwrap();
    cluster.apply(&[workload("Deployment", ("shop", "web"), &flawed_pod().unwrap())]).await.unwrap();
    eventually(SOON, "the report", async || {
        let report = cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
        let said = condition(&report, "Ready");
        if said.starts_with("False") { Ok(()) } else { Err(said) }
    })
    .await;

    let (code, said, error) = seaworthy(&kubeconfig, &["report", "-n", "shop"]).await;
    assert_eq!(code, 1, "{said}{error}");
    for part in ["Deployment shop/web: not ready", "memory-limits  container", "fix: "] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said, _) = seaworthy(&kubeconfig, &["report", "deploy/web", "-n", "shop", "-o", "json"]).await;
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &json["reports"][0]["status"]["findings"][0]["check"]), (1, &json!("memory-limits")));
    let (code, _, error) = seaworthy(&kubeconfig, &["report", "deploy/absent", "-n", "shop"]).await;
    assert_eq!(code, 3, "{error}");

    let (code, said, error) =
        seaworthy(&kubeconfig, &["explain-selection", "deploy/web", "-n", "shop"]).await;
    assert_eq!(code, 0, "{said}{error}");
    for line in [
        "no  ClusterReadinessPolicy/elsewhere: spec.targets.excludeNamespaces leaves shop out by sh*",
        "yes ReadinessPolicy/gate: selects it",
        "no  ReadinessPolicy/jobs: spec.targets.kinds does not name this kind",
        "Deployment shop/web: 1 policy is about it",
    ] {
        assert!(said.lines().any(|own| own == line), "{line}: {said}");
    }
    cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_answered_says_why_and_exits_with_2() {
    let cluster = Cluster::bare(seaworthy_e2e::Options::default()).await.unwrap();
    let kubeconfig = cluster.plane().admin_kubeconfig().to_owned();
    let (code, _, error) = seaworthy(&kubeconfig, &["wait", "deploy/web", "--timeout=1"]).await;
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("is not installed in this cluster"), "{error}");

    cluster.install().await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let (code, said, _) = seaworthy(&kubeconfig, &["wait", "deploy/web", "-n", "shop", "--timeout=1"]).await;
    assert_eq!((code, said.as_str()), (1, "Deployment shop/web: does not exist\n"));
    let (code, _, error) = seaworthy(&kubeconfig, &["wait", "widget/web", "--timeout=1"]).await;
    assert_eq!(code, 2, "{error}");
    let (code, _, error) = seaworthy(&kubeconfig, &["wait", "deploy/web", "--context=absent"]).await;
    assert_eq!(code, 2, "{error}");

    // A user without rights: the account of another workload.
    let nobody = cluster.plane().kubeconfig_for_service_account("shop", "default").await.unwrap();
    let (code, _, error) = seaworthy(&nobody, &["report", "-n", "shop"]).await;
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("ask for the right to read it"), "{error}");
    let unreachable = nobody.with_file_name("unreachable.kubeconfig");
    let text = std::fs::read_to_string(&nobody).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into();
    std::fs::write(&unreachable, config.to_string()).unwrap();
    let (code, _, error) = seaworthy(&unreachable, &["report", "-n", "shop"]).await;
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("cannot be reached"), "{error}");
}
