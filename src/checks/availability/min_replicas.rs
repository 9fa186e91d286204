use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{PARKED, object};
use crate::checks::replicas::{NO_REPLICAS, Replicas, effective};
use crate::checks::{scalers, services};

/// Which workloads are held to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Scope {
    /// Those to whose pods a Service sends.
    ServiceBacked,
    /// All.
    All,
}

/// Parameters of `min-replicas`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Fewest replicas.
    min: i64,
    /// Which workloads are held to it.
    scope: Scope,
    /// Whether a workload may say by annotation that it must run once.
    allow_singletons: bool,
}

/// Annotation of a workload that must run once.
const SINGLETON: &str = "seaworthy.dev/singleton";

impl Default for Parameters {
    fn default() -> Self {
        Self { min: 2, scope: Scope::ServiceBacked, allow_singletons: false }
    }
}

check! {
    /// ## What it checks
    /// A Deployment or StatefulSet, or a custom resource with `spec.replicas`, to whose pods a Service sends has at least `min` replicas: the
    /// `minReplicas` of a HorizontalPodAutoscaler that scales it, or what a ScaledObject of KEDA may go down to
    /// (`minReplicaCount`, 0 where it is left out, or `idleReplicaCount`), else its own `replicas`. With `scope: all`,
    /// those without a Service are held to it as well. With `allowSingletons: true`, those with the annotation
    /// `seaworthy.dev/singleton: "true"` are not: they must run once. Without it the annotation counts for nothing, as
    /// a tenant could exempt itself.
    ///
    /// ## Why it matters
    /// With one replica, every restart, drain of a node and failed node is an outage.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 1
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
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
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Set `spec.replicas`, the `minReplicas` of the HorizontalPodAutoscaler, or the `minReplicaCount` of the ScaledObject, to 2 or more. For a program
    /// that must run once, accept the finding with a waiver, or set `allowSingletons` in the policy and annotate it.
    ///
    /// ## Parameters
    /// - `min`: fewest replicas (default 2).
    /// - `scope`: `serviceBacked` (default) or `all`.
    /// - `allowSingletons`: whether workloads with the annotation `seaworthy.dev/singleton: "true"` may have fewer
    ///   (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Scaling a Deployment
    name: "min-replicas",
    family: Availability,
    severity: High,
    title: "Workloads that serve have more than one replica",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, HorizontalPodAutoscaler, ScaledObject],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if scalers::is_parked(subject) {
        return Judgement::not_applicable(PARKED);
    }
    let replicas = effective(subject);
    if replicas == Replicas::None {
        return Judgement::not_applicable(NO_REPLICAS);
    }
    let annotations = &subject.workload.metadata.annotations;
    if parameters.allow_singletons && annotations.get(SINGLETON) == Some("true") {
        return Judgement::not_applicable("its annotation says that the workload must run once");
    }
    let served = services::of(subject);
    if parameters.scope == Scope::ServiceBacked && served.is_certainly_empty() {
        return Judgement::not_applicable("no Service sends to the workload");
    }
    let doubt = served.doubt().filter(|_| parameters.scope == Scope::ServiceBacked);
    let unknown = |cause, message: &'static str| Statement::unknown(cause, object("spec.replicas"), message);
    let statement = match (replicas, doubt) {
        (Replicas::Known(replicas), _) if replicas >= parameters.min => return Judgement::pass(),
        (_, Some(cause)) => unknown(cause, "whether a Service sends to the workload is not known"),
        (Replicas::Unknown(cause), None) => unknown(cause, scalers::NOT_KNOWN),
        (Replicas::Known(replicas), None) => too_few(subject, replicas, parameters.min),
        (Replicas::None, None) => return Judgement::pass(),
    };
    statement.into()
}

