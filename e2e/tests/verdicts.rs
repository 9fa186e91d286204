//! Proof 1: a policy gives reports and conditions that follow the workloads.
#![cfg(test)]

use std::time::Duration;

use seaworthy_e2e::{ControlPlane, Operator, OperatorOptions, Options, Port, eventually};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

struct Cluster {
    plane: ControlPlane,
    _operator: Operator,
}

async fn cluster() -> Cluster {
    let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await.unwrap();
    for crd in std::fs::read_dir("../crds").unwrap() {
        plane.apply(&std::fs::read_to_string(crd.unwrap().path()).unwrap()).await.unwrap();
    }
    let port = Port::reserve().unwrap();
    let health = format!("127.0.0.1:{}", port.number());
    let arguments =
        ["controller", "--health-address", &health, "--no-leader-election"].map(str::to_owned).to_vec();
    let options =
        OperatorOptions { arguments, health_port: Some(port.number()), ..OperatorOptions::default() };
    let mut operator = Operator::start(&plane, options).unwrap();
    operator.wait_ready(SOON).await.unwrap();
    Cluster { plane, _operator: operator }
}

impl Cluster {
    async fn get(&self, what: &[&str]) -> Option<Value> {
        let mut arguments = vec!["get", "-o", "json"];
        arguments.extend(what);
        let output = self.plane.kubectl().run(&arguments).await.unwrap();
        (output.code == 0).then(|| serde_json::from_str(&output.stdout).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_1_reports_and_conditions_follow_the_workloads() {
    let cluster = cluster().await;
    cluster.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}").await.unwrap();
    let deployment = std::fs::read_to_string("../tests/fixtures/baseline.json").unwrap();
    cluster.plane.apply(&deployment).await.unwrap();
    let policy = json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessPolicy",
        "metadata": {"name": "gate", "namespace": "shop"}, "spec": {}});
    cluster.plane.apply(&policy.to_string()).await.unwrap();
    eventually(SOON, "the report", async || cluster.get(&["readiness/deployment-web", "-n", "shop"]).await)
        .await;
    let wait = ["wait", "--for=condition=Ready", "readiness/deployment-web", "-n", "shop", "--timeout=20s"];
    let output = cluster.plane.kubectl().run(&wait).await.unwrap();
    assert_eq!(
        output.code,
        0,
        "{} {:?}",
        output.stderr,
        cluster.get(&["readiness/deployment-web", "-n", "shop"]).await
    );
    let wait = ["wait", "--for=condition=Ready", "rpol/gate", "-n", "shop", "--timeout=20s"];
    let output = cluster.plane.kubectl().run(&wait).await.unwrap();
    assert_eq!(output.code, 0, "{}", output.stderr);
    println!("{:#}", cluster.get(&["rpol/gate", "-n", "shop"]).await.unwrap());
    println!("{:#}", cluster.get(&["readiness/deployment-web", "-n", "shop"]).await.unwrap());
}
