//! One right, and whether a rule of a role gives it.
//!
//! A rule is read as the API server's authorizer reads it. It must not know who has the role. Next:
//! [`super::dangers`] for the rights that are looked for, [`super::rights`] for who has them.

use crate::inventory::rbac::PolicyRule;

/// What a right can do harm to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The objects of whatever namespace it holds in.
    Namespace,
    /// Objects of the cluster: a RoleBinding does not give it.
    Cluster,
    /// The objects of `kube-system`.
    System,
}

/// A right that is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Right {
    group: &'static str,
    /// The resource, with a subresource behind a slash.
    pub(super) resource: &'static str,
    verbs: &'static [&'static str],
    /// What it can do harm to.
    pub(super) reach: Reach,
    names: Names,
}

/// Whether a rule that is limited to names gives a right.
#[derive(Clone, Copy, Debug)]
enum Names {
    /// It gives it if one of these is among them.
    Among(&'static [&'static str]),
    /// It gives it whatever they are.
    Any,
}

impl Right {
    /// To do one of these with objects of a namespace. A subresource stands behind a slash.
    pub(super) const fn to(
        verbs: &'static [&'static str],
        group: &'static str,
        resource: &'static str,
    ) -> Self {
        Self { group, resource, verbs, reach: Reach::Namespace, names: Names::Among(&[]) }
    }

    /// The same with objects of the cluster.
    pub(super) const fn in_cluster(self) -> Self {
        Self { reach: Reach::Cluster, ..self }
    }

    /// The same with objects of `kube-system`.
    pub(super) const fn in_system(self) -> Self {
        Self { reach: Reach::System, ..self }
    }

    /// The same also where a rule is limited to names, if one of these is among them.
    pub(super) const fn also_named(self, names: &'static [&'static str]) -> Self {
        Self { names: Names::Among(names), ..self }
    }

    /// The same also where a rule is limited to names, whatever they are.
    pub(super) const fn whatever_the_name(self) -> Self {
        Self { names: Names::Any, ..self }
    }

    /// What of it a rule gives: the place of the resource in the rule, and the verbs.
    pub(super) fn given_by<'a>(&self, rule: &'a PolicyRule) -> Option<(usize, Vec<&'a str>)> {
        let group = rule.api_groups.iter().any(|group| group == "*" || group == self.group);
        let is_limited = !rule.resource_names.is_empty();
        let named = match self.names {
            Names::Any => true,
            Names::Among(names) => {
                !is_limited || rule.resource_names.iter().any(|name| names.contains(&name.as_str()))
            }
        };
        let subresource = self.resource.split_once('/').map(|(_, subresource)| subresource);
        let is_meant = |resource: &String| {
            resource == "*"
                || resource == self.resource
                || (subresource.is_some() && resource.strip_prefix("*/") == subresource)
        };
        let place = rule.resources.iter().position(is_meant).filter(|_| group && named)?;
        // A request for these has no name, so that a rule that asks for one never lets it through.
        let is_nameless =
            |verb: &str| verb == "deletecollection" || (verb == "create" && subresource.is_none());
        let verbs = rule.verbs.iter().map(String::as_str).filter(|verb| !(is_limited && is_nameless(verb)));
        let verbs: Vec<&str> = verbs.filter(|verb| *verb == "*" || self.verbs.contains(verb)).collect();
        (!verbs.is_empty()).then_some((place, verbs))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_rule_for_other_names_gives_nothing() {
        let rule = |names: Value| -> PolicyRule {
            let rule = json!({"apiGroups": [""], "resources": ["configmaps"], "verbs": ["update"], "resourceNames": names});
            serde_json::from_value(rule).unwrap()
        };
        let any = Right::to(&["update"], "", "configmaps");
        let named = any.also_named(&["coredns", "aws-auth"]);
        for (names, of_any, of_named) in [
            (json!([]), true, true),
            (json!(["settings"]), false, false),
            (json!(["settings", "aws-auth"]), false, true),
        ] {
            let rule = rule(names.clone());
            assert_eq!(any.given_by(&rule).is_some(), of_any, "{names}");
            assert_eq!(named.given_by(&rule).is_some(), of_named, "{names}");
            assert!(any.whatever_the_name().given_by(&rule).is_some(), "{names}");
        }
    }

    #[test]
    fn what_is_asked_for_without_a_name_no_rule_with_names_gives() {
        let rule = |resource: &str, verb: &str, names: &[&str]| -> PolicyRule {
            let rule =
                json!({"apiGroups": [""], "resources": [resource], "verbs": [verb], "resourceNames": names});
            serde_json::from_value(rule).unwrap()
        };
        let pods = Right::to(&["create", "delete", "deletecollection"], "", "pods").whatever_the_name();
        let exec = Right::to(&["create"], "", "pods/exec").whatever_the_name();
        for (verb, of_all, of_one) in [
            ("create", true, false),
            ("deletecollection", true, false),
            ("delete", true, true),
            ("*", true, true),
        ] {
            assert_eq!(pods.given_by(&rule("pods", verb, &[])).is_some(), of_all, "{verb}");
            assert_eq!(pods.given_by(&rule("pods", verb, &["web"])).is_some(), of_one, "{verb}");
        }
        assert!(exec.given_by(&rule("pods/exec", "create", &["web"])).is_some(), "its pod has a name");
    }
}
