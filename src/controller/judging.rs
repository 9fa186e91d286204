//! Judging what is dirty and planning what must be written.
//!
//! It must not do any I/O. Next: [`super::writer`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::reports::ReportKey;
use super::state::{Command, State, Trigger};
use crate::api::API_VERSION;
use crate::api::policy_status::PolicyStatus;
use crate::engine::evaluate::{Evaluation, Target, evaluate};
use crate::engine::policy::PolicyKey;
use crate::inventory::object::ObjectKey;
use crate::inventory::workload::Phase;
use crate::inventory::{Kind, Metadata};
use crate::render::conditions::{Standing, policy_status};
use crate::render::report::{self, DesiredReport};

/// How long a bare Pod or Job must have lived before it gets a report: CI runners start hundreds that
/// are gone in seconds.
const REPORT_AFTER: SignedDuration = SignedDuration::from_secs(60);

impl State {
    /// Judges at most this many workloads, then brings policies up to date, and returns what must be
    /// written. Nothing is judged before every kind is settled.
    pub fn judge(&mut self, now: Timestamp, most: usize) -> Vec<Command> {
        let mut commands = Vec::new();
        if !self.settled.all() || self.pause.until().is_some_and(|until| now < until) {
            return commands;
        }
        for key in self.ledger.due(now) {
            self.mark(key, Trigger::Workload);
        }
        for _ in 0..most {
            let Some((key, _)) = self.dirty.pop_first() else { break };
            commands.extend(self.judge_one(&key, now));
        }
        // A policy's verdict before all of its workloads are judged would be about yesterday's.
        if self.dirty.is_empty() {
            commands.extend(self.policies_to_write(now));
        }
        commands
    }

    fn judge_one(&mut self, key: &ObjectKey, now: Timestamp) -> Option<Command> {
        let name: ReportKey = (key.namespace.clone(), report::name(key));
        let Some(target) = self.inventory.get(key).and_then(Target::of) else {
            let changed = self.ledger.forget(key);
            self.dirty_policies.extend(changed);
            // Not in the index is not gone, unless the index has all there is.
            if self.inventory.coverage(key.kind).gap().is_some() {
                return None;
            }
            return self.plan(&name, key, None, now);
        };
        let evaluation = evaluate(target, self.policies.view(), &self.inventory, now);
        let counted = !target.metadata().is_deleting();
        let (desired, wake) = desired(target, &evaluation, now);
        let changed = self.ledger.record(key, &evaluation, counted);
        self.ledger.wake(key, wake);
        self.dirty_policies.extend(changed);
        self.plan(&name, key, desired.as_ref(), now)
    }

    fn plan(
        &mut self,
        name: &ReportKey,
        subject: &ObjectKey,
        desired: Option<&DesiredReport>,
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
        let quiet = |state: &Self, key: &PolicyKey| {
            state.policies.slot(key).and_then(|slot| slot.quiet_until).is_some_and(|until| now < until)
        };
        let dirty = std::mem::take(&mut self.dirty_policies);
        let (later, due): (BTreeSet<_>, BTreeSet<_>) = dirty.into_iter().partition(|key| quiet(self, key));
        self.dirty_policies = later;
        due.into_iter().filter_map(|key| self.status_to_write(&key, now)).collect()
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
        let standing = match effective {
            Some(policy) => Standing::InForce { policy, tally: &tally, fenced: true },
            None => Standing::Invalid(&slot.problems),
        };
        let desired = policy_status(standing, slot.generation, &slot.status, now);
        if desired == slot.status {
            return None;
        }
        let body = status_body(key, &slot.uid, &desired);
        self.policies.slot_mut(key)?.sent = Some(desired);
        Some(Command::Status(key.clone(), body))
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
