//! A webhook that is gone, hangs, breaks off, answers garbage or shows another certificate: the cluster works on,
//! and when the operator is back, so is what it refuses.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use seaworthy_e2e::{
    bench::admission::odd_questions,
    hold,
    workloads::{flawed_pod, workload},
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::certificates::certificate;
use super::rig::Rig;

const HOUR: Duration = Duration::from_hours(1);
/// What the API server waits, and some time for the rest.
const LONGEST: Duration = Duration::from_secs(8);

/// What stands in the operator's place.
#[derive(Clone, Copy, Debug)]
enum Sham {
    Hangs,
    BreaksOff,
    Garbage,
    AnotherUid,
    Failure,
}

fn flawed(name: &str) -> Value {
    workload("Deployment", ("shop", name), &flawed_pod().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_30_whatever_becomes_of_the_webhook_the_cluster_works_on() {
    let rig = Rig::start().await;
    let directory = tempfile::tempdir().unwrap();
    certificate(directory.path(), HOUR, false);
    let flag = format!("--webhook-certificate-directory={}", directory.path().display());
    let mut replica = rig.operator("operator", &[&flag]).await;
    rig.gate("Deny").await;
    rig.denies(&[flawed("web")]).await;

    replica.operator.kill();
    let_through(&rig, "gone").await;
    for sham in [Sham::Hangs, Sham::BreaksOff, Sham::Garbage, Sham::AnotherUid, Sham::Failure] {
        let standing = stand_in(sham, rig.port.number(), directory.path()).await;
        let_through(&rig, &format!("{sham:?}").to_lowercase()).await;
        standing.abort();
        let _ = standing.await;
    }
    let other = tempfile::tempdir().unwrap();
    certificate(other.path(), HOUR, false);
    let standing = stand_in(Sham::Failure, rig.port.number(), other.path()).await;
    let_through(&rig, "anothers").await;
    standing.abort();
    let _ = standing.await;

    // With its own webhook registered it begins again, and refuses again.
    let _next = rig.operator("next", &[&flag]).await;
    rig.denies(&[flawed("web")]).await;
    rig.cluster.finish().await.unwrap();
}

/// What the policy refuses is let through, and soon enough.
async fn let_through(rig: &Rig, name: &str) {
    let started = Instant::now();
    let output = rig.apply(&[flawed(name)], &[]).await;
    assert_eq!(output.code, 0, "{name}: {}", output.stderr);
    assert!(started.elapsed() < LONGEST, "{name}: {:?}", started.elapsed());
}

async fn stand_in(sham: Sham, port: u16, directory: &Path) -> tokio::task::JoinHandle<()> {
    let chain = CertificateDer::pem_file_iter(directory.join("tls.crt")).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join("tls.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let (status, body) = match sham {
                Sham::Hangs => {
                    open.push(stream);
                    continue;
                }
                Sham::BreaksOff => continue,
                Sham::Garbage => ("200 OK", "{\"apiVersion\": 7".to_owned()),
                Sham::AnotherUid => (
                    "200 OK",
                    r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
                        "response":{"uid":"another","allowed":false}}"#
                        .to_owned(),
                ),
                Sham::Failure => ("500 Internal Server Error", String::new()),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_32_a_flood_from_somebody_else_does_not_stop_it() {
    let rig = Rig::start().await;
    let replica = rig.operator("operator", &[]).await;
    rig.gate("Deny").await;
    rig.denies(&[flawed("web")]).await;
    // Connections that say nothing, and requests that are none.
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(tokio::net::TcpStream::connect(("127.0.0.1", rig.port.number())).await.unwrap());
    }
    hold(Duration::from_secs(5), "it refuses what it should", async || {
        let output = rig.apply(&[flawed("web")], &["--dry-run=server"]).await;
        if output.stderr.contains("memory-limits") { Ok(()) } else { Err(format!("{output:?}")) }
    })
    .await;
    odd_objects_are_answered(&rig).await;
    rig.denies(&[flawed("web")]).await;
    let (live, _) = replica.operator.get("/livez").await.unwrap();
    assert_eq!(live, 200);
    rig.cluster.finish().await.unwrap();
}

/// What is too large or too deep is answered, with whatever it is, and before the API server gives up.
async fn odd_objects_are_answered(rig: &Rig) {
    let webhook = rig.webhook().await;
    for (what, question) in odd_questions("shop").unwrap() {
        let (webhook, started) = (webhook.clone(), Instant::now());
        let asked = move || webhook.connect().and_then(|mut connection| connection.ask(&question));
        let answer = tokio::task::spawn_blocking(asked).await.unwrap().unwrap();
        assert!(answer.allows().is_some() || answer.status == 503, "{what}: {answer:?}");
        assert!(started.elapsed() < LONGEST, "{what}: {:?}", started.elapsed());
    }
}
