//! The result of a run for people: by workload, the worst first, readable in 100 columns.
//!
//! Next: [`super::run`] for what is written, [`super::style`] for how.

use std::fmt::Write as _;

use super::run::{Run, RunFinding, RunWorkload};
use super::style::{Colour, Style, visible};
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::Outcome;
use crate::engine::report::message;

/// A run as text.
pub fn run(run: &Run, style: Style) -> String {
    let mut out = String::new();
    for found in run.judged().filter(|workload| !workload.findings.is_empty()) {
        workload(&mut out, found, style);
        out.push('\n');
    }
    summary(&mut out, run, style);
    out
}

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

fn workload(out: &mut String, workload: &RunWorkload, style: Style) {
    let (colour, word) = verdict(workload.verdict);
    let name = style.paint(Colour::Bold, &visible(&workload.key.to_string()));
    let place = style.paint(Colour::Dim, &visible(&workload.location.to_string()));
    let _ = writeln!(out, "{name}: {}  {place}", style.paint(colour, word));
    for found in &workload.findings {
        finding(out, found, style);
    }
}

const fn verdict(verdict: Verdict) -> (Colour, &'static str) {
    match verdict {
        Verdict::Ready => (Colour::Green, "ready"),
        Verdict::NotReady => (Colour::Red, "not ready"),
        Verdict::Pending => (Colour::Yellow, "pending"),
        Verdict::Unknown | Verdict::Suspended => (Colour::Yellow, "unknown"),
    }
}

fn finding(out: &mut String, RunFinding { merged, .. }: &RunFinding, style: Style) {
    let (colour, word) = match merged.outcome {
        Outcome::Fail if merged.blocks => (Colour::Red, "fail"),
        Outcome::Fail => (Colour::Yellow, "warn"),
        Outcome::Unknown => (Colour::Yellow, "unknown"),
        Outcome::Pending => (Colour::Yellow, "pending"),
        Outcome::Waived => (Colour::Dim, "waived"),
        Outcome::Pass | Outcome::NotApplicable => (Colour::Green, "pass"),
    };
    let severity = merged.severity.as_str().to_lowercase();
    let found = &merged.found;
    let container =
        found.container.as_ref().map_or_else(String::new, |name| format!("  container {}", visible(name)));
    let head = format!("{word:<8}");
    let _ = writeln!(out, "  {}{severity:<9} {}{container}", style.paint(colour, &head), merged.check);
    if let Some(object) = &found.object {
        let _ = writeln!(out, "            {}", visible(&object.to_string()));
    }
    let _ = writeln!(out, "{}", style.wrap(&visible(&message(merged)), 12));
    if !found.field.is_empty() {
        let _ = writeln!(out, "            {}", style.paint(Colour::Dim, &visible(&found.field)));
    }
}

fn summary(out: &mut String, run: &Run, style: Style) {
    let counts = run.counts();
    if counts.total == 0 && run.orphans.is_empty() {
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
        plural(run.workloads.len(), "workload"),
        by_verdict(counts),
        others(run),
        by_outcome(run.summary()),
        read(run)
    );
    // Wrapped first: colours have no width.
    let wrapped = style.wrap(&line, 0);
    let painted = wrapped
        .strip_prefix(&capital(word))
        .map(|rest| format!("{}{rest}", style.paint(colour, &capital(word))));
    let _ = writeln!(out, "{}", painted.unwrap_or(wrapped));
    if let Some(first) = run.judged().flat_map(|workload| &workload.findings).next() {
        let line = format!(
            "`seaworthy explain {}` says why it matters and how to fix it; so for every check.",
            first.merged.check
        );
        let _ = writeln!(out, "{}", style.wrap(&line, 0));
    }
}

/// The objects that no workload reaches and that are not in order.
fn others(run: &Run) -> String {
    let counts = WorkloadCounts { ready: 0, ..run.orphan_counts() };
    match counts.not_ready + counts.pending + counts.unknown {
        0 => String::new(),
        number => format!(", {} behind no workload{}", plural(number as usize, "object"), by_verdict(counts)),
    }
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

/// What was read and not judged.
fn read(run: &Run) -> String {
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

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
