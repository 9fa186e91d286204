//! CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies.
//!
//! A rule with a section of a direction, allowing or denying, isolates the endpoints that it selects in that direction,
//! unless `enableDefaultDeny` says that it does not; a rule without anything in it allows nothing. It must not judge.
//! Next: [`super::expression`].

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::lenient::{list, null_is_default, string_map};
use super::super::metadata::Metadata;
use super::expression::{Attribute, Expression, Test};
use super::{AddOnPolicy, Effect, Part};

/// A policy as it is written: one rule in `spec`, or several in `specs`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CiliumPolicy {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    spec: Option<Rule>,
    #[serde(deserialize_with = "list")]
    specs: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    endpoint_selector: Option<EndpointSelector>,
    #[serde(deserialize_with = "list")]
    ingress: Vec<Map<String, Value>>,
    #[serde(deserialize_with = "list")]
    ingress_deny: Vec<Map<String, Value>>,
    #[serde(deserialize_with = "list")]
    egress: Vec<Map<String, Value>>,
    #[serde(deserialize_with = "list")]
    egress_deny: Vec<Map<String, Value>>,
    #[serde(deserialize_with = "null_is_default")]
    enable_default_deny: DefaultDeny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DefaultDeny {
    ingress: Option<bool>,
    egress: Option<bool>,
}

/// A label selector whose keys may name where a label comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EndpointSelector {
    #[serde(deserialize_with = "string_map")]
    match_labels: Labels,
    #[serde(deserialize_with = "list")]
    match_expressions: Vec<Requirement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Requirement {
    #[serde(deserialize_with = "null_is_default")]
    key: String,
    #[serde(deserialize_with = "null_is_default")]
    operator: String,
    #[serde(deserialize_with = "list")]
    values: Vec<Box<str>>,
}

impl CiliumPolicy {
    /// What it says of pods, lean. A rule for nodes says nothing of them.
    pub fn lean(self, kind: Kind) -> AddOnPolicy {
        let parts = self.spec.into_iter().chain(self.specs).filter_map(Rule::part).collect();
        AddOnPolicy { kind, metadata: self.metadata, parts }
    }
}

impl Rule {
    fn part(self) -> Option<Part> {
        let deny = &self.enable_default_deny;
        let ingress = effect(&self.ingress, &self.ingress_deny, deny.ingress);
        let egress = effect(&self.egress, &self.egress_deny, deny.egress);
        let conditions = self.endpoint_selector?.conditions();
        Some(Part { pods: Expression::All(conditions.collect()), ingress, egress })
    }
}

