use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::object;
use crate::checks::scalers::{NOT_KNOWN, none_can_matter, of};

/// Parameters of `hpa-present`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Kinds of workloads that need an autoscaler.
    kinds: Vec<String>,
}

check! {
    /// ## What it checks
    /// A HorizontalPodAutoscaler or a ScaledObject of KEDA scales the workload, if it is of one of `kinds` and nobody
    /// scaled it to zero. A ScaledObject that an annotation pauses (`autoscaling.keda.sh/paused`,
    /// `autoscaling.keda.sh/paused-replicas`) scales nothing.
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
    /// Create a HorizontalPodAutoscaler or a ScaledObject for the workload, and leave `replicas` out of its manifest.
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
    /// - KEDA documentation: ScaledObject specification
    name: "hpa-present",
    family: Availability,
    severity: Low,
    title: "Workloads are scaled by their load",
    profiles: [],
    reads: [HorizontalPodAutoscaler, ScaledObject],
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
    if scalers.found.iter().any(|scaler| !scaler.is_paused()) {
        return Judgement::pass();
    }
    let field = object("spec.replicas");
    match (scalers.incomplete, scalers.found.first()) {
        (Some(cause), _) => Statement::unknown(cause, field, NOT_KNOWN).into(),
        (None, Some(paused)) => {
            let (kind, name) = (paused.kind(), quoted(&paused.metadata().name, 100));
            Judgement::fail(field, format!("{kind} {name} is paused, and nothing else scales the workload"))
        }
        (None, None) => Judgement::fail(field, "no autoscaler scales the workload"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{scaled_object, scaler};
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

    fn deployments() -> Case {
        Case::of(&CHECK).parameters(json!({"kinds": ["Deployment"]}))
    }

    #[test]
    fn kinds_that_are_named_need_one() {
        assert_eq!(deployments().message(), "no autoscaler scales the workload");
        assert_eq!(deployments().with(scaler("web", json!({}))).outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
        let others = Case::of(&CHECK).parameters(json!({"kinds": ["StatefulSet"]}));
        assert_eq!(others.outcome(), Outcome::NotApplicable);
        let parked = deployments().workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_scaled_object_is_one_unless_it_is_paused() {
        let scaled = |patch: Value, annotations: Value| {
            let mut scaled = scaled_object("web", patch);
            scaled["metadata"]["annotations"] = annotations;
            deployments().with(scaled)
        };
        assert_eq!(scaled(json!({}), json!({})).outcome(), Outcome::Pass);
        let by_default = json!({"scaleTargetRef": {"name": "web"}});
        assert_eq!(scaled(by_default, json!({})).outcome(), Outcome::Pass);
        let other = json!({"scaleTargetRef": {"name": "other"}});
        assert_eq!(scaled(other, json!({})).outcome(), Outcome::Fail);
        let paused = scaled(json!({}), json!({"autoscaling.keda.sh/paused": "true"}));
        assert_eq!(paused.message(), "ScaledObject web is paused, and nothing else scales the workload");
        assert_eq!(paused.clone().with(scaler("web", json!({}))).outcome(), Outcome::Pass);
        assert_eq!(paused.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_keda_scaled_to_zero_has_an_autoscaler() {
        let parked = deployments().workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.clone().with(scaled_object("web", json!({}))).outcome(), Outcome::Pass);
        let none = json!({"autoscaling.keda.sh/paused-replicas": "0"});
        let mut paused = scaled_object("web", json!({}));
        paused["metadata"]["annotations"] = none;
        assert_eq!(parked.with(paused).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_autoscalers_that_were_not_given_leave_it_open() {
        assert_eq!(deployments().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        for kind in [Kind::HorizontalPodAutoscaler, Kind::ScaledObject] {
            let hidden = deployments().coverage_of(kind, Coverage::Forbidden);
            assert_eq!(hidden.outcome(), Outcome::Unknown, "{kind}");
        }
        let without_keda = deployments().coverage_of(Kind::ScaledObject, Coverage::NotServed);
        assert_eq!(without_keda.outcome(), Outcome::Fail);
    }
}
