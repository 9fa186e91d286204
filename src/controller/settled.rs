//! Which kinds are known: synced, not served, forbidden, or not yet listed.
//!
//! Nothing is judged before every kind is settled; a relist does not unsettle a kind. It must not keep
//! objects. Next: [`super::state`].

use std::collections::BTreeMap;

use super::watched::Watched;
use crate::inventory::lookup::Coverage;
use crate::ops::watch::Unavailable;

/// How far the knowledge of each watched kind is.
#[derive(Debug)]
pub struct Settled {
    coverage: BTreeMap<Watched, Coverage>,
}

impl Settled {
    /// Nothing is known yet of any of these.
    pub fn new(watched: impl IntoIterator<Item = Watched>) -> Self {
        Self { coverage: watched.into_iter().map(|watched| (watched, Coverage::NotSynced)).collect() }
    }

    /// A kind came to be known, or not. Says whether that is news.
    pub fn set(&mut self, watched: Watched, coverage: Coverage) -> bool {
        self.coverage.insert(watched, coverage) != Some(coverage)
    }

    /// How much is known of a kind.
    pub fn coverage(&self, watched: Watched) -> Coverage {
        self.coverage.get(&watched).copied().unwrap_or_default()
    }

    /// Whether every kind is settled, so that judging can begin.
    pub fn all(&self) -> bool {
        self.missing().next().is_none()
    }

    /// The kinds that are not settled.
    pub fn missing(&self) -> impl Iterator<Item = Watched> + '_ {
        self.coverage
            .iter()
            .filter(|(_, coverage)| **coverage == Coverage::NotSynced)
            .map(|(watched, _)| *watched)
    }

    /// Kinds without which the operator cannot do its job, and why: its own, and the workload kinds.
    pub fn unusable(&self) -> Vec<String> {
        let needed = |watched: &Watched| match watched {
            Watched::Kind(kind) => kind.is_workload(),
            _ => true,
        };
        self.coverage
            .iter()
            .filter(|(watched, _)| needed(watched))
            .filter_map(|(watched, coverage)| {
                let plural = watched.resource().plural;
                match coverage {
                    Coverage::NotSynced => Some(format!("{plural}: not listed yet")),
                    Coverage::NotServed => Some(format!("{plural}: not served (are the CRDs installed?)")),
                    Coverage::Forbidden => Some(format!("{plural}: forbidden (is the RBAC installed?)")),
                    Coverage::Complete | Coverage::Partial | Coverage::Stale => None,
                }
            })
            .collect()
    }
}

/// What an answer of the server means for what is known.
pub const fn unavailable(why: Unavailable) -> Coverage {
    match why {
        Unavailable::NotServed => Coverage::NotServed,
        Unavailable::Forbidden => Coverage::Forbidden,
    }
}
