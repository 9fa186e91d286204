//! Findings that a comment in the file, or a configuration file, suppresses.
//!
//! They are the command line's own: the operator reads no files, and whoever audits turns them off with
//! `--no-ignores`. What is suppressed stays in sight and counts nowhere. It must not judge. Next: [`ignores`]
//! for the comments of a document, [`comment`] for what one says, [`rule`] for what a configuration file says, [`idle`] for those that suppress nothing,
//! [`super::judging`], which asks.

mod comment;
pub(super) mod idle;
mod ignores;
pub(super) mod rule;

use jiff::Timestamp;

pub(super) use self::ignores::Ignores;
use crate::api::report::{Summary, Verdict};
use crate::catalogue::Outcome;
use crate::engine::waiver;
use crate::inventory::labels::Labels;
use crate::render::run::{Position, RunFinding, RunWorkload, Suppressed};

/// Suppresses a finding, if a comment of the document that it stands in says so: where it stands, or at an alias that what it
/// is about comes through.
pub(super) fn apply(finding: &mut RunFinding, ignores: &Ignores, through: &[Position], now: Timestamp) {
    if finding.merged.outcome == Outcome::Waived || ignores.is_empty() {
        return;
    }
    let check = finding.merged.check;
    for ignore in ignores.at(finding.location.position.into_iter().chain(through.iter().copied())) {
        let Some(said) = ignore.said.as_ref().ok().filter(|said| said.checks.contains(&check)) else {
            continue;
        };
        // Each that covers it was of use; one that is over, too, and is told as such.
        ignore.uses.add(said, check);
        if !said.is_over(now) {
            let (reason, until) = (said.reason.clone(), said.until.map(|until| until.to_string()));
            let by = Suppressed::COMMENT.into();
            finding.suppressed = Some(Box::new(Suppressed { by, reason, until }));
        }
    }
}

/// Says of findings that an annotation waives what it says.
pub(super) fn waivers(findings: &mut [RunFinding], annotations: &Labels) {
    for finding in findings.iter_mut().filter(|finding| finding.merged.outcome == Outcome::Waived) {
        let check = finding.merged.check;
        finding.waiver = waiver::said(annotations, check).map(|(reason, until)| {
            let by = format!("the annotation {}{check}", waiver::WAIVER_PREFIX).into();
            Box::new(Suppressed { by, reason: reason.to_owned(), until: Some(until.to_owned()) })
        });
    }
}

/// Takes what is suppressed out of the verdict and the counts of a workload.
pub(super) fn settle(workload: &mut RunWorkload) {
    if workload.findings.iter().all(|finding| finding.suppressed.is_none()) {
        return;
    }
    let before = decides(workload.findings.iter());
    let left = decides(workload.findings.iter().filter(|finding| finding.suppressed.is_none()));
    // A verdict that findings do not explain stands.
    if before == workload.verdict {
        workload.verdict = left;
    }
    discount(&mut workload.summary, &workload.findings);
    for finding in workload.findings.iter_mut().filter(|finding| finding.suppressed.is_some()) {
        finding.merged.outcome = Outcome::Waived;
        finding.merged.blocks = false;
    }
}

/// The verdict that findings lead to.
fn decides<'a>(findings: impl Iterator<Item = &'a RunFinding>) -> Verdict {
    let worst = findings.filter(|finding| finding.merged.blocks).map(|finding| finding.merged.outcome).max();
    match worst {
        Some(Outcome::Fail) => Verdict::NotReady,
        Some(Outcome::Unknown) => Verdict::Unknown,
        Some(Outcome::Pending) => Verdict::Pending,
        Some(Outcome::Waived | Outcome::Pass | Outcome::NotApplicable) | None => Verdict::Ready,
    }
}

/// A check counts by the worst of its findings that are left, and not at all if none is.
fn discount(summary: &mut Summary, findings: &[RunFinding]) {
    let mut checks: Vec<&str> = findings.iter().map(|finding| finding.merged.check).collect();
    checks.sort_unstable();
    checks.dedup();
    for check in checks {
        let own = || findings.iter().filter(|finding| finding.merged.check == check);
        let before = standing(own());
        let left = standing(own().filter(|finding| finding.suppressed.is_none()));
        if before != left {
            if let Some(count) = count(summary, before) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = count(summary, left) {
                *count += 1;
            }
        }
    }
}

/// The worst outcome, if there is one, and whether any blocks.
fn standing<'a>(findings: impl Iterator<Item = &'a RunFinding>) -> Option<(Outcome, bool)> {
    let standings = findings.map(|finding| (finding.merged.outcome, finding.merged.blocks));
    standings.reduce(|one, other| (one.0.max(other.0), one.1 || other.1))
}

fn count(summary: &mut Summary, standing: Option<(Outcome, bool)>) -> Option<&mut u32> {
    let (outcome, blocks) = standing?;
    match outcome {
        Outcome::Fail if blocks => Some(&mut summary.fail),
        Outcome::Fail => Some(&mut summary.warn),
        Outcome::Pending => Some(&mut summary.pending),
        Outcome::Unknown => Some(&mut summary.unknown),
        Outcome::Waived => Some(&mut summary.waived),
        Outcome::Pass | Outcome::NotApplicable => None,
    }
}
