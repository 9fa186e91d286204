//! Proof 2: the library that Flux and Helm wait with calls every state of a policy and of a report what
//! DESIGN.md promises: `InProgress` keeps waiting, `Failed` gives up, `Current` goes on.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Oracle, condition, eventually, is_judged,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

struct Suite {
    cluster: Cluster,
    oracle: Oracle,
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_2_kstatus_calls_every_state_what_it_is() {
    let mut oracle = Oracle::start().unwrap();
    let version = oracle.versions().unwrap().remove("github.com/fluxcd/cli-utils").unwrap();
    println!("kstatus of github.com/fluxcd/cli-utils {version}");
    let cluster = Cluster::start().await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut suite = Suite { cluster, oracle };

    // Before any operator: nobody has judged, so nobody may go on.
    suite.apply(memory_limits_only()).await;
    let fresh = suite.cluster.policy("shop", "gate").await.unwrap().unwrap();
    suite.is_called("InProgress", &fresh);
    suite.cluster.apply(&[cluster_policy("all", &memory_limits_only())]).await.unwrap();
    let fresh = suite.cluster.cluster_policy("all").await.unwrap().unwrap();
    suite.is_called("InProgress", &fresh);

    let operator = suite.cluster.operator("operator").await.unwrap();
    suite.policy_is("False NoWorkloads", "InProgress").await;
    suite.cluster_policy_is("True NothingSelected", "Current").await;
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

    fn is_called(&mut self, status: &str, object: &Value) {
        let kstatus = self.oracle.kstatus(object).unwrap();
        assert_eq!(kstatus.status, status, "{} of {object:#}", kstatus.message);
    }

    async fn policy_is(&mut self, ready: &str, status: &str) -> Value {
        let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/gate";
        self.is(path, ready, status).await
    }

    async fn cluster_policy_is(&mut self, ready: &str, status: &str) -> Value {
        self.is("/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/all", ready, status).await
    }

    async fn report_is(&mut self, ready: &str, status: &str) -> Value {
        let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinessreports/deployment-web";
        self.is(path, ready, status).await
    }

    /// The object's Ready comes to be this, and kstatus then calls the object that.
    async fn is(&mut self, path: &str, ready: &str, status: &str) -> Value {
        let object = eventually(SOON, &format!("{path}: {ready}"), async || {
            let object = self.cluster.get(path).await.unwrap().ok_or("not there")?;
            let judged = object["kind"] == "ReadinessReport" || is_judged(&object);
            let holds = judged && condition(&object, "Ready") == ready;
            if holds { Ok(object) } else { Err(object["status"].to_string()) }
        })
        .await;
        self.is_called(status, &object);
        object
    }

    async fn of_a_workload(&mut self) {
        self.deploy(&good_pod().unwrap()).await;
        self.policy_is("True AllPassed", "Current").await;
        self.cluster_policy_is("True AllPassed", "Current").await;
        self.report_is("True AllPassed", "Current").await;
        self.deploy(&flawed_pod().unwrap()).await;
        // Someone may still mend it: waiting can help.
        let policy = self.policy_is("False ChecksFailed", "InProgress").await;
        assert_eq!(condition(&policy, "Stalled"), "-");
        self.cluster_policy_is("False ChecksFailed", "InProgress").await;
        self.report_is("False ChecksFailed", "InProgress").await;
        self.deploy(&good_pod().unwrap()).await;
        self.policy_is("True AllPassed", "Current").await;
        self.report_is("True AllPassed", "Current").await;
    }

    async fn of_a_spec(&mut self) {
        self.apply(with(&json!({"suspend": true}))).await;
        self.policy_is("Unknown Suspended", "InProgress").await;
        self.apply(with(&json!({"suspend": true, "readyWhen": "Evaluated"}))).await;
        self.policy_is("True Evaluated", "Current").await;
        self.apply(with(&json!({"profileVersion": 99}))).await;
        let policy = self.policy_is("False PolicyInvalid", "Failed").await;
        assert_eq!(condition(&policy, "Stalled"), "True PolicyInvalid");
        // Its verdict is not known any more, and the cluster policy's True does not cover that.
        self.report_is("Unknown PolicyInvalid", "InProgress").await;
        self.apply(with(&json!({"profileVersion": 99, "suspend": true}))).await;
        self.policy_is("False PolicyInvalid", "Failed").await;
        self.apply(memory_limits_only()).await;
        self.policy_is("True AllPassed", "Current").await;
        self.report_is("True AllPassed", "Current").await;
        self.apply(with(&json!({"targets": {"selector": {"matchLabels": {"app": "other"}}}}))).await;
        let policy = self.policy_is("False NoWorkloads", "InProgress").await;
        assert_eq!(condition(&policy, "Reconciling"), "True NoWorkloads");
        self.apply(with(
            &json!({"targets": {"selector": {"matchLabels": {"app": "other"}}, "minWorkloads": 0}}),
        ))
        .await;
        self.policy_is("True NothingSelected", "Current").await;
    }

    async fn of_a_release(&mut self) {
        self.deploy(&flawed_pod().unwrap()).await;
        self.apply(with(&json!({"revision": "1"}))).await;
        let policy = self.policy_is("False WorkloadFailed", "Failed").await;
        assert_eq!(condition(&policy, "Stalled"), "True WorkloadFailed");
        assert_eq!(condition(&policy, "Reconciling"), "-");
        // A report never ends a wait: other policies' pipelines read it as well.
        self.report_is("False ChecksFailed", "InProgress").await;
        // With Evaluated, an admin's own pipeline goes on although the workload fails.
        self.apply(with(&json!({"revision": "1", "readyWhen": "Evaluated"}))).await;
        let policy = self.policy_is("True Evaluated", "Current").await;
        assert_eq!(condition(&policy, "Compliant"), "False ChecksFailed");
        self.deploy(&good_pod().unwrap()).await;
        self.apply(with(&json!({"revision": "2"}))).await;
        self.policy_is("True AllPassed", "Current").await;
    }

    // Without an operator, which would only be quicker than these looks.
    async fn of_what_is_stale_or_goes(&mut self) {
        self.apply(with(&json!({"revision": "3"}))).await;
        let stale = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
        assert_eq!(condition(&stale, "Ready"), "True AllPassed");
        self.is_called("InProgress", &stale);
        let finalizer = r#"{"metadata": {"finalizers": ["example.org/held"]}}"#;
        for object in ["rpol/gate", "readiness/deployment-web"] {
            self.cluster
                .kubectl(&["patch", object, "-n", "shop", "--type=merge", "-p", finalizer])
                .await
                .unwrap();
            self.cluster.kubectl(&["delete", object, "-n", "shop", "--wait=false"]).await.unwrap();
        }
        let going = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
        self.is_called("Terminating", &going);
        let going = self.cluster.report("shop", "deployment-web").await.unwrap().unwrap();
        self.is_called("Terminating", &going);
    }
}
