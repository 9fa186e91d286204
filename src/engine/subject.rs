//! What is judged together and reported as one: a workload, everything that one owner owns directly, or an
//! object that no workload reaches.
//!
//! It says which of an owner's Pods and Jobs are targets, and what the report calls their owner. It must not
//! know policies. Next: [`super::evaluate`].

use jiff::Timestamp;

use crate::inventory::metadata::OwnerReference;
use crate::inventory::object::{ObjectKey, Undecodable};
use crate::inventory::owners::OWNED_KINDS;
use crate::inventory::workload::Phase;
use crate::inventory::{Inventory, Kind, Metadata, Object, SubjectKey, Workload};

/// One object that is judged: a workload, another object, or what is known of one that could not be decoded.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A workload.
    Workload(&'a Workload),
    /// An object that no workload reaches.
    Orphan(&'a Object),
    /// An object whose text does not have the shape of its kind, and what is known of it.
    Broken(&'a Object, &'a Undecodable),
}

impl<'a> Target<'a> {
    /// The target that an object is, if it is one.
    pub fn of(object: &'a Object) -> Option<Self> {
        match object {
            Object::Workload(workload) => Some(Self::Workload(workload)),
            Object::Broken(broken) if broken.kind.is_workload() => Some(Self::Broken(object, broken)),
            _ => None,
        }
    }

    /// The target that an object is which is no workload.
    fn of_orphan(object: &'a Object) -> Self {
        match object {
            Object::Broken(broken) => Self::Broken(object, broken),
            _ => Self::Orphan(object),
        }
    }

    /// Metadata of the object.
    pub const fn metadata(&self) -> &'a Metadata {
        match self {
            Self::Workload(workload) => &workload.metadata,
            Self::Orphan(object) | Self::Broken(object, _) => object.metadata(),
        }
    }

    /// Kind of the object.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Workload(workload) => workload.kind,
            Self::Orphan(object) | Self::Broken(object, _) => object.kind(),
        }
    }

    /// Whether it is a Job or Pod that has come to its end.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Workload(workload) if workload.phase == Phase::Finished)
    }

    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Workload(one), Self::Workload(two)) => one.kind == two.kind && one.pod == two.pod,
            _ => false,
        }
    }
}

/// One target of a subject.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// Which object.
    pub key: ObjectKey,
    /// The object.
    pub target: Target<'a>,
    /// The place among the members of the first one with the same template.
    pub template: usize,
}

/// What is judged together and reported as one.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Which subject.
    pub key: SubjectKey,
    /// Its targets, in order of kind and name: a workload alone, or what an owner owns. Never empty.
    pub members: Vec<Member<'a>>,
    /// How its newest member names the owner, if it is one.
    owner: Option<&'a OwnerReference>,
    /// Whether more than one object stands for it.
    several: bool,
    /// When the oldest object of the subject was created, if all that is known.
    since: Option<Timestamp>,
}

/// The object that a report, or an Event, is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which subject.
    pub key: SubjectKey,
    /// Its API group and version.
    pub api_version: String,
    /// Its uid; empty in files.
    pub uid: String,
}

impl<'a> Subject<'a> {
    /// The subject of this key, if anything of it is a target.
    pub fn find(inventory: &'a Inventory, key: &SubjectKey) -> Option<Self> {
        if key.workload_kind().is_none() {
            return Self::of_owned(key, inventory.owned_by(key)).or_else(|| Self::of_orphan(inventory, key));
        }
        let object = inventory.get(&key.object()?)?;
        // One that came to have an owner is judged as its owner's.
        if object.owner().is_some() {
            return None;
        }
        let target = Target::of(object)?;
        // A bare Pod that came to its end is no target any more; a Job still counts.
        (!is_finished_pod(&target)).then(|| Self::of_workload(target))
    }

    /// An object that is no workload, if it is there and no workload reaches it.
    fn of_orphan(inventory: &'a Inventory, key: &SubjectKey) -> Option<Self> {
        let object = key.object()?;
        let named = || ObjectKey { kind: Kind::SecretMetadata, ..object.clone() };
        let is_secret = object.kind == Kind::Secret;
        let object = inventory.get(&object).or_else(|| inventory.get(&named()).filter(|_| is_secret))?;
        Self::orphan(inventory, object).filter(|orphan| orphan.key == *key)
    }

    /// An object that is no workload, if no workload reaches it.
    pub fn orphan(inventory: &'a Inventory, object: &'a Object) -> Option<Self> {
        let key = inventory.orphan_key(object).filter(|_| !inventory.is_reached(object))?;
        let member = Member { key: object.key(), target: Target::of_orphan(object), template: 0 };
        let since = object.metadata().creation_timestamp();
        Some(Self { key, members: vec![member], owner: None, since, several: false })
    }

    /// A workload by itself.
    pub fn of_workload(target: Target<'a>) -> Self {
        let metadata = target.metadata();
        let key = key(&target);
        Self {
            key: key.clone().into(),
            members: vec![Member { key, target, template: 0 }],
            owner: None,
            several: false,
            since: metadata.creation_timestamp(),
        }
    }

