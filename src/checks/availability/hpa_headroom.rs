use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::checks::scalers::{Scaler, judge_alone, judge_scalers};

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
    /// by `spread` or more. So are `maxReplicaCount` (100 where it is left out) and `minReplicaCount` of a ScaledObject of
    /// KEDA, which stands for the HorizontalPodAutoscaler that KEDA makes of it. One that scales something else than a workload
    /// is judged by itself.
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
    reads: [HorizontalPodAutoscaler, ScaledObject],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [HorizontalPodAutoscaler, ScaledObject] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_scalers(subject, CHECK.severity, |scaler| of_scaler(scaler, parameters))
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_alone(subject, |scaler| of_scaler(scaler, parameters))
}

fn of_scaler(scaler: Scaler<'_>, parameters: &Parameters) -> Vec<Statement> {
    let [(lower, least), (upper, most)] = scaler.bounds();
    let spread = parameters.spread;
    let message = || format!("{upper} {most} is not {spread} or more above {lower} {least}");
    let narrow = most.saturating_sub(least) < spread;
    let field = || object(format!("spec.{upper}"));
    narrow.then(|| Statement::fail(field(), message())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{scaled_object, scaler};
    use crate::checks::testing_objects::ObjectCase;
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
    fn the_bounds_of_a_scaled_object_are_its_own() {
        let equal = json!({"minReplicaCount": 4, "maxReplicaCount": 4});
        let narrow = Case::of(&CHECK).with(scaled_object("web", equal));
        assert_eq!(narrow.message(), "maxReplicaCount 4 is not 1 or more above minReplicaCount 4");
        assert_eq!(narrow.fields(), ["spec.maxReplicaCount"]);
        let by_default = json!({"minReplicaCount": 4, "maxReplicaCount": null});
        assert_eq!(Case::of(&CHECK).with(scaled_object("web", by_default)).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }

    #[test]
    fn one_that_scales_no_workload_is_judged_by_itself_unless_keda_made_it() {
        let alone = || ObjectCase::of(&CHECK, scaler("web", json!({"maxReplicas": 2})));
        assert_eq!(alone().fields(), ["spec.maxReplicas"]);
        assert_eq!(ObjectCase::of(&CHECK, scaler("web", json!({}))).outcome(), Outcome::Pass);
        let scaled = || scaled_object("web", json!({"minReplicaCount": 1, "maxReplicaCount": 1}));
        assert_eq!(ObjectCase::of(&CHECK, scaled()).outcome(), Outcome::Fail);
        let made = ObjectCase::of(&CHECK, scaler("keda-hpa-web", json!({"maxReplicas": 2}))).with(scaled());
        assert_eq!(made.outcome(), Outcome::NotApplicable);
        assert_eq!(
            alone().with(scaled_object("other", json!({}))).outcome(),
            Outcome::Fail,
            "it is another's"
        );
    }
}
