//! Whatever happened, what the controller says is what it would say of the same cluster if it had just begun; and
//! what it can see less of never becomes ready.
//!
//! Tests only, over random clusters of all kinds and random changes, through the controller's own messages and
//! marks. Next: [`cluster`] for the objects.

mod bodies;
mod cluster;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use self::cluster::{Cluster, KINDS, change, cluster, message};
use super::commands::{Command, Done};
use super::judging::tests::after;
use super::reports::{ReportKey, ReportWrite};
use super::state::State;
use super::watched::{Message, Watched};
use crate::api::report::Verdict;
use crate::engine::policy::PolicyKey;
use crate::inventory::SubjectKey;
use crate::inventory::lookup::Coverage;
use crate::ops::calls::Written;
use crate::ops::watch::Unavailable;

/// What the controller has on record: for each subject each policy's verdict, and each report that is written.
type Verdicts = BTreeMap<SubjectKey, BTreeMap<PolicyKey, Verdict>>;

/// A controller, and the reports that lie on the server.
struct Controller {
    state: State,
    reports: BTreeMap<ReportKey, Value>,
}

impl Controller {
    /// One that begins on this cluster.
    fn begin(cluster: &Cluster) -> Self {
        let mut state = State::new(&Watched::all());
        state.lead(true, after(0));
        for watched in Watched::all() {
            state.handle(Message::Restarted(watched));
        }
        for message in cluster.messages() {
            state.handle(message);
        }
        for watched in Watched::all() {
            state.handle(match watched {
                Watched::Kind(kind) if cluster.forbidden.contains(&kind) => {
                    Message::Unavailable(watched, Unavailable::Forbidden)
                }
                _ => Message::Synced(watched),
            });
        }
        let mut controller = Self { state, reports: BTreeMap::new() };
        controller.judge();
        controller
    }

    /// Judges all that is dirty; the server takes every write.
    fn judge(&mut self) {
        loop {
            let commands = self.state.judge(after(0), 1_000);
            if commands.is_empty() {
                return;
            }
            for command in commands {
                let Command::Report(key, write) = command else { continue };
                match write {
                    ReportWrite::Apply(body) => {
                        self.reports.insert(key.clone(), serde_json::from_str(&body).unwrap());
                    }
                    ReportWrite::Delete(_) => drop(self.reports.remove(&key)),
                }
                let written =
                    Written { uid: "r".to_owned(), resource_version: "1".to_owned(), generation: 1 };
                self.state.done(Done::Report(key, Ok(written)), after(0));
            }
        }
    }

    fn handle(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.state.handle(message);
        }
    }

    fn verdicts(&self) -> Verdicts {
        let inventory = &self.state.inventory;
        let subjects = inventory.subjects().chain(inventory.others());
        let recorded = subjects.filter_map(|key| {
            // That no policy is about it may be on record, or not.
            let outcomes = self.state.ledger.outcomes(&key).filter(|outcomes| !outcomes.is_empty())?;
            Some((key, outcomes.iter().map(|(policy, outcome)| (policy.clone(), outcome.verdict)).collect()))
        });
        recorded.collect()
    }

    /// What stands in each report, but for what cannot be seen any more: of that, only who saw it before knows.
    fn said(&self, cluster: &Cluster) -> BTreeMap<&ReportKey, [&Value; 2]> {
        let is_seen = |body: &Value| {
            let kind = &body["spec"]["subject"]["kind"];
            !cluster.forbidden.iter().any(|forbidden| *kind == forbidden.as_str())
        };
        let reports = self.reports.iter().filter(|(_, body)| is_seen(body));
        reports.map(|(name, body)| (name, [&body["spec"], &body["status"]])).collect()
    }
}

