//! From the end of a leader until another has written the verdict on what changed at that moment.
//!
//! Replicas have a webhook, which the API server asks: the Lease must not wait for it. Two ends each here, with bounds that follow from the Lease alone; `make failover` asks for fifty, with the times
//! of an installation and the bars of the product.

use std::io::Write as _;
use std::time::{Duration, Instant};

use seaworthy_e2e::{Port, Replica, ReplicaOptions, condition, eventually};

use super::site::{SOON, Site, leads};

/// Ends of each kind; `SEAWORTHY_FAILOVERS` asks for more.
const ENDS: usize = 2;

/// How a leader ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `kill -9`.
    Killed,
    /// `SIGTERM`.
    Told,
}

/// A replica, and where its webhook listens.
struct Standing(Replica, Port);

/// The times of an election, and how long it may take until another leads.
struct Bound {
    arguments: &'static [&'static str],
    as_installed: bool,
    longest: Duration,
}

impl Bound {
    fn of(end: End, is_long: bool) -> Self {
        let seconds = Duration::from_secs;
        match (end, is_long) {
            (End::Killed, true) => Self { arguments: &[], as_installed: true, longest: seconds(12) },
            (End::Told, true) => Self { arguments: &[], as_installed: true, longest: seconds(2) },
            // The Lease ends after 4 s: whatever else takes time here is the machine.
            (End::Killed, false) => Self { arguments: &[], as_installed: false, longest: seconds(30) },
            // Before its Lease ends by itself nobody else gets it, unless it is handed over.
            (End::Told, false) => Self {
                arguments: &["--lease-duration=60", "--lease-renew-deadline=40"],
                as_installed: true,
                longest: seconds(40),
            },
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_leader_is_killed_another_takes_over_when_its_lease_ends() {
    fail_over(End::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_leader_is_told_to_stop_it_hands_over() {
    fail_over(End::Told).await;
}

async fn fail_over(end: End) {
    let asked = std::env::var("SEAWORTHY_FAILOVERS").ok().and_then(|text| text.parse().ok());
    let bound = Bound::of(end, asked.is_some());
    let site = Site::start().await;
    site.warns().await;
    let mut leader = start(&site, 0, &bound).await;
    let mut taken = Vec::new();
    for round in 1..=asked.unwrap_or(ENDS) {
        eventually(SOON, "the first leads", async || leads(&leader.0).await.then_some(())).await;
        let follower = start(&site, round, &bound).await;
        taken.push(one(&site, (end, leader), round).await);
        leader = follower;
    }
    taken.sort_unstable();
    if asked.is_some() {
        tell(end, &taken);
    }
    let worst = taken.last().copied().unwrap();
    assert!(worst <= bound.longest, "{end:?}: {worst:?} is longer than {:?}", bound.longest);
    site.cluster.finish().await.unwrap();
}

async fn start(site: &Site, number: usize, bound: &Bound) -> Standing {
    let port = Port::reserve().unwrap();
    let address = format!("127.0.0.1:{}", port.number());
    let webhook = [format!("--webhook-address={address}"), format!("--webhook-url=https://{address}")];
    let arguments = [bound.arguments, &webhook.each_ref().map(String::as_str)].concat();
    let options = ReplicaOptions {
        arguments: &arguments,
        as_installed: bound.as_installed,
        ..ReplicaOptions::default()
    };
    Standing(site.cluster.operator_with(&format!("replica-{number}"), options).await.unwrap(), port)
}

/// Ends the leader; from then until another holds the Lease, and the report on a change of that moment is there.
async fn one(site: &Site, (end, Standing(mut leader, _port)): (End, Standing), round: usize) -> Duration {
    let before = site.holder().await;
    assert!(!before.is_empty());
    let ended = Instant::now();
    match end {
        End::Killed => leader.operator.kill(),
        End::Told => leader.operator.ask_to_end().unwrap(),
    }
    let good = round.is_multiple_of(2);
    let generation = site.change(good).await;
    let wanted = if good { "True AllPassed" } else { "False ChecksFailed" };
    eventually(SOON, "another leads, and has judged the change", async || {
        let holder = site.holder().await;
        let report = site.cluster.report("shop", "deployment-web").await.unwrap().unwrap_or_default();
        let judged = report["status"]["workloadGeneration"] == generation;
        let is_other = !holder.is_empty() && holder != before;
        let said = condition(&report, "Ready");
        if is_other && judged && said == wanted { Ok(()) } else { Err(format!("{holder}: {said}")) }
    })
    .await;
    let taken = ended.elapsed();
    assert_eq!(end == End::Told, leader.operator.terminate(SOON).await.unwrap() == 0);
    taken
}

/// A row for the table in docs/testing.md.
fn tell(end: End, sorted: &[Duration]) {
    let at = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).saturating_sub(1)].as_secs_f64();
    // The runner of tests hides what a test that passes prints. Whoever closed standard error does not want to know.
    let _ = writeln!(
        std::io::stderr().lock(),
        "| {end:?} | {} | {:.2} s | {:.2} s | {:.2} s |",
        sorted.len(),
        at(0),
        at(50),
        at(100)
    );
}
