//! One side of a comparison: a saved run, a baseline, or files that are judged now.
//!
//! It must not compare. Next: [`super`].

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::DiffError;
use crate::catalogue::Severity;
use crate::cli::check::JudgingArguments;
use crate::cli::judging::{self, Read};
use crate::cli::load::files::{self, Instead, Source};
use crate::cli::load::yaml::NO_TEXT;
use crate::cli::output;
use crate::cli::policies::narrow::Narrowing;
use crate::render::baseline::{Baseline, Entry, counted, failures_and_blocking};
use crate::render::fingerprint::named;
use crate::render::json::RUN_VERSION;

/// What editors put in front of a text.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// So many bytes of a file show whether it may be a saved run.
const BEGIN: u64 = 4096;

/// One side, and whether all of it could be read.
pub(super) struct Side {
    pub(super) findings: Baseline,
    pub(super) weights: Weights,
    pub(super) is_complete: bool,
    pub(super) is_empty: bool,
    /// Whether it was judged before.
    pub(super) is_saved: bool,
}

/// What is known of how much findings count, by fingerprint.
pub(super) enum Weights {
    /// Those that fail at or above `failOn`, of the flag or else of their policies.
    Judged(BTreeSet<String>),
    /// How severe each is: a saved run does not say by which policies it was judged.
    Severities(BTreeMap<String, Severity>),
    /// Nothing: a baseline.
    Unsaid,
}

/// What stands at a path.
pub(super) fn side(
    path: &Path,
    judging: &JudgingArguments,
    narrowing: &Narrowing,
) -> Result<Side, DiffError> {
    let text = text_of(path, judging)?;
    let object = text.as_deref().filter(|text| begins_as_object(text) && !text.contains(NO_TEXT));
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
        return Ok(Side {
            findings,
            weights: Weights::Unsaid,
            is_complete: true,
            is_empty: false,
            is_saved: true,
        });
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
        weights: Weights::Severities(severities),
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
    let (mut findings, mut found) = (Baseline::default(), BTreeSet::new());
    let sink = &mut |(entries, more): (Vec<Entry>, Vec<String>)| {
        for entry in entries {
            findings.add(entry);
        }
        found.extend(more);
        Ok::<_, Infallible>(())
    };
    let Ok(totals) =
        judging::judge(&read, judging.now.unwrap_or_else(Timestamp::now), &failures_and_blocking, sink);
    Ok(Side {
        findings,
        weights: Weights::Judged(found),
        is_saved: false,
        is_complete: totals.problems.is_empty(),
        is_empty: totals.workloads.total + totals.orphans.total == 0,
    })
}
