//! The result of a run for people: by workload, the worst first, readable in 100 columns.
//!
//! Next: [`super::run`] for what is written, [`super::style`] for how.

use std::fmt::Write as _;
use std::sync::Arc;

use super::format::{Format, Piece, Pieces, Stream};
use super::frame::{Sources, frame};
use super::idle::{Idle, IdleRule};
use super::run::{Location, Missing, RunFinding, RunWorkload, Suppressed, Totals};
use super::style::{Colour, Style, inert, visible};
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::engine::report::message;

// Writing to a String does not fail, so results of `writeln!` are dropped in this file.

/// By workload, the worst first.
#[derive(Clone, Debug)]
pub struct Text {
    /// How it looks.
    pub style: Style,
    /// Whether to count findings by check, instead of telling them.
    pub statistics: bool,
    /// What stands on the lines that findings are about.
    pub sources: Arc<dyn Sources>,
}

impl Format for Text {
    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let text = if self.statistics {
            String::new()
        } else {
            self::workload(workload, self.style, &*self.sources)
        };
        Ok(vec![Piece::plain(inert(text))])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let is_told = !self.statistics && !idle.is_empty();
        Ok(vec![Piece::plain(if is_told { inert(idle_section(idle, self.style)) } else { String::new() })])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let counts = if self.statistics { statistics(totals) } else { String::new() };
        Ok(counts + &end(totals, self.style))
    }
}

/// A line for each finding, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Concise {
    /// Whether to count findings by check, instead of telling them.
    pub statistics: bool,
}

impl Format for Concise {
    fn workload(&self, workload: &RunWorkload) -> Pieces {
        Ok(vec![Piece::plain(if self.statistics { String::new() } else { inert(concise(workload)) })])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let lines = idle.iter().filter(|_| !self.statistics).map(|idle| {
            let Idle { rule, location, message, .. } = idle;
            let severity = IdleRule::SEVERITY.as_str().to_lowercase();
            let words = format!("{} {severity} {}: {message}", IdleRule::WORD, rule.name());
            visible(&format!("{location}: {words}{}", rendered_by(location))) + "\n"
        });
        Ok(vec![Piece::plain(inert(lines.collect::<Vec<_>>().concat()))])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        Ok(if self.statistics { statistics(totals) } else { String::new() })
    }
}

