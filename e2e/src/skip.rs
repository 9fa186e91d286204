//! Saying that a test did not run.
//!
//! It must not be used for a test that could run with more effort: `.ci/run` fails on what it prints.

use std::io::Write;

/// Says on standard error, past cargo's capture of passing tests, that a test did not run.
pub fn skip(test: &str, why: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED {test}: {why}");
}
