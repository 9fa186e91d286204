//! L4: resolve, select, evaluate, report.
//!
//! It must not read a clock or know where objects come from. Next: [`judge`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod judge;
