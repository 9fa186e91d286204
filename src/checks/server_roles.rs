//! What roles of the API server allow, where nobody shows them: `view`, `edit` and `admin`, those for workloads that
//! extend the API, ask for names or watch nodes, and its Roles.
//!
//! The server puts back what was taken from them whenever it starts. To the first three it adds the rules of ClusterRoles
//! with a label for that. The rules are those of Kubernetes 1.37; that of which they differ much between versions is left
//! out, as is what only the server's own components use. It must not know who has them. Next: [`super::rights`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::server_rules::{Allowed, FIXED, NAMED, OF_ADMIN, OF_EDIT, OF_VIEW, ROLES, rule};
use crate::inventory::Kind;
use crate::inventory::labels::Labels;
use crate::inventory::rbac::{Aggregation, PolicyRule, Role, RoleReference};

/// The rules of roles, by where they are and what they are called.
type Fixed = BTreeMap<(&'static str, &'static str), Vec<PolicyRule>>;

static FIXED_RULES: LazyLock<Fixed> = LazyLock::new(|| {
    let of_cluster = FIXED.iter().map(|(name, allowed)| (("", *name), rules(&[allowed])));
    let of_namespaces = ROLES.iter().map(|(role, allowed)| {
        let named = NAMED.iter().filter(|(own, ..)| own == role);
        let named = named.map(|(_, verbs, name)| PolicyRule {
            resource_names: vec![(*name).to_owned()],
            ..rule(&("", &["configmaps"], verbs))
        });
        (*role, rules(&[allowed]).into_iter().chain(named).collect())
    });
    of_cluster.chain(of_namespaces).collect()
});

static TO_EDIT: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_EDIT]));
static TO_ADMIN: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_ADMIN]));
static VIEW: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW]));
static EDIT: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW, OF_EDIT]));
static ADMIN: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW, OF_EDIT, OF_ADMIN]));

/// What the role that a binding in a namespace refers to allows, if it is one to which nothing is added.
pub(super) fn fixed_rules_of(reference: &RoleReference, namespace: &str) -> Option<&'static [PolicyRule]> {
    let is_role = reference.kind == Kind::Role.as_str();
    let namespace = if is_role { namespace } else { "" };
    if is_role && namespace.is_empty() {
        return None;
    }
    let found = FIXED_RULES.iter().find(|((own, name), _)| *own == namespace && *name == reference.name);
    found.map(|(_, rules)| rules.as_slice())
}

/// Which ClusterRoles of the server's own a ClusterRole is filled from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Included {
    /// Those of which it is known, with what they allow.
    pub(super) rules: Vec<(&'static str, &'static [PolicyRule])>,
    /// Those among them to which rules are added.
    pub(super) users: Vec<&'static str>,
    /// Whether there are others.
    pub(super) others: bool,
}

/// What of the server's own a ClusterRole is filled from. All of them have one label, and some a second.
pub(super) fn included(aggregation: &Aggregation) -> Included {
    let made = ("kubernetes.io/bootstrapping", "rbac-defaults");
    let labels = |to: &str| -> Labels {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{to}");
        [(made.0.to_owned(), made.1), (label, "true")].into_iter().collect()
    };
    let mut included =
        Included { others: aggregation.includes(&[made].into_iter().collect()), ..Included::default() };
    for (to, name, rules, user) in [
        ("view", "system:aggregate-to-view", &VIEW, None),
        ("edit", "system:aggregate-to-edit", &TO_EDIT, Some("view")),
        ("admin", "system:aggregate-to-admin", &TO_ADMIN, Some("edit")),
    ] {
        if aggregation.includes(&labels(to)) {
            included.rules.push((name, rules));
            included.users.extend(user);
        }
    }
    included
}

/// What one of these ClusterRoles allows at least, if it is one.
pub(super) fn rules_of(cluster_role: &str) -> Option<&'static [PolicyRule]> {
    match cluster_role {
        "view" => Some(&VIEW),
        "edit" => Some(&EDIT),
        "admin" => Some(&ADMIN),
        _ => None,
    }
}

