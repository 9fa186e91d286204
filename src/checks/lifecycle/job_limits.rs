use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{NO_JOB, job};

/// Parameters of `job-limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The most tries that still count as a limit.
    max_backoff_limit: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_backoff_limit: 100 }
    }
}

check! {
    /// ## What it checks
    /// A Job, or what a CronJob starts, ends some time: it has `activeDeadlineSeconds` (its own, or that of
    /// its pods), and its failures are bounded by `backoffLimit` (which the API server sets to 6 when it is
    /// left out), by `backoffLimitPerIndex` or by a `podFailurePolicy`.
    ///
    /// ## Why it matters
    /// A Job that hangs runs for ever and holds what it asked for; the CronJob behind it starts the next,
    /// or none any more. A Job that fails at once and is tried without end keeps nodes and registries busy.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   activeDeadlineSeconds: 3600
    ///   backoffLimit: 3
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `activeDeadlineSeconds` on the Job to well above the longest run that was seen, and
    /// `backoffLimit` to the number of tries that make sense.
    ///
    /// ## Parameters
    /// - `maxBackoffLimit`: the highest `backoffLimit` that still counts as a limit (default 100).
    ///
    /// ## References
    /// - Kubernetes documentation: Jobs, Pod backoff failure policy and Job termination
    name: "job-limits",
    family: Lifecycle,
    severity: Low,
    title: "Jobs end some time, and fail some time",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Some(settings) = &subject.workload.job else { return Judgement::not_applicable(NO_JOB) };
    let deadline = settings.active_deadline_seconds.or_else(|| subject.pod().active_deadline_seconds);
    let endless = deadline.is_none().then(|| {
        let message = "no activeDeadlineSeconds is set: a run that hangs goes on for ever";
        Statement::fail(job(subject, "activeDeadlineSeconds"), message)
    });
    let (limit, most) = (settings.backoff_limit, parameters.max_backoff_limit);
    let bounded = settings.has_backoff_limit_per_index || settings.has_pod_failure_policy || limit <= most;
    let tireless = (!bounded).then(|| {
        let message = format!("a backoffLimit of {limit} is none; {most} is the most");
        Statement::fail(job(subject, "backoffLimit"), message)
    });
    endless.into_iter().chain(tireless).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(spec: Value) -> Case {
        let bare = json!({"kind": "Job", "spec": {"activeDeadlineSeconds": null, "backoffLimit": null}});
        Case::of(&CHECK).workload(bare).workload(json!({"spec": spec}))
    }

    #[test]
    fn the_deadline_is_asked_for_and_the_limit_has_a_default() {
        assert_eq!(of(json!({})).fields(), ["spec.activeDeadlineSeconds"]);
        assert_eq!(of(json!({"activeDeadlineSeconds": 60})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({})).pod(json!({"activeDeadlineSeconds": 60})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_limit_without_end_is_none_unless_something_else_bounds_failures() {
        let with = |extra: Value| {
            of(json!({"activeDeadlineSeconds": 60, "backoffLimit": 2_147_483_647}))
                .workload(json!({"spec": extra}))
        };
        assert_eq!(with(json!({})).fields(), ["spec.backoffLimit"]);
        assert_eq!(with(json!({"podFailurePolicy": {"rules": []}})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"backoffLimitPerIndex": 1})).outcome(), Outcome::Pass);
        assert_eq!(
            with(json!({"backoffLimit": 101})).parameters(json!({"maxBackoffLimit": 101})).outcome(),
            Outcome::Pass
        );
    }
}
