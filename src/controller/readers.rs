//! Which policies in force read which kinds, beside the ones that are always watched.
//!
//! It must not know how far a kind is known. Next: [`super::wanted`].

use std::collections::{BTreeMap, BTreeSet};

use super::watched::Watched;
use crate::catalogue::check::Sight;
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::inventory::Kind;

/// Policies by the kinds that their checks read, and by the kinds of which they judge what no workload
/// reaches. A suspended one reads and judges nothing.
#[derive(Debug, Default)]
pub struct Readers {
    reads: ByKind,
    judges: ByKind,
    /// Those that compare workloads over namespaces.
    compare: BTreeSet<PolicyKey>,
}

type ByKind = BTreeMap<Kind, BTreeSet<PolicyKey>>;

fn set(by_kind: &mut ByKind, key: &PolicyKey, kinds: impl IntoIterator<Item = Kind>) {
    for policies in by_kind.values_mut() {
        policies.remove(key);
    }
    for kind in kinds {
        by_kind.entry(kind).or_default().insert(key.clone());
    }
    by_kind.retain(|_, policies| !policies.is_empty());
}

impl Readers {
    /// A policy is in force like this, or not any more.
    pub fn set(&mut self, key: &PolicyKey, policy: Option<&EffectivePolicy>) {
        let policy = policy.filter(|policy| !policy.suspended);
        let reads = policy.map(EffectivePolicy::reads).unwrap_or_default();
        set(&mut self.reads, key, reads.into_iter().filter(|kind| !Watched::Kind(*kind).is_always()));
        let compares = |policy: &EffectivePolicy| {
            policy.checks.iter().any(|check| check.sees_others && check.compiled.sight == Sight::Namesakes)
        };
        if policy.is_some_and(compares) {
            self.compare.insert(key.clone());
        } else {
            self.compare.remove(key);
        }
        set(&mut self.judges, key, policy.into_iter().flat_map(EffectivePolicy::live_orphans));
    }

    /// Whether some policy compares workloads with those of the same name in other namespaces.
    pub fn compare(&self) -> bool {
        !self.compare.is_empty()
    }

    /// Whether some policy judges objects that no workload reaches.
    pub fn judge_any(&self) -> bool {
        !self.judges.is_empty()
    }

    /// Whether some policy judges objects of this kind that no workload reaches.
    pub fn judge(&self, kind: Kind) -> bool {
        self.judges.contains_key(&kind)
    }

    /// The kinds that some policy reads, in order.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.reads.keys().copied()
    }

    /// The policies that read a kind, in order.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &PolicyKey> {
        self.reads.get(&kind).into_iter().flatten()
    }

    /// Whether a policy reads a kind.
    pub fn reads(&self, policy: &PolicyKey, kind: Kind) -> bool {
        self.reads.get(&kind).is_some_and(|readers| readers.contains(policy))
    }
}
