//! The ValidatingWebhookConfiguration: when the API server asks, and whom.
//!
//! It keeps the cluster working whatever becomes of who is asked: short, ignored when it fails, and never about
//! the operator's own namespace, the system's, what controllers make of workloads, or what is being deleted.
//! It must not hold what one cluster is like. Next: [`super::admission`] for the answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::engine::admission::Scope;
use crate::inventory::Kind;

/// Name of the one webhook in the configuration.
pub const WEBHOOK: &str = "workloads.seaworthy.dev";

/// Path that is asked.
pub const PATH: &str = "/review";

/// Namespaces that are never judged, beside the operator's own.
pub const SYSTEM_NAMESPACES: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];

/// Subresource of a Pod by which debug containers are added to it.
pub const DEBUG_CONTAINERS: &str = "ephemeralcontainers";

/// How long the API server waits for an answer.
const TIMEOUT_SECONDS: u32 = 3;

/// With more namespaces than these the configuration names none: each policy would change it.
const NAMESPACES_NAMED: usize = 64;

/// Label that every namespace carries, with its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What is not asked about, in CEL, whatever policies say. The API server evaluates them for every write
/// in scope, so they are few, and their text is fixed.
const CONDITIONS: [(&str, &str); 3] = [
    ("not-being-deleted", "object == null || !has(object.metadata.deletionTimestamp)"),
    // What a built-in workload makes of its template: the template was asked about, and no debug container was in it.
    // Another owner may be anything, a ConfigMap that somebody made for the purpose.
    (
        "not-managed",
        "object == null || (has(request.subResource) && request.subResource == 'ephemeralcontainers') || \
         !(request.kind.kind in ['Pod', 'Job', 'ReplicaSet']) || \
         !has(object.metadata.ownerReferences) || \
         !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller && \
         owner.apiVersion in ['v1', 'apps/v1', 'batch/v1'] && owner.kind in ['Deployment', 'StatefulSet', \
         'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob', 'Node'])",
    ),
    (
        "not-the-system",
        "!(has(request.userInfo.groups) && request.userInfo.groups.exists(group, \
         group in ['system:nodes', 'system:serviceaccounts:kube-system'])) && \
         !(has(request.userInfo.username) && request.userInfo.username.startsWith('system:kube-'))",
    ),
];

/// Name of the condition that leaves out what stands in a custom kind's group beside it.
const CUSTOM_KINDS: &str = "policies-name-the-kind";

/// Where the API server finds who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Service of the operator's namespace.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// A URL without path, for an API server outside of the cluster's network.
    Url(String),
}

/// Everything that the configuration depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its name.
    pub name: String,
    /// Who answers.
    pub endpoint: Endpoint,
    /// Namespace of the operator.
    pub namespace: String,
    /// Certificates of the authorities that are trusted, as PEM in base64.
    pub ca_bundle: String,
    /// Whether a request is refused when nobody answers.
    pub fail_closed: bool,
    /// ClusterRole with whose end the configuration ends: name and uid.
    pub owner: (String, String),
}

impl Registration {
    /// The configuration for policies of this scope.
    pub fn configuration(&self, scope: &Scope) -> Value {
        let condition = |(name, expression): (&str, &str)| json!({ "name": name, "expression": expression });
        let mut conditions: Vec<Value> = CONDITIONS.into_iter().map(condition).collect();
        conditions
            .extend(custom_kinds(scope).as_deref().map(|expression| condition((CUSTOM_KINDS, expression))));
        let (owner, uid) = &self.owner;
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {
                "name": self.name,
                "labels": { "app.kubernetes.io/name": "seaworthy", "app.kubernetes.io/managed-by": "seaworthy" },
                "ownerReferences": [{
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "ClusterRole",
                    "name": owner,
                    "uid": uid,
                }],
            },
            "webhooks": [{
                "name": WEBHOOK,
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": TIMEOUT_SECONDS,
                "failurePolicy": if self.fail_closed { "Fail" } else { "Ignore" },
                "matchPolicy": "Equivalent",
                "clientConfig": self.client(),
                "rules": rules(scope),
                "namespaceSelector": { "matchExpressions": self.namespaces(scope) },
                "matchConditions": conditions,
            }],
        })
    }

    fn client(&self) -> Value {
        match &self.endpoint {
            Endpoint::Service { namespace, name } => json!({
                "caBundle": self.ca_bundle,
                "service": { "namespace": namespace, "name": name, "path": PATH, "port": 443 },
            }),
            Endpoint::Url(url) => json!({ "caBundle": self.ca_bundle, "url": format!("{url}{PATH}") }),
        }
    }

    fn namespaces(&self, scope: &Scope) -> Vec<Value> {
        let excluded = excluded(&self.namespace);
        let mut expressions = vec![json!({ "key": NAME_LABEL, "operator": "NotIn", "values": excluded })];
        if let Some(named) = scope.namespaces.as_ref().filter(|named| named.len() <= NAMESPACES_NAMED) {
            expressions.push(json!({ "key": NAME_LABEL, "operator": "In", "values": named }));
        }
        expressions
    }
}

