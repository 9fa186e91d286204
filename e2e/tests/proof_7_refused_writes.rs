//! Reports that the cluster itself refuses: by a quota, by a `ValidatingAdmissionPolicy`, in a namespace that ends. The
//! operator says so, goes on with everything else, counts what it cannot show, and heals without help.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Replica, condition, eventually,
    workloads::{flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

/// Longer than the longest wait between two tries, which is half a minute.
const SOON: Duration = Duration::from_mins(1);

struct Site {
    cluster: Cluster,
    replica: Replica,
}

impl Site {
    /// The operator, and a namespace in which reports are refused beside one in which they are not.
    async fn start() -> Self {
        let mut cluster = Cluster::start().await.unwrap();
        cluster.excuse_refusals_in("shop");
        for namespace in ["shop", "blog"] {
            cluster.namespace(namespace).await.unwrap();
        }
        let replica = cluster.operator("operator").await.unwrap();
        Self { cluster, replica }
    }

    async fn deploy(&self, namespace: &str, name: &str, pod: &Value) {
        self.cluster.apply(&[workload("Deployment", (namespace, name), pod)]).await.unwrap();
    }

    async fn gate(&self, namespace: &str) {
        self.cluster.apply(&[policy(namespace, "gate", &memory_limits_only())]).await.unwrap();
    }

    /// The report of the newest generation of a Deployment says this.
    async fn reported(&self, (namespace, name): (&str, &str), ready: &str) {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
        eventually(SOON, &format!("the report of {namespace}/{name}: {ready}"), async || {
            let deployment = self.cluster.get(&path).await.unwrap().unwrap();
            let report = self.cluster.report(namespace, &format!("deployment-{name}")).await.unwrap();
            let report = report.ok_or("none")?;
            let is_new = report["status"]["workloadGeneration"] == deployment["metadata"]["generation"];
            if is_new && condition(&report, "Ready") == ready { Ok(()) } else { Err(report.to_string()) }
        })
        .await;
    }

    /// The policy of a namespace counts these workloads.
    async fn counted(&self, namespace: &str, ready: u64, not_ready: u64) {
        eventually(SOON, &format!("{namespace}: {ready} ready, {not_ready} not"), async || {
            let policy = self.cluster.policy(namespace, "gate").await.unwrap().unwrap();
            let counts = &policy["status"]["workloads"];
            let holds = counts["ready"] == ready && counts["notReady"] == not_ready;
            if holds { Ok(()) } else { Err(policy["status"].to_string()) }
        })
        .await;
    }

    /// A report of the namespace `shop` was refused for this, and the operator says so: to Prometheus, and with the object
    /// and the server's words in its log.
    async fn refused(&self, outcome: &str, words: &str) {
        let metric = format!(r#"seaworthy_writes_total{{object="report",outcome="{outcome}"}}"#);
        eventually(SOON, &metric, async || {
            let (_, text) = self.replica.operator.get("/metrics").await.unwrap();
            let count = text.lines().find_map(|line| line.strip_prefix(&metric)?.trim().parse::<f64>().ok());
            if count.is_some_and(|count| count >= 1.0) { Ok(()) } else { Err(format!("{count:?}")) }
        })
        .await;
        let log = self.replica.operator.log().unwrap();
        let says = |line: &str| {
            line.contains("write refused") && line.contains(words) && line.contains(r#""namespace":"shop""#)
        };
        assert!(log.lines().any(says), "{words}: {log}");
    }

    /// Another namespace does not wait for this one, and the replica is as well as ever.
    async fn others_go_on(&self) {
        self.gate("blog").await;
        self.deploy("blog", "good", &good_pod().unwrap()).await;
        self.deploy("blog", "bad", &flawed_pod().unwrap()).await;
        self.reported(("blog", "good"), "True AllPassed").await;
        self.reported(("blog", "bad"), "False ChecksFailed").await;
        self.counted("blog", 1, 1).await;
        for path in ["/livez", "/readyz"] {
            assert_eq!(self.replica.operator.get(path).await.unwrap().0, 200, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_quota_allows_no_more_reports() {
    let site = Site::start().await;
    site.cluster.allow_reports("shop", 1).await.unwrap();
    site.gate("shop").await;
    for name in ["one", "two"] {
        site.deploy("shop", name, &good_pod().unwrap()).await;
    }
    site.refused("forbidden", "exceeded quota").await;
    site.counted("shop", 2, 0).await;
    assert_eq!(site.cluster.reports("shop").await.unwrap().len(), 1);
    site.others_go_on().await;
    // What cannot be shown is judged: the counts follow its changes.
    for name in ["one", "two"] {
        site.deploy("shop", name, &flawed_pod().unwrap()).await;
    }
    site.counted("shop", 0, 2).await;
    assert_eq!(site.cluster.reports("shop").await.unwrap().len(), 1);

    site.cluster.kubectl(&["delete", "resourcequota", "reports", "-n", "shop"]).await.unwrap();
    for name in ["one", "two"] {
        site.reported(("shop", name), "False ChecksFailed").await;
    }
    site.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_validating_admission_policy_refuses_reports() {
    let site = Site::start().await;
    site.gate("shop").await;
    site.deploy("shop", "old", &good_pod().unwrap()).await;
    site.reported(("shop", "old"), "True AllPassed").await;
    site.cluster.apply(&cost_centres()).await.unwrap();
    let probe = json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessReport",
        "metadata": {"name": "probe", "namespace": "shop"}, "spec": {"subject":
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none", "uid": "none"}}});
    eventually(SOON, "the admission policy is in force", async || {
        let arguments = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
        let kubectl = site.cluster.plane().kubectl();
        let said = kubectl.run_with_input(&arguments, &probe.to_string()).await.unwrap();
        if said.stderr.contains("cost-centre") {
            Ok(())
        } else {
            Err(format!("{}{}", said.stdout, said.stderr))
        }
    })
    .await;

    site.deploy("shop", "new", &good_pod().unwrap()).await;
    site.deploy("shop", "old", &flawed_pod().unwrap()).await;
    site.refused("invalid", "ValidatingAdmissionPolicy").await;
    site.counted("shop", 1, 1).await;
    // The old report says of which generation it is; the new one is not there.
    let report = site.cluster.report("shop", "deployment-old").await.unwrap().unwrap();
    assert_eq!(
        (condition(&report, "Ready").as_str(), &report["status"]["workloadGeneration"]),
        ("True AllPassed", &json!(1))
    );
    assert_eq!(site.cluster.report("shop", "deployment-new").await.unwrap(), None);
    site.others_go_on().await;

    let binding = ["delete", "validatingadmissionpolicybinding", "cost-centres"];
    site.cluster.kubectl(&binding).await.unwrap();
    site.reported(("shop", "old"), "False ChecksFailed").await;
    site.reported(("shop", "new"), "True AllPassed").await;
    site.cluster.finish().await.unwrap();
}

/// What somebody wants of every object of a namespace, reports included.
fn cost_centres() -> [Value; 2] {
    let group = "admissionregistration.k8s.io/v1";
    let rule = json!({"apiGroups": ["seaworthy.dev"], "apiVersions": ["*"], "resources": ["readinessreports"],
        "operations": ["CREATE", "UPDATE"]});
    let expression = "has(object.metadata.labels) && 'cost-centre' in object.metadata.labels";
    let only = json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}});
    let metadata = json!({"name": "cost-centres"});
    [
        json!({"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": "no cost-centre"}]}}),
        json!({"apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": metadata, "spec": {
            "policyName": "cost-centres", "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": only}}}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_namespace_does_not_come_to_its_end() {
    let site = Site::start().await;
    let everywhere = json!({"profile": "None", "checks": [{"name": "memory-limits"}]});
    let everywhere = seaworthy_e2e::workloads::cluster_policy("all", &everywhere);
    // Somebody holds on to the workload: it is judged until it is gone, and its report can no more be made.
    let mut held = workload("Deployment", ("shop", "held"), &good_pod().unwrap());
    held["metadata"]["finalizers"] = json!(["example.com/held"]);
    site.cluster.apply(&[everywhere, held]).await.unwrap();
    site.reported(("shop", "held"), "True AllPassed").await;
    site.cluster.kubectl(&["delete", "namespace", "shop", "--wait=false"]).await.unwrap();
    site.refused("forbidden", "being terminated").await;
    site.others_go_on().await;

    let release = ["patch", "deployment", "held", "-n", "shop", "--type=merge", "-p"];
    let without = json!({"metadata": {"finalizers": null}}).to_string();
    site.cluster.kubectl(&[&release[..], &[&without]].concat()).await.unwrap();
    site.cluster.kubectl(&["wait", "--for=delete", "namespace/shop", "--timeout=60s"]).await.unwrap();
    // One of that name later is as good as any, and nothing of the first is tried again.
    site.cluster.namespace("shop").await.unwrap();
    site.gate("shop").await;
    site.deploy("shop", "web", &good_pod().unwrap()).await;
    site.reported(("shop", "web"), "True AllPassed").await;
    assert_eq!(site.cluster.report("shop", "deployment-held").await.unwrap(), None);
    site.cluster.finish().await.unwrap();
}
