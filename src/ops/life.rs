//! Proof of life of one watched kind: when the server last showed that the watch works.
//!
//! It must not judge; the controller says what is stale. Next: [`super::tap`] touches it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// When a kind's watch last showed life, and how often.
#[derive(Debug)]
pub struct ProofOfLife {
    origin: Instant,
    /// Milliseconds since `origin`, plus one; zero is never.
    last: AtomicU64,
    opened: AtomicU64,
    frames: AtomicU64,
    ended: AtomicU64,
}

/// How often a watch showed life, by sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeCounts {
    /// Successful answers: list pages, and watches that opened.
    pub opened: u64,
    /// Pieces of a watch's body: events and bookmarks.
    pub frames: u64,
    /// Watches that the server ended in good order.
    pub ended: u64,
}

impl Default for ProofOfLife {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { origin: Instant::now(), last: zero(), opened: zero(), frames: zero(), ended: zero() }
    }
}

impl ProofOfLife {
    /// How long ago the last proof was; none before the first.
    pub fn age(&self) -> Option<Duration> {
        let last = self.last.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.origin.elapsed().saturating_sub(Duration::from_millis(last)))
    }

    /// How long the watch has shown no life: since the last proof, or since it began.
    pub fn silence(&self) -> Duration {
        self.age().unwrap_or_else(|| self.origin.elapsed())
    }

    /// How often a watch showed life, by sort.
    pub fn counts(&self) -> LifeCounts {
        LifeCounts {
            opened: self.opened.load(Ordering::Relaxed),
            frames: self.frames.load(Ordering::Relaxed),
            ended: self.ended.load(Ordering::Relaxed),
        }
    }

    /// A successful answer.
    pub(crate) fn opened(&self) {
        self.touch(&self.opened);
    }

    /// A refusal: an answer as well, and one that is as much as can be known.
    pub(crate) fn refused(&self) {
        self.touch(&self.opened);
    }

    /// An event or a bookmark.
    pub(crate) fn frame(&self) {
        self.touch(&self.frames);
    }

    /// An end in good order.
    pub(crate) fn ended(&self) {
        self.touch(&self.ended);
    }

    fn touch(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.last.fetch_max(millis + 1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_age_counts_from_the_last_proof() {
        let life = ProofOfLife::default();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!((life.age(), life.silence()), (None, Duration::from_secs(2)));
        life.opened();
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(life.age(), Some(Duration::from_secs(7)));
        life.ended();
        assert_eq!(life.age(), Some(Duration::ZERO));
        assert_eq!(life.counts(), LifeCounts { opened: 1, frames: 0, ended: 1 });
    }
}
