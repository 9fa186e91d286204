//! Judging what is dirty and planning what must be written.
//!
//! It must not do any I/O. Next: [`super::writer`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::commands::{Command, Trigger};
use super::happenings::{PolicyFacts, of_policy, of_workload};
use super::policies::compliant;
use super::reports::ReportKey;
use super::state::State;
use super::watched::Watched;
use crate::api::API_VERSION;
use crate::api::policy_status::PolicyStatus;
use crate::engine::evaluate::{Evaluation, Target, evaluate};
use crate::engine::policy::PolicyKey;
use crate::inventory::lookup::Coverage;
use crate::inventory::object::ObjectKey;
use crate::inventory::workload::Phase;
use crate::inventory::{Kind, Metadata};
use crate::render::conditions::{Standing, policy_status};
use crate::render::events::Happening;
use crate::render::report::{self, DesiredReport};

/// How long a bare Pod or Job must have lived before it gets a report: CI runners start hundreds that
/// are gone in seconds.
const REPORT_AFTER: SignedDuration = SignedDuration::from_secs(60);

impl State {
    /// Judges at most this many workloads, then brings policies up to date, and returns what must be
    /// written. Nothing is judged before every kind that is always watched is settled.
    pub fn judge(&mut self, now: Timestamp, most: usize) -> Vec<Command> {
        let mut commands = Vec::new();
        if !self.settled.all() || self.pause.until().is_some_and(|until| now < until) {
            return commands;
        }
        for key in self.ledger.due(now) {
            self.mark(key, Trigger::Workload);
        }
        for _ in 0..most {
            let Some((key, trigger)) = self.dirty.pop_first() else { break };
            let waited = self.waiting.remove(&key).unwrap_or(trigger);
            commands.extend(self.judge_one(&key, trigger.max(waited), now));
        }
        for (key, generation) in self.fences.passed(&self.inventory) {
            if let Some(slot) = self.policies.slot_mut(&key) {
                slot.fenced = Some(generation);
            }
            self.dirty_policies.insert(key);
        }
        commands.extend(self.policies_to_write(now));
        commands.extend(self.fences_to_begin(now));
        if self.leads {
            commands.extend(self.secrets.begin(&self.inventory, now).into_iter().map(Command::Secret));
        }
        commands.extend(self.happenings.drain(..).map(Command::Event));
        commands
    }

    fn judge_one(&mut self, key: &ObjectKey, trigger: Trigger, now: Timestamp) -> Option<Command> {
        let name: ReportKey = (key.namespace.clone(), report::name(key));
        let Some(target) = self.inventory.get(key).and_then(Target::of).filter(is_target) else {
            let changed = self.ledger.forget(key);
            self.dirty_policies.extend(changed);
            // Not in the index is not gone, unless the index has all there is.
            if self.inventory.coverage(key.kind).gap().is_some() {
                return None;
            }
            return self.plan(&name, (key, trigger), None, now);
        };
        if self.must_wait(key.kind, target.metadata()) {
            self.put_aside(key, trigger);
            return None;
        }
        let evaluation = evaluate(target, self.policies.view(), &self.inventory, now);
        let trigger = self.of_first_pass((key, trigger), &name, &evaluation);
        let counted = !target.metadata().is_deleting();
        let (desired, wake) = desired(target, &evaluation, now);
        let happening = desired.as_ref().and_then(|desired| {
            let facts = |key: &PolicyKey| {
                self.policies
                    .slot(key)
                    .map(|slot| PolicyFacts { uid: slot.uid.clone(), created: slot.created })
            };
            of_workload((target, trigger), self.reports.verdict(&name), desired, &evaluation, facts)
        });
        let changed = self.ledger.record(key, &evaluation, counted);
        self.ledger.wake(key, wake);
        if trigger == Trigger::Policy {
            self.by_policy.extend(changed.iter().cloned());
        }
        self.dirty_policies.extend(changed);
        self.plan(&name, (key, trigger), desired.as_ref().map(|desired| (desired, happening)), now)
    }

    /// To a process that has just begun, or just begun to lead, every workload looks new or nothing changed.
    /// If a policy did since the report was written, that is why it is judged.
    fn of_first_pass(
        &self,
        (key, trigger): (&ObjectKey, Trigger),
        name: &ReportKey,
        evaluation: &Evaluation,
    ) -> Trigger {
        let is_first = trigger == Trigger::Pass || self.ledger.outcomes(key).is_none();
        let changed = evaluation.policies.keys().any(|policy| self.by_policy.contains(policy));
        if is_first && changed && self.reports.verdict(name).is_some() { Trigger::Policy } else { trigger }
    }

    fn plan(
        &mut self,
        name: &ReportKey,
        subject: (&ObjectKey, Trigger),
        desired: Option<(&DesiredReport, Option<Happening>)>,
        now: Timestamp,
    ) -> Option<Command> {
        if !self.leads {
            return None;
        }
        let write = self.reports.plan(name, subject, desired, report::whole_second(now))?;
        Some(Command::Report(name.clone(), write))
    }

