//! Which kinds are known: synced, not served, forbidden, stale, or not yet listed.
//!
//! Nothing is judged before every kind that is always watched is settled, and nothing that depends on another
//! kind before that one is; a relist does not unsettle a kind. It must not keep objects. Next: [`super::freshness`] for what is stale, [`super::state`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::freshness::{Freshness, Sight};
use super::watched::Watched;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;
use crate::ops::watch::Unavailable;

/// How far the knowledge of each watched kind is.
#[derive(Debug)]
pub struct Settled {
    /// What the lists came to, whatever happened since.
    coverage: BTreeMap<Watched, Coverage>,
    /// The same in each namespace, of what is watched in listed ones only.
    places: BTreeMap<Watched, BTreeMap<String, Coverage>>,
    freshness: Freshness,
}

impl Settled {
    /// Nothing is known yet of any of these.
    pub fn new(watched: impl IntoIterator<Item = Watched>) -> Self {
        let coverage = watched.into_iter().map(|watched| (watched, Coverage::NotSynced)).collect();
        Self { coverage, places: BTreeMap::new(), freshness: Freshness::default() }
    }

    /// A kind came to be known, or not. Says whether that is news.
    pub fn set(&mut self, watched: Watched, coverage: Coverage) -> bool {
        self.coverage.insert(watched, coverage) != Some(coverage)
    }

    /// The same in one namespace.
    pub fn set_in(&mut self, watched: Watched, namespace: &str, coverage: Coverage) -> bool {
        let places = self.places.entry(watched).or_default();
        places.insert(namespace.to_owned(), coverage) != Some(coverage)
    }

    /// A kind is watched from now on.
    pub fn begin(&mut self, watched: Watched) {
        self.coverage.entry(watched).or_insert(Coverage::NotSynced);
    }

    /// A kind is not watched any more.
    pub fn end(&mut self, watched: Watched) {
        self.coverage.remove(&watched);
        self.places.remove(&watched);
        self.freshness.forget(watched);
    }

    /// Whether a kind is watched.
    pub fn is_watched(&self, watched: Watched) -> bool {
        self.coverage.contains_key(&watched)
    }

    /// Whether a kind is watched and as well known as it can be.
    pub fn is_settled(&self, watched: Watched) -> bool {
        self.is_watched(watched) && self.coverage(watched) != Coverage::NotSynced
    }

    /// How much is known of a kind.
    pub fn coverage(&self, watched: Watched) -> Coverage {
        match self.coverage.get(&watched).copied().unwrap_or_default() {
            Coverage::Complete | Coverage::NotSynced if self.freshness.is_stale(watched) => Coverage::Stale,
            coverage => coverage,
        }
    }

    /// How much is known of a kind in one namespace.
    pub fn coverage_in(&self, watched: Watched, namespace: &str) -> Coverage {
        match (self.coverage(watched), self.places.get(&watched)) {
            // One that is not listed nobody looks at.
            (Coverage::Complete, Some(places)) => {
                places.get(namespace).copied().unwrap_or(Coverage::Forbidden)
            }
            (whole, _) => whole,
        }
    }

    /// Takes in how long ago each kind last showed life, `uptime` after the start; a kind that is stale
    /// has shown none for `limit` while others have. Returns the kinds whose coverage changed by it.
    pub fn look(
        &mut self,
        uptime: Duration,
        ages: &BTreeMap<Watched, Duration>,
        limit: Duration,
    ) -> Vec<Watched> {
        let before = self.freshness.stale().clone();
        // A refusal is an answer: those kinds are as known as they can be.
        let expected = |watched: &Watched| {
            !matches!(self.coverage.get(watched), Some(Coverage::Forbidden | Coverage::NotServed))
        };
        let ages = ages.iter().filter(|(watched, _)| expected(watched)).map(|(kind, age)| (*kind, *age));
        self.freshness.look(uptime, &ages.collect(), limit);
        before.symmetric_difference(self.freshness.stale()).copied().collect()
    }

    /// The kinds that are stale.
    pub const fn stale(&self) -> &BTreeSet<Watched> {
        self.freshness.stale()
    }

    /// How much of the server can be seen.
    pub const fn sight(&self) -> Sight {
        self.freshness.sight()
    }

    /// Whether every kind that is always watched is settled, so that judging can begin.
    pub fn all(&self) -> bool {
        self.sight() == Sight::Clear && self.missing().next().is_none()
    }

