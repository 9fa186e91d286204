use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::checks::scalers::{none_can_matter, of};

/// Parameters of `hpa-present`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Kinds of workloads that need an autoscaler.
    kinds: Vec<String>,
}

check! {
    /// ## What it checks
    /// A HorizontalPodAutoscaler scales the workload, if it is of one of `kinds` and not scaled to zero. In a cluster
    /// KEDA's `ScaledObject` is seen by the HorizontalPodAutoscaler that it makes; in files it is not read, so there
    /// the check is for those that use none.
    ///
    /// ## Why it matters
    /// A fixed number of replicas is too many at night and too few on the day that matters.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
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
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   minReplicas: 2
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## How to fix
    /// Create a HorizontalPodAutoscaler for the workload, and leave `replicas` out of its manifest.
    ///
    /// ## Parameters
    /// - `kinds`: kinds of workloads that need an autoscaler (default none, and then nothing is judged). Which workloads
    ///   of the kind are meant says the selector of the policy.
    ///
    /// ### With parameters
    /// ```yaml
    /// kinds: [Deployment]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling
    name: "hpa-present",
    family: Availability,
    severity: Low,
    title: "Workloads are scaled by their load",
    profiles: [],
    reads: [HorizontalPodAutoscaler],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = none_can_matter(subject) {
        return judgement;
    }
    if !parameters.kinds.iter().any(|kind| kind == subject.workload.kind.as_str()) {
        return Judgement::not_applicable("the kind is not among those that need an autoscaler");
    }
    let scalers = of(subject);
    if !scalers.found.is_empty() {
        return Judgement::pass();
    }
    let field = object("spec.replicas");
    match scalers.incomplete {
        None => Judgement::fail(field, "no HorizontalPodAutoscaler scales the workload"),
        Some(cause) => {
            let message = "whether a HorizontalPodAutoscaler scales the workload is not known";
            Statement::unknown(cause, field, message).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaler;
    use crate::inventory::lookup::Coverage;

    fn deployments() -> Case {
        Case::of(&CHECK).parameters(json!({"kinds": ["Deployment"]}))
    }

    #[test]
    fn kinds_that_are_named_need_one() {
        assert_eq!(deployments().message(), "no HorizontalPodAutoscaler scales the workload");
        assert_eq!(deployments().with(scaler("web", json!({}))).outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
        let others = Case::of(&CHECK).parameters(json!({"kinds": ["StatefulSet"]}));
        assert_eq!(others.outcome(), Outcome::NotApplicable);
        let parked = deployments().workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_autoscalers_that_were_not_given_leave_it_open() {
        assert_eq!(deployments().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}
