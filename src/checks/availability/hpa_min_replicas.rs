use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::checks::scalers::{Scaler, judge_alone, judge_scalers};

/// Parameters of `hpa-min-replicas`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Fewest replicas.
    min: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min: 2 }
    }
}

check! {
    /// ## What it checks
    /// The `minReplicas` of every HorizontalPodAutoscaler that scales the workload is `min` or more. Left out,
    /// it is 1. So is the `minReplicaCount` of a ScaledObject of KEDA, which is 0 where it is left out, or the
    /// `idleReplicaCount`, where that is less; the HorizontalPodAutoscaler that KEDA makes of it is not judged beside it.
    /// One that scales something else than a workload is judged by itself.
    ///
    /// ## Why it matters
    /// When nothing is asked of it the workload goes down to this number, and with one replica every restart
    /// and every drain of a node is an outage.
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
    ///   maxReplicas: 5
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
    /// Set `minReplicas: 2` in the HorizontalPodAutoscaler, or `minReplicaCount: 2` in the ScaledObject.
    ///
    /// ## Parameters
    /// - `min`: fewest replicas (default 2).
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling
    name: "hpa-min-replicas",
    family: Availability,
    severity: Medium,
    title: "Autoscalers keep more than one replica",
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
    let ((bound, least), min) = (scaler.least(), parameters.min);
    let message = || format!("{bound} {least} is below {min}");
    let field = || object(format!("spec.{bound}"));
    let fails = (least < min).then(|| Statement::fail(field(), message()));
    fails.into_iter().collect()
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
    fn disagreement_30_left_out_it_is_one() {
        assert_eq!(of(json!({"minReplicas": null})).message(), "minReplicas 1 is below 2");
        assert_eq!(of(json!({"minReplicas": 1})).fields(), ["spec.minReplicas"]);
        assert_eq!(of(json!({"minReplicas": 2})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({})).parameters(json!({"min": 3})).outcome(), Outcome::Fail);
    }

    #[test]
    fn the_finding_is_about_the_autoscaler_and_one_of_a_parked_workload_is_not_judged() {
        let low = of(json!({"minReplicas": 1}));
        let object = low.judged().findings[0].object.as_ref().map(ToString::to_string);
        assert_eq!(object.as_deref(), Some("HorizontalPodAutoscaler shop/web"));
        let parked = low.workload(json!({"spec": {"replicas": 0}}));
        assert_eq!(parked.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_30_left_out_of_a_scaled_object_it_is_none() {
        let of = |patch: Value| Case::of(&CHECK).with(scaled_object("web", patch));
        assert_eq!(of(json!({"minReplicaCount": null})).message(), "minReplicaCount 0 is below 2");
        assert_eq!(of(json!({"minReplicaCount": 2})).outcome(), Outcome::Pass);
        let idle = of(json!({"minReplicaCount": 2, "idleReplicaCount": 0}));
        assert_eq!(idle.fields(), ["spec.idleReplicaCount"]);
        let object = idle.judged().findings[0].object.as_ref().map(ToString::to_string);
        assert_eq!(object.as_deref(), Some("ScaledObject shop/web"));
    }

    #[test]
    fn what_keda_makes_is_not_judged_beside_it_and_what_keda_stopped_is_judged() {
        let both = of(json!({"minReplicas": 1})).with(scaled_object("other", json!({"minReplicaCount": 2})));
        assert_eq!(both.outcome(), Outcome::Fail, "somebody made it");
        let made = Case::of(&CHECK)
            .with(scaler("keda-hpa-web", json!({"minReplicas": 1})))
            .with(scaled_object("web", json!({"minReplicaCount": 2})));
        assert_eq!(made.outcome(), Outcome::Pass);
        let idle = Case::of(&CHECK)
            .workload(json!({"spec": {"replicas": 0}}))
            .with(scaled_object("web", json!({"minReplicaCount": 0})));
        assert_eq!(idle.outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }

    #[test]
    fn one_that_scales_no_workload_is_judged_by_itself_unless_keda_made_it() {
        let alone = || ObjectCase::of(&CHECK, scaler("web", json!({"minReplicas": 1})));
        assert_eq!(alone().fields(), ["spec.minReplicas"]);
        assert_eq!(ObjectCase::of(&CHECK, scaler("web", json!({}))).outcome(), Outcome::Pass);
        let scaled = || scaled_object("web", json!({"minReplicaCount": 1, "maxReplicaCount": 1}));
        assert_eq!(ObjectCase::of(&CHECK, scaled()).outcome(), Outcome::Fail);
        let made = ObjectCase::of(&CHECK, scaler("keda-hpa-web", json!({"minReplicas": 1}))).with(scaled());
        assert_eq!(made.outcome(), Outcome::NotApplicable);
        assert_eq!(
            alone().with(scaled_object("other", json!({}))).outcome(),
            Outcome::Fail,
            "it is another's"
        );
    }
}
