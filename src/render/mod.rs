//! L5: what is written or shown: reports, conditions, Events, text, JSON, manifests, pages.
//!
//! It arranges what the engine says; it must not do any I/O, nor decide a verdict. Next: [`report`] and
//! [`conditions`] for what the controller writes, [`run`] for the model of the command line.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod admission;
pub mod baseline;
pub mod catalogue;
pub mod conditions;
pub mod coverage;
pub mod docs;
pub mod events;
mod findings;
pub mod fingerprint;
pub mod format;
pub mod frame;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod idle;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod manifests;
pub mod markdown;
mod narrow;
mod peers;
mod quoted;
pub mod report;
pub mod run;
pub mod sarif;
pub mod style;
mod suppressions;
pub mod text;
pub mod totals;
pub mod webhook;
pub mod yaml;
