//! What can go wrong, and when.
//!
//! It must not do it: `exchange.rs` and `stream.rs` do. Next: [`super::FaultProxy::inject`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::matching::On;

/// Changes an object; says whether it did.
pub(super) type Edit = Arc<dyn Fn(&mut Value) -> bool + Send + Sync>;

/// What goes wrong.
#[derive(Clone)]
pub enum Action {
    /// This answer instead of the server's, which is not asked.
    Answer(Answer),
    /// The server is asked, and its answer lost: this one comes instead.
    LoseAnswer(Answer),
    /// The request reaches the server after this time.
    Delay(Duration),
    /// The body comes in pieces of so many bytes, with this time between them.
    SlowBody(usize, Duration),
    /// The request is taken and never answered.
    NeverAnswer,
    /// The request is taken and the connection closed.
    Close,
    /// A watch stays open, and from its next event or its end on nothing comes any more, also after the
    /// fault has ended: a half-open connection does not heal.
    Silence,
    /// A watch ends within its next event.
    CutMidEvent,
    /// A watch's next event, and all after it, wait until the fault ends.
    Hold,
    /// Objects in lists and watch events are changed.
    Edit(Edit),
    /// Watch events are lost: those whose object this returns true for.
    Swallow(Edit),
    /// Lists show one object more.
    Add(Value),
}

impl Action {
    /// Objects in lists and watch events are changed by `edit`, which says whether it changed this one.
    pub fn edit(edit: impl Fn(&mut Value) -> bool + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }

    /// Watch events of the object with this name are lost.
    pub fn swallow(name: &'static str) -> Self {
        Self::Swallow(Arc::new(move |object| is_named(object, name)))
    }

    /// The object with this name holds `value` at `pointer` in lists and watch events.
    pub fn replace(name: &'static str, pointer: &'static str, value: Value) -> Self {
        Self::edit(move |object| {
            if !is_named(object, name) {
                return false;
            }
            object.pointer_mut(pointer).is_some_and(|place| {
                place.clone_from(&value);
                true
            })
        })
    }

    /// An answer with this status, and the body that the API server would give with it.
    pub fn status(code: u16) -> Self {
        Self::Answer(Answer::status(code))
    }

    /// Whether it concerns the events of a watch, open ones too, rather than the request.
    pub(super) const fn is_about_events(&self) -> bool {
        matches!(
            self,
            Self::Silence | Self::CutMidEvent | Self::Hold | Self::Edit(_) | Self::Swallow(_) | Self::Add(_)
        )
    }
}

fn is_named(object: &Value, name: &str) -> bool {
    object.pointer("/metadata/name").and_then(Value::as_str) == Some(name)
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer(answer) => return write!(f, "Answer({})", answer.status),
            Self::LoseAnswer(answer) => return write!(f, "LoseAnswer({})", answer.status),
            Self::Delay(time) => return write!(f, "Delay({time:?})"),
            Self::SlowBody(bytes, time) => return write!(f, "SlowBody({bytes}, {time:?})"),
            Self::NeverAnswer => "NeverAnswer",
            Self::Close => "Close",
            Self::Silence => "Silence",
            Self::CutMidEvent => "CutMidEvent",
            Self::Hold => "Hold",
            Self::Edit(_) => "Edit",
            Self::Swallow(_) => "Swallow",
            Self::Add(_) => "Add",
        })
    }
}

/// An answer that the API server did not give.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    /// This status, with the `Status` object that belongs to it.
    pub fn status(code: u16) -> Self {
        let reason = match code {
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            500 => "InternalError",
            503 => "ServiceUnavailable",
            _ => "",
        };
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "injected by a test", "reason": reason, "code": code,
        });
        Self { status: code, headers: Vec::new(), body: body.to_string() }
    }

    /// The same with another body.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Answer> for Action {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// One thing that goes wrong, and with which requests.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) on: On,
    pub(super) action: Action,
    /// Occasions that it lets pass first.
    pub(super) skip: u64,
    /// How often it happens at most.
    pub(super) most: u64,
}

impl Rule {
    /// Whenever it matches.
    pub fn new(on: On, action: impl Into<Action>) -> Self {
        Self { on, action: action.into(), skip: 0, most: u64::MAX }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Not the first so many times.
    #[must_use]
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }
}
