//! L5: what is written, as text or as objects: reports, conditions, Events, YAML.
//!
//! It must not do any I/O, nor decide a verdict. Next: [`report`] and [`conditions`] for what the
//! controller writes, [`yaml`] for files.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod conditions;
pub mod docs;
pub mod events;
pub mod manifests;
pub mod report;
pub mod yaml;
