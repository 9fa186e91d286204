//! Findings and checks over all policies that asked.
//!
//! A finding is identified by check, parameters, object, container and field; its severity is the worst
//! asked for. It must not weigh. Next: [`super::report`].

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ptr;
use std::sync::Arc;

use super::judge::Found;
use super::policy::PolicyKey;
use super::weigh::{Weighed, WeighedCheck, WeighedFinding};
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

/// A finding in its place among the others, before what was found is moved there.
#[derive(Debug)]
pub(super) struct Placed {
    check: &'static str,
    severity: Severity,
    outcome: Outcome,
    blocks: bool,
    policies: Arc<BTreeSet<PolicyKey>>,
    waiver_problem: Option<&'static str>,
    /// The object of an owner of which it was found.
    member: Option<ObjectKey>,
    origin: Origin,
}

/// Whence to take what was found.
#[derive(Debug)]
enum Origin {
    /// It is the finding of this number, and nobody else's.
    Number(usize),
    /// Several share it.
    Copy(Found),
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

/// What tells a finding from others: check, parameters, what was found, and of which object of an owner.
type Identified<'a> = (&'static str, &'a str, &'a Found, Option<&'a ObjectKey>);

/// Adds up what policies weigh.
#[derive(Debug, Default)]
pub(super) struct Merge<'a> {
    checks: Vec<((&'static str, &'a str), CheckOutcome)>,
    /// Number of policies.
    policies: usize,
    findings: Vec<Asked<'a>>,
}

/// A finding as one policy sees it.
#[derive(Debug)]
struct Asked<'a> {
    identified: Identified<'a>,
    policy: &'a PolicyKey,
    weighed: WeighedFinding<'a>,
}

impl<'a> Merge<'a> {
    /// Adds what one policy makes of a workload.
    pub(super) fn add(&mut self, policy: &'a PolicyKey, weighed: Weighed<'a>) {
        self.policies += 1;
        self.checks.reserve(weighed.checks.len());
        self.findings.reserve(weighed.checks.iter().map(|check| check.findings.len()).sum());
        for check in weighed.checks {
            let WeighedCheck { check, parameters, outcome, severity, blocks, reads: _, findings } = check;
            let merged = CheckOutcome { check: check.name, outcome, severity, blocks };
            self.checks.push(((check.name, parameters), merged));
            if findings.is_empty() {
                continue;
            }
            self.findings.extend(findings.into_iter().map(|weighed| Asked {
                identified: (check.name, parameters, weighed.found, weighed.member),
                policy,
                weighed,
            }));
        }
    }

    /// Checks by name, and findings sorted: what blocks first, then by severity, check and place.
    pub(super) fn finish(mut self) -> (Vec<CheckOutcome>, Vec<Placed>) {
        // Those of one policy are in order already, each once.
        if self.policies > 1 {
            self.checks.sort_by_key(|(key, _)| *key);
            self.findings.sort_by(|one, other| one.identified.cmp(&other.identified));
            self.checks.dedup_by(|(key, other), (known, merged)| {
                let is_same = key == known;
                if is_same {
                    merged.outcome = merged.outcome.max(other.outcome);
                    merged.severity = merged.severity.max(other.severity);
                    merged.blocks |= other.blocks;
                }
                is_same
            });
        }
        let checks = self.checks.into_iter().map(|(_, outcome)| outcome).collect();
        let same = self.findings.chunk_by(|one, other| one.identified == other.identified);
        let mut findings: Vec<Sum<'_, 'a>> = Vec::with_capacity(self.findings.len());
        findings.extend(same.filter_map(Sum::of));
        // They stand by check now: numbers tell most of them apart, so that hardly any texts are compared.
        let mut number = 0;
        let mut last = None;
        for sum in &mut findings {
            let check = sum.identified.0;
            number += usize::from(last.replace(check).is_some_and(|last| last != check));
            sum.number = number;
        }
        findings.sort_by(|one, other| {
            one.rank().cmp(&other.rank()).then_with(|| one.place().cmp(&other.place()))
        });
        let mut known = Vec::new();
        (checks, findings.into_iter().map(|sum| sum.placed(&mut known)).collect())
    }
}

/// The same with what was found, which is handed in by number and moved: its texts are not copied.
pub(super) fn merged(placed: Vec<Placed>, found: impl Iterator<Item = Found>) -> Vec<MergedFinding> {
    let mut all: Vec<Option<Found>> = Vec::with_capacity(placed.len());
    all.extend(found.map(Some));
    let with_found = |placed: Placed| {
        let Placed { check, severity, outcome, blocks, policies, waiver_problem, member, origin } = placed;
        let found = match origin {
            Origin::Number(number) => all.get_mut(number).and_then(Option::take)?,
            Origin::Copy(found) => found,
        };
        let found = Found { object: member.or(found.object), ..found };
        Some(MergedFinding { check, severity, outcome, blocks, policies, found, waiver_problem })
    };
    placed.into_iter().filter_map(with_found).collect()
}

/// The policies that asked for a finding.
type Listed<'b, 'a> = (&'b [Asked<'a>], Arc<BTreeSet<PolicyKey>>);

/// Whether the very same policies asked for two findings; the names of those that are need no comparison.
fn is_asked_by_same(one: &[Asked<'_>], other: &[Asked<'_>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| ptr::eq(one.policy, other.policy))
}

/// What all policies that asked make of one finding.
struct Sum<'b, 'a> {
    asked: &'b [Asked<'a>],
    identified: Identified<'a>,
    severity: Severity,
    outcome: Outcome,
    blocks: bool,
    /// Number of its check among those that found something, by name.
    number: usize,
}

impl<'b, 'a> Sum<'b, 'a> {
    fn of(asked: &'b [Asked<'a>]) -> Option<Self> {
        let identified = asked.first()?.identified;
        let severity = asked.iter().map(|asked| asked.weighed.severity).max()?;
        let outcome = asked.iter().map(|asked| asked.weighed.outcome).max()?;
        let blocks = asked.iter().any(|asked| asked.weighed.blocks);
        Some(Self { asked, identified, severity, outcome, blocks, number: 0 })
    }

    /// What stands before others, and then by check.
    fn rank(&self) -> impl Ord + use<> {
        (!self.blocks, Reverse(self.outcome), Reverse(self.severity), self.number)
    }

    /// Its place among findings of its rank.
    fn place(&self) -> impl Ord + use<'a> {
        let (_, _, found, member) = self.identified;
        let Found { outcome, cause, grade, object, container, field, message } = found;
        (member.or(object.as_ref()), field, outcome, cause, grade, container, message)
    }

    /// The finding; policies that were listed before are not listed again.
    fn placed(self, known: &mut Vec<Listed<'b, 'a>>) -> Placed {
        let (check, _, found, member) = self.identified;
        let listed = known.iter().find(|(asked, _)| is_asked_by_same(asked, self.asked));
        let listed = listed.map(|(_, policies)| Arc::clone(policies));
        let policies = listed.unwrap_or_else(|| {
            let policies = Arc::new(self.asked.iter().map(|asked| asked.policy.clone()).collect());
            known.push((self.asked, Arc::clone(&policies)));
            policies
        });
        let number = self.asked.first().and_then(|asked| asked.weighed.number);
        Placed {
            check,
            severity: self.severity,
            outcome: self.outcome,
            blocks: self.blocks,
            policies,
            waiver_problem: self.asked.iter().find_map(|asked| asked.weighed.waiver_problem),
            member: member.cloned(),
            origin: number.map_or_else(|| Origin::Copy(found.clone()), Origin::Number),
        }
    }
}
