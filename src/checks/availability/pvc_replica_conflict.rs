use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::pod;
use crate::checks::scalers::{NOT_KNOWN, Scaler, none_can_matter, of};
use crate::inventory::Kind;
use crate::inventory::lenient::IntOrString;
use crate::inventory::lookup::{Cause, Lookup};

/// Parameters of `pvc-replica-conflict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a workload of one pod at a time needs claims that one pod may mount.
    require_once_pod: bool,
}

check! {
    /// ## What it checks
    /// A workload that may have more than one pod at a time does not mount a PersistentVolumeClaim that only
    /// one node, or only one pod, may mount (`ReadWriteOnce` or `ReadWriteOncePod` and no other mode). It has
    /// more than one when its replicas, or the `maxReplicas` of its HorizontalPodAutoscaler or the `maxReplicaCount` of
    /// its ScaledObject of KEDA, are more than one, and for a moment when a Deployment rolls with a surge. A claim that does not exist is not judged
    /// here.
    ///
    /// With `requireOncePod`, a workload of one pod at a time mounts no claim that several pods of one node may write
    /// (`ReadWriteOnce` without `ReadWriteOncePod`). Not every storage driver has that mode, so this has to be asked for.
    ///
    /// ## Why it matters
    /// The second pod stays in `ContainerCreating` for as long as the first one holds the volume on another
    /// node: a rollout never ends, or half of the replicas never start.
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
    ///       volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: data}
    /// spec: {accessModes: [ReadWriteOnce]}
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
    ///       volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: data}
    /// spec: {accessModes: [ReadWriteMany]}
    /// ```
    ///
    /// ## How to fix
    /// Use a StatefulSet with `volumeClaimTemplates`, so that each pod has a claim of its own, or one replica
    /// with the strategy `Recreate`, or a claim with `ReadWriteMany`. A claim that only one pod is to write can have the
    /// mode `ReadWriteOncePod`.
    ///
    /// ## Parameters
    /// - `requireOncePod`: whether the claims of a workload of one pod at a time must be `ReadWriteOncePod` instead of
    ///   `ReadWriteOnce` (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Persistent Volumes, Access Modes
    name: "pvc-replica-conflict",
    family: Availability,
    severity: High,
    title: "Replicas do not share a volume that one node may mount",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [PersistentVolumeClaim, HorizontalPodAutoscaler, ScaledObject],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = none_can_matter(subject) {
        return judgement;
    }
    let volumes = subject.pod().volumes.iter().enumerate();
    let claims: Vec<_> =
        volumes.filter_map(|(index, volume)| Some((index, volume.claim.as_deref()?))).collect();
    if claims.is_empty() {
        return Judgement::not_applicable("the pods mount no PersistentVolumeClaim");
    }
    claims.into_iter().filter_map(|(index, claim)| of_claim(subject, index, claim, *parameters)).collect()
}

fn of_claim(
    subject: &WorkloadSubject<'_>,
    index: usize,
    name: &str,
    parameters: Parameters,
) -> Option<Statement> {
    let field = pod(format!("volumes[{index}].persistentVolumeClaim.claimName"));
    let shown = quoted(name, 63);
    let claim = match subject.namespace.persistent_volume_claim(name) {
        Lookup::Found(claim) => claim,
        Lookup::Missing => return None,
        Lookup::Unknown(cause) => {
            let message = format!("nothing is known of PersistentVolumeClaim {shown}");
            return Some(Statement::unknown(cause, field, message));
        }
    };
    let modes = &claim.spec.access_modes;
    if modes.is_empty() || modes.iter().any(|mode| !mode.starts_with("ReadWriteOnce")) {
        return None;
    }
    match several(subject) {
        Several::Yes(why) => {
            let message =
                format!("{why}, and PersistentVolumeClaim {shown} serves one node or pod at a time");
            Some(Statement::fail(field, message))
        }
        Several::Unknown(cause) => Some(Statement::unknown(cause, field, NOT_KNOWN)),
        Several::No if parameters.require_once_pod && modes.iter().all(|mode| mode == ONCE) => {
            let message = format!("one pod writes to PersistentVolumeClaim {shown}, and {ONCE} lets several");
            Some(Statement::fail(field, message))
        }
        Several::No => None,
    }
}

/// The mode in which the pods of one node mount a claim.
const ONCE: &str = "ReadWriteOnce";

