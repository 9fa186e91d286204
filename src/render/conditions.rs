//! The conditions of a policy: the table of SEMANTICS, first match decides.
//!
//! It must not count anything: [`crate::engine::tally`] does. Next: the controller writes what
//! [`policy_status`] returns.

use jiff::Timestamp;

use crate::api::condition::{ConditionStatus, ConditionType, DesiredCondition, Reason, set_conditions};
use crate::api::policy::ReadyWhen;
use crate::api::policy_status::PolicyStatus;
use crate::catalogue::Outcome;
use crate::engine::policy::EffectivePolicy;
use crate::engine::report::name_checks;
use crate::engine::resolve::Problem;
use crate::engine::tally::Tally;

/// What is known of a policy when its status is made.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// Its spec is not valid.
    Invalid(&'a [Problem]),
    /// It is in force, or suspended.
    InForce {
        /// The policy.
        policy: &'a EffectivePolicy,
        /// Its counts.
        tally: &'a Tally,
        /// Whether it was compared with the server since this generation came (a ReadinessPolicy only).
        fenced: bool,
    },
}

/// The status that a policy should have.
pub fn policy_status(
    standing: Standing<'_>,
    generation: i64,
    previous: &PolicyStatus,
    now: Timestamp,
) -> PolicyStatus {
    let mut desired = conditions(standing);
    for condition in &mut desired {
        condition.observed_generation = Some(generation);
    }
    // While nothing is judged (invalid, suspended, before the fence), the counts stay what they were.
    let (workloads, score, failing_checks) = match standing {
        Standing::InForce { policy, tally, fenced: true } if !policy.suspended => {
            (Some(tally.counts), tally.score(), tally.failing_checks())
        }
        _ => (previous.workloads, previous.score, previous.failing_checks.clone()),
    };
    PolicyStatus {
        observed_generation: Some(generation),
        conditions: set_conditions(&previous.conditions, &desired, now),
        workloads,
        score,
        failing_checks,
    }
}

use ConditionStatus::{False, True, Unknown};

fn condition(
    type_: ConditionType,
    status: ConditionStatus,
    reason: Reason,
    message: &str,
) -> DesiredCondition {
    DesiredCondition { type_, status, reason, message: message.to_owned(), observed_generation: None }
}

fn conditions(standing: Standing<'_>) -> Vec<DesiredCondition> {
    let (policy, tally, fenced) = match standing {
        Standing::Invalid(problems) => return invalid(problems),
        Standing::InForce { policy, tally, fenced } => (policy, tally, fenced),
    };
    let mut conditions = vec![condition(ConditionType::Accepted, True, Reason::Accepted, &accepted(policy))];
    let evaluated = policy.ready_when == ReadyWhen::Evaluated;
    let mut add = |type_, (status, reason, message): &(ConditionStatus, Reason, String)| {
        conditions.push(condition(type_, *status, *reason, message));
    };
    let case = case(policy, tally, fenced);
    add(ConditionType::Compliant, &case.verdict);
    let past_fence = !matches!(case.verdict.1, Reason::Fencing);
    if evaluated && past_fence {
        let message = format!("every workload was evaluated; compliant: {}", case.verdict.0.as_str());
        add(ConditionType::Ready, &(True, Reason::Evaluated, message));
    } else {
        add(ConditionType::Ready, &case.verdict);
    }
    match case.also {
        Some(ConditionType::Reconciling) if evaluated && past_fence => {}
        Some(type_) => add(type_, &(True, case.verdict.1, case.verdict.2.clone())),
        None => {}
    }
    conditions
}

/// That a policy is in force, and what of it is not.
fn accepted(policy: &EffectivePolicy) -> String {
    if policy.switched_off.is_empty() {
        return "the policy is in force".to_owned();
    }
    let families: Vec<&str> = policy.switched_off.iter().map(|family| family.as_str()).collect();
    let families = families.join(", ");
    format!(
        "the policy is in force, but for its checks of families that this installation has switched off: {families}"
    )
}

/// One row of the table: what Compliant and Ready say, and which further condition is True.
struct Case {
    verdict: (ConditionStatus, Reason, String),
    also: Option<ConditionType>,
}

impl Case {
    const fn new(status: ConditionStatus, reason: Reason, message: String) -> Self {
        Self { verdict: (status, reason, message), also: None }
    }

    fn also(self, type_: ConditionType) -> Self {
        Self { also: Some(type_), ..self }
    }
}

