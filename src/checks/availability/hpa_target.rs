use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::autoscaler::{ScaleTarget, can_be_resized, can_be_scaled};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::{Kind, Object, Workload};

check! {
    /// ## What it checks
    /// The workload that a HorizontalPodAutoscaler, a ScaledObject of KEDA or a VerticalPodAutoscaler scales exists in its
    /// namespace, and is of a kind that can be scaled: for the first two one with replicas, for the last one that makes pods,
    /// as DaemonSets, Jobs and `CronJob`s do as well. `apiVersion` has to name the group of the kind, in whatever version:
    /// without it, or with `extensions/v1beta1`, the controller finds no Deployment. A VerticalPodAutoscaler finds it by
    /// kind and name. A target of a custom kind is judged where a policy names the kind (`targets.customKinds`).
    ///
    /// ## Why it matters
    /// An autoscaler without its target scales nothing: under load the workload stays as small as it is, or
    /// whoever relies on the autoscaler does so in vain.
    ///
    /// ## Failing example
    /// ```yaml
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
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ---
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
    /// Correct `apiVersion`, `kind` and `name` in `scaleTargetRef` (`targetRef` of a VerticalPodAutoscaler), create the
    /// Deployment (or what else they mean), or delete the autoscaler.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling; Vertical Pod Autoscaling
    name: "hpa-target",
    family: Availability,
    severity: High,
    title: "Every autoscaler has something to scale",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject, VerticalPodAutoscaler],
    parameters: NoParameters,
    rule: Orphan([HorizontalPodAutoscaler, ScaledObject, VerticalPodAutoscaler], evaluate),
}

/// What an autoscaler names.
#[derive(Clone, Copy)]
struct Named<'a> {
    target: &'a ScaleTarget,
    /// Where it names it.
    field: &'static str,
    /// Why it cannot scale what is of a kind, if so.
    hinders: fn(Kind) -> Option<String>,
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let replicas = |target| Named { target, field: "spec.scaleTargetRef", hinders: without_replicas };
    let named = match subject.object {
        Object::HorizontalPodAutoscaler(scaler) => replicas(&scaler.spec.target),
        Object::ScaledObject(scaler) => replicas(&scaler.spec.target),
        Object::VerticalPodAutoscaler(scaler) => {
            Named { target: &scaler.spec.target, field: "spec.targetRef", hinders: without_pods_of_its_own }
        }
        _ => return Judgement::default(),
    };
    let target = named.target;
    let known = Kind::WORKLOADS.iter().copied().find(|kind| target.is(*kind, &target.name));
    let Some(kind) = known else {
        if let Some(kind) = misplaced(target) {
            let message = format!("the group that it names has no {kind}: it is of {}", kind.api_version());
            return Judgement::fail(named.at("apiVersion"), message);
        }
        return of_custom_kind(subject, named);
    };
    let name = quoted(&target.name, 100);
    if let Some(message) = (named.hinders)(kind) {
        return Judgement::fail(named.at("kind"), message);
    }
    let found = match subject.namespace.workload(kind, &target.name) {
        // One that another object manages is there, and is not among what is known.
        Lookup::Missing if kind == Kind::ReplicaSet && may_be_managed(subject) => {
            Lookup::Unknown(Cause::Undecidable)
        }
        found => found,
    };
    must_be_there(found, named, kind.as_str(), &name)
}

impl Named<'_> {
    fn at(&self, field: &str) -> Field {
        at(format!("{}.{field}", self.field))
    }
}

fn without_replicas(kind: Kind) -> Option<String> {
    (!can_be_scaled(kind)).then(|| format!("a {kind} cannot be scaled"))
}

fn without_pods_of_its_own(kind: Kind) -> Option<String> {
    (!can_be_resized(kind)).then(|| format!("a {kind} makes no pods"))
}

/// What there is to say of a target of a kind that only policies know.
fn of_custom_kind(subject: &ObjectSubject<'_>, named: Named<'_>) -> Judgement {
    let target = named.target;
    match subject.namespace.custom_workload(target.group(), &target.kind, &target.name) {
        Some(found) => must_be_there(found, named, &quoted(&target.kind, 63), &quoted(&target.name, 100)),
        None => Judgement::not_applicable("the target is of a custom kind that no policy names"),
    }
}

fn must_be_there(found: Lookup<&Workload>, named: Named<'_>, kind: &str, name: &str) -> Judgement {
    let field = || named.at("name");
    match found {
        Lookup::Found(_) => Judgement::pass(),
        Lookup::Missing => Judgement::fail(field(), format!("{kind} {name} does not exist")),
        Lookup::Unknown(cause) => {
            let message = format!("whether {kind} {name} exists is not known");
            Statement::unknown(cause, field(), message).into()
        }
    }
}

/// The kind that a target of a group that is part of Kubernetes was meant to be. Groups of others have a dot.
fn misplaced(target: &ScaleTarget) -> Option<Kind> {
    let is_foreign = target.group().contains('.');
    Kind::WORKLOADS.iter().copied().find(|kind| !is_foreign && target.kind == kind.as_str())
}

