//! `docs/gitops.md`: what pipelines run, and what Flux and Argo CD are configured with. What each of those makes of every
//! state is `proof_2_kstatus`.

use std::{collections::BTreeSet, fs};

use seaworthy_e2e::workloads::{good_pod, isolated, workload};
use seaworthy_e2e::{GitOps, condition, eventually};
use serde_json::{Value, json};

use super::{Reader, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_run_as_written() {
    let mut reader = Reader::of("docs/gitops.md", 3).await;
    reader.cluster.install().await.unwrap();
    let _replica = reader.cluster.operator("operator").await.unwrap();
    reader.cluster.namespace("shop").await.unwrap();
    reader.cluster.namespace("argocd").await.unwrap();

    let policy = reader.document.yaml("Conditions").unwrap().remove(0);
    let least = policy["spec"]["targets"]["minWorkloads"].as_u64().unwrap();
    let files = reader.folder("manifests");
    for (number, object) in release(least).into_iter().enumerate() {
        fs::write(files.join(format!("{number:02}.yaml")), object.to_string()).unwrap();
    }
    fs::write(files.join("90-policies.yaml"), policy.to_string()).unwrap();
    reader.follow("kubectl").await;
    // The document waits for the verdict on a generation; this makes it that one.
    reader.generation_is(7).await;
    let said = reader.follow("Conditions").await;
    assert!(said.contains("ready"), "{said}");

    reader.cluster.kubectl(&["delete", "-f", &files.display().to_string()]).await.unwrap();
    let chart = reader.folder("chart");
    fs::create_dir_all(chart.join("templates")).unwrap();
    let about = json!({"apiVersion": "v2", "name": "shop", "version": "1.0.0"});
    fs::write(chart.join("Chart.yaml"), about.to_string()).unwrap();
    for (number, object) in release(least).into_iter().chain([policy]).enumerate() {
        fs::write(chart.join(format!("templates/{number:02}.yaml")), object.to_string()).unwrap();
    }
    let said = reader.follow("Helm").await;
    assert!(said.contains("ready"), "{said}");

    reader.cluster.apply(&[argocd_cm()]).await.unwrap();
    reader.follow("Argo CD").await;
    assert_eq!(reader.executed, reader.sections());
    reader.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn flux_and_argo_cd_are_configured_as_written() {
    let reader = Reader::of("docs/gitops.md", 4).await;
    reader.cluster.install_crds().await.unwrap();
    reader.cluster.namespace("shop").await.unwrap();
    let policy = reader.document.yaml("Conditions").unwrap().remove(0);
    let flux = reader.document.yaml("Flux").unwrap();
    let named = flux.iter().find_map(|block| block.pointer("/spec/healthChecks/0")).unwrap();
    for (own, pointer) in [
        ("apiVersion", "/apiVersion"),
        ("kind", "/kind"),
        ("name", "/metadata/name"),
        ("namespace", "/metadata/namespace"),
    ] {
        assert_eq!(Some(&named[own]), policy.pointer(pointer), "Flux waits for the policy of the document");
    }

    let mut later = Value::Null;
    let mut exclusions = Value::Null;
    for block in reader.document.yaml("Argo CD").unwrap() {
        if block.is_array() { exclusions = block } else { later = block }
    }
    reader.cluster.apply(&[later.clone()]).await.unwrap();
    let wave = &later["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"];
    assert!(wave.as_str().unwrap().parse::<i32>().unwrap() > 0, "{later:#}");
    let mut gitops = GitOps::start().unwrap();
    for (kind, is_excluded) in
        [("ReadinessReport", true), ("ReadinessPolicy", false), ("ClusterReadinessPolicy", false)]
    {
        assert_eq!(gitops.is_excluded(&exclusions, ("seaworthy.dev", kind)).unwrap(), is_excluded, "{kind}");
    }
    assert!(!gitops.is_excluded(&exclusions, ("apps", "Deployment")).unwrap());
    assert_eq!(reader.executed, BTreeSet::new());
}

/// So many workloads that the policy of the document is content with.
fn release(number: u64) -> Vec<Value> {
    let pod = good_pod().unwrap();
    let names = ["web", "api", "worker"].into_iter().take(usize::try_from(number).unwrap());
    let workloads = names.map(|name| workload("Deployment", ("shop", name), &pod));
    workloads.chain([isolated("shop")]).collect()
}

/// As Argo CD installs it, with a setting that must stay.
fn argocd_cm() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"},
        "data": {"admin.enabled": "true"}})
}

impl Reader {
    /// Edits the first workload until it is of this generation, and waits for the verdict.
    async fn generation_is(&self, wanted: i64) {
        let path = "/apis/apps/v1/namespaces/shop/deployments/web";
        loop {
            let generation = self.cluster.get(path).await.unwrap().unwrap()["metadata"]["generation"].clone();
            let generation = generation.as_i64().unwrap();
            assert!(generation <= wanted, "it is further than the document says: {generation}");
            if generation == wanted {
                break;
            }
            let edit = json!({"spec": {"minReadySeconds": generation}}).to_string();
            let arguments = ["patch", "deployment", "web", "-n", "shop", "--type=merge", "-p", &edit];
            self.cluster.kubectl(&arguments).await.unwrap();
        }
        eventually(SOON, "the verdict on the last edit", async || {
            let report = self.cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
            let judged = report["status"]["workloadGeneration"] == wanted;
            if judged { Ok(()) } else { Err(condition(&report, "Ready")) }
        })
        .await;
    }
}
