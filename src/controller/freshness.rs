//! Which kinds are stale, and whether anything can be seen at all.
//!
//! A kind is stale when its watch has shown no life for a while in which others have. When none has, the
//! server is away rather than a kind: nothing is judged, and afterwards not before every kind is back.
//! It must not read a clock or know what a kind is. Next: [`super::settled`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::watched::Watched;

/// How much of the server can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// Some kinds show life.
    #[default]
    Clear,
    /// None does.
    Dark,
    /// Some do again, and others have not had the time to.
    Recovering,
}

/// Which kinds are stale.
#[derive(Debug, Default)]
pub struct Freshness {
    stale: BTreeSet<Watched>,
    sight: Sight,
    /// When a recovery ends whatever is still missing: that is stale then.
    patience: Duration,
}

impl Freshness {
    /// Takes in how long ago each kind last showed life, `uptime` after the start.
    pub fn look(&mut self, uptime: Duration, ages: &BTreeMap<Watched, Duration>, limit: Duration) {
        let dead: BTreeSet<Watched> =
            ages.iter().filter(|(_, age)| **age > limit).map(|(watched, _)| *watched).collect();
        if dead.len() == ages.len() && !ages.is_empty() {
            self.sight = Sight::Dark;
            return;
        }
        if self.sight == Sight::Dark {
            self.sight = Sight::Recovering;
            self.patience = uptime + limit;
        }
        if self.sight == Sight::Recovering {
            if !dead.is_empty() && uptime < self.patience {
                return;
            }
            self.sight = Sight::Clear;
        }
        self.stale = dead;
    }

    /// A kind is not watched any more.
    pub fn forget(&mut self, watched: Watched) {
        self.stale.remove(&watched);
    }

    /// The kinds that are stale.
    pub const fn stale(&self) -> &BTreeSet<Watched> {
        &self.stale
    }

    /// Whether a kind is stale.
    pub fn is_stale(&self, watched: Watched) -> bool {
        self.stale.contains(&watched)
    }

    /// How much of the server can be seen.
    pub const fn sight(&self) -> Sight {
        self.sight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Duration = Duration::from_secs(10);

    fn look(freshness: &mut Freshness, uptime: u32, ages: [u32; 3]) -> (Sight, usize) {
        let watched = [Watched::Policies, Watched::ClusterPolicies, Watched::Reports];
        let ages = watched.into_iter().zip(ages).map(|(watched, age)| (watched, SECOND * age)).collect();
        freshness.look(SECOND * uptime, &ages, LIMIT);
        (freshness.sight(), freshness.stale().len())
    }

    #[test]
    fn a_kind_is_stale_while_others_show_life() {
        let mut freshness = Freshness::default();
        assert_eq!(look(&mut freshness, 10, [10, 1, 1]), (Sight::Clear, 0));
        assert_eq!(look(&mut freshness, 11, [11, 1, 1]), (Sight::Clear, 1));
        assert!(freshness.is_stale(Watched::Policies));
        assert_eq!(look(&mut freshness, 12, [0, 1, 1]), (Sight::Clear, 0));
    }

    #[test]
    fn after_an_outage_every_kind_is_waited_for() {
        let mut freshness = Freshness::default();
        assert_eq!(look(&mut freshness, 20, [11, 12, 13]), (Sight::Dark, 0));
        assert_eq!(look(&mut freshness, 30, [0, 22, 23]), (Sight::Recovering, 0));
        assert_eq!(look(&mut freshness, 31, [1, 0, 24]), (Sight::Recovering, 0));
        assert_eq!(look(&mut freshness, 32, [2, 1, 0]), (Sight::Clear, 0));
    }

    #[test]
    fn a_kind_that_stays_away_after_an_outage_becomes_stale() {
        let mut freshness = Freshness::default();
        look(&mut freshness, 20, [11, 12, 13]);
        assert_eq!(look(&mut freshness, 30, [0, 0, 23]), (Sight::Recovering, 0));
        assert_eq!(look(&mut freshness, 39, [9, 9, 32]), (Sight::Recovering, 0));
        assert_eq!(look(&mut freshness, 40, [1, 1, 33]), (Sight::Clear, 1));
    }

    #[test]
    fn an_outage_that_comes_back_during_the_recovery_begins_anew() {
        let mut freshness = Freshness::default();
        look(&mut freshness, 20, [11, 12, 13]);
        look(&mut freshness, 30, [0, 22, 23]);
        assert_eq!(look(&mut freshness, 41, [11, 33, 34]), (Sight::Dark, 0));
        assert_eq!(look(&mut freshness, 50, [0, 0, 43]), (Sight::Recovering, 0));
    }
}
