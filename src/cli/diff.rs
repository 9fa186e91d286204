//! `seaworthy diff`: what is new and what is fixed.
//!
//! Each side is a saved run (JSON or a baseline) or files that are judged now, both by the same policies. Next:
//! [`crate::render::fingerprint`] for what makes two findings the same.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};
use thiserror::Error;

use super::catalogue::ListFormat;
use super::check::JudgingArguments;
use super::formats::FormatError;
use super::judging::{self, Read};
use super::load::files::{self, Instead, Source};
use super::policies::narrow::{NarrowError, Narrowing};
use super::{exit, output};
use crate::catalogue::Severity;
use crate::render::baseline::{Baseline, Entry, counted, failures, order, severities};
use crate::render::fingerprint::named;
use crate::render::json::{RUN_VERSION, SCHEMA_VERSION};
use crate::render::run::RunWorkload;
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

/// What editors put in front of a text.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// So many bytes of a file show whether it may be a saved run.
const BEGIN: u64 = 4096;

/// One side, and whether all of it could be read.
struct Side {
    findings: Baseline,
    /// How severe each finding is, by fingerprint; nothing where that is not said.
    severities: Option<BTreeMap<String, Severity>>,
    is_complete: bool,
    is_empty: bool,
    /// Whether it was judged before.
    is_saved: bool,
}

/// Runs the command. Exit 1 if something is new, at or above --fail-on if that is given, 2 if a side could not be read in full, 3 if the new side holds nothing to
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
    let fails = match (arguments.judging.fail_on, &new.severities) {
        (None, _) => !added.is_empty(),
        (Some(_), None) => return Err(DiffError::NoSeverity(arguments.new.display().to_string())),
        (Some(fail_on), Some(severities)) => added
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

fn side(path: &Path, judging: &JudgingArguments, narrowing: &Narrowing) -> Result<Side, DiffError> {
    let text = text_of(path, judging)?;
    let object = text.as_deref().filter(|text| begins_as_object(text));
    let value: Option<Value> = object.and_then(|text| serde_json::from_str(text).ok());
    match (text, value.filter(is_saved)) {
        (Some(text), Some(value)) => {
            let side = saved(path, &text, &value)?;
            Ok(Side { findings: side.findings.only(|check| narrowing.runs(check)), ..side })
        }
        // What can be read again is.
        (text, _) => judged(path, text.filter(|_| !path.is_file()), judging),
    }
}

/// What stands at a path that is one file, if it may be a saved run or can be read only once.
fn text_of(path: &Path, judging: &JudgingArguments) -> Result<Option<String>, DiffError> {
    let (is_standard_input, found) = (path.as_os_str() == "-", path.metadata());
    let read_once = |source: &Source| {
        let read = files::read(source, &judging.bounds());
        read.map(Some).map_err(|(name, message)| DiffError::Read(name, message))
    };
    match found {
        _ if is_standard_input => read_once(&Source::standard_input()),
        Ok(found) if found.is_file() => {
            Ok(begin(path).filter(|begin| begins_as_object(begin)).and_then(|_| {
                let text = fs::read_to_string(path).ok()?;
                Some(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
            }))
        }
        Ok(found) if !found.is_dir() => read_once(&Source::file(path.to_owned())),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// What a file begins with: what is judged need not be read as a whole for that.
fn begin(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(BEGIN).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn begins_as_object(text: &str) -> bool {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).trim_start().starts_with('{')
}

/// Whether it is of this program, of whatever version: a baseline has findings, a run has results; one of the first
/// version had findings too.
fn is_saved(value: &Value) -> bool {
    let has = |key: &str| value.get(key).is_some();
    has("schemaVersion") && (has("findings") || has("results"))
}

/// What a file of an earlier run says.
fn saved(path: &Path, text: &str, value: &Value) -> Result<Side, DiffError> {
    let name = || path.display().to_string();
    if let Ok(findings) = Baseline::parse(text) {
        return Ok(Side { findings, severities: None, is_complete: true, is_empty: false, is_saved: true });
    }
    let version = value.get("schemaVersion").and_then(Value::as_u64);
    let results = value.get("results").and_then(Value::as_array);
    let known = version.filter(|version| *version == u64::from(RUN_VERSION));
    let (Some(_), Some(results), Some(summary)) = (known, results, value.get("summary")) else {
        return Err(DiffError::Saved(name()));
    };
    let errors = summary.get("errors").and_then(Value::as_u64).ok_or_else(|| DiffError::Saved(name()))?;
    if errors > 0 {
        output::error(&format!(
            "{}: the run that was saved could not read everything ({errors} errors)",
            name()
        ));
    }
    let (mut baseline, mut severities) = (Baseline::default(), BTreeMap::new());
    for result in results {
        let findings = result.get("findings").and_then(Value::as_array).into_iter().flatten();
        let failing = findings.filter(|finding| finding.get("outcome") == Some(&json!("Fail")));
        let entries: Option<Vec<(Entry, Severity)>> = failing
            .map(|finding| {
                Some((entry(result, finding)?, Severity::deserialize(finding.get("severity")?).ok()?))
            })
            .collect();
        let entries = entries.ok_or_else(|| DiffError::Saved(name()))?;
        severities.extend(entries.iter().map(|(entry, severity)| (entry.fingerprint.clone(), *severity)));
        let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
        for entry in counted(entries) {
            baseline.add(entry);
        }
    }
    let total = |pointer: &str| summary.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let is_empty = total("/workloads/total") + total("/orphans/total") == 0;
    Ok(Side {
        findings: baseline,
        severities: Some(severities),
        is_complete: errors == 0,
        is_empty,
        is_saved: true,
    })
}

fn entry(result: &Value, finding: &Value) -> Option<Entry> {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
    let object = finding.get("object").or_else(|| result.get("object"))?;
    let version = text(object, "apiVersion")?;
    let group = version.split_once('/').map_or_else(String::new, |(group, _)| format!(".{group}"));
    let place: Vec<String> = ["namespace", "name"].into_iter().filter_map(|key| text(object, key)).collect();
    let container = text(finding, "container");
    Some(Entry {
        fingerprint: text(finding, "fingerprint")?,
        check: text(finding, "check")?,
        object: format!("{}{group} {}", text(object, "kind")?, place.join("/")),
        field: text(finding, "field").map(|field| named(&field, container.as_deref()).into_owned()),
        container,
        count: 1,
    })
}

/// What is found in files; of one that was read already, in this text.
fn judged(path: &Path, text: Option<String>, judging: &JudgingArguments) -> Result<Side, DiffError> {
    let said = text.map(|text| (files::name(path), text.into())).into_iter().collect();
    let instead = Instead { texts: said, ..Instead::default() };
    let read = Read::saying(&[path.to_owned()], judging, judging.narrowing()?, &instead)?;
    output::notes(&read.notes, &read.problems);
    let (mut findings, mut found) = (Baseline::default(), BTreeMap::new());
    let sink = &mut |(entries, more): (Vec<Entry>, Vec<(String, Severity)>)| {
        for entry in entries {
            findings.add(entry);
        }
        found.extend(more);
        Ok::<_, Infallible>(())
    };
    let asks = judging.fail_on.is_some();
    let made =
        |workload: &RunWorkload| (failures(workload), if asks { severities(workload) } else { Vec::new() });
    let Ok(totals) = judging::judge(&read, judging.now.unwrap_or_else(Timestamp::now), &made, sink);
    Ok(Side {
        findings,
        severities: Some(found),
        is_saved: false,
        is_complete: totals.problems.is_empty(),
        is_empty: totals.workloads.total + totals.orphans.total == 0,
    })
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
