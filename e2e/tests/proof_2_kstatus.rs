//! Proof 2: those who wait call every state of a policy and of a report what docs/gitops.md promises. kstatus, the
//! library that Flux and Helm wait with: `InProgress` keeps waiting, `Failed` gives up, `Current` goes on. Argo CD, by
//! the health script of `deploy/argocd`; and Flux, by the expressions of the document, which ask for Compliant.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, GitOps, Oracle, condition, document, eventually, is_judged,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

/// What a state is called.
#[derive(Clone, Copy)]
struct Called {
    kstatus: &'static str,
    argo_cd: &'static str,
    flux: &'static str,
}

const WAITS: Called = Called { kstatus: "InProgress", argo_cd: "Progressing", flux: "InProgress" };
const READY: Called = Called { kstatus: "Current", argo_cd: "Healthy", flux: "Current" };
const FAILED: Called = Called { kstatus: "Failed", argo_cd: "Degraded", flux: "Failed" };
/// Ready, because it was evaluated; not Compliant.
const EVALUATED: Called = Called { flux: "InProgress", ..READY };
const SUSPENDED: Called = Called { argo_cd: "Suspended", ..WAITS };
const GOING: Called = Called { kstatus: "Terminating", ..WAITS };

struct Suite {
    cluster: Cluster,
    oracle: Oracle,
    gitops: GitOps,
    /// The ConfigMap of Argo CD.
    argo_cd: Value,
    /// An entry of `spec.healthCheckExprs` of Flux.
    flux: Value,
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_2_kstatus_calls_every_state_what_it_is() {
    let mut oracle = Oracle::start().unwrap();
    let version = oracle.versions().unwrap().remove("github.com/fluxcd/cli-utils").unwrap();
    println!("kstatus of github.com/fluxcd/cli-utils {version}");
    let mut gitops = GitOps::start().unwrap();
    for module in ["github.com/fluxcd/pkg/runtime", "github.com/yuin/gopher-lua"] {
        println!("{module} {}", gitops.versions().unwrap()[module]);
    }
    let cluster = Cluster::start().await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let argo_cd = document::yaml("deploy/argocd/argocd-cm.yaml").unwrap().remove(0);
    let flux = document::Document::read("docs/gitops.md").unwrap().yaml("Flux").unwrap();
    let flux = flux.iter().find_map(|block| block.pointer("/spec/healthCheckExprs/0")).unwrap().clone();
    let mut suite = Suite { cluster, oracle, gitops, argo_cd, flux };

    // Before any operator: nobody has judged, so nobody may go on.
    suite.apply(memory_limits_only()).await;
    let fresh = suite.cluster.policy("shop", "gate").await.unwrap().unwrap();
    suite.is_called(WAITS, &fresh);
    suite.cluster.apply(&[cluster_policy("all", &memory_limits_only())]).await.unwrap();
    let fresh = suite.cluster.cluster_policy("all").await.unwrap().unwrap();
    suite.is_called(WAITS, &fresh);

    let operator = suite.cluster.operator("operator").await.unwrap();
    suite.policy_is("False NoWorkloads", WAITS).await;
    suite.cluster_policy_is("True NothingSelected", READY).await;
    suite.of_a_workload().await;
    suite.of_a_spec().await;
    suite.of_a_release().await;
    drop(operator);
    suite.of_what_is_stale_or_goes().await;
    suite.cluster.finish().await.unwrap();
}

fn with(fields: &Value) -> Value {
    let mut spec = memory_limits_only();
    spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    spec
}

impl Suite {
    async fn apply(&self, spec: Value) {
        // Another manager than before would leave fields behind.
        self.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
    }

    async fn deploy(&self, pod: &Value) {
        self.cluster.apply(&[workload("Deployment", ("shop", "web"), pod)]).await.unwrap();
    }

    fn is_called(&mut self, called: Called, object: &Value) {
        let kstatus = self.oracle.kstatus(object).unwrap();
        assert_eq!(kstatus.status, called.kstatus, "{} of {object:#}", kstatus.message);
        let kind = object["kind"].as_str().unwrap();
        // Nobody is asked to wait for a report with these.
        if kind == "ReadinessReport" {
            return;
        }
        let script = format!("resource.customizations.health.seaworthy.dev_{kind}");
        let script = self.argo_cd["data"][script].as_str().unwrap();
        let health = self.gitops.argo_cd(script, object).unwrap();
        assert_eq!(health.status, called.argo_cd, "{} of {object:#}", health.message);
        assert_ne!(health.message, "", "{object:#}");
        let health = self.gitops.flux(&self.flux, object).unwrap();
        assert_eq!(health.status, called.flux, "{} of {object:#}", health.message);
    }

    async fn policy_is(&mut self, ready: &str, called: Called) -> Value {
        let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/gate";
        self.is(path, ready, called).await
    }

    async fn cluster_policy_is(&mut self, ready: &str, called: Called) -> Value {
        self.is("/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/all", ready, called).await
    }

