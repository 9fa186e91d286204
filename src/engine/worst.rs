//! What one policy makes of several objects that are judged as one: of each check, the worst counts.
//!
//! It must not judge, nor name an object twice for what its template says: of members with the same template
//! the first by name stands for those of which the same is found. Next: [`super::evaluate`].

use std::collections::BTreeSet;

use super::judge::Found;
use super::weigh::{Weighed, WeighedCheck, verdict};
use crate::catalogue::Outcome;
use crate::catalogue::outcome::earlier;

/// What one policy makes of one member of an owner.
#[derive(Clone, Debug)]
pub(super) struct Part<'a, F> {
    /// The member's template; none for what cannot be seen.
    pub(super) template: Option<usize>,
    /// What the policy makes of it.
    pub(super) weighed: Weighed<'a, F>,
}

/// A finding as it is told from others of the same check: template, what was found, and its outcome.
type Told<'a> = (Option<usize>, &'a Found, Outcome);

/// What a policy makes of an owner: nothing if it is about none of its members.
pub(super) fn worst<'a, F: AsRef<Found>>(parts: Vec<Part<'a, F>>) -> Option<Weighed<'a, F>> {
    let mut parts = parts.into_iter();
    let Part { template, weighed: mut sum } = parts.next()?;
    let mut told: Vec<BTreeSet<Told<'a>>> = Vec::with_capacity(sum.checks.len());
    for check in &sum.checks {
        let findings = check.findings.iter();
        told.push(findings.map(|finding| (template, finding.found.as_ref(), finding.outcome)).collect());
    }
    for Part { template, weighed } in parts {
        sum.next_change = earlier(sum.next_change, weighed.next_change);
        // The checks of one policy stand in one order.
        for ((check, told), other) in sum.checks.iter_mut().zip(&mut told).zip(weighed.checks) {
            add(check, other, |finding| told.insert((template, finding.0, finding.1)));
        }
    }
    sum.verdict = verdict(&sum.checks);
    Some(sum)
}

fn add<'a, F: AsRef<Found>>(
    check: &mut WeighedCheck<'a, F>,
    other: WeighedCheck<'a, F>,
    mut is_new: impl FnMut((&'a Found, Outcome)) -> bool,
) {
    if other.outcome == check.outcome {
        check.severity = check.severity.max(other.severity);
        check.blocks |= other.blocks;
    } else if other.outcome > check.outcome {
        (check.outcome, check.severity, check.blocks) = (other.outcome, other.severity, other.blocks);
    }
    let findings = other.findings.into_iter();
    check.findings.extend(findings.filter(|finding| is_new((finding.found.as_ref(), finding.outcome))));
}
