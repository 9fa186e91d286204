//! Certificates: renewed before they end without a request lost, kept by somebody else, ended, and taken over.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use seaworthy_e2e::{
    Port, ReplicaOptions, condition, eventually, hold,
    workloads::{flawed_pod, workload},
};
use serde_json::Value;

use super::rig::{CONFIGURATION, Rig, SOON};

const HOUR: Duration = Duration::from_hours(1);

/// Puts a certificate for loopback into a directory, valid until so long from now, or ago.
pub(crate) fn certificate(directory: &Path, ends_in: Duration, has_ended: bool) {
    let now = SystemTime::now();
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "somebody's");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = (now - HOUR - ends_in).into();
    params.not_after = if has_ended { (now - ends_in).into() } else { (now + ends_in).into() };
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    for (file, text) in
        [("tls.crt", certificate.pem()), ("tls.key", key.serialize_pem()), ("ca.crt", authority.pem())]
    {
        std::fs::write(directory.join(file), text).unwrap();
    }
}

fn flawed() -> Value {
    workload("Deployment", ("shop", "web"), &flawed_pod().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_31_a_certificate_is_renewed_without_a_request_lost() {
    let rig = Rig::start().await;
    let _replica = rig.operator("operator", &["--webhook-certificate-lifetime=15"]).await;
    rig.gate("Deny").await;
    rig.denies(&[flawed()]).await;
    let mut trusted = BTreeSet::new();
    hold(Duration::from_secs(45), "everything is refused all the time", async || {
        let there = rig.cluster.get(CONFIGURATION).await.unwrap().ok_or("no configuration")?;
        trusted.insert(there["webhooks"][0]["clientConfig"]["caBundle"].to_string());
        let output = rig.apply(&[flawed()], &["--dry-run=server"]).await;
        if output.stderr.contains("memory-limits") { Ok(()) } else { Err(format!("let through: {output:?}")) }
    })
    .await;
    assert!(trusted.len() >= 3, "renewed at least twice: {}", trusted.len());
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_31_a_certificate_that_somebody_keeps_is_read_again_when_it_changes() {
    let rig = Rig::start().await;
    let directory = tempfile::tempdir().unwrap();
    let flag = format!("--webhook-certificate-directory={}", directory.path().display());
    // One that has ended is shown, and the API server is not told to ask.
    certificate(directory.path(), HOUR, true);
    let replica = rig.operator("operator", &[&flag]).await;
    rig.gate("Deny").await;
    eventually(SOON, "it says what is wrong", async || {
        let log = replica.operator.log().unwrap();
        if log.contains("does not answer where the API server would ask") { Ok(()) } else { Err(log) }
    })
    .await;
    assert_eq!(rig.cluster.get(CONFIGURATION).await.unwrap(), None);
    certificate(directory.path(), HOUR, false);
    rig.denies(&[flawed()]).await;
    // Another authority altogether.
    certificate(directory.path(), HOUR, false);
    rig.denies(&[flawed()]).await;
    // It ends: the cluster works on, and is not asked to wait for it any more.
    certificate(directory.path(), HOUR, true);
    rig.unregistered().await;
    assert_eq!(rig.apply(&[flawed()], &[]).await.code, 0);
    let secret = rig.cluster.get("/api/v1/namespaces/seaworthy-system/secrets/seaworthy-webhook").await;
    assert_eq!(secret.unwrap(), None, "the operator makes none where somebody else does");
    rig.cluster.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_31_another_replica_shows_the_same_certificate_and_takes_over() {
    let rig = Rig::start().await;
    let mut first = rig.operator("first", &[]).await;
    rig.gate("Deny").await;
    rig.denies(&[flawed()]).await;
    let bundle = rig.registered().await["webhooks"][0]["clientConfig"]["caBundle"].clone();
    // What the policy counts is written once a second at most, so its last word may be still to come.
    eventually(SOON, "the policy is judged", async || {
        let gate = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/gate";
        let gate = rig.cluster.get(gate).await.unwrap().unwrap();
        let ready = condition(&gate, "Ready");
        if ready == "False NoWorkloads" { Ok(()) } else { Err(ready) }
    })
    .await;
    // While nothing changes nothing is written.
    let marker = rig.cluster.plane().audit().unwrap().mark().await.unwrap();
    hold(Duration::from_secs(5), "nothing is written beside the Lease", async || {
        let since = rig.cluster.plane().audit().unwrap().since(&marker).await.unwrap();
        let writes = since.of_operator().writes().beside_lease().len();
        if writes == 0 { Ok(()) } else { Err(format!("{writes} writes")) }
    })
    .await;
    let port = Port::reserve().unwrap();
    let address = format!("--webhook-address=127.0.0.1:{}", port.number());
    let url = format!("https://127.0.0.1:{}", port.number());
    let arguments = [address.as_str(), &format!("--webhook-url={url}"), "--webhook-interval=1"];
    let options = ReplicaOptions { arguments: &arguments, ..ReplicaOptions::default() };
    let _second = rig.cluster.operator_with("second", options).await.unwrap();
    first.operator.kill();
    eventually(SOON, "the API server asks the second", async || {
        let client = rig.registered().await["webhooks"][0]["clientConfig"].clone();
        let asks = client["url"].as_str().is_some_and(|there| there.starts_with(&url));
        if asks { Ok(client) } else { Err(client.to_string()) }
    })
    .await;
    rig.denies(&[flawed()]).await;
    assert_eq!(
        rig.registered().await["webhooks"][0]["clientConfig"]["caBundle"],
        bundle,
        "nothing was made anew"
    );
    rig.cluster.finish().await.unwrap();
}
