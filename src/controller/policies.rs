//! The policies there are: as written, as resolved, and what status they were given.
//!
//! It must not look at workloads. Next: [`super::state`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::listed::Listed;
use super::readers::Readers;
use super::watched::{PolicyObject, PolicySpecObject};
use crate::api::condition::{Condition, ConditionStatus, ConditionType, Reason};
use crate::api::policy_status::PolicyStatus;
use crate::catalogue::Family;
use crate::engine::admission::Scope;
use crate::engine::evaluate::Policies;
use crate::engine::policy::{EffectivePolicy, PolicyKey};
use crate::engine::resolve::{Problem, Spec, resolve_without};
use crate::inventory::SubjectKey;
use crate::render::events::Happening;

/// A policy's status is written at once and then at most this often.
const STATUS_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// Every policy.
#[derive(Debug, Default)]
pub struct PolicyBook {
    namespaced: Listed<PolicyKey, Slot>,
    cluster: Listed<PolicyKey, Slot>,
    effective: BTreeMap<PolicyKey, EffectivePolicy>,
    invalid: BTreeMap<PolicyKey, BTreeSet<SubjectKey>>,
    readers: Readers,
    /// Those that warn or deny.
    enforced: BTreeSet<PolicyKey>,
    /// Families of checks that the installation has switched off.
    families_off: BTreeSet<Family>,
}

/// One policy.
#[derive(Debug)]
pub struct Slot {
    /// Uid of the policy.
    pub uid: String,
    /// Generation of its spec.
    pub generation: i64,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// What is wrong with its spec; empty when nothing is.
    pub problems: Vec<Problem>,
    /// The status on the server, as far as is known.
    pub status: PolicyStatus,
    /// A status that is being written, and what is worth an Event once it is.
    pub sent: Option<(PolicyStatus, Option<Happening>)>,
    /// Whether it was compliant when that was last known: what a change is told from.
    pub compliant: Option<bool>,
    /// Generation whose fence this process saw pass.
    pub fenced: Option<i64>,
    /// No status is written before this moment.
    pub quiet_until: Option<Timestamp>,
    spec: Result<PolicySpecObject, String>,
    version: u64,
}

/// What a policy event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChange {
    /// Nothing that matters.
    None,
    /// Only its status, by somebody else.
    Status,
    /// Its spec, or it is new.
    Spec,
}

impl PolicyBook {
    /// No policy, in an installation that has switched these families off.
    pub fn without(families_off: BTreeSet<Family>) -> Self {
        Self { families_off, ..Self::default() }
    }

    /// A list of one kind of policies begins.
    pub fn begin(&mut self, cluster: bool) {
        self.slots_mut(cluster).begin();
    }

    const fn slots(&self, cluster: bool) -> &Listed<PolicyKey, Slot> {
        if cluster { &self.cluster } else { &self.namespaced }
    }

    const fn slots_mut(&mut self, cluster: bool) -> &mut Listed<PolicyKey, Slot> {
        if cluster { &mut self.cluster } else { &mut self.namespaced }
    }

    /// A policy is there.
    pub fn insert(&mut self, object: PolicyObject) -> PolicyChange {
        let PolicyObject { key, uid, generation, version, created, spec, status } = object;
        // An echo of a status brings the spec that is resolved already.
        let known = self.slot(&key).filter(|before| before.uid == uid && before.spec == spec);
        let problems = match known {
            Some(before) => before.problems.clone(),
            None => self.resolve(&key, &spec).err().unwrap_or_default(),
        };
        let compliant = compliant(&status);
        let mut slot = Slot {
            compliant,
            uid,
            generation,
            created,
            problems,
            status,
            sent: None,
            fenced: None,
            quiet_until: None,
            spec,
            version,
        };
        let slots = self.slots_mut(key.is_cluster());
        let Some(before) = slots.get_mut(&key) else {
            slots.insert(key, slot);
            return PolicyChange::Spec;
        };
        let same = before.uid == slot.uid;
        let change = if !same || before.spec != slot.spec || before.generation != slot.generation {
            PolicyChange::Spec
        } else if before.status == slot.status || before.version >= slot.version {
            PolicyChange::None
        } else {
            PolicyChange::Status
        };
        if same {
            slot.sent = before.sent.take();
            slot.quiet_until = before.quiet_until;
            slot.fenced = before.fenced;
            slot.compliant = before.compliant;
            // An echo from before our own last write says nothing.
            if before.version > slot.version {
                slot.status = std::mem::take(&mut before.status);
                slot.version = before.version;
            }
        }
        slots.insert(key, slot);
        change
    }

    fn resolve(
        &mut self,
        key: &PolicyKey,
        spec: &Result<PolicySpecObject, String>,
    ) -> Result<(), Vec<Problem>> {
        let resolved = |spec| resolve_without(&self.families_off, key.clone(), spec);
        let resolved = match spec {
            Ok(PolicySpecObject::Namespaced(spec)) => resolved(Spec::Namespaced(spec)),
            Ok(PolicySpecObject::Cluster(spec)) => resolved(Spec::Cluster(spec)),
            Err(message) => Err(vec![Problem { field: "spec".to_owned(), message: message.clone() }]),
        };
        match resolved {
            Ok(policy) => {
                self.invalid.remove(key);
                self.readers.set(key, Some(&policy));
                if policy.is_enforced() {
                    self.enforced.insert(key.clone());
                } else {
                    self.enforced.remove(key);
                }
                self.effective.insert(key.clone(), policy);
                Ok(())
            }
            Err(problems) => {
                self.readers.set(key, None);
                self.enforced.remove(key);
                self.effective.remove(key);
                self.invalid.entry(key.clone()).or_default();
                Err(problems)
            }
        }
    }

