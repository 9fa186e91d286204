//! The operator's rights, and those of people on its objects.
//!
//! No verb changes a workload, none is a wildcard, and none is given beyond what the controller calls: it
//! lists and watches what checks read, applies (`patch`, which needs `create` for a new object) its reports,
//! patches the status of policies, and applies two objects by name: the webhook's configuration and Secret. Next: [`super::workload`] runs under them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::network::WEBHOOK;
use super::{Labels, NAME, NAMESPACE, in_namespace, labels};
use crate::api;
use crate::inventory::Kind;

/// Name of the rights on Secrets. They are apart so that a cluster admin can leave them out, or bind them in
/// some namespaces only: the checks that read Secrets are then Unknown elsewhere.
pub const SECRETS: &str = "seaworthy-secrets";

/// Name of what people may read.
const VIEW: &str = "seaworthy-view";

/// Account, roles and bindings for checks that read these kinds.
pub fn objects(reads: &BTreeSet<Kind>) -> Vec<Value> {
    let mut objects = vec![account(), cluster_role(NAME, &rules(reads)), cluster_binding(NAME)];
    if reads.contains(&Kind::Secret) {
        objects.extend([cluster_role(SECRETS, &[secrets()]), cluster_binding(SECRETS)]);
    }
    objects.extend([lease_role(), lease_binding(), view_role()]);
    objects
}

/// The pod asks for the token itself, so that nothing else that runs as this account gets one unasked.
fn account() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": in_namespace(NAME),
        "automountServiceAccountToken": false,
    })
}

/// Kinds that are watched: workloads, namespaces, and whatever checks read; Secrets are granted apart.
pub(super) fn watched(reads: &BTreeSet<Kind>) -> BTreeSet<Kind> {
    let kinds = Kind::WORKLOADS.iter().copied().chain([Kind::Namespace]).chain(reads.iter().copied());
    kinds.filter(|kind| !matches!(kind, Kind::Secret | Kind::SecretMetadata)).collect()
}

fn rules(reads: &BTreeSet<Kind>) -> Vec<Value> {
    let mut plurals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in watched(reads) {
        plurals.entry(kind.info().group).or_default().insert(kind.info().plural);
    }
    let mut rules: Vec<Value> = plurals
        .into_iter()
        .map(|(group, plurals)| rule(group, &plurals.into_iter().collect::<Vec<_>>(), &["list", "watch"]))
        .collect();
    rules.extend(own_rules());
    rules.extend(webhook_rules());
    rules
}

/// Rights on what the operator answers with, whatever is checked.
pub(super) fn own_rules() -> [Value; 4] {
    [
        rule(api::GROUP, &["clusterreadinesspolicies", "readinesspolicies"], &["list", "watch"]),
        rule(api::GROUP, &["clusterreadinesspolicies/status", "readinesspolicies/status"], &["patch"]),
        rule(api::GROUP, &["readinessreports"], &["create", "delete", "list", "patch", "watch"]),
        rule("events.k8s.io", &["events"], &["create"]),
    ]
}

/// The same where namespaces are listed: none on policies of the cluster, which nobody looks at then.
pub(super) fn own_rules_in_namespaces() -> [Value; 4] {
    let [_, _, reports, events] = own_rules();
    [
        rule(api::GROUP, &["readinesspolicies"], &["list", "watch"]),
        rule(api::GROUP, &["readinesspolicies/status"], &["patch"]),
        reports,
        events,
    ]
}

/// Rights on the webhook's configuration alone, and to ask for the uid of the role with which it ends.
fn webhook_rules() -> [Value; 2] {
    let configurations = ["validatingwebhookconfigurations"];
    let verbs = ["create", "delete", "get", "patch"];
    [
        named_rule("admissionregistration.k8s.io", (&configurations, NAME), &verbs),
        named_rule("rbac.authorization.k8s.io", (&["clusterroles"], NAME), &["get"]),
    ]
}

/// `get` is for the metadata of one that the watch, which holds one type of Secret only, does not show.
fn secrets() -> Value {
    rule("", &["secrets"], &["get", "list", "watch"])
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

/// A name restricts `create` as well where an object is made by server-side apply, which says its name.
fn named_rule(group: &str, (resources, name): (&[&str], &str), verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "resourceNames": [name], "verbs": verbs })
}

