//! `seaworthy diff`: what is new and what is fixed.
//!
//! Each side is a saved run (JSON or a baseline) or files that are judged now, both by the same policies. Next:
//! [`side`] for what is read of each, [`crate::render::fingerprint`] for what makes two findings the same.

mod side;

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use thiserror::Error;

use self::side::{Weights, side};
use super::catalogue::ListFormat;
use super::check::JudgingArguments;
use super::formats::FormatError;
use super::policies::narrow::NarrowError;
use super::{exit, output};
use crate::render::baseline::{Baseline, Entry, order};
use crate::render::json::SCHEMA_VERSION;
use crate::render::style::visible;

/// Arguments of `seaworthy diff`.
#[derive(Args, Clone, Debug)]
pub struct DiffArguments {
    /// Before: what `check -o json` wrote, a baseline, or a file or folder to judge; - for standard input
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// After: the same
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// How to judge what is not saved.
    #[command(flatten)]
    pub judging: JudgingArguments,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = ListFormat::Text)]
    pub output: ListFormat,
}

#[derive(Debug, Error)]
enum DiffError {
    #[error(transparent)]
    Narrow(#[from] NarrowError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("{0}: {1}")]
    Read(Arc<str>, String),
    #[error("{0}: not a saved run of this version")]
    Saved(String),
    #[error("--{0} says how files are judged, and both sides are saved runs: it would change nothing")]
    Judged(&'static str),
    #[error("{0} is a baseline, which does not say how severe a finding is: --fail-on cannot be followed")]
    NoSeverity(String),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// Runs the command. Exit 1 if something is new that fails at or above `failOn` (of a saved run only the flag is known), 2 if a side could not be read in full, 3 if the new side holds nothing to
/// check.
pub fn run(arguments: &DiffArguments) -> ExitCode {
    match diff(arguments) {
        Ok(code) => code.into(),
        Err(error) => {
            output::error(&error.to_string());
            exit::INCOMPLETE.into()
        }
    }
}

fn diff(arguments: &DiffArguments) -> Result<u8, DiffError> {
    let narrowing = arguments.judging.narrowing()?;
    let old = side(&arguments.old, &arguments.judging, &narrowing)?;
    let new = side(&arguments.new, &arguments.judging, &narrowing)?;
    if old.is_saved
        && new.is_saved
        && let Some(flag) = of_judging(&arguments.judging)
    {
        return Err(DiffError::Judged(flag));
    }
    for (path, side) in [(&arguments.old, &old), (&arguments.new, &new)] {
        if side.is_empty && side.is_complete {
            output::note(&format!(
                "nothing is checked in {}: it holds neither objects that a policy is about nor a saved run (check -o json)",
                path.display()
            ));
        }
    }
    let fixed = more(&old.findings, &new.findings);
    let added = more(&new.findings, &old.findings);
    let same = new.findings.count_of_all() - total(&added);
    let fails = match (arguments.judging.fail_on, &new.weights) {
        (_, Weights::Judged(blocking)) => added.iter().any(|entry| blocking.contains(&entry.fingerprint)),
        (None, _) => !added.is_empty(),
        (Some(_), Weights::Unsaid) => {
            return Err(DiffError::NoSeverity(arguments.new.display().to_string()));
        }
        (Some(fail_on), Weights::Severities(severities)) => added
            .iter()
            .any(|entry| severities.get(&entry.fingerprint).is_none_or(|severity| fail_on.fails(*severity))),
    };
    output::print(&match arguments.output {
        ListFormat::Text => text(&added, &fixed, same),
        ListFormat::Json => {
            let document = json!({
                "schemaVersion": SCHEMA_VERSION, "new": added, "fixed": fixed, "unchanged": same,
            });
            format!("{document:#}\n")
        }
    })?;
    Ok(if !old.is_complete || !new.is_complete {
        exit::INCOMPLETE
    } else if fails {
        exit::FAILED
    } else if new.is_empty {
        exit::NOTHING
    } else {
        exit::OK
    })
}

/// A flag that says how files are judged, if there is one.
fn of_judging(judging: &JudgingArguments) -> Option<&'static str> {
    let rendering = &judging.rendering;
    let flags = [
        ("policy", !judging.policy.is_empty()),
        ("profile", judging.profile.is_some()),
        ("complete", judging.complete),
        ("namespace", judging.namespace.is_some()),
        ("no-ignores", judging.no_ignores),
        ("config", judging.config.is_some()),
        ("now", judging.now.is_some()),
        ("helm-values", !rendering.helm_values.is_empty()),
        ("helm-set", !rendering.helm_set.is_empty()),
        ("helm-ci-values", rendering.helm_ci_values),
        ("api-versions", !rendering.api_versions.is_empty()),
        ("kube-version", rendering.kube_version.is_some()),
    ];
    flags.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
}

/// What one side has more of than the other, in order.
fn more(one: &Baseline, other: &Baseline) -> Vec<Entry> {
    let more = one.entries().filter_map(|entry| {
        let count = entry.count.checked_sub(other.count(&entry.fingerprint)).filter(|count| *count > 0)?;
        Some(Entry { count, ..entry.clone() })
    });
    let mut entries: Vec<Entry> = more.collect();
    entries.sort_by(|one, other| order(one).cmp(&order(other)));
    entries
}

/// How many findings these are.
fn total(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.count).sum()
}

fn text(added: &[Entry], fixed: &[Entry], same: usize) -> String {
    let mut out = String::new();
    for (word, entries) in [("new", added), ("fixed", fixed)] {
        for entry in entries {
            let parts = [Some(&entry.object), entry.container.as_ref(), entry.field.as_ref()];
            let place: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            let times = if entry.count > 1 { format!(" ({} times)", entry.count) } else { String::new() };
            let line = format!("{word:<6} {}: {}{times}", entry.check, place.join(" "));
            // Writing to a String does not fail.
            let _ = writeln!(out, "{}", visible(&line));
        }
    }
    let _ = writeln!(out, "{} new, {} fixed, {same} unchanged", total(added), total(fixed));
    out
}
