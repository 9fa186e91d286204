use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::listed;
use crate::checks::helpers::{PARKED, pod_labels};

check! {
    /// ## What it checks
    /// No more than one PodDisruptionBudget of the namespace selects the pods, of whatever kind the workload
    /// is.
    ///
    /// ## Why it matters
    /// The API server refuses to evict a pod that two budgets select: no drain of its node ever ends, whatever
    /// the two budgets allow.
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
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: all}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {}
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
    /// Delete one PodDisruptionBudget, or narrow its selector.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application
    name: "pdb-overlap",
    family: Availability,
    severity: High,
    title: "One disruption budget at most selects a pod",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [PodDisruptionBudget],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if subject.workload.is_parked() {
        return Judgement::not_applicable(PARKED);
    }
    let budgets = subject.namespace.pod_disruption_budgets_selecting(&subject.workload.pod_labels);
    if budgets.is_certainly_empty() {
        return Judgement::not_applicable("no PodDisruptionBudget selects the pods");
    }
    let field = pod_labels(subject);
    match budgets.incomplete {
        _ if budgets.found.len() > 1 => {
            let names = listed(budgets.found.iter().map(|budget| budget.metadata.name.as_str()));
            let count = budgets.found.len();
            let message =
                format!("{count} PodDisruptionBudgets select the pods, so none can be evicted: {names}");
            Judgement::fail(field, message)
        }
        Some(cause) => {
            let message = "whether two PodDisruptionBudgets select the pods is not known";
            Statement::unknown(cause, field, message).into()
        }
        None => Judgement::pass(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn budget(name: &str, selector: Value) -> Value {
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": {"selector": selector}})
    }

    #[test]
    fn disagreement_33_more_than_one_budget_for_a_pod_is_an_overlap() {
        let one = Case::of(&CHECK).with(budget("a", json!({"matchLabels": {"app": "web"}})));
        assert_eq!(one.outcome(), Outcome::Pass);
        assert_eq!(
            one.clone().with(budget("b", json!({"matchLabels": {"app": "api"}}))).outcome(),
            Outcome::Pass
        );
        let two = one.with(budget("b", json!({})));
        assert_eq!(two.message(), "2 PodDisruptionBudgets select the pods, so none can be evicted: a, b");
        assert_eq!(two.coverage(Coverage::Partial).outcome(), Outcome::Fail, "further ones mend nothing");
    }

    #[test]
    fn disagreement_44_one_of_which_nothing_is_known_could_be_the_second() {
        let partial = Case::of(&CHECK).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
        assert_eq!(partial.with(budget("a", json!({}))).outcome(), Outcome::Unknown);
    }
}