fn cluster_role(name: &str, rules: &[Value]) -> Value {
    cluster_role_labelled(name, rules, &labels())
}

fn cluster_role_labelled(name: &str, rules: &[Value], labels: &Labels) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": name, "labels": labels },
        "rules": rules,
    })
}

fn cluster_binding(name: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": { "name": name, "labels": labels() },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
        "subjects": [subject()],
    })
}

fn subject() -> Value {
    json!({ "kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE })
}

/// A name cannot restrict the `create` of a Lease: the object has none yet when the API server decides.
fn lease_role() -> Value {
    let (group, resources) = ("coordination.k8s.io", ["leases"]);
    let rules = json!([
        rule(group, &resources, &["create"]),
        named_rule(group, (&resources, NAME), &["get", "update"]),
        // The webhook's certificate and its key.
        named_rule("", (&["secrets"], WEBHOOK), &["create", "get", "patch"]),
    ]);
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": in_namespace(NAME),
        "rules": rules,
    })
}

fn lease_binding() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": in_namespace(NAME),
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME },
        "subjects": [subject()],
    })
}

/// Whoever may read a namespace may read what is said of it.
fn view_role() -> Value {
    let resources = ["clusterreadinesspolicies", "readinesspolicies", "readinessreports"];
    let mut labels = labels();
    for to in ["admin", "edit", "view"] {
        labels.insert(format!("rbac.authorization.k8s.io/aggregate-to-{to}"), "true");
    }
    cluster_role_labelled(VIEW, &[rule(api::GROUP, &resources, &["get", "list", "watch"])], &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbs<'a>(objects: &'a [Value], name: &str, resource: &str) -> Vec<&'a str> {
        let role = objects.iter().find(|object| {
            object["kind"].as_str().unwrap().ends_with("Role") && object["metadata"]["name"] == name
        });
        let rules = role.into_iter().flat_map(|role| role["rules"].as_array().unwrap());
        let granting = rules.filter(|rule| rule["resources"].as_array().unwrap().contains(&json!(resource)));
        granting
            .flat_map(|rule| rule["verbs"].as_array().unwrap())
            .map(|verb| verb.as_str().unwrap())
            .collect()
    }

    #[test]
    fn what_checks_read_is_listed_and_watched_and_nothing_else_is() {
        let objects = objects(&BTreeSet::from([Kind::Service]));
        assert_eq!(verbs(&objects, NAME, "services"), ["list", "watch"]);
        assert_eq!(verbs(&objects, NAME, "ingresses"), Vec::<&str>::new());
        for kind in Kind::WORKLOADS {
            assert_eq!(verbs(&objects, NAME, kind.info().plural), ["list", "watch"], "{kind}");
        }
    }

    #[test]
    fn secrets_are_a_role_of_their_own_and_only_where_a_check_reads_them() {
        let without = objects(&BTreeSet::new());
        assert!(
            !without
                .iter()
                .any(|object| { object["kind"] == "ClusterRole" && object.to_string().contains("secrets") })
        );
        let with = objects(&BTreeSet::from([Kind::Secret]));
        assert_eq!(verbs(&with, NAME, "secrets"), Vec::<&str>::new());
        assert_eq!(verbs(&with, SECRETS, "secrets"), ["get", "list", "watch"]);
        assert!(with.iter().any(|object| {
            object["kind"] == "ClusterRoleBinding" && object["roleRef"]["name"] == SECRETS
        }));
    }

    #[test]
    fn writes_go_to_own_objects_events_and_what_is_named_only() {
        for object in objects(&Kind::ALL.iter().copied().collect()) {
            for rule in object["rules"].as_array().into_iter().flatten() {
                let text = rule.to_string();
                let reads = |verb: &Value| ["get", "list", "watch"].contains(&verb.as_str().unwrap());
                if rule["verbs"].as_array().unwrap().iter().all(reads) {
                    continue;
                }
                assert!(!text.contains('*'), "{text}");
                if [json!([NAME]), json!([WEBHOOK])].contains(&rule["resourceNames"]) {
                    continue;
                }
                let group = rule["apiGroups"][0].as_str().unwrap();
                assert!([api::GROUP, "events.k8s.io", "coordination.k8s.io"].contains(&group), "{text}");
            }
        }
    }
}
