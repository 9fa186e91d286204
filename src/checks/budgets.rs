//! The budgets of a workload's pods, and what they allow.
//!
//! The arithmetic is the API server's: percentages are rounded up, and a budget that sets nothing allows nothing.
//! It must not judge. Next: [`super::around`], the checks `pdb-*`.

use crate::catalogue::{Field, Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::{Words, at, judge_each, key_of};
use crate::inventory::disruption::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use crate::inventory::lenient::{IntOrString, Round};
use crate::inventory::{Kind, Object};

/// What is said without a budget.
const WORDS: Words = Words {
    nothing: "no PodDisruptionBudget selects the pods",
    doubt: "which PodDisruptionBudgets select the pods is not known in full",
};

/// What a check says of every budget that selects the pods.
pub(super) fn judge_budgets(
    subject: &WorkloadSubject<'_>,
    severity: Severity,
    judge: impl Fn(&PodDisruptionBudget) -> Option<Statement>,
) -> Judgement {
    let budgets = subject.namespace.pod_disruption_budgets_selecting(&subject.workload.pod_labels);
    judge_each(subject, &budgets, WORDS, severity, |budget| {
        let about =
            |statement: Statement| statement.about(key_of(Kind::PodDisruptionBudget, &budget.metadata));
        judge(budget).map(about).into_iter().collect()
    })
}

/// What a check says of a budget that selects no pod.
pub(super) fn judge_alone(
    subject: &ObjectSubject<'_>,
    judge: impl Fn(&PodDisruptionBudget) -> Option<Statement>,
) -> Judgement {
    match subject.object {
        Object::PodDisruptionBudget(budget) => judge(budget).into_iter().collect(),
        _ => Judgement::default(),
    }
}

/// How many of this many pods a budget lets go at a time, if all are well; absent when it holds a value that is no
/// number.
pub(super) fn allowed(spec: &PodDisruptionBudgetSpec, pods: i64) -> Option<i64> {
    let share = |value: &IntOrString| value.of_total(pods, Round::Up);
    let allowed = match (&spec.max_unavailable, &spec.min_available) {
        (Some(most), _) => share(most)?.min(pods),
        (None, Some(least)) => pods.saturating_sub(share(least)?),
        (None, None) => 0,
    };
    Some(allowed.max(0))
}

/// The field that decides what a budget allows, with its value in words.
pub(super) fn limit(spec: &PodDisruptionBudgetSpec) -> (Field, String) {
    match (&spec.max_unavailable, &spec.min_available) {
        (Some(value), _) => (at("spec.maxUnavailable"), format!("maxUnavailable {}", shown(value))),
        (None, Some(value)) => (at("spec.minAvailable"), format!("minAvailable {}", shown(value))),
        (None, None) => (at("spec"), "neither minAvailable nor maxUnavailable".to_owned()),
    }
}

fn shown(value: &IntOrString) -> String {
    super::around::quoted(&value.to_string(), 20)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn allows(spec: Value, pods: i64) -> Option<i64> {
        allowed(&serde_json::from_value(spec).unwrap(), pods)
    }

    #[test]
    fn disagreement_34_percentages_are_rounded_up() {
        for (spec, pods, expected) in [
            (json!({"maxUnavailable": "10%"}), 3, 1),
            (json!({"maxUnavailable": "0%"}), 3, 0),
            (json!({"maxUnavailable": 5}), 3, 3),
            (json!({"minAvailable": "50%"}), 3, 1),
            (json!({"minAvailable": "51%"}), 2, 0),
            (json!({"minAvailable": 3}), 2, 0),
            (json!({"minAvailable": 0}), 2, 2),
            (json!({}), 9, 0),
        ] {
            assert_eq!(allows(spec.clone(), pods), Some(expected), "{spec} of {pods}");
        }
        assert_eq!(allows(json!({"minAvailable": "half"}), 2), None);
    }
}
