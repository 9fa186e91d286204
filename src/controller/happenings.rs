//! Which transitions are worth an Event, and on which object.
//!
//! A transition that the workload caused is one Event on the workload, or on the owner that is judged in its
//! place; one that a policy, a namespace's labels or a right caused is one Event on the policy and none on
//! workloads. It must not limit or send. Next: [`super::limiter`], [`crate::render::events`].

use super::commands::Trigger;
use super::policies::{Slot, compliant};
use crate::api::condition::{Condition, ConditionStatus, ConditionType};
use crate::api::policy_status::PolicyStatus;
use crate::api::report::Verdict;
use crate::engine::evaluate::Evaluation;
use crate::engine::policy::PolicyKey;
use crate::engine::subject::Subject;
use crate::render::events::{EventObject, EventReason, Happening};
use crate::render::report::{DesiredReport, verdict_label};

/// The Event that a subject's new verdict is worth. `before` is the verdict it had, as the label of its
/// report says it; `newest` the moment in seconds at which the newest policy that selects it was created.
pub fn of_subject(
    (subject, trigger): (&Subject<'_>, Trigger),
    before: Option<&str>,
    desired: &DesiredReport,
    evaluation: &Evaluation,
    policy: impl Fn(&PolicyKey) -> Option<PolicyFacts>,
) -> Option<Happening> {
    const READY: &str = "Ready";
    let now = verdict_label(desired.readiness.status);
    let reason = match (before, now) {
        (Some(READY), READY) => return None,
        (Some(READY), _) => EventReason::ReadinessLost,
        (Some(_), READY) => EventReason::ReadinessGained,
        (Some(_), _) | (None, READY) => return None,
        (None, _) if is_newer(subject, evaluation, &policy) => EventReason::ReadinessLost,
        (None, _) => return None,
    };
    if trigger == Trigger::Policy {
        return None;
    }
    let blamed = evaluation
        .policies
        .iter()
        .find(|(_, outcome)| !matches!(outcome.verdict, Verdict::Ready | Verdict::Suspended))
        .or_else(|| evaluation.policies.iter().next());
    let related = blamed.and_then(|(key, _)| Some(EventObject::policy(key, &policy(key)?.uid)));
    Some(Happening {
        reason,
        regarding: EventObject::subject(&subject.identity()),
        related,
        note: desired.readiness.message.clone(),
    })
}

/// What an Event needs of a policy.
#[derive(Clone, Debug)]
pub struct PolicyFacts {
    /// Its uid.
    pub uid: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
}

/// Whether the subject came after every policy that is about it: then its first verdict is news.
fn is_newer(
    subject: &Subject<'_>,
    evaluation: &Evaluation,
    policy: impl Fn(&PolicyKey) -> Option<PolicyFacts>,
) -> bool {
    let Some(created) = subject.since() else { return false };
    let newest = evaluation.policies.keys().filter_map(policy).map(|facts| facts.created).max();
    newest.is_some_and(|newest| created.as_second() > newest)
}

/// The Event that a policy's new status is worth. `by_policy`: a policy, a label or a right caused it.
pub fn of_policy(key: &PolicyKey, slot: &Slot, after: &PolicyStatus, by_policy: bool) -> Option<Happening> {
    let find = |status: &PolicyStatus, type_: ConditionType| -> Option<Condition> {
        status.conditions.iter().find(|condition| condition.type_ == type_.as_str()).cloned()
    };
    let happening = |reason, note: String| {
        Some(Happening { reason, regarding: EventObject::policy(key, &slot.uid), related: None, note })
    };
    let refused = |status| {
        find(status, ConditionType::Accepted).filter(|condition| condition.status == ConditionStatus::False)
    };
    if let (Some(now), None) = (refused(after), refused(&slot.status)) {
        return happening(EventReason::PolicyInvalid, now.message);
    }
    let message = find(after, ConditionType::Compliant)?.message;
    match (slot.compliant, compliant(after)) {
        (Some(true), Some(false)) if by_policy => happening(EventReason::ComplianceLost, message),
        (Some(false), Some(true)) if by_policy => happening(EventReason::ComplianceGained, message),
        _ => None,
    }
}
