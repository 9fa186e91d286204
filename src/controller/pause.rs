//! When to write again after the server refused.
//!
//! A refusal that is about the server (it is away, overloaded, slow) pauses every write, so that an
//! outage ends in a few tries a minute and not in a storm; one that is about the object (a quota, a
//! terminating namespace) delays that object alone. An internal error or a missing answer can be either
//! (an admission webhook that fails for one object looks so): it is about the server once a second
//! object meets it with no success in between. It must not know what is written. Next: [`super::state`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::reports::ReportKey;
use crate::engine::policy::PolicyKey;
use crate::ops::calls::Written;
use crate::ops::error::ApiError;

/// Longest wait after a refusal.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// When so many objects meet an error in a row, it is the server's.
const SUSPECTS: usize = 2;

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteTarget {
    /// A report.
    Report(ReportKey),
    /// A policy's status.
    Status(PolicyKey),
}

/// Waits after refusals.
#[derive(Debug, Default)]
pub struct Pause {
    until: Option<Timestamp>,
    failures: u32,
    /// What failed by an error that can be either's, since the last success.
    suspects: BTreeSet<WriteTarget>,
    refused: BTreeMap<ReportKey, u32>,
}

impl Pause {
    /// Until when nothing is written.
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Learns from the end of a write.
    pub fn outcome(&mut self, target: &WriteTarget, outcome: &Result<Written, ApiError>, now: Timestamp) {
        let Err(error) = outcome else { return self.recovered() };
        match blame(error) {
            // The server answered in good order.
            Blame::Object => return self.recovered(),
            Blame::Nobody => return,
            Blame::Either if self.suspects.len() < SUSPECTS => {
                self.suspects.insert(target.clone());
                if self.suspects.len() < SUSPECTS {
                    return;
                }
            }
            Blame::Either | Blame::Server => {}
        }
        // Writes that were in flight together fail together: one step for all of them.
        if self.until.is_none_or(|until| until <= now) {
            let asked = error.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok());
            let wait = asked.unwrap_or_default().max(doubled(self.failures)).min(LONGEST);
            self.failures += 1;
            self.until = now.checked_add(wait).ok();
        }
    }

    fn recovered(&mut self) {
        *self = Self { refused: std::mem::take(&mut self.refused), ..Self::default() };
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

/// Whose fault a refusal is.
enum Blame {
    Object,
    Server,
    Either,
    /// It was never sent.
    Nobody,
}

fn blame(error: &ApiError) -> Blame {
    match (error, error.code()) {
        (ApiError::TooLate, _) => Blame::Nobody,
        (ApiError::Timeout(_), _) => Blame::Either,
        (_, None | Some(429 | 503)) => Blame::Server,
        (_, Some(500..)) => Blame::Either,
        (_, Some(_)) => Blame::Object,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ops::error::Refusal;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let waits: Vec<_> = (0..8).map(|failures| doubled(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn report(name: &str) -> WriteTarget {
        WriteTarget::Report(("shop".to_owned(), name.to_owned()))
    }

    fn refusal(code: u16) -> Result<Written, ApiError> {
        let refusal = Refusal { code, reason: String::new(), message: String::new(), retry_after: None };
        Err(refusal.into())
    }

    #[test]
    fn one_object_that_the_server_fails_on_does_not_stop_the_others() {
        let mut pause = Pause::default();
        for _ in 0..5 {
            pause.outcome(&report("web"), &refusal(500), now());
            assert_eq!(pause.until(), None);
        }
        pause.outcome(&report("api"), &Err(ApiError::Timeout(Duration::from_secs(10))), now());
        assert!(pause.until().is_some(), "two objects in a row are the server's fault");
    }

    #[test]
    fn an_answer_in_good_order_clears_the_server_of_earlier_suspicion() {
        let mut pause = Pause::default();
        pause.outcome(&report("web"), &refusal(500), now());
        let written = Written { uid: String::new(), resource_version: String::new(), generation: 1 };
        pause.outcome(&report("api"), &Ok(written), now());
        pause.outcome(&report("api"), &refusal(500), now());
        pause.outcome(&report("db"), &refusal(403), now());
        assert_eq!(pause.until(), None);
        pause.outcome(&report("db"), &refusal(503), now());
        assert!(pause.until().is_some());
    }
}
