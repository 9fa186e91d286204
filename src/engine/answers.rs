//! What checks say of one object, each distinct one once, before any policy has weighed it.
//!
//! Policies that ask the same with the same parameters share one answer. Answers stand in the order in which a
//! policy asks, so that it has them in one pass. It must not know severities. Next: [`super::weigh`].

use std::ptr;

use jiff::Timestamp;

use super::judge::{Found, Judged, judge, judge_object, undecodable, unseen};
use super::policy::{EffectiveCheck, EffectivePolicy};
use super::subject::{Member, Target};
use super::weigh::Said;
use crate::catalogue::{ObjectSubject, WorkloadSubject};
use crate::inventory::Inventory;
use crate::inventory::snapshot::Remembered;

/// What tells two uses of checks apart: name, parameters, and whether it looks into other namespaces.
type Question<'a> = (&'static str, &'a str, bool);

fn question(effective: &EffectiveCheck) -> Question<'_> {
    (effective.check.name, &effective.compiled.parameters, effective.sees_others)
}

/// What checks say of one object, in order of the questions.
#[derive(Debug)]
pub(super) struct Answers<'a> {
    judged: Vec<(Question<'a>, Judged)>,
    /// Number of the first finding among all of the subject.
    first: usize,
}

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
        let concerns = |check: &&EffectiveCheck| match () {
            () if kind.is_workload() => true,
            () if is_seen => check.compiled.on_orphans(kind).is_some(),
            // What only looks at manifests has nothing to say of an object whose manifest is not there.
            () => check.compiled.is_on_live_orphans(kind),
        };
        let most = asking.iter().map(|policy| policy.checks.len()).sum();
        let mut asked: Vec<&'a EffectiveCheck> = Vec::with_capacity(most);
        asked.extend(asking.iter().flat_map(|policy| &policy.checks).filter(concerns));
        // Those of one policy are in order already.
        if asking.len() > 1 {
            asked.sort_by(|one, other| question(one).cmp(&question(other)));
            asked.dedup_by(|one, other| question(one) == question(other));
        }
        let remembered = Remembered::default();
        let judged = asked.into_iter().map(|effective| {
            let judged = match blind {
                Some(cause) => unseen(kind, cause),
                None => judge_member(member, effective, (inventory, &remembered), now),
            };
            (question(effective), judged)
        });
        Self { judged: judged.collect(), first: 0 }
    }

    /// The same of a member after others in which so many things were found; and how many there are then.
    pub(super) fn after(self, number: usize) -> (Self, usize) {
        let found: usize = self.judged.iter().map(|(_, judged)| judged.findings.len()).sum();
        (Self { first: number, ..self }, number + found)
    }

    /// Everything that was found, by number.
    pub(super) fn into_found(self) -> impl Iterator<Item = Found> {
        self.judged.into_iter().flat_map(|(_, judged)| judged.findings)
    }

    /// Answers the checks of one policy, which ask in order.
    pub(super) fn in_order(&'a self) -> impl FnMut(&'a EffectiveCheck) -> Option<Said<'a>> {
        let mut rest = self.judged.as_slice();
        let mut first = self.first;
        move |effective| {
            let wanted = question(effective);
            while let Some(((known, judged), others)) = rest.split_first() {
                // Mostly it is the one that was asked: that needs no comparison of texts.
                let is_very_same =
                    ptr::eq(known.0, wanted.0) && ptr::eq(known.1, wanted.1) && known.2 == wanted.2;
                if is_very_same || *known == wanted {
                    return Some(Said { judged, first: Some(first) });
                }
                if *known > wanted {
                    return None;
                }
                first += judged.findings.len();
                rest = others;
            }
            None
        }
    }
}

fn judge_member<'a>(
    member: &Member<'a>,
    effective: &EffectiveCheck,
    (inventory, remembered): (&'a Inventory, &'a Remembered<'a>),
    now: Timestamp,
) -> Judged {
    match member.target {
        Target::Workload(workload) => {
            let namespace = inventory.namespace(&workload.metadata.namespace);
            let namespace = namespace.seeing_others(effective.sees_others).remembering(workload, remembered);
            judge(effective.check, &effective.compiled, &WorkloadSubject { workload, namespace, now })
        }
        Target::Orphan(object) => match effective.compiled.on_orphans(member.key.kind) {
            Some(rule) => {
                let namespace = inventory.around(object).seeing_others(effective.sees_others);
                judge_object(effective.check, rule, &ObjectSubject { object, namespace, now })
            }
            None => Judged::nothing(),
        },
        Target::Broken(_, problem) => undecodable(problem),
    }
}
