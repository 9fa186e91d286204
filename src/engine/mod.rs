//! L4: resolve, select, evaluate, report.
//!
//! [`resolve`] reads a policy; [`subject`] says what is reported as one, [`select`] which workloads a policy
//! is about; [`judge`] runs one check on one workload; [`weigh`] is what one policy makes of it, [`worst`] of
//! several; [`evaluate`] adds policies up; [`admission`] says what a request is told; [`report`] and [`tally`] say what to write.
//!
//! It must not read a clock or know where objects come from. Next: [`crate::render`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod admission;
#[cfg(test)]
mod admission_tests;
#[cfg(test)]
mod algebra;
mod answers;
mod debug_containers;
pub mod evaluate;
#[cfg(debug_assertions)]
mod injected;
mod itself;
pub mod judge;
mod members;
pub mod merge;
pub mod neighbours;
pub mod policy;
pub mod report;
pub mod resolve;
pub mod select;
mod standing;
pub mod subject;
pub mod tally;
mod unseen;
pub mod waiver;
pub mod weigh;
mod worst;
