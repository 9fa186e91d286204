//! What checks say of one object, each distinct one once, before any policy has weighed it.
//!
//! Policies that ask the same with the same parameters share one answer. Answers stand in the order in which a
//! policy asks, so that it has them in one pass. It must not know severities. Next: [`super::weigh`].

use std::cmp::Ordering;
use std::ptr;

use jiff::Timestamp;

use super::judge::{Judged, judge_keeping, judge_object, undecodable, unseen};
use super::merge::Candidate;
use super::policy::{EffectiveCheck, EffectivePolicy};
use super::subject::{Member, Target};
use crate::catalogue::{ObjectSubject, WorkloadSubject};
use crate::inventory::snapshot::Remembered;
use crate::inventory::{Inventory, Workload};

/// What tells two uses of checks apart: name, parameters, and whether it looks into other namespaces.
type Question<'a> = (&'static str, &'a str, bool);

fn question(effective: &EffectiveCheck) -> Question<'_> {
    (effective.name, &effective.compiled.parameters, effective.sees_others)
}

/// What one check says, as one policy asks for it.
pub(super) type Answer<'a> = (&'a EffectiveCheck, Judged<Candidate<'a>>);

/// What checks say of one object, in order of the questions.
#[derive(Debug)]
pub(super) struct Answers<'a>(Vec<Answer<'a>>);

impl<'a> Answers<'a> {
    /// What the checks of these policies say of a member of a subject.
    pub(super) fn of(
        member: &Member<'_>,
        asking: &[&'a EffectivePolicy],
        inventory: &Inventory,
        now: Timestamp,
    ) -> Self {
        let kind = member.key.kind;
        let coverage = inventory.coverage_in(kind, &member.key.namespace);
        let blind = coverage.gap().filter(|_| coverage.is_blind());
        let is_seen = blind.is_none() && !matches!(member.target, Target::Broken(..));
        let is_workload = kind.is_workload();
        let concerns = |check: &EffectiveCheck| match () {
            () if is_workload => true,
            () if is_seen => check.compiled.on_orphans(kind).is_some(),
            // What only looks at manifests has nothing to say of an object whose manifest is not there.
            () => check.compiled.is_on_live_orphans(kind),
        };
        match (blind, member.target) {
            (Some(cause), _) => Self::alike(asking, concerns, || unseen(kind, cause)),
            (None, Target::Workload(workload)) => {
                Self::of_workload(workload, all_questions(asking), inventory, now)
            }
            (None, Target::Orphan(object)) => {
                let namespace = inventory.around(object);
                let answer = |effective: &EffectiveCheck| match effective.compiled.on_orphans(kind) {
                    Some(rule) => {
                        let namespace = namespace.seeing_others(effective.sees_others);
                        judge_object(effective.check, rule, &ObjectSubject { object, namespace, now })
                    }
                    None => Judged::nothing(),
                };
                let asked = questions(asking, concerns).into_iter();
                Self(asked.map(|effective| (effective, answer(effective))).collect())
            }
            (None, Target::Broken(_, broken)) => Self::alike(asking, concerns, || undecodable(broken)),
        }
    }

    fn of_workload(
        workload: &Workload,
        asked: Vec<&'a EffectiveCheck>,
        inventory: &Inventory,
        now: Timestamp,
    ) -> Self {
        let remembered = Remembered::default();
        let view = inventory.namespace(&workload.metadata.namespace).remembering(workload, &remembered);
        let [own, wide] = [false, true].map(|others| WorkloadSubject {
            workload,
            namespace: view.seeing_others(others),
            now,
        });
        let answer = |effective: &EffectiveCheck| {
            let subject = if effective.sees_others { &wide } else { &own };
            judge_keeping(effective.check, &effective.compiled, subject)
        };
        Self(asked.into_iter().map(|effective| (effective, answer(effective))).collect())
    }

    /// The same from each of these policies' checks that is concerned.
    pub(super) fn alike(
        asking: &[&'a EffectivePolicy],
        concerns: impl Fn(&EffectiveCheck) -> bool,
        answer: impl Fn() -> Judged<Candidate<'a>>,
    ) -> Self {
        Self(questions(asking, concerns).into_iter().map(|effective| (effective, answer())).collect())
    }

    /// Answers the checks of one policy, which ask in order.
    pub(super) fn in_order<'b>(
        &'b self,
    ) -> impl FnMut(&'b EffectiveCheck) -> Option<&'b Judged<Candidate<'a>>> + use<'a, 'b> {
        let mut rest = self.0.as_slice();
        move |effective| {
            while let Some(((known, judged), others)) = rest.split_first() {
                // Mostly it is the one that was asked: that needs no comparison of texts.
                let order = if ptr::eq(*known, effective) {
                    Ordering::Equal
                } else {
                    question(known).cmp(&question(effective))
                };
                if order.is_gt() {
                    return None;
                }
                // A policy asks each but once.
                rest = others;
                if order.is_eq() {
                    return Some(judged);
                }
            }
            None
        }
    }

    /// How much was found.
    pub(super) fn number_found(&self) -> usize {
        self.0.iter().map(|(_, judged)| judged.findings.len()).sum()
    }

    /// What was said by the checks that found something, in order of the questions.
    pub(super) fn into_found(self) -> impl Iterator<Item = Answer<'a>> {
        self.0.into_iter().filter(|(_, judged)| !judged.findings.is_empty())
    }
}

/// The checks of these policies that are concerned, each distinct one once, in order.
fn questions<'a>(
    asking: &[&'a EffectivePolicy],
    concerns: impl Fn(&EffectiveCheck) -> bool,
) -> Vec<&'a EffectiveCheck> {
    let most = asking.iter().map(|policy| policy.checks.len()).sum();
    let mut asked: Vec<&'a EffectiveCheck> = Vec::with_capacity(most);
    for policy in asking {
        asked.extend(policy.checks.iter().filter(|check| concerns(check)));
    }
    each_once(asked, asking.len())
}

/// All checks of these policies, each distinct one once, in order.
fn all_questions<'a>(asking: &[&'a EffectivePolicy]) -> Vec<&'a EffectiveCheck> {
    let most = asking.iter().map(|policy| policy.checks.len()).sum();
    let mut asked: Vec<&'a EffectiveCheck> = Vec::with_capacity(most);
    for policy in asking {
        asked.extend(policy.checks.iter());
    }
    each_once(asked, asking.len())
}

fn each_once(mut asked: Vec<&EffectiveCheck>, policies: usize) -> Vec<&EffectiveCheck> {
    // Those of one policy are in order already.
    if policies > 1 {
        asked.sort_by(|one, other| question(one).cmp(&question(other)));
        asked.dedup_by(|one, other| question(one) == question(other));
    }
    asked
}