/// Findings by check: a line for each check that has some, the most first.
fn statistics(totals: &Totals) -> String {
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

/// A workload as text; nothing for one without findings.
pub fn workload(workload: &RunWorkload, style: Style, sources: &dyn Sources) -> String {
    let mut out = String::new();
    if workload.findings.is_empty() {
        return out;
    }
    let (colour, word) = verdict(workload.verdict);
    let name = style.paint(Colour::Bold, &visible(&workload.key.to_string()));
    let place = format!("{}{}", workload.location, rendered_by(&workload.location));
    let place = style.paint(Colour::Dim, &visible(&place));
    let _ = writeln!(out, "{name}: {}  {place}", style.paint(colour, word));
    let (unseen, rest): (Vec<_>, Vec<_>) = workload.findings.iter().partition(|found| found.is_unseen());
    for found in rest {
        finding(&mut out, found, style, sources);
    }
    fold(&mut out, &unseen, style);
    out.push('\n');
    out
}

/// Suppressions that suppress nothing, behind what was found of objects.
fn idle_section(idle: &[Idle], style: Style) -> String {
    let mut out = style.paint(Colour::Bold, "Suppressions that suppress nothing") + "\n";
    for Idle { rule, location, message, .. } in idle {
        let word = style.paint(colour(IdleRule::WORD), &format!("{:<8}", IdleRule::WORD));
        let severity = IdleRule::SEVERITY.as_str().to_lowercase();
        let _ = writeln!(out, "  {word}{severity:<9} {}", rule.name());
        let _ = writeln!(out, "{}", style.wrap(&visible(message), 12));
        let place = visible(&format!("{location}{}", rendered_by(location)));
        let _ = writeln!(out, "            {}", style.paint(Colour::Dim, &place));
    }
    out.push('\n');
    out
}

/// Many findings of one cause, in one.
fn fold(out: &mut String, unseen: &[&RunFinding], style: Style) {
    let mut names: Vec<&str> = unseen.iter().map(|found| found.merged.check).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let head = style.paint(Colour::Yellow, "unknown ");
    let _ = writeln!(out, "  {head}{}", plural(names.len(), "check"));
    let words = format!(
        "what they look at is not among the files (--complete says that there is nothing else): {}",
        names.join(", ")
    );
    let _ = writeln!(out, "{}", style.wrap(&words, 12));
}

const fn verdict(verdict: Verdict) -> (Colour, &'static str) {
    match verdict {
        Verdict::Ready => (Colour::Green, "ready"),
        Verdict::NotReady => (Colour::Red, "not ready"),
        Verdict::Pending => (Colour::Yellow, "pending"),
        Verdict::Unknown | Verdict::Suspended => (Colour::Yellow, "unknown"),
    }
}

/// One finding a line, as compilers write them.
pub fn concise(workload: &RunWorkload) -> String {
    let mut out = String::new();
    for finding in &workload.findings {
        let RunFinding { merged, location, .. } = finding;
        let (word, subject) = (finding.word(), finding.subject(workload));
        let severity = merged.severity.as_str().to_lowercase();
        let line = format!(
            "{location}: {word} {severity} {}: {subject}: {}{}",
            merged.check,
            message(merged),
            rendered_by(location)
        );
        let _ = writeln!(out, "{}", visible(&line));
    }
    out
}

/// What was rendered, for a file that does not say it itself.
fn rendered_by(location: &Location) -> String {
    let label = location.rendered.as_deref().filter(|label| !location.file.starts_with(*label));
    label.map_or_else(String::new, |label| format!(", rendered by {label}"))
}

fn colour(word: &str) -> Colour {
    match word {
        "fail" => Colour::Red,
        "known" | "waived" | "ignored" => Colour::Dim,
        "pass" => Colour::Green,
        _ => Colour::Yellow,
    }
}

fn finding(out: &mut String, told: &RunFinding, style: Style, sources: &dyn Sources) {
    let RunFinding { merged, location, missing, suppressed, .. } = told;
    let word = told.word();
    let colour = colour(word);
    let severity = merged.severity.as_str().to_lowercase();
    let found = &merged.found;
    let container =
        found.container.as_ref().map_or_else(String::new, |name| format!("  container {}", visible(name)));
    let head = format!("{word:<8}");
    let _ = writeln!(
        out,
        "  {}{severity:<9} {}{container}",
        style.paint(colour, &head),
        style.check(merged.check)
    );
    if let Some(object) = &found.object {
        let _ = writeln!(out, "            {}", visible(&object.to_string()));
    }
    let _ = writeln!(out, "{}", style.wrap(&visible(&message(merged)), 12));
    if !found.field.is_empty() {
        let _ = writeln!(out, "            {}", style.paint(Colour::Dim, &visible(&found.field)));
    }
    let place = style.paint(Colour::Dim, &visible(&format!("{location}{}", rendered_by(location))));
    let frame = frame(told, sources, style, 12);
    match missing {
        Some(Missing { insert, .. }) if frame.is_some() => {
            let line = insert.map_or_else(String::new, |at| format!(", for example before line {}", at.line));
            let _ = writeln!(out, "            {place}{line}");
        }
        Some(Missing { path, insert }) => {
            let line = insert.map_or_else(String::new, |at| format!(", for example before line {}", at.line));
            let _ = writeln!(out, "            {place}: {} goes here{line}", visible(path));
        }
        None => drop(writeln!(out, "            {place}")),
    }
    out.push_str(&frame.unwrap_or_default());
    if let Some(Suppressed { by, reason, until }) = suppressed.as_deref() {
        let until = until.as_ref().map_or_else(String::new, |until| format!(", until {until}"));
        let words =
            format!("suppressed by {}, for this command only: {}{until}", visible(by), visible(reason));
        let _ = writeln!(out, "{}", style.wrap(&words, 12));
    }
}

/// What a run came to.
pub fn end(run: &Totals, style: Style) -> String {
    let mut out = String::new();
    summary(&mut out, run, style);
    out
}

fn summary(out: &mut String, run: &Totals, style: Style) {
    let counts = run.workloads;
    if counts.total + run.orphans.total == 0 {
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

/// The objects that no workload reaches and that are not in order.
fn others(run: &Totals) -> String {
    let counts = WorkloadCounts { ready: 0, ..run.orphans };
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

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
