use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{is_helm_hook, object};
use crate::inventory::Kind;

/// Parameters of `job-owner`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The kinds whose Jobs are accepted; empty accepts every controller.
    allowed_owners: Vec<String>,
}

check! {
    /// ## What it checks
    /// A Job comes from a CronJob (then it is not judged by itself) or from another controller; with
    /// `allowedOwners`, from one of those kinds. Hooks of Helm are not looked at.
    ///
    /// ## Why it matters
    /// A Job that somebody made by hand is in no repository: nobody can say what it did, and nobody runs it
    /// again after a restore.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: fix-prices}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: fix
    ///           image: registry.example/fix:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: import-7
    ///   ownerReferences:
    ///     - {apiVersion: shop.example/v1, kind: Import, name: import, uid: 6d7b, controller: true}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - name: import
    ///           image: registry.example/import:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Let a CronJob, a hook of the release or a workflow engine make the Job.
    ///
    /// ## Parameters
    /// - `allowedOwners`: the kinds whose Jobs are accepted (default empty, which accepts every
    ///   controller).
    ///
    /// ## References
    /// - Kubernetes documentation: Jobs, CronJob, Owners and Dependents
    name: "job-owner",
    family: Lifecycle,
    severity: Low,
    title: "Jobs come from a controller",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.workload.kind != Kind::Job {
        return Judgement::not_applicable("the workload is not a Job");
    }
    if is_helm_hook(subject) {
        return Judgement::not_applicable("Helm makes the Job and deletes it");
    }
    let allowed = &parameters.allowed_owners;
    match subject.workload.owner() {
        None => Judgement::fail(object("metadata.ownerReferences"), "the Job has no controller"),
        Some(owner) => Judgement::require_or(allowed.is_empty() || allowed.contains(&owner.kind), || {
            let message = format!("the Job belongs to a {}, which is none of the kinds allowed", owner.kind);
            Statement::fail(object("metadata.ownerReferences"), message)
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn an_owner_must_be_the_controller_and_of_a_kind_allowed() {
        let owned = |controller: bool| {
            let owner = json!({"apiVersion": "ci.example/v1", "kind": "Run", "name": "r", "uid": "u", "controller": controller});
            Case::of(&CHECK).workload(json!({"kind": "Job", "metadata": {"ownerReferences": [owner]}}))
        };
        assert_eq!(owned(true).outcome(), Outcome::Pass);
        assert_eq!(owned(false).message(), "the Job has no controller");
        let hook = json!({"metadata": {"annotations": {"helm.sh/hook": "pre-install"}}});
        assert_eq!(owned(false).workload(hook).outcome(), Outcome::NotApplicable);
        assert_eq!(owned(true).parameters(json!({"allowedOwners": ["Run"]})).outcome(), Outcome::Pass);
        assert_eq!(
            owned(true).parameters(json!({"allowedOwners": ["Flow"]})).fields(),
            ["metadata.ownerReferences"]
        );
    }
}
