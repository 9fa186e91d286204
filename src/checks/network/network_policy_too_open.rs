use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{Words, at, judge_each, key_of, quoted};
use crate::inventory::cidr::{Cidr, are_all, are_everywhere};
use crate::inventory::lenient::IntOrString;
use crate::inventory::network_policy::{NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule};
use crate::inventory::selector::Selector;
use crate::inventory::{Kind, Object};

/// Parameters of `network-policy-too-open`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether every address outside may be reached.
    allow_egress_world: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allow_egress_world: true }
    }
}

check! {
    /// ## What it checks
    /// No rule of a NetworkPolicy that selects the pods lets everybody in, or lets them reach everything, on
    /// every port: no rule without ports has an empty `from` or `to`, a peer that is every namespace, or, for
    /// what comes in, ranges that are every address together. With `allowEgressWorld: false` the same holds for
    /// every address outside. A rule that lists ports opens those on purpose, and is in order, unless they are every
    /// port of a protocol: an entry of `ports` without a `port`, or ranges from 1 to 65535. A policy that
    /// selects none is judged by itself.
    ///
    /// ## Why it matters
    /// Such a rule undoes the policy: it looks like isolation and is none.
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
    ///   ingress: [{}]
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
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: api}}}]
    /// ```
    ///
    /// ## How to fix
    /// Name the peers in `from` or `to` of the rule, or the `ports` that are meant for everybody.
    ///
    /// ## Parameters
    /// - `allowEgressWorld`: whether every address outside may be reached (default true).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "network-policy-too-open",
    family: Network,
    severity: Medium,
    title: "NetworkPolicies do not let everybody in",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [NetworkPolicy],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [NetworkPolicy] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().host_network {
        return Judgement::not_applicable("NetworkPolicies do not apply to pods with the node's network");
    }
    let policies = subject.namespace.network_policies_selecting(&subject.workload.pod_labels);
    judge_each(subject, &policies, WORDS, CHECK.severity, |policy| {
        let about = |statement: Statement| statement.about(key_of(Kind::NetworkPolicy, &policy.metadata));
        of_policy(policy, parameters).into_iter().map(about).collect()
    })
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    match subject.object {
        Object::NetworkPolicy(policy) => of_policy(policy, parameters).into_iter().collect(),
        _ => Judgement::default(),
    }
}

fn of_policy(policy: &NetworkPolicy, parameters: &Parameters) -> Vec<Statement> {
    let spec = &policy.spec;
    let ingress = spec.ingress.iter().enumerate().filter(|_| spec.isolates_ingress);
    let egress = spec.egress.iter().enumerate().filter(|_| spec.isolates_egress);
    let ingress =
        ingress.filter_map(|(index, rule)| of_rule(rule, &format!("ingress[{index}]"), "from", false));
    let world = parameters.allow_egress_world;
    let egress = egress.filter_map(|(index, rule)| of_rule(rule, &format!("egress[{index}]"), "to", world));
    ingress.chain(egress).collect()
}

const WORDS: Words = Words {
    nothing: "no NetworkPolicy selects the pods",
    doubt: "which NetworkPolicies select the pods is not known in full",
};

fn of_rule(rule: &NetworkRule, path: &str, list: &str, world: bool) -> Option<Statement> {
    let ports = open_ports(&rule.ports)?;
    if rule.peers.is_empty() {
        let message = format!("the rule is for everybody, on {ports}");
        return Some(Statement::fail(at(format!("spec.{path}")), message));
    }
    let mut peers = rule.peers.iter().enumerate();
    if let Some((index, who)) = peers.find_map(|(index, peer)| Some((index, open(peer, world)?))) {
        let message = format!("the peer is {who}, on {ports}");
        return Some(Statement::fail(at(format!("spec.{path}.{list}[{index}]")), message));
    }
    let blocks = rule.peers.iter().filter_map(|peer| peer.ip_block.as_ref());
    let ranges: Vec<Cidr> = blocks.filter_map(|block| Cidr::parse(&block.cidr)).collect();
    (!world && are_everywhere(&ranges)).then(|| {
        let message = format!("the peers together are every address, on {ports}");
        Statement::fail(at(format!("spec.{path}.{list}")), message)
    })
}

/// What a rule opens that does not name its ports: it lists none, or every one of a protocol.
fn open_ports(ports: &[NetworkPort]) -> Option<String> {
    if ports.is_empty() {
        return Some("every port".to_owned());
    }
    let is_open = |protocol: &str| {
        let spans = ports.iter().filter(|port| port.protocol() == protocol).filter_map(span);
        are_all(spans.collect(), FIRST_PORT, LAST_PORT)
    };
    let protocol = ports.iter().map(NetworkPort::protocol).find(|protocol| is_open(protocol))?;
    Some(format!("every port of {}", quoted(protocol, 10)))
}

