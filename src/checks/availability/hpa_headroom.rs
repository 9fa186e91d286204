use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::checks::scalers::judge_scalers;

/// Parameters of `hpa-headroom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// How far the bounds must be apart.
    spread: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { spread: 1 }
    }
}

check! {
    /// ## What it checks
    /// The `maxReplicas` of every HorizontalPodAutoscaler that scales the workload is above its `minReplicas`,
    /// by `spread` or more.
    ///
    /// ## Why it matters
    /// One whose two bounds are equal scales nothing: it looks like protection from load and is none.
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
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   minReplicas: 3
    ///   maxReplicas: 3
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
    /// Raise `maxReplicas` to what the workload may need under its heaviest load.
    ///
    /// ## Parameters
    /// - `spread`: how far the bounds must be apart (default 1).
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling
    name: "hpa-headroom",
    family: Availability,
    severity: Medium,
    title: "Autoscalers have room to scale",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_scalers(subject, CHECK.severity, |scaler| {
        let (least, most) = (scaler.spec.min_replicas, scaler.spec.max_replicas);
        let spread = parameters.spread;
        let message = || format!("maxReplicas {most} is not {spread} or more above minReplicas {least}");
        let narrow = most.saturating_sub(least) < spread;
        narrow.then(|| Statement::fail(object("spec.maxReplicas"), message())).into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaler;
    use crate::inventory::lookup::Coverage;

    fn of(patch: Value) -> Case {
        Case::of(&CHECK).with(scaler("web", patch))
    }

    #[test]
    fn equal_bounds_scale_nothing() {
        assert_eq!(of(json!({"maxReplicas": 2})).fields(), ["spec.maxReplicas"]);
        assert_eq!(of(json!({"maxReplicas": 3})).outcome(), Outcome::Pass);
        let wide = of(json!({"maxReplicas": 3})).parameters(json!({"spread": 2}));
        assert_eq!(wide.message(), "maxReplicas 3 is not 2 or more above minReplicas 2");
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
