//! Which policies in force read which kinds, beside the ones that are always watched.
//!
//! It must not know how far a kind is known. Next: [`super::wanted`].

use std::collections::{BTreeMap, BTreeSet};

use super::watched::Watched;
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::inventory::Kind;

/// Policies by the kinds that their checks read. A suspended one reads nothing.
#[derive(Debug, Default)]
pub struct Readers(BTreeMap<Kind, BTreeSet<PolicyKey>>);

impl Readers {
    /// A policy is in force like this, or not any more.
    pub fn set(&mut self, key: &PolicyKey, policy: Option<&EffectivePolicy>) {
        for readers in self.0.values_mut() {
            readers.remove(key);
        }
        let reads = policy.filter(|policy| !policy.suspended).map(EffectivePolicy::reads).unwrap_or_default();
        for kind in reads.into_iter().filter(|kind| !Watched::Kind(*kind).is_always()) {
            self.0.entry(kind).or_default().insert(key.clone());
        }
        self.0.retain(|_, readers| !readers.is_empty());
    }

    /// The kinds that some policy reads, in order.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.0.keys().copied()
    }

    /// The policies that read a kind, in order.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &PolicyKey> {
        self.0.get(&kind).into_iter().flatten()
    }

    /// Whether a policy reads a kind.
    pub fn reads(&self, policy: &PolicyKey, kind: Kind) -> bool {
        self.0.get(&kind).is_some_and(|readers| readers.contains(policy))
    }
}
