//! Placeholder.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod docs;
pub mod manifests;
pub mod yaml;