fn case(policy: &EffectivePolicy, tally: &Tally, fenced: bool) -> Case {
    let counts = &tally.counts;
    let orphans = &tally.orphans;
    let of = |number: u32, others: u32| who(number, counts.total, others);
    if policy.suspended {
        return Case::new(
            Unknown,
            Reason::Suspended,
            "the policy is suspended: nothing is evaluated".to_owned(),
        );
    }
    if !policy.key.is_cluster() && !fenced {
        let message = "comparing what is known with the API server".to_owned();
        return Case::new(Unknown, Reason::Fencing, message).also(ConditionType::Reconciling);
    }
    // The revision of a ClusterReadinessPolicy is no release of any workload.
    let is_release = policy.has_revision && !policy.key.is_cluster();
    if let (true, ReadyWhen::Compliant, Some(check)) = (is_release, policy.ready_when, tally.hopeless()) {
        let message = format!(
            "this release's workload fails {check}, which only a new release can mend: {}",
            failing(policy, tally, &of(counts.not_ready, orphans.not_ready))
        );
        return Case::new(False, Reason::WorkloadFailed, message).also(ConditionType::Stalled);
    }
    if counts.total < policy.min_workloads {
        let message =
            format!("{} selected, at least {} needed", workloads(counts.total), policy.min_workloads);
        return Case::new(False, Reason::NoWorkloads, message).also(ConditionType::Reconciling);
    }
    if counts.not_ready > 0 || orphans.not_ready > 0 {
        let who = of(counts.not_ready, orphans.not_ready);
        return Case::new(False, Reason::ChecksFailed, failing(policy, tally, &who));
    }
    if counts.unknown > 0 || orphans.unknown > 0 {
        let who = of(counts.unknown, orphans.unknown);
        let named = naming(policy, tally, (Outcome::Unknown, "not known"));
        let message = format!("the verdict on {who} is not known{named}");
        return Case::new(Unknown, Reason::ChecksUnknown, message);
    }
    if !tally.unseen.is_empty() {
        let kinds: Vec<&str> = tally.unseen.iter().map(|kind| kind.as_str()).collect();
        let message = format!("objects of these kinds cannot be seen: {}", kinds.join(", "));
        return Case::new(Unknown, Reason::ChecksUnknown, message);
    }
    if counts.pending > 0 || orphans.pending > 0 {
        let named = naming(policy, tally, (Outcome::Pending, "pending"));
        let message = format!("{} pending{named}", of(counts.pending, orphans.pending));
        return Case::new(False, Reason::ChecksPending, message);
    }
    if counts.total == 0 {
        return Case::new(True, Reason::NothingSelected, "no workload is selected".to_owned());
    }
    Case::new(True, Reason::AllPassed, format!("{} passed", workloads(counts.total)))
}

fn workloads(number: u32) -> String {
    format!("{number} workload{}", if number == 1 { "" } else { "s" })
}

/// So many workloads of all, and so many objects that no workload reaches.
fn who(number: u32, total: u32, orphans: u32) -> String {
    let all = format!("{number} of {}", workloads(total));
    let others = format!("{orphans} other object{}", if orphans == 1 { "" } else { "s" });
    match (number, orphans) {
        (_, 0) => all,
        (0, _) => others,
        _ => format!("{all} and {others}"),
    }
}

fn failing(policy: &EffectivePolicy, tally: &Tally, who: &str) -> String {
    format!("{who} not ready{}", naming(policy, tally, (Outcome::Fail, "failed")))
}

/// Names the checks that block with this outcome, as the report of a workload does.
fn naming(policy: &EffectivePolicy, tally: &Tally, (outcome, word): (Outcome, &str)) -> String {
    let names = name_checks(&tally.blocking(outcome, policy.fail_on), word);
    if names.is_empty() { names } else { format!("; {names}") }
}

fn invalid(problems: &[Problem]) -> Vec<DesiredCondition> {
    let message =
        problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect::<Vec<_>>().join("; ");
    vec![
        condition(ConditionType::Accepted, False, Reason::PolicyInvalid, &message),
        condition(ConditionType::Compliant, Unknown, Reason::PolicyInvalid, &message),
        condition(ConditionType::Ready, False, Reason::PolicyInvalid, &message),
        condition(ConditionType::Stalled, True, Reason::PolicyInvalid, &message),
    ]
}

#[cfg(test)]
mod tests;
