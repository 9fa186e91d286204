//! L0: what a cluster, or a folder of YAML, looks like.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod certificate;
pub mod kind;
pub mod quantity;
pub mod secret;
pub mod selector;