/// Whether the namespace may hold ReplicaSets that nobody shows because a Deployment, or a custom resource, manages them.
/// Among files there is none without one of these.
fn may_be_managed(subject: &ObjectSubject<'_>) -> bool {
    let namespace = subject.namespace;
    namespace.is_live()
        || namespace.maker().is_some()
        || namespace.workloads_gap().is_some()
        || namespace.may_hold_managed_replica_sets()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::baseline;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(api_version: &str, kind: &str, name: &str) -> ObjectCase {
        let target = json!({"apiVersion": api_version, "kind": kind, "name": name});
        let spec = json!({"scaleTargetRef": target, "maxReplicas": 5});
        let scaler = json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec});
        ObjectCase::of(&CHECK, scaler).with(baseline())
    }

    #[test]
    fn the_target_must_be_there() {
        for version in ["apps/v1", "apps/v1beta2"] {
            assert_eq!(of(version, "Deployment", "web").outcome(), Outcome::Pass, "{version}");
        }
        let gone = of("apps/v1", "StatefulSet", "web");
        assert_eq!(gone.message(), "StatefulSet web does not exist");
        assert_eq!(gone.fields(), ["spec.scaleTargetRef.name"]);
    }

    #[test]
    fn the_group_must_be_the_one_of_the_kind() {
        for version in ["", "v1", "extensions/v1beta1"] {
            let case = of(version, "Deployment", "web");
            assert_eq!(case.fields(), ["spec.scaleTargetRef.apiVersion"], "{version}");
            assert_eq!(case.message(), "the group that it names has no Deployment: it is of apps/v1");
        }
        assert_eq!(of("", "ReplicationController", "gone").fields(), ["spec.scaleTargetRef.name"]);
        assert_eq!(of("example.com/v1", "Deployment", "web").outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_scaled_object_scales_a_deployment_where_it_names_no_kind() {
        let scaled = |target: Value| {
            let spec = json!({"scaleTargetRef": target, "triggers": []});
            let scaled = json!({"kind": "ScaledObject", "metadata": {"name": "web"}, "spec": spec});
            ObjectCase::of(&CHECK, scaled).with(baseline())
        };
        assert_eq!(scaled(json!({"name": "web"})).outcome(), Outcome::Pass);
        assert_eq!(scaled(json!({"name": "gone"})).message(), "Deployment gone does not exist");
        let custom = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
        assert_eq!(scaled(custom).outcome(), Outcome::NotApplicable);
    }

    fn resizing(target: Value) -> ObjectCase {
        let scaler = json!({"kind": "VerticalPodAutoscaler", "metadata": {"name": "web"}, "spec": {"targetRef": target}});
        ObjectCase::of(&CHECK, scaler).with(baseline())
    }

    #[test]
    fn what_a_vertical_pod_autoscaler_names_must_be_there_too() {
        let of = |kind: &str, name: &str| resizing(json!({"kind": kind, "name": name}));
        assert_eq!(of("Deployment", "web").outcome(), Outcome::Pass, "it needs no group");
        assert_eq!(of("Deployment", "gone").message(), "Deployment gone does not exist");
        for kind in ["DaemonSet", "Job", "CronJob", "StatefulSet", "ReplicationController"] {
            assert_eq!(of(kind, "gone").fields(), ["spec.targetRef.name"], "{kind}");
        }
        let there = json!({"kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {}});
        assert_eq!(of("DaemonSet", "agent").with(there).outcome(), Outcome::Pass);
        assert_eq!(of("Pod", "web").message(), "a Pod makes no pods");
        assert_eq!(of("Deployment", "gone").coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let custom = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "gone"});
        assert_eq!(resizing(custom.clone()).outcome(), Outcome::NotApplicable);
        assert_eq!(resizing(custom).naming(&["argoproj.io/Rollout"]).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_has_no_replicas_cannot_be_scaled() {
        assert_eq!(of("apps/v1", "DaemonSet", "web").message(), "a DaemonSet cannot be scaled");
    }

    #[test]
    fn a_replica_set_is_missing_where_nothing_could_make_one() {
        let target = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone"});
        let spec = json!({"scaleTargetRef": target, "maxReplicas": 5});
        let scaler = json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec});
        let of = || ObjectCase::of(&CHECK, scaler.clone());
        assert_eq!(of().message(), "ReplicaSet gone does not exist");
        for may_be_managed in [
            of().with(baseline()),
            of().beside_maker("Rollout (argoproj.io)"),
            of().live(),
            of().coverage(Coverage::Partial),
        ] {
            assert_eq!(may_be_managed.outcome(), Outcome::Unknown);
        }
    }

    #[test]
    fn custom_kinds_are_not_judged_and_managed_replica_sets_are_not_known() {
        assert_eq!(of("argoproj.io/v1alpha1", "Rollout", "web").outcome(), Outcome::NotApplicable);
        assert_eq!(of("apps/v1", "ReplicaSet", "web-5d4f").outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_target_of_a_custom_kind_that_a_policy_names_must_be_there() {
        let rollout = |name: &str| {
            let spec = json!({"template": {"spec": {"containers": [{"name": "app"}]}}});
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": name}, "spec": spec})
        };
        let of = |name: &str| of("argoproj.io/v1alpha1", "Rollout", name).naming(&["argoproj.io/Rollout"]);
        assert_eq!(of("gone").with(rollout("web")).message(), "Rollout gone does not exist");
        assert_eq!(of("gone").fields(), ["spec.scaleTargetRef.name"]);
        assert_eq!(of("web").with(rollout("web")).outcome(), Outcome::Pass);
        assert_eq!(of("web").coverage(Coverage::Forbidden).outcome(), Outcome::Unknown);
        let other = self::of("example.com/v1", "Rollout", "web").naming(&["argoproj.io/Rollout"]);
        assert_eq!(other.outcome(), Outcome::NotApplicable, "of another group");
    }

    #[test]
    fn disagreement_44_a_target_that_was_not_given_is_not_known() {
        let gone = of("apps/v1", "Deployment", "gone");
        assert_eq!(gone.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}
