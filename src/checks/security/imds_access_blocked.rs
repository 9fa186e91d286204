use core::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of};
use crate::checks::flows::Direction;
use crate::checks::helpers::{pod, pod_labels};
use crate::checks::isolation::{AddOns, Answer};
use crate::inventory::Kind;
use crate::inventory::cidr::Cidr;
use crate::inventory::lenient::IntOrString;
use crate::inventory::lookup::Cause;
use crate::inventory::network_policy::{IpBlock, NetworkPolicy, NetworkPort, NetworkRule};

/// Port at which the metadata of a machine is served.
const PORT: i64 = 80;

/// Parameters of `imds-access-blocked`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Addresses at which machines learn who they are.
    addresses: Vec<IpAddr>,
    /// Whether the machines themselves answer no pod: the limit of hops is 1 on all of them.
    attested: bool,
    /// Whether there are policies of further APIs, which are not read.
    other_apis: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        let [four, six] = [[169, 254, 169, 254].into(), [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254].into()];
        Self { addresses: vec![four, six], attested: false, other_apis: false }
    }
}

check! {
    /// ## What it checks
    /// NetworkPolicies keep the pods from the metadata service of the cloud: one isolates them for Egress, and no rule
    /// of any lets them reach one of the `addresses` on port 80. Pods with the node's network are beyond
    /// NetworkPolicies. Where the machines themselves answer no pod, `attested` says so, and nothing is judged. What policies
    /// of Cilium, Calico or admins of clusters add to that, or take from it, is not weighed: beside one with rules for
    /// what the pods reach, it is Unknown. Where there are policies of further APIs, say so by `otherApis`.
    ///
    /// ## Why it matters
    /// The metadata service gives the credentials of the machine to whoever asks. One request that a server can be
    /// made to send is then enough to act as the node.
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
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{ipBlock: {cidr: 0.0.0.0/0}}]
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
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]
    /// ```
    ///
    /// ## How to fix
    /// Name the peers that the pods need in the rules, or leave the addresses out of an `ipBlock` by `except`. Give pods
    /// that need the cloud an identity of their own (`workload-identity`).
    ///
    /// ## Parameters
    /// - `addresses`: addresses of the metadata service (default `169.254.169.254` and `fd00:ec2::254`).
    /// - `attested`: whether the machines answer no pod, since their limit of hops is 1 (default false).
    /// - `otherApis`: whether there are policies of further APIs that may be about the pods (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    /// - Amazon EKS Best Practices: Restrict access to the instance profile
    name: "imds-access-blocked",
    family: Security,
    severity: Medium,
    title: "Pods cannot reach the metadata service of the cloud",
    profiles: [],
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
    if parameters.attested {
        return Judgement::not_applicable("the machines answer no pod, as the policy attests");
    }
    if subject.pod().host_network {
        let message = "the pod has the node's network, and reaches the metadata service of the cloud";
        return Judgement::fail(pod("hostNetwork"), message);
    }
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    let unknown = |cause| {
        let message = "whether the pods can reach the metadata service of the cloud is not known";
        Statement::unknown(cause, pod_labels(subject), message).into()
    };
    match AddOns::of(subject, parameters.other_apis).rule(Direction::Egress) {
        Answer::No => {}
        Answer::Yes => return unknown(Cause::Undecidable),
        Answer::Unknown(cause) => return unknown(cause),
    }
    let isolating = || policies.found.iter().filter(|policy| policy.spec.isolates_egress);
    let open: Vec<Statement> = isolating().filter_map(|policy| of_policy(policy, parameters)).collect();
    if !open.is_empty() {
        return open.into_iter().collect();
    }
    let isolated = isolating().next().is_some();
    if let Some(cause) = policies.incomplete {
        // One more policy would only add to what may be reached; without any, everything may.
        return unknown(cause);
    }
    let message = "no NetworkPolicy keeps the pods from the metadata service of the cloud";
    Judgement::require(isolated, pod_labels(subject), message)
}

fn of_policy(policy: &NetworkPolicy, parameters: &Parameters) -> Option<Statement> {
    let mut rules = policy.spec.egress.iter().enumerate();
    let (index, address) = rules.find_map(|(index, rule)| {
        let mut addresses = parameters.addresses.iter();
        addresses.find(|address| lets(rule, **address)).map(|address| (index, address))
    })?;
    let statement =
        Statement::fail(at(format!("spec.egress[{index}]")), format!("the rule lets pods reach {address}"));
    Some(statement.about(key_of(Kind::NetworkPolicy, &policy.metadata)))
}

/// Whether a rule lets pods reach this address on the port.
fn lets(rule: &NetworkRule, address: IpAddr) -> bool {
    let by_port = rule.ports.is_empty() || rule.ports.iter().any(includes);
    let by_block = |block: &IpBlock| {
        let holds = |range: &String| Cidr::parse(range).is_some_and(|range| range.holds(address));
        holds(&block.cidr) && !block.except.iter().any(holds)
    };
    // Selectors pick pods, which the service is none of.
    let by_peer =
        rule.peers.is_empty() || rule.peers.iter().any(|peer| peer.ip_block.as_ref().is_some_and(by_block));
    by_port && by_peer
}

