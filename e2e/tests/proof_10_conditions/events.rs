//! Events: on whatever caused a verdict to turn, once, and never for a restart.

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Replica, condition, eventually, hold, is_judged,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);
const MEANWHILE: Duration = Duration::from_secs(4);

/// Namespace of the Event, reason, type, `Kind/name` that it is about, and that it names.
type Told = (String, String, String, String, String);

struct Site {
    cluster: Cluster,
    /// Every Event so far, in the order of their causes.
    told: Vec<Told>,
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_10_an_event_is_on_what_caused_it_and_a_restart_is_silent() {
    let cluster = Cluster::start().await.unwrap();
    let mut replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut site = Site { cluster, told: Vec::new() };
    site.caused_by_a_workload().await;
    site.caused_by_a_policy().await;
    site.caused_by_a_namespace().await;
    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
    replica = site.cluster.operator("restarted").await.unwrap();
    site.a_restart(&replica).await;
    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
    site.changed_meanwhile().await;
    drop(replica);
    site.cluster.finish().await.unwrap();
}

impl Site {
    async fn deploy(&self, name: &str, pod: &Value) {
        self.cluster.apply(&[workload("Deployment", ("shop", name), pod)]).await.unwrap();
    }

    async fn spec(&self, spec: &Value) {
        self.cluster.apply(&[policy("shop", "gate", spec)]).await.unwrap();
    }

    async fn policy_is(&self, ready: &str) {
        eventually(SOON, &format!("the policy: {ready}"), async || {
            let policy = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
            let holds = is_judged(&policy) && condition(&policy, "Ready") == ready;
            if holds { Ok(()) } else { Err(policy["status"].to_string()) }
        })
        .await;
    }

    async fn report_is(&self, name: &str, ready: &str) {
        eventually(SOON, &format!("{name}: {ready}"), async || {
            let report = self.cluster.report("shop", &format!("deployment-{name}")).await.unwrap();
            let said = condition(&report.unwrap_or_default(), "Ready");
            if said == ready { Ok(()) } else { Err(said) }
        })
        .await;
    }

    async fn events(&self) -> Vec<Told> {
        let list = self.cluster.get("/apis/events.k8s.io/v1/events").await.unwrap().unwrap();
        let own = |event: &&Value| event["reportingController"] == "seaworthy.dev/controller";
        let mut told: Vec<(String, Told)> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(own)
            .map(|event| (time(event), of(event)))
            .collect();
        told.sort();
        told.into_iter().map(|(_, told)| told).collect()
    }

    /// One Event more than before, this one; and it stays the only one.
    async fn tells(&mut self, told: [&str; 5]) {
        let [namespace, reason, type_, regarding, related] = told.map(str::to_owned);
        self.told.push((namespace, reason, type_, regarding, related));
        eventually(SOON, &format!("{told:?}"), async || self.are_told().await).await;
    }

    async fn are_told(&self) -> Result<(), String> {
        let events = self.events().await;
        if events == self.told { Ok(()) } else { Err(format!("{events:?}, not {:?}", self.told)) }
    }

    async fn tells_nothing_more(&self) {
        hold(MEANWHILE, "no other Event", async || self.are_told().await).await;
    }

    async fn caused_by_a_workload(&mut self) {
        let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
        self.spec(&memory_limits_only()).await;
        self.policy_is("False NoWorkloads").await;
        // A first verdict in good order is no news.
        self.deploy("web", &good).await;
        self.report_is("web", "True AllPassed").await;
        self.policy_is("True AllPassed").await;
        self.tells_nothing_more().await;
        self.deploy("web", &flawed).await;
        self.tells(["shop", "ReadinessLost", "Warning", "Deployment/web", "ReadinessPolicy/gate"]).await;
        self.policy_is("False ChecksFailed").await;
        // Neither a word of the policy, nor the same again for a change that changes nothing.
        self.cluster.kubectl(&["annotate", "deployment", "web", "-n", "shop", "touched=yes"]).await.unwrap();
        self.tells_nothing_more().await;
        self.deploy("web", &good).await;
        self.tells(["shop", "ReadinessGained", "Normal", "Deployment/web", "ReadinessPolicy/gate"]).await;
        self.policy_is("True AllPassed").await;
        // The first verdict of one that came after the policy: news if it is not ready.
        self.deploy("new", &flawed).await;
        self.tells(["shop", "ReadinessLost", "Warning", "Deployment/new", "ReadinessPolicy/gate"]).await;
        self.policy_is("False ChecksFailed").await;
        self.deploy("new", &good).await;
        self.tells(["shop", "ReadinessGained", "Normal", "Deployment/new", "ReadinessPolicy/gate"]).await;
        self.policy_is("True AllPassed").await;
        self.tells_nothing_more().await;
    }

