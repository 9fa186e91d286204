//! Which kinds are watched beside the ones that always are: what some policy reads, and for a while what one
//! has read.
//!
//! A watch costs the server a list and memory here, so none is kept that nobody needs; one that ends with each
//! edit of a policy would cost more. It must not start or end a watch: [`super::watches`] does. Next:
//! [`super::waiting`] for what waits until a kind is known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::inventory::Kind;

/// How long a kind is watched that nobody reads any more.
const LINGER: SignedDuration = SignedDuration::from_mins(5);

/// The kinds that are watched because some policy reads them, or did.
#[derive(Debug)]
pub struct Wanted {
    linger: SignedDuration,
    /// With since when nobody reads them.
    kinds: BTreeMap<Kind, Option<Timestamp>>,
}

/// Watches to begin and to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchOrders {
    /// Kinds whose watch ends; all of them before any begins.
    pub end: Vec<Kind>,
    /// Kinds whose watch begins.
    pub begin: Vec<Kind>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { linger: LINGER, kinds: BTreeMap::new() }
    }
}

impl Wanted {
    /// Sets how long a kind is watched that nobody reads any more.
    pub const fn set_linger(&mut self, linger: SignedDuration) {
        self.linger = linger;
    }

    /// Takes in what is read now. A watch ends only when `may_end`: before every policy is known, and while the
    /// server cannot be seen, nobody can tell that a kind is not read.
    pub fn look(&mut self, read: &BTreeSet<Kind>, may_end: bool, now: Timestamp) -> WatchOrders {
        let begin: Vec<Kind> = read.iter().filter(|kind| !self.kinds.contains_key(kind)).copied().collect();
        self.kinds.extend(begin.iter().map(|kind| (*kind, None)));
        for (kind, unread) in &mut self.kinds {
            *unread = if read.contains(kind) { None } else { unread.or(Some(now)) };
        }
        let end: Vec<Kind> = if may_end { self.over(now) } else { Vec::new() };
        for kind in &end {
            self.kinds.remove(kind);
        }
        WatchOrders { end, begin }
    }

    fn over(&self, now: Timestamp) -> Vec<Kind> {
        let ends = self.kinds.iter().filter_map(|(kind, unread)| Some((kind, self.end(*unread)?)));
        ends.filter(|(_, end)| *end <= now).map(|(kind, _)| *kind).collect()
    }

    fn end(&self, unread: Option<Timestamp>) -> Option<Timestamp> {
        unread?.checked_add(self.linger).ok()
    }

    /// The next moment at which a watch may end.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.kinds.values().filter_map(|unread| self.end(*unread)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn read(kinds: &[Kind]) -> BTreeSet<Kind> {
        kinds.iter().copied().collect()
    }

    fn orders(begin: &[Kind], end: &[Kind]) -> WatchOrders {
        WatchOrders { begin: begin.to_vec(), end: end.to_vec() }
    }

    #[test]
    fn a_watch_begins_at_once_and_ends_when_nobody_has_read_the_kind_for_a_while() {
        let mut wanted = Wanted::default();
        wanted.set_linger(SignedDuration::from_secs(10));
        let services = read(&[Kind::Service]);
        assert_eq!(wanted.look(&services, true, at(0)), orders(&[Kind::Service], &[]));
        assert_eq!(wanted.look(&services, true, at(100)), orders(&[], &[]));
        assert_eq!(wanted.look(&read(&[]), true, at(101)), orders(&[], &[]));
        assert_eq!(wanted.next_due(), Some(at(111)));
        assert_eq!(wanted.look(&services, true, at(110)), orders(&[], &[]), "it is read again");
        assert_eq!(wanted.next_due(), None);
        wanted.look(&read(&[]), true, at(120));
        assert_eq!(wanted.look(&read(&[]), true, at(129)), orders(&[], &[]));
        assert_eq!(wanted.look(&read(&[]), true, at(130)), orders(&[], &[Kind::Service]));
        assert_eq!(wanted.look(&services, true, at(131)), orders(&[Kind::Service], &[]));
    }

    #[test]
    fn no_watch_ends_while_nobody_can_tell_what_is_read() {
        let mut wanted = Wanted::default();
        wanted.look(&read(&[Kind::Secret]), false, at(0));
        wanted.look(&read(&[]), false, at(1));
        assert_eq!(wanted.look(&read(&[]), false, at(100_000)), orders(&[], &[]));
        assert_eq!(wanted.look(&read(&[]), true, at(100_001)), orders(&[], &[Kind::Secret]));
    }
}
