use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::budgets::{judge_budgets, limit};
use crate::inventory::Kind;
use crate::inventory::lenient::IntOrString;

check! {
    /// ## What it checks
    /// A PodDisruptionBudget with `maxUnavailable`, or with a percentage, selects only pods whose controller
    /// says how many there should be: a Deployment, StatefulSet, ReplicaSet or ReplicationController. Pods of
    /// a DaemonSet, a Job or a CronJob, and bare ones, need `minAvailable` as a number. What a custom resource
    /// controls is not judged: whether it can be scaled is for its definition to say.
    ///
    /// ## Why it matters
    /// Both are a share of the wanted pods, and the API server asks the controller for those. Where it gets no
    /// answer it lets no pod go, of this workload and of every other that the budget selects.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: DaemonSet
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: DaemonSet
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   minAvailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## How to fix
    /// Set `minAvailable` to a number in place of `maxUnavailable`, or narrow the selector of the budget to
    /// pods that can be scaled.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application, Arbitrary workloads and arbitrary selectors
    name: "pdb-controller-support",
    family: Availability,
    severity: Medium,
    title: "Disruption budgets fit what controls the pods",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [PodDisruptionBudget],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let workload = subject.workload;
    let whose = match workload.kind {
        Kind::DaemonSet => "a DaemonSet",
        Kind::Job | Kind::CronJob => "a Job",
        Kind::Pod if workload.owner().is_none() => "nothing",
        Kind::Pod => return Judgement::not_applicable("a custom resource controls the pod"),
        _ => "",
    };
    judge_budgets(subject, CHECK.severity, |budget| {
        let is_share = |value: &IntOrString| matches!(value, IntOrString::String(_));
        let spec = &budget.spec;
        let needs_scale = spec.max_unavailable.is_some() || spec.min_available.as_ref().is_some_and(is_share);
        let (field, limit) = limit(spec);
        let message = || format!("{limit} needs pods that can be scaled, and {whose} controls some of them");
        (needs_scale && !whose.is_empty()).then(|| Statement::fail(field, message()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn budget(spec: Value) -> Value {
        let mut spec = spec;
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec})
    }

    fn of(kind: &str, spec: Value) -> Case {
        Case::of(&CHECK).workload(json!({"kind": kind})).with(budget(spec))
    }

    #[test]
    fn a_share_needs_a_controller_that_can_be_scaled() {
        for (kind, fails) in
            [("Deployment", false), ("StatefulSet", false), ("DaemonSet", true), ("Job", true)]
        {
            let outcome = if fails { Outcome::Fail } else { Outcome::Pass };
            assert_eq!(of(kind, json!({"maxUnavailable": 1})).outcome(), outcome, "{kind}");
            assert_eq!(of(kind, json!({"minAvailable": "50%"})).outcome(), outcome, "{kind}");
            assert_eq!(of(kind, json!({"minAvailable": 1})).outcome(), Outcome::Pass, "{kind}");
        }
        let message = of("DaemonSet", json!({"maxUnavailable": 1})).message();
        assert_eq!(
            message,
            "maxUnavailable 1 needs pods that can be scaled, and a DaemonSet controls some of them"
        );
    }

    #[test]
    fn disagreement_34_what_a_custom_resource_controls_is_not_judged() {
        let owner = json!([{"apiVersion": "shop.example/v1", "kind": "Shop", "name": "web", "uid": "1", "controller": true}]);
        let bare = json!({"kind": "Pod", "metadata": {"labels": {"app": "web"}}, "spec": {"restartPolicy": "Always"}});
        let case = Case::of(&CHECK).workload(bare).with(budget(json!({"maxUnavailable": 1})));
        assert_eq!(case.outcome(), Outcome::Fail);
        let owned = case.workload(json!({"metadata": {"ownerReferences": owner}}));
        assert_eq!(owned.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_budgets_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}