    async fn caused_by_a_policy(&mut self) {
        // Both workloads turn, and say nothing of it.
        let mut stricter = memory_limits_only();
        stricter["checks"] = json!([{"name": "memory-limits"}, {"name": "ingress-tls"},
            {"name": "run-as-high-uid-gid", "parameters": {"minUid": 2_000_000_000}}]);
        stricter["failOn"] = "Info".into();
        self.spec(&stricter).await;
        for name in ["web", "new"] {
            self.report_is(name, "False ChecksFailed").await;
        }
        self.tells(["shop", "ComplianceLost", "Warning", "ReadinessPolicy/gate", ""]).await;
        self.tells_nothing_more().await;
        self.spec(&memory_limits_only()).await;
        self.tells(["shop", "ComplianceGained", "Normal", "ReadinessPolicy/gate", ""]).await;
        for name in ["web", "new"] {
            self.report_is(name, "True AllPassed").await;
        }
        let mut invalid = memory_limits_only();
        invalid["profileVersion"] = 99.into();
        self.spec(&invalid).await;
        self.tells(["shop", "PolicyInvalid", "Warning", "ReadinessPolicy/gate", ""]).await;
        self.report_is("web", "Unknown PolicyInvalid").await;
        // As compliant as before: mended, not gained.
        self.spec(&memory_limits_only()).await;
        self.policy_is("True AllPassed").await;
        self.report_is("web", "True AllPassed").await;
        self.tells_nothing_more().await;
    }

    /// Labels of the namespace bring a cluster policy's verdict, which is about no workload's change.
    async fn caused_by_a_namespace(&mut self) {
        let spec = json!({"profile": "None", "failOn": "Info",
            "checks": [{"name": "run-as-high-uid-gid", "parameters": {"minUid": 2_000_000_000}}],
            "targets": {"namespaceSelector": {"matchLabels": {"tier": "front"}}}});
        self.cluster.apply(&[cluster_policy("all", &spec)]).await.unwrap();
        eventually(SOON, "the cluster's policy is judged", async || {
            let policy = self.cluster.cluster_policy("all").await.unwrap().unwrap();
            let said = condition(&policy, "Ready");
            if said == "True NothingSelected" { Ok(()) } else { Err(said) }
        })
        .await;
        self.label("tier=front").await;
        for name in ["web", "new"] {
            self.report_is(name, "False ChecksFailed").await;
        }
        self.tells(["default", "ComplianceLost", "Warning", "ClusterReadinessPolicy/all", ""]).await;
        self.label("tier=back").await;
        for name in ["web", "new"] {
            self.report_is(name, "True AllPassed").await;
        }
        self.tells(["default", "ComplianceGained", "Normal", "ClusterReadinessPolicy/all", ""]).await;
    }

    async fn label(&self, label: &str) {
        self.cluster.kubectl(&["label", "namespace", "shop", "--overwrite", label]).await.unwrap();
    }

    async fn a_restart(&mut self, replica: &Replica) {
        eventually(SOON, "the new operator leads", async || {
            let (_, metrics) = replica.operator.get("/metrics").await.unwrap();
            metrics.lines().any(|metric| metric == "seaworthy_leader 1").then_some(())
        })
        .await;
        self.tells_nothing_more().await;
        // It speaks when something happens.
        self.deploy("web", &flawed_pod().unwrap()).await;
        self.tells(["shop", "ReadinessLost", "Warning", "Deployment/web", "ReadinessPolicy/gate"]).await;
        self.tells_nothing_more().await;
    }
}

impl Site {
    /// Whatever changed while no operator ran is told as if one had.
    async fn changed_meanwhile(&mut self) {
        self.deploy("new", &flawed_pod().unwrap()).await;
        let mut replica = self.cluster.operator("after-a-workload").await.unwrap();
        self.tells(["shop", "ReadinessLost", "Warning", "Deployment/new", "ReadinessPolicy/gate"]).await;
        self.tells_nothing_more().await;
        assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);
        let mut advisory = memory_limits_only();
        advisory["failOn"] = "Never".into();
        self.spec(&advisory).await;
        replica = self.cluster.operator("after-a-policy").await.unwrap();
        self.tells(["shop", "ComplianceGained", "Normal", "ReadinessPolicy/gate", ""]).await;
        for name in ["web", "new"] {
            self.report_is(name, "True AllPassed").await;
        }
        self.tells_nothing_more().await;
        drop(replica);
    }
}

fn time(event: &Value) -> String {
    event["eventTime"].as_str().unwrap().to_owned()
}

fn of(event: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let object = |reference: &Value| match reference {
        Value::Null => String::new(),
        // An Event without the uid is not shown by `kubectl describe`.
        reference => {
            assert!(!text(&reference["uid"]).is_empty(), "{event:#}");
            format!("{}/{}", text(&reference["kind"]), text(&reference["name"]))
        }
    };
    assert!(text(&event["note"]).len() > 10, "{event:#}");
    let namespace = text(&event["metadata"]["namespace"]);
    let (regarding, related) = (object(&event["regarding"]), object(&event["related"]));
    (namespace, text(&event["reason"]), text(&event["type"]), regarding, related)
}
