//! A workload behind a Service and an Ingress that names a Secret, certificates of any validity, and what
//! its report says.
//!
//! It must not judge. Next: `verdicts.rs`.

use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use seaworthy_e2e::{
    Cluster, condition, eventually,
    workloads::{cluster_policy, good_pod, policy, workload},
};
use serde_json::{Value, json};

pub(crate) const SOON: Duration = Duration::from_mins(1);
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// A spec with the checks of TLS Secrets alone.
fn tls_only() -> Value {
    let checks = json!([{"name": "ingress-tls"}, {"name": "tls-secret-valid"}, {"name": "tls-cert-expiry"}]);
    json!({"profile": "None", "checks": checks})
}

/// A policy with the checks of TLS Secrets alone.
pub(crate) fn tls_policy() -> Value {
    policy("shop", "gate", &tls_only())
}

/// The same for the whole cluster.
pub(crate) fn tls_cluster_policy() -> Value {
    cluster_policy("all", &tls_only())
}

/// The host of the Ingress before a workload.
pub(crate) fn host(name: &str) -> String {
    format!("{name}.example")
}

/// A Deployment behind a Service and an Ingress; the Secret that the Ingress names has its name.
pub(crate) fn site(name: &str, pod: &Value) -> Vec<Value> {
    let metadata = json!({"name": name, "namespace": "shop"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"tls": [{"hosts": [host(name)], "secretName": name}],
            "rules": [{"host": host(name), "http": {"paths": paths}}]}});
    vec![service, ingress, workload("Deployment", ("shop", name), pod)]
}

pub(crate) fn good_site(name: &str) -> Vec<Value> {
    site(name, &good_pod().unwrap())
}

/// A certificate for a host, valid from and to so many seconds from now, and its key.
pub(crate) fn certificate(host: &str, from: i64, to: i64) -> (String, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let at = |offset: i64| date_time_ymd(1970, 1, 1) + Duration::from_secs(now.saturating_add_signed(offset));
    (params.not_before, params.not_after) = (at(from), at(to));
    (params.self_signed(&key).unwrap().pem(), key)
}

/// A `kubernetes.io/tls` Secret.
pub(crate) fn secret(name: &str, certificate: &str, key: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"},
        "type": "kubernetes.io/tls", "stringData": {"tls.crt": certificate, "tls.key": key}})
}

/// A Secret in good order but for its period of validity, in seconds from now.
pub(crate) fn valid(name: &str, from: i64, to: i64) -> Value {
    let (certificate, key) = certificate(&host(name), from, to);
    secret(name, &certificate, &key.serialize_pem())
}

/// A Secret in good order.
pub(crate) fn healthy(name: &str) -> Value {
    valid(name, -DAY, 89 * DAY)
}

/// Waits until the report on a Deployment says this, and hands it back.
pub(crate) async fn report_is(cluster: &Cluster, name: &str, ready: &str) -> Value {
    eventually(SOON, &format!("{name}: {ready}"), async || {
        let report = cluster.report("shop", &format!("deployment-{name}")).await.unwrap();
        let report = report.ok_or_else(|| "no report".to_owned())?;
        if condition(&report, "Ready") == ready { Ok(report) } else { Err(report["status"].to_string()) }
    })
    .await
}

/// Waits until the report has a finding of this check with this outcome, severity and words.
pub(crate) async fn finding_is(cluster: &Cluster, name: &str, wanted: &Finding<'_>) -> Value {
    eventually(SOON, &format!("{name}: {wanted:?}"), async || {
        let report = cluster.report("shop", &format!("deployment-{name}")).await.unwrap();
        let report = report.ok_or_else(|| "no report".to_owned())?;
        let findings = report["status"]["findings"].as_array().cloned().unwrap_or_default();
        let is_wanted = |finding: &&Value| {
            finding["check"] == wanted.0
                && finding["outcome"] == wanted.1
                && finding["severity"] == wanted.2
                && finding["message"].as_str().unwrap().contains(wanted.3)
        };
        match findings.iter().find(is_wanted) {
            Some(_) if condition(&report, "Ready").starts_with(wanted.4) => Ok(report),
            _ => Err(report["status"].to_string()),
        }
    })
    .await
}

/// Check, outcome, severity, words of the message, and the status of the report's Ready.
pub(crate) type Finding<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);
