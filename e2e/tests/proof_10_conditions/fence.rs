//! The fence: with the watch of one kind held back, a new generation of a policy gets no verdict until the
//! watch has delivered what the API server had when the generation came.

use std::time::Duration;

use seaworthy_e2e::proxy::{Action, Fault, On, Rule};
use seaworthy_e2e::{
    Cluster, FaultProxy, Marker, ReplicaOptions, Requests, condition, eventually, hold, is_judged,
    workloads::{flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);
/// Much longer than a verdict takes; shorter than a watch is quiet before it is stale.
const MEANWHILE: Duration = Duration::from_secs(4);

struct Site {
    cluster: Cluster,
    proxy: FaultProxy,
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_10_a_watch_that_lags_gives_no_stale_green_and_no_stale_red() {
    let cluster = Cluster::start().await.unwrap();
    let proxy = FaultProxy::start(cluster.plane()).await.unwrap();
    let options = ReplicaOptions { proxy: Some(&proxy), ..ReplicaOptions::default() };
    let mut replica = cluster.operator_with("operator", options).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let site = Site { cluster, proxy };
    site.the_workload_first().await;
    site.the_policy_first().await;
    site.a_workload_that_comes_and_one_that_goes().await;
    site.a_policy_that_is_new().await;

    let marker = site.mark().await;
    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
    let options = ReplicaOptions { proxy: Some(&site.proxy), ..ReplicaOptions::default() };
    replica = site.cluster.operator_with("restarted", options).await.unwrap();
    site.a_restart_does_not_fence_again(&replica, &marker).await;
    drop(replica);
    site.cluster.finish().await.unwrap();
}

impl Site {
    async fn deploy(&self, name: &str, pod: &Value) {
        self.cluster.apply(&[workload("Deployment", ("shop", name), pod)]).await.unwrap();
    }

    async fn revision(&self, revision: &str) {
        let mut spec = memory_limits_only();
        spec["revision"] = revision.into();
        self.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
    }

    async fn policy(&self, name: &str) -> Value {
        self.cluster.policy("shop", name).await.unwrap().unwrap()
    }

    /// The newest generation of a policy says this.
    async fn is(&self, name: &str, ready: &str) {
        eventually(SOON, &format!("{name}: {ready}"), async || {
            let policy = self.policy(name).await;
            let holds = is_judged(&policy) && condition(&policy, "Ready") == ready;
            if holds { Ok(()) } else { Err(policy["status"].to_string()) }
        })
        .await;
    }

    /// The newest generation comes to be fenced, and has no verdict for as long as the fault lasts.
    async fn is_fenced(&self, name: &str, held: &Fault) {
        self.is(name, "Unknown Fencing").await;
        hold(MEANWHILE, "nothing is said before the watch has delivered", async || {
            let policy = self.policy(name).await;
            let said =
                ["Compliant", "Ready", "Reconciling", "Stalled"].map(|type_| condition(&policy, type_));
            let wanted = ["Unknown Fencing", "Unknown Fencing", "True Fencing", "-"];
            let holds = is_judged(&policy) && said == wanted;
            if holds { Ok(()) } else { Err(policy["status"].to_string()) }
        })
        .await;
        assert!(held.count() >= 1, "the watch was held back");
    }

    fn hold_back(&self, resource: &str) -> Fault {
        self.proxy.inject(Rule::new(On::watch(resource), Action::Hold))
    }

    /// Waits until a held watch has something to deliver.
    async fn holds_something(&self, held: &Fault) {
        eventually(SOON, "the proxy holds an event", async || (held.count() >= 1).then_some(())).await;
    }

    async fn mark(&self) -> Marker {
        self.cluster.plane().audit().unwrap().mark().await.unwrap()
    }

    async fn since(&self, marker: &Marker) -> Requests {
        self.cluster.plane().audit().unwrap().since(marker).await.unwrap().of_operator()
    }

    /// Nothing is written of the policy while the fault lasts: what is known is all that was said.
    async fn says_nothing_new(&self, ready: &str) {
        let before = self.policy("gate").await["status"].clone();
        assert_eq!(condition(&json!({ "status": before }), "Ready"), ready);
        hold(MEANWHILE, "the policy stands", async || {
            let now = self.policy("gate").await["status"].clone();
            if now == before { Ok(()) } else { Err(now.to_string()) }
        })
        .await;
    }

    async fn the_workload_first(&self) {
        let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
        self.deploy("web", &good).await;
        self.revision("1").await;
        self.is("gate", "True AllPassed").await;

        // No stale green.
        let held = self.hold_back("deployments");
        self.deploy("web", &flawed).await;
        let marker = self.mark().await;
        self.revision("2").await;
        self.is_fenced("gate", &held).await;
        let lists = fence_lists(&self.since(&marker).await);
        assert!(lists >= 1, "the fence asked the API server");
        drop(held);
        self.is("gate", "False WorkloadFailed").await;
        assert_eq!(condition(&self.policy("gate").await, "Stalled"), "True WorkloadFailed");

        // No stale red: it is what a pipeline gives up on.
        let held = self.hold_back("deployments");
        self.deploy("web", &good).await;
        self.revision("3").await;
        self.is_fenced("gate", &held).await;
        drop(held);
        self.is("gate", "True AllPassed").await;
    }

    /// The fence proves that the operator has seen what the API server had when the policy came. What comes
    /// after the policy is not of that generation's making: docs/gitops.md says in which order to apply.
    async fn the_policy_first(&self) {
        let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
        let held = self.hold_back("deployments");
        self.revision("4").await;
        self.is("gate", "True AllPassed").await;
        self.deploy("web", &flawed).await;
        self.holds_something(&held).await;
        self.says_nothing_new("True AllPassed").await;
        drop(held);
        self.is("gate", "False WorkloadFailed").await;

        let held = self.hold_back("deployments");
        self.revision("5").await;
        self.is("gate", "False WorkloadFailed").await;
        self.deploy("web", &good).await;
        self.holds_something(&held).await;
        self.says_nothing_new("False WorkloadFailed").await;
        drop(held);
        self.is("gate", "True AllPassed").await;
    }

    async fn a_workload_that_comes_and_one_that_goes(&self) {
        let held = self.hold_back("deployments");
        self.deploy("second", &flawed_pod().unwrap()).await;
        self.revision("6").await;
        self.is_fenced("gate", &held).await;
        drop(held);
        self.is("gate", "False WorkloadFailed").await;
        let held = self.hold_back("deployments");
        self.cluster.kubectl(&["delete", "deployment", "second", "-n", "shop"]).await.unwrap();
        self.revision("7").await;
        self.is_fenced("gate", &held).await;
        drop(held);
        self.is("gate", "True AllPassed").await;
        // Of another kind, while Deployments are up to date.
        let held = self.hold_back("statefulsets");
        let set = workload("StatefulSet", ("shop", "store"), &flawed_pod().unwrap());
        self.cluster.apply(&[set]).await.unwrap();
        self.revision("8").await;
        self.is_fenced("gate", &held).await;
        drop(held);
        self.is("gate", "False WorkloadFailed").await;
        self.cluster.kubectl(&["delete", "statefulset", "store", "-n", "shop"]).await.unwrap();
        self.is("gate", "True AllPassed").await;
    }

    /// The first generation of a policy is fenced as well: neither `NoWorkloads` nor the others' verdict.
    async fn a_policy_that_is_new(&self) {
        let held = self.hold_back("deployments");
        self.deploy("late", &flawed_pod().unwrap()).await;
        let mut spec = memory_limits_only();
        spec["targets"] = json!({"selector": {"matchLabels": {"app": "late"}}});
        self.cluster.apply(&[policy("shop", "late", &spec)]).await.unwrap();
        self.is_fenced("late", &held).await;
        drop(held);
        self.is("late", "False ChecksFailed").await;
        // Of a generation that was judged, the other policy's verdict just moves on.
        self.is("gate", "False WorkloadFailed").await;
    }

    async fn a_restart_does_not_fence_again(&self, replica: &seaworthy_e2e::Replica, marker: &Marker) {
        eventually(SOON, "the new operator leads", async || {
            let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
            metrics.lines().any(|metric| metric == "seaworthy_leader 1").then_some(())
        })
        .await;
        hold(MEANWHILE, "neither a list for a fence nor a write", async || {
            let requests = self.since(marker).await;
            let writes = requests.writes().beside_lease();
            let lists = fence_lists(&requests);
            if lists == 0 && writes.is_empty() {
                Ok(())
            } else {
                Err(format!("{lists} lists, {:?}", &*writes))
            }
        })
        .await;
        // It does for the next generation.
        self.revision("9").await;
        self.is("gate", "False WorkloadFailed").await;
        assert!(fence_lists(&self.since(marker).await) >= 1);
    }
}

/// How many lists were made for a fence: of one namespace alone; watches see them all.
fn fence_lists(requests: &Requests) -> usize {
    requests
        .filter(|request| {
            request.verb == "list" && request.resource == "deployments" && request.namespace == "shop"
        })
        .len()
}
