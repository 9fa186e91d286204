use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::Kind;

check! {
    /// ## What it checks
    /// The pods of a workload that runs on have `restartPolicy: Always`, which is also what they have when
    /// nothing is set. The pods of a Job or CronJob say `Never` or `OnFailure`. A bare Pod may say any of
    /// them: that is how it says whether it runs to its end.
    ///
    /// ## Why it matters
    /// The API server takes no other combination, so the release stops half-way. A Job with `Always` would
    /// never end.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   template:
    ///     spec:
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
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `restartPolicy: Never` (each try is a new pod, whose log stays) or `OnFailure` in the template
    /// of a Job. Leave it out elsewhere.
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Lifecycle, Jobs
    name: "restart-policy",
    family: Lifecycle,
    severity: High,
    title: "The restart policy fits the kind",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let policy = subject.pod().restart_policy.as_str();
    match subject.workload.kind {
        Kind::Pod => Judgement::not_applicable("a bare Pod may have any restart policy"),
        kind @ (Kind::Job | Kind::CronJob) => {
            Judgement::require_or(matches!(policy, "Never" | "OnFailure"), || {
                let message = format!(
                    "the pods of a {kind} need the restart policy Never or OnFailure, not `{policy}`"
                );
                Statement::fail(pod("restartPolicy"), message)
            })
        }
        kind => Judgement::require_or(policy == "Always", || {
            let message = format!("the pods of a {kind} need the restart policy Always, not `{policy}`");
            Statement::fail(pod("restartPolicy"), message)
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_40_each_kind_has_its_own_and_unset_is_always() {
        let of = |kind: &str, policy: Value| {
            Case::of(&CHECK).workload(json!({"kind": kind})).pod(json!({"restartPolicy": policy}))
        };
        for policy in [json!(null), json!("Always")] {
            assert_eq!(of("Deployment", policy.clone()).outcome(), Outcome::Pass, "{policy}");
            assert_eq!(of("Job", policy.clone()).outcome(), Outcome::Fail, "{policy}");
        }
        for policy in [json!("Never"), json!("OnFailure")] {
            assert_eq!(of("StatefulSet", policy.clone()).outcome(), Outcome::Fail, "{policy}");
            assert_eq!(of("Job", policy.clone()).outcome(), Outcome::Pass, "{policy}");
        }
        assert_eq!(of("Job", json!(null)).fields(), ["spec.template.spec.restartPolicy"]);
    }
}
