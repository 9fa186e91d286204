//! Placeholder.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod yaml;
