use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_for_batch};

/// Parameters of `startup-probe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Longest `initialDelaySeconds` of a liveness probe without a startup probe beside it.
    max_initial_delay_seconds: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_initial_delay_seconds: 60 }
    }
}

check! {
    /// ## What it checks
    /// A container whose liveness probe waits longer than a minute before its first try has a startup probe
    /// instead.
    ///
    /// ## Why it matters
    /// A long `initialDelaySeconds` is a guess that holds on every start: too short, and a slow start is
    /// killed again and again; too long, and a container that hangs early is left alone all that time. A
    /// startup probe waits exactly as long as the start takes.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         initialDelaySeconds: 180
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
    ///       startupProbe:
    ///         periodSeconds: 5
    ///         failureThreshold: 36
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Add a `startupProbe` whose `periodSeconds` times `failureThreshold` covers the slowest start, and take
    /// `initialDelaySeconds` out of the liveness probe.
    ///
    /// ## Parameters
    /// - `maxInitialDelaySeconds`: longest delay that is accepted without a startup probe (default 60).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Liveness, Readiness and Startup Probes
    name: "startup-probe",
    family: Probes,
    severity: Low,
    title: "Slow starters have a startup probe",
    profiles: [Membership::of(Profile::Strict)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_for_batch(&subject.workload) {
        return judgement;
    }
    let Some(liveness) = &subject.container.liveness_probe else {
        return Judgement::not_applicable("the container has no liveness probe that could wait too long");
    };
    if subject.container.startup_probe.is_some() {
        return Judgement::pass();
    }
    let (delay, most) = (liveness.initial_delay_seconds, parameters.max_initial_delay_seconds);
    Judgement::require_or(delay <= i64::from(most), || {
        let message =
            format!("the liveness probe waits {delay} s, above {most} s, and there is no startup probe");
        Statement::fail(container("livenessProbe.initialDelaySeconds"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn waits(seconds: i64, startup: Value) -> Case {
        let patch = json!({"startupProbe": startup, "livenessProbe": {"initialDelaySeconds": seconds}});
        Case::of(&CHECK).container(patch)
    }

    #[test]
    fn a_long_delay_needs_a_startup_probe_and_the_limit_is_a_parameter() {
        assert_eq!(waits(60, Value::Null).outcome(), Outcome::Pass);
        assert_eq!(waits(61, Value::Null).outcome(), Outcome::Fail);
        assert_eq!(waits(61, json!({})).outcome(), Outcome::Pass);
        let longer = waits(61, Value::Null).parameters(json!({"maxInitialDelaySeconds": 120}));
        assert_eq!(longer.outcome(), Outcome::Pass);
    }

    #[test]
    fn without_a_liveness_probe_there_is_nothing_to_say() {
        let case = Case::of(&CHECK).container(json!({"livenessProbe": null}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn probes_are_not_for_batch() {
        let job = waits(600, Value::Null).workload(json!({"kind": "Job"}));
        assert_eq!(job.outcome(), Outcome::NotApplicable);
    }
}