/// Namespaces that nothing is asked about.
pub fn excluded(own: &str) -> BTreeSet<&str> {
    SYSTEM_NAMESPACES.into_iter().chain([own]).filter(|name| !name.is_empty()).collect()
}

fn rules(scope: &Scope) -> Vec<Value> {
    let mut groups: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for kind in &scope.kinds {
        let info = kind.info();
        // Which resource a custom kind is, and in which versions, only the API server knows.
        let (version, plural) =
            if kind.custom().is_some() { ("*", "*") } else { (info.version, info.plural) };
        groups.entry((info.group, version)).or_default().insert(plural);
    }
    let rule = |((group, version), resources): ((&str, &str), BTreeSet<&str>)| {
        json!({
            "apiGroups": [group],
            "apiVersions": [version],
            "operations": ["CREATE", "UPDATE"],
            "resources": resources,
            "scope": "Namespaced",
        })
    };
    let mut rules: Vec<Value> = groups.into_iter().map(rule).collect();
    if scope.kinds.iter().any(|kind| kind.is_workload()) {
        rules.push(debug_containers());
    }
    rules
}

/// Of the groups of custom kinds, only the kinds that policies name. None without custom kinds.
fn custom_kinds(scope: &Scope) -> Option<String> {
    let custom = scope.kinds.iter().filter_map(|kind| kind.custom());
    let groups: BTreeSet<&str> = custom.map(|custom| custom.info().group).collect();
    let kinds = scope.kinds.iter().map(|kind| kind.info()).filter(|info| groups.contains(info.group));
    let named: BTreeSet<String> = kinds.map(|info| format!("{}/{}", info.group, info.kind)).collect();
    (!groups.is_empty()).then(|| {
        let (groups, named) = (json!(groups), json!(named));
        format!(
            "!(request.kind.group in {groups}) || request.kind.group + '/' + request.kind.kind in {named}"
        )
    })
}

/// A debug container is added to a live Pod, whatever made that one.
fn debug_containers() -> Value {
    let pods = Kind::Pod.info();
    json!({
        "apiGroups": [pods.group],
        "apiVersions": [pods.version],
        "operations": ["UPDATE"],
        "resources": [format!("{}/{DEBUG_CONTAINERS}", pods.plural)],
        "scope": "Namespaced",
    })
}

