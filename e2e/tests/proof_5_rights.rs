//! Proof 5: the operator holds the rights that it uses and no others. Every test checks that it is refused
//! nothing ([`Cluster::finish`]); this one has it use every right that it was given, and counts from the
//! API server's audit log. Together: what is granted is what is used.
#![cfg(test)]

use std::{collections::BTreeSet, time::Duration};

use seaworthy::inventory::Kind;
use seaworthy::inventory::kind::KindInfo;
use seaworthy_e2e::{
    Cluster, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Port, ReplicaOptions, Requests, condition, eventually,
    workloads::{cluster_policy, flawed_pod, good_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);

/// Verb, API group and resource.
type Right = (String, String, String);

#[tokio::test(flavor = "multi_thread")]
async fn proof_5_what_is_granted_is_what_is_used() {
    let cluster = Cluster::start().await.unwrap();
    let granted = granted(&cluster).await;
    println!("{} rights: {granted:?}", granted.len());
    nothing_is_granted_that_could_do_harm(&granted);

    // A kind that is not served is listed and never watched.
    let definitions: Vec<Value> =
        Kind::ALL.iter().filter(|kind| kind.is_of_others()).map(|kind| definition(*kind)).collect();
    cluster.apply(&definitions).await.unwrap();
    for definition in &definitions {
        let crd = format!("crd/{}", definition["metadata"]["name"].as_str().unwrap());
        cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).await.unwrap();
    }
    let port = Port::reserve().unwrap();
    let address = format!("--webhook-address=127.0.0.1:{}", port.number());
    let url = format!("--webhook-url=https://127.0.0.1:{}", port.number());
    let options = ReplicaOptions { arguments: &[&address, &url], ..ReplicaOptions::default() };
    let _operator = cluster.operator_with("operator", options).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    everything_that_needs_a_right(&cluster).await;
    what_denies_needs_a_right(&cluster).await;
    eventually(SOON, "every right is used", async || {
        let used = used(&cluster.requests().await.unwrap());
        let unused: Vec<_> = granted.difference(&used).collect();
        if unused.is_empty() { Ok(()) } else { Err(format!("never used: {unused:?}")) }
    })
    .await;
    let mut used = used(&cluster.check().await.unwrap());
    // What is no resource, its own version and those of its groups, the server tells everybody.
    used.remove(&("get".to_owned(), String::new(), String::new()));
    let beyond: Vec<_> = used.difference(&granted).cloned().collect();
    assert!(beyond.is_empty(), "used, and granted by another role than the operator's: {beyond:?}");
}

/// A kind of custom resource, as far as its name goes.
fn definition(kind: Kind) -> Value {
    let KindInfo { group, kind: name, plural, namespaced, .. } = kind.info();
    // As the Gateway API served them before 1.6.
    let is_early = matches!(kind, Kind::TcpRoute | Kind::UdpRoute);
    let version = if is_early { "v1alpha2" } else { kind.info().version };
    let scope = if namespaced { "Namespaced" } else { "Cluster" };
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"),
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {"group": group, "scope": scope,
            "names": {"kind": name, "plural": plural, "singular": name.to_lowercase(), "listKind": format!("{name}List")},
            "versions": [{"name": version, "served": true, "storage": true, "schema": schema}]}})
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What every role says that is bound to the operator's account by name.
async fn granted(cluster: &Cluster) -> BTreeSet<Right> {
    let bindings =
        cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings").await.unwrap().unwrap();
    let local = cluster.get("/apis/rbac.authorization.k8s.io/v1/rolebindings").await.unwrap().unwrap();
    let account =
        json!({"kind": "ServiceAccount", "name": OPERATOR_ACCOUNT, "namespace": OPERATOR_NAMESPACE});
    let mut granted = BTreeSet::new();
    let bindings =
        [bindings["items"].as_array().unwrap().clone(), local["items"].as_array().unwrap().clone()];
    for binding in bindings.concat() {
        let subjects = binding["subjects"].as_array().cloned().unwrap_or_default();
        if !subjects.contains(&account) {
            continue;
        }
        let role = role(cluster, &binding).await;
        for rule in role["rules"].as_array().unwrap() {
            assert_eq!(texts(&rule["nonResourceURLs"]), [""; 0], "{rule}");
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    let named = ["secrets", "validatingwebhookconfigurations"].contains(&resource.as_str());
                    if named && texts(&rule["verbs"]).contains(&"patch".to_owned()) {
                        assert_eq!(texts(&rule["resourceNames"]).len(), 1, "{rule}");
                    }
                    let verbs = texts(&rule["verbs"]).into_iter();
                    granted.extend(verbs.map(|verb| (verb, group.clone(), resource.clone())));
                }
            }
        }
    }
    granted
}

async fn role(cluster: &Cluster, binding: &Value) -> Value {
    let name = binding["roleRef"]["name"].as_str().unwrap();
    let path = if binding["roleRef"]["kind"] == "ClusterRole" {
        format!("/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}")
    } else {
        let namespace = binding["metadata"]["namespace"].as_str().unwrap();
        format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/{name}")
    };
    cluster.get(&path).await.unwrap().unwrap()
}

