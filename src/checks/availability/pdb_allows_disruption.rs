use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::budgets::{allowed, judge_alone, judge_budgets, limit};
use crate::checks::helpers::{PARKED, not_for_batch};
use crate::checks::replicas::{Replicas, of_any_kind};
use crate::checks::scalers;
use crate::inventory::Kind;
use crate::inventory::disruption::{PodDisruptionBudget, PodDisruptionBudgetSpec};

check! {
    /// ## What it checks
    /// Every PodDisruptionBudget that selects the pods of a workload that keeps running lets at least one of
    /// them go when the workload has as few replicas as it may have and all are well: the `minReplicas` of a
    /// HorizontalPodAutoscaler or the `minReplicaCount` of a ScaledObject of KEDA, else its own `replicas`. Percentages are rounded up, as the API server does.
    /// Where the budget selects the pods of other workloads that are known here, theirs count as well, a
    /// DaemonSet's as none. A budget that sets nothing lets no pod go. Of a DaemonSet, whose number of pods is that of
    /// nodes, only what lets none go whatever their number is judged; so is a budget that selects none.
    ///
    /// ## Why it matters
    /// A budget that never lets a pod go blocks the drain of its node: upgrades of the cluster stop there,
    /// until somebody deletes the budget or the pod by force.
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   minAvailable: 2
    ///   selector: {matchLabels: {app: web}}
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    ///
    /// ## How to fix
    /// Set `maxUnavailable: 1` in the budget instead of `minAvailable`, or run one replica more.
    ///
    /// ## References
    /// - Kubernetes documentation: Specifying a Disruption Budget for your Application
    name: "pdb-allows-disruption",
    family: Availability,
    severity: High,
    title: "Disruption budgets let at least one pod go",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [PodDisruptionBudget, HorizontalPodAutoscaler, ScaledObject],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [PodDisruptionBudget] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_for_batch(subject) {
        return judgement;
    }
    if scalers::is_parked(subject) {
        return Judgement::not_applicable(PARKED);
    }
    let own = pods(subject);
    judge_budgets(subject, CHECK.severity, |budget| of_budget(subject, budget, own))
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge_alone(subject, |budget| of_many(&budget.spec))
}

/// What is wrong with a budget however many pods there are.
fn of_many(spec: &PodDisruptionBudgetSpec) -> Option<Statement> {
    let (field, limit) = limit(spec);
    let problem = match allowed(spec, MANY) {
        None => format!("{limit} is neither a number nor a percentage"),
        Some(0) => format!("{limit} never lets a pod go: nodes cannot be drained"),
        Some(_) => return None,
    };
    Some(Statement::fail(field, problem))
}

fn of_budget(
    subject: &WorkloadSubject<'_>,
    budget: &PodDisruptionBudget,
    own: Replicas,
) -> Option<Statement> {
    let spec = &budget.spec;
    if let Some(statement) = of_many(spec) {
        return Some(statement);
    }
    let (field, limit) = limit(spec);
    match own {
        // More pods never let fewer go, so that others are asked only when it matters. Where an autoscaler may
        // go down to none, the first pod counts: of none, none has to go.
        Replicas::Known(own) if lets_go(spec, own.max(1)) => None,
        Replicas::Known(own) => {
            let pods = own.max(1).saturating_add(pods_beside(subject, budget));
            let message = || format!("{limit} lets no pod go when there are {pods}: nodes cannot be drained");
            (!lets_go(spec, pods)).then(|| Statement::fail(field, message()))
        }
        // Whatever their number is, one may go.
        Replicas::Unknown(_) if lets_go(spec, 1) => None,
        Replicas::None => None,
        Replicas::Unknown(cause) => Some(Statement::unknown(cause, field, scalers::NOT_KNOWN)),
    }
}

/// Whether the budget lets at least one of this many pods go.
fn lets_go(spec: &PodDisruptionBudgetSpec, pods: i64) -> bool {
    allowed(spec, pods).is_some_and(|allowed| allowed > 0)
}

/// As many pods as nobody has: a budget that lets none of them go never lets one go.
const MANY: i64 = 1_000_000_000;

/// The least number of pods of other workloads that the budget is about.
fn pods_beside(subject: &WorkloadSubject<'_>, budget: &PodDisruptionBudget) -> i64 {
    let Some(selector) = &budget.spec.selector else { return 0 };
    let own = subject.workload;
    let others = subject
        .namespace
        .workloads_selected(selector)
        .filter(|other| (other.kind, &other.metadata.name) != (own.kind, &own.metadata.name));
    others.map(|workload| least(&WorkloadSubject { workload, ..*subject })).sum()
}

