//! What policies that warn or deny make of an object that somebody creates or changes.
//!
//! Only a check that reads nothing but the object refuses, be it a workload or what a check judges in itself, and only what the object before the change did not
//! fail already: an edit that makes nothing worse is let through. What is not known never refuses. It must not
//! say it in words of its own. Next: [`crate::render::admission`] for what the client reads.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::debug_containers::review_debug_containers;
use super::evaluate::Policies;
use super::judge::{Found, Judged, judge_alone};
use super::neighbours::{NEIGHBOURS, review_neighbour};
use super::policy::{EffectiveCheck, EffectivePolicy, Namespaces, PolicyKey};
use super::select::{Selected, select};
use super::standing::Standing;
use super::subject::Target;
use super::waiver::waivers;
use super::weigh::{Weighed, WeighedCheck, WeighedFinding, weigh};
use crate::api::policy::Enforcement;
use crate::api::severity::FailOn;
use crate::catalogue::{Check, Outcome, Severity, WorkloadSubject};
use crate::inventory::object::ObjectKey;
use crate::inventory::snapshot::Remembered;
use crate::inventory::{Inventory, Kind, Metadata, Object, Workload};

/// An object as somebody wants it, and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object as it would be.
    pub after: Object,
    /// The object as it is; none for one that is created.
    pub before: Option<Object>,
    /// Whether it adds debug containers to a live Pod, and nothing else: by `pods/ephemeralcontainers`.
    pub adds_debug_containers: bool,
}

/// What is said of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Whether a policy that warns or denies is about the object.
    pub in_scope: bool,
    /// Whether something at or above `failOn` of such a policy is not known.
    pub unknown: bool,
    /// What refuses the change, worst first; empty when it is let through.
    pub denials: Vec<Objection>,
    /// What is said of it all the same, worst first.
    pub warnings: Vec<Objection>,
}

impl Review {
    /// Adds what is said of the same change for another reason. What refuses and what is said stays in the order of
    /// the reasons.
    pub fn add(&mut self, other: Self) {
        self.in_scope |= other.in_scope;
        self.unknown |= other.unknown;
        self.denials.extend(other.denials);
        self.warnings.extend(other.warnings);
    }
}

/// One thing that fails, and who asked.
#[derive(Clone, Debug)]
pub struct Objection {
    /// The check.
    pub check: &'static Check,
    /// Worst severity that a policy gives it.
    pub severity: Severity,
    /// Policies that asked.
    pub policies: BTreeSet<PolicyKey>,
    /// What was found.
    pub found: Found,
}

impl PartialEq for Objection {
    fn eq(&self, other: &Self) -> bool {
        (self.check.name, self.severity, &self.policies, &self.found)
            == (other.check.name, other.severity, &other.policies, &other.found)
    }
}

impl Eq for Objection {}

/// Kinds and namespaces that policies warn or deny in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Kinds of workloads, and of what stands before them; none when no policy warns or denies.
    pub kinds: BTreeSet<Kind>,
    /// Namespaces; absent when a policy of the whole cluster is among them.
    pub namespaces: Option<BTreeSet<String>>,
}

impl Scope {
    /// What these policies warn or deny in.
    pub fn of<'a>(policies: impl IntoIterator<Item = &'a EffectivePolicy>) -> Self {
        let mut scope = Self { kinds: BTreeSet::new(), namespaces: Some(BTreeSet::new()) };
        for policy in policies.into_iter().filter(|policy| policy.is_enforced()) {
            scope.kinds.extend(&policy.selection.kinds);
            let reads = policy.reads();
            scope.kinds.extend(NEIGHBOURS.iter().filter(|kind| reads.contains(kind)));
            match (&policy.selection.namespaces, &mut scope.namespaces) {
                (Namespaces::Own(own), Some(namespaces)) => {
                    namespaces.insert(own.clone());
                }
                (Namespaces::Own(_), None) => {}
                (Namespaces::Matching { .. }, namespaces) => *namespaces = None,
            }
        }
        scope
    }

    /// Whether nothing is warned of or denied.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

