use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{PARKED, object};
use crate::checks::replicas::{self, Replicas};
use crate::checks::scalers;
use crate::inventory::Kind;
use crate::inventory::lenient::{IntOrString, Round, percent_of};
use crate::inventory::rollout::Rollout;

/// Parameters of `rolling-update-bounds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// How many percent of the wanted pods may be missing during a rollout. One pod always may.
    max_unavailable_percent: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_unavailable_percent: 25 }
    }
}

/// What the API takes for no deadline at all.
const NO_DEADLINE: i64 = i32::MAX as i64;

check! {
    /// ## What it checks
    /// During a rolling update at most a quarter of the wanted pods is missing (one of them always may),
    /// never all of them, and the update can go on: `maxUnavailable` and `maxSurge` are not both zero, and the
    /// `partition` of a StatefulSet is below its replicas. Of percentages that both come to no pod, the server makes
    /// one pod that may be missing. A Deployment has a `progressDeadlineSeconds` that is longer than its `minReadySeconds`. For a
    /// DaemonSet, only percentages can be judged. What an autoscaler may go down to counts instead of the
    /// workload's own `replicas`.
    ///
    /// ## Why it matters
    /// The pods that are left carry all the load of the rollout. Without a deadline, a rollout that is
    /// stuck never counts as failed, and pipelines wait for it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 4
    ///   strategy:
    ///     rollingUpdate:
    ///       maxUnavailable: 3
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
    ///   replicas: 4
    ///   strategy:
    ///     rollingUpdate:
    ///       maxUnavailable: 0
    ///       maxSurge: 1
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
    /// Remove `rollingUpdate` to get the defaults (25 %), or set `maxUnavailable: 0` and `maxSurge: 1`.
    ///
    /// ## Parameters
    /// - `maxUnavailablePercent`: how many percent of the wanted pods may be missing (default 25), rounded
    ///   up.
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Rolling Update Deployment and Progress Deadline Seconds
    name: "rolling-update-bounds",
    family: Availability,
    severity: Low,
    title: "Rolling updates keep most pods, and go on",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [HorizontalPodAutoscaler, ScaledObject],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let rolling = subject.workload.rollout.as_ref().filter(|rollout| rollout.strategy == "RollingUpdate");
    let Some(rollout) = rolling else {
        return Judgement::not_applicable("the workload does not roll");
    };
    if scalers::is_parked(subject) {
        return Judgement::not_applicable(PARKED);
    }
    let missing = missing_pods(subject, rollout, *parameters);
    missing.into_iter().chain(held_back(subject, rollout)).chain(deadline(rollout)).collect()
}

/// What there is to say of a partition that leaves every pod as it is.
fn held_back(subject: &WorkloadSubject<'_>, rollout: &Rollout) -> Option<Statement> {
    let partition = rollout.partition;
    let field = || object("spec.updateStrategy.rollingUpdate.partition");
    match replicas::of_any_kind(subject) {
        _ if partition <= 0 => None,
        Replicas::Known(wanted) if wanted > 0 && partition >= wanted => {
            let message = format!("partition {partition} of {wanted} leaves every pod as it is");
            Some(Statement::fail(field(), message))
        }
        Replicas::Unknown(cause) => Some(Statement::unknown(cause, field(), scalers::NOT_KNOWN)),
        Replicas::Known(_) | Replicas::None => None,
    }
}

