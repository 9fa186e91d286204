//! Each flaw of a Secret gives its verdict, a Secret in good order heals it, and time alone ends one.

use seaworthy_e2e::{Cluster, ReplicaOptions, condition, eventually, is_judged};
use serde_json::{Value, json};

use super::canaries::Canaries;
use super::site::{
    DAY, Finding, certificate, finding_is, good_site, healthy, host, report_is, secret, tls_cluster_policy,
    tls_policy, valid,
};

const DEBUG: ReplicaOptions<'static> = ReplicaOptions {
    proxy: None,
    log_level: Some("debug"),
    arguments: &[],
    account: None,
    as_installed: false,
    under: &[],
};

/// A key that is none, and must not be seen all the same.
const NO_KEY: &str = "canary-of-a-key-that-does-not-parse";

/// The flaws by name of their workload, and what each is called.
const FLAWS: [(&str, Finding<'static>); 10] = [
    ("missing", ("tls-secret-valid", "Fail", "Critical", "Secret missing does not exist", "False")),
    ("missing", ("ingress-tls", "Fail", "High", "Secret missing does not exist", "False")),
    ("mistyped", ("tls-secret-valid", "Fail", "Critical", "is not of type kubernetes.io/tls", "False")),
    ("malformed", ("tls-secret-valid", "Fail", "Critical", "tls.key", "False")),
    ("malformed", ("tls-cert-expiry", "Unknown", "High", "is not known in full", "False")),
    ("mismatched", ("tls-secret-valid", "Fail", "Critical", "does not belong to", "False")),
    ("elsewhere", ("tls-secret-valid", "Fail", "Critical", "not for the host elsewhere.example", "False")),
    ("soon-expired", ("tls-cert-expiry", "Fail", "High", "it was not renewed by", "False")),
    ("expired", ("tls-cert-expiry", "Fail", "Critical", "ended at", "False")),
    // In its warning window: said, but not in the way of Ready.
    ("warned", ("tls-cert-expiry", "Fail", "Low", "its renewal is due since", "True")),
];

/// The flawed Secret before a workload; none where it is missing.
fn flawed(name: &str, canaries: &mut Canaries) -> Option<Value> {
    let of = |name: &str, from, to| certificate(&host(name), from, to);
    let ((pem, key), other) = match name {
        "missing" => return None,
        "elsewhere" => (of("other", -DAY, 89 * DAY), None),
        "soon-expired" => (of(name, -85 * DAY, 5 * DAY), None),
        "expired" => (of(name, -90 * DAY, -DAY), None),
        "warned" => (of(name, -70 * DAY, 20 * DAY), None),
        "mismatched" => (of(name, -DAY, 89 * DAY), Some(of(name, -DAY, DAY).1)),
        _ => (of(name, -DAY, 89 * DAY), None),
    };
    let key = other.unwrap_or(key);
    canaries.key(&key);
    let mut secret = secret(name, &pem, &key.serialize_pem());
    match name {
        "mistyped" => secret["type"] = "Opaque".into(),
        "malformed" => secret["stringData"] = json!({"tls.crt": NO_KEY, "tls.key": NO_KEY}),
        _ => {}
    }
    Some(secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_3_each_flaw_of_a_secret_has_its_verdict_and_a_new_secret_heals_it() {
    let cluster = Cluster::start().await.unwrap();
    let replica = cluster.operator_with("operator", DEBUG).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let mut canaries = Canaries::default();
    canaries.text(NO_KEY);
    let mut names: Vec<&str> = FLAWS.iter().map(|(name, _)| *name).collect();
    names.dedup();
    let mut objects = vec![tls_policy(), tls_cluster_policy(), healthy("good")];
    objects.extend(good_site("good"));
    for name in &names {
        objects.extend(flawed(name, &mut canaries));
        objects.extend(good_site(name));
    }
    cluster.apply(&objects).await.unwrap();
    report_is(&cluster, "good", "True AllPassed").await;
    for (name, finding) in &FLAWS {
        finding_is(&cluster, name, finding).await;
    }
    canaries.stored(&cluster).await;

    for name in &names {
        // A type cannot be changed.
        if *name == "mistyped" {
            cluster.kubectl(&["delete", "secret", name, "-n", "shop"]).await.unwrap();
        }
        cluster.apply(&[healthy(name)]).await.unwrap();
    }
    for name in &names {
        let report = report_is(&cluster, name, "True AllPassed").await;
        assert_eq!(report["status"]["summary"]["pass"], 3, "{report}");
    }
    policy_is(&cluster, "True AllPassed").await;
    it_goes_and_time_passes(&cluster).await;
    canaries.stored(&cluster).await;
    canaries.assert_nothing_is_shown(&cluster, &replica).await;
    cluster.finish().await.unwrap();
}

async fn policy_is(cluster: &Cluster, ready: &str) {
    eventually(super::site::SOON, ready, async || {
        let policy = cluster.policy("shop", "gate").await.unwrap().unwrap();
        let holds = is_judged(&policy) && condition(&policy, "Ready") == ready;
        if holds { Ok(()) } else { Err(policy["status"].to_string()) }
    })
    .await;
}

/// A Secret that is deleted is missed; one that ends while nobody touches it is noticed by its own moment.
async fn it_goes_and_time_passes(cluster: &Cluster) {
    cluster.kubectl(&["delete", "secret", "good", "-n", "shop"]).await.unwrap();
    finding_is(cluster, "good", &("tls-secret-valid", "Fail", "Critical", "does not exist", "False")).await;
    // Of 200 s the last 50 warn and the last 20 fail.
    cluster.apply(&[valid("good", -170, 30)]).await.unwrap();
    finding_is(cluster, "good", &("tls-cert-expiry", "Fail", "Low", "its renewal is due", "True")).await;
    finding_is(cluster, "good", &("tls-cert-expiry", "Fail", "High", "was not renewed by", "False")).await;
    finding_is(cluster, "good", &("tls-cert-expiry", "Fail", "Critical", "ended at", "False")).await;
}