fn too_few(subject: &WorkloadSubject<'_>, replicas: i64, least: i64) -> Statement {
    let scalers = scalers::of(subject);
    let active = scalers.found.iter().copied().filter(|scaler| !scaler.is_paused());
    let lowest = active.map(|scaler| (scaler, scaler.least())).find(|(_, (_, value))| *value == replicas);
    if let Some((scaler, (bound, _))) = lowest {
        let message = format!("{bound} {replicas} is below {least} for a workload that serves");
        return Statement::fail(object(format!("spec.{bound}")), message).about(scaler.key());
    }
    let message = format!("replicas {replicas} is below {least} for a workload that serves");
    Statement::fail(object("spec.replicas"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaled_object;
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

    fn service() -> Value {
        json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}})
    }

    fn scaler(min: Value) -> Value {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": target, "minReplicas": min, "maxReplicas": 9}})
    }

    fn with(replicas: Value) -> Case {
        Case::of(&CHECK).workload(json!({"spec": {"replicas": replicas}})).with(service())
    }

    #[test]
    fn disagreement_29_the_effective_minimum_counts() {
        for (replicas, outcome) in [
            (json!(2), Outcome::Pass),
            (json!(1), Outcome::Fail),
            (json!(null), Outcome::Fail),
            (json!(0), Outcome::NotApplicable),
        ] {
            assert_eq!(with(replicas.clone()).outcome(), outcome, "{replicas}");
        }
        assert_eq!(with(json!(1)).with(scaler(json!(2))).outcome(), Outcome::Pass);
        let scaled = with(json!(5)).with(scaler(json!(1)));
        assert_eq!(scaled.fields(), ["spec.minReplicas"]);
        assert_eq!(with(json!(5)).with(scaler(json!(null))).outcome(), Outcome::Fail, "rule 30");
    }

    #[test]
    fn disagreement_29_the_minimum_of_a_scaled_object_counts() {
        let scaled = |patch: Value| with(json!(5)).with(scaled_object("web", patch));
        assert_eq!(scaled(json!({"minReplicaCount": 2})).outcome(), Outcome::Pass);
        let none = scaled(json!({"minReplicaCount": null}));
        assert_eq!(none.message(), "minReplicaCount 0 is below 2 for a workload that serves");
        let idle = scaled(json!({"idleReplicaCount": 0}));
        assert_eq!(idle.fields(), ["spec.idleReplicaCount"]);
        let stopped = with(json!(0)).with(scaled_object("web", json!({"minReplicaCount": null})));
        assert_eq!(stopped.outcome(), Outcome::Fail, "KEDA stopped it");
    }

    #[test]
    fn disagreement_29_a_paused_scaled_object_keeps_what_there_is() {
        let paused = |key: &str, value: &str| {
            let mut scaled = scaled_object("web", json!({"minReplicaCount": 0}));
            scaled["metadata"]["annotations"] = json!({key: value});
            with(json!(3)).with(scaled)
        };
        assert_eq!(paused("autoscaling.keda.sh/paused", "true").outcome(), Outcome::Pass);
        let at_one = paused("autoscaling.keda.sh/paused-replicas", "1");
        assert_eq!(at_one.message(), "replicas 1 is below 2 for a workload that serves");
    }

    #[test]
    fn only_what_serves_is_held_to_it_unless_the_policy_says_all() {
        let single = Case::of(&CHECK).workload(json!({"spec": {"replicas": 1}}));
        assert_eq!(single.outcome(), Outcome::NotApplicable);
        assert_eq!(single.clone().parameters(json!({"scope": "all"})).fields(), ["spec.replicas"]);
        assert_eq!(with(json!(2)).parameters(json!({"min": 3})).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_must_run_once_says_so_where_the_policy_lets_it() {
        let single = |value: &str, allow: bool| {
            let annotations = json!({"metadata": {"annotations": {SINGLETON: value}}});
            let case = with(json!(1)).workload(annotations);
            case.parameters(json!({"allowSingletons": allow})).outcome()
        };
        assert_eq!(single("true", true), Outcome::NotApplicable);
        assert_eq!(single("true", false), Outcome::Fail, "a tenant does not exempt itself");
        assert_eq!(single("false", true), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        let single = Case::of(&CHECK).workload(json!({"spec": {"replicas": 1}}));
        for kind in [Kind::Service, Kind::HorizontalPodAutoscaler, Kind::ScaledObject] {
            let case = single.clone().parameters(json!({"scope": "serviceBacked"}));
            let case = if kind == Kind::Service { case } else { case.with(service()) };
            let findings = case.coverage_of(kind, Coverage::Partial).judged().findings;
            assert_eq!(findings[0].cause, Some(Cause::NotGiven), "{kind}");
        }
    }

    #[test]
    fn disagreement_32_a_custom_kind_with_replicas_is_held_to_it() {
        let rollout = |replicas: i64| {
            let kind = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"replicas": replicas}});
            Case::of(&CHECK).parameters(json!({"scope": "all"})).workload(kind).outcome()
        };
        assert_eq!(rollout(1), Outcome::Fail);
        assert_eq!(rollout(2), Outcome::Pass);
    }
}
