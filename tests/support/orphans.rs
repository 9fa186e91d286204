//! One check on one object that is no workload.
//!
//! It must not know any particular check. Next: [`super::judging`] for workloads.

use seaworthy::catalogue::{Check, ObjectSubject};
use seaworthy::engine::judge::{Judged, judge_object};
use seaworthy::inventory::{Inventory, Object};
use serde_json::Value;

use super::judging::compile;

/// What a check says of an object that no workload reaches; nothing if it does not judge such objects.
pub(crate) fn judged_object(
    check: &Check,
    parameters: &Value,
    object: &Object,
    inventory: &Inventory,
) -> Option<Judged> {
    let compiled = compile(check, parameters);
    let rule = compiled.on_orphans(object.kind())?;
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let subject = ObjectSubject { object, namespace: inventory.around(object).seeing_others(true), now };
    Some(judge_object(check, rule, &subject))
}
