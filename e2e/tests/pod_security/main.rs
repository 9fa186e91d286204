//! Pod Security Standards: the core judges pods as the API server and the library that it links do, at each
//! level and at every version.
//!
//! The library (`e2e/oracle`) answers for pods that no API server stores, and at versions before this one's;
//! that it answers as the API server does is shown first. `SEAWORTHY_PSS_PODS` says how many pods the library
//! judges, `SEAWORTHY_PSS_SENT` how many the API server (`make pss`: 100,000 and 10,000), `SEAWORTHY_PSS_SEED`
//! which. A pod that once was judged otherwise belongs into `kept.json`.
//!
//! It must not judge pods itself. Next: [`standards`] for what we say, [`server`] for the API server.
#![cfg(test)]

mod changes;
mod pods;
#[path = "../defaulting/random.rs"]
mod random;
mod server;
mod standards;
mod tally;
mod values;

use std::sync::atomic::{AtomicUsize, Ordering};

use seaworthy_e2e::{ControlPlane, Options, Oracle};
use serde_json::Value;

use pods::{Wanted, pod};
use server::Server;
use standards::Standards;
use tally::Tally;

/// Judged by the library without being told otherwise, and sent to the API server.
const PODS: usize = 4_000;
const SENT: usize = 2_000;
const SEED: u64 = 5;
/// Asked for at once.
const BATCH: usize = 50;

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn seed() -> u64 {
    number("SEAWORTHY_PSS_SEED", usize::try_from(SEED).unwrap()).try_into().unwrap()
}

/// Pods that were judged otherwise once, or easily would be.
fn kept() -> Vec<Value> {
    serde_json::from_str(include_str!("kept.json")).unwrap()
}

#[test]
fn every_version_of_each_level_is_judged_as_by_the_library() {
    let count = number("SEAWORTHY_PSS_PODS", PODS);
    let next = AtomicUsize::new(0);
    let (seed, threads) = (seed(), std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let mut tally = Tally::default();
    judge_all(&mut Oracle::start().unwrap(), &kept(), &mut tally);
    std::thread::scope(|scope| {
        let work = || {
            let (mut oracle, mut tally) = (Oracle::start().unwrap(), Tally::default());
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                if start >= count {
                    return tally;
                }
                judge_all(&mut oracle, &batch(seed, start, (start + BATCH).min(count)), &mut tally);
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            tally.add(worker.join().unwrap());
        }
    });
    tally.finish("the library", count);
}

/// Every other pod is one that the API server would store.
fn batch(seed: u64, start: usize, end: usize) -> Vec<Value> {
    let wanted = |number| if number % 2 == 0 { Wanted::Valid } else { Wanted::Anything };
    (start..end).map(|number| pod(seed, number, wanted(number))).collect()
}

fn judge_all(oracle: &mut Oracle, pods: &[Value], tally: &mut Tally) {
    let standards = Standards::all();
    let answers = oracle.pod_security(pods, &standards.names(), false).unwrap();
    for (pod, theirs) in pods.iter().zip(answers) {
        for (standard, theirs, ours) in standards.judge(pod).zip(theirs).map(|((a, c), b)| (a, b, c)) {
            tally.compare(pod, standard, &ours, &theirs.controls);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_are_let_in_and_refused_as_by_the_server_and_it_says_what_the_library_says() {
    let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await.unwrap();
    let server = Server::start(plane.client().unwrap()).await;
    let mut tally = Tally::default();
    server.compare_new_pods(&kept(), &mut tally).await;
    let (count, seed) = (number("SEAWORTHY_PSS_SENT", SENT), seed());
    for start in (0..count).step_by(1000) {
        let numbers = start..(start + 1000).min(count);
        let sent: Vec<Value> = numbers.map(|number| pod(seed, number, Wanted::Valid)).collect();
        server.compare_new_pods(&sent, &mut tally).await;
    }
    server.compare_debugged_pods(seed, count / 10, &mut tally).await;
    tally.finish("the server", count);
}
