//! A control plane on which Pods become Ready, one Helm, and the chart's release.
//!
//! It must not judge; tests do. Next: `life.rs`.

use std::process::Command;
use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Helm, Kubelet, OPERATOR_NAMESPACE, Options, chart_path, condition, eventually, seaworthy_binary,
    workloads::{good_pod, memory_limits_only, policy, workload},
};
use serde_json::Value;

pub(crate) const SOON: Duration = Duration::from_mins(1);
/// Name of the release; the objects of `deploy/` have the same names.
pub(crate) const RELEASE: &str = "seaworthy";

pub(crate) struct Rig {
    // First: it must be gone before the control plane.
    _kubelet: Kubelet,
    pub(crate) helm: Helm,
    pub(crate) cluster: Cluster,
}

impl Rig {
    /// What `seaworthy doctor` says of the cluster.
    pub(crate) fn doctor(&self) -> String {
        let output = Command::new(seaworthy_binary().unwrap())
            .arg("doctor")
            .env("KUBECONFIG", self.cluster.plane().admin_kubeconfig())
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    pub(crate) async fn start(major: u8) -> Self {
        let cluster = Cluster::bare(Options { scheduler: true, ..Options::default() }).await.unwrap();
        let kubelet = Kubelet::start(cluster.plane(), "node-1").await.unwrap();
        let helm = Helm::on(major, cluster.plane()).unwrap();
        Self { _kubelet: kubelet, helm, cluster }
    }

    /// `helm upgrade --install --wait` of this chart, as a pipeline runs it.
    pub(crate) async fn upgrade(&self, release: &str, chart: &str, more: &[&str]) {
        let fixed = ["upgrade", "--install", release, chart, "--namespace", OPERATOR_NAMESPACE];
        let wait = ["--create-namespace", "--wait", "--timeout", "2m"];
        self.helm.run(&[fixed.as_slice(), &wait, more].concat()).await.unwrap();
    }

    /// The chart of the operator.
    pub(crate) async fn upgrade_operator(&self, more: &[&str]) {
        self.upgrade(RELEASE, &chart_path("seaworthy"), more).await;
    }

    /// What must hold whenever Helm has waited: every replica is Ready.
    pub(crate) async fn replicas_are_ready(&self, replicas: u64) {
        let deployment = self.deployment().await.unwrap();
        let status = &deployment["status"];
        assert_eq!(deployment["spec"]["replicas"], replicas);
        assert_eq!(status["observedGeneration"], deployment["metadata"]["generation"], "{status}");
        assert_eq!(
            (&status["readyReplicas"], &status["updatedReplicas"]),
            (&replicas.into(), &replicas.into()),
            "{status}"
        );
    }

    pub(crate) async fn deployment(&self) -> Option<Value> {
        let path = format!("/apis/apps/v1/namespaces/{OPERATOR_NAMESPACE}/deployments/seaworthy");
        self.cluster.get(&path).await.unwrap()
    }

    /// A namespace with a workload in good order, and a policy.
    pub(crate) async fn shop(&self) {
        self.cluster.namespace("shop").await.unwrap();
        let objects = [
            workload("Deployment", ("shop", "web"), &good_pod().unwrap()),
            policy("shop", "gate", &memory_limits_only()),
        ];
        self.cluster.apply(&objects).await.unwrap();
    }

    /// Waits until the policy of [`Self::shop`] is Ready.
    pub(crate) async fn shop_is_ready(&self) {
        eventually(SOON, "the verdict", async || {
            let policy = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
            let ready = condition(&policy, "Ready");
            if ready == "True AllPassed" { Ok(()) } else { Err(ready) }
        })
        .await;
    }
}
