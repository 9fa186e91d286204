use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::{NO_CRON_JOB, object};

/// The controller looks every ten seconds: a shorter deadline can pass unseen.
const SHORTEST: i64 = 10;

check! {
    /// ## What it checks
    /// A CronJob sets `startingDeadlineSeconds`, to at least ten seconds.
    ///
    /// ## Why it matters
    /// After an outage of the control plane, a CronJob without a deadline starts a run that is long
    /// overdue, or, after more than a hundred missed runs, none at all any more. The controller looks every
    /// ten seconds, so with a shorter deadline a run can be skipped for no reason.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: report
    ///               image: registry.example/report:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   startingDeadlineSeconds: 600
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: report
    ///               image: registry.example/report:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `startingDeadlineSeconds` to how late a run may start and still be of use.
    ///
    /// ## References
    /// - Kubernetes documentation: CronJob, Deadline for delayed Job start
    name: "cronjob-deadline",
    family: Lifecycle,
    severity: Low,
    title: "CronJobs say how late a run may start",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(cron) = &subject.workload.cron else { return Judgement::not_applicable(NO_CRON_JOB) };
    let fail = |message: String| Judgement::fail(object("spec.startingDeadlineSeconds"), message);
    match cron.starting_deadline_seconds {
        None => fail("startingDeadlineSeconds is not set: a run is started however late".to_owned()),
        Some(seconds) if seconds < SHORTEST => fail(format!(
            "startingDeadlineSeconds is {seconds}: runs are skipped that the controller sees too late"
        )),
        Some(_) => Judgement::pass(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn ten_seconds_are_the_least() {
        let of = |seconds: Value| {
            Case::of(&CHECK)
                .workload(json!({"kind": "CronJob", "spec": {"startingDeadlineSeconds": seconds}}))
        };
        assert_eq!(of(json!(9)).fields(), ["spec.startingDeadlineSeconds"]);
        assert_eq!(of(json!(10)).outcome(), Outcome::Pass);
        assert!(of(Value::Null).message().contains("is not set"));
    }
}
