//! What one run of `seaworthy check` found: the one model behind every output format.
//!
//! It holds what the engine said and where things stand; formats only arrange it. Workloads come one by one,
//! so that a run over many files is never held as a whole; [`Totals`] come last. Next: [`super::json`] and
//! [`super::text`].

use std::fmt;
use std::sync::Arc;

use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::engine::merge::MergedFinding;
use crate::inventory::SubjectKey;

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
    /// Number of the document in the file, from 1; empty documents do not count.
    pub document: usize,
    /// The place in the file, if it is known.
    pub position: Option<Position>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}", self.file),
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
        if let Some(document) = self.document {
            write!(f, "document {document}: ")?;
        }
        f.write_str(&self.message)
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
    /// Why a comment in the file suppresses it, if one does: it counts nowhere then, and is `Waived` to whoever
    /// does not tell the two apart.
    pub suppressed: Option<Box<Suppressed>>,
}

/// What a comment says that suppresses a finding. Only the command line reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Why.
    pub reason: String,
    /// The last day on which it counts, if it says one.
    pub until: Option<String>,
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

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Documents, but for empty ones.
    pub documents: usize,
    /// Documents, and items of lists, that are no Kubernetes objects.
    pub skipped: usize,
    /// Objects of kinds that no check reads.
    pub other_kinds: usize,
    /// Workloads that no policy is about.
    pub not_selected: usize,
}

/// What one run came to, beside its findings.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Workloads by verdict.
    pub workloads: WorkloadCounts,
    /// Objects that no workload reaches, by verdict.
    pub orphans: WorkloadCounts,
    /// How the checks of all workloads came out.
    pub checks: Summary,
    /// What was read.
    pub input: InputCounts,
    /// What kept the run from being complete.
    pub problems: Vec<Problem>,
    /// The check of the first finding.
    pub first_check: Option<&'static str>,
    /// Findings that a comment in the file suppresses.
    pub suppressed: usize,
    /// What is worth knowing, now that everything is judged.
    pub notes: Vec<String>,
}

impl Totals {
    /// Counts what was judged.
    pub fn add(&mut self, workload: &RunWorkload) {
        let counts = if workload.is_orphan { &mut self.orphans } else { &mut self.workloads };
        counts.total += 1;
        *match workload.verdict {
            Verdict::Ready => &mut counts.ready,
            Verdict::NotReady => &mut counts.not_ready,
            Verdict::Pending => &mut counts.pending,
            Verdict::Unknown | Verdict::Suspended => &mut counts.unknown,
        } += 1;
        self.add_checks(workload.summary);
        let first = workload.findings.first().map(|finding| finding.merged.check);
        self.first_check = self.first_check.or(first);
        self.suppressed += workload.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    }

    /// Counts what others counted of what comes later. Problems are not theirs.
    pub fn join(&mut self, other: &Self) {
        for (counts, more) in [(&mut self.workloads, other.workloads), (&mut self.orphans, other.orphans)] {
            let WorkloadCounts { total, ready, not_ready, pending, unknown } = more;
            counts.total += total;
            counts.ready += ready;
            counts.not_ready += not_ready;
            counts.pending += pending;
            counts.unknown += unknown;
        }
        self.add_checks(other.checks);
        self.input.not_selected += other.input.not_selected;
        self.first_check = self.first_check.or(other.first_check);
        self.suppressed += other.suppressed;
    }

    const fn add_checks(&mut self, summary: Summary) {
        let Summary { pass, fail, warn, pending, unknown, waived, not_applicable } = summary;
        let sum = &mut self.checks;
        sum.pass += pass;
        sum.fail += fail;
        sum.warn += warn;
        sum.pending += pending;
        sum.unknown += unknown;
        sum.waived += waived;
        sum.not_applicable += not_applicable;
    }

    /// `Ready`, `NotReady` or `Unknown`, over all that was judged. What could not be read, and nothing at all,
    /// is never ready.
    pub const fn verdict(&self) -> Verdict {
        let (counts, orphans) = (&self.workloads, &self.orphans);
        let is_nothing = counts.total + orphans.total == 0;
        if counts.not_ready + orphans.not_ready > 0 {
            Verdict::NotReady
        } else if counts.unknown + orphans.unknown > 0 || is_nothing || !self.problems.is_empty() {
            Verdict::Unknown
        } else if counts.pending + orphans.pending > 0 {
            Verdict::NotReady
        } else {
            Verdict::Ready
        }
    }
}
