//! What one run came to, beside its findings: counts that add up over parts of a run.
//!
//! It must not hold anything that grows with workloads. Next: [`super::run`].

use std::collections::BTreeMap;

use super::idle::{Idle, IdleRule};
use super::run::{Problem, RunFinding, RunWorkload};
use crate::api::policy_status::WorkloadCounts;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::Outcome;

/// Findings of one check, by how they came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    /// Those at or above `failOn`.
    pub fail: usize,
    /// Those below it.
    pub warn: usize,
    /// Those that time or a person decides.
    pub pending: usize,
    /// Those that could not be decided.
    pub unknown: usize,
    /// Those that are excused.
    pub waived: usize,
    /// Those that a baseline holds.
    pub baselined: usize,
}

impl CheckCounts {
    /// All of them.
    pub const fn total(&self) -> usize {
        self.fail + self.warn + self.pending + self.unknown + self.waived + self.baselined
    }

    const fn count(&mut self, finding: &RunFinding) {
        *match finding.merged.outcome {
            Outcome::Fail if finding.baselined => &mut self.baselined,
            Outcome::Fail if finding.merged.blocks => &mut self.fail,
            Outcome::Fail => &mut self.warn,
            Outcome::Pending => &mut self.pending,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Waived => &mut self.waived,
            Outcome::Pass | Outcome::NotApplicable => return,
        } += 1;
    }

    const fn join(&mut self, other: &Self) {
        self.fail += other.fail;
        self.warn += other.warn;
        self.pending += other.pending;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.baselined += other.baselined;
    }
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
    /// What is being deleted: it is judged, and counts nowhere else.
    pub deleting: u32,
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
    /// Suppressions that suppress nothing: they count nowhere else.
    pub idle: Vec<Idle>,
    /// What is worth knowing, now that everything is judged.
    pub notes: Vec<String>,
    /// Findings by check.
    pub by_check: BTreeMap<&'static str, CheckCounts>,
    /// What fails a check at or above `failOn` that no baseline holds: workloads and other objects.
    pub failing: usize,
    /// What does not fail, and has something that decides unknown or pending.
    pub open: usize,
    /// Findings that only say that other objects are not among the files.
    pub unseen: usize,
}

impl Totals {
    /// Counts what was judged.
    pub fn add(&mut self, workload: &RunWorkload) {
        let first = workload.findings.first().map(|finding| finding.merged.check);
        self.first_check = self.first_check.or(first);
        if workload.is_deleting {
            self.deleting += 1;
            return;
        }
        let counts = if workload.is_orphan { &mut self.orphans } else { &mut self.workloads };
        counts.total += 1;
        *match workload.verdict {
            Verdict::Ready => &mut counts.ready,
            Verdict::NotReady => &mut counts.not_ready,
            Verdict::Pending => &mut counts.pending,
            Verdict::Unknown | Verdict::Suspended => &mut counts.unknown,
        } += 1;
        self.add_checks(workload.summary);
        self.suppressed += workload.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
        self.failing += usize::from(workload.fails());
        self.open += usize::from(workload.is_open());
        self.unseen += workload.findings.iter().filter(|finding| finding.is_unseen()).count();
        for of_check in workload.findings.chunk_by(|one, other| one.merged.check == other.merged.check) {
            if let Some(first) = of_check.first() {
                let counts = self.by_check.entry(first.merged.check).or_default();
                for finding in of_check {
                    counts.count(finding);
                }
            }
        }
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
        self.deleting += other.deleting;
        self.input.not_selected += other.input.not_selected;
        self.first_check = self.first_check.or(other.first_check);
        self.suppressed += other.suppressed;
        self.failing += other.failing;
        self.open += other.open;
        self.unseen += other.unseen;
        for (check, counts) in &other.by_check {
            self.by_check.entry(check).or_default().join(counts);
        }
    }

    /// Takes in suppressions that suppress nothing.
    pub fn add_idle(&mut self, idle: Vec<Idle>) {
        for rule in IdleRule::ALL {
            let count = idle.iter().filter(|idle| idle.rule == rule).count();
            if count > 0 {
                self.by_check.entry(rule.name()).or_default().warn += count;
            }
        }
        self.idle.extend(idle);
    }

    /// Findings that a baseline holds.
    pub fn baselined(&self) -> usize {
        self.by_check.values().map(|counts| counts.baselined).sum()
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