    async fn report_is(&mut self, ready: &str, called: Called) -> Value {
        let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinessreports/deployment-web";
        self.is(path, ready, called).await
    }

    /// The object's Ready comes to be this, and the object is then called that.
    async fn is(&mut self, path: &str, ready: &str, called: Called) -> Value {
        let object = eventually(SOON, &format!("{path}: {ready}"), async || {
            let object = self.cluster.get(path).await.unwrap().ok_or("not there")?;
            let judged = object["kind"] == "ReadinessReport" || is_judged(&object);
            let holds = judged && condition(&object, "Ready") == ready;
            if holds { Ok(object) } else { Err(object["status"].to_string()) }
        })
        .await;
        self.is_called(called, &object);
        object
    }

    async fn of_a_workload(&mut self) {
        self.deploy(&good_pod().unwrap()).await;
        self.policy_is("True AllPassed", READY).await;
        self.cluster_policy_is("True AllPassed", READY).await;
        self.report_is("True AllPassed", READY).await;
        self.deploy(&flawed_pod().unwrap()).await;
        // Someone may still mend it: waiting can help.
        let policy = self.policy_is("False ChecksFailed", WAITS).await;
        assert_eq!(condition(&policy, "Stalled"), "-");
        self.cluster_policy_is("False ChecksFailed", WAITS).await;
        self.report_is("False ChecksFailed", WAITS).await;
        self.deploy(&good_pod().unwrap()).await;
        self.policy_is("True AllPassed", READY).await;
        self.report_is("True AllPassed", READY).await;
    }

    async fn of_a_spec(&mut self) {
        self.apply(with(&json!({"suspend": true}))).await;
        self.policy_is("Unknown Suspended", SUSPENDED).await;
        self.apply(with(&json!({"suspend": true, "readyWhen": "Evaluated"}))).await;
        self.policy_is("True Evaluated", EVALUATED).await;
        self.apply(with(&json!({"profileVersion": 99}))).await;
        let policy = self.policy_is("False PolicyInvalid", FAILED).await;
        assert_eq!(condition(&policy, "Stalled"), "True PolicyInvalid");
        // Its verdict is not known any more, and the cluster policy's True does not cover that.
        self.report_is("Unknown PolicyInvalid", WAITS).await;
        self.apply(with(&json!({"profileVersion": 99, "suspend": true}))).await;
        self.policy_is("False PolicyInvalid", FAILED).await;
        self.apply(memory_limits_only()).await;
        self.policy_is("True AllPassed", READY).await;
        self.report_is("True AllPassed", READY).await;
        self.apply(with(&json!({"targets": {"selector": {"matchLabels": {"app": "other"}}}}))).await;
        let policy = self.policy_is("False NoWorkloads", WAITS).await;
        assert_eq!(condition(&policy, "Reconciling"), "True NoWorkloads");
        self.apply(with(
            &json!({"targets": {"selector": {"matchLabels": {"app": "other"}}, "minWorkloads": 0}}),
        ))
        .await;
        self.policy_is("True NothingSelected", READY).await;
    }

    async fn of_a_release(&mut self) {
        self.deploy(&flawed_pod().unwrap()).await;
        self.apply(with(&json!({"revision": "1"}))).await;
        let policy = self.policy_is("False WorkloadFailed", FAILED).await;
        assert_eq!(condition(&policy, "Stalled"), "True WorkloadFailed");
        assert_eq!(condition(&policy, "Reconciling"), "-");
        // A report never ends a wait: other policies' pipelines read it as well.
        self.report_is("False ChecksFailed", WAITS).await;
        // With Evaluated, an admin's own pipeline goes on although the workload fails.
        self.apply(with(&json!({"revision": "1", "readyWhen": "Evaluated"}))).await;
        let policy = self.policy_is("True Evaluated", EVALUATED).await;
        assert_eq!(condition(&policy, "Compliant"), "False ChecksFailed");
        self.deploy(&good_pod().unwrap()).await;
        self.apply(with(&json!({"revision": "2"}))).await;
        self.policy_is("True AllPassed", READY).await;
    }

    // Without an operator, which would only be quicker than these looks.
    async fn of_what_is_stale_or_goes(&mut self) {
        self.apply(with(&json!({"revision": "3"}))).await;
        let stale = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
        assert_eq!(condition(&stale, "Ready"), "True AllPassed");
        self.is_called(WAITS, &stale);
        let finalizer = r#"{"metadata": {"finalizers": ["example.org/held"]}}"#;
        for object in ["rpol/gate", "readiness/deployment-web"] {
            self.cluster
                .kubectl(&["patch", object, "-n", "shop", "--type=merge", "-p", finalizer])
                .await
                .unwrap();
            self.cluster.kubectl(&["delete", object, "-n", "shop", "--wait=false"]).await.unwrap();
        }
        let going = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
        self.is_called(GOING, &going);
        let going = self.cluster.report("shop", "deployment-web").await.unwrap().unwrap();
        self.is_called(GOING, &going);
    }
}
