//! What the state says of a change that somebody asks for.
//!
//! It leaves everything as it was: an object that is asked about may never come to be. It must not do any I/O. Next:
//! [`crate::engine::admission`].

use jiff::Timestamp;

use super::state::State;
use super::watched::Watched;
use crate::engine::admission::{Change, Review, Scope, review};
use crate::inventory::lookup::Coverage;

impl State {
    /// What is said of a change; none while policies are not known.
    pub fn review(&mut self, change: &Change, now: Timestamp) -> Option<Review> {
        self.knows_policies().then(|| review(change, self.policies.view(), &mut self.inventory, now))
    }

    /// What policies warn or deny in; none while they are not known.
    pub fn scope(&self) -> Option<Scope> {
        self.knows_policies().then(|| self.policies.scope())
    }

    /// Whether each policy was seen. Without the right to read them, or without their definition, what was seen
    /// before says nothing of what is.
    fn knows_policies(&self) -> bool {
        let own = [Watched::Policies, Watched::ClusterPolicies];
        // With listed namespaces, policies of the cluster are nobody's here.
        own.into_iter().filter(|watched| self.settled.is_watched(*watched)).all(|watched| {
            self.settled.is_settled(watched)
                && matches!(self.settled.coverage(watched), Coverage::Complete | Coverage::Stale)
        })
    }
}
