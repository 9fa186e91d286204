//! What is wrong with an object that is no workload in itself, before and after a change.
//!
//! It looks at nothing but the object, so that the change may be refused for it; its own annotations waive. It must not
//! know which policies are about the object. Next: [`super::neighbours`], which does.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::admission::{Change, NOTHING, Objections, Question, question};
use super::judge::{Judged, judge_object};
use super::policy::{EffectiveCheck, EffectivePolicy};
use super::standing::Standing;
use super::waiver::waivers;
use super::weigh::{Weighed, weigh};
use crate::catalogue::ObjectSubject;
use crate::inventory::{Inventory, Object};

/// An object before or after the change, judged by every check once.
struct Itself<'a> {
    object: &'a Object,
    judged: BTreeMap<Question<'a>, Judged>,
}

impl<'a> Itself<'a> {
    fn judge(
        object: &'a Object,
        policies: &[&'a EffectivePolicy],
        inventory: &Inventory,
        now: Timestamp,
    ) -> Self {
        let subject = ObjectSubject { object, namespace: inventory.around(object), now };
        let mut judged = BTreeMap::new();
        for asked in policies.iter().flat_map(|policy| &policy.checks) {
            let Some(rule) = asked.compiled.on_objects(object.kind()) else { continue };
            let answer = || judge_object(asked.check, rule, &subject);
            judged.entry(question(asked)).or_insert_with(answer);
        }
        Self { object, judged }
    }

    fn weigh<'b>(&'b self, policy: &'b EffectivePolicy, now: Timestamp) -> Weighed<'b> {
        let answer = |check: &'b EffectiveCheck| Some(self.judged.get(&question(check)).unwrap_or(&NOTHING));
        weigh(policy, answer, &waivers(&self.object.metadata().annotations), now)
    }
}

/// Objects to what a change makes worse of the object itself, for policies that are about it.
pub(super) fn review_itself(
    change: &Change,
    policies: &[&EffectivePolicy],
    (inventory, now): (&Inventory, Timestamp),
    objections: &mut Objections,
) {
    // It was there, and what was wrong with it cannot be told: nothing is known to be worse.
    if matches!(change.before, Some(Object::Broken(..))) {
        return;
    }
    let before = change.before.as_ref().map(|before| Itself::judge(before, policies, inventory, now));
    let after = Itself::judge(&change.after, policies, inventory, now);
    for policy in policies {
        let standing = before.as_ref().map(|before| Standing::of(&before.weigh(policy, now)));
        objections.add_new(policy, after.weigh(policy, now), standing.unwrap_or_default(), None);
    }
}
