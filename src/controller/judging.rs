//! Judging what is dirty and planning what must be written.
//!
//! It must not do any I/O. Next: [`super::writer`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::commands::{Command, Trigger};
use super::happenings::{PolicyFacts, of_policy, of_subject};
use super::policies::compliant;
use super::reports::ReportKey;
use super::state::State;
use super::watched::Watched;
use crate::api::API_VERSION;
use crate::api::policy_status::PolicyStatus;
use crate::engine::evaluate::{Evaluation, evaluate, evaluate_unseen};
use crate::engine::policy::PolicyKey;
use crate::engine::subject::Subject;
use crate::engine::tally::Counting;
use crate::inventory::lookup::{Cause, Coverage};
use crate::inventory::{Kind, SubjectKey};
use crate::render::conditions::{Standing, policy_status};
use crate::render::events::Happening;
use crate::render::report::{DesiredReport, whole_second};

/// How long a bare Pod or Job must have lived before it gets a report: CI runners start hundreds that
/// are gone in seconds.
const REPORT_AFTER: SignedDuration = SignedDuration::from_secs(60);

impl State {
    /// Judges at most this many subjects, then brings policies up to date, and returns what must be
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
            let Some((key, trigger)) = self.dirty.pop() else { break };
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
        self.pack_after_a_list();
        commands
    }

    fn judge_one(&mut self, key: &SubjectKey, trigger: Trigger, now: Timestamp) -> Option<Command> {
        let name = self.reports.key_of(key);
        let Some(subject) = Subject::find(&self.inventory, key) else {
            if self.is_being_listed(key) {
                self.put_aside(key, trigger);
                return None;
            }
            // Not in the index is not gone, unless the index has all there is.
            return match self.inventory.gap_of(key) {
                Some(cause) => self.judge_unseen((key, trigger), &name, cause, now),
                None => self.judge_gone((key, trigger), &name, now),
            };
        };
        if self.must_wait(&subject) {
            self.put_aside(key, trigger);
            return None;
        }
        let evaluation = evaluate(&subject, self.policies.view(), &self.inventory, now);
        // There may be any number of such objects; nothing is kept of those that are in order.
        if subject.is_orphan() && !evaluation.is_worth_a_report() && evaluation.next_change.is_none() {
            return self.judge_gone((key, trigger), &name, now);
        }
        let trigger = self.of_first_pass((key, trigger), &name, &evaluation);
        let (desired, wake) = self.desired(&subject, &name, &evaluation, now);
        let workload = desired.as_ref().filter(|_| !subject.is_orphan());
        let happening = workload.and_then(|desired| {
            let facts = |key: &PolicyKey| {
                self.policies
                    .slot(key)
                    .map(|slot| PolicyFacts { uid: slot.uid.clone(), created: slot.created })
            };
            of_subject((&subject, trigger), self.reports.verdict(&name), desired, &evaluation, facts)
        });
        let changed = self.ledger.record(key, &evaluation, Counting::of(&subject));
        self.ledger.wake(key, wake);
        if trigger == Trigger::Policy {
            self.by_policy.extend(changed.iter().cloned());
        }
        self.dirty_policies.extend(changed);
        self.plan(&name, (key, trigger), desired.as_ref().map(|desired| (desired, happening)), now)
    }

    fn judge_gone(
        &mut self,
        subject: (&SubjectKey, Trigger),
        name: &ReportKey,
        now: Timestamp,
    ) -> Option<Command> {
        let changed = self.ledger.forget(subject.0);
        self.dirty_policies.extend(changed);
        self.plan(name, subject, None, now)
    }

    /// What cannot be seen, and was not before this process began, is known by its report alone: that must not
    /// keep its old verdict, nor go.
    fn judge_unseen(
        &mut self,
        (key, trigger): (&SubjectKey, Trigger),
        name: &ReportKey,
        cause: Cause,
        now: Timestamp,
    ) -> Option<Command> {
        let Some((identity, named)) = self.reports.remembered(name) else {
            let changed = self.ledger.forget(key);
            self.dirty_policies.extend(changed);
            return None;
        };
        let evaluation = evaluate_unseen((key, &named), self.policies.view(), cause, now);
        if evaluation.policies.is_empty() {
            // Whatever it said was said by policies that are not there any more.
            return self.judge_gone((key, trigger), name, now);
        }
        let is_orphan = key.object().is_some_and(|object| !object.kind.is_workload());
        let counting = if is_orphan { Counting::Orphan } else { Counting::Workload };
        let changed = self.ledger.record(key, &evaluation, counting);
        self.by_policy.extend(changed.iter().cloned());
        self.dirty_policies.extend(changed);
        let desired = DesiredReport::of((&name.1, &identity), None, &evaluation);
        self.plan(name, (key, trigger), Some((&desired, None)), now)
    }

    /// The report that a subject should have, if any, and when that changes by time alone.
    fn desired(
        &self,
        subject: &Subject<'_>,
        name: &ReportKey,
        evaluation: &Evaluation,
        now: Timestamp,
    ) -> (Option<DesiredReport>, Option<Timestamp>) {
        let is_in_order = subject.is_orphan() && !evaluation.is_worth_a_report();
        if evaluation.policies.is_empty() || subject.is_finished() || is_in_order {
            return (None, None);
        }
        let identity = subject.identity();
        if let Some(due) = report_due(subject)
            && now < due
            // The oldest of what an owner owns may have gone: that takes no report back.
            && !self.reports.is_about(name, &identity.uid)
        {
            return (None, Some(due));
        }
        (Some(DesiredReport::of((&name.1, &identity), subject.workload(), evaluation)), None)
    }

    /// To a process that has just begun, or just begun to lead, every workload looks new or nothing changed.
    /// If a policy did since the report was written, that is why it is judged.
    fn of_first_pass(
        &self,
        (key, trigger): (&SubjectKey, Trigger),
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
        subject: (&SubjectKey, Trigger),
        desired: Option<(&DesiredReport, Option<Happening>)>,
        now: Timestamp,
    ) -> Option<Command> {
        // Who may not read policies does not know that none asks for a report.
        let mut own = [Watched::Policies, Watched::ClusterPolicies].into_iter();
        let mut blind = || {
            own.any(|watched| {
                self.settled.is_watched(watched) && self.settled.coverage_in(watched, &name.0).gap().is_some()
            })
        };
        if !self.leads || (desired.is_none() && blind()) {
            return None;
        }
        let write = self.reports.plan(name, subject, desired, whole_second(now))?;
        Some(Command::Report(name.clone(), write))
    }

    fn policies_to_write(&mut self, now: Timestamp) -> Vec<Command> {
        if !self.leads {
            return Vec::new();
        }
        let mut due = Vec::new();
        let mut later = BTreeSet::new();
        for key in std::mem::take(&mut self.dirty_policies) {
            if !self.is_waiting(&key) && self.dirty.is_over(&key, now) && !self.is_quiet(&key, now) {
                self.dirty.forget(&key);
                due.push(key);
            } else {
                later.insert(key);
            }
        }
        self.dirty_policies = later;
        due.into_iter().filter_map(|key| self.status_to_write(&key, now)).collect()
    }

    fn is_quiet(&self, policy: &PolicyKey, now: Timestamp) -> bool {
        self.policies.slot(policy).and_then(|slot| slot.quiet_until).is_some_and(|until| now < until)
    }

    fn status_to_write(&mut self, key: &PolicyKey, now: Timestamp) -> Option<Command> {
        let tally = self.tally(key);
        let effective = self.policies.effective(key);
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
                let synced = |kind: &Kind| {
                    self.settled.coverage_in(Watched::Kind(*kind), &key.namespace) == Coverage::Complete
                };
                // Under which name a custom kind is listed only its watch knows.
                let listed = |kind: &Kind| kind.info().namespaced && kind.custom().is_none();
                let kinds = kinds.into_iter().filter(listed).filter(synced).collect();
                Some(Command::Fence(key, generation, kinds))
            })
            .collect()
    }
}

/// When a subject of bare Pods and Jobs has lived long enough for a report.
fn report_due(subject: &Subject<'_>) -> Option<Timestamp> {
    if !subject.is_bare() {
        return None;
    }
    subject.since()?.checked_add(REPORT_AFTER).ok()
}

fn status_body(key: &PolicyKey, uid: &str, status: &PolicyStatus) -> Value {
    let mut metadata = json!({ "name": key.name, "uid": uid });
    if let (false, Some(fields)) = (key.is_cluster(), metadata.as_object_mut()) {
        fields.insert("namespace".to_owned(), key.namespace.clone().into());
    }
    json!({ "apiVersion": API_VERSION, "kind": key.kind(), "metadata": metadata, "status": status })
}

#[cfg(test)]
#[path = "orphan_tests.rs"]
mod orphan_tests;
#[cfg(test)]
#[path = "judging_tests.rs"]
pub(super) mod tests;
