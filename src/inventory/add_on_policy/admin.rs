//! Policies for admins of clusters: AdminNetworkPolicy, BaselineAdminNetworkPolicy, and ClusterNetworkPolicy, which takes the
//! place of both.
//!
//! Their rules deny, accept or pass on what they name, so that pods are isolated by a rule alone that denies
//! everything. It must not judge. Next: [`super::expression`].

use serde::Deserialize;

use super::super::kind::Kind;
use super::super::lenient::{list, null_is_default};
use super::super::metadata::Metadata;
use super::super::selector::Selector;
use super::expression::Expression;
use super::{AddOnPolicy, Effect, Part};

/// A policy as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdminPolicy {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_is_default")]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "null_is_default")]
    subject: Subject,
    #[serde(deserialize_with = "list")]
    ingress: Vec<Rule>,
    #[serde(deserialize_with = "list")]
    egress: Vec<Rule>,
}

/// One of the two; what else a version may know is neither.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subject {
    namespaces: Option<Selector>,
    pods: Option<Pods>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pods {
    #[serde(deserialize_with = "null_is_default")]
    namespace_selector: Selector,
    #[serde(deserialize_with = "null_is_default")]
    pod_selector: Selector,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rule {
    #[serde(deserialize_with = "null_is_default")]
    action: String,
    #[serde(rename = "from", alias = "to", deserialize_with = "list")]
    peers: Vec<Peer>,
    #[serde(deserialize_with = "list")]
    ports: Vec<serde_json::Value>,
    /// As `ports`, in the version that takes protocols as well.
    #[serde(deserialize_with = "list")]
    protocols: Vec<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Peer {
    namespaces: Option<Selector>,
    #[serde(deserialize_with = "list")]
    networks: Vec<String>,
}

impl AdminPolicy {
    /// What it says of pods, lean.
    pub fn lean(self, kind: Kind) -> AddOnPolicy {
        let Spec { subject, ingress, egress } = self.spec;
        let ingress = effect(&ingress, Peer::is_every_namespace);
        let egress = effect(&egress, Peer::is_every_address);
        let part = Part { pods: subject.pods(), ingress, egress };
        AddOnPolicy { kind, metadata: self.metadata, parts: Box::new([part]) }
    }
}

impl Subject {
    fn pods(self) -> Expression {
        match (self.namespaces, self.pods) {
            (Some(namespaces), None) => Expression::Namespaces(namespaces),
            (None, Some(Pods { namespace_selector, pod_selector })) => Expression::All(vec![
                Expression::Namespaces(namespace_selector),
                Expression::Pods(pod_selector),
            ]),
            _ => Expression::Unclear,
        }
    }
}

fn effect(rules: &[Rule], is_everything: impl Fn(&Peer) -> bool) -> Effect {
    let denies = |rule: &&Rule| rule.action == "Deny";
    let is_whole = |rule: &Rule| {
        rule.ports.is_empty() && rule.protocols.is_empty() && rule.peers.iter().any(&is_everything)
    };
    if rules.is_empty() {
        return Effect::None;
    }
    let mut denying = rules.iter().filter(denies).peekable();
    if denying.peek().is_none() {
        return Effect::Open;
    }
    if !denying.any(is_whole) {
        return Effect::Unclear;
    }
    Effect::Isolates {
        lets_through: rules.iter().any(|rule| matches!(rule.action.as_str(), "Allow" | "Accept")),
    }
}

impl Peer {
    /// Whether it is every pod: nobody else can be named of those who come in.
    fn is_every_namespace(&self) -> bool {
        self.namespaces.as_ref().is_some_and(Selector::is_empty)
    }

    /// Whether it is every address, pods' among them.
    fn is_every_address(&self) -> bool {
        self.networks.iter().any(|network| network == "0.0.0.0/0")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::labels::Labels;
    use super::super::Selected;
    use super::*;

    fn part(spec: Value) -> Part {
        let object = json!({"metadata": {"name": "default"}, "spec": spec});
        let policy = serde_json::from_value::<AdminPolicy>(object).unwrap().lean(Kind::AdminNetworkPolicy);
        policy.parts[0].clone()
    }

    #[test]
    fn only_a_rule_that_denies_everything_isolates() {
        let every = json!([{"namespaces": {}}]);
        for (rules, effect) in [
            (json!([]), Effect::None),
            (json!([{"action": "Allow", "from": every}]), Effect::Open),
            (json!([{"action": "Pass", "from": every}]), Effect::Open),
            (json!([{"action": "Deny", "from": every}]), Effect::Isolates { lets_through: false }),
            (
                json!([{"action": "Accept", "from": [{"pods": {"podSelector": {}}}]}, {"action": "Deny", "from": every}]),
                Effect::Isolates { lets_through: true },
            ),
            (
                json!([{"action": "Deny", "from": every, "ports": [{"portNumber": {"port": 22}}]}]),
                Effect::Unclear,
            ),
            (json!([{"action": "Deny", "from": every, "protocols": [{"tcp": {}}]}]), Effect::Unclear),
            (
                json!([{"action": "Deny", "from": [{"namespaces": {"matchLabels": {"team": "a"}}}]}]),
                Effect::Unclear,
            ),
        ] {
            assert_eq!(part(json!({"ingress": rules})).ingress, effect, "{rules}");
        }
        let out = |to: Value| part(json!({"egress": [{"action": "Deny", "to": to}]})).egress;
        assert_eq!(out(every), Effect::Unclear, "what is no pod stays in reach");
        assert_eq!(
            out(json!([{"networks": ["0.0.0.0/0", "::/0"]}])),
            Effect::Isolates { lets_through: false }
        );
    }

    #[test]
    fn the_subject_is_namespaces_or_pods_of_some() {
        let labels = Labels::from([("app", "web")]);
        let team = Labels::from([("team", "a")]);
        let of = |subject: Value, namespace_labels| {
            let pod = Some((&labels, "default"));
            part(json!({"subject": subject})).pods.holds(&Selected {
                namespace: "shop",
                namespace_labels,
                pod,
            })
        };
        let team_a = json!({"matchLabels": {"team": "a"}});
        assert_eq!(of(json!({"namespaces": team_a}), Some(&team)), Some(true));
        assert_eq!(of(json!({"namespaces": team_a}), None), None);
        assert_eq!(of(json!({"namespaces": {}}), None), Some(true));
        let pods = |app: &str| json!({"pods": {"namespaceSelector": team_a, "podSelector": {"matchLabels": {"app": app}}}});
        assert_eq!(of(pods("web"), Some(&team)), Some(true));
        assert_eq!(of(pods("api"), None), Some(false));
        assert_eq!(of(json!({"somethingNew": {}}), Some(&team)), None);
    }
}
