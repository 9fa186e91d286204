//! The Code Quality report of GitLab.
//!
//! GitLab shows one issue for each fingerprint and hides the rest, so no two are equal. What fails or cannot be
//! decided is an issue, and what could not be read; what is waived or in a baseline is none. Next: [`super::fingerprint`].

use serde::Serialize;

use super::fingerprint::{Fingerprint, Identity};
use super::format::{Format, Piece, Pieces, Stream, relative};
use super::idle::{Idle, IdleRule};
use super::run::{Location, Problem, RunFinding, RunWorkload, Totals};
use super::style::visible;
use crate::catalogue::Severity;

/// One JSON array.
#[derive(Clone, Debug)]
pub struct GitLab {
    /// The folder that the run was started in: files below it are told relative to it.
    pub folder: String,
}

/// The name that problems of a run have in place of a check's.
const NOT_READ: &str = "seaworthy";

/// Where an issue goes that is about no file: each must have a path.
const NO_FILE: &str = ".";

#[derive(Serialize)]
struct Issue<'a> {
    check_name: &'static str,
    description: String,
    severity: &'static str,
    location: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

const fn scale(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

impl Issue<'_> {
    fn piece(&self, fingerprint: Fingerprint) -> Result<Piece, serde_json::Error> {
        let mut text = format!("\n  {}", serde_json::to_string(self)?);
        text.truncate(text.len() - 1);
        text.push_str(",\"fingerprint\":\"");
        Ok(Piece::unique(text, fingerprint, "\"}"))
    }
}

impl GitLab {
    /// What kept the run from being complete.
    fn problem(&self, problem: &Problem) -> Result<Piece, serde_json::Error> {
        let Problem { file, document, line, message, .. } = problem;
        let path = file.as_deref().map_or(NO_FILE, |file| relative(file, &self.folder));
        let issue = Issue {
            check_name: NOT_READ,
            description: visible(&problem.what()),
            severity: scale(Severity::Critical),
            location: Place { path, lines: Lines { begin: line.unwrap_or(1) } },
        };
        let identity = Identity {
            check: NOT_READ.to_owned(),
            object: path.to_owned(),
            container: document.map(|document| document.to_string()),
            field: Some(message.clone()),
        };
        issue.piece(identity.fingerprint())
    }

    fn place<'a>(&self, location: &'a Location) -> Place<'a> {
        Place {
            path: relative(&location.file, &self.folder),
            lines: Lines { begin: location.position.map_or(1, |position| position.line) },
        }
    }
}

impl Format for GitLab {
    fn start(&self) -> Result<String, serde_json::Error> {
        Ok("[".to_owned())
    }

    fn workload(&self, workload: &RunWorkload) -> Pieces {
        let told = |finding: &&RunFinding| {
            !finding.is_unseen() && matches!(finding.word(), "fail" | "warn" | "unknown" | "pending")
        };
        let issue = |finding: &RunFinding| {
            let RunFinding { merged, location, .. } = finding;
            let container = merged.found.container.as_ref();
            let container = container.map_or_else(String::new, |name| format!(", container {name}"));
            let subject = finding.subject(workload);
            let unsure = matches!(finding.word(), "unknown" | "pending");
            let issue = Issue {
                check_name: merged.check,
                description: visible(&format!("{subject}{container}: {}", finding.words())),
                severity: if unsure { "info" } else { scale(merged.severity) },
                location: self.place(location),
            };
            issue.piece(Identity::of(workload, finding).fingerprint())
        };
        workload.findings.iter().filter(told).map(issue).collect()
    }

    fn idle(&self, idle: &[Idle]) -> Pieces {
        let issue = |idle: &Idle| {
            let issue = Issue {
                check_name: idle.rule.name(),
                description: visible(&idle.message),
                severity: scale(IdleRule::SEVERITY),
                location: self.place(&idle.location),
            };
            issue.piece(idle.identity().fingerprint())
        };
        idle.iter().map(issue).collect()
    }

    fn separator(&self) -> &'static str {
        ","
    }

    fn end(&self, totals: &Totals, stream: &Stream) -> Result<String, serde_json::Error> {
        // A report without what could not be read would say that all of it is well.
        let mut own = stream.behind();
        let problems: Pieces = totals.problems.iter().map(|problem| self.problem(problem)).collect();
        Ok(own.join(self, problems?).concat() + "\n]\n")
    }
}
