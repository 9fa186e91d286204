use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::inventory::Kind;
use crate::inventory::volume::VolumeSource;

check! {
    /// ## What it checks
    /// A Deployment, StatefulSet or DaemonSet replaces its pods one after the other: its strategy is
    /// `RollingUpdate`, which is the default. `Recreate` is accepted for a Deployment whose pods use a
    /// claimed volume: many of those can be mounted by one pod at a time.
    ///
    /// ## Why it matters
    /// With `Recreate` every pod ends before the first new one starts: each release is an outage, and a
    /// release that does not start is one until somebody rolls back. With `OnDelete` nothing is released
    /// until somebody deletes pods.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   strategy:
    ///     type: Recreate
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
    /// ```
    ///
    /// ## How to fix
    /// Remove the strategy, or set its `type` to `RollingUpdate`.
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments (Strategy), Perform a Rolling Update on a DaemonSet
    name: "rolling-update-strategy",
    family: Availability,
    severity: Medium,
    title: "Pods are replaced one after the other",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("spec.strategy.type", Answer::Text("RollingUpdate")), Fix::risky("spec.updateStrategy.type", Answer::Text("RollingUpdate"))],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(rollout) = &subject.workload.rollout else {
        return Judgement::not_applicable("the kind has no update strategy");
    };
    let deployment = subject.workload.kind == Kind::Deployment;
    let claims =
        subject.pod().volumes.iter().any(|volume| volume.source == Some(VolumeSource::PersistentVolumeClaim));
    let (field, message) = match rollout.strategy.as_str() {
        "RollingUpdate" => return Judgement::pass(),
        "Recreate" if deployment && claims => return Judgement::pass(),
        "Recreate" => ("Recreate", "every pod ends before the first new one starts".to_owned()),
        "OnDelete" => ("OnDelete", "pods are replaced only when somebody deletes them".to_owned()),
        other => ("unknown", format!("`{}` is none that the API server knows", other.escape_debug())),
    };
    let path = if deployment { "spec.strategy.type" } else { "spec.updateStrategy.type" };
    Judgement::fail(object(path), format!("the update strategy is {field}: {message}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(kind: &str, field: &str, strategy: Value) -> Case {
        Case::of(&CHECK).workload(json!({"kind": kind, "spec": {field: strategy}}))
    }

    #[test]
    fn rolling_is_the_default_of_each_kind() {
        for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
            assert_eq!(Case::of(&CHECK).workload(json!({"kind": kind})).outcome(), Outcome::Pass, "{kind}");
        }
        assert_eq!(of("Deployment", "strategy", json!({"type": null})).outcome(), Outcome::Pass);
    }

    #[test]
    fn recreate_is_for_deployments_with_a_claim() {
        let case = of("Deployment", "strategy", json!({"type": "Recreate"}));
        assert_eq!(case.fields(), ["spec.strategy.type"]);
        let claim = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
        assert_eq!(case.pod(claim).outcome(), Outcome::Pass);
        let scratch = of("Deployment", "strategy", json!({"type": "Recreate"}))
            .pod(json!({"volumes": [{"name": "data", "emptyDir": {}}]}));
        assert_eq!(scratch.outcome(), Outcome::Fail);
    }

    #[test]
    fn a_field_of_another_kind_is_dropped_and_counts_for_nothing() {
        for kind in ["StatefulSet", "DaemonSet"] {
            let case = of(kind, "strategy", json!({"type": "Recreate"}));
            assert_eq!(case.outcome(), Outcome::Pass, "{kind}");
            let both = case.workload(json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}));
            assert_eq!(both.fields(), ["spec.updateStrategy.type"], "{kind}");
        }
        assert_eq!(of("Deployment", "updateStrategy", json!({"type": "OnDelete"})).outcome(), Outcome::Pass);
    }

    #[test]
    fn on_delete_rolls_nothing() {
        for kind in ["StatefulSet", "DaemonSet"] {
            let case = of(kind, "updateStrategy", json!({"type": "OnDelete"}));
            assert_eq!(case.fields(), ["spec.updateStrategy.type"]);
        }
    }
}
