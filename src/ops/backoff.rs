//! How long to wait after a failure: exponential, capped, with jitter.
//!
//! It must not sleep or read a clock. Next: [`super::watch`] and [`super::retry`] wait by it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// A random number between 0 and 1, drawn once and passed along, so that what depends on it is testable.
#[derive(Clone, Copy, Debug)]
pub struct Jitter(f64);

impl Jitter {
    /// A new number; not for secrets.
    pub fn random() -> Self {
        // 32 bits are exact in a float.
        let bits = u32::try_from(random_u64() >> 32).unwrap_or_default();
        Self(f64::from(bits) / f64::from(u32::MAX))
    }

    /// This very number, cut to 0..=1.
    pub const fn at(number: f64) -> Self {
        Self(number.clamp(0.0, 1.0))
    }
}

/// Random bits; not for secrets. The standard library seeds each hasher anew.
pub(crate) fn random_u64() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// `base`, longer by up to `share` of it.
pub fn spread(base: Duration, share: f64, Jitter(jitter): Jitter) -> Duration {
    base.mul_f64(1.0 + share * jitter)
}

/// Grows the wait with each failure, and starts again after a quiet time.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    next: Duration,
    last_failure: Option<Duration>,
}

impl Backoff {
    /// Waits from `first`, doubling up to `cap`.
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, next: first, last_failure: None }
    }

    /// The wait after a failure at `now` (on any clock that only goes forward): between half of the
    /// current step and all of it. Twice the cap without a failure resets it: success alone must
    /// not, or a server that accepts and then fails would be asked at full speed.
    pub fn after_failure(&mut self, now: Duration, Jitter(jitter): Jitter) -> Duration {
        let quiet = self.last_failure.is_none_or(|last| now.saturating_sub(last) > self.cap * 2);
        let step = if quiet { self.first } else { self.next };
        self.last_failure = Some(now);
        self.next = (step * 2).min(self.cap);
        step.mul_f64(0.5 + 0.5 * jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_cap_and_resets_after_quiet() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(30));
        let full = Jitter::at(1.0);
        let waits: Vec<_> = (0..7).map(|at| backoff.after_failure(seconds(at), full).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff.after_failure(seconds(66), full), seconds(30));
        assert_eq!(backoff.after_failure(seconds(127), full), seconds(1));
    }

    #[test]
    fn jitter_only_shortens_a_wait_and_at_most_by_half() {
        let mut backoff = Backoff::new(Duration::from_secs(8), Duration::from_secs(30));
        assert_eq!(backoff.after_failure(Duration::ZERO, Jitter::at(0.0)), Duration::from_secs(4));
        assert!((0..100).map(|_| Jitter::random().0).all(|number| (0.0..=1.0).contains(&number)));
    }
}
