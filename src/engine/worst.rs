//! What one policy makes of several objects that are judged as one: of each check, the worst counts.
//!
//! It must not judge, nor name an object twice for what its template says: of members with the same template
//! the first by name stands for those of which the same is found. Next: [`super::evaluate`].

use std::collections::BTreeSet;

use super::judge::Found;
use super::subject::Member;
use super::weigh::{Weighed, WeighedCheck, verdict};
use crate::catalogue::Outcome;
use crate::catalogue::outcome::earlier;

/// What one policy makes of one member of an owner.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    /// The member; none for what cannot be seen.
    pub(super) member: Option<&'a Member<'a>>,
    /// What the policy makes of it.
    pub(super) weighed: Weighed<'a>,
}

/// A finding as it is told from others of the same check: template, what was found, and its outcome.
type Told<'a> = (Option<usize>, &'a Found, Outcome);

/// What a policy makes of an owner: nothing if it is about none of its members.
pub(super) fn worst<'a>(parts: Vec<Part<'a>>) -> Option<Weighed<'a>> {
    let mut parts = parts.into_iter();
    let mut sum = named(parts.next()?);
    let mut told: Vec<BTreeSet<Told<'a>>> = Vec::with_capacity(sum.1.checks.len());
    for check in &sum.1.checks {
        told.push(check.findings.iter().map(|finding| (sum.0, finding.found, finding.outcome)).collect());
    }
    for part in parts {
        let (template, weighed) = named(part);
        sum.1.next_change = earlier(sum.1.next_change, weighed.next_change);
        // The checks of one policy stand in one order.
        for ((check, told), other) in sum.1.checks.iter_mut().zip(&mut told).zip(weighed.checks) {
            add(check, other, |finding| told.insert((template, finding.0, finding.1)));
        }
    }
    sum.1.verdict = verdict(&sum.1.checks);
    Some(sum.1)
}

/// The same with the member's name on each finding, and the member's template.
fn named(part: Part<'_>) -> (Option<usize>, Weighed<'_>) {
    let Part { member, mut weighed } = part;
    for finding in weighed.checks.iter_mut().flat_map(|check| &mut check.findings) {
        // What is found of another object is the same whichever member is behind it.
        finding.member = member.filter(|_| finding.found.object.is_none()).map(|member| &member.key);
    }
    (member.map(|member| member.template), weighed)
}

fn add<'a>(
    check: &mut WeighedCheck<'a>,
    other: WeighedCheck<'a>,
    mut is_new: impl FnMut((&'a Found, Outcome)) -> bool,
) {
    if other.outcome == check.outcome {
        check.severity = check.severity.max(other.severity);
    } else if other.outcome > check.outcome {
        (check.outcome, check.severity) = (other.outcome, other.severity);
    }
    check.blocks |= other.blocks;
    check
        .findings
        .extend(other.findings.into_iter().filter(|finding| is_new((finding.found, finding.outcome))));
}
