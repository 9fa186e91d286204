use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Text, WorkloadSubject};
use crate::checks::helpers::{NO_CRON_JOB, object};

check! {
    /// ## What it checks
    /// A CronJob has `concurrencyPolicy: Forbid` or `Replace`. The default is `Allow`.
    ///
    /// ## Why it matters
    /// When a run takes longer than the interval, the next one starts beside it. They work on the same
    /// data, slow each other down, and pile up until the quota or the nodes are full.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "*/5 * * * *"
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
    ///   schedule: "*/5 * * * *"
    ///   concurrencyPolicy: Forbid
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
    /// Set `concurrencyPolicy: Forbid` to skip a run while the one before it goes on, or `Replace` to end
    /// that one.
    ///
    /// ## References
    /// - Kubernetes documentation: CronJob, Concurrency policy
    name: "cronjob-concurrency",
    family: Lifecycle,
    severity: Medium,
    title: "Runs of a CronJob do not overlap",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("spec.concurrencyPolicy", Answer::Text("Forbid"))],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(cron) = &subject.workload.cron else { return Judgement::not_applicable(NO_CRON_JOB) };
    let policy = cron.concurrency_policy();
    let message: Text = match policy {
        "Forbid" | "Replace" => return Judgement::pass(),
        "Allow" => "concurrencyPolicy is Allow: runs pile up when one takes longer than the interval".into(),
        other => format!("concurrencyPolicy `{}` is neither Forbid nor Replace", other.escape_debug()).into(),
    };
    Judgement::fail(object("spec.concurrencyPolicy"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn unset_is_allow() {
        let of = |policy: Value| {
            Case::of(&CHECK).workload(json!({"kind": "CronJob", "spec": {"concurrencyPolicy": policy}}))
        };
        for policy in [Value::Null, json!(""), json!("Allow")] {
            assert!(of(policy).message().starts_with("concurrencyPolicy is Allow"));
        }
        assert_eq!(of(json!("forbid")).fields(), ["spec.concurrencyPolicy"]);
        assert_eq!(of(json!("Forbid")).outcome(), Outcome::Pass);
        assert_eq!(of(json!("Replace")).outcome(), Outcome::Pass);
    }
}
