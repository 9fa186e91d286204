//! The operator's own reports: what is on the server, and what is on its way there.
//!
//! [`Reports::plan`] compares a report as it should be with the one that is there and returns nothing
//! when they are equal. It must not judge. Next: [`super::writer`].

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::Value;

use super::commands::Trigger;
use super::listed::Listed;
use crate::api::API_VERSION;
use crate::engine::policy::PolicyKey;
use crate::engine::subject::Identity;
use crate::inventory::{SubjectKey, Uid};
use crate::ops::calls::Written as Response;
use crate::ops::metadata::ObjectMetadata;
use crate::render::events::Happening;
use crate::render::report::{
    self, DesiredReport, OWN_LABELS, POLICIES_ANNOTATION, VERDICT_LABEL, WRITTEN_ANNOTATION, Written,
    verdict_label,
};

/// Namespace and name of a report.
pub type ReportKey = (String, String);

/// Every report.
#[derive(Debug, Default)]
pub struct Reports {
    slots: Listed<ReportKey, Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    known: Option<Known>,
    sent: Option<Sent>,
    /// What it is about.
    subject: Option<SubjectKey>,
    /// Somebody asked for a plan while a write was on its way, and why.
    again: Option<Box<(SubjectKey, Trigger)>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Known {
    uid: Uid,
    version: u64,
    generation: i64,
    subject_api_version: String,
    subject_uid: Uid,
    /// Our own of its labels, as a hash: thousands of reports have one of a few sets.
    labels: u64,
    verdict: Option<Box<str>>,
    written: Option<Written>,
    /// The policies that it is about, as its annotation names them.
    policies: String,
}

#[derive(Debug)]
enum Sent {
    Report { known: Box<Known>, happening: Option<Box<Happening>> },
    Deletion,
}

/// What the end of a write means.
#[derive(Debug, Default)]
pub struct Acknowledged {
    /// The subject that must be looked at again, and why.
    pub again: Option<(SubjectKey, Trigger)>,
    /// What is worth an Event now that it is written.
    pub happening: Option<Happening>,
}

/// A write that a report needs.
#[derive(Debug, PartialEq)]
pub enum ReportWrite {
    /// Apply this object. It is JSON text: hundreds may wait to be written, and a tree of values is many small
    /// blocks among those that stay.
    Apply(Box<str>),
    /// Delete the report with this uid.
    Delete(String),
}

impl Reports {
    /// A list begins.
    pub fn begin(&mut self) {
        self.slots.begin();
    }

    /// A list has ended. Hands back the subjects of reports that are gone.
    pub fn end(&mut self) -> Vec<ReportKey> {
        self.slots.end().into_iter().map(|(key, _)| key).collect()
    }

    /// Packs it, as [`crate::inventory::Inventory::pack`] does.
    pub fn pack(&mut self) {
        self.slots.pack();
    }

    /// A report is there. Says whether somebody else made it what it is.
    pub fn observed(&mut self, metadata: ObjectMetadata) -> (ReportKey, Option<SubjectKey>, bool) {
        let subject = subject(&metadata);
        let known = Known::of(metadata.clone());
        let key = (metadata.namespace.unwrap_or_default(), metadata.name);
        let Some(slot) = self.slots.get_mut(&key) else {
            let foreign = known.is_foreign();
            let slot = Slot { known: Some(known), subject: subject.clone(), ..Slot::default() };
            self.slots.insert(key.clone(), slot);
            return (key, subject, foreign);
        };
        let newer = slot.known.as_ref().is_none_or(|before| known.version >= before.version);
        let changed = newer && slot.known.as_ref() != Some(&known);
        let mut slot = std::mem::take(slot);
        if newer {
            slot.known = Some(known);
            slot.subject.clone_from(&subject);
        }
        let foreign = changed && slot.sent.is_none();
        self.slots.insert(key.clone(), slot);
        (key, subject, foreign)
    }

    /// A report is gone. Hands back its subject if it was not the operator that deleted it.
    pub fn vanished(&mut self, key: &ReportKey, uid: &str) -> Option<SubjectKey> {
        let slot = self.slots.get_mut(key)?;
        if slot.known.as_ref().is_some_and(|known| known.uid != Uid::from(uid) && !uid.is_empty()) {
            return None;
        }
        slot.known = None;
        if slot.sent.is_some() {
            return None;
        }
        self.slots.remove_if(key, |_| true)?.subject
    }