    /// The kinds of those that are not settled. One that never answers counts as settled once it is stale, or it
    /// would stop all others; but not one of the operator's own: without policies every report would
    /// look like a leftover.
    pub fn missing(&self) -> impl Iterator<Item = Watched> + '_ {
        self.coverage
            .iter()
            .filter(|(watched, coverage)| match watched {
                Watched::Kind(_) if !watched.is_always() => false,
                Watched::Kind(_) => self.coverage(**watched) == Coverage::NotSynced,
                _ => **coverage == Coverage::NotSynced,
            })
            .map(|(watched, _)| *watched)
    }

    /// Kinds without which the operator cannot do its job, and why: its own, and the workload kinds.
    pub fn unusable(&self) -> Vec<String> {
        let needed = |watched: &Watched| match watched {
            Watched::Kind(kind) => Kind::WORKLOADS.contains(kind),
            _ => true,
        };
        let dark = match self.sight() {
            Sight::Clear => None,
            Sight::Dark => Some("the API server shows no sign of life".to_owned()),
            Sight::Recovering => Some("the API server is back; not every watch is".to_owned()),
        };
        let kinds = self.coverage.keys().filter(|watched| needed(watched)).filter_map(|watched| {
            let plural = watched.label();
            match self.coverage(*watched) {
                Coverage::NotSynced => Some(format!("{plural}: not listed yet")),
                Coverage::NotServed => Some(format!("{plural}: not served (are the CRDs installed?)")),
                Coverage::Forbidden => Some(format!("{plural}: forbidden (is the RBAC installed?)")),
                Coverage::Stale => Some(format!("{plural}: stale, the watch shows no sign of life")),
                Coverage::Complete | Coverage::Partial => None,
            }
        });
        dark.into_iter().chain(kinds).collect()
    }
}

/// What an answer of the server means for what is known.
pub const fn unavailable(why: Unavailable) -> Coverage {
    match why {
        Unavailable::NotServed => Coverage::NotServed,
        Unavailable::Forbidden => Coverage::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const DEPLOYMENTS: Watched = Watched::Kind(Kind::Deployment);
    const PODS: Watched = Watched::Kind(Kind::Pod);

    fn ages(seconds: [(Watched, u32); 3]) -> BTreeMap<Watched, Duration> {
        seconds.into_iter().map(|(watched, age)| (watched, SECOND * age)).collect()
    }

    #[test]
    fn a_kind_that_never_answers_does_not_stop_the_others_for_ever() {
        let mut settled = Settled::new([DEPLOYMENTS, PODS, Watched::Policies]);
        settled.set(PODS, Coverage::Complete);
        settled.set(Watched::Policies, Coverage::Complete);
        assert!(!settled.all());
        let ages = ages([(DEPLOYMENTS, 11), (PODS, 1), (Watched::Policies, 1)]);
        assert_eq!(settled.look(SECOND * 11, &ages, SECOND * 10), [DEPLOYMENTS]);
        assert!(settled.all());
        assert_eq!(settled.coverage(DEPLOYMENTS), Coverage::Stale);
        assert_eq!(settled.unusable(), ["deployments: stale, the watch shows no sign of life"]);
    }

    #[test]
    fn a_kind_that_is_watched_in_listed_namespaces_is_known_in_those_alone() {
        let mut settled = Settled::new([PODS]);
        assert!(settled.set_in(PODS, "shop", Coverage::Complete));
        assert!(!settled.set_in(PODS, "shop", Coverage::Complete), "it is no news");
        settled.set_in(PODS, "gone", Coverage::NotServed);
        assert_eq!(settled.coverage_in(PODS, "shop"), Coverage::NotSynced, "before the whole kind is");
        settled.set(PODS, Coverage::Complete);
        assert_eq!(settled.coverage_in(PODS, "shop"), Coverage::Complete);
        assert_eq!(settled.coverage_in(PODS, "gone"), Coverage::NotServed);
        assert_eq!(settled.coverage_in(PODS, "other"), Coverage::Forbidden);
        assert_eq!(settled.coverage_in(DEPLOYMENTS, "other"), settled.coverage(DEPLOYMENTS));
    }

    #[test]
    fn policies_that_were_never_listed_stop_everything() {
        let mut settled = Settled::new([DEPLOYMENTS, PODS, Watched::Policies]);
        settled.set(PODS, Coverage::Complete);
        settled.set(DEPLOYMENTS, Coverage::Complete);
        let ages = ages([(DEPLOYMENTS, 1), (PODS, 1), (Watched::Policies, 11)]);
        settled.look(SECOND * 11, &ages, SECOND * 10);
        assert_eq!(settled.missing().collect::<Vec<_>>(), [Watched::Policies]);
    }

    #[test]
    fn a_forbidden_kind_is_not_stale_and_does_not_hide_that_all_others_are() {
        let mut settled = Settled::new([DEPLOYMENTS, PODS, Watched::Policies]);
        settled.set(PODS, Coverage::Forbidden);
        settled.set(DEPLOYMENTS, Coverage::Complete);
        settled.set(Watched::Policies, Coverage::Complete);
        let fresh = ages([(DEPLOYMENTS, 1), (PODS, 99), (Watched::Policies, 1)]);
        assert!(settled.look(SECOND * 99, &fresh, SECOND * 10).is_empty());
        assert!(settled.all());
        let dead = ages([(DEPLOYMENTS, 11), (PODS, 99), (Watched::Policies, 11)]);
        settled.look(SECOND * 110, &dead, SECOND * 10);
        assert_eq!(settled.sight(), Sight::Dark);
        assert!(!settled.all());
    }
}
