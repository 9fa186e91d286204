//! The server that the API server asks: bounded in bytes, in requests at once and in time.
//!
//! Whatever goes wrong, the answer is that the request is let through, or an error, which the API server takes
//! for that. It must not judge: [`super::judge`] asks who does. Next: [`super::question`].

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::certificate::Shown;
use super::judge::Judge;
use super::listener::{TlsListener, config};
use super::question::{Question, read};
use crate::engine::admission::Review;
use crate::ops::metrics::Metrics;
use crate::ops::shutdown::Shutdown;
use crate::render::admission::{Answer, answer, response};
use crate::render::webhook::{PATH, excluded};

/// How long after the drain a request may take that has begun: its budget, and time to send the answer.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Time for one answer, well within what the API server waits.
const BUDGET: Duration = Duration::from_secs(1);
/// Largest request: an object as it is and as it would be, with room to spare. What is larger would slip by.
const BODY_MAX: usize = 16 * 1024 * 1024;
/// Most KiB of requests that are in memory at once.
const KIB_AT_ONCE: usize = 48 * 1024;
/// What a request counts at least, so that their number is bounded too.
const KIB_LEAST: usize = 512;

/// Why the webhook does not serve.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The flags contradict each other.
    #[error("{0}")]
    Options(String),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The listening socket broke.
    #[error("the webhook ended: {0}")]
    Serve(#[source] std::io::Error),
}

/// What the server answers from.
#[derive(Clone, Debug)]
pub struct Server {
    judge: Judge,
    metrics: Arc<Metrics>,
    /// The operator's own namespace.
    namespace: Arc<str>,
    room: Arc<Semaphore>,
    /// The wish to stop.
    stop: Shutdown,
}

/// How a request ended, in one word, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Allowed,
    Warned,
    Denied,
    Unknown,
    Skipped,
    Late,
    Refused,
}

impl Server {
    /// A server that asks this judge, until the process is to stop and a little longer.
    pub fn new(judge: Judge, metrics: Arc<Metrics>, namespace: &str, stop: Shutdown) -> Self {
        let room = Arc::new(Semaphore::new(KIB_AT_ONCE));
        Self { judge, metrics, namespace: namespace.into(), room, stop }
    }

    /// Listens; nothing is answered before [`Self::serve`].
    pub async fn bind(address: SocketAddr, shown: Shown) -> Result<TlsListener, WebhookError> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.map_err(|source| WebhookError::Bind { address, source })?;
        Ok(TlsListener::start(socket, config(shown)?))
    }

    /// Answers until the process is to stop, then for as long as this whatever is asked anew, and then what was
    /// asked before. Whoever sends here learns only after a while that there is another replica to ask.
    pub async fn serve<L>(self, listener: L, drain: Duration) -> Result<(), WebhookError>
    where
        L: Listener,
        L::Addr: Debug,
    {
        let after = |stop: Shutdown, time| async move {
            stop.requested().await;
            sleep(time).await;
        };
        let (drained, late) =
            (after(self.stop.clone(), drain), after(self.stop.clone(), drain + LAST_ANSWERS));
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(drained);
        tokio::select! {
            ended = server => ended.map_err(WebhookError::Serve),
            // A client that never ends its request does not keep the process.
            () = late => Ok(()),
        }
    }

    fn router(self) -> Router {
        let asked = |State(server): State<Self>, request: Request| async move { server.asked(request).await };
        Router::new().route("/healthz", get(|| async { "ok\n" })).route(PATH, post(asked)).with_state(self)
    }

    async fn asked(&self, request: Request) -> Response {
        let started = Instant::now();
        let (outcome, mut response) = self.answered(request, started + BUDGET).await;
        self.metrics.admission_reviews.with_label_values(&[outcome.as_str()]).inc();
        let seconds = started.elapsed().as_secs_f64();
        self.metrics.admission_seconds.with_label_values::<&str>(&[]).observe(seconds);
        if self.stop.is_requested() {
            // So that the next question goes to another replica, and none to a connection that is about to end.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn answered(&self, request: Request, until: Instant) -> (Outcome, Response) {
        let body = match timeout_at(until, self.body(request)).await {
            Ok(Ok(body)) => body,
            Ok(Err(status)) => return (Outcome::Refused, status.into_response()),
            Err(_) => return (Outcome::Late, StatusCode::SERVICE_UNAVAILABLE.into_response()),
        };
        let question = match read(&body.0) {
            Ok(question) => question,
            Err(error) => {
                return (Outcome::Refused, (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response());
            }
        };
        drop(body);
        let uid = question.uid.clone();
        let judged = timeout_at(until, self.judged(question)).await;
        let (outcome, answer) = judged.unwrap_or_else(|_| (Outcome::Late, Answer::default()));
        let body = response(&uid, &answer).to_string();
        (outcome, ([(header::CONTENT_TYPE, "application/json")], body).into_response())
    }

    /// The body, with the room that it takes.
    async fn body(&self, request: Request) -> Result<(Bytes, OwnedSemaphorePermit), StatusCode> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(BODY_MAX);
        if length > BODY_MAX {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let kib = u32::try_from((length / 1024).max(KIB_LEAST)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await;
        // The semaphore is never closed.
        let room = room.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let body = to_bytes(request.into_body(), length).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        Ok((body, room))
    }

    async fn judged(&self, question: Question) -> (Outcome, Answer) {
        let skipped = (Outcome::Skipped, Answer::default());
        // The configuration leaves them out; whoever edits that must not stop the operator or the system.
        let excluded = excluded(&self.namespace).contains(question.namespace.as_str());
        if excluded {
            return skipped;
        }
        let mut said = Review::default();
        for change in question.changes {
            let Some(review) = self.judge.review(change).await else {
                return (Outcome::Unknown, Answer::default());
            };
            said.add(review);
        }
        (Outcome::of(&said), answer(&said))
    }
}

impl Outcome {
    fn of(review: &Review) -> Self {
        match review {
            Review { in_scope: false, .. } => Self::Skipped,
            Review { denials, .. } if !denials.is_empty() => Self::Denied,
            Review { warnings, .. } if !warnings.is_empty() => Self::Warned,
            Review { unknown: true, .. } => Self::Unknown,
            Review { .. } => Self::Allowed,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Warned => "warned",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Late => "late",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
