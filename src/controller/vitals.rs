//! How long ago each watch showed life, as the clock says.
//!
//! It must not judge what that means: [`super::freshness`] does. Next: [`super::run`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::freshness::Sight;
use super::state::State;
use super::watched::Watched;
use crate::ops::life::ProofOfLife;
use crate::ops::metrics::Metrics;

/// How soon it is noticed that what was dead lives again; nothing else would tell.
const WHILE_DEAD: Duration = Duration::from_millis(500);

/// The proofs of life of the watches that run now. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lives(Arc<Mutex<Known>>);

/// One proof for each namespace in which a kind is watched, or one for all.
type Known = BTreeMap<Watched, Vec<Arc<ProofOfLife>>>;

impl Lives {
    /// So many watches of a kind begin.
    pub fn begin(&self, watched: Watched, number: usize) -> Vec<Arc<ProofOfLife>> {
        let lives: Vec<_> = (0..number).map(|_| Arc::new(ProofOfLife::default())).collect();
        self.lock().insert(watched, lives.clone());
        lives
    }

    /// A watch has ended.
    pub fn end(&self, watched: Watched) {
        self.lock().remove(&watched);
    }

    /// Sets the age of every watch, before a scrape.
    pub fn set_ages(&self, metrics: &Metrics) {
        for (watched, lives) in self.lock().iter() {
            if let Some(life) = lives.iter().max_by_key(|life| life.silence()) {
                metrics.set_watch_age(&watched.label(), life);
            }
        }
    }

    fn silences(&self) -> BTreeMap<Watched, Duration> {
        let silence = |lives: &Vec<Arc<ProofOfLife>>| lives.iter().map(|life| life.silence()).max();
        self.lock().iter().filter_map(|(watched, lives)| Some((*watched, silence(lives)?))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signs of life of every watch.
#[derive(Debug)]
pub struct Vitals {
    lives: Lives,
    started: Instant,
    limit: Duration,
    metrics: Arc<Metrics>,
}

impl Vitals {
    /// A kind is stale after `limit` without a sign of life.
    pub fn new(lives: Lives, limit: Duration, metrics: Arc<Metrics>) -> Self {
        Self { lives, started: Instant::now(), limit, metrics }
    }

    /// Tells the state how old the last signs of life are; returns when to look again.
    pub fn look(&self, state: &mut State) -> Duration {
        let uptime = self.started.elapsed();
        let ages = self.lives.silences();
        state.look(uptime, &ages, self.limit);
        let settled = state.settled();
        for watched in ages.keys() {
            let stale = settled.stale().contains(watched) || settled.sight() == Sight::Dark;
            let label = watched.label();
            self.metrics.watch_stale.with_label_values(&[&*label]).set(stale.into());
        }
        let dead = settled.sight() != Sight::Clear || !settled.stale().is_empty();
        let next = ages.values().filter_map(|age| self.limit.checked_sub(*age)).min().unwrap_or(WHILE_DEAD);
        if dead { WHILE_DEAD } else { next + Duration::from_millis(1) }
    }
}
