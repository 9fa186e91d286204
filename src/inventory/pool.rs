//! Equal values, kept once.
//!
//! The objects of a cluster come from a few charts: thousands of containers have one of a few settings, and the objects
//! of an application carry the same labels. Each is decoded by itself; [`Pool::share`] then replaces it by an equal one
//! that is already kept, if there is one. It must not know what it keeps. Next: [`super::pools`], which says what
//! objects share.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::quick_hash::QuickHash;

/// Values of one type, each once. One that nobody else holds any more goes when the next search for such ones pays.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized> {
    known: HashSet<Arc<T>, QuickHash>,
    /// Number of values at which the next search for those that nobody else holds pays.
    sweep_at: usize,
}

/// So few values are not searched for those that nobody else holds.
const FEW: usize = 64;

impl<T: ?Sized> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone(), sweep_at: self.sweep_at }
    }
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { known: HashSet::default(), sweep_at: FEW }
    }
}

impl<T: Eq + Hash + ?Sized> Pool<T> {
    /// Makes this value one with an equal one.
    pub(super) fn share(&mut self, value: &mut Arc<T>) {
        self.share_or(value, |_| {});
    }

    /// The same. If there is none, its parts may be shared with others before it is kept, unless somebody else holds it.
    pub(super) fn share_or(&mut self, value: &mut Arc<T>, share_parts: impl FnOnce(&mut T)) {
        if let Some(known) = self.known.get(value) {
            value.clone_from(known);
        } else {
            if let Some(own) = Arc::get_mut(value) {
                share_parts(own);
            }
            self.sweep();
            self.known.insert(Arc::clone(value));
        }
    }

    fn sweep(&mut self) {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|value| Arc::strong_count(value) > 1);
            self.sweep_at = FEW.max(2 * self.known.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_once_while_somebody_holds_it() {
        let mut pool = Pool::<str>::default();
        let mut held = ["held", "other", "held"].map(Arc::from);
        for text in &mut held {
            pool.share(text);
        }
        assert!(Arc::ptr_eq(&held[0], &held[2]));
        assert_eq!(held.each_ref().map(|text| &**text), ["held", "other", "held"]);
        for number in 0..1_000 {
            pool.share(&mut Arc::from(number.to_string()));
        }
        assert!(pool.known.len() <= FEW, "{}", pool.known.len());
        let mut again = Arc::from("held");
        pool.share(&mut again);
        assert!(Arc::ptr_eq(&held[0], &again));
    }

    #[test]
    fn parts_are_shared_only_of_what_is_new() {
        let (mut pool, mut times) = (Pool::default(), 0);
        for mut value in [Arc::new(1), Arc::new(1), Arc::new(2)] {
            pool.share_or(&mut value, |_| times += 1);
        }
        assert_eq!(times, 2);
    }
}
