//! The rows of the table of conditions, each reached from another and left for another.

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, condition, eventually, is_judged,
    workloads::{cluster_policy, flawed_pod, good_pod, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);

/// What a policy's Compliant, Ready, Stalled and Reconciling are to say; `Accepted` is True but for
/// `PolicyInvalid`.
type Row = (&'static str, &'static str, &'static str, &'static str);

const INVALID: Row = ("Unknown PolicyInvalid", "False PolicyInvalid", "True PolicyInvalid", "-");
const SUSPENDED: Row = ("Unknown Suspended", "Unknown Suspended", "-", "-");
const SUSPENDED_EVALUATED: Row = ("Unknown Suspended", "True Evaluated", "-", "-");
const WORKLOAD_FAILED: Row = ("False WorkloadFailed", "False WorkloadFailed", "True WorkloadFailed", "-");
const NO_WORKLOADS: Row = ("False NoWorkloads", "False NoWorkloads", "-", "True NoWorkloads");
const NO_WORKLOADS_EVALUATED: Row = ("False NoWorkloads", "True Evaluated", "-", "-");
const FAILED: Row = ("False ChecksFailed", "False ChecksFailed", "-", "-");
const FAILED_EVALUATED: Row = ("False ChecksFailed", "True Evaluated", "-", "-");
const UNKNOWN: Row = ("Unknown ChecksUnknown", "Unknown ChecksUnknown", "-", "-");
const UNKNOWN_EVALUATED: Row = ("Unknown ChecksUnknown", "True Evaluated", "-", "-");
const PENDING: Row = ("False ChecksPending", "False ChecksPending", "-", "-");
const PENDING_EVALUATED: Row = ("False ChecksPending", "True Evaluated", "-", "-");
const NOTHING: Row = ("True NothingSelected", "True NothingSelected", "-", "-");
const PASSED: Row = ("True AllPassed", "True AllPassed", "-", "-");
const PASSED_EVALUATED: Row = ("True AllPassed", "True Evaluated", "-", "-");

#[tokio::test(flavor = "multi_thread")]
async fn proof_10_each_row_of_the_table_is_reached_and_left() {
    let cluster = Cluster::start().await.unwrap();
    let _replica = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let table = Table { cluster };
    table.of_the_spec().await;
    table.of_the_workload().await;
    table.of_the_secret().await;
    table.of_a_cluster_policy().await;
    table.cluster.finish().await.unwrap();
}

fn spec(fields: &Value) -> Value {
    // A type that is not read is Unknown, so that each outcome has a Secret that gives it.
    let valid = json!({"name": "tls-secret-valid", "parameters": {"requireTlsType": false}});
    let mut spec = json!({"profile": "None", "checks": [{"name": "memory-limits"}, valid]});
    spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    spec
}

struct Table {
    cluster: Cluster,
}

impl Table {
    /// The policy with these fields comes to stand in this row.
    async fn spec_gives(&self, fields: Value, row: Row) {
        self.cluster.apply(&[policy("shop", "gate", &spec(&fields))]).await.unwrap();
        self.stands("shop", row).await;
    }

    /// With `readyWhen: Evaluated` the same stands differently, and without it as before.
    async fn is_otherwise_evaluated(&self, (row, evaluated): (Row, Row)) {
        self.spec_gives(json!({"readyWhen": "Evaluated"}), evaluated).await;
        self.spec_gives(json!({}), row).await;
    }

    async fn stands(&self, namespace: &str, row: Row) {
        eventually(SOON, &format!("{row:?}"), async || {
            let policy = if namespace.is_empty() {
                self.cluster.cluster_policy("all").await.unwrap().unwrap()
            } else {
                self.cluster.policy(namespace, "gate").await.unwrap().unwrap()
            };
            let said =
                ["Compliant", "Ready", "Stalled", "Reconciling"].map(|type_| condition(&policy, type_));
            let wanted = [row.0, row.1, row.2, row.3];
            let accepted = if row == INVALID { "False PolicyInvalid" } else { "True Accepted" };
            let holds = is_judged(&policy) && said == wanted && condition(&policy, "Accepted") == accepted;
            // Whatever it says, it says it of one generation.
            let generation = &policy["status"]["observedGeneration"];
            for condition in policy["status"]["conditions"].as_array().into_iter().flatten() {
                assert_eq!(&condition["observedGeneration"], generation, "{policy:#}");
            }
            assert!(said[2] == "-" || said[3] == "-", "{policy:#}");
            if holds { Ok(()) } else { Err(policy["status"].to_string()) }
        })
        .await;
    }

    async fn deploy(&self, pod: &Value) {
        self.cluster.apply(&[workload("Deployment", ("shop", "web"), pod)]).await.unwrap();
    }

    async fn of_the_spec(&self) {
        self.spec_gives(json!({}), NO_WORKLOADS).await;
        self.is_otherwise_evaluated((NO_WORKLOADS, NO_WORKLOADS_EVALUATED)).await;
        self.spec_gives(json!({"targets": {"minWorkloads": 0}}), NOTHING).await;
        self.spec_gives(json!({"profileVersion": 99}), INVALID).await;
        self.spec_gives(json!({"profileVersion": 99, "suspend": true}), INVALID).await;
        self.spec_gives(json!({"suspend": true}), SUSPENDED).await;
        self.spec_gives(json!({"suspend": true, "readyWhen": "Evaluated"}), SUSPENDED_EVALUATED).await;
        self.spec_gives(json!({}), NO_WORKLOADS).await;
        self.deploy(&good_pod().unwrap()).await;
        self.stands("shop", PASSED).await;
        self.is_otherwise_evaluated((PASSED, PASSED_EVALUATED)).await;
        // Counts stay while it is suspended, and the workload's report says that nobody judges it.
        self.spec_gives(json!({"suspend": true}), SUSPENDED).await;
        let policy = self.cluster.policy("shop", "gate").await.unwrap().unwrap();
        assert_eq!(policy["status"]["workloads"]["ready"], 1, "{policy:#}");
        self.report_is("Unknown Suspended").await;
        self.spec_gives(json!({}), PASSED).await;
        self.report_is("True AllPassed").await;
    }

