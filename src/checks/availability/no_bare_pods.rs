use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::{is_helm_test, object};
use crate::inventory::Kind;

/// What `kubectl debug` writes on the Pods it makes.
const DEBUG: &str = "app.kubernetes.io/managed-by=kubectl-debug";

/// Parameters of `no-bare-pods`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Labels of Pods that may stand by themselves, as `key` or `key=value`.
    exempt_labels: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { exempt_labels: vec![DEBUG.to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// A Pod has a controller. Tests of a Helm release and Pods with a label of `exemptLabels` may stand by
    /// themselves; so may the Pods of a node (static Pods), which are not judged at all.
    ///
    /// ## Why it matters
    /// Nobody starts a bare Pod again when its node fails or is drained, and nobody can roll it out or
    /// back.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: db-0
    ///   ownerReferences:
    ///     - {apiVersion: db.example/v1, kind: Database, name: db, uid: 6d7b, controller: true}
    /// spec:
    ///   containers:
    ///     - name: db
    ///       image: registry.example/db:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Make it a Deployment, a StatefulSet or a DaemonSet; a Job, if it runs to an end.
    ///
    /// ## Parameters
    /// - `exemptLabels`: labels of Pods that may stand by themselves, as `key` or `key=value` (default
    ///   `app.kubernetes.io/managed-by=kubectl-debug`).
    ///
    /// ## References
    /// - Kubernetes documentation: Configuration Best Practices ("naked" Pods)
    name: "no-bare-pods",
    family: Availability,
    severity: High,
    title: "Pods have a controller",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.workload.kind != Kind::Pod {
        return Judgement::not_applicable("the workload is not a Pod");
    }
    if is_helm_test(subject) {
        return Judgement::not_applicable("the workload is a test that Helm runs to its end");
    }
    let labels = &subject.workload.metadata.labels;
    let carries = |exempt: &String| match exempt.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|own| own == value),
        None => labels.contains_key(exempt),
    };
    if parameters.exempt_labels.iter().any(carries) {
        return Judgement::not_applicable("the Pod carries a label that exempts it");
    }
    let message = "the Pod has no controller: nobody starts it again when its node fails";
    Judgement::require(subject.workload.owner().is_some(), object("metadata.ownerReferences"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn pod(metadata: Value) -> Case {
        Case::of(&CHECK).workload(json!({"kind": "Pod", "metadata": metadata}))
    }

    #[test]
    fn an_owner_that_is_not_the_controller_does_not_count() {
        let owner = |controller| json!({"ownerReferences": [{"apiVersion": "db.example/v1", "kind": "Database", "name": "db", "uid": "u", "controller": controller}]});
        assert_eq!(pod(json!({})).fields(), ["metadata.ownerReferences"]);
        assert_eq!(pod(owner(false)).outcome(), Outcome::Fail);
        assert_eq!(pod(owner(true)).outcome(), Outcome::Pass);
    }

    #[test]
    fn tests_of_helm_and_pods_for_debugging_are_exempt() {
        let exempt = [
            pod(json!({"annotations": {"helm.sh/hook": "test"}})),
            pod(json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}})),
            pod(json!({"labels": {"debug": "yes"}})).parameters(json!({"exemptLabels": ["debug"]})),
        ];
        for case in exempt {
            assert_eq!(case.outcome(), Outcome::NotApplicable);
        }
        assert_eq!(pod(json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}})).outcome(), Outcome::Fail);
    }
}