    fn policies_to_write(&mut self, now: Timestamp) -> Vec<Command> {
        if !self.leads {
            return Vec::new();
        }
        let dirty = std::mem::take(&mut self.dirty_policies);
        let (due, later): (BTreeSet<_>, BTreeSet<_>) =
            dirty.into_iter().partition(|key| self.is_judged(key) && !self.is_quiet(key, now));
        self.dirty_policies = later;
        due.into_iter().filter_map(|key| self.status_to_write(&key, now)).collect()
    }

    /// Whether the policy is not held and nothing waits that it could be about: its verdict before that would
    /// be about yesterday's.
    pub(super) fn is_judged(&self, policy: &PolicyKey) -> bool {
        let namespace = policy.namespace.clone();
        let first = ObjectKey { namespace, kind: Kind::default(), name: String::new() };
        let is_done = |queue: &BTreeMap<ObjectKey, Trigger>| {
            let waiting = queue.range(&first..).next();
            waiting.is_none_or(|(key, _)| !policy.is_cluster() && key.namespace != policy.namespace)
        };
        is_done(&self.dirty) && is_done(&self.waiting) && !self.is_held(policy)
    }

    fn is_quiet(&self, policy: &PolicyKey, now: Timestamp) -> bool {
        self.policies.slot(policy).and_then(|slot| slot.quiet_until).is_some_and(|until| now < until)
    }

    fn status_to_write(&mut self, key: &PolicyKey, now: Timestamp) -> Option<Command> {
        let mut tally = self.ledger.tally(key);
        let effective = self.policies.effective(key);
        let kinds = effective.into_iter().flat_map(|policy| &policy.selection.kinds).copied();
        tally.unseen = kinds.filter(|kind| self.inventory.coverage(*kind).is_blind()).collect();
        let slot = self.policies.slot(key)?;
        if slot.sent.is_some() {
            // Its end brings the policy back.
            return None;
        }
        let needs_fence = effective.is_some_and(|policy| !policy.suspended) && !key.is_cluster();
        if needs_fence && !slot.has_passed_fence() {
            self.fences.need(key, slot.generation, now);
        } else {
            self.fences.drop(key);
        }
        let standing = match effective {
            Some(policy) => Standing::InForce { policy, tally: &tally, fenced: !self.fences.holds(key) },
            None => Standing::Invalid(&slot.problems),
        };
        let desired = policy_status(standing, slot.generation, &slot.status, now);
        if desired == slot.status {
            // What a policy, a label or a right caused is known, and it changed nothing: whatever turns the
            // verdict later has another cause.
            if compliant(&desired).is_some() {
                self.by_policy.remove(key);
            }
            return None;
        }
        let body = status_body(key, &slot.uid, &desired);
        let happening = of_policy(key, slot, &desired, self.by_policy.contains(key));
        if compliant(&desired).is_some() {
            self.by_policy.remove(key);
        }
        self.policies.slot_mut(key)?.sent = Some((desired, happening));
        Some(Command::Status(key.clone(), body))
    }
}

impl State {
    /// The lists that fences need now.
    fn fences_to_begin(&mut self, now: Timestamp) -> Vec<Command> {
        if !self.leads {
            return Vec::new();
        }
        let begun = self.fences.begin(&self.inventory, now);
        begun
            .into_iter()
            .filter_map(|(key, generation)| {
                let policy = self.policies.effective(&key)?;
                let kinds: BTreeSet<Kind> = policy.selection.kinds.union(&policy.reads()).copied().collect();
                let synced = |kind: &Kind| self.settled.coverage(Watched::Kind(*kind)) == Coverage::Complete;
                let kinds = kinds.into_iter().filter(|kind| kind.info().namespaced).filter(synced).collect();
                Some(Command::Fence(key, generation, kinds))
            })
            .collect()
    }
}

/// The report that a workload should have, if any, and when that changes by time alone.
fn desired(
    target: Target<'_>,
    evaluation: &Evaluation,
    now: Timestamp,
) -> (Option<DesiredReport>, Option<Timestamp>) {
    if evaluation.policies.is_empty() || is_finished(target) {
        return (None, None);
    }
    if let Some(due) = report_due(target.key().kind, target.metadata())
        && now < due
    {
        return (None, Some(due));
    }
    (Some(DesiredReport::of(target, evaluation)), None)
}

/// A bare Pod that came to its end is no target any more.
fn is_target(target: &Target<'_>) -> bool {
    target.key().kind != Kind::Pod || !is_finished(*target)
}

fn is_finished(target: Target<'_>) -> bool {
    matches!(target, Target::Workload(workload) if workload.phase == Phase::Finished)
}

fn report_due(kind: Kind, metadata: &Metadata) -> Option<Timestamp> {
    if !matches!(kind, Kind::Pod | Kind::Job) {
        return None;
    }
    metadata.creation_timestamp?.checked_add(REPORT_AFTER).ok()
}

fn status_body(key: &PolicyKey, uid: &str, status: &PolicyStatus) -> Value {
    let mut metadata = json!({ "name": key.name, "uid": uid });
    if let (false, Some(fields)) = (key.is_cluster(), metadata.as_object_mut()) {
        fields.insert("namespace".to_owned(), key.namespace.clone().into());
    }
    json!({ "apiVersion": API_VERSION, "kind": key.kind(), "metadata": metadata, "status": status })
}