/// Whether what there is says all that is wanted. Defaults of the server, and fields of others, may be there
/// beside it.
pub fn says(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| there.get(key).is_some_and(|there| says(there, wanted)))
        }
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && there.iter().zip(wanted).all(|(there, wanted)| says(there, wanted))
        }
        _ => there == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::custom::CustomKind;

    fn registration() -> Registration {
        let endpoint =
            Endpoint::Service { namespace: "seaworthy-system".to_owned(), name: "hook".to_owned() };
        Registration {
            name: "seaworthy".to_owned(),
            endpoint,
            namespace: "seaworthy-system".to_owned(),
            ca_bundle: "Q0E=".to_owned(),
            fail_closed: false,
            owner: ("seaworthy".to_owned(), "u1".to_owned()),
        }
    }

    fn scope(namespaces: Option<usize>) -> Scope {
        Scope {
            kinds: [Kind::Deployment, Kind::StatefulSet, Kind::Pod].into(),
            namespaces: namespaces.map(|count| (0..count).map(|index| format!("n-{index}")).collect()),
        }
    }

    fn webhook(namespaces: Option<usize>) -> Value {
        registration().configuration(&scope(namespaces))["webhooks"][0].clone()
    }

    #[test]
    fn it_cannot_wedge_a_cluster() {
        let webhook = webhook(None);
        assert_eq!(webhook["failurePolicy"], "Ignore");
        assert_eq!((&webhook["timeoutSeconds"], &webhook["sideEffects"]), (&json!(3), &json!("None")));
        assert!(webhook["matchConditions"].as_array().unwrap().len() <= 8);
        let excluded = json!(["kube-node-lease", "kube-public", "kube-system", "seaworthy-system"]);
        let selector = webhook["namespaceSelector"]["matchExpressions"].clone();
        assert_eq!(
            selector,
            json!([{ "key": NAME_LABEL, "operator": "NotIn", "values": excluded }]),
            "the configuration itself leaves them out"
        );
        assert_eq!(webhook["clientConfig"]["caBundle"], "Q0E=");
    }

    #[test]
    fn only_what_policies_select_is_asked_about_and_debug_containers() {
        let rules = webhook(Some(2))["rules"].clone();
        let rules = rules.as_array().unwrap();
        let resources: Vec<&Value> = rules.iter().map(|rule| &rule["resources"]).collect();
        let debugged = json!(["pods/ephemeralcontainers"]);
        assert_eq!(resources, [&json!(["pods"]), &json!(["deployments", "statefulsets"]), &debugged]);
        assert_eq!(
            (&rules[0]["operations"], &rules[2]["operations"]),
            (&json!(["CREATE", "UPDATE"]), &json!(["UPDATE"]))
        );
        let named = |count| webhook(Some(count))["namespaceSelector"]["matchExpressions"][1].clone();
        assert_eq!(named(2)["values"], json!(["n-0", "n-1"]));
        assert_eq!(named(NAMESPACES_NAMED + 1), Value::Null);
    }

    #[test]
    fn of_a_custom_kinds_group_only_what_policies_name_is_asked_about() {
        assert!(!webhook(None).to_string().contains(CUSTOM_KINDS));
        let rollout = Kind::Custom(CustomKind::of("apps", "Rollout", "spec.template"));
        let scope = Scope { kinds: [Kind::Deployment, Kind::Pod, rollout].into(), namespaces: None };
        let webhook = registration().configuration(&scope)["webhooks"][0].clone();
        let rule = webhook["rules"].as_array().unwrap().iter().find(|rule| rule["resources"] == json!(["*"]));
        let rule = rule.unwrap();
        assert_eq!((&rule["apiGroups"], &rule["apiVersions"]), (&json!(["apps"]), &json!(["*"])));
        let condition = webhook["matchConditions"].as_array().unwrap().last().unwrap().clone();
        let expression = "!(request.kind.group in [\"apps\"]) || \
             request.kind.group + '/' + request.kind.kind in [\"apps/Deployment\",\"apps/Rollout\"]";
        assert_eq!(condition, json!({"name": CUSTOM_KINDS, "expression": expression}));
    }

    #[test]
    fn debug_containers_are_asked_about_for_every_workload_and_for_nothing_else() {
        let asked = |kinds: &[Kind]| {
            let scope = Scope { kinds: kinds.iter().copied().collect(), namespaces: None };
            rules(&scope).iter().any(|rule| *rule == debug_containers())
        };
        for kind in Kind::WORKLOADS {
            assert!(asked(&[*kind]), "{kind}");
        }
        assert!(!asked(&[]) && !asked(&[Kind::Service, Kind::Ingress]));
        assert!(CONDITIONS[1].1.contains(&format!("request.subResource == '{DEBUG_CONTAINERS}'")));
    }

    #[test]
    fn what_a_built_in_workload_manages_is_not_asked_about() {
        let condition = CONDITIONS[1].1;
        for kind in Kind::WORKLOADS.iter().filter(|kind| **kind != Kind::Pod) {
            assert!(condition.contains(&format!("'{kind}'")), "{kind}");
        }
    }

    #[test]
    fn it_goes_with_the_operators_role() {
        let owner = registration().configuration(&scope(None))["metadata"]["ownerReferences"].clone();
        assert_eq!((&owner[0]["kind"], &owner[0]["uid"]), (&json!("ClusterRole"), &json!("u1")));
    }

    #[test]
    fn defaults_of_the_server_are_no_difference_and_what_was_edited_is_one() {
        let wanted = registration().configuration(&scope(Some(1)));
        let mut there = wanted.clone();
        there["webhooks"][0]["objectSelector"] = json!({});
        there["metadata"]["resourceVersion"] = json!("7");
        assert!(says(&there, &wanted));
        there["webhooks"][0]["clientConfig"]["caBundle"] = json!("");
        assert!(!says(&there, &wanted));
        let mut shorter = wanted.clone();
        shorter["webhooks"][0]["rules"] = json!([]);
        assert!(!says(&shorter, &wanted));
    }
}
