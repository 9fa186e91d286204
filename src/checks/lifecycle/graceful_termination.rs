use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, WorkloadSubject, classes::Classes};
use crate::checks::helpers::{not_for_batch, pod};
use crate::checks::services;
use crate::checks::sleeps::{self, FOR_EVER};
use crate::inventory::Kind;
use crate::inventory::container::ContainerClass;
use crate::inventory::probe::LifecycleHandler;

/// Which workloads are held to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Scope {
    /// All that are long-running.
    All,
    /// Those to whose pods a Service sends.
    ServiceBacked,
}

/// Parameters of `graceful-termination`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Which workloads are held to it.
    scope: Scope,
    /// The longest grace period, in seconds.
    max_seconds: i64,
    /// Whether every app container of a pod that a Service sends to needs a `preStop` hook.
    require_pre_stop: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { scope: Scope::All, max_seconds: 600, require_pre_stop: false }
    }
}

check! {
    /// ## What it checks
    /// A long-running pod has time to end: `terminationGracePeriodSeconds` is above zero and at most ten
    /// minutes, and longer than what a `preStop` hook of a container waits (`sleep`, or a command that
    /// sleeps; of a script that does so several times, all of it). With `requirePreStop`, every app container of a pod
    /// that a Service sends to has such a hook. With `scope: serviceBacked` other pods are not judged at all; whether
    /// a Service sends to them is asked only of those with something to be said.
    ///
    /// ## Why it matters
    /// A pod that is killed at once drops the requests it is working on, at every rollout and every drained
    /// node. The hook's time counts as grace period: when it has used it up, the container is killed all
    /// the same. Without an end, a pod that hangs holds up the drain of its node.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   terminationGracePeriodSeconds: 0
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   terminationGracePeriodSeconds: 45
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       lifecycle:
    ///         preStop:
    ///           sleep:
    ///             seconds: 10
    /// ```
    ///
    /// ## How to fix
    /// Set `terminationGracePeriodSeconds` to the wait of the `preStop` hook plus the time that the longest
    /// request takes. A `preStop` hook with `sleep` of some seconds lets load balancers take the pod out
    /// first.
    ///
    /// ## Parameters
    /// - `scope`: `all` long-running pods (default), for which the check needs nothing but the object and can refuse it
    ///   at admission, or `serviceBacked`: those that a Service sends to.
    /// - `maxSeconds`: the longest grace period (default 600).
    /// - `requirePreStop`: whether app containers of a pod that a Service sends to need a `preStop` hook
    ///   (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Lifecycle, Termination of Pods
    /// - KEP-3960: sleep action for `preStop`
    name: "graceful-termination",
    family: Lifecycle,
    severity: Medium,
    title: "Pods have time to end",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_for_batch(subject) {
        return judgement;
    }
    let wrong = wrong(subject, *parameters);
    if parameters.scope == Scope::All || wrong.is_empty() {
        return wrong.into_iter().collect();
    }
    let served = services::of(subject);
    if served.is_certainly_empty() {
        return Judgement::not_applicable("no Service sends to the workload");
    }
    match served.doubt() {
        Some(cause) => {
            let message = "whether a Service sends to the workload is not known";
            Statement::unknown(cause, pod("terminationGracePeriodSeconds"), message).into()
        }
        None => wrong.into_iter().collect(),
    }
}

fn wrong(subject: &WorkloadSubject<'_>, parameters: Parameters) -> Vec<Statement> {
    // The effective pod has one; this is the API's default.
    let grace = subject.pod().termination_grace_period_seconds.unwrap_or(30);
    let field = || pod("terminationGracePeriodSeconds");
    let most = parameters.max_seconds;
    if grace <= 0 {
        let message = "the grace period is 0 s: the pods are killed without a chance to finish";
        return vec![Statement::fail(field(), message)];
    }
    let too_long = (grace > most)
        .then(|| Statement::fail(field(), format!("the grace period is {grace} s; {most} s is the most")));
    let waits = subject.containers().filter_map(|container| outlasted(&container, grace));
    let hooks = missing_hooks(subject, parameters);
    too_long.into_iter().chain(waits).chain(hooks).collect()
}

/// What there is to say of a hook that leaves its container no time.
fn outlasted(container: &ContainerSubject<'_>, grace: i64) -> Option<Statement> {
    if !Classes::LONG_RUNNING.contain(container.class) {
        return None;
    }
    let (seconds, field) = wait(hook(container)?)?;
    (seconds >= grace).then(|| {
        let wait = if seconds == FOR_EVER { "for ever".to_owned() } else { format!("{seconds} s") };
        let message =
            format!("preStop waits {wait} of a grace period of {grace} s: none is left to finish in");
        Statement::fail(at(container, field), message)
    })
}

fn missing_hooks(subject: &WorkloadSubject<'_>, parameters: Parameters) -> Vec<Statement> {
    let without = |container: &ContainerSubject<'_>| {
        container.class == ContainerClass::App && hook(container).is_none()
    };
    let mut without = subject.containers().filter(without).peekable();
    if !parameters.require_pre_stop || without.peek().is_none() {
        return Vec::new();
    }
    let services = subject.namespace.services_selecting(subject.workload);
    let statement = |container: &ContainerSubject<'_>| {
        let field = at(container, "");
        match (services.found.first(), services.incomplete) {
            (Some(service), _) => {
                let message =
                    format!("no preStop hook, and Service {} sends to the pod", service.metadata.name);
                Some(Statement::fail(field, message))
            }
            (None, Some(cause)) => {
                let message = "no preStop hook; whether a Service sends to the pod is not known";
                Some(Statement::unknown(cause, field, message))
            }
            (None, None) => None,
        }
    };
    without.filter_map(|container| statement(&container)).collect()
}

