//! Findings and checks over all policies that asked.
//!
//! A finding is identified by check, parameters, object, container and field; its severity is the worst
//! asked for. It must not weigh. Next: [`super::report`].

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::ptr;
use std::sync::Arc;

use super::answers::Answers;
use super::judge::Found;
use super::policy::{EffectiveCheck, PolicyKey};
use super::weigh::{Weighed, WeighedFinding};
use crate::catalogue::{Outcome, Severity};
use crate::inventory::object::ObjectKey;

/// A finding with the policies that asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedFinding {
    /// Name of the check.
    pub check: &'static str,
    /// Worst severity that a policy gives it.
    pub severity: Severity,
    /// `Fail`, `Unknown`, `Pending` or `Waived`; the worst of all policies.
    pub outcome: Outcome,
    /// Whether it makes the workload not ready for some policy, or would if it were known.
    pub blocks: bool,
    /// Policies that asked; findings for which the same ones did share them.
    pub policies: Arc<BTreeSet<PolicyKey>>,
    /// What was found.
    pub found: Found,
    /// What is wrong with the waiver that was meant to cover it.
    pub waiver_problem: Option<&'static str>,
}

/// What was found, with what each policy that asks makes of it: so it is in one piece until it has its place among
/// the others, and none can be lost on the way.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    found: Found,
    /// As the first policy sees it; mostly there is but one.
    first: Cell<Option<Asked<'a>>>,
    /// As the others do.
    others: RefCell<Vec<Asked<'a>>>,
}

impl From<Found> for Candidate<'_> {
    fn from(found: Found) -> Self {
        Self { found, first: Cell::default(), others: RefCell::default() }
    }
}

impl AsRef<Found> for Candidate<'_> {
    fn as_ref(&self) -> &Found {
        &self.found
    }
}

/// A finding as one policy sees it.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    policy: &'a PolicyKey,
    severity: Severity,
    outcome: Outcome,
    blocks: bool,
    waiver_problem: Option<&'static str>,
}

/// What a check came to over all policies that asked for it with the same parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// Name of the check.
    pub check: &'static str,
    /// Worst outcome.
    pub outcome: Outcome,
    /// Worst severity.
    pub severity: Severity,
    /// Whether some policy counts it as a failure rather than a warning.
    pub blocks: bool,
}

/// Adds up what policies weigh.
#[derive(Debug, Default)]
pub(super) struct Merge<'a> {
    checks: Vec<(&'a EffectiveCheck, CheckOutcome)>,
    /// Number of policies.
    policies: usize,
}

impl<'a> Merge<'a> {
    /// Adds what one policy makes of a workload.
    pub(super) fn add<'p>(&mut self, policy: &'p PolicyKey, weighed: Weighed<'a, Candidate<'p>>) {
        self.policies += 1;
        self.checks.reserve(weighed.checks.len());
        for check in &weighed.checks {
            let (severity, outcome, blocks) = (check.severity, check.outcome, check.blocks);
            let merged = CheckOutcome { check: check.asked.name, outcome, severity, blocks };
            self.checks.push((check.asked, merged));
            for weighed in &check.findings {
                let WeighedFinding { found, severity, outcome, blocks, waiver_problem } = *weighed;
                let asked = Asked { policy, severity, outcome, blocks, waiver_problem };
                if let Some(first) = found.first.replace(Some(asked)) {
                    found.first.set(Some(first));
                    found.others.borrow_mut().push(asked);
                }
            }
        }
    }

    /// Checks by name; and whether several policies asked.
    pub(super) fn finish(mut self) -> (Vec<CheckOutcome>, bool) {
        let are_several = self.policies > 1;
        // Those of one policy are in order already, each once.
        if are_several {
            self.checks.sort_by(|(one, _), (other, _)| key(one).cmp(&key(other)));
            self.checks.dedup_by(|(one, other), (known, merged)| {
                let is_same = key(one) == key(known);
                if is_same {
                    merged.severity = merged.severity.max(other.severity);
                    match other.outcome.cmp(&merged.outcome) {
                        Ordering::Equal => merged.blocks |= other.blocks,
                        Ordering::Greater => (merged.outcome, merged.blocks) = (other.outcome, other.blocks),
                        Ordering::Less => {}
                    }
                }
                is_same
            });
        }
        (self.checks.into_iter().map(|(_, outcome)| outcome).collect(), are_several)
    }
}

/// What tells the checks of policies apart in what is said of them: name and parameters.
fn key(check: &EffectiveCheck) -> (&'static str, &str) {
    (check.name, &check.compiled.parameters)
}