    /// Remembers which workloads a policy selected before it became invalid: their verdict is Unknown
    /// now, so that a typo never turns a report green.
    pub fn remember(&mut self, key: &PolicyKey, selected: BTreeSet<SubjectKey>) {
        if let Some(remembered) = self.invalid.get_mut(key)
            && remembered.is_empty()
        {
            *remembered = selected;
        }
    }

    /// The invalid policies of which nobody remembers what they selected.
    pub fn forgotten(&self) -> Vec<PolicyKey> {
        self.invalid.iter().filter(|(_, selected)| selected.is_empty()).map(|(key, _)| key.clone()).collect()
    }

    /// A policy is gone. Says whether it was known.
    pub fn remove(&mut self, key: &PolicyKey, uid: &str) -> bool {
        let slots = self.slots_mut(key.is_cluster());
        let removed = slots.remove_if(key, |slot| uid.is_empty() || slot.uid == uid).is_some();
        if removed {
            self.withdraw(key);
        }
        removed
    }

    /// A list of one kind has ended: the policies that it did not show are gone.
    pub fn end(&mut self, cluster: bool) -> Vec<PolicyKey> {
        let gone: Vec<_> = self.slots_mut(cluster).end().into_iter().map(|(key, _)| key).collect();
        for key in &gone {
            self.withdraw(key);
        }
        gone
    }

    fn withdraw(&mut self, key: &PolicyKey) {
        self.readers.set(key, None);
        self.enforced.remove(key);
        self.effective.remove(key);
        self.invalid.remove(key);
    }

    /// Who reads which kinds.
    pub const fn readers(&self) -> &Readers {
        &self.readers
    }

    /// What evaluation reads.
    pub const fn view(&self) -> Policies<'_> {
        Policies { effective: &self.effective, invalid: &self.invalid }
    }

    /// What policies warn or deny in.
    pub fn scope(&self) -> Scope {
        Scope::of(self.enforced.iter().filter_map(|key| self.effective.get(key)))
    }

    /// A policy in force.
    pub fn effective(&self, key: &PolicyKey) -> Option<&EffectivePolicy> {
        self.effective.get(key)
    }

    /// A policy as it stands.
    pub fn slot(&self, key: &PolicyKey) -> Option<&Slot> {
        self.slots(key.is_cluster()).get(key)
    }

    /// A policy as it stands, to change it.
    pub fn slot_mut(&mut self, key: &PolicyKey) -> Option<&mut Slot> {
        self.slots_mut(key.is_cluster()).get_mut(key)
    }

    /// Every policy.
    pub fn keys(&self) -> impl Iterator<Item = &PolicyKey> {
        self.cluster.iter().chain(self.namespaced.iter()).map(|(key, _)| key)
    }
}

impl Slot {
    /// Whether its status says of its present generation whether it is compliant.
    pub fn is_judged(&self) -> bool {
        self.status.observed_generation == Some(self.generation) && compliant(&self.status).is_some()
    }

    /// Whether this generation got its verdict before: then it was compared with the server, and a
    /// restart does not compare again.
    pub fn has_passed_fence(&self) -> bool {
        if self.fenced == Some(self.generation) {
            return true;
        }
        let fencing = |condition: &Condition| {
            condition.type_ == ConditionType::Reconciling.as_str()
                && condition.reason == Reason::Fencing.as_str()
        };
        let judged = |condition: &Condition| {
            condition.type_ == ConditionType::Compliant.as_str()
                && condition.observed_generation == Some(self.generation)
                && condition.reason != Reason::PolicyInvalid.as_str()
                && condition.reason != Reason::Suspended.as_str()
        };
        let status = &self.status;
        status.observed_generation == Some(self.generation)
            && status.conditions.iter().any(judged)
            && !status.conditions.iter().any(fencing)
    }

    /// A write of a status has ended; with a version, it is what the server has now. Returns what is
    /// worth an Event.
    pub fn acknowledged(&mut self, version: Option<&str>, now: Timestamp) -> Option<Happening> {
        self.quiet_until = now.checked_add(STATUS_INTERVAL).ok();
        let (status, happening) = self.sent.take()?;
        let version = version?;
        self.compliant = compliant(&status).or(self.compliant);
        self.status = status;
        self.version = self.version.max(version.parse().unwrap_or_default());
        happening
    }
}

/// Whether a status says that the policy is compliant; nothing when it says that this is not known.
pub fn compliant(status: &PolicyStatus) -> Option<bool> {
    let compliant = ConditionType::Compliant.as_str();
    match status.conditions.iter().find(|condition| condition.type_ == compliant)?.status {
        ConditionStatus::True => Some(true),
        ConditionStatus::False => Some(false),
        ConditionStatus::Unknown => None,
    }
}
