//! L4: resolve, select, evaluate, report.
//!
//! [`resolve`] reads a policy; [`select`] says which workloads it is about; [`judge`] runs one check on
//! one workload; [`weigh`] is what one policy makes of it; [`evaluate`] adds policies up; [`report`] and
//! [`tally`] say what to write.
//!
//! It must not read a clock or know where objects come from. Next: [`crate::render`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

#[cfg(test)]
mod algebra;
pub mod evaluate;
#[cfg(debug_assertions)]
mod injected;
pub mod judge;
pub mod merge;
pub mod policy;
pub mod report;
pub mod resolve;
pub mod select;
pub mod tally;
pub mod waiver;
pub mod weigh;
