//! What asks who is there before a workload does: SecurityPolicies of Envoy Gateway and AuthorizationPolicies of Istio.
//!
//! It must not judge. Next: [`super::snapshot`] for whom they are about.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::gateway::Reference;
use super::labels::Labels;
use super::lenient::{given, list, null_is_default, string_map};
use super::metadata::Metadata;
use super::selector::{LabelSelector, LabelSelectorRequirement};

/// A SecurityPolicy, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SecurityPolicy {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: SecurityPolicySpec,
}

/// `spec` of a SecurityPolicy.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the object that is there or is not")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecurityPolicySpec {
    target_ref: Option<Reference>,
    #[serde(deserialize_with = "list")]
    target_refs: Vec<Reference>,
    #[serde(deserialize_with = "list")]
    target_selectors: Vec<TargetSelector>,
    /// Whether what a broader policy asks is asked as well.
    #[serde(rename = "mergeType", deserialize_with = "given")]
    pub is_merged: bool,
    #[serde(rename = "basicAuth", deserialize_with = "given")]
    has_basic_auth: bool,
    #[serde(rename = "oidc", deserialize_with = "given")]
    has_oidc: bool,
    #[serde(rename = "extAuth", deserialize_with = "given")]
    has_ext_auth: bool,
    #[serde(rename = "apiKeyAuth", deserialize_with = "given")]
    has_api_key_auth: bool,
    jwt: Option<Jwt>,
    authorization: Option<Authorization>,
}

/// One entry of `targetSelectors`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TargetSelector {
    #[serde(deserialize_with = "null_is_default")]
    kind: String,
    #[serde(deserialize_with = "string_map")]
    match_labels: Labels,
    #[serde(deserialize_with = "list")]
    match_expressions: Vec<LabelSelectorRequirement>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Jwt {
    /// Requests without a token are let through.
    #[serde(deserialize_with = "null_is_default")]
    optional: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Authorization {
    #[serde(deserialize_with = "null_is_default")]
    default_action: String,
    #[serde(deserialize_with = "list")]
    rules: Vec<AuthorizationRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct AuthorizationRule {
    #[serde(deserialize_with = "null_is_default")]
    action: String,
    #[serde(deserialize_with = "null_is_default")]
    principal: Principal,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Principal {
    #[serde(rename = "jwt", deserialize_with = "given")]
    is_by_token: bool,
}

impl SecurityPolicySpec {
    /// Whether nobody gets through who does not say who they are.
    pub fn asks(&self) -> bool {
        let by_token = self.jwt.as_ref().is_some_and(|jwt| {
            !jwt.optional || self.authorization.as_ref().is_some_and(Authorization::demands_a_token)
        });
        self.has_basic_auth || self.has_oidc || self.has_ext_auth || self.has_api_key_auth || by_token
    }

    /// Whether it is about an object of this kind of the Gateway API, and this name and labels, in its own namespace; of
    /// each section the word that it is about, empty for the whole object.
    pub fn sections<'a>(&'a self, kind: &'a str, object: &'a Metadata) -> impl Iterator<Item = &'a str> {
        let named = self.target_ref.iter().chain(&self.target_refs);
        let named = named
            .filter(move |one| one.kind.as_deref() == Some(kind) && *one.name == *object.name)
            .map(|one| one.section_name.as_str());
        let selecting = self.target_selectors.iter();
        let selected = selecting.filter(move |one| one.kind == kind && one.matches(&object.labels));
        named.chain(selected.map(|_| ""))
    }
}

impl TargetSelector {
    fn matches(&self, labels: &Labels) -> bool {
        let Self { match_labels, match_expressions, .. } = self.clone();
        let selector = LabelSelector { match_labels, match_expressions }.compile();
        selector.is_ok_and(|selector| selector.matches(labels))
    }
}

impl Authorization {
    /// Whether all whom it lets through have shown a token. What no rule is about is denied unless it says otherwise.
    fn demands_a_token(&self) -> bool {
        let mut allowing = self.rules.iter().filter(|rule| rule.action == "Allow");
        self.default_action != "Allow" && allowing.all(|rule| rule.principal.is_by_token)
    }
}

/// An AuthorizationPolicy, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AuthorizationPolicy {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: AuthorizationPolicySpec,
}