/// What was not ready and is now.
fn became_ready(before: &Verdicts, after: &Verdicts) -> Vec<String> {
    let mut became = Vec::new();
    for (subject, policies) in before {
        for (policy, was) in policies {
            let is = after.get(subject).and_then(|policies| policies.get(policy));
            if *was != Verdict::Ready && is == Some(&Verdict::Ready) {
                became.push(format!("{subject:?} was {was:?} by {policy:?}"));
            }
        }
    }
    became
}

/// The same clusters each time, so that a change is what turns it red; `make churn` looks at thousands of others.
fn config() -> ProptestConfig {
    let asked = |name: &str| std::env::var(name).ok();
    let seed = asked("SEAWORTHY_CLUSTERS_SEED").map_or(2026, |seed| seed.parse().unwrap());
    ProptestConfig {
        cases: asked("SEAWORTHY_CLUSTERS").map_or(64, |cases| cases.parse().unwrap()),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_stands_after_any_changes_is_what_a_new_start_finds(
        start in cluster(),
        changes in proptest::collection::vec((change(), any::<bool>()), 0..30),
    ) {
        let mut cluster = start;
        let mut controller = Controller::begin(&cluster);
        for (change, pause) in changes {
            controller.handle(cluster.apply(change));
            if pause {
                controller.judge();
            }
        }
        controller.judge();
        let fresh = Controller::begin(&cluster);
        prop_assert_eq!(controller.verdicts(), fresh.verdicts());
        prop_assert_eq!(controller.said(&cluster), fresh.said(&cluster));
        let is_all_seen = controller.reports.len() == fresh.reports.len();
        for policy in fresh.state.policies.keys().filter(|_| is_all_seen) {
            prop_assert_eq!(controller.state.tally(policy), fresh.state.tally(policy), "{:?}", policy);
        }
    }

    #[test]
    fn what_may_not_be_seen_any_more_or_is_stale_or_damaged_never_makes_ready_what_was_not(
        start in cluster(),
        kind in proptest::sample::select(KINDS),
        how in 0..3,
    ) {
        prop_assume!(!start.forbidden.contains(&kind));
        let mut controller = Controller::begin(&start);
        let before = controller.verdicts();
        let watched = Watched::Kind(kind);
        match how {
            0 => controller.handle(vec![Message::Unavailable(watched, Unavailable::Forbidden)]),
            1 => {
                let second = std::time::Duration::from_secs(1);
                let age = |other: Watched| if other == watched { second * 11 } else { second };
                let ages = Watched::all().into_iter().map(|watched| (watched, age(watched))).collect();
                controller.state.look(second * 60, &ages, second * 10);
            }
            _ => {
                // What type a Secret is of the server lets nobody change, and the watch selects by it.
                let damaged = start.objects_of(kind).map(|(key, body)| message(key, &json!({
                    "metadata": {"ownerReferences": body["metadata"]["ownerReferences"]}, "type": body["type"], "spec": 7, "data": 7, "rules": 7,
                    "roleRef": 7, "webhooks": 7, "secrets": 7, "value": [], "provisioner": 7, "handler": 7})));
                controller.handle(damaged.collect());
            }
        }
        controller.judge();
        let became = became_ready(&before, &controller.verdicts());
        prop_assert!(became.is_empty(), "{}", became.join("\n"));
        if how < 2 {
            prop_assert!(controller.state.inventory.coverage(kind) != Coverage::Complete);
        }
    }
}

/// The properties would hold of clusters about which nothing is said, too.
#[test]
fn the_clusters_are_worth_looking_at() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let start = cluster().new_tree(&mut runner).unwrap().current();
        kinds.extend(start.kinds());
        let controller = Controller::begin(&start);
        seen.extend(
            controller
                .verdicts()
                .values()
                .flat_map(|policies| policies.values().map(|verdict| verdict.as_str())),
        );
        seen.extend((!controller.reports.is_empty()).then_some("a report"));
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), KINDS.to_vec(), "every kind is in some cluster");
    for expected in ["Ready", "NotReady", "Unknown", "a report"] {
        assert!(seen.contains(expected), "{seen:?}");
    }
}
