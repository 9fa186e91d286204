use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::budgets::{judge_alone, judge_budgets};
use crate::checks::helpers::object;
use crate::inventory::disruption::PodDisruptionBudget;

check! {
    /// ## What it checks
    /// Every PodDisruptionBudget that selects the pods sets `unhealthyPodEvictionPolicy: AlwaysAllow`. Left
    /// out, it is `IfHealthyBudget`. One that selects none is judged by itself.
    ///
    /// ## Why it matters
    /// With `IfHealthyBudget`, pods that crash over and over may not be evicted while too few others are well.
    /// One broken application then blocks the drain of its nodes, and waits for a fix that may need that very
    /// drain.
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
    ///   unhealthyPodEvictionPolicy: AlwaysAllow
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## How to fix
    /// Set `unhealthyPodEvictionPolicy: AlwaysAllow` in the budget.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application, Unhealthy Pod Eviction Policy
    name: "pdb-unhealthy-eviction",
    family: Availability,
    severity: Low,
    title: "Disruption budgets let unhealthy pods go",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [PodDisruptionBudget],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [PodDisruptionBudget] of_orphan,
    fixes: [Fix::safe("spec.unhealthyPodEvictionPolicy", Answer::Text("AlwaysAllow"))],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge_budgets(subject, CHECK.severity, of_budget)
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge_alone(subject, of_budget)
}

fn of_budget(budget: &PodDisruptionBudget) -> Option<Statement> {
    let policy = budget.spec.unhealthy_pod_eviction_policy.as_deref();
    let message = "unhealthyPodEvictionPolicy is not AlwaysAllow: pods that crash can block a drain";
    let field = || object("spec.unhealthyPodEvictionPolicy");
    (policy != Some("AlwaysAllow")).then(|| Statement::fail(field(), message))
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
    fn left_out_it_holds_unhealthy_pods() {
        let of = |policy: Value| Case::of(&CHECK).with(budget(json!({"unhealthyPodEvictionPolicy": policy})));
        assert_eq!(of(Value::Null).fields(), ["spec.unhealthyPodEvictionPolicy"]);
        assert_eq!(of(json!("IfHealthyBudget")).outcome(), Outcome::Fail);
        assert_eq!(of(json!("AlwaysAllow")).outcome(), Outcome::Pass);
        assert_eq!(of(json!("AlwaysAllow")).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn one_that_selects_nothing_is_judged_by_itself() {
        assert_eq!(
            ObjectCase::of(&CHECK, budget(json!({"maxUnavailable": 1}))).fields(),
            ["spec.unhealthyPodEvictionPolicy"]
        );
        let in_order = json!({"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"});
        assert_eq!(ObjectCase::of(&CHECK, budget(in_order)).outcome(), Outcome::Pass);
    }
}
