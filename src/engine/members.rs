//! What the checks say of each object of a subject, and what a policy makes of them together.
//!
//! It must not add policies up. Next: [`super::evaluate`], which does, [`super::answers`], [`super::worst`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answers::Answers;
use super::evaluate::Policies;
use super::judge::hidden;
use super::merge::Candidate;
use super::policy::EffectivePolicy;
use super::subject::{Member, Subject};
use super::waiver::{Waiver, waivers};
use super::weigh::{Weighed, weigh};
use super::worst::{Part, worst};
use crate::inventory::{Inventory, Kind};

/// What checks say of one member, before any policy has weighed it.
pub(super) struct JudgedMember<'a> {
    /// The member.
    pub(super) member: &'a Member<'a>,
    /// What they say.
    pub(super) answers: Answers<'a>,
    waivers: BTreeMap<&'a str, Waiver>,
}

/// What the checks of the policies that ask say of each member.
pub(super) fn judge_members<'a>(
    (subject, asking): (&'a Subject<'_>, &[Vec<&'a EffectivePolicy>]),
    inventory: &Inventory,
    now: Timestamp,
) -> Vec<JudgedMember<'a>> {
    let judged = subject.members.iter().zip(asking).map(|(member, asking)| JudgedMember {
        member,
        answers: Answers::of(member, asking, inventory, now),
        waivers: waivers(&member.target.metadata().annotations),
    });
    judged.collect()
}

/// What is said of whatever an owner has of kinds that cannot be seen.
pub(super) fn judge_unseen<'a>(
    subject: &Subject<'_>,
    policies: Policies<'a>,
    inventory: &Inventory,
) -> Vec<(Kind, Answers<'a>)> {
    let unseen = subject.unseen_kinds(inventory).into_iter().filter_map(|kind| {
        let namespace = &subject.key.namespace;
        let cause = inventory.coverage_in(kind, namespace).gap()?;
        let of_kind = |policy: &&EffectivePolicy| policy.selection.kinds.contains(&kind);
        let asking: Vec<&EffectivePolicy> = policies.about(namespace).filter(of_kind).collect();
        let what = format!("whatever {kind}s it owns");
        Some((kind, Answers::alike(&asking, |_| true, || hidden(&what, cause))))
    });
    unseen.collect()
}

/// What a policy makes of the members that it is about; nothing if it is about none.
pub(super) fn weigh_all<'a, 'p>(
    policy: &'p EffectivePolicy,
    (asked, unseen): (&[&'a JudgedMember<'p>], &'a [(Kind, Answers<'p>)]),
    is_owner: bool,
    now: Timestamp,
) -> Option<Weighed<'a, Candidate<'p>>> {
    let mut parts = Vec::with_capacity(asked.len());
    for JudgedMember { member, answers, waivers } in asked {
        let weighed = weigh(policy, answers.in_order(), waivers, now);
        if !is_owner {
            return Some(weighed);
        }
        parts.push(Part { template: Some(member.template), weighed });
    }
    if parts.is_empty() {
        return None;
    }
    for (_, answers) in unseen.iter().filter(|(kind, _)| policy.selection.kinds.contains(kind)) {
        parts
            .push(Part { template: None, weighed: weigh(policy, answers.in_order(), &BTreeMap::new(), now) });
    }
    worst(parts)
}
