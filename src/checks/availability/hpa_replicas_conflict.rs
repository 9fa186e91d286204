use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::object;
use crate::checks::scalers::{NOT_KNOWN, none_can_matter, of};

check! {
    /// ## What it checks
    /// The manifest of a workload that a HorizontalPodAutoscaler or a ScaledObject of KEDA scales does not set
    /// `spec.replicas`. Only files are judged: on a server the field always holds a number.
    ///
    /// ## Why it matters
    /// Every time the manifest is applied, the workload falls back to the number in it, however many replicas
    /// the load needs at that moment.
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
    /// ## How to fix
    /// Remove `spec.replicas` from the manifest. With `kubectl apply`, take it out of the last applied
    /// configuration first, or the workload goes down to one replica for a moment.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling, Migrating Deployments and StatefulSets
    name: "hpa-replicas-conflict",
    family: Availability,
    severity: Medium,
    title: "Manifests of autoscaled workloads leave replicas out",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let workload = subject.workload;
    // Who wrote the field would be in what is not read of an object: its managed fields.
    if !workload.metadata.uid().is_empty() {
        return Judgement::not_applicable("on a server the field always holds a number");
    }
    if let Some(judgement) = none_can_matter(subject) {
        return judgement;
    }
    if !workload.replicas_written {
        return Judgement::pass();
    }
    let scalers = of(subject);
    let field = object("spec.replicas");
    match (scalers.found.first(), scalers.incomplete) {
        (Some(scaler), _) => {
            let (kind, name) = (scaler.kind(), quoted(&scaler.metadata().name, 100));
            Judgement::fail(field, format!("replicas is set, and {kind} {name} decides it"))
        }
        (None, Some(cause)) => Statement::unknown(cause, field, NOT_KNOWN).into(),
        (None, None) => Judgement::not_applicable("no autoscaler scales the workload"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{scaled_object, scaler};
    use crate::inventory::lookup::Coverage;

    fn scaled(patch: Value) -> Case {
        Case::of(&CHECK).with(scaler("web", patch))
    }

    #[test]
    fn disagreement_31_only_manifests_are_judged() {
        assert_eq!(scaled(json!({})).fields(), ["spec.replicas"]);
        let left_out = scaled(json!({})).workload(json!({"spec": {"replicas": null}}));
        assert_eq!(left_out.outcome(), Outcome::Pass);
        let live = scaled(json!({})).workload(json!({"metadata": {"uid": "1"}}));
        assert_eq!(live.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn keda_decides_the_replicas_too() {
        let scaled = Case::of(&CHECK).with(scaled_object("web", json!({})));
        assert_eq!(scaled.message(), "replicas is set, and ScaledObject web decides it");
        let left_out = scaled.workload(json!({"spec": {"replicas": null}}));
        assert_eq!(left_out.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