fn hook<'a>(container: &ContainerSubject<'a>) -> Option<&'a LifecycleHandler> {
    container.container.lifecycle.as_ref()?.pre_stop.as_deref()
}

/// How long a hook surely waits, and the field that says so.
fn wait(hook: &LifecycleHandler) -> Option<(i64, &'static str)> {
    if let Some(sleep) = hook.sleep {
        return Some((sleep.seconds, ".sleep.seconds"));
    }
    Some((sleeps::seconds(&hook.exec.as_ref()?.command)?, ".exec.command"))
}

fn at(container: &ContainerSubject<'_>, field: &str) -> Field {
    pod(format!("{}[{}].lifecycle.preStop{field}", container.class.list(), container.index))
}

const fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    let asks = parameters.require_pre_stop || matches!(parameters.scope, Scope::ServiceBacked);
    if asks { &[Kind::Service] } else { &[] }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn hooked(hook: Value) -> Case {
        Case::of(&CHECK).container(json!({"lifecycle": {"preStop": hook}}))
    }

    #[test]
    fn a_grace_period_is_neither_nothing_nor_endless() {
        let of = |seconds: i64| Case::of(&CHECK).pod(json!({"terminationGracePeriodSeconds": seconds}));
        assert_eq!(of(0).fields(), ["spec.template.spec.terminationGracePeriodSeconds"]);
        assert_eq!(of(1).outcome(), Outcome::Pass);
        assert_eq!(of(600).outcome(), Outcome::Pass);
        assert_eq!(of(601).message(), "the grace period is 601 s; 600 s is the most");
        assert_eq!(of(601).parameters(json!({"maxSeconds": 601})).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_default_of_thirty_seconds_counts() {
        let case =
            hooked(json!({"sleep": {"seconds": 30}})).pod(json!({"terminationGracePeriodSeconds": null}));
        let field = "spec.template.spec.containers[0].lifecycle.preStop.sleep.seconds";
        assert_eq!(case.fields(), [field]);
        assert_eq!(hooked(json!({"sleep": {"seconds": 29}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_command_that_sleeps_waits_too() {
        for command in [json!(["sleep", "30"]), json!(["/bin/sh", "-c", "sync; /bin/sleep 30s && true"])] {
            let case = hooked(json!({"exec": {"command": command}}));
            assert_eq!(case.outcome(), Outcome::Fail, "{command}");
        }
        let message = hooked(json!({"exec": {"command": ["sleep", "infinity"]}})).message();
        let expected = "preStop waits for ever of a grace period of 30 s: none is left to finish in";
        assert_eq!(message, expected);
        for command in [
            json!(["sleep", "3"]),
            json!(["/drain"]),
            json!(["/drain", "30"]),
            json!(["sh", "-c", "sleep $WAIT"]),
        ] {
            let case = hooked(json!({"exec": {"command": command}}));
            assert_eq!(case.outcome(), Outcome::Pass, "{command}");
        }
    }

    #[test]
    fn a_required_hook_is_asked_of_pods_that_a_service_sends_to() {
        let service =
            json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}});
        let case = Case::of(&CHECK)
            .container(json!({"lifecycle": null}))
            .parameters(json!({"requirePreStop": true}));
        assert_eq!(case.clone().outcome(), Outcome::Pass);
        assert_eq!(case.clone().coverage(Coverage::NotSynced).outcome(), Outcome::Unknown);
        let case = case.with(service);
        let hook = json!({"lifecycle": {"preStop": {"exec": {"command": ["/drain"]}}}});
        assert_eq!(case.clone().container(hook).outcome(), Outcome::Pass);
        assert_eq!(case.clone().parameters(json!({})).outcome(), Outcome::Pass, "not required");
        assert_eq!(case.message(), "no preStop hook, and Service web sends to the pod");
    }

    #[test]
    fn services_are_read_only_when_a_hook_is_required() {
        let reads = |given: Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
        assert!(reads(json!({})).is_empty());
        assert_eq!(reads(json!({"requirePreStop": true})), [Kind::Service]);
        assert_eq!(reads(json!({"scope": "serviceBacked"})), [Kind::Service]);
    }

    #[test]
    fn what_no_service_sends_to_is_left_out_where_the_policy_says_so() {
        let killed = Case::of(&CHECK).pod(json!({"terminationGracePeriodSeconds": 0}));
        assert_eq!(killed.clone().outcome(), Outcome::Fail);
        let backed = killed.parameters(json!({"scope": "serviceBacked"}));
        assert_eq!(backed.clone().outcome(), Outcome::NotApplicable);
        assert_eq!(backed.clone().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let service =
            json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}});
        assert_eq!(backed.clone().with(service).outcome(), Outcome::Fail);
        let right = backed.pod(json!({"terminationGracePeriodSeconds": 30}));
        assert_eq!(right.coverage(Coverage::Partial).outcome(), Outcome::Pass);
    }
}