fn least(subject: &WorkloadSubject<'_>) -> i64 {
    match pods(subject) {
        Replicas::Known(pods) => pods,
        Replicas::None | Replicas::Unknown(_) => subject.workload.replicas.unwrap_or(0),
    }
}

/// The least number of pods of a workload.
fn pods(subject: &WorkloadSubject<'_>) -> Replicas {
    match subject.workload.kind {
        Kind::Pod => Replicas::Known(1),
        _ => of_any_kind(subject),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::{Cause, Coverage};

    fn budget(spec: Value) -> Value {
        let mut spec = spec;
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec})
    }

    fn of(replicas: i64, spec: Value) -> Case {
        Case::of(&CHECK).workload(json!({"spec": {"replicas": replicas}})).with(budget(spec))
    }

    fn scaler(min: i64) -> Value {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": target, "minReplicas": min, "maxReplicas": 9}})
    }

    #[test]
    fn disagreement_34_what_is_allowed_is_computed_at_the_effective_minimum() {
        for (replicas, spec, outcome) in [
            (2, json!({"minAvailable": 1}), Outcome::Pass),
            (2, json!({"minAvailable": 2}), Outcome::Fail),
            (2, json!({"minAvailable": "51%"}), Outcome::Fail),
            (3, json!({"minAvailable": "51%"}), Outcome::Pass),
            (1, json!({"maxUnavailable": 1}), Outcome::Pass),
            (9, json!({"maxUnavailable": "0%"}), Outcome::Fail),
            (9, json!({"minAvailable": "100%"}), Outcome::Fail),
            (9, json!({}), Outcome::Fail),
            (0, json!({"minAvailable": 2}), Outcome::NotApplicable),
        ] {
            assert_eq!(of(replicas, spec.clone()).outcome(), outcome, "{spec} of {replicas}");
        }
        let scaled = of(5, json!({"minAvailable": 2}));
        assert_eq!(scaled.clone().with(scaler(2)).outcome(), Outcome::Fail);
        assert_eq!(scaled.with(scaler(3)).outcome(), Outcome::Pass);
        let to_none = |spec: Value| of(5, spec).with(scaler(0)).outcome();
        assert_eq!(to_none(json!({"minAvailable": 0})), Outcome::Pass);
        assert_eq!(to_none(json!({"maxUnavailable": 1})), Outcome::Pass);
        assert_eq!(to_none(json!({"minAvailable": 1})), Outcome::Fail);
    }

    #[test]
    fn the_finding_is_about_the_budget_and_its_limit() {
        let findings = of(2, json!({"minAvailable": 2})).judged().findings;
        assert_eq!(
            findings[0].object.as_ref().map(ToString::to_string),
            Some("PodDisruptionBudget shop/web".to_owned())
        );
        assert_eq!(findings[0].field, "spec.minAvailable");
        assert_eq!(
            findings[0].message,
            "minAvailable 2 lets no pod go when there are 2: nodes cannot be drained"
        );
    }

    #[test]
    fn pods_of_other_workloads_count_where_the_budget_is_about_them() {
        let other = |app: &str| {
            let template = json!({"metadata": {"labels": {"app": app}}});
            json!({"kind": "Deployment", "metadata": {"name": "other"}, "spec": {"replicas": 1, "template": template}})
        };
        let case = of(2, json!({"minAvailable": 2}));
        assert_eq!(case.clone().with(other("web")).outcome(), Outcome::Pass);
        assert_eq!(case.with(other("api")).outcome(), Outcome::Fail);
    }

    /// How many there are is no matter, nor does it stand in what is said: nobody judges again when it changes.
    #[test]
    fn what_never_lets_a_pod_go_counts_no_pods() {
        let beside = json!({"kind": "StatefulSet", "metadata": {"name": "other"},
            "spec": {"replicas": 3, "template": {"metadata": {"labels": {"app": "web"}}}}});
        for (spec, limit) in [
            (json!({"maxUnavailable": 0}), "maxUnavailable 0"),
            (json!({"maxUnavailable": "0%"}), "maxUnavailable 0%"),
            (json!({"minAvailable": "100%"}), "minAvailable 100%"),
            (json!({}), "neither minAvailable nor maxUnavailable"),
        ] {
            let said = format!("{limit} never lets a pod go: nodes cannot be drained");
            assert_eq!(of(2, spec.clone()).message(), said);
            assert_eq!(of(2, spec).with(beside.clone()).message(), said);
        }
    }

    #[test]
    fn of_other_workloads_the_least_number_counts() {
        let labels = json!({"app": "web"});
        let beside = |kind: &str, spec: Value| {
            let metadata = json!({"name": "other", "labels": labels});
            let template = json!({"metadata": {"labels": labels}});
            let mut other = json!({"kind": kind, "metadata": metadata, "spec": {"template": template}});
            crate::checks::testing::merge(&mut other["spec"], spec);
            of(2, json!({"minAvailable": 9})).with(other)
        };
        let least =
            |case: Case| case.message().split(' ').find_map(|word| word.strip_suffix(':')?.parse().ok());
        assert_eq!(least(beside("Deployment", json!({"replicas": 3}))), Some(5));
        assert_eq!(least(beside("ReplicaSet", json!({"replicas": 4}))), Some(6));
        assert_eq!(least(beside("Pod", json!({}))), Some(3));
        assert_eq!(least(beside("DaemonSet", json!({}))), Some(2));
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"});
        let spec = json!({"scaleTargetRef": target, "minReplicas": 5, "maxReplicas": 9});
        let scaler = json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "other"}, "spec": spec});
        let scaled = |replicas: i64| beside("Deployment", json!({"replicas": replicas})).with(scaler.clone());
        assert_eq!(least(scaled(1)), Some(7));
        assert_eq!(least(scaled(0)), Some(2), "what is scaled to zero is left alone");
    }

    #[test]
    fn disagreement_46_without_a_budget_there_is_nothing_to_judge() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_an_autoscaler_that_is_not_known_matters_only_where_the_number_does() {
        let of = |spec: Value| of(2, spec).coverage_of(Kind::HorizontalPodAutoscaler, Coverage::Forbidden);
        assert_eq!(of(json!({"maxUnavailable": 1})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"maxUnavailable": "1%"})).outcome(), Outcome::Pass, "rounded up");
        assert_eq!(of(json!({"minAvailable": 0})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"maxUnavailable": 0})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"minAvailable": "100%"})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"minAvailable": 1})).judged().findings[0].cause, Some(Cause::Forbidden));
        let partial = Case::of(&CHECK).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
    }

    #[test]
    fn disagreement_32_a_custom_kind_with_replicas_is_held_to_it() {
        let rollout = |replicas: i64| {
            let kind = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"replicas": replicas}});
            Case::of(&CHECK).workload(kind).with(budget(json!({"minAvailable": 2})))
        };
        assert_eq!(rollout(2).outcome(), Outcome::Fail);
        assert_eq!(rollout(3).outcome(), Outcome::Pass);
        let target = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
        let spec = json!({"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9});
        let scaler = json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec});
        assert_eq!(rollout(3).with(scaler).outcome(), Outcome::Fail);
    }

    #[test]
    fn bare_kinds_have_as_many_pods_as_they_say_and_a_daemon_set_any_number() {
        let of = |kind: &str, spec: Value| {
            let kind = json!({"apiVersion": "apps/v1", "kind": kind, "spec": {"replicas": 3}});
            Case::of(&CHECK).workload(kind).with(budget(spec)).outcome()
        };
        assert_eq!(of("ReplicaSet", json!({"minAvailable": 3})), Outcome::Fail);
        assert_eq!(of("ReplicaSet", json!({"minAvailable": 2})), Outcome::Pass);
        assert_eq!(of("DaemonSet", json!({"minAvailable": 3})), Outcome::Pass);
        assert_eq!(of("DaemonSet", json!({"minAvailable": "100%"})), Outcome::Fail);
    }

    #[test]
    fn one_that_selects_nothing_fails_where_no_number_of_pods_would_help() {
        let of = |spec: Value| ObjectCase::of(&CHECK, budget(spec));
        let never = of(json!({"maxUnavailable": 0}));
        assert_eq!(never.message(), "maxUnavailable 0 never lets a pod go: nodes cannot be drained");
        assert_eq!(of(json!({"minAvailable": "100%"})).fields(), ["spec.minAvailable"]);
        assert_eq!(of(json!({"minAvailable": "many"})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"minAvailable": 9})).outcome(), Outcome::Pass, "there may be ten");
    }
}
