//! How long ago each watch showed life, as the clock says.
//!
//! It must not judge what that means: [`super::freshness`] does. Next: [`super::run`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::freshness::Sight;
use super::state::State;
use super::watched::Watched;
use crate::ops::life::ProofOfLife;
use crate::ops::metrics::Metrics;

/// How soon it is noticed that what was dead lives again; nothing else would tell.
const WHILE_DEAD: Duration = Duration::from_millis(500);

/// The signs of life of every watch.
#[derive(Debug)]
pub struct Vitals {
    lives: Vec<(Watched, Arc<ProofOfLife>)>,
    started: Instant,
    limit: Duration,
    metrics: Arc<Metrics>,
}

impl Vitals {
    /// A kind is stale after `limit` without a sign of life.
    pub fn new(lives: Vec<(Watched, Arc<ProofOfLife>)>, limit: Duration, metrics: Arc<Metrics>) -> Self {
        Self { lives, started: Instant::now(), limit, metrics }
    }

    /// Tells the state how old the last signs of life are; returns when to look again.
    pub fn look(&self, state: &mut State) -> Duration {
        let uptime = self.started.elapsed();
        // What has never shown life is as old as the process.
        let ages: BTreeMap<Watched, Duration> =
            self.lives.iter().map(|(watched, life)| (*watched, life.age().unwrap_or(uptime))).collect();
        state.look(uptime, &ages, self.limit);
        let settled = state.settled();
        for watched in ages.keys() {
            let stale = settled.stale().contains(watched) || settled.sight() == Sight::Dark;
            let plural = watched.resource().plural;
            self.metrics.watch_stale.with_label_values(&[&*plural]).set(stale.into());
        }
        let dead = settled.sight() != Sight::Clear || !settled.stale().is_empty();
        let next = ages.values().filter_map(|age| self.limit.checked_sub(*age)).min().unwrap_or(WHILE_DEAD);
        if dead { WHILE_DEAD } else { next + Duration::from_millis(1) }
    }
}
