use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::object;
use crate::checks::scalers::{self, Scaler, judge_alone, judge_scalers};
use crate::inventory::ObjectKey;

check! {
    /// ## What it checks
    /// No more than one HorizontalPodAutoscaler or ScaledObject of KEDA scales the workload, or names the same target
    /// where that is no workload that is known. A ScaledObject and the HorizontalPodAutoscaler that KEDA makes of it are
    /// one. VerticalPodAutoscalers are not looked at.
    ///
    /// ## Why it matters
    /// Two of them set the replicas in turns, each undoing what the other decided.
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
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: other}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 9
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
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## How to fix
    /// Delete every HorizontalPodAutoscaler but one, and give that one all metrics: it takes the largest number
    /// that any of them asks for. Beside a ScaledObject, delete all of them: it has triggers for CPU and memory as well.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling
    name: "hpa-unique",
    family: Availability,
    severity: Medium,
    title: "One autoscaler at most scales a workload",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [HorizontalPodAutoscaler, ScaledObject] evaluate_alone,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = scalers::none_can_matter(subject) {
        return judgement;
    }
    let found = scalers::of(subject);
    let first = found.found.first().map(|scaler| scaler.key());
    judge_scalers(subject, CHECK.severity, |scaler| {
        beside(scaler, first.as_ref(), "workload").into_iter().collect()
    })
}

fn evaluate_alone(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge_alone(subject, |scaler| {
        let all = subject.namespace.scalers_of_target(scaler.target());
        let first = all.found.first().map(|one| one.key());
        let unknown = || {
            let message = "which autoscalers have the same target is not known in full";
            Some(Statement::unknown(all.incomplete?, object("spec.scaleTargetRef"), message))
        };
        beside(scaler, first.as_ref(), "target").or_else(unknown).into_iter().collect()
    })
}

/// What there is to say of an autoscaler that is not the first of its target.
fn beside(scaler: Scaler<'_>, first: Option<&ObjectKey>, what: &str) -> Option<Statement> {
    let first = first.filter(|first| **first != scaler.key())?;
    let message = format!("{} {} scales the same {what}", first.kind, quoted(&first.name, 100));
    Some(Statement::fail(object("spec.scaleTargetRef"), message))
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
    fn the_second_one_is_one_too_many() {
        assert_eq!(of(json!({})).outcome(), Outcome::Pass);
        let two = of(json!({})).with(scaler("other", json!({})));
        assert_eq!(two.message(), "HorizontalPodAutoscaler other scales the same workload");
        assert_eq!(two.fields(), ["spec.scaleTargetRef"]);
        let partial = of(json!({})).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown, "there may be a second");
    }

    #[test]
    fn those_of_one_target_that_nobody_knows_are_one_too_many_too() {
        let rollout = |kind: &str, name: &str| {
            let target = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
            json!({"kind": kind, "metadata": {"name": name}, "spec": {"scaleTargetRef": target, "maxReplicas": 5}})
        };
        let hpa = "HorizontalPodAutoscaler";
        let second = || ObjectCase::of(&CHECK, rollout(hpa, "h2"));
        assert_eq!(second().outcome(), Outcome::Pass);
        let two = second().with(rollout(hpa, "h1"));
        assert_eq!(two.message(), "HorizontalPodAutoscaler h1 scales the same target");
        let first = ObjectCase::of(&CHECK, rollout(hpa, "h1")).with(rollout(hpa, "h2"));
        assert_eq!(first.outcome(), Outcome::Pass, "it is said of one of them");
        let mut other = rollout(hpa, "h1");
        other["spec"]["scaleTargetRef"]["kind"] = json!("Experiment");
        assert_eq!(second().with(other).outcome(), Outcome::Pass, "of another target");
        let scaled = ObjectCase::of(&CHECK, rollout("ScaledObject", "s"));
        assert_eq!(scaled.with(rollout(hpa, "h1")).outcome(), Outcome::Fail);
        let made = ObjectCase::of(&CHECK, rollout(hpa, "keda-hpa-s")).with(rollout("ScaledObject", "s"));
        assert_eq!(made.outcome(), Outcome::NotApplicable);
        assert_eq!(second().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_scaled_object_is_one_with_the_autoscaler_that_keda_makes_of_it() {
        let scaled = Case::of(&CHECK).with(scaled_object("web", json!({})));
        let owner =
            json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "web", "uid": "1"});
        let mut made = scaler("any", json!({}));
        made["metadata"]["ownerReferences"] = json!([owner]);
        assert_eq!(scaled.clone().with(made).outcome(), Outcome::Pass);
        assert_eq!(scaled.clone().with(scaler("keda-hpa-web", json!({}))).outcome(), Outcome::Pass);
        let own = scaled.clone().with(scaler("web", json!({})));
        assert_eq!(own.message(), "HorizontalPodAutoscaler web scales the same workload");
        let two = scaled.with(scaled_object("again", json!({})));
        assert_eq!(two.message(), "ScaledObject again scales the same workload");
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
