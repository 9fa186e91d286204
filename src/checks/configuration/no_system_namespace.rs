use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::object;

/// Parameters of `no-system-namespace`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Namespaces that belong to the cluster.
    namespaces: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { namespaces: ["kube-system", "kube-public", "kube-node-lease"].map(str::to_owned).into() }
    }
}

check! {
    /// ## What it checks
    /// The workload is not in a namespace that belongs to the cluster itself. Most policies exclude those
    /// namespaces altogether; this is for the ones that look there.
    ///
    /// ## Why it matters
    /// What runs in `kube-system` is trusted by much that guards a cluster: policies leave it out, its
    /// secrets open doors, and its pods may take the highest priorities. A workload of users has no
    /// business there.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: kube-system
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
    ///   namespace: shop
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Move the workload to a namespace of its own.
    ///
    /// ## Parameters
    /// - `namespaces`: names of the namespaces that belong to the cluster (default `kube-system`,
    ///   `kube-public`, `kube-node-lease`).
    ///
    /// ## References
    /// - Kubernetes documentation: Namespaces, Initial namespaces
    name: "no-system-namespace",
    family: Configuration,
    severity: Medium,
    title: "Workloads are not in the namespaces of the cluster",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let metadata = &subject.workload.metadata;
    if metadata.namespace_is_assumed() {
        return Judgement::not_applicable("the file names no namespace");
    }
    let system = parameters.namespaces.iter().any(|namespace| metadata.namespace == *namespace);
    Judgement::require_or(!system, || {
        let message = format!("the workload is in {}, which belongs to the cluster", metadata.namespace);
        Statement::fail(object("metadata.namespace"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_list_is_of_names_in_full() {
        let within =
            |namespace: &str| Case::of(&CHECK).workload(json!({"metadata": {"namespace": namespace}}));
        assert_eq!(
            within("kube-system").message(),
            "the workload is in kube-system, which belongs to the cluster"
        );
        assert_eq!(within("kube-system-tools").outcome(), Outcome::Pass);
        let own = within("platform").parameters(json!({"namespaces": ["platform"]}));
        assert_eq!(own.outcome(), Outcome::Fail);
    }

    #[test]
    fn a_namespace_that_nobody_named_is_not_judged() {
        assert_eq!(Case::of(&CHECK).without_namespace().outcome(), Outcome::NotApplicable);
    }
}
