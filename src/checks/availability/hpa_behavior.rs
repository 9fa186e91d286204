use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::scalers::judge_horizontal;
use crate::inventory::Object;
use crate::inventory::autoscaler::HorizontalPodAutoscaler;

check! {
    /// ## What it checks
    /// Every HorizontalPodAutoscaler of the workload says how long it waits before it takes replicas away:
    /// `behavior.scaleDown.stabilizationWindowSeconds` is given.
    ///
    /// ## Why it matters
    /// The default of five minutes belongs to the cluster and may be another in the next one. A workload that takes
    /// long to start is then scaled down in every lull, and too small when the load comes back.
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
    ///   behavior: {scaleDown: {stabilizationWindowSeconds: 300}}
    /// ```
    ///
    /// ## How to fix
    /// Set `behavior.scaleDown.stabilizationWindowSeconds` to more than the workload needs to start and warm up.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling, Stabilization window
    name: "hpa-behavior",
    family: Availability,
    severity: Info,
    title: "Autoscalers say how long they wait before scaling down",
    profiles: [],
    reads: [HorizontalPodAutoscaler],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [HorizontalPodAutoscaler] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge_horizontal(subject, CHECK.severity, |scaler| of_scaler(scaler).into_iter().collect())
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    match subject.object {
        Object::HorizontalPodAutoscaler(scaler) => of_scaler(scaler).into_iter().collect(),
        _ => Judgement::default(),
    }
}

fn of_scaler(scaler: &HorizontalPodAutoscaler) -> Option<Statement> {
    let field = at("spec.behavior.scaleDown.stabilizationWindowSeconds");
    let message = "the autoscaler does not say how long it waits before scaling down";
    scaler.spec.scale_down_window.is_none().then(|| Statement::fail(field, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaler;

    #[test]
    fn the_window_must_be_given() {
        let silent = Case::of(&CHECK).with(scaler("web", json!({})));
        assert_eq!(silent.fields(), ["spec.behavior.scaleDown.stabilizationWindowSeconds"]);
        let behavior = json!({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}});
        assert_eq!(Case::of(&CHECK).with(scaler("web", behavior)).outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}
