//! The fence: before a generation of a ReadinessPolicy gets its first verdict, what is known of its
//! namespace is compared with a consistent list, so that a watch that lags gives neither a stale green
//! nor a stale red.
//!
//! It proves that the index equals the server, not that a release is complete. It must not list itself:
//! the writer does, on [`super::commands::Command::Fence`]. Next: [`super::judging`] asks for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::engine::policy::PolicyKey;
use crate::inventory::metadata::{OwnerReference, kept};
use crate::inventory::object::ObjectKey;
use crate::inventory::revision::owner_kind;
use crate::inventory::{Inventory, Kind, Metadata, Object, Uid};
use crate::ops::error::ApiError;
use crate::ops::metadata::{ObjectMetadata, Owner};

/// What a list showed: each kind with its objects' metadata.
pub type Listing = Vec<(Kind, Vec<ObjectMetadata>)>;

/// The fences that have not passed.
#[derive(Debug, Default)]
pub struct Fences {
    runs: BTreeMap<PolicyKey, Run>,
}

#[derive(Debug)]
struct Run {
    generation: i64,
    failures: u32,
    /// Uids of objects that went since the list began.
    gone: BTreeSet<String>,
    step: Step,
}

impl Run {
    const fn due(generation: i64, at: Timestamp) -> Self {
        Self { generation, failures: 0, gone: BTreeSet::new(), step: Step::Due(at) }
    }
}

#[derive(Debug)]
enum Step {
    /// To be listed at this moment.
    Due(Timestamp),
    /// The list is on its way. Holds the objects known when it began: uid by key.
    Listing(BTreeMap<ObjectKey, Uid>),
    /// The list has ended: what the index lags behind it.
    Catching(Lag),
}

/// What the index lags behind a list.
#[derive(Debug, Default)]
struct Lag {
    /// Objects that the list shows and the index does not have like that.
    unseen: BTreeMap<ObjectKey, ObjectMetadata>,
    /// Uids of objects that the index has and the list does not show.
    lingering: BTreeMap<ObjectKey, Uid>,
}

impl Fences {
    /// A generation needs its fence.
    pub fn need(&mut self, key: &PolicyKey, generation: i64, now: Timestamp) {
        let known = self.runs.entry(key.clone()).or_insert_with(|| Run::due(generation, now));
        if known.generation != generation {
            *known = Run::due(generation, now);
        }
    }

    /// A policy needs no fence any more: it is gone, suspended or invalid.
    pub fn drop(&mut self, key: &PolicyKey) {
        self.runs.remove(key);
    }

    /// Forgets lists that are on their way: somebody else leads now.
    pub fn restart(&mut self, now: Timestamp) {
        for run in self.runs.values_mut() {
            run.step = Step::Due(now);
        }
    }

    /// The fences whose list is due: marks them as on their way.
    pub fn begin(&mut self, inventory: &Inventory, now: Timestamp) -> Vec<(PolicyKey, i64)> {
        let mut begun = Vec::new();
        for (key, run) in &mut self.runs {
            if matches!(run.step, Step::Due(at) if at <= now) {
                let known = inventory
                    .objects_in(&key.namespace)
                    .map(|object| (object.key(), object.metadata().uid().clone()));
                run.step = Step::Listing(known.collect());
                run.gone.clear();
                begun.push((key.clone(), run.generation));
            }
        }
        begun
    }

    /// An object is gone.
    pub fn gone(&mut self, namespace: &str, uid: &str) {
        for (_, run) in self.runs.iter_mut().filter(|(key, _)| key.namespace == namespace) {
            run.gone.insert(uid.to_owned());
        }
    }

    /// A list has ended. One that failed is due again later.
    pub fn listed(
        &mut self,
        (key, generation): &(PolicyKey, i64),
        listing: Result<Listing, ApiError>,
        now: Timestamp,
    ) {
        let Some(run) = self.runs.get_mut(key).filter(|run| run.generation == *generation) else { return };
        let Step::Listing(known) = &mut run.step else { return };
        let Ok(listing) = listing else {
            let wait = SignedDuration::from_secs((1 << run.failures.min(5)).min(30));
            run.failures += 1;
            run.step = Step::Due(now.checked_add(wait).unwrap_or(now));
            return;
        };
        run.step = Step::Catching(lag(key, listing, std::mem::take(known)));
    }

