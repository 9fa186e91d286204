//! Roles and their bindings: what an account may do.
//!
//! It must not judge. The kinds with and without `Cluster` have the same shape. Next: [`super::snapshot`].

use serde::Deserialize;

use super::labels::Labels;
use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::selector::LabelSelector;

/// A Role or ClusterRole, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// What it allows.
    #[serde(deserialize_with = "list")]
    pub rules: Vec<PolicyRule>,
    /// From which other ClusterRoles a controller fills the rules: those of a file say nothing then.
    #[serde(rename = "aggregationRule")]
    pub aggregation: Option<Box<Aggregation>>,
}

/// `aggregationRule` of a ClusterRole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Aggregation {
    /// The ClusterRoles are those that any of these selects.
    #[serde(deserialize_with = "list")]
    cluster_role_selectors: Vec<LabelSelector>,
}

impl Aggregation {
    /// Whether the rules of a ClusterRole with these labels are among those filled in. A selector that is not valid selects
    /// none; one that asks for nothing, all.
    pub fn includes(&self, labels: &Labels) -> bool {
        self.cluster_role_selectors
            .iter()
            .any(|selector| selector.compile().is_ok_and(|compiled| compiled.matches(labels)))
    }
}

impl Role {
    /// Whether a controller fills the rules from other ClusterRoles.
    pub const fn aggregates(&self) -> bool {
        self.aggregation.is_some()
    }
}

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyRule {
    /// API groups, empty for the core group; `*` for all.
    #[serde(deserialize_with = "list")]
    pub api_groups: Vec<String>,
    /// Plurals, with subresources behind a slash; `*` for all.
    #[serde(deserialize_with = "list")]
    pub resources: Vec<String>,
    /// Names; empty for all.
    #[serde(deserialize_with = "list")]
    pub resource_names: Vec<String>,
    /// Verbs; `*` for all.
    #[serde(deserialize_with = "list")]
    pub verbs: Vec<String>,
    /// Paths that are no resources.
    #[serde(rename = "nonResourceURLs", deserialize_with = "list")]
    pub non_resource_urls: Vec<String>,
}

/// A RoleBinding or ClusterRoleBinding, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleBinding {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// The role.
    #[serde(deserialize_with = "null_is_default")]
    pub role_ref: RoleReference,
    /// Who gets it.
    #[serde(deserialize_with = "list")]
    pub subjects: Vec<RbacSubject>,
}

/// `roleRef` of a binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RoleReference {
    /// `Role` or `ClusterRole`.
    #[serde(deserialize_with = "null_is_default")]
    pub kind: String,
    /// Name of the role.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
}

/// One subject of a binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RbacSubject {
    /// `User`, `Group` or `ServiceAccount`.
    #[serde(deserialize_with = "null_is_default")]
    pub kind: String,
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Namespace of a ServiceAccount.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace: String,
}

/// A group that the server puts ServiceAccounts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountGroup<'a> {
    /// Those of every namespace.
    All,
    /// Those of this namespace.
    Of(&'a str),
}

impl RbacSubject {
    /// Whether this ServiceAccount is meant: by its own name, by the user name that it has to the API server,
    /// or by a group that the server puts it in.
    pub fn includes_account(&self, namespace: &str, name: &str) -> bool {
        match self.kind.as_str() {
            "ServiceAccount" => self.namespace == namespace && self.name == name,
            "User" => self.account_user() == Some((namespace, name)),
            "Group" => match self.account_group() {
                Some(AccountGroup::All) => true,
                Some(AccountGroup::Of(own)) => own == namespace,
                None => false,
            },
            _ => false,
        }
    }

    /// The ServiceAccounts that are meant: namespace and name of one, an empty name for all of a namespace, and both
    /// empty for all there are.
    pub fn accounts(&self) -> Option<(&str, &str)> {
        match self.kind.as_str() {
            "ServiceAccount" => Some((&self.namespace, &self.name)),
            "User" => self.account_user(),
            "Group" => self.account_group().map(|group| match group {
                AccountGroup::All => ("", ""),
                AccountGroup::Of(namespace) => (namespace, ""),
            }),
            _ => None,
        }
    }

    /// Whether it is a group of everybody: all users, or all ServiceAccounts of the cluster.
    pub fn is_everybody(&self) -> bool {
        self.kind == "Group" && self.account_group() == Some(AccountGroup::All)
    }

    /// Namespace and name of the ServiceAccount that a user name stands for.
    fn account_user(&self) -> Option<(&str, &str)> {
        self.name.strip_prefix("system:serviceaccount:")?.split_once(':')
    }

    /// Whose accounts a group holds, if any.
    pub(super) fn account_group(&self) -> Option<AccountGroup<'_>> {
        match self.name.as_str() {
            "system:authenticated" | "system:serviceaccounts" => Some(AccountGroup::All),
            name => name.strip_prefix("system:serviceaccounts:").map(AccountGroup::Of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_includes_an_account_by_name_user_and_group() {
        let subject = |kind: &str, name: &str, namespace: &str| RbacSubject {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        };
        for (subject, expected) in [
            (subject("ServiceAccount", "web", "shop"), true),
            (subject("ServiceAccount", "web", "other"), false),
            (subject("ServiceAccount", "api", "shop"), false),
            (subject("User", "system:serviceaccount:shop:web", ""), true),
            (subject("User", "web", ""), false),
            (subject("Group", "system:serviceaccounts:shop", ""), true),
            (subject("Group", "system:serviceaccounts:other", ""), false),
            (subject("Group", "system:serviceaccounts", ""), true),
            (subject("Group", "system:authenticated", ""), true),
            (subject("Group", "system:masters", ""), false),
            (subject("Group", "system:unauthenticated", ""), false),
        ] {
            assert_eq!(subject.includes_account("shop", "web"), expected, "{subject:?}");
        }
    }

    #[test]
    fn rules_of_an_aggregated_role_are_known_to_be_filled_by_another() {
        let role: Role = serde_json::from_str(
            r#"{"metadata":{"name":"view"},"aggregationRule":{"clusterRoleSelectors":[]},"rules":null}"#,
        )
        .unwrap();
        assert!(role.aggregates() && role.rules.is_empty());
        let role: Role =
            serde_json::from_str(r#"{"rules":[{"apiGroups":[""],"resources":["pods/exec"],"verbs":["get"],"nonResourceURLs":null}]}"#)
                .unwrap();
        assert!(!role.aggregates());
        assert_eq!(role.rules[0].resources, ["pods/exec"]);
        let role: Role = serde_json::from_str(
            r#"{"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}},{"matchLabels":{"c":"d"}}]}}"#,
        )
        .unwrap();
        let includes = |key: &str, value: &str| {
            role.aggregation.as_ref().unwrap().includes(&[(key, value)].into_iter().collect())
        };
        assert_eq!([includes("a", "b"), includes("c", "d"), includes("a", "d")], [true, true, false]);
    }
}
