use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::documents::{self, Document};
use crate::checks::minor::TargetVersion;
use crate::inventory::{lifecycle, schema};

check! {
    /// ## What it checks
    /// The workload is written in an API version that the target version of Kubernetes serves, and the minor
    /// after it too. In files, so are the objects that belong to it
    /// (Services, Ingresses, NetworkPolicies and so on), and those that belong to no workload, each by itself. A version that no Kubernetes knows fails as
    /// well.
    ///
    /// What counts is the `apiVersion` of the document. The API server serves a live object in its newest
    /// version whatever it was written in; there, what `kubectl apply` noted of the manifest counts
    /// (`last-applied-configuration`). `metadata.managedFields`, where the server notes the version of whatever wrote a
    /// field, is not looked at: such a note can be years older than the manifest. So for what other tools apply only the
    /// files say.
    ///
    /// The table is made of what Kubernetes declares in its own types.
    ///
    /// ## Why it matters
    /// The API server refuses a version that it does not serve. What runs goes on running, so nobody notices
    /// until the next apply, and a cluster that is restored from such manifests lacks what they describe.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: extensions/v1beta1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
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
    name: "removed-api",
    family: Configuration,
    severity: High,
    title: "Manifests use an API version that is served",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [
        Service, Ingress, Secret, LimitRange, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy,
        ServiceAccount, ConfigMap, PersistentVolumeClaim, PersistentVolume, ResourceQuota, Role, RoleBinding, ClusterRole,
        ClusterRoleBinding, PriorityClass, IngressClass, StorageClass, RuntimeClass, Node, Namespace,
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
    let fail = |message: String| Some(document.fail(document.version_field(), message));
    let Some(life) = lifecycle::of(version, kind.as_str()) else {
        if schema::is_served(version, kind.as_str()) {
            return None;
        }
        let served = schema::versions_of(kind.info().group, kind.as_str());
        // Of kinds that are not built in nothing is known.
        let version = shown(version);
        return if served.is_empty() {
            None
        } else {
            fail(format!("{version} of {kind} is served by no Kubernetes: use {}", served.join(" or ")))
        };
    };
    if !life.is_removed(target.saturating_add(1)) {
        return None;
    }
    let instead = life.replacement().map_or_else(String::new, |(to, _)| format!(": use {to}"));
    fail(format!("{version} of {kind} is not served since Kubernetes 1.{}{instead}", life.removed))
}

/// A version that nobody knows, no longer than one can be.
fn shown(version: &str) -> String {
    crate::checks::around::quoted(version, 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn what_counts_is_the_target_version_and_the_next_one() {
        let old = Case::of(&CHECK).written("extensions/v1beta1");
        let at = |target: &str| old.clone().parameters(json!({"targetVersion": target})).outcome();
        assert_eq!([at("1.14"), at("1.15"), at("1.37")], [Outcome::Pass, Outcome::Fail, Outcome::Fail]);
        assert_eq!(
            old.message(),
            "extensions/v1beta1 of Deployment is not served since Kubernetes 1.16: use apps/v1"
        );
    }

    #[test]
    fn the_target_is_the_server_unless_the_policy_names_one() {
        let old = Case::of(&CHECK).written("extensions/v1beta1");
        let on = |minor| old.clone().on_server(minor);
        assert_eq!([on(14).outcome(), on(15).outcome()], [Outcome::Pass, Outcome::Fail]);
        assert_eq!(on(14).parameters(json!({"targetVersion": "1.37"})).outcome(), Outcome::Fail);
        assert_eq!(old.outcome(), Outcome::Fail, "nobody says which server");
    }

    #[test]
    fn a_version_that_never_was_fails() {
        let message = Case::of(&CHECK).written("apps/v2").message();
        assert_eq!(message, "apps/v2 of Deployment is served by no Kubernetes: use apps/v1");
        assert_eq!(Case::of(&CHECK).written("apps/v1").outcome(), Outcome::Pass);
    }
}