/// Whether there may be several pods at a time, and why.
enum Several {
    Yes(&'static str),
    No,
    Unknown(Cause),
}

fn several(subject: &WorkloadSubject<'_>) -> Several {
    let workload = subject.workload;
    let scalers = of(subject);
    let none = |surge: &IntOrString| match surge {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(share) => share == "0%",
    };
    let surge = workload.rollout.as_ref().and_then(|rollout| rollout.max_surge.as_ref());
    let own = workload.replicas.unwrap_or_default();
    let may_be_more = |scaler: &Scaler<'_>| {
        let [_, most] = scaler.range(own);
        most > 1
    };
    if own > 1 || scalers.found.iter().any(may_be_more) {
        Several::Yes("there may be several replicas")
    } else if workload.kind == Kind::Deployment && surge.is_some_and(|surge| !none(surge)) {
        Several::Yes("a rollout starts the new pod before the old one ends")
    } else {
        scalers.incomplete.map_or(Several::No, Several::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value, modes: Value) -> Case {
        let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {"accessModes": modes}});
        let volumes = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
        Case::of(&CHECK).workload(json!({"spec": spec})).pod(volumes).with(claim)
    }

    #[test]
    fn several_pods_need_a_mode_for_several() {
        let two = |modes: Value| of(json!({"replicas": 2}), modes);
        let field = "spec.template.spec.volumes[0].persistentVolumeClaim.claimName";
        assert_eq!(two(json!(["ReadWriteOnce"])).fields(), [field]);
        assert_eq!(two(json!(["ReadWriteOncePod"])).outcome(), Outcome::Fail);
        assert_eq!(two(json!(["ReadWriteOnce", "ReadWriteMany"])).outcome(), Outcome::Pass);
        assert_eq!(two(json!(["ReadOnlyMany"])).outcome(), Outcome::Pass);
    }

    #[test]
    fn an_autoscaler_that_may_start_a_second_pod_counts() {
        let one = |max: i64| {
            let patch = json!({"minReplicas": 1, "maxReplicas": max});
            let spec = json!({"replicas": 1, "strategy": {"type": "Recreate"}});
            of(spec, json!(["ReadWriteOnce"])).with(crate::checks::testing_neighbours::scaler("web", patch))
        };
        assert_eq!((one(2).outcome(), one(1).outcome()), (Outcome::Fail, Outcome::Pass));
        let two = of(json!({"replicas": 2, "strategy": {"type": "Recreate"}}), json!(["ReadWriteOnce"]));
        assert_eq!(two.outcome(), Outcome::Fail);
    }

    #[test]
    fn keda_may_start_a_hundred_unless_it_is_told_otherwise() {
        let one = |patch: Value, annotations: Value| {
            let mut scaled = crate::checks::testing_neighbours::scaled_object("web", patch);
            scaled["metadata"]["annotations"] = annotations;
            let spec = json!({"replicas": 1, "strategy": {"type": "Recreate"}});
            of(spec, json!(["ReadWriteOnce"])).with(scaled).outcome()
        };
        assert_eq!(one(json!({"maxReplicaCount": null}), json!({})), Outcome::Fail);
        assert_eq!(one(json!({"maxReplicaCount": 1}), json!({})), Outcome::Pass);
        let paused = json!({"autoscaling.keda.sh/paused": "true"});
        assert_eq!(one(json!({"maxReplicaCount": 9}), paused), Outcome::Pass);
    }

    #[test]
    fn a_surge_makes_one_replica_two() {
        let one =
            |strategy: Value| of(json!({"replicas": 1, "strategy": strategy}), json!(["ReadWriteOnce"]));
        assert_eq!(one(json!({})).outcome(), Outcome::Fail);
        assert_eq!(one(json!({"type": "Recreate"})).outcome(), Outcome::Pass);
        assert_eq!(one(json!({"rollingUpdate": {"maxSurge": 0}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn one_writer_needs_a_claim_of_its_own_where_that_is_asked_for() {
        let one = |modes: Value, asked: bool| {
            let spec = json!({"replicas": 1, "strategy": {"type": "Recreate"}});
            of(spec, modes).parameters(json!({"requireOncePod": asked})).outcome()
        };
        assert_eq!(one(json!(["ReadWriteOnce"]), true), Outcome::Fail);
        assert_eq!(one(json!(["ReadWriteOnce"]), false), Outcome::Pass);
        assert_eq!(one(json!(["ReadWriteOncePod"]), true), Outcome::Pass);
        assert_eq!(one(json!(["ReadWriteOncePod", "ReadWriteOnce"]), true), Outcome::Pass);
        assert_eq!(one(json!(["ReadWriteMany"]), true), Outcome::Pass, "several are meant to");
    }

    #[test]
    fn disagreement_44_a_claim_that_was_not_given_is_not_known_and_a_missing_one_is_not_judged() {
        let volumes = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
        let case = Case::of(&CHECK).pod(volumes);
        assert_eq!(case.outcome(), Outcome::Pass);
        assert_eq!(case.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
