//! Waiting for the state of the world: the only place of the suite that does.
//!
//! It must not grow a way to wait for time alone: whoever needs that has not said what is awaited, or
//! what must stay as it is meanwhile.

use std::{fmt::Display, future::Future, panic::Location, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use crate::Error;

/// Often enough that a wait costs no visible time, seldom enough to leave the CPU to who is waited for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Seldom enough to cost nothing in a minute and a half: what must not happen is not missed, only seen later.
const BETWEEN_LOOKS_THAT_HOLD: Duration = Duration::from_secs(1);

/// What one look at the world yields: an `Option`, or a `Result` whose error describes what was seen
/// instead.
pub trait Awaited {
    /// What is awaited.
    type Value;
    /// The value, or what was seen instead.
    fn seen(self) -> Result<Self::Value, String>;
}

impl<T> Awaited for Option<T> {
    type Value = T;
    fn seen(self) -> Result<T, String> {
        self.ok_or_else(|| "not there".to_owned())
    }
}

impl<T, E: Display> Awaited for Result<T, E> {
    type Value = T;
    fn seen(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

/// Looks until the look succeeds, or fails with what the last look showed. A look that hangs is cut off
/// at the deadline as well.
pub async fn try_eventually<A: Awaited>(
    deadline: Duration,
    awaited: &str,
    mut look: impl AsyncFnMut() -> A,
) -> Result<A::Value, Error> {
    let end = Instant::now() + deadline;
    let mut ticks = interval(BETWEEN_LOOKS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = "the first look did not return".to_owned();
    loop {
        let looked = timeout_at(end, async {
            ticks.tick().await;
            look().await
        });
        match looked.await.map(Awaited::seen) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(seen)) => last = seen,
            Err(_) => {
                let seconds = deadline.as_secs_f64();
                return Err(Error::TooLate { awaited: awaited.to_owned(), seconds, seen: last });
            }
        }
    }
}

/// [`try_eventually`] for tests.
///
/// # Panics
///
/// When it is too late, naming the line that waited.
#[track_caller]
#[expect(clippy::panic, reason = "it is the assertion of a test")]
pub fn eventually<A: Awaited>(
    deadline: Duration,
    awaited: &str,
    look: impl AsyncFnMut() -> A,
) -> impl Future<Output = A::Value> {
    let caller = Location::caller();
    async move {
        match try_eventually(deadline, awaited, look).await {
            Ok(value) => value,
            Err(error) => panic!("{caller}: {error}"),
        }
    }
}

/// Looks for as long as this that something stays as it is.
///
/// # Panics
///
/// As soon as it does not, naming the line that held.
#[track_caller]
#[expect(clippy::panic, reason = "it is the assertion of a test")]
pub fn hold<A: Awaited>(
    duration: Duration,
    held: &str,
    mut look: impl AsyncFnMut() -> A,
) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let (start, end) = (Instant::now(), Instant::now() + duration);
        let mut ticks = interval(BETWEEN_LOOKS_THAT_HOLD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < end {
            ticks.tick().await;
            if let Err(seen) = look().await.seen() {
                let seconds = start.elapsed().as_secs_f64();
                panic!("{caller}: after {seconds:.1} s it no longer holds: {held}; seen: {seen}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "it no longer holds: calm; seen: a storm")]
    async fn holding_ends_with_the_first_look_that_fails() {
        let mut looks = 0;
        hold(Duration::from_mins(1), "calm", async || {
            looks += 1;
            if looks < 2 { Ok(()) } else { Err("a storm") }
        })
        .await;
    }

    #[tokio::test]
    async fn holding_looks_for_as_long_as_it_was_told() {
        let start = Instant::now();
        hold(Duration::from_millis(30), "calm", async || Some(())).await;
        assert!(start.elapsed() >= Duration::from_millis(30));
    }

    #[tokio::test]
    async fn returns_the_first_success() {
        let mut looks = 0;
        let value = eventually(Duration::from_secs(10), "the third look", async || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(value.await, 3);
    }

    #[tokio::test]
    async fn says_what_it_saw_last() {
        let never = try_eventually(Duration::from_millis(120), "a miracle", async || Err::<(), _>("a wall"));
        let message = never.await.unwrap_err().to_string();
        assert_eq!(message, "not within 0.12 s: a miracle; last seen: a wall");
    }

    #[tokio::test]
    async fn cuts_off_a_look_that_hangs() {
        let never = try_eventually(Duration::from_millis(60), "an answer", async || {
            std::future::pending::<Option<()>>().await
        });
        assert!(matches!(never.await, Err(Error::TooLate { seen, .. }) if seen.contains("did not return")));
    }
}
