//! What a check says of one subject, and how several say it together.
//!
//! It must not know severities that policies override, nor waivers: the engine does. Next:
//! [`super::subject`].

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::severity::Severity;
use crate::inventory::lookup::Cause;
use crate::inventory::object::ObjectKey;

/// Outcome of a check on a subject.
///
/// `Ord` is the order of roll-up: of several, the greatest stands for all. `Waived` and
/// `NotApplicable` do not count, so any other outcome stands before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// The check has nothing to say here.
    NotApplicable,
    /// It would fail, and an annotation that the policy allows says why that is accepted, and until when.
    Waived,
    /// The requirement is met.
    Pass,
    /// Time or a human will decide.
    Pending,
    /// What would decide it is not known.
    Unknown,
    /// The requirement is not met.
    Fail,
}

impl Outcome {
    /// The outcome as in reports and metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "NotApplicable",
            Self::Waived => "Waived",
            Self::Pass => "Pass",
            Self::Pending => "Pending",
            Self::Unknown => "Unknown",
            Self::Fail => "Fail",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text of a statement: most are written in the check, and are not copied before a finding is made of them.
pub type Text = Cow<'static, str>;

/// Where in an object the offending field is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Path from the container that is judged.
    Container(Text),
    /// Path from the pod spec.
    Pod(Text),
    /// Path from the root of the object that the statement names, or of the workload.
    Object(Text),
}

/// One thing a check has to say: it did not pass, for this reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Fail`, `Unknown` or `Pending`.
    pub outcome: Outcome,
    /// Why it is unknown, if it is.
    pub cause: Option<Cause>,
    /// Severity of this very finding, for a check that grades; else the check's.
    pub grade: Option<Severity>,
    /// Where.
    pub field: Field,
    /// What is wrong, for people. Holds no figure that moves by itself and no payload of a Secret.
    pub message: Text,
    /// The object it is about, when that is not the workload.
    pub object: Option<ObjectKey>,
    /// Another object without which it would be nothing.
    pub related: Option<Box<ObjectKey>>,
}

impl Statement {
    /// The requirement is not met.
    pub fn fail(field: Field, message: impl Into<Text>) -> Self {
        Self {
            outcome: Outcome::Fail,
            cause: None,
            grade: None,
            field,
            message: message.into(),
            object: None,
            related: None,
        }
    }

    /// What would decide it is not known.
    pub fn unknown(cause: Cause, field: Field, message: impl Into<Text>) -> Self {
        Self { outcome: Outcome::Unknown, cause: Some(cause), ..Self::fail(field, message) }
    }

    /// Time will decide.
    pub fn pending(field: Field, message: impl Into<Text>) -> Self {
        Self { outcome: Outcome::Pending, ..Self::fail(field, message) }
    }

    /// The same with a severity of its own.
    #[must_use]
    pub fn graded(self, grade: Severity) -> Self {
        Self { grade: Some(grade), ..self }
    }

    /// The same on account of another object: shown beside it, and no part of what it is about.
    #[must_use]
    pub fn related_to(self, object: ObjectKey) -> Self {
        Self { related: Some(Box::new(object)), ..self }
    }

    /// The same about another object than the workload.
    #[must_use]
    pub fn about(self, object: ObjectKey) -> Self {
        Self { object: Some(object), ..self }
    }
}

/// What a check says of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Everything that is not as it should be; empty for a pass.
    pub statements: Vec<Statement>,
    /// Why the check has nothing to say, if so.
    pub not_applicable: Option<&'static str>,
    /// When time alone can next change this judgement.
    pub next_change: Option<Timestamp>,
}

impl Judgement {
    /// The requirement is met.
    pub fn pass() -> Self {
        Self::default()
    }

    /// The check has nothing to say here, and why.
    pub fn not_applicable(why: &'static str) -> Self {
        Self { not_applicable: Some(why), ..Self::default() }
    }

    /// The requirement is not met, at one place.
    pub fn fail(field: Field, message: impl Into<Text>) -> Self {
        Statement::fail(field, message).into()
    }

    /// Fails with this message unless the condition holds.
    pub fn require(condition: bool, field: Field, message: impl Into<Text>) -> Self {
        if condition { Self::pass() } else { Self::fail(field, message) }
    }

    /// Says this unless the condition holds; what is said is only made then.
    pub fn require_or(condition: bool, statement: impl FnOnce() -> Statement) -> Self {
        if condition { Self::pass() } else { statement().into() }
    }

    /// The worst outcome of all that is said.
    pub fn outcome(&self) -> Outcome {
        if self.not_applicable.is_some() {
            return Outcome::NotApplicable;
        }
        self.statements.iter().map(|statement| statement.outcome).max().unwrap_or(Outcome::Pass)
    }
}

impl Judgement {
    /// Both: not applicable only where neither is.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        Self {
            statements: self.statements,
            not_applicable: self.not_applicable.filter(|_| other.not_applicable.is_some()),
            next_change: earlier(self.next_change, other.next_change),
        }
    }
}

impl From<Statement> for Judgement {
    fn from(statement: Statement) -> Self {
        Self { statements: vec![statement], ..Self::default() }
    }
}

impl FromIterator<Statement> for Judgement {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        Self { statements: statements.into_iter().collect(), ..Self::default() }
    }
}

/// The earlier of two moments at which something changes.
pub fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roll_up_order_is_fail_unknown_pending_pass() {
        let mut outcomes = [
            Outcome::Pass,
            Outcome::Fail,
            Outcome::NotApplicable,
            Outcome::Pending,
            Outcome::Unknown,
            Outcome::Waived,
        ];
        outcomes.sort();
        assert_eq!(
            outcomes,
            [
                Outcome::NotApplicable,
                Outcome::Waived,
                Outcome::Pass,
                Outcome::Pending,
                Outcome::Unknown,
                Outcome::Fail
            ]
        );
    }

    #[test]
    fn an_empty_judgement_passes_and_an_inapplicable_one_does_not() {
        assert_eq!(Judgement::pass().outcome(), Outcome::Pass);
        assert_eq!(Judgement::not_applicable("Windows").outcome(), Outcome::NotApplicable);
    }
}
