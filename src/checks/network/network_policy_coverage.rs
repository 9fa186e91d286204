use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::flows::Direction;
use crate::checks::helpers::pod_labels;
use crate::checks::isolation::{AddOns, Answer};

/// Parameters of `network-policy-coverage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Directions in which the pods must be isolated.
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
    /// The NetworkPolicies of the namespace that select the pods isolate them, taken together, in every
    /// direction of `directions`. The `policyTypes` of a policy decide, with the API's defaults: `Ingress`
    /// always, `Egress` only beside an egress rule. A policy without rules allows nothing, and counts; so does
    /// one whose empty selector means every pod. What the rules allow is the business of
    /// `network-policy-too-open`. Policies of Cilium and Calico isolate pods as well, and those for admins of clusters
    /// (`AdminNetworkPolicy`, `BaselineAdminNetworkPolicy`, `ClusterNetworkPolicy`) that deny everything; what such a
    /// policy does that cannot be told without its controller is Unknown. Where there are policies of further APIs, say
    /// so by `otherApis`: what is not isolated is Unknown then.
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
    /// - `otherApis`: whether there are policies of further APIs that may be about the pods (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "network-policy-coverage",
    family: Network,
    severity: High,
    title: "NetworkPolicies isolate the pods",
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
    let is_open =
        |direction: &Direction| !policies.found.iter().any(|policy| direction.is_isolated_by(policy));
    let open = parameters.directions.iter().copied().filter(is_open);
    open.filter_map(|direction| {
        let doubt = match add_ons.isolate(direction) {
            Answer::Yes => return None,
            Answer::No => policies.incomplete,
            Answer::Unknown(cause) => Some(policies.incomplete.unwrap_or(cause)),
        };
        Some(match doubt {
            None => Statement::fail(
                pod_labels(subject),
                format!("no NetworkPolicy isolates the pods for {direction:?}"),
            ),
            Some(cause) => {
                let message =
                    format!("whether a NetworkPolicy isolates the pods for {direction:?} is not known");
                Statement::unknown(cause, pod_labels(subject), message)
            }
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_add_ons as add_ons;
    use crate::inventory::Kind;
    use crate::inventory::lookup::{Cause, Coverage};

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
    fn disagreement_37_policies_of_cilium_calico_and_admins_isolate_as_well() {
        for (policy, outcome) in add_ons::isolating() {
            assert_eq!(Case::of(&CHECK).with(policy.clone()).outcome(), outcome, "{policy}");
        }
        let half = with(json!({"policyTypes": ["Ingress"]}))
            .with(add_ons::cilium(json!({}), json!({"egress": [{}]})));
        assert_eq!(half.outcome(), Outcome::Pass, "they add up");
    }

    #[test]
    fn disagreement_37_what_selects_other_pods_isolates_nothing_and_what_may_select_them_is_not_known() {
        let both = json!({"ingress": [{}], "egress": [{}]});
        let of = |selector: Value| Case::of(&CHECK).with(add_ons::cilium(selector, both.clone())).outcome();
        assert_eq!(of(json!({"matchLabels": {"app": "api"}})), Outcome::Fail);
        assert_eq!(of(json!({"matchLabels": {"cni:app": "web"}})), Outcome::Unknown);
        let broken = add_ons::cilium(json!(7), both);
        assert_eq!(Case::of(&CHECK).with_broken(broken).outcome(), Outcome::Unknown);
        let kind = Kind::CiliumClusterwideNetworkPolicy;
        let forbidden = Case::of(&CHECK).coverage_of(kind, Coverage::Forbidden);
        assert_eq!(forbidden.judged().findings[0].cause, Some(Cause::Forbidden));
        assert_eq!(Case::of(&CHECK).coverage_of(kind, Coverage::NotServed).outcome(), Outcome::Fail);
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
