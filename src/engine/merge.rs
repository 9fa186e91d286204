//! Findings and checks over all policies that asked.
//!
//! A finding is identified by check, parameters, object, container and field; its severity is the worst
//! asked for. It must not weigh. Next: [`super::report`].

use std::collections::{BTreeMap, BTreeSet};

use super::judge::Found;
use super::policy::PolicyKey;
use super::weigh::{Weighed, WeighedCheck};
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
    /// Policies that asked.
    pub policies: BTreeSet<PolicyKey>,
    /// What was found.
    pub found: Found,
    /// What is wrong with the waiver that was meant to cover it.
    pub waiver_problem: Option<&'static str>,
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
    checks: BTreeMap<(&'static str, &'a str), CheckOutcome>,
    findings: BTreeMap<Identified<'a>, MergedFinding>,
}

impl<'a> Merge<'a> {
    /// Adds what one policy makes of a workload.
    pub(super) fn add(&mut self, policy: &PolicyKey, weighed: Weighed<'a>) {
        for check in weighed.checks {
            self.add_findings(policy, &check);
            let WeighedCheck { check, parameters, outcome, severity, blocks, reads: _, findings: _ } = check;
            let merged = self.checks.entry((check.name, parameters)).or_insert(CheckOutcome {
                check: check.name,
                outcome,
                severity,
                blocks,
            });
            merged.outcome = merged.outcome.max(outcome);
            merged.severity = merged.severity.max(severity);
            merged.blocks |= blocks;
        }
    }

    fn add_findings(&mut self, policy: &PolicyKey, check: &WeighedCheck<'a>) {
        for finding in &check.findings {
            let key = (check.check.name, check.parameters, finding.found, finding.member);
            let merged = self.findings.entry(key).or_insert_with(|| MergedFinding {
                check: check.check.name,
                severity: finding.severity,
                outcome: finding.outcome,
                blocks: false,
                policies: BTreeSet::new(),
                found: Found {
                    object: finding.member.or(finding.found.object.as_ref()).cloned(),
                    ..finding.found.clone()
                },
                waiver_problem: finding.waiver_problem,
            });
            merged.severity = merged.severity.max(finding.severity);
            merged.outcome = merged.outcome.max(finding.outcome);
            merged.blocks |= finding.blocks;
            merged.waiver_problem = merged.waiver_problem.or(finding.waiver_problem);
            merged.policies.insert(policy.clone());
        }
    }

    /// Checks by name, and findings sorted: what blocks first, then by severity, check and place.
    pub(super) fn finish(self) -> (Vec<CheckOutcome>, Vec<MergedFinding>) {
        let mut findings: Vec<_> = self.findings.into_values().collect();
        findings.sort_by(|one, other| {
            let rank = |finding: &MergedFinding| {
                (!finding.blocks, std::cmp::Reverse(finding.outcome), std::cmp::Reverse(finding.severity))
            };
            rank(one)
                .cmp(&rank(other))
                .then_with(|| one.check.cmp(other.check))
                .then_with(|| one.found.object.cmp(&other.found.object))
                .then_with(|| one.found.field.cmp(&other.found.field))
                .then_with(|| one.found.cmp(&other.found))
        });
        (self.checks.into_values().collect(), findings)
    }
}