/// `spec` of an AuthorizationPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthorizationPolicySpec {
    #[serde(deserialize_with = "null_is_default")]
    selector: WorkloadSelector,
    target_ref: Option<Reference>,
    #[serde(deserialize_with = "list")]
    target_refs: Vec<Reference>,
    /// `ALLOW` (also where it is empty), `DENY`, `CUSTOM` or `AUDIT`.
    #[serde(deserialize_with = "null_is_default")]
    pub action: Box<str>,
    /// Which requests it is about; none without any.
    #[serde(deserialize_with = "list")]
    pub rules: Vec<RequestRule>,
}

/// `selector` of Istio's policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WorkloadSelector {
    #[serde(deserialize_with = "string_map")]
    match_labels: Labels,
}

/// One rule of an AuthorizationPolicy: requests that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RequestRule {
    /// From whom, any of these; from everybody without any.
    #[serde(deserialize_with = "list")]
    pub from: Vec<FromEntry>,
    /// To do what, any of these; anything without any.
    #[serde(deserialize_with = "list")]
    pub to: Vec<ToEntry>,
    /// Further conditions.
    #[serde(deserialize_with = "list")]
    pub when: Vec<Condition>,
}

/// One entry of `from`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FromEntry {
    /// Who: `requestPrincipals`, `namespaces` and so on.
    #[serde(deserialize_with = "null_is_default")]
    pub source: Lists,
}

/// One entry of `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ToEntry {
    /// What: `paths`, `methods` and so on.
    #[serde(deserialize_with = "null_is_default")]
    pub operation: Lists,
}

/// Lists of words, each under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Lists(BTreeMap<Box<str>, Option<Vec<Box<str>>>>);

/// One entry of `when`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Condition {
    #[serde(deserialize_with = "null_is_default")]
    key: Box<str>,
    #[serde(deserialize_with = "list")]
    values: Vec<Box<str>>,
}

impl Lists {
    /// The words under a key; empty where there are none.
    pub fn of(&self, key: &str) -> &[Box<str>] {
        self.0.get(key).and_then(Option::as_deref).unwrap_or_default()
    }

    /// Whether there are words under a key that is none of these.
    pub fn has_others(&self, keys: &[&str]) -> bool {
        let mut given =
            self.0.iter().filter(|(_, words)| words.as_ref().is_some_and(|words| !words.is_empty()));
        given.any(|(key, _)| !keys.contains(&&**key))
    }
}

impl RequestRule {
    /// Whether all whom it is about have shown a token that is known.
    pub fn demands_a_token(&self) -> bool {
        let by_source = !self.from.is_empty()
            && self.from.iter().all(|from| !from.source.of("requestPrincipals").is_empty());
        let of_token = |one: &Condition| one.key.starts_with("request.auth.") && !one.values.is_empty();
        by_source || self.when.iter().any(of_token)
    }

    /// Whether it is about everybody who has shown none, whatever else it is about.
    pub fn is_about_strangers(&self) -> bool {
        let is_stranger = |from: &FromEntry| {
            let words = from.source.of("notRequestPrincipals");
            words.iter().any(|word| &**word == "*") && !from.source.has_others(&["notRequestPrincipals"])
        };
        self.when.is_empty() && (self.from.is_empty() || self.from.iter().any(is_stranger))
    }

    /// Whether nothing is asked of whoever sends a request.
    pub const fn is_about_everybody(&self) -> bool {
        self.from.is_empty() && self.when.is_empty()
    }
}

impl WorkloadSelector {
    /// Whether it matches pods with these labels.
    pub(super) fn matches(&self, pod_labels: &Labels) -> bool {
        let mut demanded = self.match_labels.iter();
        demanded.all(|(key, value)| pod_labels.get(key) == Some(value))
    }

    /// Whether it matches every pod.
    pub(super) fn is_empty(&self) -> bool {
        self.match_labels.is_empty()
    }
}

impl AuthorizationPolicySpec {
    /// Whether it is about pods with these labels, where it is about any of their namespace; one for other targets is
    /// about none.
    pub fn selects(&self, pod_labels: &Labels) -> bool {
        self.targets().next().is_none() && self.selector.matches(pod_labels)
    }