    /// The fences that pass with what is known now, with their generation; they are forgotten.
    pub fn passed(&mut self, inventory: &Inventory) -> BTreeMap<PolicyKey, i64> {
        let mut passed = BTreeMap::new();
        self.runs.retain(|key, run| {
            let Step::Catching(lag) = &mut run.step else { return true };
            lag.catch_up(inventory, &run.gone);
            let done = lag.unseen.is_empty() && lag.lingering.is_empty();
            if done {
                passed.insert(key.clone(), run.generation);
            }
            !done
        });
        passed
    }

    /// Whether a policy's fence has not passed.
    pub fn holds(&self, key: &PolicyKey) -> bool {
        self.runs.contains_key(key)
    }

    /// The next moment at which a list is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = |run: &Run| match run.step {
            Step::Due(at) => Some(at),
            _ => None,
        };
        self.runs.values().filter_map(due).min()
    }
}

fn lag(policy: &PolicyKey, listing: Listing, known: BTreeMap<ObjectKey, Uid>) -> Lag {
    let mut lag = Lag::default();
    let mut shown = BTreeSet::<Uid>::new();
    let kinds: BTreeSet<Kind> = listing.iter().map(|(kind, _)| *kind).collect();
    for (kind, objects) in listing {
        for object in objects {
            shown.insert(object.uid.as_str().into());
            // What another workload manages is not in the index, unless it is a revision of that; its own workload is.
            let controller = object.owner_references.iter().find(|owner| owner.controller).map(reference);
            let is_indexed = match kind {
                kind if kind.is_of_revisions() => owner_kind(kind, controller.as_ref()).is_some(),
                _ => !crate::inventory::decode::is_managed(kind, controller.as_ref()),
            };
            if is_indexed {
                let (namespace, name) = (policy.namespace.as_str().into(), object.name.as_str().into());
                lag.unseen.insert(ObjectKey { namespace, kind, name }, object);
            }
        }
    }
    lag.lingering =
        known.into_iter().filter(|(key, uid)| kinds.contains(&key.kind) && !shown.contains(uid)).collect();
    lag
}

impl Lag {
    fn catch_up(&mut self, inventory: &Inventory, gone: &BTreeSet<String>) {
        self.unseen.retain(|key, listed| {
            let known = inventory.get(key).map(Object::metadata);
            !gone.contains(&listed.uid) && !known.is_some_and(|known| is_seen(known, listed))
        });
        self.lingering
            .retain(|key, uid| inventory.get(key).is_some_and(|object| object.metadata().uid() == uid));
    }
}

/// Whether the index has what a list showed, or something newer.
fn is_seen(known: &Metadata, listed: &ObjectMetadata) -> bool {
    let version = |text: &str| text.parse::<u64>().ok();
    // Versions of one kind are comparable numbers (KEP-5504); equal text needs no such promise.
    if *known.resource_version() == *listed.resource_version
        || version(known.resource_version())
            .zip(version(&listed.resource_version))
            .is_some_and(|(known, listed)| known > listed)
    {
        return true;
    }
    // A write that touched neither of these (a status) need not be waited for.
    *known.uid() == Uid::from(listed.uid.as_str())
        && listed.generation.is_some_and(|generation| generation == known.generation())
        && listed.labels == known.labels
        && kept(&listed.annotations) == known.annotations
        && listed.owner_references.iter().map(reference).eq(known.owner_references().iter().cloned())
}

