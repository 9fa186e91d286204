//! What was found wrong with an object, and the way to what is looked at.
//!
//! It must not quote values: any of them may be a credential. Next: [`super::walk`], [`super::custom`].

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// How many problems of one object are told.
pub const MOST: usize = 16;

/// One thing that the server would refuse when it decodes an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Path of the field from the object's root.
    pub field: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// There is no such field.
    Unknown {
        /// Its name.
        name: String,
        /// The names that there are, in order.
        known: Vec<Cow<'static, str>>,
    },
    /// It is given twice.
    Duplicate,
    /// Its value is of another type.
    Type {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// It must be there, and is not.
    Required,
    /// Its value is none that the definition of its kind allows: what belongs there, without the value.
    Invalid(Box<str>),
}

/// The way to what is looked at, and what was found before.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail<'a> {
    pub(super) path: Vec<Step<'a>>,
    pub(super) found: Vec<Problem>,
}

/// One step of a path: to a field of a known name, under a key that anybody can choose, to an item of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Key(&'a str),
    Index(usize),
}

impl Trail<'_> {
    /// Whether no more is told.
    pub(super) const fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Notes what is wrong at the end of the way.
    pub(super) fn add(&mut self, flaw: Flaw) {
        if !self.is_full() {
            let path: String = self.path.iter().map(Step::to_string).collect();
            let field = path.strip_prefix('.').unwrap_or(&path).to_owned();
            self.found.push(Problem { field, flaw });
        }
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) if !key.bytes().all(is_plain) => write!(f, "[{}]", Value::from(*key)),
            Self::Field(name) | Self::Key(name) => write!(f, ".{name}"),
        }
    }
}
