//! A workload and a policy in a cluster, changed without a detour: what is measured is the operator.
//!
//! It must not judge; tests do.

use std::time::Duration;

use kube::Client;
use seaworthy_e2e::{
    Cluster, Replica,
    bench::load::send,
    workloads::{flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

pub(crate) const SOON: Duration = Duration::from_mins(1);

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/seaworthy-system/leases/seaworthy";
const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const GATE: &str = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/gate";

pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    client: Client,
    pods: [Value; 2],
}

impl Site {
    pub(crate) async fn start() -> Self {
        let cluster = Cluster::start().await.unwrap();
        cluster.namespace("shop").await.unwrap();
        let pods = [flawed_pod().unwrap(), good_pod().unwrap()];
        let web = workload("Deployment", ("shop", "web"), &pods[1]);
        cluster.apply(&[policy("shop", "gate", &memory_limits_only()), web]).await.unwrap();
        Self { client: cluster.plane().client().unwrap(), cluster, pods }
    }

    /// The policy warns at admission from now on.
    pub(crate) async fn warns(&self) {
        self.patch((GATE, "application/merge-patch+json"), &json!({"spec": {"enforcement": "Warn"}})).await;
    }

    /// Mends or breaks the workload; returns its new generation.
    pub(crate) async fn change(&self, good: bool) -> i64 {
        let pod = &self.pods[usize::from(good)];
        let spec = &workload("Deployment", ("shop", "web"), pod)["spec"];
        // A strategic merge would keep the limit that is to go.
        let patch = json!([{"op": "replace", "path": "/spec/template", "value": spec["template"]}]);
        let stored = self.patch((WEB, "application/json-patch+json"), &patch).await;
        stored["metadata"]["generation"].as_i64().unwrap()
    }

    /// Gives the policy a new revision.
    pub(crate) async fn release(&self, revision: usize) {
        let patch = json!({"spec": {"revision": revision.to_string()}});
        self.patch((GATE, "application/merge-patch+json"), &patch).await;
    }

    async fn patch(&self, at: (&str, &str), patch: &Value) -> Value {
        send(&self.client, http::Method::PATCH, at, patch).await.unwrap()
    }

    /// Who holds the Lease; empty when nobody does.
    pub(crate) async fn holder(&self) -> String {
        let lease = self.cluster.get(LEASE).await.unwrap().unwrap_or_default();
        lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
    }
}

/// Whether this replica leads.
pub(crate) async fn leads(replica: &Replica) -> bool {
    let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
    metrics.lines().any(|metric| metric == "seaworthy_leader 1")
}
