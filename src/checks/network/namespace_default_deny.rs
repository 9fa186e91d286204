use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::namespaces::namespace_key;
use crate::inventory::network_policy::NetworkPolicySpec;

/// A direction of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Direction {
    /// What comes in.
    Ingress,
    /// What pods reach out to.
    Egress,
}

/// Parameters of `namespace-default-deny`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Directions that are denied unless another policy allows something.
    directions: Vec<Direction>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { directions: vec![Direction::Ingress, Direction::Egress] }
    }
}

check! {
    /// ## What it checks
    /// The workload's namespace has, for every direction of `directions`, a NetworkPolicy with an empty
    /// `podSelector` that allows nothing. One policy may do so for both. A namespace without workloads needs none,
    /// so the finding is on the workloads of the namespace. Policies of other APIs are not looked at.
    ///
    /// ## Why it matters
    /// Policies that select some pods protect those. The next workload that somebody adds has no policy yet: with a
    /// default it reaches nothing until somebody says what it needs, without one it reaches everything.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress, Egress]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: default-deny}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress, Egress]
    /// ```
    ///
    /// ## How to fix
    /// Create a NetworkPolicy with `podSelector: {}` and `policyTypes: [Ingress, Egress]` and no rules in the
    /// namespace, and beside it policies with what each workload needs, DNS among it; those first.
    ///
    /// ## Parameters
    /// - `directions`: directions that are denied by default, of `Ingress` and `Egress` (default both).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies, Default policies
    name: "namespace-default-deny",
    family: Network,
    severity: High,
    title: "The namespace denies traffic that no policy allows",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [NetworkPolicy],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().host_network {
        return Judgement::not_applicable("NetworkPolicies do not apply to pods with the node's network");
    }
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    let denies =
        |direction: Direction| policies.found.iter().any(|policy| direction.is_denied_by(&policy.spec));
    let open = parameters.directions.iter().copied().filter(|direction| !denies(*direction));
    open.map(|direction| {
        let field = at("metadata.name");
        let statement = match policies.incomplete {
            None => Statement::fail(field, format!("no NetworkPolicy denies {direction:?} to every pod")),
            Some(cause) => {
                let message =
                    format!("whether a NetworkPolicy denies {direction:?} to every pod is not known");
                Statement::unknown(cause, field, message)
            }
        };
        statement.about(namespace_key(subject))
    })
    .collect()
}

impl Direction {
    fn is_denied_by(self, policy: &NetworkPolicySpec) -> bool {
        let (isolates, rules) = match self {
            Self::Ingress => (policy.isolates_ingress, &policy.ingress),
            Self::Egress => (policy.isolates_egress, &policy.egress),
        };
        policy.pod_selector.is_empty() && isolates && rules.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn with(name: &str, spec: Value) -> Case {
        and(Case::of(&CHECK), name, spec)
    }

    fn and(case: Case, name: &str, spec: Value) -> Case {
        case.with(json!({"kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}))
    }

    #[test]
    fn the_finding_is_about_the_namespace() {
        let findings = Case::of(&CHECK).judged().findings;
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].object.as_ref().unwrap().to_string(), "Namespace shop");
        assert_eq!(findings[0].message, "no NetworkPolicy denies Ingress to every pod");
    }

    #[test]
    fn only_a_policy_for_all_pods_that_allows_nothing_is_a_default() {
        let both = json!(["Ingress", "Egress"]);
        for (spec, outcome) in [
            (json!({"policyTypes": both}), Outcome::Pass),
            (json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": both}), Outcome::Fail),
            (json!({"policyTypes": both, "egress": [{"ports": [{"port": 53}]}]}), Outcome::Fail),
            (json!({"policyTypes": both, "ingress": [{}]}), Outcome::Fail),
            (json!({}), Outcome::Fail),
        ] {
            assert_eq!(with("all", spec.clone()).outcome(), outcome, "{spec}");
        }
        let one_each = and(with("in", json!({})), "out", json!({"policyTypes": ["Egress"]}));
        assert_eq!(one_each.outcome(), Outcome::Pass);
    }

    #[test]
    fn only_the_directions_asked_for_count() {
        let ingress = with("in", json!({})).parameters(json!({"directions": ["Ingress"]}));
        assert_eq!(ingress.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_44_policies_that_were_not_given_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let host = Case::of(&CHECK).pod(json!({"hostNetwork": true}));
        assert_eq!(host.outcome(), Outcome::NotApplicable);
    }
}