    /// What this owner owns. Those that came to their end are no targets; when all have, the Jobs among them
    /// still count. Those that are being deleted are targets only when all others are.
    pub fn of_owned(owner: &SubjectKey, objects: impl IntoIterator<Item = &'a Object>) -> Option<Self> {
        let mut targets: Vec<Target<'a>> = objects.into_iter().filter_map(Target::of).collect();
        let created = targets.iter().filter_map(|target| target.metadata().creation_timestamp());
        let since = created.min();
        targets.retain(|target| !is_finished_pod(target));
        narrow(&mut targets, |target| !target.is_finished());
        narrow(&mut targets, |target| !target.metadata().is_deleting());
        targets.sort_by_key(key);
        // An owner that was made anew under the same name has a new uid; its newest objects know it.
        let owned = targets.iter().filter(|target| target.kind().custom().is_none());
        let newest = owned.max_by_key(|target| target.metadata().creation_timestamp());
        let reference = newest.and_then(|newest| newest.metadata().controller());
        // Policies may name two places of a template in one kind.
        let several = targets.len() > 1;
        let mut members: Vec<Member<'a>> = Vec::with_capacity(targets.len());
        for target in targets {
            let like = members.iter().find(|member| member.target.is_like(&target));
            let template = like.map_or(members.len(), |member| member.template);
            members.push(Member { key: key(&target), target, template });
        }
        let first = members.first()?;
        (reference.is_some() || first.target.kind().custom().is_some()).then(|| Self {
            key: owner.clone(),
            owner: reference,
            several,
            since,
            members,
        })
    }

    /// Whether it is an object that no workload reaches, one that cannot be decoded among them.
    pub fn is_orphan(&self) -> bool {
        self.members.first().is_some_and(|member| !member.key.kind.is_workload())
    }

    /// The one object that it is, if it is no owner.
    pub fn workload(&self) -> Option<Target<'a>> {
        if self.is_owner() { None } else { self.members.first().map(|member| member.target) }
    }

    /// Whether it stands for what it owns.
    pub const fn is_owner(&self) -> bool {
        self.owner.is_some() || self.several
    }

    /// The object that its report is about.
    pub fn identity(&self) -> Identity {
        let first = self.members.first().map(|member| member.target);
        let custom = self.members.iter().map(|member| member.target);
        let custom = custom.filter(|target| target.kind().is_of_a_definition()).find_map(|target| {
            let metadata = target.metadata();
            Some((metadata.written()?.api_version.clone().into_string(), metadata.uid().to_string()))
        });
        if let Some((api_version, uid)) = custom {
            return Identity { key: self.key.clone(), api_version, uid };
        }
        let (api_version, uid) = match (self.owner, first) {
            (Some(owner), _) => (owner.api_version.clone(), owner.uid.to_string()),
            (None, Some(target)) => (target.kind().api_version(), target.metadata().uid().to_string()),
            (None, None) => (String::new(), String::new()),
        };
        Identity { key: self.key.clone(), api_version, uid }
    }

    /// Whether all of it has come to its end: then it counts, and has no report.
    pub fn is_finished(&self) -> bool {
        self.members.iter().all(|member| member.target.is_finished())
    }

    /// Whether all of it is being deleted: then it is judged, and counts for nothing.
    pub fn is_deleting(&self) -> bool {
        self.members.iter().all(|member| member.target.metadata().is_deleting())
    }

    /// When its oldest object was created; absent in files.
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Whether it is made of Pods and Jobs alone, with no workload above them.
    pub fn is_bare(&self) -> bool {
        self.members.iter().all(|member| OWNED_KINDS.contains(&member.key.kind))
    }

    /// Kinds of which an owner may own more than can be seen now, and of which nothing is known.
    pub fn unseen_kinds(&self, inventory: &Inventory) -> Vec<Kind> {
        if !self.is_owner() {
            return Vec::new();
        }
        let is_known = |kind: Kind| self.members.iter().any(|member| member.key.kind == kind);
        let is_blind = |kind: &Kind| inventory.coverage_in(*kind, &self.key.namespace).is_blind();
        let unseen = |kind: &Kind| is_blind(kind) && !is_known(*kind);
        OWNED_KINDS.into_iter().filter(unseen).collect()
    }
}

fn key(target: &Target<'_>) -> ObjectKey {
    let metadata = target.metadata();
    ObjectKey { namespace: metadata.namespace.clone(), kind: target.kind(), name: metadata.name.clone() }
}

fn is_finished_pod(target: &Target<'_>) -> bool {
    target.kind() == Kind::Pod && target.is_finished()
}

/// Keeps those that are wanted, or all if none is.
fn narrow<'a>(targets: &mut Vec<Target<'a>>, is_wanted: impl Fn(&Target<'a>) -> bool) {
    if targets.iter().any(&is_wanted) {
        targets.retain(is_wanted);
    }
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
