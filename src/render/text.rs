//! The result of a run for people: by workload, the worst first, readable in 100 columns.
//!
//! Next: [`super::run`] for what is written, [`super::style`] for how, [`closing`] for what stands at the end.

mod closing;

use std::fmt::Write as _;
use std::sync::Arc;

pub use self::closing::end;
use self::closing::{plural, statistics};
use super::format::{Format, Piece, Pieces, Stream};
use super::frame::{Frame, Sources, beside, frame};
use super::idle::{Idle, IdleRule};
use super::run::{Location, Missing, Related, RunFinding, RunWorkload, Suppressed, Totals};
use super::style::{Colour, Style, inert, visible};
use crate::api::report::Verdict;
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
        Ok(vec![Piece::plain(inert(self.style.fit(text)))])
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let is_told = !self.statistics && !idle.is_empty();
        let text = if is_told { idle_section(idle, self.style) } else { String::new() };
        Ok(vec![Piece::plain(inert(self.style.fit(text)))])
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let counts = if self.statistics { statistics(totals) } else { String::new() };
        Ok(self.style.fit(counts + &end(totals, self.style)))
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
    // What stands in a cluster is no document of any file.
    fold(&mut out, &unseen, workload.location.document == 0, style);
    out.push('\n');
    out
}

/// Suppressions that suppress nothing, behind what was found of objects.
fn idle_section(idle: &[Idle], style: Style) -> String {
    let indent = style.indent();
    let mut out = style.paint(Colour::Bold, "Suppressions that suppress nothing") + "\n";
    for Idle { rule, location, message, .. } in idle {
        let word = style.paint(colour(IdleRule::WORD), &format!("{:<8}", IdleRule::WORD));
        let severity = IdleRule::SEVERITY.as_str().to_lowercase();
        let _ = writeln!(out, "  {word}{severity:<9} {}", rule.name());
        let _ = writeln!(out, "{}", style.wrap(&visible(message), indent));
        let place = visible(&format!("{location}{}", rendered_by(location)));
        let _ = writeln!(out, "{:indent$}{}", "", style.paint(Colour::Dim, &place));
    }
    out.push('\n');
    out
}

/// Many findings of one cause, in one.
fn fold(out: &mut String, unseen: &[&RunFinding], is_live: bool, style: Style) {
    let mut names: Vec<&str> = unseen.iter().map(|found| found.merged.check).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let head = style.paint(Colour::Yellow, "unknown ");
    let _ = writeln!(out, "  {head}{}", plural(names.len(), "check"));
    let why = if is_live {
        "what they look at may lie in namespaces that were not read (-A reads all)"
    } else {
        "what they look at is not among the files (--complete says that there is nothing else)"
    };
    let words = format!("{why}: {}", names.join(", "));
    let _ = writeln!(out, "{}", style.wrap(&words, style.indent()));
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
            "{location}: {word} {severity} {}: {subject}: {}{}{}",
            merged.check,
            finding.words(),
            finding.acceptance(),
            rendered_by(location)
        );
        let _ = writeln!(out, "{}", visible(&line));
    }
    out
}

/// What was rendered, for a file that does not say it itself.
fn rendered_by(location: &Location) -> String {
    let is_within = |label: &str| match label {
        // What lies elsewhere is told so.
        "." => {
            !["/", "../"].iter().any(|way| location.file.starts_with(way)) && !location.file.contains("://")
        }
        label => location.file.starts_with(label),
    };
    let label = location.rendered.as_deref().filter(|label| !is_within(label));
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
    let RunFinding { merged, suppressed, .. } = told;
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
    let indent = style.indent();
    if let Some(object) = &found.object {
        let _ = writeln!(out, "{:indent$}{}", "", visible(&object.to_string()));
    }
    let _ = writeln!(out, "{}", style.wrap(&visible(&message(merged)), indent));
    if !found.field.is_empty() {
        let _ = writeln!(out, "{:indent$}{}", "", style.paint(Colour::Dim, &visible(&found.field)));
    }
    places(out, told, style, sources);
    if let Some(Suppressed { by, reason, until }) = suppressed.as_deref() {
        let until = until.as_ref().map_or_else(String::new, |until| format!(", until {until}"));
        let words =
            format!("suppressed by {}, for this command only: {}{until}", visible(by), visible(reason));
        let _ = writeln!(out, "{}", style.wrap(&words, indent));
    } else if let Some(waiver) = told.waiver.as_deref() {
        let _ = writeln!(out, "{}", style.wrap(&visible(&waiver.to_string()), indent));
    }
}

/// Where it stands, and other places that it is about.
fn places(out: &mut String, told: &RunFinding, style: Style, sources: &dyn Sources) {
    let indent = style.indent();
    let place = |location: &Location| {
        let place = visible(&format!("{location}{}", rendered_by(location)));
        format!("{:indent$}{}", "", style.paint(Colour::Dim, &place))
    };
    let frame = frame(told, sources, style);
    let is_labelled = frame.as_ref().is_some_and(|frame| frame.is_labelled);
    let goes = told.missing.as_ref().map_or_else(String::new, |Missing { path, insert }| {
        let what = if is_labelled { String::new() } else { format!(": {} goes here", visible(path)) };
        let line = insert.map_or_else(String::new, |at| format!(", for example before line {}", at.line));
        what + &line
    });
    let _ = writeln!(out, "{}{goes}", place(&told.location));
    out.push_str(frame.as_ref().map_or("", |Frame { lines, .. }| lines));
    for related in &told.related {
        let Related { location, message } = related;
        let _ = writeln!(out, "{}: {message}", place(location));
        out.push_str(&beside(told, related, sources, style).unwrap_or_default());
    }
}