    /// What a report is about, there or not.
    pub fn subject(&self, key: &ReportKey) -> Option<&SubjectKey> {
        self.slots.get(key)?.subject.as_ref()
    }

    /// What to write so that the report is as it should be; nothing when it is, or while a write is on
    /// its way (its end brings the subject back).
    pub fn plan(
        &mut self,
        key: &ReportKey,
        (subject, trigger): (&SubjectKey, Trigger),
        desired: Option<(&DesiredReport, Option<Happening>)>,
        now: Timestamp,
    ) -> Option<ReportWrite> {
        if self.slots.get(key).is_none() {
            desired.as_ref()?;
            self.slots.insert(key.clone(), Slot::default());
        }
        let slot = self.slots.get_mut(key)?;
        if slot.sent.is_some() {
            slot.again = Some(Box::new((subject.clone(), trigger)));
            return None;
        }
        let Some((desired, happening)) = desired else {
            let uid = slot.known.as_ref()?.uid.to_string();
            slot.sent = Some(Sent::Deletion);
            return Some(ReportWrite::Delete(uid));
        };
        if slot.known.as_ref().is_some_and(|known| known.is(desired)) {
            return None;
        }
        slot.subject = Some(subject.clone());
        let (body, known) = apply(slot.known.as_ref(), desired, now);
        slot.sent = Some(Sent::Report { known: Box::new(known), happening: happening.map(Box::new) });
        Some(ReportWrite::Apply(body.to_string().into()))
    }

    /// A write has ended.
    pub fn acknowledged(&mut self, key: &ReportKey, response: Option<&Response>) -> Acknowledged {
        let Some(slot) = self.slots.get_mut(key) else { return Acknowledged::default() };
        let mut acknowledged = Acknowledged { again: slot.again.take().map(|again| *again), happening: None };
        match (slot.sent.take(), response) {
            (Some(Sent::Report { known, happening }), Some(response)) => {
                acknowledged.happening = happening.map(|happening| *happening);
                let version = response.resource_version.parse().unwrap_or_default();
                if slot.known.as_ref().is_none_or(|before| before.version <= version) {
                    let generation = response.generation;
                    slot.known =
                        Some(Known { uid: response.uid.as_str().into(), version, generation, ..*known });
                }
            }
            // One that was refused leaves the report as it was: it is planned again.
            (Some(Sent::Deletion), Some(_)) => {
                slot.known = None;
                if acknowledged.again.is_none() {
                    self.slots.remove_if(key, |_| true);
                }
            }
            _ => {}
        }
        acknowledged
    }

    /// The report on a subject, there or not: of its name, or of the other where that holds another subject.
    pub fn key_of(&self, subject: &SubjectKey) -> ReportKey {
        let plain = (subject.namespace.clone(), report::name(subject));
        let hashed = || (subject.namespace.clone(), report::hashed_name(subject));
        let holder = self.subject(&plain);
        if holder.is_none_or(|holder| holder == subject) {
            // What once had to take the other name keeps it: there is one report on a subject.
            if holder.is_none() && self.subject(&hashed()) == Some(subject) {
                return hashed();
            }
            return plain;
        }
        hashed()
    }

    /// What a report on the server says of its subject and of the policies that are about it: all that is
    /// known of a subject that cannot be seen.
    pub fn remembered(&self, key: &ReportKey) -> Option<(Identity, BTreeSet<PolicyKey>)> {
        let slot = self.slots.get(key)?;
        let (known, subject) = (slot.known.as_ref()?, slot.subject.clone()?);
        let policy = |text: &str| {
            let (kind, name) = text.split_once('/')?;
            let cluster = PolicyKey { namespace: String::new(), name: name.to_owned() };
            let own = PolicyKey { namespace: key.0.clone(), ..cluster.clone() };
            [cluster, own].into_iter().find(|policy| policy.kind() == kind)
        };
        let policies = known.policies.split(',').filter_map(policy).collect();
        let (api_version, uid) = (known.subject_api_version.clone(), known.subject_uid.to_string());
        Some((Identity { key: subject, api_version, uid }, policies))
    }

