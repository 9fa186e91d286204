//! What one run of `seaworthy check` found: the one model behind every output format.
//!
//! It holds what the engine said and where things stand; formats only arrange it. Next: [`super::json`]
//! and [`super::text`].

use std::fmt;
use std::sync::Arc;

use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::engine::merge::MergedFinding;
use crate::inventory::SubjectKey;

/// Where an object stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Path of the file as it was reached; `-` for standard input.
    pub file: Arc<str>,
    /// Number of the document in the file, from 1; empty documents do not count.
    pub document: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} document {}", self.file, self.document)
    }
}

/// Something that kept the run from being complete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, if it is about one.
    pub file: Option<Arc<str>>,
    /// Number of the document, if it is about one.
    pub document: Option<usize>,
    /// Line in the file, if it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(document) = self.document {
            write!(f, "document {document}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// A finding and where the object that it is about stands.
#[derive(Clone, Debug)]
pub struct RunFinding {
    /// What the engine found.
    pub merged: MergedFinding,
    /// Where the object stands; the workload, if the object was not given.
    pub location: Location,
}

/// A workload that was judged, an owner by what it owns, or an object that no workload reaches.
#[derive(Clone, Debug)]
pub struct RunWorkload {
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

/// What one run found.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The workloads that were judged, sorted.
    pub workloads: Vec<RunWorkload>,
    /// The objects that no workload reaches and that were judged, sorted.
    pub orphans: Vec<RunWorkload>,
    /// What was read.
    pub input: InputCounts,
    /// What kept the run from being complete.
    pub problems: Vec<Problem>,
}

impl Run {
    /// Workloads by verdict.
    pub fn counts(&self) -> WorkloadCounts {
        counts(&self.workloads)
    }

    /// Objects that no workload reaches, by verdict.
    pub fn orphan_counts(&self) -> WorkloadCounts {
        counts(&self.orphans)
    }

    /// Everything that was judged: workloads first.
    pub fn judged(&self) -> impl Iterator<Item = &RunWorkload> {
        self.workloads.iter().chain(&self.orphans)
    }

    /// How all checks came out.
    pub fn summary(&self) -> Summary {
        self.judged().fold(Summary::default(), |mut sum, workload| {
            let Summary { pass, fail, warn, pending, unknown, waived, not_applicable } = workload.summary;
            sum.pass += pass;
            sum.fail += fail;
            sum.warn += warn;
            sum.pending += pending;
            sum.unknown += unknown;
            sum.waived += waived;
            sum.not_applicable += not_applicable;
            sum
        })
    }

    /// `Ready`, `NotReady` or `Unknown`, over all that was judged. What could not be read, and nothing at all,
    /// is never ready.
    pub fn verdict(&self) -> Verdict {
        let (counts, orphans) = (self.counts(), self.orphan_counts());
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

fn counts(judged: &[RunWorkload]) -> WorkloadCounts {
    let mut counts = WorkloadCounts::default();
    for one in judged {
        counts.total += 1;
        *match one.verdict {
            Verdict::Ready => &mut counts.ready,
            Verdict::NotReady => &mut counts.not_ready,
            Verdict::Pending => &mut counts.pending,
            Verdict::Unknown | Verdict::Suspended => &mut counts.unknown,
        } += 1;
    }
    counts
}
