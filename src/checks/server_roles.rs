//! What the ClusterRoles of the API server for users allow, where nobody shows them: `view`, `edit` and `admin`.
//!
//! The server brings them back to these rules whenever it starts, and adds those of ClusterRoles with a label for that; it
//! takes none away. It must not know who has them. Next: [`super::rights`].

use std::sync::LazyLock;

use crate::inventory::rbac::{PolicyRule, Role};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

/// A group, its resources, and what may be done with them.
type Allowed = (&'static str, &'static [&'static str], &'static [&'static str]);

const OF_VIEW: &[Allowed] = &[
    ("", &["bindings", "configmaps", "endpoints", "events", "limitranges", "namespaces"], READ),
    ("", &["namespaces/status", "persistentvolumeclaims", "persistentvolumeclaims/status"], READ),
    (
        "",
        &["pods", "pods/log", "pods/status", "replicationcontrollers", "replicationcontrollers/scale"],
        READ,
    ),
    ("", &["replicationcontrollers/status", "resourcequotas", "resourcequotas/status"], READ),
    ("", &["serviceaccounts", "services", "services/status"], READ),
    ("apps", &["controllerrevisions", "daemonsets", "daemonsets/status", "deployments"], READ),
    ("apps", &["deployments/scale", "deployments/status", "replicasets", "replicasets/scale"], READ),
    ("apps", &["replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"], READ),
    ("autoscaling", &["horizontalpodautoscalers", "horizontalpodautoscalers/status"], READ),
    ("batch", &["cronjobs", "cronjobs/status", "jobs", "jobs/status"], READ),
    ("discovery.k8s.io", &["endpointslices"], READ),
    ("events.k8s.io", &["events"], READ),
    ("extensions", &["daemonsets", "daemonsets/status", "deployments", "deployments/scale"], READ),
    ("extensions", &["deployments/status", "ingresses", "ingresses/status", "networkpolicies"], READ),
    ("extensions", &["replicasets", "replicasets/scale", "replicasets/status"], READ),
    ("extensions", &["replicationcontrollers/scale"], READ),
    ("networking.k8s.io", &["ingresses", "ingresses/status", "networkpolicies"], READ),
    ("policy", &["poddisruptionbudgets", "poddisruptionbudgets/status"], READ),
];

const OF_EDIT: &[Allowed] = &[
    ("", &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], READ),
    ("", &["serviceaccounts"], &["impersonate"]),
    ("", &["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], WRITE),
    ("", &["pods/eviction"], &["create"]),
    ("", &["configmaps", "events", "persistentvolumeclaims", "replicationcontrollers"], WRITE),
    (
        "",
        &["replicationcontrollers/scale", "secrets", "serviceaccounts", "services", "services/proxy"],
        WRITE,
    ),
    ("", &["serviceaccounts/token"], &["create"]),
    ("apps", &["daemonsets", "deployments", "deployments/rollback", "deployments/scale"], WRITE),
    ("apps", &["replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"], WRITE),
    ("autoscaling", &["horizontalpodautoscalers"], WRITE),
    ("batch", &["cronjobs", "jobs"], WRITE),
    ("coordination.k8s.io", &["leases"], READ),
    ("coordination.k8s.io", &["leases"], WRITE),
    ("events.k8s.io", &["events"], WRITE),
    ("extensions", &["daemonsets", "deployments", "deployments/rollback", "deployments/scale"], WRITE),
    ("extensions", &["ingresses", "networkpolicies", "replicasets", "replicasets/scale"], WRITE),
    ("extensions", &["replicationcontrollers/scale"], WRITE),
    ("networking.k8s.io", &["ingresses", "networkpolicies"], WRITE),
    ("policy", &["poddisruptionbudgets"], WRITE),
];

const OF_ADMIN: &[Allowed] = &[
    ("authorization.k8s.io", &["localsubjectaccessreviews"], &["create"]),
    ("rbac.authorization.k8s.io", &["rolebindings", "roles"], READ),
    ("rbac.authorization.k8s.io", &["rolebindings", "roles"], WRITE),
];

static VIEW: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW]));
static EDIT: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW, OF_EDIT]));
static ADMIN: LazyLock<Vec<PolicyRule>> = LazyLock::new(|| rules(&[OF_VIEW, OF_EDIT, OF_ADMIN]));

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
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rule = |(group, resources, verbs): &Allowed| PolicyRule {
        api_groups: owned(&[group]),
        resources: owned(resources),
        verbs: owned(verbs),
        ..PolicyRule::default()
    };
    allowed.iter().copied().flatten().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
}
