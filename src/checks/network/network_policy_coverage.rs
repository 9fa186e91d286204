use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod_labels;
use crate::inventory::lookup::Cause;
use crate::inventory::network_policy::NetworkPolicySpec;

/// A direction in which pods are isolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Direction {
    /// What comes in.
    Ingress,
    /// What pods reach out to.
    Egress,
}

/// Parameters of `network-policy-coverage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Directions in which the pods must be isolated.
    directions: Vec<Direction>,
    /// Whether policies of the network's own API may isolate pods.
    other_apis: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { directions: vec![Direction::Ingress, Direction::Egress], other_apis: false }
    }
}

check! {
    /// ## What it checks
    /// The NetworkPolicies of the namespace that select the pods isolate them, taken together, in every
    /// direction of `directions`. The `policyTypes` of a policy decide, with the API's defaults: `Ingress`
    /// always, `Egress` only beside an egress rule. A policy without rules allows nothing, and counts; so does
    /// one whose empty selector means every pod. What the rules allow is the business of
    /// `network-policy-too-open`. Policies of other APIs
    /// (Cilium, Calico, `AdminNetworkPolicy`) are not read: where there are any, say so by `otherApis`, and what no
    /// NetworkPolicy isolates is Unknown.
    ///
    /// ## Why it matters
    /// A pod that no policy selects may be reached by every pod of the cluster, and may reach everything: one
    /// that is taken over is the way to all others.
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
    ///   ingress:
    ///     - ports: [{port: 8080}]
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
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress, Egress]
    ///   ingress:
    ///     - ports: [{port: 8080}]
    ///   egress:
    ///     - ports: [{port: 53, protocol: UDP}, {port: 53}]
    /// ```
    ///
    /// ## How to fix
    /// Create a NetworkPolicy with an empty `podSelector` and both `policyTypes` in the namespace, and one
    /// beside it for each workload with the traffic that it needs, DNS among it.
    ///
    /// ## Parameters
    /// - `directions`: directions in which the pods must be isolated, of `Ingress` and `Egress` (default both).
    /// - `otherApis`: whether policies of the network's own API may isolate the pods (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "network-policy-coverage",
    family: Network,
    severity: High,
    title: "NetworkPolicies isolate the pods",
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
    let open = parameters
        .directions
        .iter()
        .filter(|direction| !policies.found.iter().any(|policy| direction.is_isolated_by(&policy.spec)));
    let doubt = policies.incomplete.or_else(|| parameters.other_apis.then_some(Cause::Undecidable));
    open.map(|direction| match doubt {
        None => Statement::fail(
            pod_labels(subject),
            format!("no NetworkPolicy isolates the pods for {direction:?}"),
        ),
        Some(cause) => {
            let message = format!("whether a NetworkPolicy isolates the pods for {direction:?} is not known");
            Statement::unknown(cause, pod_labels(subject), message)
        }
    })
    .collect()
}

impl Direction {
    const fn is_isolated_by(self, policy: &NetworkPolicySpec) -> bool {
        match self {
            Self::Ingress => policy.isolates_ingress,
            Self::Egress => policy.isolates_egress,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn policy(name: &str, spec: Value) -> Value {
        json!({"kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec})
    }

    fn with(spec: Value) -> Case {
        Case::of(&CHECK).with(policy("web", spec))
    }

    #[test]
    fn without_a_policy_both_directions_are_open() {
        let findings = Case::of(&CHECK).judged().findings;
        let said: Vec<_> = findings.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "no NetworkPolicy isolates the pods for Ingress",
                "no NetworkPolicy isolates the pods for Egress",
            ]
        );
        assert!(findings.iter().all(|found| found.field == "spec.template.metadata.labels"));
    }

    #[test]
    fn disagreement_36_policy_types_decide_and_no_rules_are_the_strongest_policy() {
        for (spec, outcome) in [
            (json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}), Outcome::Pass),
            (json!({"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}), Outcome::Pass),
            (json!({"egress": [{}]}), Outcome::Pass),
            (json!({"podSelector": {}}), Outcome::Fail),
            (json!({"policyTypes": ["Egress"], "ingress": [{}]}), Outcome::Fail),
            (json!({"policyTypes": ["Ingress"], "egress": [{}]}), Outcome::Fail),
        ] {
            assert_eq!(with(spec.clone()).outcome(), outcome, "{spec}");
        }
    }

    #[test]
    fn policies_that_select_the_pods_count_together() {
        let both = |selector: Value| json!({"podSelector": selector, "policyTypes": ["Ingress", "Egress"]});
        assert_eq!(with(both(json!({"matchLabels": {"app": "api"}}))).outcome(), Outcome::Fail);
        let expression = json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]});
        assert_eq!(with(both(expression)).outcome(), Outcome::Pass);
        let one_each =
            with(json!({"policyTypes": ["Ingress"]})).with(policy("out", json!({"policyTypes": ["Egress"]})));
        assert_eq!(one_each.outcome(), Outcome::Pass);
    }

    #[test]
    fn only_the_directions_asked_for_count() {
        let ingress = with(json!({})).parameters(json!({"directions": ["Ingress"]}));
        assert_eq!(ingress.outcome(), Outcome::Pass);
        let egress = with(json!({})).parameters(json!({"directions": ["Egress"]}));
        assert_eq!(egress.message(), "no NetworkPolicy isolates the pods for Egress");
    }

    #[test]
    fn disagreement_37_where_another_api_may_isolate_the_pods_it_is_not_known() {
        let other = Case::of(&CHECK).parameters(json!({"otherApis": true}));
        let causes: Vec<_> = other.judged().findings.iter().map(|found| found.cause).collect();
        assert_eq!(causes, [Some(Cause::Undecidable); 2]);
        let both = with(json!({"policyTypes": ["Ingress", "Egress"]}));
        assert_eq!(both.parameters(json!({"otherApis": true})).outcome(), Outcome::Pass);
    }

    #[test]
    fn pods_on_the_nodes_network_are_beyond_policies() {
        assert_eq!(Case::of(&CHECK).pod(json!({"hostNetwork": true})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_policies_that_were_not_given_leave_it_open() {
        let partial = Case::of(&CHECK).coverage(Coverage::Partial);
        let causes: Vec<_> = partial.judged().findings.iter().map(|found| found.cause).collect();
        assert_eq!(causes, [Some(Cause::NotGiven); 2]);
        let half = partial.with(policy("in", json!({})));
        assert_eq!((half.outcome(), half.fields().len()), (Outcome::Unknown, 1));
    }
}
