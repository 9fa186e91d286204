use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::budgets::{judge_alone, judge_budgets};
use crate::checks::helpers::object;
use crate::inventory::disruption::PodDisruptionBudget;

check! {
    /// ## What it checks
    /// Every PodDisruptionBudget that selects the pods sets `minAvailable` or `maxUnavailable`; so does one that selects
    /// none.
    ///
    /// ## Why it matters
    /// The API server takes one that sets neither, and then lets no pod go: the budget blocks every drain,
    /// although nobody asked for that.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## How to fix
    /// Set `maxUnavailable: 1` in the budget.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application
    name: "pdb-has-budget",
    family: Availability,
    severity: Low,
    title: "Disruption budgets say how many pods may go",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [PodDisruptionBudget],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [PodDisruptionBudget] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge_budgets(subject, CHECK.severity, of_budget)
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge_alone(subject, of_budget)
}

fn of_budget(budget: &PodDisruptionBudget) -> Option<Statement> {
    let spec = &budget.spec;
    let sets_neither = spec.min_available.is_none() && spec.max_unavailable.is_none();
    let message = "neither minAvailable nor maxUnavailable is set: no pod may ever go";
    sets_neither.then(|| Statement::fail(object("spec"), message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn budget(spec: Value) -> Value {
        let mut spec = spec;
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec})
    }

    #[test]
    fn either_limit_is_enough() {
        let of = |spec: Value| Case::of(&CHECK).with(budget(spec));
        assert_eq!(of(json!({})).fields(), ["spec"]);
        assert_eq!(of(json!({"minAvailable": 0})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"maxUnavailable": "0%"})).outcome(), Outcome::Pass, "another check's business");
        assert_eq!(of(json!({"minAvailable": 0})).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn one_that_selects_nothing_is_judged_by_itself() {
        assert_eq!(ObjectCase::of(&CHECK, budget(json!({}))).fields(), ["spec"]);
        let in_order = json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"});
        assert_eq!(ObjectCase::of(&CHECK, budget(in_order)).outcome(), Outcome::Pass);
    }
}
