//! What one run of `seaworthy check` found: the one model behind every output format.
//!
//! It holds what the engine said and where things stand; formats only arrange it. Workloads come one by one,
//! so that a run over many files is never held as a whole; [`Totals`] come last. Next: [`super::format`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use super::totals::{CheckCounts, InputCounts, Totals};
use crate::api::report::{Summary, Verdict};
use crate::catalogue::Outcome;
use crate::engine::merge::MergedFinding;
use crate::engine::report::message;
use crate::inventory::SubjectKey;
use crate::inventory::lookup::Cause;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where an object stands, or a field of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Path of the file as it was reached; `-` for standard input.
    pub file: Arc<str>,
    /// Number of the document in the file, from 1; empty documents do not count. 0 where there is no file: what
    /// stands in a cluster is found under its path there.
    pub document: usize,
    /// The place in the file, if it is known.
    pub position: Option<Position>,
    /// The chart or kustomization that was rendered, if the file is only what the object is made from. The number of
    /// the document is the render's then.
    pub rendered: Option<Arc<str>>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}", self.file),
            None if self.rendered.is_some() => write!(f, "{} (rendered)", self.file),
            None if self.document == 0 => f.write_str(&self.file),
            None => write!(f, "{} document {}", self.file, self.document),
        }
    }
}

/// Something that kept the run from being complete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, if it is about one.
    pub file: Option<Arc<str>>,
    /// Number of the document, if it is about one.
    pub document: Option<usize>,
    /// Line in the file, from 1, if it is known.
    pub line: Option<usize>,
    /// Column in characters, from 1, if it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// What is wrong, and with which document, but not in which file.
    pub fn what(&self) -> String {
        let document = self.document.map_or_else(String::new, |document| format!("document {document}: "));
        format!("{document}{}", self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what())
    }
}

/// A finding and where what it is about stands.
#[derive(Clone, Debug)]
pub struct RunFinding {
    /// What the engine found.
    pub merged: MergedFinding,
    /// Where the field stands, in the file of the object that the finding is about; of a field that is not
    /// there, the key that should hold it. Where the object was not given, the workload.
    pub location: Location,
    /// What lacks, if the field is not there.
    pub missing: Option<Missing>,
    /// Other places that it is about.
    pub related: Vec<Related>,
    /// Whether a baseline holds it: it is told, and does not fail the run.
    pub baselined: bool,
    /// Why a comment or a configuration file suppresses it, if one does: it counts nowhere then, and is `Waived` to whoever
    /// does not tell the two apart.
    pub suppressed: Option<Box<Suppressed>>,
    /// What the annotation says that waives it, if one does: it counts everywhere.
    pub waiver: Option<Box<Suppressed>>,
}

impl RunFinding {
    /// How it came out, in one word; `warn` for a failure below `failOn`.
    pub const fn word(&self) -> &'static str {
        match self.merged.outcome {
            _ if self.suppressed.is_some() => "ignored",
            Outcome::Fail if self.baselined => "known",
            Outcome::Fail if self.merged.blocks => "fail",
            Outcome::Fail => "warn",
            Outcome::Unknown => "unknown",
            Outcome::Pending => "pending",
            Outcome::Waived => "waived",
            Outcome::Pass | Outcome::NotApplicable => "pass",
        }
    }

    /// What is wrong, in one line: with the other places that it is about.
    pub fn words(&self) -> Cow<'_, str> {
        let words = message(&self.merged);
        if self.related.is_empty() {
            return words;
        }
        let places =
            self.related.iter().map(|Related { location, message }| format!("{location}: {message}"));
        format!("{words} ({})", places.collect::<Vec<_>>().join("; ")).into()
    }

    /// Whether it only says that other objects are not among the files.
    pub fn is_unseen(&self) -> bool {
        self.merged.outcome == Outcome::Unknown && self.merged.found.cause == Some(Cause::NotGiven)
    }

    /// Why it is accepted, if a comment, a configuration file or an annotation says so.
    pub fn accepted(&self) -> Option<&Suppressed> {
        self.suppressed.as_deref().or(self.waiver.as_deref())
    }

    /// The same in words, to stand behind the message; nothing of one that is not accepted.
    pub fn acceptance(&self) -> String {
        self.accepted().map_or_else(String::new, |accepted| format!(" ({accepted})"))
    }

    /// The object it is about.
    pub fn subject(&self, workload: &RunWorkload) -> String {
        self.merged.found.object.as_ref().map_or_else(|| workload.key.to_string(), ToString::to_string)
    }
}

/// Another place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub location: Location,
    /// What is to be said of what stands there.
    pub message: &'static str,
}

/// What a comment or a configuration file says that suppresses a finding, which only the command line reads; or an
/// annotation that waives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Who says so: [`Self::COMMENT`], the name of a file, or of the annotation.
    pub by: Arc<str>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, if it says one.
    pub until: Option<String>,
}

impl Suppressed {
    /// Who says so, where a comment in the file does.
    pub const COMMENT: &'static str = "a comment";

    /// Whether it stands in the text that the finding is about.
    pub fn is_in_source(&self) -> bool {
        *self.by == *Self::COMMENT
    }
}

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted by {}: {}", self.by, self.reason)?;
        self.until.as_ref().map_or(Ok(()), |until| write!(f, ", until {until}"))
    }
}

/// A field that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path below the key that should hold it.
    pub path: String,
    /// Where a line with it can be put in, if what should hold it is a mapping over lines.
    pub insert: Option<Position>,
}

/// A workload that was judged, an owner by what it owns, or an object that no workload reaches.
#[derive(Clone, Debug)]
pub struct RunWorkload {
    /// Whether it is an object that no workload reaches.
    pub is_orphan: bool,
    /// Whether it is being deleted: it is judged and told, and counts for nothing.
    pub is_deleting: bool,
    /// Which subject.
    pub key: SubjectKey,
    /// Its API group and version.
    pub api_version: String,
    /// Where it stands; of an owner, the first object that it owns.
    pub location: Location,
    /// How ready it is over all policies.
    pub verdict: Verdict,
    /// How its checks came out.
    pub summary: Summary,
    /// Everything that is not a pass, the worst first.
    pub findings: Vec<RunFinding>,
}

impl RunWorkload {
    /// Whether it fails a check at or above `failOn` that no baseline holds.
    pub fn fails(&self) -> bool {
        let blocks = |finding: &&RunFinding| finding.merged.outcome == Outcome::Fail && finding.merged.blocks;
        let mut blocking = self.findings.iter().filter(blocks).peekable();
        // Without a finding that says why, the verdict stands.
        let is_explained = blocking.peek().is_some();
        self.verdict == Verdict::NotReady && (!is_explained || blocking.any(|finding| !finding.baselined))
    }

    /// Whether something that decides is unknown or pending, and nothing fails.
    pub fn is_open(&self) -> bool {
        let open = |finding: &RunFinding| {
            finding.merged.blocks && matches!(finding.merged.outcome, Outcome::Unknown | Outcome::Pending)
        };
        match self.verdict {
            Verdict::Ready => false,
            Verdict::NotReady => !self.fails() && self.findings.iter().any(open),
            Verdict::Pending | Verdict::Unknown | Verdict::Suspended => true,
        }
    }
}