fn missing_pods(
    subject: &WorkloadSubject<'_>,
    rollout: &Rollout,
    parameters: Parameters,
) -> Option<Statement> {
    let (kind, unavailable) = (subject.workload.kind, rollout.max_unavailable.as_ref()?);
    let field = || object(format!("{}.rollingUpdate.maxUnavailable", strategy_path(kind)));
    let fail = |message: String| Some(Statement::fail(field(), message));
    let Some(share) = unavailable.of_total(100, Round::Down) else {
        return fail(format!("maxUnavailable `{}` is neither a number nor a percentage", shown(unavailable)));
    };
    let surge = rollout.max_surge.as_ref();
    if is_zero(unavailable) && surge.is_some_and(is_zero) {
        return fail("maxUnavailable and maxSurge are both 0: no pod can be replaced".to_owned());
    }
    let most = i64::from(parameters.max_unavailable_percent);
    let is_share = matches!(unavailable, IntOrString::String(_));
    match replicas::of_any_kind(subject) {
        Replicas::Known(wanted) => too_many((unavailable, surge), wanted, (kind, most)).and_then(fail),
        // Of a DaemonSet's pods only the share is known.
        Replicas::None if is_share && share >= 100 => {
            fail(format!("maxUnavailable {unavailable} lets every pod be missing at once"))
        }
        Replicas::None if is_share && share > most => {
            fail(format!("maxUnavailable {unavailable} is more than {most} % of the pods"))
        }
        Replicas::Unknown(cause) if !is_within_any((unavailable, surge), share, (kind, most)) => {
            Some(Statement::unknown(cause, field(), scalers::NOT_KNOWN))
        }
        Replicas::None | Replicas::Unknown(_) => None,
    }
}

/// Whether it is within bounds whatever the number of wanted pods. A share without a surge is one pod of one.
fn is_within_any(
    (unavailable, surge): (&IntOrString, Option<&IntOrString>),
    share: i64,
    (kind, percent): (Kind, i64),
) -> bool {
    match unavailable {
        IntOrString::Int(number) => *number == 0 || (*number == 1 && kind == Kind::StatefulSet),
        IntOrString::String(_) => share <= percent.min(99) && !surge.is_some_and(is_zero),
    }
}

/// What is wrong with so many missing of the wanted pods. Of none wanted none can be missed.
fn too_many(
    (unavailable, surge): (&IntOrString, Option<&IntOrString>),
    wanted: i64,
    (kind, percent): (Kind, i64),
) -> Option<String> {
    let missing = unavailable.of_total(wanted, Round::Down)?;
    let more = surge.and_then(|surge| surge.of_total(wanted, Round::Up));
    // Where neither comes to a pod, the controller of Deployments takes one away all the same.
    let missing = if missing == 0 && more == Some(0) { 1 } else { missing };
    // A StatefulSet of one pod has no other way.
    let only_way = wanted == 1 && kind == Kind::StatefulSet;
    if wanted > 0 && missing >= wanted && !only_way {
        return Some(format!("maxUnavailable {unavailable} of {wanted} lets every pod be missing at once"));
    }
    let most = percent_of(percent, wanted, Round::Up).max(1);
    (wanted > 0 && missing > most)
        .then(|| format!("maxUnavailable {unavailable} of {wanted} is more than {percent} % of the pods"))
}

fn deadline(rollout: &Rollout) -> Option<Statement> {
    let seconds = rollout.progress_deadline_seconds?;
    let field = || object("spec.progressDeadlineSeconds");
    if seconds == NO_DEADLINE {
        return Some(Statement::fail(
            field(),
            "progressDeadlineSeconds stands for none: a stuck rollout never fails",
        ));
    }
    let ready = rollout.min_ready_seconds;
    (seconds <= ready).then(|| {
        let message = format!("progressDeadlineSeconds {seconds} is not above minReadySeconds {ready}");
        Statement::fail(field(), message)
    })
}

/// Whether the field itself says zero: a percentage that rounds down to none is made one by the server.
fn is_zero(value: &IntOrString) -> bool {
    matches!(value, IntOrString::Int(0)) || matches!(value, IntOrString::String(text) if text == "0%")
}

fn shown(value: &IntOrString) -> String {
    value.to_string().escape_debug().take(40).collect()
}