    /// Whether the report on the server is about the object with this uid.
    pub fn is_about(&self, key: &ReportKey, uid: &str) -> bool {
        let known = self.slots.get(key).and_then(|slot| slot.known.as_ref());
        known.is_some_and(|known| known.subject_uid == Uid::from(uid))
    }

    /// The subjects whose reports name this policy.
    pub fn naming(&self, policy: &PolicyKey) -> BTreeSet<SubjectKey> {
        let name = policy.to_string();
        self.slots
            .iter()
            .filter(|((namespace, _), _)| policy.is_cluster() || *namespace == policy.namespace)
            .filter(|(_, slot)| {
                slot.known.as_ref().is_some_and(|known| known.policies.split(',').any(|known| known == name))
            })
            .filter_map(|(_, slot)| slot.subject.clone())
            .collect()
    }

    /// The verdict that the report on the server says, as its label does.
    pub fn verdict(&self, key: &ReportKey) -> Option<&str> {
        self.slots.get(key)?.known.as_ref()?.verdict.as_deref()
    }

    /// What the reports are about.
    pub fn subjects(&self) -> impl Iterator<Item = &SubjectKey> {
        self.slots.iter().filter_map(|(_, slot)| slot.subject.as_ref())
    }

    /// Every report there is.
    pub fn keys(&self) -> impl Iterator<Item = &ReportKey> {
        self.slots.iter().filter(|(_, slot)| slot.known.is_some()).map(|(key, _)| key)
    }
}

/// The object to apply and what will be known of it then.
fn apply(known: Option<&Known>, desired: &DesiredReport, now: Timestamp) -> (Value, Known) {
    let label = verdict_label(desired.readiness.status);
    let same = known.filter(|known| known.verdict.as_deref() == Some(label));
    let since = same.and_then(|known| known.written.as_ref()).map_or(now, |written| written.since);
    // The server counts generations up by one for each write that changes the content. Should the guess
    // be wrong, the report looks edited and is written once more.
    let generation = known.map_or(1, |known| known.generation + 1);
    let uid = known.map(|known| known.uid.to_string());
    let body = desired.body(uid.as_deref(), generation, since);
    let written = Written { hash: desired.hash.clone(), generation, since };
    let next = Known {
        uid: Uid::default(),
        version: 0,
        generation,
        subject_api_version: desired.subject_api_version.clone(),
        subject_uid: desired.subject_uid.clone(),
        labels: digest(desired.labels()),
        verdict: Some(label.into()),
        written: Some(written),
        policies: desired.policies(),
    };
    (body, next)
}

impl Known {
    fn of(metadata: ObjectMetadata) -> Self {
        let written = metadata.annotations.get(WRITTEN_ANNOTATION).and_then(Written::parse);
        let owner = metadata.owner_references.into_iter().next().unwrap_or_default();
        let own = |name: &&'static str| Some((*name, metadata.labels.get(name)?));
        Self {
            uid: metadata.uid.as_str().into(),
            version: metadata.resource_version.parse().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            subject_api_version: owner.api_version,
            subject_uid: owner.uid.as_str().into(),
            labels: digest(OWN_LABELS.iter().filter_map(own)),
            verdict: metadata.labels.get(VERDICT_LABEL).map(Into::into),
            written,
            policies: metadata.annotations.get(POLICIES_ANNOTATION).unwrap_or_default().to_owned(),
        }
    }

    /// Whether somebody else changed its content after the operator wrote it.
    fn is_foreign(&self) -> bool {
        self.written.as_ref().is_none_or(|written| written.generation < self.generation)
    }

    fn is(&self, desired: &DesiredReport) -> bool {
        !self.is_foreign()
            && self.written.as_ref().is_some_and(|written| written.hash == desired.hash)
            && self.subject_uid == desired.subject_uid
            && self.labels == digest(desired.labels())
    }
}

/// A hash of labels, whatever their order.
fn digest<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> u64 {
    let labels: BTreeMap<&str, &str> = labels.collect();
    let mut hasher = DefaultHasher::new();
    labels.hash(&mut hasher);
    hasher.finish()
}

/// What a report is about, by its owner reference.
fn subject(metadata: &ObjectMetadata) -> Option<SubjectKey> {
    let owner = metadata.owner_references.iter().find(|owner| owner.api_version != API_VERSION)?;
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    Some(SubjectKey::of_reference(namespace, (&owner.api_version, &owner.kind, &owner.name)))
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