/// Judges a change by every policy that warns or denies and is about the object as it would be.
/// The inventory is afterwards as it was.
pub fn review(change: &Change, policies: Policies<'_>, inventory: &mut Inventory, now: Timestamp) -> Review {
    if NEIGHBOURS.contains(&change.after.kind()) {
        return review_neighbour(change, policies, inventory, now);
    }
    if change.adds_debug_containers {
        return review_debug_containers(change, policies, inventory, now);
    }
    review_workload(change, policies, inventory, now)
}

fn review_workload(change: &Change, policies: Policies<'_>, inventory: &Inventory, now: Timestamp) -> Review {
    let mut review = Review::default();
    let Some(target) = Target::of(&change.after) else { return review };
    let metadata = target.metadata();
    // Whoever takes finalizers off must not be held up.
    if metadata.is_deleting() {
        return review;
    }
    let enforced = policies.about(&metadata.namespace).filter(|policy| policy.is_enforced());
    let enforced =
        enforced.filter(|policy| select(policy, target.kind(), metadata, inventory) == Selected::Yes);
    let enforced: Vec<&EffectivePolicy> = enforced.collect();
    review.in_scope = !enforced.is_empty();
    let Target::Workload(after) = target else {
        review.unknown = review.in_scope;
        return review;
    };
    let after = Side::judge(after, &enforced, (inventory, None), now);
    let before = match change.before.as_ref().map(Target::of) {
        None => Before::Nothing,
        Some(Some(Target::Workload(before))) => {
            Before::Known(Side::judge(before, &enforced, (inventory, None), now))
        }
        // It was there, and what was wrong with it cannot be told: nothing is known to be worse.
        Some(_) => Before::Unreadable,
    };
    let mut objections = Objections::default();
    for policy in enforced {
        objections.add(policy, after.weigh(policy, now), &before, now);
    }
    objections.finish(review)
}

pub(super) static NOTHING: Judged =
    Judged { outcome: Outcome::NotApplicable, findings: Vec::new(), next_change: None };

pub(super) type Question<'a> = (&'static str, &'a str, bool);

pub(super) fn question(effective: &EffectiveCheck) -> Question<'_> {
    (effective.check.name, &effective.compiled.parameters, effective.sees_others)
}

/// A workload before or after the change, judged by every check once.
pub(super) struct Side<'a> {
    workload: &'a Workload,
    judged: BTreeMap<Question<'a>, Judged>,
}

enum Before<'a> {
    Nothing,
    Known(Side<'a>),
    Unreadable,
}

impl<'a> Side<'a> {
    /// Judges by the checks of these policies, or by those alone that read a kind.
    pub(super) fn judge(
        workload: &'a Workload,
        policies: &[&'a EffectivePolicy],
        (inventory, reading): (&Inventory, Option<Kind>),
        now: Timestamp,
    ) -> Self {
        let namespace = inventory.namespace(&workload.metadata.namespace);
        let remembered = Remembered::default();
        let mut judged = BTreeMap::new();
        let asked = |check: &&EffectiveCheck| reading.is_none_or(|kind| check.compiled.reads.contains(&kind));
        for effective in policies.iter().flat_map(|policy| &policy.checks).filter(asked) {
            let namespace = namespace.seeing_others(effective.sees_others).remembering(workload, &remembered);
            let subject = WorkloadSubject { workload, namespace, now };
            let answer = || judge_alone(effective.check, &effective.compiled, &subject);
            judged.entry(question(effective)).or_insert_with(answer);
        }
        Self { workload, judged }
    }

    /// What a policy makes of it.
    pub(super) fn weigh<'b>(&'b self, policy: &'b EffectivePolicy, now: Timestamp) -> Weighed<'b> {
        self.weigh_as(&self.workload.metadata, policy, now)
    }

    /// What a policy makes of it with the waivers of another object.
    pub(super) fn weigh_as<'b>(
        &'b self,
        metadata: &Metadata,
        policy: &'b EffectivePolicy,
        now: Timestamp,
    ) -> Weighed<'b> {
        let answer = |check: &'b EffectiveCheck| Some(self.judged.get(&question(check)).unwrap_or(&NOTHING));
        weigh(policy, answer, &waivers(&metadata.annotations), now)
    }
}

