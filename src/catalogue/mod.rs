//! L1: what a check is.
//!
//! [`check::Check`] is a `static` that [`declare`] makes from a doc comment, a few fields and one
//! function; [`outcome::Judgement`] is what that function returns of a [`subject`].
//!
//! It must not know any particular check, nor policies. Next: [`crate::checks`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod check;
pub mod classes;
pub(crate) mod declare;
pub mod fix;
pub mod outcome;
pub mod parameters;
pub mod profile;
pub mod severity;
pub mod subject;

pub use check::{Check, Compiled, Family, ObjectRule, Rule};
pub use outcome::{Field, Judgement, Outcome, Statement, Text};
pub use profile::{Membership, NEWEST_PROFILE_VERSION, Profile};
pub use severity::Severity;
pub use subject::{ContainerSubject, ObjectSubject, WorkloadSubject};
