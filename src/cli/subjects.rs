//! What is judged of the objects that were given: workloads, owners by what they own, and what no workload reaches.
//!
//! It must not judge. Next: [`super::judging`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;

use super::objects::{Given, Objects};
use super::parallel::in_order;
use crate::engine::subject::{Subject, Target};
use crate::inventory::subject::{OtherKind, SubjectKind};
use crate::inventory::{Kind, Object, SubjectKey};

/// Objects among which those that no workload reaches are looked for as one piece of work.
const LOOKED_FOR_AT_ONCE: usize = 256;

/// Such pieces of one core that may wait for their turn.
const AHEAD: usize = 16;

/// What is judged as one, and where it stands.
pub(super) struct Judged<'a> {
    what: What<'a>,
    /// Where it stands.
    pub(super) given: &'a Given,
}

enum What<'a> {
    /// A workload by itself. There are so many that their subjects are made when their turn comes.
    Workload(Target<'a>),
    /// Any other subject.
    Other(Box<Subject<'a>>),
}

impl<'a> Judged<'a> {
    fn other(subject: Subject<'a>, given: &'a Given) -> Self {
        Self { what: What::Other(Box::new(subject)), given }
    }

    /// The subject.
    pub(super) fn subject(&self) -> Cow<'_, Subject<'a>> {
        match &self.what {
            What::Workload(target) => Cow::Owned(Subject::of_workload(*target)),
            What::Other(subject) => Cow::Borrowed(subject),
        }
    }

    /// What sorts as the subject's key.
    fn key(&self) -> (&str, Result<Kind, &OtherKind>, &str) {
        match &self.what {
            What::Workload(target) => {
                let metadata = target.metadata();
                (&metadata.namespace, Ok(target.kind()), &metadata.name)
            }
            What::Other(subject) => {
                let kind = match &subject.key.kind {
                    SubjectKind::Known(kind) => Ok(*kind),
                    SubjectKind::Other(kind) => Err(&**kind),
                };
                (&subject.key.namespace, kind, &subject.key.name)
            }
        }
    }

    /// Whether all of it has come to its end.
    fn is_finished(&self) -> bool {
        match &self.what {
            What::Workload(target) => target.is_finished(),
            What::Other(subject) => subject.is_finished(),
        }
    }
}

/// Everything that is judged: by kind, name and place, what no workload reaches last.
pub(super) fn of(objects: &Objects) -> Vec<Judged<'_>> {
    let mut subjects = subjects(objects);
    let mut orphans = orphans(objects);
    for judged in [&mut subjects, &mut orphans] {
        judged.sort_by(|one, other| {
            one.key().cmp(&other.key()).then_with(|| objects.standing.compare(one.given, other.given))
        });
    }
    subjects.append(&mut orphans);
    subjects
}

/// Each workload by itself, also if it is given twice, and what one owner owns as one. What came to its end is nobody's
/// concern.
fn subjects(objects: &Objects) -> Vec<Judged<'_>> {
    let mut subjects = Vec::new();
    let mut owned: BTreeMap<SubjectKey, Vec<(&Object, &Given)>> = BTreeMap::new();
    // What is no workload is no subject by itself, nor has it an owner that is one.
    for given in objects.judged().iter().filter(|given| given.key.kind.is_workload()) {
        let Some(object) = objects.object(given) else { continue };
        match (object.owner(), Target::of(object)) {
            (Some(owner), _) => owned.entry(owner).or_default().push((object, given)),
            (None, Some(target)) => subjects.push(Judged { what: What::Workload(target), given }),
            (None, None) => {}
        }
    }
    for (owner, given) in owned {
        let subject = Subject::of_owned(&owner, given.iter().map(|(object, _)| *object));
        let first = given.iter().map(|(_, given)| *given);
        let first = first.min_by(|one, other| objects.standing.compare(one, other));
        subjects.extend(subject.zip(first).map(|(subject, given)| Judged::other(subject, given)));
    }
    subjects.retain(|judged| !judged.is_finished());
    subjects
}

/// The objects that no workload reaches, and where they stand.
fn orphans(objects: &Objects) -> Vec<Judged<'_>> {
    let parts: Vec<&[Given]> = objects.judged().chunks(LOOKED_FOR_AT_ONCE).collect();
    let mut orphans = Vec::new();
    let Ok(()) = in_order(parts, AHEAD, &|part| orphans_among(objects, part), &mut |found| {
        orphans.extend(found);
        Ok::<(), Infallible>(())
    });
    orphans
}

/// Those among some objects. Of one that is given twice the last one counts.
fn orphans_among<'a>(objects: &'a Objects, part: &'a [Given]) -> Vec<Judged<'a>> {
    let is_last = |given: &&Given| {
        objects.given(&given.key).is_some_and(|last| objects.standing.compare(last, given).is_eq())
    };
    let others = part.iter().filter(|given| !given.key.kind.is_workload());
    let subjects = others.filter(is_last).filter_map(|given| {
        let object = objects.inventory.get(&given.key)?;
        Some(Judged::other(Subject::orphan(&objects.inventory, object)?, given))
    });
    subjects.collect()
}
