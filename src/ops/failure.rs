//! What follows from a failed list or watch: a wait, a new list, or the news that there is nothing to watch.
//!
//! It must not wait or decide how long the backoff is. Next: [`super::watch`].

use std::time::Duration;

use kube::runtime::watcher;

use super::error::ApiError;
use super::watch::Unavailable;

/// What follows from an error of the watcher.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) category: &'static str,
    pub(crate) unavailable: Option<Unavailable>,
    pub(crate) retry_after: Option<Duration>,
    /// Begin again with a list. Not after a mere break: an outage must not end in a list of everything.
    pub(crate) relist: bool,
}

impl Failure {
    pub(crate) fn of(error: &watcher::Error) -> Self {
        match error {
            watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error) => {
                Self::of_request(error)
            }
            // An event is lost, or the server gave up on the stream: only a list tells what was missed.
            watcher::Error::WatchFailed(kube::Error::SerdeError(_) | kube::Error::Api(_)) => {
                Self { relist: true, ..Self::plain("decode") }
            }
            watcher::Error::WatchError(status) => {
                let category = if status.code == 410 { "expired" } else { "watch-error" };
                Self { relist: true, ..Self::plain(category) }
            }
            watcher::Error::WatchFailed(error) => Self::of_request(error),
            watcher::Error::NoResourceVersion => Self { relist: true, ..Self::plain("decode") },
        }
    }

    fn of_request(error: &kube::Error) -> Self {
        match error {
            kube::Error::Service(error) => match error.downcast_ref::<ApiError>() {
                Some(error) => Self::of_call(error),
                None => Self::plain("transport"),
            },
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
                Self { relist: true, ..Self::plain("decode") }
            }
            _ => Self::plain("transport"),
        }
    }

    fn of_call(error: &ApiError) -> Self {
        let unavailable = match error.code() {
            Some(403) => Some(Unavailable::Forbidden),
            Some(404) => Some(Unavailable::NotServed),
            _ => None,
        };
        Self {
            category: error.category(),
            unavailable,
            retry_after: error.retry_after(),
            relist: matches!(error.code(), Some(400..=428 | 430..=499)),
        }
    }

    const fn plain(category: &'static str) -> Self {
        Self { category, unavailable: None, retry_after: None, relist: false }
    }
}
