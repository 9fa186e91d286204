//! A rolling update as a Deployment makes it: both replicas are replaced, one after the other, while a pipeline
//! releases and waits. Every wait ends with the verdict on its own release.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use seaworthy_e2e::{eventually, seaworthy_binary};

use super::site::{SOON, Site, leads};

/// Updates of both replicas; `SEAWORTHY_ROLLOUTS` asks for more.
const ROLLOUTS: usize = 2;
/// Releases meanwhile at least: updates go on until so many were waited for.
const RELEASES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn while_replicas_are_replaced_every_wait_ends_with_the_right_verdict() {
    let site = Site::start().await;
    let (is_over, releases) = (AtomicBool::new(false), AtomicUsize::new(0));
    let rolled = async {
        let last = roll(&site, &releases).await;
        is_over.store(true, Ordering::Relaxed);
        last
    };
    let (replicas, ()) = tokio::join!(rolled, release(&site, &is_over, &releases));
    let mut leading = 0;
    for replica in &replicas {
        leading += usize::from(leads(replica).await);
    }
    assert_eq!(leading, 1);
    drop(replicas);
    site.cluster.finish().await.unwrap();
}

fn rollouts() -> usize {
    std::env::var("SEAWORTHY_ROLLOUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROLLOUTS)
}

/// Replaces both replicas: the next one is ready before an earlier one is told to stop.
async fn roll(site: &Site, releases: &AtomicUsize) -> Vec<seaworthy_e2e::Replica> {
    let mut replicas = vec![
        site.cluster.operator("replica-0").await.unwrap(),
        site.cluster.operator("replica-1").await.unwrap(),
    ];
    let mut number = 2;
    while number < 2 + 2 * rollouts() || releases.load(Ordering::Relaxed) < RELEASES {
        let next = site.cluster.operator(&format!("replica-{number}")).await.unwrap();
        let mut earlier = replicas.remove(0);
        assert_eq!(earlier.operator.terminate(SOON).await.unwrap(), 0);
        replicas.push(next);
        number += 1;
    }
    eventually(
        SOON,
        "somebody leads",
        async || {
            if site.holder().await.is_empty() { Err("nobody") } else { Ok(()) }
        },
    )
    .await;
    replicas
}

/// Releases what complies and what does not in turns, each with a new revision, until it is over.
async fn release(site: &Site, is_over: &AtomicBool, waited_for: &AtomicUsize) {
    let mut number: usize = 0;
    while !is_over.load(Ordering::Relaxed) {
        number += 1;
        let good = number.is_multiple_of(2);
        let generation = site.change(good).await;
        site.release(number).await;
        let (code, said) = wait(site, "rpol/gate").await;
        assert_eq!(code, i32::from(!good), "release {number}: {said}");
        assert_eq!(said.contains(": failed: "), !good, "release {number} is waited for in vain: {said}");
        if good {
            let (code, said) = wait(site, "deploy/web").await;
            assert_eq!(code, 0, "release {number}: {said}");
            assert!(said.contains(&format!("ready: generation {generation}:")), "release {number}: {said}");
        }
        waited_for.store(number, Ordering::Relaxed);
    }
}

async fn wait(site: &Site, target: &str) -> (i32, String) {
    let output = tokio::process::Command::new(seaworthy_binary().unwrap())
        .args(["wait", target, "-n", "shop", "--timeout=60"])
        .env("KUBECONFIG", site.cluster.plane().admin_kubeconfig())
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap(), said)
}
