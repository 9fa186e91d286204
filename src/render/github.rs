//! Workflow commands of GitHub Actions: an annotation for each finding.
//!
//! The runner reads commands line by line, so no text of the input may end a line or a property. Next:
//! [`super::sarif`] for code scanning.

use super::format::{Format, Piece, Pieces, Stream, relative};
use super::idle::Idle;
use super::run::{Location, Problem, RunFinding, RunWorkload, Totals};
use super::style::{Style, visible};
use super::text;

/// A command a line.
#[derive(Clone, Debug)]
pub struct GitHub {
    /// The folder that the run was started in: files below it are told relative to it.
    pub folder: String,
}

impl Format for GitHub {
    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let told = workload.findings.iter().filter(|finding| !finding.is_unseen());
        Ok(told.filter_map(|finding| Some(Piece::plain(self.annotation(workload, finding)?))).collect())
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let annotation = |Idle { rule, location, message, .. }: &Idle| {
            let place = self.place(location);
            Piece::plain(format!("::warning {place},title={}::{}\n", property(rule.name()), data(message)))
        };
        Ok(idle.iter().map(annotation).collect())
    }

    fn end(&self, totals: &Totals, _: &Stream) -> Result<String, serde_json::Error> {
        let summary = text::end(totals, Style::plain(usize::MAX));
        let first = summary.lines().next().unwrap_or_default();
        let problems: String = totals.problems.iter().map(|problem| self.problem(problem)).collect();
        Ok(format!("{problems}::notice title=seaworthy::{}\n", data(first)))
    }
}

impl GitHub {
    fn annotation(&self, workload: &RunWorkload, finding: &RunFinding) -> Option<String> {
        let command = match finding.word() {
            "fail" => "error",
            "warn" => "warning",
            "unknown" | "pending" => "notice",
            _ => return None,
        };
        let RunFinding { merged, location, .. } = finding;
        let container = merged.found.container.as_ref();
        let container = container.map_or_else(String::new, |name| format!(", container {name}"));
        let subject = finding.subject(workload);
        let text = format!("{subject}{container}: {}", finding.words());
        let place = self.place(location);
        Some(format!("::{command} {place},title={}::{}\n", property(merged.check), data(&text)))
    }

    /// What kept the run from being complete, where it stands.
    fn problem(&self, problem: &Problem) -> String {
        let Problem { file, line, column, .. } = problem;
        let mut place = String::new();
        for (name, at) in [
            ("file", file.as_deref().map(|file| property(relative(file, &self.folder)))),
            ("line", line.map(|line| line.to_string())),
            ("col", line.and(*column).map(|column| column.to_string())),
        ] {
            place.extend(at.map(|at| format!("{name}={at},")));
        }
        format!("::error {place}title=seaworthy::{}\n", data(&problem.what()))
    }

    /// The properties that say where.
    fn place(&self, location: &Location) -> String {
        let file = property(relative(&location.file, &self.folder));
        let position = location.position;
        let place = position.map_or_else(String::new, |at| format!(",line={},col={}", at.line, at.column));
        format!("file={file}{place}")
    }
}

/// Text as the message of a command.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as the value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_input_ends_a_command_or_a_property() {
        assert_eq!(property("a,b:c%d"), "a%2Cb%3Ac%25d");
        let hostile = data("x\n::error::pwned\r\n::stop-commands::y");
        assert!(!hostile.contains(['\n', '\r']), "{hostile}");
    }
}