fn effect(allow: &[Map<String, Value>], deny: &[Map<String, Value>], isolates: Option<bool>) -> Effect {
    if allow.is_empty() && deny.is_empty() {
        return if isolates == Some(true) { Effect::Isolates { lets_through: false } } else { Effect::None };
    }
    if isolates == Some(false) {
        return Effect::Open;
    }
    Effect::Isolates { lets_through: allow.iter().any(|rule| !rule.values().all(is_nothing)) }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

impl EndpointSelector {
    fn conditions(self) -> impl Iterator<Item = Expression> {
        let Self { match_labels, match_expressions } = self;
        let labels = match_labels.iter().map(|(key, value)| test(key, Test::In(vec![value.into()])));
        let labels: Vec<Expression> = labels.collect();
        labels.into_iter().chain(match_expressions.into_iter().map(Requirement::condition))
    }
}

impl Requirement {
    fn condition(self) -> Expression {
        let not = |one| Expression::Not(Box::new(one));
        match self.operator.as_str() {
            "In" => test(&self.key, Test::In(self.values)),
            "NotIn" => not(test(&self.key, Test::In(self.values))),
            "Exists" => test(&self.key, Test::Exists),
            "DoesNotExist" => not(test(&self.key, Test::Exists)),
            _ => Expression::Unclear,
        }
    }
}

/// A test of the label of this key, which may say where the label comes from: `k8s:app`.
fn test(key: &str, test: Test) -> Expression {
    let attribute = match key.split_once(':') {
        None => of_kubernetes(key),
        Some(("any" | "k8s", key)) => of_kubernetes(key),
        // Nodes, the world, and what else is no pod.
        Some(("reserved", _)) => Some(Attribute::Nothing),
        Some(_) => None,
    };
    attribute.map_or(Expression::Unclear, |attribute| Expression::Test(attribute, test))
}

fn of_kubernetes(key: &str) -> Option<Attribute> {
    match key {
        "io.kubernetes.pod.namespace" => Some(Attribute::Namespace),
        "io.cilium.k8s.policy.serviceaccount" => Some(Attribute::ServiceAccount),
        "io.cilium.k8s.policy.cluster" => None,
        _ => Some(match key.strip_prefix("io.cilium.k8s.namespace.labels.") {
            Some(label) => Attribute::NamespaceLabel(label.into()),
            None => Attribute::Label(key.into()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Selected;
    use super::*;

    fn policy(kind: Kind, spec: Value) -> AddOnPolicy {
        let object = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
        serde_json::from_value::<CiliumPolicy>(object).unwrap().lean(kind)
    }

    fn effects(mut spec: Value) -> [Effect; 2] {
        spec["endpointSelector"] = json!({});
        let policy = policy(Kind::CiliumNetworkPolicy, spec);
        [policy.parts[0].ingress, policy.parts[0].egress]
    }

    fn selects(kind: Kind, selector: Value, namespace: &str) -> Option<bool> {
        let policy = policy(kind, json!({"endpointSelector": selector, "ingress": [{}]}));
        let labels = Labels::from([("app", "web")]);
        let team = Labels::from([("team", "a")]);
        policy.parts[0].pods.holds(&Selected {
            namespace,
            namespace_labels: Some(&team),
            pod: Some((&labels, "runner")),
        })
    }

    #[test]
    fn a_section_of_a_direction_isolates_and_an_empty_rule_lets_nothing_through() {
        let closed = Effect::Isolates { lets_through: false };
        let some = Effect::Isolates { lets_through: true };
        assert_eq!(effects(json!({"ingress": [{}]})), [closed, Effect::None]);
        assert_eq!(effects(json!({"ingress": [], "egress": null})), [Effect::None; 2]);
        assert_eq!(
            effects(json!({"ingress": [{"fromEndpoints": [{}]}], "egress": [{}, {}]})),
            [some, closed]
        );
        assert_eq!(effects(json!({"egressDeny": [{"toCIDR": ["10.0.0.0/8"]}]})), [Effect::None, closed]);
        assert_eq!(effects(json!({"egress": [{"toPorts": [], "toFQDNs": null}]})), [Effect::None, closed]);
    }

    #[test]
    fn default_deny_can_be_switched_off_and_on() {
        let off = json!({"enableDefaultDeny": {"ingress": false, "egress": true}, "ingress": [{"fromEndpoints": [{}]}]});
        assert_eq!(effects(off), [Effect::Open, Effect::Isolates { lets_through: false }]);
    }

    #[test]
    fn endpoints_are_selected_by_labels_wherever_those_come_from() {
        for (selector, expected) in [
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"k8s:app": "web", "any:app": "web"}}), true),
            (json!({"matchLabels": {"app": "api"}}), false),
            (json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}), false),
            (json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}), true),
            (json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]}), true),
            (json!({"matchLabels": {"k8s:io.kubernetes.pod.namespace": "shop"}}), true),
            (json!({"matchLabels": {"io.cilium.k8s.namespace.labels.team": "a"}}), true),
            (json!({"matchLabels": {"io.cilium.k8s.policy.serviceaccount": "runner"}}), true),
            (json!({"matchExpressions": [{"key": "reserved:host", "operator": "Exists"}]}), false),
        ] {
            assert_eq!(
                selects(Kind::CiliumNetworkPolicy, selector.clone(), "shop"),
                Some(expected),
                "{selector}"
            );
        }
        for unclear in [
            json!({"matchLabels": {"cni:app": "web"}}),
            json!({"matchExpressions": [{"key": "app", "operator": "Like"}]}),
        ] {
            assert_eq!(selects(Kind::CiliumNetworkPolicy, unclear, "shop"), None);
        }
    }

    #[test]
    fn rules_for_nodes_are_about_no_pods_and_several_rules_are_several_parts() {
        let nodes =
            policy(Kind::CiliumClusterwideNetworkPolicy, json!({"nodeSelector": {}, "ingress": [{}]}));
        assert!(nodes.parts.is_empty());
        let rule = json!({"endpointSelector": {}, "ingress": [{}]});
        let several =
            json!({"metadata": {"name": "web", "namespace": "shop"}, "specs": [rule.clone(), rule]});
        let several =
            serde_json::from_value::<CiliumPolicy>(several).unwrap().lean(Kind::CiliumNetworkPolicy);
        assert_eq!(several.parts.len(), 2);
    }
}
