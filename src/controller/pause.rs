//! When to write again after the server refused.
//!
//! A refusal that is about the server (it is away, overloaded, slow) pauses every write, so that an
//! outage ends in a few tries a minute and not in a storm; one that is about the object (a quota, a
//! terminating namespace) delays that object alone. It must not know what is written. Next:
//! [`super::state`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::reports::ReportKey;
use crate::ops::calls::Written;
use crate::ops::error::ApiError;

/// Longest wait after a refusal.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);

/// Waits after refusals.
#[derive(Debug, Default)]
pub struct Pause {
    until: Option<Timestamp>,
    failures: u32,
    refused: BTreeMap<ReportKey, u32>,
}

impl Pause {
    /// Until when nothing is written.
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Learns from the end of a write.
    pub fn outcome(&mut self, outcome: &Result<Written, ApiError>, now: Timestamp) {
        match outcome {
            Err(error) if is_about_server(error) => {
                // Writes that were in flight together fail together: one step for all of them.
                if self.until.is_none_or(|until| until <= now) {
                    let asked = error.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok());
                    let wait = asked.unwrap_or_default().max(doubled(self.failures)).min(LONGEST);
                    self.failures += 1;
                    self.until = now.checked_add(wait).ok();
                }
            }
            _ => *self = Self { refused: std::mem::take(&mut self.refused), ..Self::default() },
        }
    }

    /// An object's write was refused: when to try again.
    pub fn refused(&mut self, key: &ReportKey, now: Timestamp) -> Option<Timestamp> {
        let failures = self.refused.entry(key.clone()).or_default();
        let wait = doubled(*failures);
        *failures += 1;
        now.checked_add(wait).ok()
    }

    /// An object's write was accepted.
    pub fn accepted(&mut self, key: &ReportKey) {
        self.refused.remove(key);
    }
}

/// One second, doubled for each failure before.
fn doubled(failures: u32) -> SignedDuration {
    SignedDuration::from_secs(1_i64 << failures.min(10)).min(LONGEST)
}

fn is_about_server(error: &ApiError) -> bool {
    match error {
        ApiError::TooLate => false,
        _ => error.code().is_none_or(|code| code == 429 || code >= 500),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let waits: Vec<_> = (0..8).map(|failures| doubled(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
