//! How much is known of a kind, and what a lookup answers.
//!
//! "Not in my index" is never "does not exist": [`Lookup::Missing`] is answered under complete coverage
//! only. It must not say what a check makes of it. Next: [`super::snapshot`].

use std::borrow::Cow;
use std::fmt;

/// How much an inventory knows of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// Everything there is.
    Complete,
    /// What was given; there may be more (files without `--complete`).
    #[default]
    Partial,
    /// The first list has not finished.
    NotSynced,
    /// The watch gave no sign of life for too long.
    Stale,
    /// The API server refuses it (403), or the right was not granted on purpose.
    Forbidden,
    /// The API server does not serve the kind (404): there is none.
    NotServed,
}

/// Why something is not known. A closed set: it is a metric label and part of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It was not among the files given.
    NotGiven,
    /// The first list of the kind has not finished.
    NotSynced,
    /// The watch of the kind gave no sign of life for too long.
    Stale,
    /// The API server refuses to show it.
    Forbidden,
    /// The object does not have the shape of its kind.
    Undecodable,
    /// What is there cannot be judged with what is known (an algorithm no library here knows).
    Undecidable,
    /// The check itself failed; a defect of Seaworthy.
    Internal,
    /// The policy that asks is not valid.
    PolicyInvalid,
}

impl Cause {
    /// The cause as in reports and metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotGiven => "NotGiven",
            Self::NotSynced => "NotSynced",
            Self::Stale => "Stale",
            Self::Forbidden => "Forbidden",
            Self::Undecodable => "Undecodable",
            Self::Undecidable => "Undecidable",
            Self::Internal => "Internal",
            Self::PolicyInvalid => "PolicyInvalid",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer to a lookup of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// It is certainly not there.
    Missing,
    /// Nobody here knows.
    Unknown(Cause),
}

impl<T> Lookup<T> {
    /// The same about a part of what was found.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(part(found)),
            Self::Missing => Lookup::Missing,
            Self::Unknown(cause) => Lookup::Unknown(cause),
        }
    }
}

/// The answer to a lookup of a `kubernetes.io/tls` Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretLookup<T> {
    /// It is there.
    Found(T),
    /// A Secret of this name is there, of another type.
    OtherType,
    /// No Secret of this name is there, of whatever type.
    Missing,
    /// Nobody here knows.
    Unknown(Cause),
}

/// What the API server said of a Secret that is not in the index, which holds one type only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretAnswer {
    /// There is no Secret of this name.
    Absent,
    /// There is one, of another type.
    OtherType,
    /// There is one of the right type: the index has not seen it yet.
    Lagging,
    /// The server does not say.
    Refused,
}

/// The answer to a search for objects: those found, and whether there may be more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search<T> {
    /// Those found, by name.
    pub found: Vec<T>,
    /// Why there may be more; absent when these are all.
    pub incomplete: Option<Cause>,
}

/// The answer to a search that is made now, or that was made before and is remembered.
pub type Known<'a, T> = Cow<'a, Search<T>>;

impl<T> Search<T> {
    /// The same with another search behind it.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.incomplete = self.incomplete.or(other.incomplete);
        self
    }

    /// Whether nothing was found, and nothing can have been overlooked.
    pub fn is_certainly_empty(&self) -> bool {
        self.found.is_empty() && self.incomplete.is_none()
    }

    /// Why nothing was found although there may be something.
    pub fn doubt(&self) -> Option<Cause> {
        self.incomplete.filter(|_| self.found.is_empty())
    }
}

impl Coverage {
    /// Why absence proves nothing; absent when it does.
    pub const fn gap(self) -> Option<Cause> {
        match self {
            Self::Complete | Self::NotServed => None,
            Self::Partial => Some(Cause::NotGiven),
            Self::NotSynced => Some(Cause::NotSynced),
            Self::Stale => Some(Cause::Stale),
            Self::Forbidden => Some(Cause::Forbidden),
        }
    }

    /// Whether even what is known may not be so any more: its objects were known once.
    pub const fn is_blind(self) -> bool {
        matches!(self, Self::Stale | Self::Forbidden)
    }
}
