//! Objects that do not decode, have no name, or are enormous: they cost their own verdict only.

use seaworthy_e2e::proxy::{Action, On, Rule};
use serde_json::{Value, json};

use super::rig::{Cluster, Rig, SOON, deployment, happened, spec};

const CONTAINERS: &str = "/spec/template/spec/containers";

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_an_object_that_does_not_decode_in_a_list_and_in_an_event() {
    let cluster = Cluster::start().await;
    cluster.apply(&deployment("good-beside", true)).await;
    cluster.apply(&deployment("good-listed", true)).await;
    let odd =
        |name| Rule::new(On::read("deployments"), Action::replace(name, CONTAINERS, json!("seven of them")));
    let listed = cluster.proxy.inject(odd("good-listed"));
    let applied = cluster.proxy.inject(odd("good-applied"));
    let mut rig = cluster.operate(&[]);
    rig.operator.wait_ready(SOON).await.unwrap();
    rig.deploy("good-applied").await;
    rig.judged("good-beside", "True").await;
    for name in ["good-listed", "good-applied"] {
        let report = rig.judged(name, "Unknown").await;
        let findings = report["status"]["findings"].to_string();
        assert!(findings.contains("\"Unknown\"") && !findings.contains("\"Fail\""), "{findings}");
    }
    rig.policy("gate", "Compliant", "Unknown").await;
    assert!(listed.end() >= 1 && applied.end() >= 1);
    for name in ["good-listed", "good-applied"] {
        let mut touched = deployment(name, true);
        touched["metadata"]["annotations"] = json!({"touched": "by the test"});
        rig.apply(&touched).await;
        rig.judged(name, "True").await;
    }
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_an_object_without_metadata_and_a_policy_that_does_not_decode() {
    let rig = Rig::start().await;
    let nameless = Action::edit(|object: &mut Value| {
        let is_meant = object.pointer("/metadata/name").is_some_and(|name| name == "good-nameless");
        if is_meant {
            object["metadata"]["name"] = Value::Null;
        }
        is_meant
    });
    let nameless = rig.proxy.inject(Rule::new(On::read("deployments"), nameless));
    let odd = Action::replace("never-true-odd", "/spec", json!("all of it"));
    let odd = rig.proxy.inject(Rule::new(On::read("readinesspolicies"), odd));
    rig.deploy("good-nameless").await;
    rig.apply(&json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessPolicy",
        "metadata": {"name": "never-true-odd", "namespace": "shop"}, "spec": spec()}))
        .await;
    happened(&nameless, 1).await;
    happened(&odd, 1).await;
    rig.policy("never-true-odd", "Accepted", "False").await;
    rig.deploy("good-beside").await;
    rig.judged("good-beside", "True").await;
    assert!(nameless.end() >= 1 && odd.end() >= 1);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_an_enormous_object() {
    let cluster = Cluster::start().await;
    let mut huge = deployment("bad-huge", false);
    huge["metadata"]["annotations"] = json!({"padding": "short"});
    cluster.apply(&huge).await;
    // More than the API server stores.
    let padding = Value::String("x".repeat(3 << 20));
    let action = Action::replace("bad-huge", "/metadata/annotations/padding", padding);
    let fault = cluster.proxy.inject(Rule::new(On::read("deployments"), action));
    let rig = cluster.operate(&[]);
    rig.judged("bad-huge", "False").await;
    let in_list = fault.count();
    assert!(in_list >= 1);
    huge["metadata"]["labels"] = json!({"touched": "by-the-test"});
    rig.apply(&huge).await;
    happened(&fault, in_list + 1).await;
    rig.deploy("good-beside").await;
    rig.judged("good-beside", "True").await;
    assert!(fault.end() > in_list);
    rig.converged().await;
}

/// A Deployment behind a Service and an Ingress with a TLS Secret of this name, and the Secret's key.
fn behind_tls(name: &str, secret: &str) -> (Vec<Value>, String) {
    let mut workload = deployment(name, true);
    let labels = json!({"app": name});
    workload["spec"]["selector"]["matchLabels"] = labels.clone();
    workload["spec"]["template"]["metadata"]["labels"] = labels.clone();
    let metadata = |name: &str| json!({"name": name, "namespace": "shop"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata(name),
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]}});
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata(name),
        "spec": {"tls": [{"hosts": ["shop.example"], "secretName": secret}],
            "rules": [{"host": "shop.example", "http": {"paths": paths}}]}});
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata(secret),
        "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": certificate.pem(), "tls.key": key.serialize_pem()}});
    let line = key.serialize_pem().lines().nth(1).unwrap().to_owned();
    (vec![secret, service, ingress, workload], line)
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_secret_that_does_not_decode() {
    let cluster = Cluster::start().await;
    let (objects, key) = behind_tls("good-tls", "edge");
    for object in &objects {
        cluster.apply(object).await;
    }
    cluster.apply(&deployment("good-beside", true)).await;
    // The payload stays where it is, so that a log of what did not decode would show it.
    let odd = Action::edit(|object: &mut Value| {
        let is_meant = object.pointer("/metadata/name").is_some_and(|name| name == "edge");
        if is_meant {
            object["type"] = json!({"of": object["type"]});
            object["immutable"] = json!([object["data"]["tls.key"]]);
        }
        is_meant
    });
    let odd = cluster.proxy.inject(Rule::new(On::read("secrets"), odd));
    let mut rig = cluster.operate(&[]);
    rig.operator.wait_ready(SOON).await.unwrap();
    rig.judged("good-beside", "True").await;
    let report = rig.judged("good-tls", "Unknown").await;
    assert!(report["status"]["findings"].to_string().contains("tls"), "{report}");
    let log = rig.operator.log().unwrap();
    assert!(!log.contains(&key) && !report.to_string().contains(&key));
    assert!(odd.end() >= 1);
    let mut touched = objects[0].clone();
    touched["metadata"]["labels"] = json!({"touched": "by-the-test"});
    rig.apply(&touched).await;
    rig.judged("good-tls", "True").await;
    rig.converged().await;
}
