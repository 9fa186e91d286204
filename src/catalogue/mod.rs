//! Placeholder.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod profile;
pub mod severity;