/// The first and the last port of an entry; nothing of a name, which is one port.
fn span(port: &NetworkPort) -> Option<(u128, u128)> {
    match &port.port {
        None => Some((FIRST_PORT, LAST_PORT)),
        Some(IntOrString::Int(first)) => {
            let last = port.end_port.unwrap_or(*first);
            Some((u128::try_from(*first).ok()?, u128::try_from(last).ok()?))
        }
        Some(IntOrString::String(_)) => None,
    }
}

const FIRST_PORT: u128 = 1;
const LAST_PORT: u128 = 65_535;

fn open(peer: &NetworkPeer, world: bool) -> Option<&'static str> {
    let every_namespace = peer.namespace_selector.as_ref().is_some_and(Selector::is_empty);
    let every_pod = peer.pod_selector.as_ref().is_none_or(Selector::is_empty);
    let everywhere =
        peer.ip_block.as_ref().and_then(|block| Cidr::parse(&block.cidr)).is_some_and(Cidr::is_everywhere);
    if every_namespace && every_pod {
        Some("every pod of every namespace")
    } else {
        (everywhere && !world).then_some("every address")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value) -> Case {
        Case::of(&CHECK).with(json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}))
    }

    #[test]
    fn everybody_on_every_port_is_too_much() {
        for (spec, field) in [
            (json!({"ingress": [{"from": [{"podSelector": {}}]}, {}]}), "spec.ingress[1]"),
            (json!({"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}), "spec.ingress[0].from[0]"),
            (json!({"ingress": [{"from": [{"ipBlock": {"cidr": "0::/0"}}]}]}), "spec.ingress[0].from[0]"),
            (
                json!({"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.1/0"}}]}]}),
                "spec.ingress[0].from[0]",
            ),
            (json!({"ingress": [{"from": [{"namespaceSelector": {}}]}]}), "spec.ingress[0].from[0]"),
            (json!({"egress": [{}]}), "spec.egress[0]"),
        ] {
            assert_eq!(of(spec.clone()).fields(), [field], "{spec}");
        }
        for spec in [
            json!({"ingress": [{"ports": [{"port": 80}]}]}),
            json!({"ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}]}]}),
            json!({"policyTypes": ["Ingress"], "egress": [{}]}),
        ] {
            assert_eq!(of(spec.clone()).outcome(), Outcome::Pass, "{spec}");
        }
    }

    #[test]
    fn ports_that_are_every_port_of_a_protocol_name_none() {
        for ports in [
            json!([{"protocol": "TCP"}, {"protocol": "UDP"}]),
            json!([{"port": 80}, {"protocol": "SCTP"}]),
            json!([{"port": 1, "endPort": 65535}]),
            json!([{"port": 1024, "endPort": 65535}, {"port": 1, "endPort": 1023}]),
        ] {
            assert_eq!(of(json!({"ingress": [{ "ports": ports }]})).fields(), ["spec.ingress[0]"], "{ports}");
        }
        let udp = of(json!({"ingress": [{"ports": [{"port": 53}, {"protocol": "UDP"}]}]}));
        assert_eq!(udp.message(), "the rule is for everybody, on every port of UDP");
        for ports in [
            json!([{"port": 2, "endPort": 65535}]),
            json!([{"port": 1, "endPort": 1023}, {"port": 1024, "endPort": 65535, "protocol": "UDP"}]),
            json!([{"port": "http"}]),
            json!([{"port": 0}]),
        ] {
            assert_eq!(of(json!({"ingress": [{ "ports": ports }]})).outcome(), Outcome::Pass, "{ports}");
        }
    }

    #[test]
    fn ranges_that_are_every_address_together_are_too_much() {
        let from = |ranges: &[&str]| {
            let peers: Vec<_> = ranges.iter().map(|range| json!({"ipBlock": {"cidr": range}})).collect();
            of(json!({"ingress": [{ "from": peers }]}))
        };
        assert_eq!(from(&["0.0.0.0/1", "128.0.0.0/1"]).fields(), ["spec.ingress[0].from"]);
        assert_eq!(from(&["0.0.0.0/1", "128.0.0.0/2"]).outcome(), Outcome::Pass);
    }

    #[test]
    fn addresses_outside_may_be_reached_unless_the_policy_says_not() {
        let world = of(json!({"egress": [{"to": [{"ipBlock": {"cidr": "::/0"}}]}]}));
        assert_eq!(world.outcome(), Outcome::Pass);
        assert_eq!(world.parameters(json!({"allowEgressWorld": false})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_policies_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn one_that_selects_nothing_is_judged_by_itself() {
        let of = |spec: Value| {
            ObjectCase::of(
                &CHECK,
                json!({"kind": "NetworkPolicy", "metadata": {"name": "open"}, "spec": spec}),
            )
        };
        assert_eq!(of(json!({"podSelector": {}, "ingress": [{}]})).fields(), ["spec.ingress[0]"]);
        assert_eq!(of(json!({"podSelector": {}})).outcome(), Outcome::Pass);
        let world = of(json!({"egress": [{"to": [{"ipBlock": {"cidr": "::/0"}}]}]}));
        assert_eq!(world.parameters(json!({"allowEgressWorld": false})).outcome(), Outcome::Fail);
    }
}
