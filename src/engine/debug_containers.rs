//! What a debug container means that somebody adds to a live Pod.
//!
//! Only what the new container adds counts: whatever else fails of the Pod was there before, and its workload's
//! report says so. A Pod that a workload made is judged for the policies that are about the workload. It must not
//! know how the API server asks. Next: [`super::admission`].

use jiff::Timestamp;

use super::admission::{Change, Objections, Review, Side};
use super::evaluate::Policies;
use super::policy::EffectivePolicy;
use super::select::{Selected, select};
use super::standing::Standing;
use super::subject::Target;
use crate::inventory::decode::is_managed;
use crate::inventory::object::ObjectKey;
use crate::inventory::{Inventory, Kind, Metadata, Object, SubjectKey};

/// Label that tells which template of a Deployment a Pod comes from: the end of its ReplicaSet's name.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// Judges debug containers that are added to a Pod by every policy that warns or denies and is about it.
pub(super) fn review_debug_containers(
    change: &Change,
    policies: Policies<'_>,
    inventory: &Inventory,
    now: Timestamp,
) -> Review {
    let mut review = Review::default();
    let Some(after) = Target::of(&change.after) else { return review };
    let pod = after.metadata();
    if pod.is_deleting() {
        return review;
    }
    let enforced = policies.about(&pod.namespace).filter(|policy| policy.is_enforced());
    let asking = enforced.filter_map(|policy| Some((policy, judged_as(policy, pod, inventory)?)));
    let asking: Vec<(&EffectivePolicy, &Metadata)> = asking.collect();
    review.in_scope = !asking.is_empty();
    let before = change.before.as_ref().and_then(Target::of);
    let (Target::Workload(after), Some(Target::Workload(before))) = (after, before) else {
        review.unknown = review.in_scope;
        return review;
    };
    let enforced: Vec<&EffectivePolicy> = asking.iter().map(|(policy, _)| *policy).collect();
    let before = Side::judge(before, &enforced, (inventory, None), now);
    let after = Side::judge(after, &enforced, (inventory, None), now);
    let mut objections = Objections::default();
    for (policy, metadata) in asking {
        let standing = Standing::of(&before.weigh_as(metadata, policy, now));
        objections.add_new(policy, after.weigh_as(metadata, policy, now), standing, None);
    }
    objections.finish(review)
}

/// What a Pod stands for where this policy judges it: itself, the workload that made it, or the custom resource
/// with the template. None where the policy is about none of these.
fn judged_as<'a>(
    policy: &EffectivePolicy,
    pod: &'a Metadata,
    inventory: &'a Inventory,
) -> Option<&'a Metadata> {
    let own = || is_about(policy, Kind::Pod, pod, inventory);
    let Some(controller) = pod.controller() else { return own() };
    // What a Node runs by itself is nobody's.
    if controller.kind == "Node" && controller.group().is_empty() {
        return None;
    }
    if !is_managed(Kind::Pod, Some(controller)) {
        return own();
    }
    match made_by(pod, inventory) {
        Some(workload) => is_about(policy, workload.kind(), workload.metadata(), inventory),
        // Nobody knows of it, or it is named to slip by.
        None => own(),
    }
}

/// The object that a policy is about: this one, or the custom resource that controls it.
fn is_about<'a>(
    policy: &EffectivePolicy,
    kind: Kind,
    metadata: &'a Metadata,
    inventory: &'a Inventory,
) -> Option<&'a Metadata> {
    let selects = |kind, metadata: &Metadata| select(policy, kind, metadata, inventory) == Selected::Yes;
    if selects(kind, metadata) {
        return Some(metadata);
    }
    let owner = SubjectKey::of_owner(&metadata.namespace, metadata.controller()?);
    let mut custom = inventory.owned_by(&owner).filter(|object| object.kind().custom().is_some());
    custom.find(|object| selects(object.kind(), object.metadata())).map(Object::metadata)
}

/// The workload that a Pod comes from, which is judged with its template.
fn made_by<'a>(pod: &Metadata, inventory: &'a Inventory) -> Option<&'a Object> {
    let controller = SubjectKey::of_owner(&pod.namespace, pod.controller()?).object()?;
    // ReplicaSets and Jobs that are managed themselves are not kept; their names say what manages them.
    inventory.get(&controller).or_else(|| inventory.get(&maker(controller, pod)?))
}

/// The Deployment or CronJob by whose naming this ReplicaSet or Job is called as it is.
fn maker(made: ObjectKey, pod: &Metadata) -> Option<ObjectKey> {
    let (kind, name) = match made.kind {
        Kind::ReplicaSet => {
            let hash = pod.labels.get(TEMPLATE_HASH)?;
            (Kind::Deployment, made.name.strip_suffix(hash)?.strip_suffix('-')?)
        }
        Kind::Job => {
            let (name, minute) = made.name.rsplit_once('-')?;
            (Kind::CronJob, minute.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)?)
        }
        _ => return None,
    };
    Some(ObjectKey { kind, name: name.into(), namespace: made.namespace.clone() })
}

#[cfg(test)]
#[path = "debug_containers_tests.rs"]
mod tests;
