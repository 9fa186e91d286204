//! A process that is to stop answers what it was asked, and what it is asked meanwhile, while another takes over.

use std::io;
use std::time::{Duration, Instant};

use seaworthy_e2e::reviews::{Answer, Webhook, review};
use seaworthy_e2e::{
    eventually,
    workloads::{flawed_pod, workload},
};

use super::rig::{Rig, SOON};

/// How long the process answers after it was told to stop.
const DRAIN: Duration = Duration::from_secs(4);
/// How long the webhook takes for an answer.
const BUDGET: Duration = Duration::from_secs(1);
const CLIENTS: usize = 4;
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/seaworthy-system/leases/seaworthy";

struct Asked {
    since: Instant,
    until: Instant,
    answer: io::Result<Answer>,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_while_a_process_stops_is_judged() {
    let rig = Rig::start().await;
    let mut replica = rig.operator("operator", &["--webhook-drain=4"]).await;
    rig.gate("Deny").await;
    let flawed = workload("Deployment", ("shop", "web"), &flawed_pod().unwrap());
    rig.denies(std::slice::from_ref(&flawed)).await;
    let webhook = rig.webhook().await;
    let question = review("1", &flawed).to_string().into_bytes();
    let asking: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (webhook, question) = (webhook.clone(), question.clone());
            tokio::task::spawn_blocking(move || ask_until_nobody_answers(&webhook, &question))
        })
        .collect();
    // One of which the process has only the beginning when it is told to stop.
    let mut begun = webhook.connect().unwrap();
    begun.begin(question.len()).unwrap();
    let started = Instant::now();

    let told = Instant::now();
    replica.operator.ask_to_end().unwrap();
    let unready = eventually(SOON, "it is not ready any more", async || {
        let answer = replica.operator.get("/readyz").await;
        if matches!(answer, Ok((503, _))) { Ok(Instant::now()) } else { Err(format!("{answer:?}")) }
    })
    .await;
    let begun = tokio::task::spawn_blocking(move || begun.end(&question)).await.unwrap().unwrap();
    // A second after its beginning a request is late, whoever stops.
    let is_late = started.elapsed() > BUDGET && begun.status == 503;
    assert!(begun.allows() == Some(false) || is_late, "what was under way is judged: {begun:?}");
    eventually(SOON, "the Lease is handed back", async || {
        let lease = rig.cluster.get(LEASE).await.unwrap().unwrap();
        let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned();
        if holder.is_empty() { Ok(()) } else { Err(holder) }
    })
    .await;
    let handed_back = Instant::now();
    assert_eq!(replica.operator.exit_code().unwrap(), None, "it does not wait for whoever asks");
    assert_eq!(replica.operator.get("/livez").await.unwrap().0, 200);
    assert_eq!(replica.operator.terminate(SOON).await.unwrap(), 0);

    let mut after = 0;
    for asked in asking {
        for Asked { since, until, answer } in asked.await.unwrap() {
            let Ok(answer) = answer else {
                assert!(until >= told + DRAIN, "lost: {answer:?}");
                continue;
            };
            assert_eq!(answer.allows(), Some(false), "{answer:?}");
            assert!(since < unready || answer.closes, "whoever asks is sent elsewhere");
            after += usize::from(since > handed_back);
        }
    }
    assert!(after > 0, "nothing was asked after the Lease was handed back");
    rig.cluster.finish().await.unwrap();
}

/// Asks one question after the other, as the API server does: on the same connection until it is told to leave it.
fn ask_until_nobody_answers(webhook: &Webhook, question: &[u8]) -> Vec<Asked> {
    let mut all = Vec::new();
    // The port is closed once nobody listens.
    while let Ok(mut connection) = webhook.connect() {
        loop {
            let since = Instant::now();
            let answer = connection.ask(question);
            let is_last = answer.as_ref().map_or(true, |answer| answer.closes);
            all.push(Asked { since, until: Instant::now(), answer });
            if is_last {
                break;
            }
        }
    }
    all
}
