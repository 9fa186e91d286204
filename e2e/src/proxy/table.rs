//! The rules in force, and how often each fault happened.
//!
//! It must not know HTTP. Next: [`super::exchange`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::matching::Asked;
use super::rule::{Action, Rule};

/// The rules in force, oldest first.
#[derive(Default)]
pub(super) struct Table {
    rules: Mutex<Vec<Arc<Entry>>>,
    requests: AtomicU64,
}

pub(super) struct Entry {
    rule: Rule,
    occasions: AtomicU64,
    happened: AtomicU64,
    // Turns false when the fault ends.
    active: watch::Sender<bool>,
}

impl Entry {
    pub(super) const fn action(&self) -> &Action {
        &self.rule.action
    }

    /// Takes this occasion, unless the rule lets it pass. Taken, the fault counts as happened.
    pub(super) fn take(&self) -> bool {
        let occasion = self.occasions.fetch_add(1, Ordering::Relaxed);
        let taken = occasion >= self.rule.skip && occasion - self.rule.skip < self.rule.most;
        if taken {
            self.happened.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Waits for the end of the fault.
    pub(super) async fn ended(&self) {
        let _ = self.active.subscribe().wait_for(|active| !active).await;
    }
}

impl Table {
    pub(super) fn add(table: &Arc<Self>, rule: Rule) -> Fault {
        let entry = Arc::new(Entry {
            rule,
            occasions: AtomicU64::new(0),
            happened: AtomicU64::new(0),
            active: watch::channel(true).0,
        });
        table.lock().push(Arc::clone(&entry));
        Fault { table: Arc::clone(table), entry }
    }

    /// Counts a request.
    pub(super) fn asked(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// What goes wrong with this request itself.
    pub(super) fn on_request(&self, asked: &Asked) -> Option<Arc<Entry>> {
        let matching = self.matching(asked, |action| !action.is_about_events());
        matching.into_iter().find(|entry| entry.take())
    }

    /// What may go wrong with the objects and events that answer this request; not taken yet.
    pub(super) fn on_events(&self, asked: &Asked) -> Vec<Arc<Entry>> {
        self.matching(asked, Action::is_about_events)
    }

    fn matching(&self, asked: &Asked, wanted: impl Fn(&Action) -> bool) -> Vec<Arc<Entry>> {
        let matches = |entry: &&Arc<Entry>| wanted(&entry.rule.action) && entry.rule.on.matches(asked);
        self.lock().iter().filter(matches).cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Entry>>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault that is on: ended when this value is dropped.
pub struct Fault {
    table: Arc<Table>,
    entry: Arc<Entry>,
}

impl Fault {
    /// How often it happened.
    pub fn count(&self) -> u64 {
        self.entry.happened.load(Ordering::Relaxed)
    }

    /// Ends it; how often it happened.
    pub fn end(self) -> u64 {
        self.count()
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        self.table.lock().retain(|entry| !Arc::ptr_eq(entry, &self.entry));
        self.entry.active.send_replace(false);
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fault = f.debug_struct("Fault");
        fault.field("rule", &self.entry.rule).field("count", &self.count()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().iter().map(|entry| &entry.rule)).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::proxy::On;

    #[test]
    fn a_rule_counts_what_it_takes_and_nothing_else() {
        let table = Arc::new(Table::default());
        let asked = Asked::of(&Method::GET, "/apis/apps/v1/deployments", "");
        let other = Asked::of(&Method::GET, "/api/v1/pods", "");
        let fault = Table::add(&table, Rule::new(On::list("deployments"), Action::Close).after(1).times(2));
        assert!(table.on_request(&other).is_none());
        let taken: Vec<bool> = (0..5).map(|_| table.on_request(&asked).is_some()).collect();
        assert_eq!(taken, [false, true, true, false, false]);
        assert_eq!(fault.end(), 2);
        assert!(table.matching(&asked, |_| true).is_empty());
    }
}