/// The findings for which policies asked, sorted: what blocks first, then by severity, check and place. Each of the answers
/// is of one object; it is named where the subject is its owner.
pub(super) fn merged<'a, 'b>(
    answers: impl Iterator<Item = (Option<&'b ObjectKey>, Answers<'a>)>,
    are_several: bool,
) -> Vec<MergedFinding> {
    let mut objects = 0;
    let mut all: Vec<Sum<'a, 'b>> = Vec::new();
    for (member, answers) in answers {
        objects += 1;
        all.reserve(answers.number_found());
        for (check, judged) in answers.into_found() {
            for Candidate { found, first, others } in judged.findings {
                // Without a policy, it was told of another member with the same template.
                let Some(first) = first.into_inner() else { continue };
                // What is found of another object is the same whichever member is behind it.
                let member = member.filter(|_| found.object.is_none());
                all.push(Sum { check, member, found, first, others: others.into_inner() });
            }
        }
    }
    if are_several {
        all.sort_by(|one, other| one.identified().cmp(&other.identified()));
    } else if objects > 1 {
        all.sort_by_key(|sum| sum.check.name);
    }
    // What one object has is there once already, unless several asked.
    if are_several || objects > 1 {
        all.dedup_by(|other, sum| {
            let is_same = sum.identified() == other.identified();
            if is_same {
                sum.others.push(other.first);
                sum.others.append(&mut other.others);
            }
            is_same
        });
    }
    // They stand by check now. What blocks and the like tells most of them apart, so that hardly any texts are compared.
    for of_check in all.chunk_by_mut(|one, other| one.check.name == other.check.name) {
        of_check.sort_by(|one, other| one.place().cmp(&other.place()));
    }
    let mut known = Vec::new();
    let mut merged: Vec<MergedFinding> = all.into_iter().map(|sum| sum.merged(&mut known)).collect();
    merged.sort_by_cached_key(rank);
    merged
}

/// What stands before others, as a number: what blocks, then the worst outcomes, then the worst severities.
fn rank(finding: &MergedFinding) -> Reverse<u32> {
    let MergedFinding { blocks, outcome, severity, .. } = finding;
    Reverse(u32::from(*blocks) << 16 | (*outcome as u32) << 8 | *severity as u32)
}

/// What was found, and what all policies that asked make of it.
struct Sum<'a, 'b> {
    check: &'a EffectiveCheck,
    /// The object of an owner of which it was found.
    member: Option<&'b ObjectKey>,
    found: Found,
    first: Asked<'a>,
    others: Vec<Asked<'a>>,
}

impl<'a> Sum<'a, '_> {
    /// What tells it from others: check, parameters, what was found, and of which object of an owner.
    fn identified(&self) -> impl Ord {
        (key(self.check), &self.found, self.member)
    }

    /// Its place among findings of its check.
    fn place(&self) -> impl Ord {
        let Found { outcome, cause, grade, object, container, field, message, related } = &self.found;
        (self.member.or(object.as_ref()), field, outcome, cause, grade, container, message, related)
    }

    /// The finding; policies that were listed before are not listed again.
    fn merged(self, known: &mut Vec<Listed<'a>>) -> MergedFinding {
        let Self { check, member, found, first, others } = self;
        let asked = || std::iter::once(&first).chain(&others);
        // The names of the very same policies need no comparison.
        let is_by_same = |((one, listed), _): &&Listed<'a>| {
            ptr::eq(*one, first.policy)
                && listed.len() == others.len()
                && listed.iter().zip(&others).all(|(one, other)| ptr::eq(*one, other.policy))
        };
        let listed = known.iter().find(is_by_same).map(|(_, policies)| Arc::clone(policies));
        let policies = listed.unwrap_or_else(|| {
            let listed = (first.policy, others.iter().map(|asked| asked.policy).collect());
            let policies = Arc::new(asked().map(|asked| asked.policy.clone()).collect());
            known.push((listed, Arc::clone(&policies)));
            policies
        });
        MergedFinding {
            check: check.name,
            severity: others.iter().map(|asked| asked.severity).fold(first.severity, Ord::max),
            outcome: others.iter().map(|asked| asked.outcome).fold(first.outcome, Ord::max),
            blocks: asked().any(|asked| asked.blocks),
            policies,
            waiver_problem: asked().find_map(|asked| asked.waiver_problem),
            found: Found { object: member.cloned().or(found.object), ..found },
        }
    }
}

/// Policies that asked for a finding, the first of them and the others.
type Listed<'a> = ((&'a PolicyKey, Vec<&'a PolicyKey>), Arc<BTreeSet<PolicyKey>>);
