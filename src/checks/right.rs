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
    names: &'static [&'static str],
}

impl Right {
    /// To do one of these with objects of a namespace. A subresource stands behind a slash.
    pub(super) const fn to(
        verbs: &'static [&'static str],
        group: &'static str,
        resource: &'static str,
    ) -> Self {
        Self { group, resource, verbs, reach: Reach::Namespace, names: &[] }
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
        Self { names, ..self }
    }

    /// What of it a rule gives: the place of the resource in the rule, and the verbs.
    pub(super) fn given_by<'a>(&self, rule: &'a PolicyRule) -> Option<(usize, Vec<&'a str>)> {
        let group = rule.api_groups.iter().any(|group| group == "*" || group == self.group);
        let named = rule.resource_names.is_empty()
            || rule.resource_names.iter().any(|name| self.names.contains(&name.as_str()));
        let subresource = self.resource.split_once('/').map(|(_, subresource)| subresource);
        let is_meant = |resource: &String| {
            resource == "*"
                || resource == self.resource
                || (subresource.is_some() && resource.strip_prefix("*/") == subresource)
        };
        let place = rule.resources.iter().position(is_meant).filter(|_| group && named)?;
        let verbs = rule.verbs.iter().map(String::as_str);
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
        }
    }
}