const fn strategy_path(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Deployment) { "spec.strategy" } else { "spec.updateStrategy" }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{scaled_object, scaler};
    use crate::inventory::lookup::Coverage;

    fn of(replicas: i64, unavailable: Value, surge: Value) -> Case {
        let rolling = json!({"maxUnavailable": unavailable, "maxSurge": surge});
        Case::of(&CHECK)
            .workload(json!({"spec": {"replicas": replicas, "strategy": {"rollingUpdate": rolling}}}))
    }

    #[test]
    fn one_pod_may_always_be_missing_but_never_all() {
        assert_eq!(of(2, json!(1), json!(0)).outcome(), Outcome::Pass);
        assert_eq!(of(1, json!(1), json!(1)).outcome(), Outcome::Fail);
        assert_eq!(of(3, json!(1), json!(0)).outcome(), Outcome::Pass);
        assert_eq!(of(3, json!("100%"), json!(0)).fields(), ["spec.strategy.rollingUpdate.maxUnavailable"]);
    }

    #[test]
    fn percentages_of_missing_pods_are_rounded_down_and_the_bound_up() {
        assert_eq!(of(5, json!(2), json!(0)).outcome(), Outcome::Pass);
        assert_eq!(
            of(5, json!(3), json!(0)).message(),
            "maxUnavailable 3 of 5 is more than 25 % of the pods"
        );
        assert_eq!(of(5, json!("59%"), json!(0)).outcome(), Outcome::Pass);
        assert_eq!(
            of(5, json!(3), json!(0)).parameters(json!({"maxUnavailablePercent": 60})).outcome(),
            Outcome::Pass
        );
        assert_eq!(of(1, Value::Null, Value::Null).outcome(), Outcome::Pass);
    }

    #[test]
    fn with_neither_room_nor_surge_nothing_goes_on() {
        assert!(of(3, json!(0), json!(0)).message().contains("no pod can be replaced"));
        assert!(of(3, json!("0%"), json!("0%")).message().contains("no pod can be replaced"));
        assert_eq!(of(3, json!(0), json!("1%")).outcome(), Outcome::Pass);
        let lots = of(3, json!("lots"), json!(1)).message();
        assert_eq!(lots, "maxUnavailable `lots` is neither a number nor a percentage");
    }

    #[test]
    fn where_both_shares_come_to_nothing_one_pod_is_missing() {
        assert_eq!(
            of(1, json!("25%"), json!(0)).message(),
            "maxUnavailable 25% of 1 lets every pod be missing at once"
        );
        assert_eq!(of(1, json!("25%"), json!("0%")).outcome(), Outcome::Fail);
        assert_eq!(of(1, json!("25%"), json!("1%")).outcome(), Outcome::Pass, "a surge is rounded up");
        assert_eq!(of(2, json!("25%"), json!(0)).outcome(), Outcome::Pass, "one of two always may");
        let partial = of(8, json!("25%"), json!(0)).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown, "of one it would be all");
    }

    #[test]
    fn a_partition_leaves_some_pods_to_update() {
        let with = |partition: i64, replicas: i64| {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
            let spec = json!({"replicas": replicas, "strategy": null, "updateStrategy": strategy});
            Case::of(&CHECK).workload(json!({"kind": "StatefulSet", "spec": spec}))
        };
        assert_eq!(with(10, 4).message(), "partition 10 of 4 leaves every pod as it is");
        assert_eq!(with(4, 4).fields(), ["spec.updateStrategy.rollingUpdate.partition"]);
        assert_eq!((with(3, 4).outcome(), with(0, 1).outcome()), (Outcome::Pass, Outcome::Pass));
        assert_eq!(with(3, 4).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let strategy = json!({"rollingUpdate": {"partition": 10}});
        let deployment = Case::of(&CHECK).workload(json!({"spec": {"strategy": strategy}}));
        assert_eq!(deployment.outcome(), Outcome::Pass, "a Deployment has none");
    }

    #[test]
    fn deadlines_are_there_and_longer_than_the_wait_for_ready() {
        let with = |spec: Value| Case::of(&CHECK).workload(json!({"spec": spec}));
        assert_eq!(
            with(json!({"progressDeadlineSeconds": 2_147_483_647})).fields(),
            ["spec.progressDeadlineSeconds"]
        );
        assert_eq!(with(json!({"minReadySeconds": 600})).outcome(), Outcome::Fail);
        assert_eq!(with(json!({"minReadySeconds": 599})).outcome(), Outcome::Pass);
    }

    #[test]
    fn of_a_daemon_set_only_shares_are_judged() {
        let with = |unavailable: Value| {
            let strategy = json!({"rollingUpdate": {"maxUnavailable": unavailable}});
            Case::of(&CHECK).workload(
                json!({"kind": "DaemonSet", "spec": {"replicas": null, "updateStrategy": strategy}}),
            )
        };
        assert_eq!(with(json!(7)).outcome(), Outcome::Pass);
        assert_eq!(with(json!("25%")).outcome(), Outcome::Pass);
        assert_eq!(with(json!("26%")).fields(), ["spec.updateStrategy.rollingUpdate.maxUnavailable"]);
        assert_eq!(with(json!("26%")).message(), "maxUnavailable 26% is more than 25 % of the pods");
        assert_eq!(with(json!("100%")).message(), "maxUnavailable 100% lets every pod be missing at once");
    }

    #[test]
    fn a_stateful_set_of_one_pod_has_no_other_way() {
        let with = |replicas: i64| {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": replicas}});
            let spec = json!({"replicas": replicas, "strategy": null, "updateStrategy": strategy});
            Case::of(&CHECK).workload(json!({"kind": "StatefulSet", "spec": spec}))
        };
        assert_eq!(with(1).outcome(), Outcome::Pass);
        assert_eq!(with(1).coverage(Coverage::Partial).outcome(), Outcome::Pass, "of more it is one of them");
        assert_eq!(with(3).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert!(with(3).message().ends_with("lets every pod be missing at once"));
    }

    #[test]
    fn what_an_autoscaler_may_go_down_to_counts_instead_of_the_own_replicas() {
        let low = of(1, json!(2), json!(0)).with(scaler("web", json!({"minReplicas": 8})));
        assert_eq!(low.outcome(), Outcome::Pass);
        let high = of(8, json!(2), json!(0)).with(scaler("web", json!({"minReplicas": 2})));
        assert_eq!(high.message(), "maxUnavailable 2 of 2 lets every pod be missing at once");
        let none = of(8, json!(2), json!(0)).with(scaled_object("web", json!({"minReplicaCount": 0})));
        assert_eq!(none.outcome(), Outcome::Pass, "of none wanted none can be missed");
    }

    #[test]
    fn disagreement_44_autoscalers_that_were_not_given_leave_open_what_depends_on_the_number() {
        let with = |unavailable: Value| of(8, unavailable, json!(1)).coverage(Coverage::Partial);
        for (unavailable, outcome) in [
            (json!(0), Outcome::Pass),
            (json!("25%"), Outcome::Pass),
            (json!("26%"), Outcome::Unknown),
            (json!(1), Outcome::Unknown),
            (json!("lots"), Outcome::Fail),
        ] {
            assert_eq!(with(unavailable.clone()).outcome(), outcome, "{unavailable}");
        }
        assert_eq!(with(json!(1)).fields(), ["spec.strategy.rollingUpdate.maxUnavailable"]);
        assert_eq!(with(json!(1)).with(scaler("web", json!({"minReplicas": 4}))).outcome(), Outcome::Pass);
        let all = with(json!("100%")).parameters(json!({"maxUnavailablePercent": 100}));
        assert_eq!(all.outcome(), Outcome::Unknown);
        let neither = of(8, json!(0), json!(0)).coverage(Coverage::Partial);
        assert_eq!(neither.outcome(), Outcome::Fail);
    }

    #[test]
    fn scaled_to_zero_it_is_not_applicable() {
        assert_eq!(of(0, json!("100%"), json!(0)).outcome(), Outcome::NotApplicable);
    }
}
