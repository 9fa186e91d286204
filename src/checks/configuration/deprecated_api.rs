use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::documents::{self, Document};
use crate::checks::minor::TargetVersion;
use crate::inventory::lifecycle;

check! {
    /// ## What it checks
    /// The workload is not written in an API version that the target version of Kubernetes deprecates, or does
    /// not serve any more. In files, so are the objects that belong to it (Services, Ingresses,
    /// NetworkPolicies and so on), and those that belong to no workload, each by itself.
    ///
    /// What counts is the `apiVersion` of the document. The API server serves a live object in its newest
    /// version whatever it was written in; there, what `kubectl apply` noted of the manifest counts
    /// (`last-applied-configuration`). `metadata.managedFields`, where the server notes the version of whatever wrote a
    /// field, is not looked at: such a note can be years older than the manifest. So for what other tools apply only the
    /// files say.
    ///
    /// The table is made of what Kubernetes declares in its own types. Kinds that were never stable and came
    /// and went between Kubernetes 1.20 and 1.37, or before 1.20, are not in it.
    ///
    /// ## Why it matters
    /// A deprecated version ends three minors later at the earliest, and with it every manifest that still uses
    /// it: the next apply after an upgrade of the cluster fails, often in the middle of an incident.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1beta1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: app
    ///               image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: app
    ///               image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Write the object in the `apiVersion` that the message names. `kubectl convert` (a plugin) does it for
    /// one file; fields may have other names, so look at what the API reference says of the new version.
    ///
    /// ## Parameters
    /// - `targetVersion` (default `cluster`): the minor of Kubernetes, such as `1.34`, that the manifests are meant for.
    ///   `cluster` is that of the API server; of files, without `--against-cluster`, what `--kube-version` says, else
    ///   the newest known, 1.37.
    ///
    /// ## References
    /// - Kubernetes documentation: Deprecated API Migration Guide
    /// - Kubernetes documentation: Kubernetes Deprecation Policy
    name: "deprecated-api",
    family: Configuration,
    severity: Medium,
    title: "Manifests use no deprecated API version",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [
        Ingress, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy, Role, RoleBinding, ClusterRole,
        ClusterRoleBinding, PriorityClass, IngressClass, StorageClass, RuntimeClass,
        ValidatingWebhookConfiguration, MutatingWebhookConfiguration, ApiService, CustomResourceDefinition, MANIFEST,
    ] of_orphan,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    target_version: TargetVersion,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let target = parameters.target_version.minor(&subject.namespace);
    documents::of(subject).iter().filter_map(|document| judge(document, target)).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let target = parameters.target_version.minor(&subject.namespace);
    documents::judge_alone_if_built_in(subject, |document| judge(document, target).into_iter().collect())
}

fn judge(document: &Document<'_>, target: u8) -> Option<Statement> {
    let (version, kind) = (&document.written.api_version, document.kind);
    let life = lifecycle::of(version, kind.as_str()).filter(|life| life.is_deprecated(target))?;
    let since = match life.deprecated {
        0 => format!("is not served since Kubernetes 1.{}", life.removed),
        deprecated => format!("is deprecated since Kubernetes 1.{deprecated}"),
    };
    let message = match life.replacement() {
        Some((to, other)) if other == kind.as_str() => format!("{version} of {kind} {since}: use {to}"),
        Some((to, other)) => format!("{version} of {kind} {since}: use {other} of {to}"),
        None => format!("{version} of {kind} {since}"),
    };
    Some(document.fail(document.version_field(), message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

    #[test]
    fn what_counts_is_the_target_version() {
        let old = Case::of(&CHECK).written("apps/v1beta2");
        assert_eq!(old.fields(), ["apiVersion"]);
        assert_eq!(
            old.message(),
            "apps/v1beta2 of Deployment is deprecated since Kubernetes 1.9: use apps/v1"
        );
        assert_eq!(old.clone().on_server(8).outcome(), Outcome::Pass);
        assert_eq!(old.clone().on_server(9).outcome(), Outcome::Fail);
        let before = old.parameters(json!({"targetVersion": "1.8"}));
        assert_eq!(before.outcome(), Outcome::Pass);
    }

    #[test]
    fn of_a_live_object_the_last_applied_configuration_tells() {
        let applied = |version: &str| {
            let configuration = json!({"apiVersion": version, "kind": "Deployment"}).to_string();
            let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": configuration});
            Case::of(&CHECK).workload(json!({"metadata": {"annotations": annotations}}))
        };
        assert_eq!(applied("apps/v1").outcome(), Outcome::Pass);
        assert_eq!(
            applied("extensions/v1beta1").fields(),
            ["metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]"]
        );
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_belongs_to_the_workload_in_its_files_is_looked_at() {
        let budget = json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "web"}}}});
        let judged = Case::of(&CHECK).with_document(budget).judged();
        let about = judged.findings[0].object.as_ref().map(ToString::to_string);
        assert_eq!(about.as_deref(), Some("PodDisruptionBudget shop/web"));
    }

    #[test]
    fn of_a_live_object_that_is_no_workload_it_is_not_looked_at() {
        let applied = json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget"}).to_string();
        let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": applied});
        let budget = json!({"kind": "PodDisruptionBudget",
            "metadata": {"name": "web", "annotations": annotations},
            "spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "web"}}}});
        let file = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {}});
        let beside = Case::of(&CHECK).with_document(file).with(budget.clone());
        assert_eq!(beside.judged().findings, []);
        assert_eq!(ObjectCase::of(&CHECK, budget).outcome(), Outcome::NotApplicable);
    }
}
