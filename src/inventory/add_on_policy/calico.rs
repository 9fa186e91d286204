//! NetworkPolicies and GlobalNetworkPolicies of Calico.
//!
//! A policy that selects an endpoint isolates it in the directions of its `types`, in the tier `default`; what another tier
//! does with the rest is said by the tier, which is not read. It must not judge. Next: [`selector`] for its language of
//! selectors, [`super::expression`].

mod selector;

use serde::Deserialize;

use super::super::kind::Kind;
use super::super::lenient::{list, null_is_default};
use super::super::metadata::Metadata;
use super::expression::Expression;
use super::{AddOnPolicy, Effect, Part};
use selector::{Of, parse};

/// A policy as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CalicoPolicy {
    #[serde(deserialize_with = "null_is_default")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_is_default")]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(deserialize_with = "null_is_default")]
    tier: String,
    #[serde(deserialize_with = "null_is_default")]
    selector: String,
    #[serde(deserialize_with = "null_is_default")]
    namespace_selector: String,
    #[serde(deserialize_with = "null_is_default")]
    service_account_selector: String,
    #[serde(deserialize_with = "list")]
    types: Vec<String>,
    #[serde(deserialize_with = "list")]
    ingress: Vec<Rule>,
    #[serde(deserialize_with = "list")]
    egress: Vec<Rule>,
    #[serde(rename = "preDNAT", deserialize_with = "null_is_default")]
    pre_dnat: bool,
    #[serde(deserialize_with = "null_is_default")]
    do_not_track: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rule {
    #[serde(deserialize_with = "null_is_default")]
    action: String,
}

impl CalicoPolicy {
    /// What it says of pods, lean. What applies before connections are tracked is for endpoints of hosts.
    pub fn lean(self, kind: Kind) -> AddOnPolicy {
        let is_for_hosts = self.spec.pre_dnat || self.spec.do_not_track;
        let parts = if is_for_hosts { Box::default() } else { Box::from([self.spec.part()]) };
        AddOnPolicy { kind, metadata: self.metadata, parts }
    }
}

impl Spec {
    fn part(&self) -> Part {
        let accounts = match self.service_account_selector.trim() {
            "" | "all()" => Expression::Always,
            _ => Expression::Unclear,
        };
        let pods = Expression::All(vec![
            parse(&self.namespace_selector, Of::Namespaces),
            parse(&self.selector, Of::Pods),
            accounts,
        ]);
        // Without types the server takes those of which there are rules, and without rules `Ingress`.
        let is_silent = self.types.is_empty();
        let says = |name: &str| self.types.iter().any(|one| one == name);
        let ingress = says("Ingress") || (is_silent && (!self.ingress.is_empty() || self.egress.is_empty()));
        let egress = says("Egress") || (is_silent && !self.egress.is_empty());
        Part { pods, ingress: self.effect(ingress, &self.ingress), egress: self.effect(egress, &self.egress) }
    }

    fn effect(&self, is_meant: bool, rules: &[Rule]) -> Effect {
        let is = |action: &str| rules.iter().any(|rule| rule.action == action);
        match self.tier.as_str() {
            _ if !is_meant => Effect::None,
            // What is passed on comes to whatever is behind the last tier.
            "" | "default" if !is("Pass") => Effect::Isolates { lets_through: is("Allow") },
            _ => Effect::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::labels::Labels;
    use super::super::Selected;
    use super::*;

    fn policy(kind: Kind, spec: Value) -> AddOnPolicy {
        let object = json!({"metadata": {"name": "default.web", "namespace": "shop"}, "spec": spec});
        serde_json::from_value::<CalicoPolicy>(object).unwrap().lean(kind)
    }

    fn effects(spec: Value) -> [Effect; 2] {
        let part = policy(Kind::CalicoNetworkPolicy, spec).parts[0].clone();
        [part.ingress, part.egress]
    }

    #[test]
    fn types_decide_and_are_those_of_the_rules_where_they_are_left_out() {
        let (closed, none) = (Effect::Isolates { lets_through: false }, Effect::None);
        let some = Effect::Isolates { lets_through: true };
        let allow = json!([{"action": "Allow"}]);
        assert_eq!(effects(json!({})), [closed, none]);
        assert_eq!(effects(json!({"egress": allow})), [none, some]);
        assert_eq!(effects(json!({"ingress": allow, "egress": [{"action": "Deny"}]})), [some, closed]);
        assert_eq!(effects(json!({"types": ["Egress"], "ingress": allow})), [none, closed]);
        assert_eq!(
            effects(json!({"types": ["Ingress", "Egress"], "ingress": [{"action": "Log"}]})),
            [closed; 2]
        );
    }

    #[test]
    fn what_is_passed_on_and_what_other_tiers_do_is_unclear() {
        assert_eq!(effects(json!({"ingress": [{"action": "Pass"}]})), [Effect::Unclear, Effect::None]);
        assert_eq!(effects(json!({"tier": "platform"})), [Effect::Unclear, Effect::None]);
        assert_eq!(effects(json!({"tier": "default"}))[0], Effect::Isolates { lets_through: false });
    }

    #[test]
    fn it_selects_by_labels_namespaces_and_accounts() {
        let labels = Labels::from([("app", "web")]);
        let team = Labels::from([("team", "a")]);
        let of = |kind, spec: Value, namespace| {
            policy(kind, spec).parts[0].pods.holds(&Selected {
                namespace,
                namespace_labels: Some(&team),
                pod: Some((&labels, "default")),
            })
        };
        let (own, global) = (Kind::CalicoNetworkPolicy, Kind::CalicoGlobalNetworkPolicy);
        assert_eq!(of(own, json!({}), "shop"), Some(true));
        assert_eq!(of(own, json!({"selector": "app == 'web'"}), "shop"), Some(true));
        assert_eq!(of(own, json!({"selector": "app == 'api'"}), "shop"), Some(false));
        assert_eq!(of(global, json!({}), "infra"), Some(true));
        assert_eq!(of(global, json!({"namespaceSelector": "team == 'b'"}), "infra"), Some(false));
        assert_eq!(of(own, json!({"serviceAccountSelector": "role == 'x'"}), "shop"), None);
        assert_eq!(of(own, json!({"serviceAccountSelector": "all()"}), "shop"), Some(true));
        assert_eq!(of(own, json!({"selector": "app = web"}), "shop"), None);
    }

    #[test]
    fn what_is_for_hosts_is_about_no_pods() {
        for field in ["preDNAT", "doNotTrack"] {
            assert!(
                policy(Kind::CalicoGlobalNetworkPolicy, json!({field: true})).parts.is_empty(),
                "{field}"
            );
        }
    }
}
