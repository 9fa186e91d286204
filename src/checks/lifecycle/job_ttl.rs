use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::{NO_JOB, is_helm_hook, job};
use crate::inventory::Kind;

check! {
    /// ## What it checks
    /// A Job that stands by itself has `ttlSecondsAfterFinished`. The Jobs of a CronJob have none: their
    /// number is what `successfulJobsHistoryLimit` and `failedJobsHistoryLimit` say. Jobs that a controller
    /// or a hook of Helm makes are not looked at: whoever made them deletes them.
    ///
    /// ## Why it matters
    /// Finished Jobs and their pods stay until somebody deletes them, and slow down whatever lists pods. In
    /// a CronJob, a time to live deletes the failed run that the history limit was to keep.
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
    ///   ttlSecondsAfterFinished: 86400
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: migrate
    ///           image: registry.example/migrate:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `ttlSecondsAfterFinished` on a Job to as long as its log is of use. Remove it from the template
    /// of a CronJob and set the history limits there.
    ///
    /// ## References
    /// - Kubernetes documentation: Automatic Cleanup for Finished Jobs, CronJob
    name: "job-ttl",
    family: Lifecycle,
    severity: Low,
    title: "Finished Jobs go, and those of CronJobs stay as history",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(settings) = &subject.workload.job else { return Judgement::not_applicable(NO_JOB) };
    let ttl = settings.ttl_seconds_after_finished;
    let field = job(subject, "ttlSecondsAfterFinished");
    if subject.workload.kind == Kind::CronJob {
        let message =
            "ttlSecondsAfterFinished deletes runs that the history limits of the CronJob would keep";
        return Judgement::require(ttl.is_none(), field, message);
    }
    if subject.workload.owner().is_some() || is_helm_hook(subject) {
        return Judgement::not_applicable("whoever made the Job deletes it");
    }
    let message = "ttlSecondsAfterFinished is not set: the finished Job and its pods stay for ever";
    Judgement::require(ttl.is_some(), field, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_41_a_cron_job_keeps_its_history_and_a_job_goes() {
        let job = |ttl| {
            Case::of(&CHECK)
                .workload(json!({"kind": "Job", "spec": {"ttlSecondsAfterFinished": ttl}}))
                .outcome()
        };
        assert_eq!((job(json!(0)), job(json!(null))), (Outcome::Pass, Outcome::Fail));
        let hook = json!({"kind": "Job", "metadata": {"annotations": {"helm.sh/hook": "pre-install"}}});
        assert_eq!(Case::of(&CHECK).workload(hook).outcome(), Outcome::NotApplicable);
        let cron = |ttl| {
            let spec = json!({"jobTemplate": {"spec": {"ttlSecondsAfterFinished": ttl}}});
            Case::of(&CHECK).workload(json!({"kind": "CronJob", "spec": spec}))
        };
        assert_eq!(cron(json!(60)).fields(), ["spec.jobTemplate.spec.ttlSecondsAfterFinished"]);
        assert_eq!(cron(json!(null)).outcome(), Outcome::Pass);
    }
}