fn includes(port: &NetworkPort) -> bool {
    if port.protocol() != "TCP" {
        return false;
    }
    match &port.port {
        None => true,
        Some(IntOrString::Int(first)) => (*first..=port.end_port.unwrap_or(*first)).contains(&PORT),
        // A name is one of a pod's ports.
        Some(IntOrString::String(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_add_ons as add_ons;
    use crate::inventory::lookup::Coverage;

    fn policy(name: &str, egress: Value) -> Value {
        json!({"kind": "NetworkPolicy", "metadata": {"name": name},
            "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress}})
    }

    fn with(rule: Value) -> Case {
        Case::of(&CHECK).with(policy("web", json!([{"ports": [{"port": 53, "protocol": "UDP"}]}, rule])))
    }

    fn to(block: Value) -> Case {
        with(json!({"to": [{"ipBlock": block}]}))
    }

    #[test]
    fn a_rule_that_lets_pods_reach_it_is_found_in_its_policy() {
        let open = to(json!({"cidr": "0.0.0.0/0"}));
        assert_eq!(open.message(), "the rule lets pods reach 169.254.169.254");
        assert_eq!(open.fields(), ["spec.egress[1]"]);
        assert_eq!(open.judged().findings[0].object.as_ref().unwrap().to_string(), "NetworkPolicy shop/web");
        assert_eq!(to(json!({"cidr": "::/0"})).message(), "the rule lets pods reach fd00:ec2::254");
        assert_eq!(with(json!({})).outcome(), Outcome::Fail);
    }

    #[test]
    fn ranges_ports_and_peers_that_leave_it_out_pass() {
        assert_eq!(to(json!({"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]})).outcome(), Outcome::Pass);
        assert_eq!(to(json!({"cidr": "10.0.0.0/8"})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"to": [{"namespaceSelector": {}}]})).outcome(), Outcome::Pass);
        for (port, outcome) in [
            (json!({"port": 443}), Outcome::Pass),
            (json!({"port": 80, "protocol": "UDP"}), Outcome::Pass),
            (json!({"port": "http"}), Outcome::Pass),
            (json!({"port": 80}), Outcome::Fail),
            (json!({"port": 1, "endPort": 1024}), Outcome::Fail),
            (json!({"protocol": "TCP"}), Outcome::Fail),
        ] {
            assert_eq!(with(json!({"ports": [port]})).outcome(), outcome, "{port}");
        }
    }

    #[test]
    fn one_policy_that_lets_them_is_enough_and_without_any_all_is_open() {
        let closed = Case::of(&CHECK).with(policy("deny", json!([])));
        assert_eq!(closed.outcome(), Outcome::Pass);
        assert_eq!(closed.with(policy("open", json!([{}]))).outcome(), Outcome::Fail);
        let none = Case::of(&CHECK);
        assert_eq!(none.fields(), ["spec.template.metadata.labels"]);
    }

    #[test]
    fn the_policy_says_what_there_is_to_keep_from() {
        let own = to(json!({"cidr": "10.0.0.0/8"})).parameters(json!({"addresses": ["10.1.2.3"]}));
        assert_eq!(own.message(), "the rule lets pods reach 10.1.2.3");
        let attested = Case::of(&CHECK).parameters(json!({"attested": true}));
        assert_eq!(attested.outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn the_nodes_network_reaches_it() {
        let node = Case::of(&CHECK).pod(json!({"hostNetwork": true})).with(policy("deny", json!([])));
        assert_eq!(node.fields(), ["spec.template.spec.hostNetwork"]);
    }

    #[test]
    fn disagreement_44_policies_that_were_not_given_leave_it_open() {
        let partial = Case::of(&CHECK).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
        assert_eq!(partial.clone().with(policy("deny", json!([]))).outcome(), Outcome::Unknown);
        let open = partial.with(policy("open", json!([{}])));
        assert_eq!(open.outcome(), Outcome::Unknown, "a policy of another API may take it away");
        let add_ons = Kind::ADD_ON_POLICIES.iter();
        let known = add_ons.fold(open, |case, kind| case.coverage_of(*kind, Coverage::NotServed));
        assert_eq!(known.outcome(), Outcome::Fail, "one more NetworkPolicy would only add");
    }

    #[test]
    fn disagreement_37_what_policies_of_other_apis_add_and_take_away_is_not_known() {
        let closed = Case::of(&CHECK).with(policy("deny", json!([])));
        let beside = |rules: Value| closed.clone().with(add_ons::cilium(json!({}), rules)).outcome();
        assert_eq!(beside(json!({"egress": [{"toEntities": ["world"]}]})), Outcome::Unknown);
        assert_eq!(beside(json!({"ingress": [{}]})), Outcome::Pass);
        assert_eq!(closed.clone().parameters(json!({"otherApis": true})).outcome(), Outcome::Unknown);
    }
}
