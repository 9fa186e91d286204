//! Memory after a list.
//!
//! A tree that grows in order, as it does while a list is read and what it brought is judged, has nodes that are half
//! empty: over 10,000 workloads some megabytes. It must not change what is held. Next: [`super::judging`].

use super::state::State;

impl State {
    /// Once everything that a list brought is judged, what grew meanwhile is packed.
    pub(super) fn pack_after_a_list(&mut self) {
        if self.grew && self.dirty.is_empty() {
            self.grew = false;
            self.inventory.pack();
            self.ledger.pack();
            self.reports.pack();
        }
    }
}
