use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::flows::Direction;
use crate::checks::isolation::{AddOns, Answer};
use crate::checks::namespaces::namespace_key;
use crate::inventory::network_policy::NetworkPolicy;

/// Parameters of `namespace-default-deny`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Directions that are denied unless another policy allows something.
    directions: Vec<Direction>,
    /// Whether there are policies of further APIs, which are not read.
    other_apis: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { directions: vec![Direction::Ingress, Direction::Egress], other_apis: false }
    }
}

check! {
    /// ## What it checks
    /// The workload's namespace has, for every direction of `directions`, a NetworkPolicy with an empty
    /// `podSelector` that allows nothing. One policy may do so for both. A namespace without workloads needs none,
    /// so the finding is on the workloads of the namespace. A policy of Cilium or Calico that selects all pods and allows
    /// nothing is a default as well, and one for admins of clusters that denies everything. Where there are policies of
    /// further APIs, say so by `otherApis`: what nothing denies is Unknown then.
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
    /// - `otherApis`: whether there are policies of further APIs that may be about the pods (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies, Default policies
    name: "namespace-default-deny",
    family: Network,
    severity: High,
    title: "The namespace denies traffic that no policy allows",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [
        NetworkPolicy,
        CiliumNetworkPolicy,
        CiliumClusterwideNetworkPolicy,
        AdminNetworkPolicy,
        BaselineAdminNetworkPolicy,
        ClusterNetworkPolicy,
        CalicoNetworkPolicy,
        CalicoGlobalNetworkPolicy,
        CalicoStoredNetworkPolicy,
        CalicoStoredGlobalNetworkPolicy,
    ],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().host_network {
        return Judgement::not_applicable("NetworkPolicies do not apply to pods with the node's network");
    }
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    let add_ons = AddOns::of(subject, parameters.other_apis);
    let is_open = |direction: &Direction| !policies.found.iter().any(|policy| is_default(policy, *direction));
    let open = parameters.directions.iter().copied().filter(is_open);
    open.filter_map(|direction| {
        let doubt = match add_ons.deny_by_default(direction) {
            Answer::Yes => return None,
            Answer::No => policies.incomplete,
            Answer::Unknown(cause) => Some(policies.incomplete.unwrap_or(cause)),
        };
        let field = at("metadata.name");
        let statement = match doubt {
            None => Statement::fail(field, format!("no NetworkPolicy denies {direction:?} to every pod")),
            Some(cause) => {
                let message =
                    format!("whether a NetworkPolicy denies {direction:?} to every pod is not known");
                Statement::unknown(cause, field, message)
            }
        };
        Some(statement.about(namespace_key(subject)))
    })
    .collect()
}

/// Whether a policy denies everything in a direction to every pod.
fn is_default(policy: &NetworkPolicy, direction: Direction) -> bool {
    let allows_nothing = direction.rules(policy).is_empty();
    policy.spec.pod_selector.is_empty() && direction.is_isolated_by(policy) && allows_nothing
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_add_ons as add_ons;
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
    fn disagreement_37_policies_of_cilium_calico_and_admins_deny_as_well() {
        for (policy, outcome) in add_ons::denying() {
            assert_eq!(Case::of(&CHECK).with(policy.clone()).outcome(), outcome, "{policy}");
        }
        let other = Case::of(&CHECK).parameters(json!({"otherApis": true}));
        assert_eq!(other.outcome(), Outcome::Unknown);
        let both = with("all", json!({"policyTypes": ["Ingress", "Egress"]}));
        assert_eq!(both.parameters(json!({"otherApis": true})).outcome(), Outcome::Pass);
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