    /// What it is about beside pods that it selects.
    pub fn targets(&self) -> impl Iterator<Item = &Reference> {
        self.target_ref.iter().chain(&self.target_refs)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(spec: Value) -> SecurityPolicySpec {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn a_security_policy_asks_if_nobody_gets_through_unasked() {
        for (given, asks) in [
            (json!({"basicAuth": {"users": {"name": "staff"}}}), true),
            (json!({"oidc": {"provider": {}}}), true),
            (json!({"extAuth": {"http": {}}}), true),
            (json!({"apiKeyAuth": {}}), true),
            (json!({"jwt": {"providers": [{}]}}), true),
            (json!({"jwt": {"optional": true, "providers": [{}]}}), false),
            (
                json!({"jwt": {"optional": true}, "authorization": {"rules": [{"action": "Allow", "principal": {"jwt": {}}}]}}),
                true,
            ),
            (
                json!({"jwt": {"optional": true}, "authorization": {"rules": [{"action": "Allow", "principal": {"clientCIDRs": ["10.0.0.0/8"]}}]}}),
                false,
            ),
            (json!({"jwt": {"optional": true}, "authorization": {"defaultAction": "Allow"}}), false),
            (json!({"cors": {"allowOrigins": ["*"]}, "oidc": null}), false),
        ] {
            assert_eq!(spec(given.clone()).asks(), asks, "{given}");
        }
    }

    #[test]
    fn a_security_policy_is_about_what_it_names_or_selects() {
        let mut route = Metadata::named("shop", "web");
        route.labels = [("app", "web")].into();
        let sections = |given: Value| spec(given).sections("HTTPRoute", &route).collect::<Vec<_>>().join(",");
        let named = |name: &str| json!({"kind": "HTTPRoute", "name": name});
        assert_eq!(spec(json!({"targetRef": named("web")})).sections("HTTPRoute", &route).count(), 1);
        let section = json!({"kind": "HTTPRoute", "name": "web", "sectionName": "admin"});
        assert_eq!(sections(json!({"targetRefs": [named("api"), section]})), "admin");
        assert_eq!(spec(json!({"targetRefs": [named("web")]})).sections("Gateway", &route).count(), 0);
        let selected =
            |labels: Value| spec(json!({"targetSelectors": [{"kind": "HTTPRoute", "matchLabels": labels}]}));
        assert_eq!(selected(json!({"app": "web"})).sections("HTTPRoute", &route).count(), 1);
        assert_eq!(selected(json!({"app": "api"})).sections("HTTPRoute", &route).count(), 0);
        let expression = json!([{"key": "app", "operator": "Exists"}]);
        let by_expression =
            spec(json!({"targetSelectors": [{"kind": "HTTPRoute", "matchExpressions": expression}]}));
        assert_eq!(by_expression.sections("HTTPRoute", &route).count(), 1);
    }

    #[test]
    fn a_rule_tells_those_with_a_token_from_strangers() {
        let rule = |given: Value| serde_json::from_value::<RequestRule>(given).unwrap();
        let from = |source: Value| json!({"from": [{ "source": source }]});
        for (given, token, strangers) in [
            (from(json!({"requestPrincipals": ["*"]})), true, false),
            (
                json!({"from": [{"source": {"requestPrincipals": ["*"]}}, {"source": {"namespaces": ["edge"]}}]}),
                false,
                false,
            ),
            (json!({"when": [{"key": "request.auth.claims[iss]", "values": ["a"]}]}), true, false),
            (json!({"when": [{"key": "request.auth.principal", "notValues": ["a"]}]}), false, false),
            (from(json!({"notRequestPrincipals": ["*"]})), false, true),
            (from(json!({"notRequestPrincipals": ["*"], "namespaces": ["edge"]})), false, false),
            (from(json!({"notRequestPrincipals": ["*"], "namespaces": null})), false, true),
            (json!({}), false, true),
        ] {
            let rule = rule(given.clone());
            assert_eq!((rule.demands_a_token(), rule.is_about_strangers()), (token, strangers), "{given}");
        }
    }

    #[test]
    fn an_authorization_policy_is_about_the_pods_that_it_selects_or_about_its_targets() {
        let policy = |given: Value| serde_json::from_value::<AuthorizationPolicySpec>(given).unwrap();
        let labels = Labels::from([("app", "web")]);
        assert!(policy(json!({})).selects(&labels));
        assert!(policy(json!({"selector": {"matchLabels": {"app": "web"}}})).selects(&labels));
        assert!(!policy(json!({"selector": {"matchLabels": {"app": "api"}}})).selects(&labels));
        let targets = policy(
            json!({"targetRefs": [{"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "edge"}]}),
        );
        assert!(!targets.selects(&labels) && targets.targets().any(Reference::is_gateway));
    }
}
