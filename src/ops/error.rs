//! Why a call to the API server failed, in words that may be logged and counted.
//!
//! No error may hold a response body or a decoder's message: both can quote a Secret. Next:
//! [`super::retry`] for what is tried again.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::backoff::{Jitter, spread};

/// Longest message of the API server that is kept.
const MESSAGE_LIMIT: usize = 512;
/// Longest wait that a server's `Retry-After` is granted.
const RETRY_AFTER_CAP: Duration = Duration::from_secs(30);

/// Why a call to the API server failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The server answered with an error status.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The call's own deadline passed.
    #[error("no complete answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The moment up to which the caller may write had passed before anything was sent.
    #[error("not sent: the time in which this call was allowed had passed")]
    TooLate,
    /// No connection, or it broke.
    #[error("the API server cannot be reached: {0}")]
    Transport(String),
    /// The answer is not what the API describes.
    #[error("undecodable answer: {0}")]
    Decode(&'static str),
    /// The request could not be built.
    #[error("the request cannot be built: {0}")]
    Request(String),
    /// There is no usable client configuration.
    #[error("no usable client configuration: {0}")]
    Config(String),
}

/// An answer with an error status.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code} {reason}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The machine-readable reason, empty if the body held none.
    pub reason: String,
    /// The server's message, cut to 512 bytes.
    pub message: String,
    /// What the server asked to wait.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// The failure in one word of a closed list, for metrics and reasons.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.category(),
            Self::Timeout(_) => "timeout",
            Self::TooLate => "too-late",
            Self::Transport(_) => "transport",
            Self::Decode(_) => "decode",
            Self::Request(_) => "request",
            Self::Config(_) => "config",
        }
    }

    /// The HTTP status, if the server answered.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    /// No such object, or no such kind.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// The operator lacks the right.
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// The object is another than the caller thought: a stale resourceVersion, another uid, another owner.
    pub fn is_conflict(&self) -> bool {
        self.category() == "conflict"
    }

    /// A create found the name taken.
    pub fn is_already_exists(&self) -> bool {
        self.category() == "already-exists"
    }

    /// How long to stay away because the server asked for it: at most 30 s, spread so that many
    /// callers do not return at once.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after.map(|asked| granted(asked, Jitter::random())),
            _ => None,
        }
    }
}

impl Refusal {
    /// Reads an error answer: the status and header always count, the body only where it is a `Status`.
    pub(crate) fn read(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Body {
            reason: String,
            message: String,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let mut message = body.message;
        message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
        Self { code: code.as_u16(), reason: body.reason, message, retry_after: retry_after(headers) }
    }

    fn category(&self) -> &'static str {
        match self.code {
            400 | 422 => "invalid",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not-found",
            409 if self.reason == "AlreadyExists" => "already-exists",
            409 => "conflict",
            410 => "expired",
            429 => "throttled",
            503 | 504 => "unavailable",
            500..=599 => "server-error",
            _ => "refused",
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What the header asks for; a date instead of seconds is not something the API server sends.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Up to a quarter more than asked, and never over the cap.
fn granted(asked: Duration, jitter: Jitter) -> Duration {
    let base = asked.min(RETRY_AFTER_CAP.mul_f64(0.8));
    spread(base, 0.25, jitter).min(RETRY_AFTER_CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u16, body: &str) -> ApiError {
        let code = StatusCode::from_u16(code).unwrap();
        Refusal::read(code, &HeaderMap::new(), body.as_bytes()).into()
    }

    #[test]
    fn the_status_counts_even_when_the_body_says_nothing() {
        assert!(refusal(404, "{}").is_not_found());
        assert!(refusal(403, "<html>no</html>").is_forbidden());
        assert!(refusal(409, "").is_conflict());
        assert!(!refusal(409, r#"{"reason":"AlreadyExists"}"#).is_conflict());
        assert!(refusal(409, r#"{"reason":"AlreadyExists"}"#).is_already_exists());
        assert_eq!(refusal(502, "").category(), "server-error");
    }

    #[test]
    fn a_long_message_is_cut_on_a_character_boundary() {
        let body = serde_json::json!({ "message": "é".repeat(400) }).to_string();
        let ApiError::Refused(refusal) = refusal(500, &body) else { panic!("a refusal") };
        assert_eq!(refusal.message, "é".repeat(256));
    }

    #[test]
    fn a_retry_after_is_granted_up_to_thirty_seconds() {
        let seconds = Duration::from_secs;
        assert_eq!(granted(seconds(4), Jitter::at(0.0)), seconds(4));
        assert_eq!(granted(seconds(4), Jitter::at(1.0)), seconds(5));
        assert_eq!(granted(seconds(3600), Jitter::at(0.0)), seconds(24));
        assert_eq!(granted(seconds(3600), Jitter::at(1.0)), seconds(30));
    }
}
