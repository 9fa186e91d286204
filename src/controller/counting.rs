//! What a policy counts now, of subjects that were judged and of those that wait.
//!
//! It must not judge. Next: [`super::ledger`] for what was judged, [`super::judging`] for who asks.

use std::collections::BTreeSet;

use super::state::State;
use crate::api::report::Verdict;
use crate::api::severity::FailOn;
use crate::engine::evaluate::PolicyOutcome;
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::select::may_be_about;
use crate::engine::subject::Subject;
use crate::engine::tally::{Counting, Tally};
use crate::inventory::Kind;

impl State {
    /// What a policy counts. A subject that waits to be judged counts as unknown: what was last said of it
    /// may be about yesterday's.
    pub(super) fn tally(&self, policy: &PolicyKey) -> Tally {
        let mut tally = self.ledger.tally(policy);
        let effective = self.policies.effective(policy);
        let unknown = PolicyOutcome::without_checks(Verdict::Unknown);
        for key in self.dirty.about(policy) {
            let Some(subject) = Subject::find(&self.inventory, key) else { continue };
            if let Some((counting, outcome)) = self.ledger.counted(policy, key) {
                tally.take(counting, outcome);
                tally.add(counting, &unknown);
            } else if effective.is_some_and(|policy| may_be_about(policy, &subject, &self.inventory)) {
                tally.add(Counting::of(&subject), &unknown);
            }
        }
        // Where nothing blocks, nothing that is not seen does.
        let decides = effective.filter(|policy| policy.fail_on != FailOn::Never);
        let kinds = decides.map(kinds).unwrap_or_default();
        let is_blind = |kind: &Kind| self.inventory.coverage_in(*kind, &policy.namespace).is_blind();
        tally.unseen = kinds.into_iter().filter(is_blind).collect();
        tally
    }
}

/// Kinds whose objects decide what a policy says.
fn kinds(policy: &EffectivePolicy) -> BTreeSet<Kind> {
    let is_in_reach = |kind: &Kind| policy.key.is_cluster() || kind.info().namespaced;
    let orphans = policy.decisive_orphans().into_iter().filter(is_in_reach);
    policy.selection.kinds.iter().copied().chain(orphans).collect()
}
