use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::probe_list::probes;
use crate::inventory::probe::Probe;

/// Parameters of `probe-timings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Shortest time of failures after which liveness may restart a container.
    min_liveness_window_seconds: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min_liveness_window_seconds: 30 }
    }
}

check! {
    /// ## What it checks
    /// No time or threshold of a probe is below what makes sense: none is negative, a try does not last longer
    /// than the time between tries, and liveness puts up with failures for at least half a minute
    /// (`periodSeconds` times `failureThreshold`). What is left out, or 0, has the API's default. What a batch
    /// workload has in probes is judged, too.
    ///
    /// ## Why it matters
    /// A liveness probe that gives up early turns a pause for garbage collection, or a busy minute, into a
    /// restart, which makes the other replicas busier. A try that outlasts the time between tries delays the
    /// next one, so failures are noticed later than the numbers say.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         periodSeconds: 2
    ///         failureThreshold: 2
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         periodSeconds: 10
    ///         timeoutSeconds: 2
    ///         failureThreshold: 3
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Raise `failureThreshold` or `periodSeconds` of the liveness probe, and keep `timeoutSeconds` at or below
    /// `periodSeconds`.
    ///
    /// ## Parameters
    /// - `minLivenessWindowSeconds`: shortest time of failures after which liveness may restart a container
    ///   (default 30).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Liveness, Readiness and Startup Probes
    name: "probe-timings",
    family: Probes,
    severity: Low,
    title: "Times of probes make sense",
    profiles: [Membership::of(Profile::Strict)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let mut any = false;
    let mut statements = Vec::new();
    for (name, probe) in probes(subject.container) {
        any = true;
        let (field, message) = match problem(probe) {
            Some(problem) => problem,
            None if name == "livenessProbe" => match impatience(probe, parameters) {
                Some(problem) => problem,
                None => continue,
            },
            None => continue,
        };
        statements.push(Statement::fail(container(format!("{name}.{field}")), message));
    }
    if any {
        statements.into_iter().collect()
    } else {
        Judgement::not_applicable("the container has no probe")
    }
}

fn problem(probe: &Probe) -> Option<(&'static str, String)> {
    let negative = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    if let Some((field, value)) = negative.into_iter().find(|(_, value)| *value < 0) {
        return Some((field, format!("{field} is {value}: it cannot be negative")));
    }
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|seconds| *seconds <= 0) {
        let field = "terminationGracePeriodSeconds";
        return Some((field, format!("{field} is {seconds}: it must be above 0")));
    }
    let (timeout, period) = (probe.timeout_seconds, probe.period_seconds);
    (timeout > period).then(|| {
        ("timeoutSeconds", format!("timeoutSeconds is {timeout}, above the {period} of periodSeconds"))
    })
}

fn impatience(probe: &Probe, parameters: &Parameters) -> Option<(&'static str, String)> {
    let window = probe.period_seconds.saturating_mul(probe.failure_threshold);
    let least = parameters.min_liveness_window_seconds;
    (window < i64::from(least)).then(|| {
        let message =
            format!("liveness restarts the container after {window} s of failures, below {least} s");
        ("failureThreshold", message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn liveness(patch: Value) -> Case {
        Case::of(&CHECK).container(json!({ "livenessProbe": patch }))
    }

    #[test]
    fn a_try_does_not_outlast_the_time_between_tries() {
        let case =
            Case::of(&CHECK).container(json!({"readinessProbe": {"periodSeconds": 5, "timeoutSeconds": 6}}));
        assert_eq!(case.message(), "timeoutSeconds is 6, above the 5 of periodSeconds");
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].readinessProbe.timeoutSeconds"]);
    }

    #[test]
    fn liveness_puts_up_with_failures_for_a_while_and_the_defaults_are_enough() {
        let short = liveness(json!({"periodSeconds": 9}));
        assert_eq!(short.message(), "liveness restarts the container after 27 s of failures, below 30 s");
        assert_eq!(short.parameters(json!({"minLivenessWindowSeconds": 27})).outcome(), Outcome::Pass);
        assert_eq!(liveness(json!({"periodSeconds": 0, "failureThreshold": null})).outcome(), Outcome::Pass);
    }

    #[test]
    fn readiness_may_be_as_impatient_as_it_likes() {
        let case = Case::of(&CHECK)
            .container(json!({"readinessProbe": {"periodSeconds": 2, "failureThreshold": 1}}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }

    #[test]
    fn negative_values_fail_and_zero_means_the_default() {
        for field in ["initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"] {
            let case = |value: i64| liveness(json!({ field: value }));
            assert!(case(-1).message().starts_with(field), "{field}");
            assert_eq!(case(0).outcome(), Outcome::Pass, "{field}");
        }
        assert_eq!(liveness(json!({"terminationGracePeriodSeconds": 0})).outcome(), Outcome::Fail);
    }

    #[test]
    fn probes_that_a_job_has_are_judged_and_a_job_without_is_not() {
        let job = liveness(json!({"periodSeconds": 1})).workload(json!({"kind": "Job"}));
        assert_eq!(job.outcome(), Outcome::Fail);
        let none = json!({"livenessProbe": null, "readinessProbe": null, "startupProbe": null});
        assert_eq!(Case::of(&CHECK).container(none).outcome(), Outcome::NotApplicable);
    }
}