fn nothing_is_granted_that_could_do_harm(granted: &BTreeSet<Right>) {
    assert!(granted.len() > 20, "{granted:?}");
    for right in granted {
        let (verb, group, resource) = right;
        assert!(![verb, group, resource].iter().any(|part| part.contains('*')), "a wildcard: {right:?}");
        let reads = matches!(verb.as_str(), "get" | "list" | "watch");
        let own = match (group.as_str(), resource.as_str()) {
            (
                "seaworthy.dev",
                "readinessreports" | "readinesspolicies/status" | "clusterreadinesspolicies/status",
            )
            // By name alone: of the webhook.
            | ("admissionregistration.k8s.io", "validatingwebhookconfigurations") => true,
            ("coordination.k8s.io", "leases") | ("", "secrets") => verb != "delete",
            ("events.k8s.io", "events") => verb == "create",
            _ => false,
        };
        assert!(reads || own, "a right to write what is not the operator's own: {right:?}");
    }
}

/// What was asked for and not refused. An apply that makes an object needs the right to create it.
fn used(requests: &Requests) -> BTreeSet<Right> {
    let mut used = requests.filter(|request| !matches!(request.code, 401 | 403)).kinds();
    let made = requests.filter(|request| request.verb == "patch" && request.code == 201).kinds();
    used.extend(made.into_iter().map(|(_, group, resource)| ("create".to_owned(), group, resource)));
    used
}

/// A policy of both kinds, a verdict that changes (an Event), an Ingress whose Secret is not there, and a
/// report that must go.
async fn everything_that_needs_a_right(cluster: &Cluster) {
    let (good, flawed) = (good_pod().unwrap(), flawed_pod().unwrap());
    let minimum = json!({"profile": "None", "checks": [{"name": "memory-limits"}, {"name": "ingress-tls"}]});
    let policies = [
        policy("shop", "gate", &minimum),
        policy("shop", "everything", &everything()),
        // One check, so that a new one of a profile changes nothing here.
        cluster_policy("all", &memory_limits_only()),
    ];
    cluster.apply(&policies).await.unwrap();
    cluster.apply(&exposed("web")).await.unwrap();
    for (pod, said) in [(&good, "True AllPassed"), (&flawed, "False ChecksFailed")] {
        let pair =
            [workload("Deployment", ("shop", "web"), pod), workload("Deployment", ("shop", "plain"), pod)];
        cluster.apply(&pair).await.unwrap();
        eventually(SOON, "the report on a workload whose certificate is not there", async || {
            let report = cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
            let said = condition(&report, "Ready");
            if said.starts_with("False") { Ok(()) } else { Err(said) }
        })
        .await;
        // The other was good, and is not any more: an Event.
        of_plain(cluster, said).await;
    }
    cluster.kubectl(&["delete", "deployment/plain", "-n", "shop"]).await.unwrap();
}

/// The report on the workload without an Ingress says this.
async fn of_plain(cluster: &Cluster, expected: &str) {
    eventually(SOON, expected, async || {
        let report = cluster.report("shop", "deployment-plain").await.unwrap().ok_or("none")?;
        let said = condition(&report, "Ready");
        if said == expected { Ok(()) } else { Err(said) }
    })
    .await;
}

/// A policy that denies, and does not any more: the API server is told to ask, and then not to.
async fn what_denies_needs_a_right(cluster: &Cluster) {
    let configuration = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seaworthy";
    for (enforcement, registered) in [("Deny", true), ("Audit", false)] {
        let mut spec = memory_limits_only();
        spec["enforcement"] = json!(enforcement);
        cluster.apply(&[policy("shop", "denies", &spec)]).await.unwrap();
        eventually(SOON, "the configuration follows the policy", async || {
            let there = cluster.get(configuration).await.unwrap().is_some();
            if there == registered { Ok(()) } else { Err(format!("{enforcement}: {there}")) }
        })
        .await;
    }
}

/// A policy that asks every check, with the parameters that have it read most, and judges by none: every kind
/// that any check reads is watched for it.
fn everything() -> Value {
    let checks = seaworthy::checks::ALL.iter().map(|check| {
        let keys = seaworthy::catalogue::parameters::keys(&(check.schema)());
        let reading = ["countLimitRange"].into_iter();
        let reading = reading.filter(|name| keys.iter().any(|key| key == name));
        let parameters: Value = reading.map(|name| (name.to_owned(), Value::Bool(true))).collect();
        json!({"name": check.name, "parameters": parameters})
    });
    json!({"profile": "None", "failOn": "Never", "checks": checks.collect::<Vec<_>>()})
}

/// A Service and an Ingress before a workload, with a Secret that is not there.
fn exposed(name: &str) -> [Value; 2] {
    let metadata = json!({"name": name, "namespace": "shop"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}});
    let backend = json!({"service": {"name": name, "port": {"name": "http"}}});
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
    "spec": {
        "tls": [{"hosts": ["web.example"], "secretName": "absent"}],
        "rules": [{"host": "web.example",
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    }});
    [service, ingress]
}
