//! Proof 1, of routes: what the controller of a Gateway says in the status of a route counts for the workload behind
//! it, as far as it is about the route as it stands. The API server keeps generation and status apart; no
//! controller runs here, and the test says what one would.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{
    Cluster, condition, eventually,
    workloads::{good_pod, policy, workload},
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const GROUP: &str = "gateway.networking.k8s.io";

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_what_a_controller_says_of_a_route_counts_for_the_workload_behind_it() {
    let cluster = Cluster::start().await.unwrap();
    let definitions = [definition("Gateway", "gateways"), definition("GRPCRoute", "grpcroutes")];
    cluster.apply(&definitions).await.unwrap();
    for definition in &definitions {
        let crd = format!("crd/{}", definition["metadata"]["name"].as_str().unwrap());
        cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).await.unwrap();
    }
    let _operator = cluster.operator("operator").await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let asked = json!({"profile": "None", "checks": [{"name": "dangling-route"}]});
    let gateway = json!({"gatewayClassName": "edge", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS"}]});
    let objects = [
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}}),
        of_gateways("Gateway", "edge", &gateway),
        route("a.example"),
        workload("Deployment", ("shop", "web"), &good_pod().unwrap()),
        policy("shop", "gate", &asked),
    ];
    cluster.apply(&objects).await.unwrap();
    let report = stands(&cluster, "False ChecksPending").await;
    assert!(report["status"]["findings"][0]["message"].as_str().unwrap().contains("is not said yet"));

    say(&cluster, "True", 1).await;
    stands(&cluster, "True AllPassed").await;
    say(&cluster, "False", 1).await;
    let report = stands(&cluster, "False ChecksFailed").await;
    let finding = &report["status"]["findings"][0];
    assert_eq!(finding["message"], "Gateway edge does not accept the route: NotAllowedByListeners");
    let object = json!({"kind": "GRPCRoute", "namespace": "shop", "name": "web"});
    assert_eq!((&finding["object"], &finding["field"]), (&object, &json!("spec.parentRefs[0]")));

    // What was said of the route as it was is not held against it, nor for it.
    cluster.apply(&[route("b.example")]).await.unwrap();
    stands(&cluster, "False ChecksPending").await;
    say(&cluster, "True", 2).await;
    stands(&cluster, "True AllPassed").await;
    cluster.kubectl(&["delete", "service/web", "-n", "shop"]).await.unwrap();
    eventually(SOON, "the route belongs to nobody", async || {
        let report = cluster.report("shop", "grpcroute.gateway.networking.k8s.io-web").await.unwrap();
        report.map(drop).ok_or("it has no report of its own")
    })
    .await;
    cluster.finish().await.unwrap();
}

/// A kind with a status of its own, as far as its name goes.
fn definition(kind: &str, plural: &str) -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{GROUP}"),
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {"group": GROUP, "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase(), "listKind": format!("{kind}List")},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema, "subresources": {"status": {}}}]}})
}

fn of_gateways(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

fn route(host: &str) -> Value {
    let rules = json!([{"backendRefs": [{"name": "web", "port": 80}]}]);
    let spec = json!({"parentRefs": [{"name": "edge"}], "hostnames": [host], "rules": rules});
    of_gateways("GRPCRoute", "web", &spec)
}

/// What a controller writes.
async fn say(cluster: &Cluster, accepted: &str, generation: i64) {
    let reason = if accepted == "True" { "Accepted" } else { "NotAllowedByListeners" };
    let condition = |kind: &str, status: &str, reason: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": "", "observedGeneration": generation,
            "lastTransitionTime": "2026-01-01T00:00:00Z"})
    };
    let conditions =
        [condition("Accepted", accepted, reason), condition("ResolvedRefs", "True", "ResolvedRefs")];
    let parent = json!({"controllerName": "example.com/edge", "parentRef": {"name": "edge"}, "conditions": conditions});
    let patch = json!({"status": {"parents": [parent]}}).to_string();
    let arguments =
        ["patch", "grpcroute/web", "-n", "shop", "--subresource=status", "--type=merge", "-p", &patch];
    cluster.kubectl(&arguments).await.unwrap();
}

async fn stands(cluster: &Cluster, ready: &str) -> Value {
    eventually(SOON, ready, async || {
        let report = cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
        if condition(&report, "Ready") == ready { Ok(report) } else { Err(report["status"].to_string()) }
    })
    .await
}
