use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::volume::VolumeSource;

/// Parameters of `rolling-update-strategy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether claims are looked at: `Recreate` is then accepted only with one that a single node or pod mounts.
    look_at_claims: bool,
}

check! {
    /// ## What it checks
    /// A Deployment, StatefulSet or DaemonSet replaces its pods one after the other: its strategy is
    /// `RollingUpdate`, which is the default. `Recreate` is accepted for a Deployment whose pods use a
    /// claimed volume: many of those can be mounted by one pod at a time. What the claim says is not looked at, so that
    /// the check needs nothing but the object and can refuse it at admission; with `lookAtClaims: true` it is, and
    /// `Recreate` is accepted only with a claim that no more than one node or pod mounts (`ReadWriteOnce`,
    /// `ReadWriteOncePod`). A claim that does not exist may be one.
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
    /// ## Parameters
    /// - `lookAtClaims`: whether `Recreate` needs a claim that no more than one node or pod mounts (default false: any claim
    ///   will do).
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments (Strategy), Perform a Rolling Update on a DaemonSet
    name: "rolling-update-strategy",
    family: Availability,
    severity: Medium,
    title: "Pods are replaced one after the other",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [PersistentVolumeClaim],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("spec.strategy.type", Answer::Text("RollingUpdate")), Fix::risky("spec.updateStrategy.type", Answer::Text("RollingUpdate"))],
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Some(rollout) = &subject.workload.rollout else {
        return Judgement::not_applicable("the kind has no update strategy");
    };
    let deployment = subject.workload.kind == Kind::Deployment;
    let claims =
        subject.pod().volumes.iter().any(|volume| volume.source == Some(VolumeSource::PersistentVolumeClaim));
    let (field, message) = match rollout.strategy.as_str() {
        "RollingUpdate" => return Judgement::pass(),
        "Recreate" if deployment && claims => match writes_alone(subject, *parameters) {
            Ok(true) => return Judgement::pass(),
            Ok(false) => ("Recreate", "every pod ends before the first new one starts".to_owned()),
            Err(cause) => {
                let message = "whether a claim that one node mounts asks for Recreate is not known";
                return Statement::unknown(cause, object("spec.strategy.type"), message).into();
            }
        },
        "Recreate" => ("Recreate", "every pod ends before the first new one starts".to_owned()),
        "OnDelete" => ("OnDelete", "pods are replaced only when somebody deletes them".to_owned()),
        other => ("unknown", format!("`{}` is none that the API server knows", other.escape_debug())),
    };
    let path = if deployment { "spec.strategy.type" } else { "spec.updateStrategy.type" };
    Judgement::fail(object(path), format!("the update strategy is {field}: {message}"))
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    if parameters.look_at_claims { CHECK.reads } else { &[] }
}

/// Whether the pods mount a claim that one node or pod mounts at a time, or may.
fn writes_alone(subject: &WorkloadSubject<'_>, parameters: Parameters) -> Result<bool, Cause> {
    if !parameters.look_at_claims {
        return Ok(true);
    }
    let mut doubt = None;
    for name in subject.pod().volumes.iter().filter_map(|volume| volume.claim.as_deref()) {
        match subject.namespace.persistent_volume_claim(name) {
            Lookup::Found(claim) if claim.spec.access_modes.iter().any(|mode| mode.ends_with("Many")) => {}
            Lookup::Found(_) | Lookup::Missing => return Ok(true),
            Lookup::Unknown(cause) => doubt = Some(cause),
        }
    }
    doubt.map_or(Ok(false), Err)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

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
        assert_eq!(case.clone().pod(claim.clone()).outcome(), Outcome::Pass);
        let shared = |look: bool, mode: &str| {
            let spec = json!({"accessModes": [mode]});
            let given = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec});
            let parameters = json!({"lookAtClaims": look});
            case.clone().pod(claim.clone()).with(given).parameters(parameters)
        };
        assert_eq!(shared(true, "ReadWriteOnce").outcome(), Outcome::Pass);
        assert_eq!(shared(true, "ReadWriteMany").fields(), ["spec.strategy.type"]);
        assert_eq!(shared(false, "ReadWriteMany").outcome(), Outcome::Pass, "nothing but the object is read");
        let gone = case.pod(claim).parameters(json!({"lookAtClaims": true}));
        assert_eq!(gone.clone().outcome(), Outcome::Pass, "it may be one");
        assert_eq!(gone.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let scratch = of("Deployment", "strategy", json!({"type": "Recreate"}))
            .pod(json!({"volumes": [{"name": "data", "emptyDir": {}}]}));
        assert_eq!(scratch.outcome(), Outcome::Fail);
    }

    #[test]
    fn claims_are_read_where_they_are_looked_at() {
        let reads =
            |look: bool| (CHECK.compile)(json!({"lookAtClaims": look}).as_object().unwrap()).unwrap().reads;
        assert_eq!((reads(false), reads(true)), (&[][..], &[Kind::PersistentVolumeClaim][..]));
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
