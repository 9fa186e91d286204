//! Listed namespaces and the webhook: without the right to register it there is none, and `doctor` says so; with it
//! policies of the listed namespaces are enforced, and nobody else's.

use seaworthy_e2e::workloads::{flawed_pod, memory_limits_only, policy, workload};
use seaworthy_e2e::{
    OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Output, Port, Replica, ReplicaOptions, condition, eventually,
};
use serde_json::{Value, json};

use super::rig::{Rig, SOON};

const LISTED: &str = "rbac.scope=namespaces,rbac.namespaces={shop}";
const CONFIGURATION: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seaworthy";
const SERVICE: &str = "/api/v1/namespaces/seaworthy-system/services/seaworthy-webhook";

#[tokio::test(flavor = "multi_thread")]
async fn listed_namespaces_have_a_webhook_where_the_chart_may_register_it() {
    let rig = Rig::start(4).await;
    for namespace in ["shop", "bank"] {
        rig.cluster.namespace(namespace).await.unwrap();
    }
    let port = Port::reserve().unwrap();
    rig.upgrade_operator(&["--set", LISTED]).await;
    assert_eq!(rig.cluster.get(SERVICE).await.unwrap(), None);
    let without = rig.as_deployed("without", &port).await;
    let mut spec = memory_limits_only();
    spec["enforcement"] = json!("Deny");
    rig.cluster.apply(&[policy("shop", "gate", &spec), policy("bank", "gate", &spec)]).await.unwrap();
    assert_eq!(rig.create("shop").await.code, 0, "nobody asks the operator");
    eventually(SOON, "the policy only reports", async || {
        let policy = rig.cluster.policy("shop", "gate").await.unwrap().unwrap();
        let ready = condition(&policy, "Ready");
        if ready == "False ChecksFailed" { Ok(()) } else { Err(ready) }
    })
    .await;
    assert_eq!(rig.cluster.get(CONFIGURATION).await.unwrap(), None);
    let said = rig.doctor();
    let problem = "there is no webhook: nothing is enforced";
    assert!(said.contains(problem) && said.contains("webhook.clusterRole"), "{said}");
    drop(without);

    rig.upgrade_operator(&["--set", LISTED, "--set", "webhook.clusterRole=true"]).await;
    assert!(rig.cluster.get(SERVICE).await.unwrap().is_some());
    let _with = rig.as_deployed("with", &port).await;
    eventually(SOON, "what breaks the policy is refused", async || {
        let Output { code, stderr, .. } = rig.create("shop").await;
        if code != 0 && stderr.contains("memory-limits") { Ok(()) } else { Err(stderr) }
    })
    .await;
    assert_eq!(rig.create("bank").await.code, 0, "its policy is looked at by nobody");
    let configuration = rig.cluster.get(CONFIGURATION).await.unwrap().unwrap();
    let selector = configuration["webhooks"][0]["namespaceSelector"].to_string();
    assert!(selector.contains("shop") && !selector.contains("bank"), "{selector}");
    let said = rig.doctor();
    assert!(!said.contains(problem) && said.contains("the webhook's certificate holds"), "{said}");
    rig.cluster.finish().await.unwrap();
}

impl Rig {
    /// A replica with the arguments of the Deployment, that the API server finds on loopback.
    async fn as_deployed(&self, name: &str, port: &Port) -> Replica {
        let deployment = self.deployment().await.unwrap();
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let arguments = container["args"].as_array().unwrap().iter().map(|one| one.as_str().unwrap());
        let has_webhook = arguments.clone().any(|one| one.starts_with("--webhook-address="));
        let url = format!("--webhook-url=https://127.0.0.1:{}", port.number());
        let address = format!("--webhook-address=127.0.0.1:{}", port.number());
        let own = arguments.filter(|one| one.starts_with("--") && !one.starts_with("--webhook-address="));
        let mut arguments: Vec<&str> = own.collect();
        if has_webhook {
            arguments.extend([url.as_str(), &address, "--webhook-interval=1"]);
        }
        let account = Some((OPERATOR_NAMESPACE, OPERATOR_ACCOUNT));
        let options = ReplicaOptions { arguments: &arguments, account, ..ReplicaOptions::default() };
        self.cluster.operator_with(name, options).await.unwrap()
    }

    /// Makes a workload without a memory limit, if it may; it is not waited for.
    async fn create(&self, namespace: &str) -> Output {
        let web: Value = workload("Deployment", (namespace, "web"), &flawed_pod().unwrap());
        let kubectl = self.cluster.plane().kubectl();
        // Each time a new object: what it was is no excuse.
        kubectl.run(&["delete", "deployment/web", "-n", namespace, "--ignore-not-found"]).await.unwrap();
        kubectl.run_with_input(&["create", "-f", "-"], &web.to_string()).await.unwrap()
    }
}
