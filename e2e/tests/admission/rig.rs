//! A cluster whose operator answers at admission, on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use seaworthy_e2e::{
    Cluster, Options, Output, Port, Replica, ReplicaOptions, eventually,
    reviews::Webhook,
    workloads::{memory_limits_only, policy},
};
use serde_json::{Value, json};

pub(crate) const SOON: Duration = Duration::from_mins(1);

pub(crate) const CONFIGURATION: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seaworthy";

pub(crate) struct Rig {
    pub(crate) cluster: Cluster,
    pub(crate) port: Port,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let cluster = Cluster::bare(options).await.unwrap();
        cluster.install().await.unwrap();
        let rig = Self { cluster, port: Port::reserve().unwrap() };
        rig.cluster.namespace("shop").await.unwrap();
        rig
    }

    /// A replica that answers on the rig's port.
    pub(crate) async fn operator(&self, name: &str, further: &[&str]) -> Replica {
        let number = self.port.number();
        let address = format!("--webhook-address=127.0.0.1:{number}");
        let url = format!("--webhook-url=https://127.0.0.1:{number}");
        let mut arguments = vec![address.as_str(), url.as_str(), "--webhook-interval=1"];
        arguments.extend(further);
        let options = ReplicaOptions { arguments: &arguments, ..ReplicaOptions::default() };
        self.cluster.operator_with(name, options).await.unwrap()
    }

    /// A policy `gate` with the one check `memory-limits`.
    pub(crate) async fn gate(&self, enforcement: &str) {
        let mut spec = memory_limits_only();
        spec["enforcement"] = json!(enforcement);
        self.cluster.apply(&[policy("shop", "gate", &spec)]).await.unwrap();
    }

    pub(crate) async fn registered(&self) -> Value {
        eventually(SOON, "the API server asks", async || {
            self.cluster.get(CONFIGURATION).await.unwrap().ok_or("no configuration")
        })
        .await
    }

    pub(crate) async fn unregistered(&self) {
        eventually(SOON, "the API server does not ask", async || {
            self.cluster.get(CONFIGURATION).await.unwrap().map_or(Ok(()), |_| Err("still there"))
        })
        .await;
    }

    /// The webhook as the API server knows it.
    pub(crate) async fn webhook(&self) -> Webhook {
        let configuration = self.registered().await;
        let bundle = configuration["webhooks"][0]["clientConfig"]["caBundle"].as_str().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], self.port.number()));
        Webhook::new(address, "127.0.0.1", bundle).unwrap()
    }

    /// What kubectl says of these objects, whatever its exit code.
    pub(crate) async fn apply(&self, objects: &[Value], arguments: &[&str]) -> Output {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
        let mut command = vec!["apply", "-f", "-"];
        command.extend(arguments);
        self.input(&command, &list).await
    }

    pub(crate) async fn input(&self, arguments: &[&str], input: &str) -> Output {
        self.cluster.plane().kubectl().run_with_input(arguments, input).await.unwrap()
    }

    /// The API server refuses what breaks the policy: it has taken the configuration in.
    pub(crate) async fn denies(&self, objects: &[Value]) {
        eventually(SOON, "what breaks the policy is refused", async || {
            let output = self.apply(objects, &["--dry-run=server"]).await;
            if output.code != 0 && output.stderr.contains("memory-limits") {
                Ok(())
            } else {
                Err(output.stderr)
            }
        })
        .await;
    }
}
