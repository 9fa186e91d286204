//! What a run came to, in words and in counts.
//!
//! It must not count: [`super::super::run::Totals`] did. Next: [`super`] for what is told of each workload.

use std::fmt::Write as _;

use super::verdict;
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::Summary;
use crate::render::run::Totals;
use crate::render::style::Style;

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// Findings by check: a line for each check that has some, the most first.
pub(super) fn statistics(totals: &Totals) -> String {
    let mut counts: Vec<_> = totals.by_check.iter().filter(|(_, counts)| counts.total() > 0).collect();
    counts.sort_by_key(|(check, counts)| (std::cmp::Reverse(counts.total()), **check));
    let width = counts.iter().map(|(check, _)| check.len()).max().unwrap_or_default();
    let mut out = String::new();
    for (check, counts) in &counts {
        let words = [
            (counts.fail, "fail"),
            (counts.warn, "warn"),
            (counts.unknown, "unknown"),
            (counts.pending, "pending"),
            (counts.waived, "waived"),
            (counts.baselined, "known"),
        ];
        let parts: Vec<String> = words
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let _ = writeln!(out, "{:>7}  {check:<width$}  {}", counts.total(), parts.join(", "));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// What a run came to.
pub fn end(run: &Totals, style: Style) -> String {
    let mut out = String::new();
    summary(&mut out, run, style);
    out
}

fn summary(out: &mut String, run: &Totals, style: Style) {
    let counts = run.workloads;
    if counts.total + run.orphans.total + run.deleting == 0 {
        let why = match run.input.not_selected {
            0 => "no workload was found".to_owned(),
            1 => "no policy is about the one workload".to_owned(),
            number => format!("no policy is about any of the {number} workloads"),
        };
        let _ = writeln!(out, "{}", style.wrap(&format!("Nothing was checked: {why}{}.", read(run)), 0));
        return;
    }
    let (colour, word) = verdict(run.verdict());
    let line = format!(
        "{}: {}{}{}; {}{}.",
        capital(word),
        plural(usize::try_from(counts.total).unwrap_or(usize::MAX), "workload"),
        by_verdict(counts),
        others(run),
        by_outcome(run.checks),
        known(run) + &suppressed(run) + &read(run)
    );
    // Wrapped first: colours have no width.
    let wrapped = style.wrap(&line, 0);
    let painted = wrapped
        .strip_prefix(&capital(word))
        .map(|rest| format!("{}{rest}", style.paint(colour, &capital(word))));
    let _ = writeln!(out, "{}", painted.unwrap_or(wrapped));
    if let Some(first) = run.first_check {
        let line =
            format!("`seaworthy explain {first}` says why it matters and how to fix it; so for every check.");
        let _ = writeln!(out, "{}", style.wrap(&line, 0));
    }
}

/// The objects that no workload reaches and that are not in order, and what is being deleted.
fn others(run: &Totals) -> String {
    let counts = WorkloadCounts { ready: 0, ..run.orphans };
    let mut words = match counts.not_ready + counts.pending + counts.unknown {
        0 => String::new(),
        number => format!(", {} behind no workload{}", plural(number as usize, "object"), by_verdict(counts)),
    };
    if run.deleting > 0 {
        let _ = write!(words, ", {} being deleted and not counted", run.deleting);
    }
    words
}

fn by_verdict(counts: WorkloadCounts) -> String {
    let words = [
        (counts.ready, "ready"),
        (counts.not_ready, "not ready"),
        (counts.pending, "pending"),
        (counts.unknown, "unknown"),
    ];
    let parts: Vec<String> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn by_outcome(summary: Summary) -> String {
    let Summary { pass, fail, warn, pending, unknown, waived, not_applicable: _ } = summary;
    let words = [
        (fail, "failed"),
        (warn, "warned"),
        (unknown, "unknown"),
        (pending, "pending"),
        (waived, "waived"),
        (pass, "passed"),
    ];
    let parts: Vec<String> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "no check applies".to_owned() } else { format!("checks: {}", parts.join(", ")) }
}

/// The findings that a baseline holds.
fn known(run: &Totals) -> String {
    match run.baselined() {
        0 => String::new(),
        number => format!("; {} in the baseline", plural(number, "finding")),
    }
}

/// What comments and configuration files suppress, which the operator does not read.
fn suppressed(run: &Totals) -> String {
    match run.suppressed {
        0 => String::new(),
        number => {
            format!(", {} suppressed, for this command only", plural(number, "finding"))
        }
    }
}

/// What was read and not judged.
fn read(run: &Totals) -> String {
    let input = run.input;
    let parts = [
        (input.skipped, "skipped, not Kubernetes"),
        (input.other_kinds, "of kinds that no check reads"),
        (run.problems.len(), "could not be read or is wrong"),
    ];
    let mut text = format!("; {}", plural(input.documents, "document"));
    for (count, words) in parts.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, ", {count} {words}");
    }
    text
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
