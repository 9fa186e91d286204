//! The real binary with something on standard input.
//!
//! Next: [`super::program`].

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::program::{Ran, command};

/// Runs it with this on standard input.
pub(crate) fn run_with_stdin(folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command(folder, arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}