/// Whether a failure that is new refuses a change of the object itself.
fn may_deny(
    policy: &EffectivePolicy,
    check: &WeighedCheck<'_, Found>,
    finding: &WeighedFinding<'_, Found>,
) -> bool {
    policy.enforcement == Enforcement::Deny
        && finding.blocks
        && check.asked.compiled.reads.is_empty()
        && finding.found.object.is_none()
}

/// Adds up what policies object to.
#[derive(Default)]
pub(super) struct Objections {
    found: BTreeMap<(&'static str, Found), (Objection, bool)>,
    unknown: bool,
}

impl Objections {
    fn add(&mut self, policy: &EffectivePolicy, weighed: Weighed<'_>, before: &Before<'_>, now: Timestamp) {
        let mut standing = match before {
            Before::Known(before) => Standing::of(&before.weigh(policy, now)),
            Before::Nothing | Before::Unreadable => Standing::default(),
        };
        let advisory = policy.fail_on == FailOn::Never;
        for check in &weighed.checks {
            for finding in &check.findings {
                self.unknown |= finding.blocks && finding.outcome == Outcome::Unknown;
                if finding.outcome != Outcome::Fail || !(finding.blocks || advisory) {
                    continue;
                }
                let stood = matches!(before, Before::Unreadable) || standing.take(check, finding);
                let denies = may_deny(policy, check, finding) && !stood;
                self.object(policy, (check, finding), finding.found.object.as_ref(), denies);
            }
        }
    }

    /// Adds what a change adds to what a workload fails already. A change of another object refuses nothing, and the
    /// workload is named.
    pub(super) fn add_new(
        &mut self,
        policy: &EffectivePolicy,
        weighed: Weighed<'_>,
        mut standing: Standing,
        another: Option<&ObjectKey>,
    ) {
        let advisory = policy.fail_on == FailOn::Never;
        for check in &weighed.checks {
            for finding in &check.findings {
                self.unknown |= finding.blocks && finding.outcome == Outcome::Unknown;
                let fails = finding.outcome == Outcome::Fail && (finding.blocks || advisory);
                if fails && !standing.take(check, finding) {
                    let denies = another.is_none() && may_deny(policy, check, finding);
                    let about = finding.found.object.as_ref().or(another);
                    self.object(policy, (check, finding), about, denies);
                }
            }
        }
    }

    fn object(
        &mut self,
        policy: &EffectivePolicy,
        (check, finding): (&WeighedCheck<'_>, &WeighedFinding<'_>),
        about: Option<&ObjectKey>,
        denies: bool,
    ) {
        let found = Found { object: about.cloned(), ..finding.found.clone() };
        let key = (check.asked.check.name, found.clone());
        let (objection, denied) = self.found.entry(key).or_insert_with(|| {
            let policies = BTreeSet::new();
            (Objection { check: check.asked.check, severity: finding.severity, policies, found }, false)
        });
        objection.severity = objection.severity.max(finding.severity);
        objection.policies.insert(policy.key.clone());
        *denied |= denies;
    }

    /// All of it, worst first.
    pub(super) fn finish(self, review: Review) -> Review {
        let mut all: Vec<(Objection, bool)> = self.found.into_values().collect();
        all.sort_by(|(one, _), (other, _)| {
            let rank = |objection: &Objection| (Reverse(objection.severity), objection.check.name);
            rank(one).cmp(&rank(other)).then_with(|| one.found.cmp(&other.found))
        });
        let (denials, warnings): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, denies)| *denies);
        let objections = |side: Vec<(Objection, bool)>| side.into_iter().map(|(one, _)| one).collect();
        Review {
            unknown: review.unknown || self.unknown,
            denials: objections(denials),
            warnings: objections(warnings),
            ..review
        }
    }
}
