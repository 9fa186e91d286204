//! Test support: a workload whose ServiceAccount `shop/web` has a role with these rules.
//!
//! It must not know any particular check. Next: [`super::testing`].

use serde_json::{Value, json};

use super::testing::Case;
use crate::catalogue::Check;

/// A workload that runs as `web`, with a token.
pub(super) fn account(check: &'static Check) -> Case {
    Case::of(check).pod(json!({"serviceAccountName": "web", "automountServiceAccountToken": true}))
}

/// The binding of a role of this kind and name to `web`.
pub(super) fn binding(kind: &str, (role_kind, role): (&str, &str)) -> Value {
    let subject = json!({"kind": "ServiceAccount", "name": "web", "namespace": "shop"});
    json!({"kind": kind, "metadata": {"name": "it"}, "roleRef": {"kind": role_kind, "name": role}, "subjects": [subject]})
}

/// The same with a Role of its namespace that has these rules.
pub(super) fn holding(check: &'static Check, rules: &Value) -> Case {
    account(check)
        .with(json!({"kind": "Role", "metadata": {"name": "own"}, "rules": rules}))
        .with(binding("RoleBinding", ("Role", "own")))
}

/// The same with a ClusterRole that it has everywhere.
pub(super) fn holding_everywhere(check: &'static Check, rules: &Value) -> Case {
    account(check)
        .with(json!({"kind": "ClusterRole", "metadata": {"name": "own"}, "rules": rules}))
        .with(binding("ClusterRoleBinding", ("ClusterRole", "own")))
}

/// One rule: group, resource, verbs.
pub(super) fn rule(group: &str, resource: &str, verbs: &[&str]) -> Value {
    json!([{"apiGroups": [group], "resources": [resource], "verbs": verbs}])
}
