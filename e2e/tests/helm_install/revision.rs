//! The contract of `spec.revision`, round after round: with it, Helm 4 takes the verdict on one release never for
//! that on another, whichever way the workload turns and however late the operator's watch is.
//!
//! Ten rounds each here; `make gitops-long` asks for 200.

use seaworthy_e2e::proxy::{Action, On, Rule};
use seaworthy_e2e::workloads::{flawed_pod, good_pod};
use seaworthy_e2e::{FaultProxy, Output, Replica, ReplicaOptions, condition, eventually, is_judged};
use serde_json::Value;
use tempfile::TempDir;

use super::gate::{release, upgrade};
use super::rig::{Rig, SOON};

/// Rounds of each test; `SEAWORTHY_GITOPS_ROUNDS` asks for more.
const ROUNDS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_breaks_the_workload_is_never_green_by_the_release_before() {
    let site = Site::start().await;
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    let mut wrong = Vec::new();
    for round in 0..rounds() {
        let Output { code, stderr, .. } = site.deploy(&good).await;
        assert_eq!(code, 0, "round {round}: {stderr}");
        let Output { code, stdout, .. } = site.deploy_ahead_of_the_watch(&flawed).await;
        wrong.extend((code == 0).then(|| format!("round {round}: {stdout}")));
    }
    site.ends_without(wrong).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_brings_the_fix_is_never_red_by_the_release_before() {
    let site = Site::start().await;
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    let mut wrong = Vec::new();
    for round in 0..rounds() {
        let Output { code, stdout, .. } = site.deploy(&flawed).await;
        assert_ne!(code, 0, "round {round}: {stdout}");
        let Output { code, stderr, .. } = site.deploy_ahead_of_the_watch(&good).await;
        wrong.extend((code != 0).then(|| format!("round {round}: {stderr}")));
    }
    site.ends_without(wrong).await;
}

fn rounds() -> usize {
    std::env::var("SEAWORTHY_GITOPS_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

struct Site {
    rig: Rig,
    proxy: FaultProxy,
    _replica: Replica,
    chart: TempDir,
}

impl Site {
    async fn start() -> Self {
        let rig = Rig::start(4).await;
        rig.upgrade_operator(&[]).await;
        let proxy = FaultProxy::start(rig.cluster.plane()).await.unwrap();
        let options = ReplicaOptions { proxy: Some(&proxy), ..ReplicaOptions::default() };
        let replica = rig.cluster.operator_with("operator", options).await.unwrap();
        Self { rig, proxy, _replica: replica, chart: tempfile::tempdir().unwrap() }
    }

    async fn deploy(&self, pod: &Value) -> Output {
        release(self.chart.path(), pod);
        upgrade(&self.rig, self.chart.path(), &[]).await
    }

    /// The policy's event overtakes the workload's: what the operator has seen of the workload is of the release
    /// before until it has said that it does not know yet.
    async fn deploy_ahead_of_the_watch(&self, pod: &Value) -> Output {
        let held = self.proxy.inject(Rule::new(On::watch("deployments"), Action::Hold));
        let fenced = async {
            eventually(SOON, "the release is fenced", async || {
                let policy = self.rig.cluster.policy("shop", "gate").await.unwrap().unwrap();
                let ready = condition(&policy, "Ready");
                if is_judged(&policy) && ready == "Unknown Fencing" { Ok(()) } else { Err(ready) }
            })
            .await;
            assert!(held.count() >= 1, "the watch was held back");
            drop(held);
        };
        let (output, ()) = tokio::join!(self.deploy(pod), fenced);
        output
    }

    async fn ends_without(self, wrong: Vec<String>) {
        assert!(wrong.is_empty(), "{} of {} answers were false: {wrong:?}", wrong.len(), rounds());
        self.rig.cluster.finish().await.unwrap();
    }
}