    async fn report_is(&self, ready: &str) {
        eventually(SOON, &format!("the report: {ready}"), async || {
            let report = self.cluster.report("shop", "deployment-web").await.unwrap().unwrap();
            let said = condition(&report, "Ready");
            if said == ready { Ok(()) } else { Err(said) }
        })
        .await;
    }

    async fn of_the_workload(&self) {
        self.deploy(&flawed_pod().unwrap()).await;
        self.stands("shop", FAILED).await;
        self.is_otherwise_evaluated((FAILED, FAILED_EVALUATED)).await;
        self.spec_gives(json!({"revision": "1"}), WORKLOAD_FAILED).await;
        self.spec_gives(json!({"revision": "1", "readyWhen": "Evaluated"}), FAILED_EVALUATED).await;
        // What is advisory stalls nothing.
        self.spec_gives(json!({"revision": "1", "failOn": "Never"}), PASSED).await;
        self.spec_gives(json!({"revision": "2"}), WORKLOAD_FAILED).await;
        // It stalls before it counts: too few workloads do not hide it.
        self.spec_gives(json!({"revision": "2", "targets": {"minWorkloads": 2}}), WORKLOAD_FAILED).await;
        self.spec_gives(json!({"targets": {"minWorkloads": 2}}), NO_WORKLOADS).await;
        self.spec_gives(json!({"revision": "2"}), WORKLOAD_FAILED).await;
        self.deploy(&good_pod().unwrap()).await;
        self.stands("shop", PASSED).await;
        self.spec_gives(json!({}), PASSED).await;
    }

    async fn of_the_secret(&self) {
        self.cluster.apply(&before_web()).await.unwrap();
        self.stands("shop", FAILED).await;
        // Someone may still bring the Secret: a release waits for it.
        self.spec_gives(json!({"revision": "3"}), FAILED).await;
        self.spec_gives(json!({}), FAILED).await;
        self.secret("Opaque", 0).await;
        self.ask_again().await;
        self.stands("shop", UNKNOWN).await;
        self.is_otherwise_evaluated((UNKNOWN, UNKNOWN_EVALUATED)).await;
        // Unknown below failOn is in nobody's way.
        self.spec_gives(json!({"failOn": "Never"}), PASSED).await;
        self.spec_gives(json!({}), UNKNOWN).await;
        self.cluster.kubectl(&["delete", "secret", "web", "-n", "shop"]).await.unwrap();
        self.secret("kubernetes.io/tls", 3600).await;
        self.stands("shop", PENDING).await;
        self.is_otherwise_evaluated((PENDING, PENDING_EVALUATED)).await;
        // A failure weighs more than what is pending, and less than nothing to judge.
        self.deploy(&flawed_pod().unwrap()).await;
        self.stands("shop", FAILED).await;
        self.deploy(&good_pod().unwrap()).await;
        self.stands("shop", PENDING).await;
        self.secret("kubernetes.io/tls", -3600).await;
        self.stands("shop", PASSED).await;
        self.cluster.kubectl(&["delete", "deployment", "web", "-n", "shop"]).await.unwrap();
        self.stands("shop", NO_WORKLOADS).await;
    }

    /// A Secret whose certificate is valid from so many seconds from now.
    async fn secret(&self, type_: &str, from: i64) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["web.example".to_owned()]).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let begin = Duration::from_secs(now.saturating_add_signed(from));
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + begin;
        let data =
            json!({"tls.crt": params.self_signed(&key).unwrap().pem(), "tls.key": key.serialize_pem()});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": type_, "stringData": data,
            "metadata": {"name": "web", "namespace": "shop"}});
        self.cluster.apply(&[secret]).await.unwrap();
    }

    /// A Secret of another type is not watched: an event of what refers to it makes the operator ask.
    async fn ask_again(&self) {
        let arguments = ["annotate", "ingress", "web", "-n", "shop", "touched=by-the-test"];
        self.cluster.kubectl(&arguments).await.unwrap();
    }

    /// The same rows, without a fence; nothing need be selected.
    async fn of_a_cluster_policy(&self) {
        let gives = async |fields: Value, row: Row| {
            self.cluster.apply(&[cluster_policy("all", &spec(&fields))]).await.unwrap();
            self.stands("", row).await;
        };
        gives(json!({}), NOTHING).await;
        gives(json!({"targets": {"minWorkloads": 1}}), NO_WORKLOADS).await;
        gives(json!({"profileVersion": 99}), INVALID).await;
        gives(json!({"suspend": true}), SUSPENDED).await;
        self.deploy(&flawed_pod().unwrap()).await;
        gives(json!({"revision": "1"}), FAILED).await;
        gives(json!({"readyWhen": "Evaluated"}), FAILED_EVALUATED).await;
        self.deploy(&good_pod().unwrap()).await;
        gives(json!({}), PASSED).await;
    }
}

/// A Service and an Ingress before the workload, with a Secret that is not there.
fn before_web() -> [Value; 2] {
    let metadata = json!({"name": "web", "namespace": "shop"});
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"tls": [{"hosts": ["web.example"], "secretName": "web"}],
            "rules": [{"host": "web.example", "http": {"paths": paths}}]}});
    [service, ingress]
}
