//! L5: what is shown: reports, conditions, Events, text, JSON, manifests.
//!
//! It arranges what the engine says and decides nothing. Next: [`run`] for the model of the command line.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod catalogue;
pub mod json;
pub mod run;
pub mod style;
pub mod text;
pub mod yaml;
