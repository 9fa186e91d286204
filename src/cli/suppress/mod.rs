//! Findings that a comment in the file, or a configuration file, suppresses.
//!
//! They are the command line's own: the operator reads no files, and whoever audits turns them off with
//! `--no-ignores`. What is suppressed stays in sight and counts nowhere. It must not judge. Next: [`comment`]
//! for what a comment says, [`rule`] for what a configuration file says, [`idle`] for those that suppress nothing,
//! [`super::judging`], which asks.

mod comment;
pub(super) mod idle;
pub(super) mod rule;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use self::comment::Said;
use self::idle::Uses;
use super::load::{Comment, Places};
use crate::api::report::{Summary, Verdict};
use crate::catalogue::Outcome;
use crate::engine::waiver;
use crate::inventory::labels::Labels;
use crate::render::run::{Location, Position, RunFinding, RunWorkload, Suppressed};

/// The comments of one document.
pub(super) type Ignores = Arc<[Ignore]>;

/// A comment, what it covers, and whether it was of use.
#[derive(Debug)]
pub(super) struct Ignore {
    /// Where it stands in what was read, which may be a render.
    location: Location,
    said: Result<Said, String>,
    /// First and last place that it covers.
    covers: Option<(Position, Position)>,
    uses: Uses,
    /// Whether an object of its document was judged.
    is_judged: AtomicBool,
    /// Whether something of its document was not, so that nobody knows whether it is needed.
    is_unsure: AtomicBool,
}

/// The comments of a document that are for this product.
pub(super) fn ignores(document: &Location, comments: &[Comment], places: &Places) -> Ignores {
    comments.iter().filter_map(|comment| Ignore::new(document, comment, places)).collect()
}

/// Comments that no document comes behind: they cover nothing, which everybody may know.
pub(super) fn loose(comments: &[(Location, Comment)]) -> Ignores {
    let ignore = |(location, comment): &(Location, Comment)| {
        let ignore = Ignore::new(location, comment, &Places::default())?;
        ignore.note(true);
        Some(Ignore { location: location.clone(), ..ignore })
    };
    comments.iter().filter_map(ignore).collect()
}

impl Ignore {
    /// What a comment of a document says; nothing if it is not for this product.
    fn new(document: &Location, comment: &Comment, places: &Places) -> Option<Self> {
        let said = comment::read(&comment.text)?;
        Some(Self {
            location: Location { position: Some(comment.position), ..document.clone() },
            uses: said.as_ref().map_or_else(|_| Uses::default(), Uses::none),
            said,
            covers: places.covered(comment.position, comment.is_alone),
            is_judged: AtomicBool::new(false),
            is_unsure: AtomicBool::new(false),
        })
    }

    fn covers(&self, check: &str, position: Option<Position>, now: Timestamp) -> Option<&Said> {
        let said = self.said.as_ref().ok()?;
        let (first, last) = self.covers?;
        let at = |position: Position| (position.line, position.column);
        let within = position.is_some_and(|place| (at(first)..=at(last)).contains(&at(place)));
        if !within || !said.checks.contains(&check) {
            return None;
        }
        // One that is over was of use, and is told as such.
        self.uses.add(said, check);
        (!said.is_over(now)).then_some(said)
    }

    /// Says whether an object of its document was judged.
    pub(super) fn note(&self, is_judged: bool) {
        if is_judged { &self.is_judged } else { &self.is_unsure }.store(true, Ordering::Relaxed);
    }
}

/// Suppresses a finding, if a comment of the document that it stands in says so.
pub(super) fn apply(finding: &mut RunFinding, ignores: &[Ignore], now: Timestamp) {
    if finding.merged.outcome == Outcome::Waived {
        return;
    }
    let covering = ignores
        .iter()
        .filter_map(|ignore| ignore.covers(finding.merged.check, finding.location.position, now));
    // Each that covers it was of use.
    if let Some(said) = covering.last() {
        let until = said.until.map(|until| until.to_string());
        finding.suppressed =
            Some(Box::new(Suppressed { reason: said.reason.clone(), until, by: Suppressed::COMMENT.into() }));
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
