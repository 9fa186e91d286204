use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{Words, at, judge_each, key_of};
use crate::inventory::cidr::Cidr;
use crate::inventory::network_policy::{NetworkPeer, NetworkPolicy, NetworkRule};
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
    /// what comes in, every address. With `allowEgressWorld: false` the same holds for every address outside.
    /// A rule that lists ports opens those on purpose, and is in order. A policy that selects none is judged by itself.
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
    if !rule.ports.is_empty() {
        return None;
    }
    if rule.peers.is_empty() {
        return Some(Statement::fail(at(format!("spec.{path}")), "the rule is for everybody, on every port"));
    }
    let (index, problem) =
        rule.peers.iter().enumerate().find_map(|(index, peer)| Some((index, open(peer, world)?)))?;
    Some(Statement::fail(at(format!("spec.{path}.{list}[{index}]")), problem))
}

fn open(peer: &NetworkPeer, world: bool) -> Option<&'static str> {
    let every_namespace = peer.namespace_selector.as_ref().is_some_and(Selector::is_empty);
    let every_pod = peer.pod_selector.as_ref().is_none_or(Selector::is_empty);
    let everywhere =
        peer.ip_block.as_ref().and_then(|block| Cidr::parse(&block.cidr)).is_some_and(Cidr::is_everywhere);
    if every_namespace && every_pod {
        Some("the peer is every pod of every namespace, on every port")
    } else {
        (everywhere && !world).then_some("the peer is every address, on every port")
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
