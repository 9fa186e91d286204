use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod_labels;
use crate::checks::replicas::{NO_REPLICAS, Replicas, effective};
use crate::checks::scalers;

/// Parameters of `pdb-present`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Fewest replicas of a workload that needs a budget.
    #[schemars(range(min = 1))]
    min_replicas: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min_replicas: 2 }
    }
}

check! {
    /// ## What it checks
    /// Some PodDisruptionBudget of the namespace selects the pods of a Deployment or StatefulSet, or of a custom resource with `spec.replicas`: its whole
    /// selector, `matchExpressions` included, matches the labels of the pod template. A workload with fewer
    /// than `minReplicas` replicas needs none, because a budget could only block the drain of its node. The
    /// replicas are the `minReplicas` of a HorizontalPodAutoscaler that scales the workload, else its own.
    /// What the budget allows is the business of `pdb-allows-disruption`.
    ///
    /// ## Why it matters
    /// Without a budget the drain of nodes for an upgrade, or a cluster autoscaler, may evict all replicas at
    /// the same time, however many there are.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
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
    /// Create a PodDisruptionBudget in the workload's namespace with the labels of its pods as the selector
    /// and `maxUnavailable: 1`.
    ///
    /// ## Parameters
    /// - `minReplicas`: fewest replicas of a workload that needs a budget (default 2).
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application
    name: "pdb-present",
    family: Availability,
    severity: Medium,
    title: "Replicated workloads have a disruption budget",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [PodDisruptionBudget, HorizontalPodAutoscaler, ScaledObject],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if scalers::is_parked(subject) {
        return Judgement::not_applicable("the workload is scaled to zero");
    }
    let unknown = match effective(subject) {
        Replicas::None => return Judgement::not_applicable(NO_REPLICAS),
        Replicas::Known(replicas) if replicas < parameters.min_replicas => {
            return Judgement::not_applicable("a budget would only block drains of so few replicas");
        }
        Replicas::Known(_) => None,
        Replicas::Unknown(cause) => Some(cause),
    };
    let budgets = subject.namespace.pod_disruption_budgets_selecting(&subject.workload.pod_labels);
    if !budgets.found.is_empty() {
        return Judgement::pass();
    }
    let field = pod_labels(subject);
    let statement = match (budgets.incomplete, unknown) {
        (Some(cause), _) => {
            Statement::unknown(cause, field, "whether a PodDisruptionBudget selects the pods is not known")
        }
        (None, Some(cause)) => Statement::unknown(cause, field, scalers::NOT_KNOWN),
        (None, None) => Statement::fail(field, "no PodDisruptionBudget of the namespace selects the pods"),
    };
    statement.into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

    fn budget(selector: Value) -> Value {
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"selector": selector}})
    }

    fn scaler(min: Value) -> Value {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": target, "minReplicas": min, "maxReplicas": 9}})
    }

    #[test]
    fn without_a_budget_it_fails_at_the_labels_that_none_selects() {
        let case = Case::of(&CHECK);
        assert_eq!(case.message(), "no PodDisruptionBudget of the namespace selects the pods");
        assert_eq!(case.fields(), ["spec.template.metadata.labels"]);
    }

    #[test]
    fn disagreement_33_the_whole_selector_counts_on_the_labels_of_the_template() {
        let expression = |operator: &str| json!({"matchExpressions": [{"key": "app", "operator": operator, "values": ["web"]}]});
        for (selector, outcome) in [
            (json!({"matchLabels": {"app": "web"}}), Outcome::Pass),
            (json!({}), Outcome::Pass),
            (expression("In"), Outcome::Pass),
            (expression("NotIn"), Outcome::Fail),
            (json!({"matchLabels": {"app": "web", "tier": "front"}}), Outcome::Fail),
            (json!(null), Outcome::Fail),
        ] {
            assert_eq!(Case::of(&CHECK).with(budget(selector.clone())).outcome(), outcome, "{selector}");
        }
        let own_labels = json!({"metadata": {"labels": {"tier": "front"}}});
        let selector = json!({"matchLabels": {"tier": "front"}});
        let case = Case::of(&CHECK).workload(own_labels).with(budget(selector));
        assert_eq!(case.outcome(), Outcome::Fail, "labels of the workload itself do not count");
    }

    #[test]
    fn disagreement_32_effective_replicas_decide_who_needs_one() {
        let with = |replicas: Value| Case::of(&CHECK).workload(json!({"spec": {"replicas": replicas}}));
        assert_eq!(with(json!(3)).outcome(), Outcome::Fail);
        for few in [json!(null), json!(1), json!(0)] {
            assert_eq!(with(few.clone()).outcome(), Outcome::NotApplicable, "{few}");
        }
        assert_eq!(with(json!(1)).with(scaler(json!(2))).outcome(), Outcome::Fail);
        assert_eq!(with(json!(3)).with(scaler(json!(1))).outcome(), Outcome::NotApplicable);
        assert_eq!(with(json!(3)).with(scaler(json!(null))).outcome(), Outcome::NotApplicable, "rule 30");
        assert_eq!(with(json!(0)).with(scaler(json!(2))).outcome(), Outcome::NotApplicable);
        let many = json!({"minReplicas": 4});
        assert_eq!(with(json!(3)).parameters(many.clone()).outcome(), Outcome::NotApplicable);
        assert_eq!(with(json!(4)).parameters(many).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        for (coverage, cause) in
            [(Coverage::Partial, Cause::NotGiven), (Coverage::Forbidden, Cause::Forbidden)]
        {
            for kind in [Kind::PodDisruptionBudget, Kind::HorizontalPodAutoscaler] {
                let findings = Case::of(&CHECK).coverage_of(kind, coverage).judged().findings;
                assert_eq!(
                    (findings[0].outcome, findings[0].cause),
                    (Outcome::Unknown, Some(cause)),
                    "{kind}"
                );
            }
        }
        let given = Case::of(&CHECK).coverage(Coverage::Partial).with(budget(json!({})));
        assert_eq!(given.outcome(), Outcome::Pass, "one is enough, whatever else there is");
    }

    #[test]
    fn disagreement_32_a_custom_kind_with_replicas_is_held_to_it() {
        let rollout = |replicas: i64| {
            let kind = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"replicas": replicas}});
            Case::of(&CHECK).workload(kind).outcome()
        };
        assert_eq!(rollout(3), Outcome::Fail);
        assert_eq!(rollout(1), Outcome::NotApplicable);
    }
}
