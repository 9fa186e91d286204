//! `seaworthy policy`: what admins try on a policy before it goes to a cluster.
//!
//! It judges as `check` does, and has no verdict of its own. Next: [`test`] for an admin's own cases, [`diff`]
//! for what an edit changes.

pub mod diff;
pub mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::check::{CheckArguments, JudgingArguments};
use super::{exit, output};
use crate::api::report::Verdict;

/// Commands about policies.
#[derive(Subcommand, Clone, Debug)]
pub enum PolicyCommand {
    /// Judge the cases of a folder, and compare with what they expect
    Test(test::TestArguments),
    /// Say which workloads an edit of a policy judges otherwise, warns of or denies
    Diff(diff::DiffArguments),
}

/// Runs a command.
pub fn run(command: &PolicyCommand) -> ExitCode {
    match command {
        PolicyCommand::Test(arguments) => test::run(arguments),
        PolicyCommand::Diff(arguments) => diff::run(arguments),
    }
}

/// The arguments of `check`, whose defaults count here too.
#[derive(Parser)]
struct AsCheck {
    #[command(flatten)]
    check: CheckArguments,
}

/// What `check` would be told.
fn check(paths: Vec<PathBuf>, policy: Vec<PathBuf>, complete: bool) -> Result<CheckArguments, clap::Error> {
    let AsCheck { check } = AsCheck::try_parse_from(["check", "-"])?;
    let judging = JudgingArguments { policy, complete, ..check.judging };
    Ok(CheckArguments { paths, judging, ..check })
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "Ready",
        Verdict::NotReady => "NotReady",
        Verdict::Pending => "Pending",
        Verdict::Unknown => "Unknown",
        Verdict::Suspended => "Suspended",
    }
}

fn failed(message: &str) -> ExitCode {
    output::error(message);
    exit::INCOMPLETE.into()
}
