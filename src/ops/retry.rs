//! Which failed calls are tried again at once: few, soon, and only where a second try does no harm.
//!
//! It must not wait for long: a longer wait is the caller's, who has a queue. Next:
//! [`super::client`] puts it around each call that is not a watch.

use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::Policy;

use super::backoff::Jitter;
use super::error::retry_after;

/// The limits of trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryOptions {
    /// Tries in all, the first included.
    pub tries: u32,
    /// No try starts later than this after the first.
    pub window: Duration,
    /// Wait before the second try; it doubles from there.
    pub first_wait: Duration,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self { tries: 3, window: Duration::from_secs(5), first_wait: Duration::from_millis(200) }
    }
}

/// The retry policy of one call.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    options: RetryOptions,
    started: Instant,
    tries: u32,
}

/// How a try ended, as far as trying again depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// An answer that is not worth another try.
    Final,
    /// The server took no part of it (429), and what it asked to wait.
    NotTaken(Option<Duration>),
    /// It may have been carried out: 503, 504, a broken or refused connection.
    Uncertain(Option<Duration>),
}

impl RetryPolicy {
    pub(crate) fn new(options: RetryOptions) -> Self {
        Self { options, started: Instant::now(), tries: 1 }
    }

    /// The wait before the next try, or none if this was the last.
    fn wait(&self, idempotent: bool, ending: Ending, jitter: Jitter) -> Option<Duration> {
        let asked = match ending {
            Ending::NotTaken(asked) => asked,
            Ending::Uncertain(asked) if idempotent => asked,
            Ending::Uncertain(_) | Ending::Final => return None,
        };
        if self.tries >= self.options.tries {
            return None;
        }
        let step = self.options.first_wait * 2_u32.saturating_pow(self.tries - 1);
        let own = super::backoff::spread(step, 0.5, jitter);
        let wait = asked.map_or(own, |asked| asked.max(own));
        (self.started.elapsed() + wait <= self.options.window).then_some(wait)
    }
}

fn ending<E>(result: &Result<Response<Body>, E>) -> Ending {
    match result {
        Ok(response) => {
            let asked = retry_after(response.headers());
            match response.status() {
                StatusCode::TOO_MANY_REQUESTS => Ending::NotTaken(asked),
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Ending::Uncertain(asked),
                _ => Ending::Final,
            }
        }
        Err(_) => Ending::Uncertain(None),
    }
}

impl<E> Policy<Request<Body>, Response<Body>, E> for RetryPolicy {
    type Future = Sleep;

    fn retry(
        &mut self,
        request: &mut Request<Body>,
        result: &mut Result<Response<Body>, E>,
    ) -> Option<Self::Future> {
        // A create is the one request of ours that a second run could double.
        let idempotent = *request.method() != Method::POST;
        let wait = self.wait(idempotent, ending(result), Jitter::random())?;
        self.tries += 1;
        Some(sleep(wait))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut clone = Request::new(request.body().try_clone()?);
        clone.method_mut().clone_from(request.method());
        clone.uri_mut().clone_from(request.uri());
        clone.headers_mut().clone_from(request.headers());
        Some(clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy(tries: u32) -> RetryPolicy {
        RetryPolicy { tries, ..RetryPolicy::new(RetryOptions::default()) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_third_try_is_the_last_and_waits_double() {
        let wait = |tries| policy(tries).wait(true, Ending::Uncertain(None), Jitter::at(0.0));
        assert_eq!(wait(1), Some(Duration::from_millis(200)));
        assert_eq!(wait(2), Some(Duration::from_millis(400)));
        assert_eq!(wait(3), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_longer_retry_after_is_not_waited_for() {
        let wait = |asked: u32| policy(1).wait(true, Ending::NotTaken(Some(SECOND * asked)), Jitter::at(1.0));
        assert_eq!(wait(4), Some(SECOND * 4));
        assert_eq!(wait(3600), None);
        let late = policy(2);
        tokio::time::advance(SECOND * 3).await;
        assert_eq!(late.wait(true, Ending::NotTaken(Some(SECOND * 3)), Jitter::at(1.0)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_create_is_tried_again_only_when_the_server_took_no_part_of_it() {
        assert_eq!(policy(1).wait(false, Ending::Uncertain(None), Jitter::at(0.0)), None);
        assert!(policy(1).wait(false, Ending::NotTaken(None), Jitter::at(0.0)).is_some());
        assert_eq!(policy(1).wait(true, Ending::Final, Jitter::at(0.0)), None);
    }
}
