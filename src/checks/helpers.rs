//! What several checks say in the same words.
//!
//! It must not hold a rule. Next: [`super::registry`].

use crate::catalogue::{ContainerSubject, WorkloadSubject};
use crate::catalogue::{Field, Judgement, Text};
use crate::inventory::Kind;

/// A path below the container that is judged.
pub(super) fn container(path: impl Into<Text>) -> Field {
    Field::Container(path.into())
}

/// A path below the pod spec.
pub(super) fn pod(path: impl Into<Text>) -> Field {
    Field::Pod(path.into())
}

/// A path from the root of the workload.
pub(super) fn object(path: impl Into<Text>) -> Field {
    Field::Object(path.into())
}

/// A path below the spec of a Job, or of the Jobs that a CronJob makes.
pub(super) fn job(subject: &WorkloadSubject<'_>, path: &str) -> Field {
    match subject.workload.kind {
        Kind::CronJob => Field::Object(format!("spec.jobTemplate.spec.{path}").into()),
        _ => Field::Object(format!("spec.{path}").into()),
    }
}

/// Why a check of `CronJob`s has nothing to say.
pub(super) const NO_CRON_JOB: &str = "the workload is not a CronJob";

/// Why a check of Jobs has nothing to say.
pub(super) const NO_JOB: &str = "the workload is neither a Job nor a CronJob";

/// Why a check of how much stays up has nothing to say.
pub(super) const PARKED: &str = "the workload is scaled to zero";

/// The labels of the pods, by which other objects select them.
pub(super) fn pod_labels(subject: &WorkloadSubject<'_>) -> Field {
    match subject.workload.pod_path() {
        "spec.template.spec" => object("spec.template.metadata.labels"),
        path => object([path.trim_end_matches("spec"), "metadata.labels"].concat()),
    }
}

/// The annotations of the pods.
pub(super) fn pod_annotations(subject: &WorkloadSubject<'_>) -> Field {
    object([subject.workload.pod_path().trim_end_matches("spec"), "metadata.annotations"].concat())
}

/// What a check that Windows does not know says of a Windows pod.
pub(super) fn not_on_windows(subject: &ContainerSubject<'_>) -> Option<Judgement> {
    subject.pod().is_windows().then(|| Judgement::not_applicable("Windows has no such setting"))
}

/// What a check that a user namespace can relax says of a pod in one of its own (KEP-127).
pub(super) fn in_own_user_namespace(subject: &ContainerSubject<'_>) -> Option<Judgement> {
    let own = subject.pod().host_users == Some(false);
    own.then(|| Judgement::not_applicable("the pod has a user namespace of its own"))
}

/// What a check of long-running workloads says of one that runs to its end.
pub(super) fn not_for_batch(subject: &WorkloadSubject<'_>) -> Option<Judgement> {
    if subject.workload.is_batch() {
        return Some(Judgement::not_applicable("the workload runs to its end"));
    }
    is_helm_test(subject)
        .then(|| Judgement::not_applicable("the workload is a test that Helm runs to its end"))
}

/// Whether Helm makes this object at some step of a release, and deletes it.
pub(super) fn is_helm_hook(subject: &WorkloadSubject<'_>) -> bool {
    subject.workload.metadata.annotations.contains_key("helm.sh/hook")
}

/// Whether this is a Pod of `helm test`, which serves nobody.
pub(super) fn is_helm_test(subject: &WorkloadSubject<'_>) -> bool {
    let hooks = || subject.workload.metadata.annotations.get("helm.sh/hook");
    let test = |hook: &str| matches!(hook.trim(), "test" | "test-success" | "test-failure");
    subject.workload.kind == Kind::Pod && hooks().is_some_and(|hooks| hooks.split(',').any(test))
}
