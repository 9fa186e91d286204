//! Leader election as a pure state machine: what to do with the Lease next, and what an answer means.
//!
//! It must not read a clock or send anything: `now` is a duration on a clock that only goes forward.
//! Another replica's wall clock is never believed: a record expires when it has not changed, as seen
//! from here, for as long as it says. Next: [`super::lease`] drives it.

use std::time::Duration;

/// The times of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTiming {
    /// How long a record holds without a renewal.
    pub duration: Duration,
    /// How long after its last renewal a leader stops, if it cannot renew.
    pub renew_deadline: Duration,
    /// Between renewals; a candidate looks after half of that.
    pub retry: Duration,
    /// Longest time of one call.
    pub call: Duration,
}

impl Default for LeaseTiming {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { duration: seconds(8), renew_deadline: seconds(6), retry: seconds(2), call: seconds(2) }
    }
}

/// What a Lease says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseRecord {
    /// Who holds it; empty once it was released.
    pub holder: String,
    /// How long it holds without a change.
    pub duration: Duration,
    /// How often it changed hands.
    pub transitions: i64,
    /// When this holder got it, as it was written.
    pub acquired: String,
    /// When it was last renewed, as it was written.
    pub renewed: String,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing until then.
    Wait(Duration),
    /// Read the Lease.
    Read,
    /// Write the Lease: create it, or replace this very version.
    Write(LeaseWrite),
}

/// A write that takes or renews the Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseWrite {
    /// The version to replace; none creates the Lease.
    pub version: Option<String>,
    /// How often it will have changed hands.
    pub transitions: i64,
    /// When the holder got it, if it already holds it.
    pub acquired: Option<String>,
}

/// What the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A read: the record and its version.
    Found(LeaseRecord, String),
    /// A read: there is no Lease.
    Absent,
    /// A write went through: what is stored now, and its version.
    Written(LeaseRecord, String),
    /// A write found another version than it was meant for.
    Conflict,
    /// No usable answer; a write may or may not have gone through.
    Failed,
}

#[derive(Clone, Debug)]
struct Seen {
    record: LeaseRecord,
    version: String,
    /// When the record was first seen to be like this.
    since: Duration,
}

/// One replica's view of the election.
#[derive(Clone, Debug)]
pub struct LeaseState {
    identity: String,
    timing: LeaseTiming,
    seen: Option<Seen>,
    /// Whether `seen` (or its absence) is known to be what the server last said, so that a write can build on it.
    known: bool,
    /// When the last renewal that went through was sent; some while leading.
    renewed: Option<Duration>,
    /// No call before this.
    next: Duration,
}

impl LeaseState {
    /// A candidate that has not looked yet.
    pub const fn new(identity: String, timing: LeaseTiming) -> Self {
        Self { identity, timing, seen: None, known: false, renewed: None, next: Duration::ZERO }
    }

    /// Until when this replica leads unless it renews; none if it does not lead at `now`.
    pub fn leads_until(&self, now: Duration) -> Option<Duration> {
        let until = self.renewed? + self.timing.renew_deadline;
        (now < until).then_some(until)
    }

    /// When the record that this replica wrote expires for it: no write of a leader may end later.
    /// Counted from when the renewal was sent, which no other replica can have seen earlier.
    pub fn expires(&self) -> Option<Duration> {
        Some(self.renewed? + self.timing.duration)
    }

    /// What to do at `now`.
    pub fn action(&mut self, now: Duration) -> Action {
        if self.renewed.is_some() && self.leads_until(now).is_none() {
            // Stand again at once, from a fresh look: the last write may have gone through.
            self.renewed = None;
            self.known = false;
            self.next = now;
        }
        if let Some(until) = self.leads_until(now) {
            return if now < self.next { Action::Wait(self.next.min(until)) } else { self.look_or_write() };
        }
        // Known and free: at once, also between two looks, so that an expired record is tried as it expires.
        // A write that failed makes it unknown, so this does not spin.
        let free = self.free_at().filter(|_| self.known);
        if now >= self.next || free.is_some_and(|at| at <= now) {
            return if free.is_some_and(|at| at <= now) { self.look_or_write() } else { Action::Read };
        }
        Action::Wait(free.map_or(self.next, |at| at.min(self.next)))
    }

    /// What the call that was sent at `sent` came to at `now`.
    pub fn answered(&mut self, sent: Duration, now: Duration, answer: Answer) {
        self.next = now.max(sent + self.timing.retry);
        match answer {
            Answer::Found(record, version) => self.found(record, version, (sent, now)),
            Answer::Absent => {
                self.seen = None;
                self.known = true;
                self.renewed = None;
            }
            Answer::Written(record, version) => {
                self.renewed = Some(sent);
                self.seen = Some(Seen { record, version, since: now });
                self.known = true;
            }
            Answer::Conflict => {
                self.known = false;
                self.next = now;
            }
            Answer::Failed => self.known = false,
        }
    }

    fn found(&mut self, record: LeaseRecord, version: String, (sent, now): (Duration, Duration)) {
        let since = match &self.seen {
            Some(seen) if seen.record == record => seen.since,
            _ => now,
        };
        let ours = record.holder == self.identity;
        self.seen = Some(Seen { record, version, since });
        self.known = true;
        if ours {
            self.next = now;
        } else {
            self.renewed = None;
            // What is handed back is noticed in half the time between renewals: nobody tells of it.
            self.next = now.max(sent + self.timing.retry / 2);
        }
    }

    /// When the Lease can be taken or renewed from here: at once if there is none, or if it is ours or released.
    fn free_at(&self) -> Option<Duration> {
        match &self.seen {
            None => self.known.then_some(Duration::ZERO),
            Some(seen) if seen.record.holder.is_empty() || seen.record.holder == self.identity => {
                Some(Duration::ZERO)
            }
            // A record without a duration is no invitation.
            Some(seen) if seen.record.duration.is_zero() => Some(seen.since + self.timing.duration),
            Some(seen) => Some(seen.since + seen.record.duration),
        }
    }

    fn look_or_write(&self) -> Action {
        if !self.known {
            return Action::Read;
        }
        Action::Write(match &self.seen {
            None => LeaseWrite { version: None, transitions: 0, acquired: None },
            Some(Seen { record, version, .. }) => {
                let ours = record.holder == self.identity;
                LeaseWrite {
                    version: Some(version.clone()),
                    transitions: if ours { record.transitions } else { record.transitions.saturating_add(1) },
                    acquired: ours.then(|| record.acquired.clone()),
                }
            }
        })
    }

    /// The version to replace in order to hand the Lease back; none if this replica does not lead.
    pub fn release(&self, now: Duration) -> Option<LeaseWrite> {
        self.leads_until(now)?;
        let Seen { record, version, .. } = self.seen.as_ref().filter(|_| self.known)?;
        Some(LeaseWrite {
            version: Some(version.clone()),
            transitions: record.transitions,
            acquired: Some(record.acquired.clone()),
        })
    }
}

#[cfg(test)]
#[path = "election_tests.rs"]
mod tests;