fn reference(owner: &Owner) -> OwnerReference {
    let Owner { api_version, kind, name, uid, controller } = owner.clone();
    OwnerReference { api_version, kind, name, uid: uid.as_str().into(), controller }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;

    fn policy() -> PolicyKey {
        PolicyKey { namespace: "shop".to_owned(), name: "gate".to_owned() }
    }

    fn deployment(uid: &str, version: &str, generation: i64) -> Object {
        let json = format!(
            r#"{{"metadata":{{"name":"web","namespace":"shop","uid":"{uid}","resourceVersion":"{version}","generation":{generation}}}}}"#
        );
        decode(Kind::Deployment, &json).unwrap()
    }

    fn listed(uid: &str, version: &str, generation: i64) -> Listing {
        let metadata = ObjectMetadata {
            name: "web".to_owned(),
            namespace: Some("shop".to_owned()),
            uid: uid.to_owned(),
            resource_version: version.to_owned(),
            generation: Some(generation),
            ..ObjectMetadata::default()
        };
        vec![(Kind::Deployment, vec![metadata])]
    }

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn begun(inventory: &Inventory) -> (Fences, (PolicyKey, i64)) {
        let mut fences = Fences::default();
        fences.need(&policy(), 1, now());
        let begun = fences.begin(inventory, now());
        assert_eq!(begun, [(policy(), 1)]);
        assert!(fences.begin(inventory, now()).is_empty(), "one list at a time");
        (fences, (policy(), 1))
    }

    #[test]
    fn an_object_that_the_index_does_not_have_yet_holds_until_its_event() {
        let mut inventory = Inventory::default();
        let (mut fences, run) = begun(&inventory);
        fences.listed(&run, Ok(listed("u1", "7", 1)), now());
        assert!(fences.passed(&inventory).is_empty());
        inventory.apply(deployment("u1", "7", 1));
        assert_eq!(fences.passed(&inventory), BTreeMap::from([(policy(), 1)]));
        assert!(!fences.holds(&policy()));
    }

    #[test]
    fn an_older_state_of_an_object_holds_and_a_status_alone_does_not() {
        let mut inventory = Inventory::default();
        inventory.apply(deployment("u1", "5", 1));
        let (mut fences, run) = begun(&inventory);
        fences.listed(&run, Ok(listed("u1", "7", 2)), now());
        assert!(fences.passed(&inventory).is_empty());
        inventory.apply(deployment("u1", "7", 2));
        assert!(!fences.passed(&inventory).is_empty());
        let (mut fences, run) = begun(&inventory);
        fences.listed(&run, Ok(listed("u1", "9", 2)), now());
        assert!(!fences.passed(&inventory).is_empty(), "only the status is newer");
    }

    #[test]
    fn an_object_that_the_list_does_not_show_holds_until_its_deletion() {
        let mut inventory = Inventory::default();
        let object = deployment("u1", "5", 1);
        inventory.apply(object.clone());
        let (mut fences, run) = begun(&inventory);
        fences.listed(&run, Ok(vec![(Kind::Deployment, Vec::new())]), now());
        assert!(fences.passed(&inventory).is_empty());
        inventory.remove(&object.key(), "u1");
        assert!(!fences.passed(&inventory).is_empty());
    }

    #[test]
    fn an_object_that_came_and_went_after_the_list_does_not_hold() {
        let inventory = Inventory::default();
        let (mut fences, run) = begun(&inventory);
        fences.gone("shop", "u1");
        fences.listed(&run, Ok(listed("u1", "7", 1)), now());
        assert!(!fences.passed(&inventory).is_empty());
    }

    #[test]
    fn a_failed_list_is_due_again_and_a_new_generation_starts_anew() {
        let inventory = Inventory::default();
        let (mut fences, run) = begun(&inventory);
        fences.listed(&run, Err(ApiError::TooLate), now());
        assert!(fences.next_due().unwrap() > now());
        fences.need(&policy(), 2, now());
        assert_eq!(fences.begin(&inventory, now()), [(policy(), 2)]);
        fences.listed(&run, Ok(Vec::new()), now());
        assert!(fences.passed(&inventory).is_empty(), "the list of another generation says nothing");
    }
}
