//! L6: the command line: arguments, files, exit codes.
//!
//! It judges with the same engine as the controller and holds no verdict of its own: a difference between
//! the two would be a defect. Next: [`check`] for the command that judges files; [`crate::render`] for what
//! is printed.

mod add_ignores;
pub mod baseline;
mod begun;
pub mod catalogue;
pub mod check;
pub mod config;
pub mod diff;
pub mod fix;
pub mod formats;
mod frames;
mod input;
mod judging;
pub mod live;
pub mod load;
mod objects;
pub mod output;
mod parallel;
mod placing;
mod policies;
pub mod policy;
pub mod program;
pub mod ready;
mod replace;
mod same_file;
mod spared;
mod subjects;
mod suppress;

pub use check::CheckArguments;

/// Exit codes that scripts may rely on.
pub mod exit {
    /// Nothing at or above `failOn`.
    pub const OK: u8 = 0;
    /// A check at or above `failOn` fails.
    pub const FAILED: u8 = 1;
    /// Not everything could be done.
    pub const INCOMPLETE: u8 = 2;
    /// Nothing was checked.
    pub const NOTHING: u8 = 3;
}
