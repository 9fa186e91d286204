//! What is judged of the objects that were given: workloads, owners by what they own, and what no workload reaches.
//!
//! It must not judge. Next: [`super::judging`].

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::objects::{Given, Objects};
use super::parallel::in_order;
use crate::engine::subject::{Subject, Target};
use crate::inventory::{Object, SubjectKey};

/// Objects among which those that no workload reaches are looked for as one piece of work.
const LOOKED_FOR_AT_ONCE: usize = 256;

/// Such pieces of one core that may wait for their turn.
const AHEAD: usize = 16;

/// Everything that is judged, and where it stands: by kind, name and place, what no workload reaches last.
pub(super) fn of(objects: &Objects) -> Vec<(Subject<'_>, &Given)> {
    let mut subjects = subjects(objects);
    let mut orphans = orphans(objects);
    for judged in [&mut subjects, &mut orphans] {
        judged.sort_by(|one, other| {
            one.0.key.cmp(&other.0.key).then_with(|| objects.standing.compare(one.1, other.1))
        });
    }
    subjects.append(&mut orphans);
    subjects
}

/// Each workload by itself, also if it is given twice, and what one owner owns as one. What came to its end is nobody's
/// concern.
fn subjects(objects: &Objects) -> Vec<(Subject<'_>, &Given)> {
    let mut subjects = Vec::new();
    let mut owned: BTreeMap<SubjectKey, Vec<(&Object, &Given)>> = BTreeMap::new();
    for given in objects.judged() {
        let Some(object) = objects.object(given) else { continue };
        match (object.owner(), Target::of(object)) {
            (Some(owner), _) => owned.entry(owner).or_default().push((object, given)),
            (None, Some(target)) => subjects.push((Subject::of_workload(target), given)),
            (None, None) => {}
        }
    }
    for (owner, given) in owned {
        let subject = Subject::of_owned(&owner, given.iter().map(|(object, _)| *object));
        let first =
            given.iter().map(|(_, given)| *given).min_by(|one, other| objects.standing.compare(one, other));
        subjects.extend(subject.zip(first));
    }
    subjects.retain(|(subject, _)| !subject.is_finished());
    subjects
}

/// The objects that no workload reaches, and where they stand.
fn orphans(objects: &Objects) -> Vec<(Subject<'_>, &Given)> {
    let parts: Vec<_> = objects.judged().chunks(LOOKED_FOR_AT_ONCE).collect();
    let mut orphans = Vec::new();
    let Ok(()) = in_order(&parts, AHEAD, &|part| orphans_among(objects, part), &mut |found| {
        orphans.extend(found);
        Ok::<(), Infallible>(())
    });
    orphans
}

/// Those among some objects. Of one that is given twice the last one counts.
fn orphans_among<'a>(objects: &'a Objects, part: &'a [Given]) -> Vec<(Subject<'a>, &'a Given)> {
    let is_last = |given: &&Given| {
        objects.given(&given.key).is_some_and(|last| objects.standing.compare(last, given).is_eq())
    };
    let subjects = part.iter().filter(is_last).filter_map(|given| {
        Some((Subject::orphan(&objects.inventory, objects.inventory.get(&given.key)?)?, given))
    });
    subjects.collect()
}