/// Whether a controller of the server adds the rules of a ClusterRole to this one of them. The larger ones have what the
/// smaller ones get.
pub(super) fn is_added(role: &Role, cluster_role: &str) -> bool {
    let names = ["view", "edit", "admin"];
    let to = names.iter().position(|name| *name == cluster_role).unwrap_or_default();
    names.iter().take(to + 1).any(|name| {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
        role.metadata.labels.get(&label) == Some("true")
    })
}

fn rules(allowed: &[&[Allowed]]) -> Vec<PolicyRule> {
    allowed.iter().copied().flatten().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::server_made;

    #[test]
    fn the_larger_ones_get_what_is_added_to_the_smaller_ones() {
        let role: Role = serde_json::from_value(json!({"metadata": {"name": "shop",
            "labels": {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}}}))
        .unwrap();
        let added = ["view", "edit", "admin"].map(|name| is_added(&role, name));
        assert_eq!(added, [false, true, true]);
        let none = serde_json::from_value(json!({"metadata": {"name": "shop"}})).unwrap();
        assert!(!is_added(&none, "admin"));
    }

    #[test]
    fn each_holds_more_than_the_one_before_and_nobody_else_is_known() {
        let sizes = ["view", "edit", "admin"].map(|name| rules_of(name).unwrap().len());
        assert!(sizes.is_sorted() && sizes[0] < sizes[1] && sizes[1] < sizes[2]);
        assert!(rules_of("cluster-admin").is_none() && rules_of("system:node").is_none());
    }

    #[test]
    fn what_the_server_makes_by_name_is_known_in_its_namespace_alone() {
        let rules = |kind: &str, namespace: &str, name: &str| {
            let reference = RoleReference { kind: kind.to_owned(), name: name.to_owned() };
            fixed_rules_of(&reference, namespace).map(<[PolicyRule]>::len)
        };
        assert_eq!(rules("ClusterRole", "shop", "system:auth-delegator"), Some(2));
        let reader = "extension-apiserver-authentication-reader";
        assert_eq!(rules("Role", "kube-system", reader), Some(1), "of one name");
        let names = |namespace: &str, name: &str| {
            let reference = RoleReference { kind: "Role".to_owned(), name: name.to_owned() };
            let rules = fixed_rules_of(&reference, namespace).unwrap();
            rules.iter().flat_map(|rule| rule.resource_names.iter().map(String::as_str)).collect::<Vec<_>>()
        };
        assert_eq!(names("kube-system", reader), ["extension-apiserver-authentication"]);
        assert_eq!(names("kube-public", "system:controller:bootstrap-signer"), ["cluster-info"]);
        let discovery = RoleReference { kind: "ClusterRole".to_owned(), name: "system:discovery".to_owned() };
        let paths = fixed_rules_of(&discovery, "").unwrap().iter().flat_map(|rule| &rule.non_resource_urls);
        assert!(paths.clone().any(|path| path == "/readyz"), "{:?}", paths.collect::<Vec<_>>());
        assert_eq!(rules("Role", "shop", reader), None);
        assert_eq!(rules("ClusterRole", "kube-system", reader), None);
        assert_eq!(rules("Role", "", "system:auth-delegator"), None);
        for (name, _) in FIXED {
            assert!(server_made::is_role(Kind::ClusterRole, "", name), "{name}");
        }
        for ((namespace, name), _) in ROLES {
            assert!(server_made::is_role(Kind::Role, namespace, name), "{name}");
        }
    }

    #[test]
    fn a_role_is_filled_from_the_servers_own_by_their_labels() {
        let of = |selector: serde_json::Value| {
            included(&serde_json::from_value(json!({"clusterRoleSelectors": [selector]})).unwrap())
        };
        let none = of(json!({"matchLabels": {"a": "b"}}));
        assert_eq!(none, Included::default());
        let edit = of(json!({"matchLabels": {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}}));
        assert_eq!(edit.rules, [("system:aggregate-to-edit", TO_EDIT.as_slice())]);
        assert_eq!((edit.users, edit.others), (vec!["view"], false));
        assert!(of(json!({})).others, "a selector that asks for nothing");
    }
}
