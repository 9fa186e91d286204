use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::namespaces::Wanted;
use crate::inventory::Kind;
use crate::inventory::quota::ResourceQuota;

/// Parameters of `namespace-quota`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// What some quota must limit.
    resources: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { resources: vec!["cpu".to_owned(), "memory".to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// The ResourceQuotas of the workload's namespace limit CPU and memory, as requests or as limits, and
    /// whatever else is in `resources`. A quota with scopes is for some pods only and does not count. How much
    /// of a quota is used is not looked at.
    ///
    /// ## Why it matters
    /// In a namespace without a quota, one workload that scales without end takes the nodes from all others.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
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
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: all}
    /// spec: {hard: {requests.cpu: "8", requests.memory: 16Gi}}
    /// ```
    ///
    /// ## How to fix
    /// Create a ResourceQuota in the namespace with `requests.cpu` and `requests.memory` under `spec.hard`.
    ///
    /// ## Parameters
    /// - `resources`: what must be limited (default `cpu` and `memory`): a resource, by its requests, its limits
    ///   or `count/`; or a key of `spec.hard` as it is, such as `pods` or `count/secrets`.
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Quotas
    name: "namespace-quota",
    family: Resources,
    severity: Low,
    title: "The namespace has a quota for CPU and memory",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [ResourceQuota],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let quotas = subject.namespace.resource_quotas();
    let whole: Vec<&ResourceQuota> =
        quotas.found.into_iter().filter(|quota| !quota.spec.is_scoped()).collect();
    let resources = parameters.resources.iter().map(String::as_str);
    let missing: Vec<&str> =
        resources.filter(|resource| !whole.iter().any(|quota| limits(quota, resource))).collect();
    let wanted = Wanted {
        kind: Kind::ResourceQuota,
        path: "spec.hard",
        names: whole.iter().map(|quota| quota.metadata.name.as_str()).collect(),
        incomplete: quotas.incomplete,
        verb: "limits",
    };
    wanted.judge(subject, &missing)
}

fn limits(quota: &ResourceQuota, resource: &str) -> bool {
    let keys = ["", "requests.", "limits.", "count/"].map(|prefix| format!("{prefix}{resource}"));
    keys.iter().any(|key| quota.spec.hard.contains(key))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::{Cause, Coverage};

    fn quota(name: &str, spec: Value) -> Value {
        json!({"kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec})
    }

    fn with(hard: Value) -> Case {
        Case::of(&CHECK).with(quota("all", json!({"hard": hard})))
    }

    #[test]
    fn requests_or_limits_of_both_are_wanted() {
        for (hard, outcome) in [
            (json!({"cpu": "1", "memory": "1Gi"}), Outcome::Pass),
            (json!({"limits.cpu": "1", "requests.memory": "1Gi"}), Outcome::Pass),
            (json!({"requests.cpu": "1"}), Outcome::Fail),
            (json!({"pods": "10"}), Outcome::Fail),
        ] {
            assert_eq!(with(hard.clone()).outcome(), outcome, "{hard}");
        }
        let split = with(json!({"cpu": "1"})).with(quota("more", json!({"hard": {"memory": "1Gi"}})));
        assert_eq!(split.outcome(), Outcome::Pass, "they count together");
    }

    #[test]
    fn the_finding_is_about_the_only_quota_or_the_namespace() {
        let none = Case::of(&CHECK);
        assert_eq!(none.message(), "no ResourceQuota of the namespace limits cpu, memory");
        assert_eq!(none.judged().findings[0].object.as_ref().map(|key| key.kind), Some(Kind::Namespace));
        let one = with(json!({"cpu": "1"}));
        assert_eq!(one.message(), "the only ResourceQuota of the namespace limits no memory");
        assert_eq!(one.fields(), ["spec.hard"]);
        assert_eq!(one.judged().findings[0].object.as_ref().map(|key| key.kind), Some(Kind::ResourceQuota));
    }

    #[test]
    fn a_quota_with_scopes_is_not_for_every_pod() {
        let hard = json!({"cpu": "1", "memory": "1Gi"});
        for scoped in [
            json!({"hard": hard, "scopes": ["BestEffort"]}),
            json!({"hard": hard, "scopeSelector": {"matchExpressions": []}}),
        ] {
            assert_eq!(Case::of(&CHECK).with(quota("some", scoped)).outcome(), Outcome::Fail);
        }
        assert_eq!(
            Case::of(&CHECK).with(quota("all", json!({"hard": hard, "scopes": []}))).outcome(),
            Outcome::Pass
        );
    }

    #[test]
    fn more_can_be_asked_for() {
        let case = with(json!({"count/secrets": "5", "pods": "10"}));
        assert_eq!(
            case.clone().parameters(json!({"resources": ["secrets", "pods"]})).outcome(),
            Outcome::Pass
        );
        assert_eq!(case.parameters(json!({"resources": ["services"]})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_quotas_that_were_not_given_leave_it_open() {
        let findings = Case::of(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
        let enough = with(json!({"cpu": "1", "memory": "1Gi"})).coverage(Coverage::Partial);
        assert_eq!(enough.outcome(), Outcome::Pass);
    }
}
