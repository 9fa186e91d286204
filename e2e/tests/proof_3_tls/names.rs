//! Whether a Secret that a pod names is there is known of every type, and nothing but its metadata is asked for.

use rcgen::KeyPair;
use seaworthy_e2e::{
    Cluster, ReplicaOptions,
    workloads::{good_pod, policy, workload},
};
use serde_json::{Value, json};

use super::canaries::Canaries;
use super::site::{finding_is, report_is, tls_cluster_policy};

const CHECK: &str = "secret-refs-exist";

/// A Deployment with a variable of this key of the Secret of its own name.
fn naming(name: &str, key: &str) -> Value {
    let mut pod = good_pod().unwrap();
    let reference = json!({"secretKeyRef": {"name": name, "key": key}});
    pod["containers"][0]["env"] = json!([{"name": "PASSWORD", "valueFrom": reference}]);
    workload("Deployment", ("shop", name), &pod)
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_3_secrets_that_pods_name_are_known_by_their_metadata() {
    let cluster = Cluster::start().await.unwrap();
    let options = ReplicaOptions { log_level: Some("debug"), ..ReplicaOptions::default() };
    let replica = cluster.operator_with("operator", options).await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let asked = json!({"profile": "None", "checks": [{"name": CHECK}]});
    let made = ["applied", "texted", "created", "saved", "keyless"];
    let mut objects = vec![policy("shop", "gate", &asked), tls_cluster_policy()];
    objects.extend(made.iter().map(|name| naming(name, "password")));
    cluster.apply(&objects).await.unwrap();
    for name in made {
        let missing = (CHECK, "Fail", "High", "does not exist", "False");
        finding_is(&cluster, name, &missing).await;
    }

    // However they are made, the server has noted the key.
    let secret = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"},
            "data": {"password": "Zm9yLW5vYm9keS1lbHNl"}})
    };
    let texted = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "texted", "namespace": "shop"},
        "stringData": {"password": "a text"}});
    cluster.apply(&[secret("applied"), texted]).await.unwrap();
    let (mut canaries, key) = (Canaries::default(), KeyPair::generate().unwrap());
    canaries.key(&key);
    let literal = format!("--from-literal=password={}", key.serialize_pem());
    let created = ["create", "secret", "generic", "-n", "shop", "created", &literal];
    cluster.kubectl(&created).await.unwrap();
    // kubectl keeps every value in an annotation.
    let saved = ["create", "secret", "generic", "-n", "shop", "saved", &literal, "--save-config"];
    cluster.kubectl(&saved).await.unwrap();
    let other = ["create", "secret", "generic", "-n", "shop", "keyless", "--from-literal=user=web"];
    cluster.kubectl(&other).await.unwrap();
    for name in ["applied", "texted", "created", "saved"] {
        report_is(&cluster, name, "True AllPassed").await;
    }
    let unknown = (CHECK, "Unknown", "High", "a key password is not known", "Unknown");
    finding_is(&cluster, "keyless", &unknown).await;

    cluster.kubectl(&["delete", "secret/created", "-n", "shop"]).await.unwrap();
    finding_is(&cluster, "created", &(CHECK, "Fail", "High", "does not exist", "False")).await;

    canaries.assert_nothing_is_shown(&cluster, &replica).await;
    cluster.finish().await.unwrap();
}
