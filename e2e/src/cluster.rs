//! A control plane with Seaworthy installed as on a real cluster: CRDs, a namespace, a service account
//! with nothing but its own rights, and replicas of the operator that run with its token.
//!
//! It must not judge what the operator says: tests do. What it does judge, in [`Cluster::finish`], holds
//! for every test: the operator acts under its own name alone, and is refused nothing.

use std::{path::Path, time::Duration};

use kube::Client;
use serde_json::Value;

use crate::{
    ControlPlane, Error, Operator, OperatorOptions, Options, Output, Port, Requests, audit::CREDENTIAL,
    wait::try_eventually, workloads,
};

/// The namespace that the operator is installed in.
pub const OPERATOR_NAMESPACE: &str = "seaworthy-system";
/// The service account that the operator runs as.
pub const OPERATOR_ACCOUNT: &str = "seaworthy";

/// How long a replica may take until it knows every kind.
const READY_DEADLINE: Duration = Duration::from_mins(1);

/// What the operator is told beside its addresses. Times are short, so that what is about time shows soon.
const ARGUMENTS: [&str; 8] = [
    "--watch-timeout=20",
    "--lease-duration=4",
    "--lease-renew-deadline=3",
    "--lease-retry=1",
    "--unavailable-retry=2",
    "--log-level=info",
    "--namespace",
    OPERATOR_NAMESPACE,
];

/// A control plane with Seaworthy installed.
pub struct Cluster {
    plane: ControlPlane,
    client: Client,
}

/// A running replica of the operator.
pub struct Replica {
    /// The process.
    pub operator: Operator,
    /// The id of its token, as the audit log has it.
    pub credential: String,
    _port: Port,
}

impl Cluster {
    /// Starts a control plane of its own and installs everything but the operator itself.
    pub async fn start() -> Result<Self, Error> {
        let plane = ControlPlane::start(Options { own_control_plane: true, ..Options::default() }).await?;
        let client = plane.client()?;
        let cluster = Self { plane, client };
        cluster.install().await?;
        Ok(cluster)
    }

    /// Installs CRDs, namespace, service account and rights; again, if they are there.
    pub async fn install(&self) -> Result<(), Error> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let crds = root.join("../crds").display().to_string();
        self.kubectl(&["apply", "--server-side", "-f", &crds]).await?;
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &crds]).await?;
        self.plane.apply(&self.rights().await?).await?;
        Ok(())
    }

    /// The manifests of the installation that give the operator a name and rights.
    pub async fn rights(&self) -> Result<String, Error> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/install.yaml");
        tokio::fs::read_to_string(&path).await.map_err(Error::io(format!("read {}", path.display())))
    }

    /// The control plane.
    pub fn plane(&self) -> &ControlPlane {
        &self.plane
    }

    /// The control plane, to stop and start it.
    pub fn plane_mut(&mut self) -> &mut ControlPlane {
        &mut self.plane
    }

    /// Starts a replica of the operator, and waits until it is ready. Two at once need two names.
    pub async fn operator(&self, name: &str) -> Result<Replica, Error> {
        let issued = self.plane.kubeconfig_for_service_account(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await?;
        let kubeconfig = issued.with_file_name(format!("{name}.kubeconfig"));
        tokio::fs::rename(&issued, &kubeconfig).await.map_err(Error::io("name a kubeconfig"))?;
        let credential = self.credential(&kubeconfig).await?;
        let port = Port::reserve()?;
        let health = format!("--health-address=127.0.0.1:{}", port.number());
        let arguments = ["controller", &health].into_iter().chain(ARGUMENTS).map(str::to_owned).collect();
        let mut operator = Operator::start(
            &self.plane,
            OperatorOptions {
                name: Some(name.to_owned()),
                arguments,
                kubeconfig: Some(kubeconfig),
                health_port: Some(port.number()),
                ..OperatorOptions::default()
            },
        )?;
        operator.wait_ready(READY_DEADLINE).await?;
        Ok(Replica { operator, credential, _port: port })
    }

    async fn credential(&self, kubeconfig: &Path) -> Result<String, Error> {
        let kubectl = self.plane.kubectl().with_kubeconfig(kubeconfig);
        let output = kubectl.run(&["auth", "whoami", "-o", "json"]).await?;
        let who: Value = serde_json::from_str(&output.stdout).map_err(Error::json("decode whoami"))?;
        let extra = who.pointer("/status/userInfo/extra").and_then(|extra| extra.get(CREDENTIAL));
        let id = extra.and_then(|values| values.get(0)).and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| Error::Contract(format!("a token without an id: {who}")))
    }

    /// Server-side apply of any objects.
    pub async fn apply(&self, objects: &[Value]) -> Result<(), Error> {
        let documents: Vec<_> = objects.iter().map(Value::to_string).collect();
        self.plane.apply(&documents.join("\n---\n")).await.map(drop)
    }

    /// Makes a namespace, and waits until it takes Pods.
    pub async fn namespace(&self, name: &str) -> Result<(), Error> {
        self.apply(&[workloads::namespace(name)]).await?;
        let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        try_eventually(READY_DEADLINE, "the namespace's service account", async || {
            self.get(&account).await.map_err(|error| error.to_string())?.ok_or_else(|| "none".to_owned())
        })
        .await
        .map(drop)
    }

    /// `kubectl` with these arguments; an error if it fails.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String, Error> {
        let Output { code, stdout, stderr } = self.plane.kubectl().run(arguments).await?;
        if code == 0 { Ok(stdout) } else { Err(Error::Kubectl { arguments: arguments.join(" "), stderr }) }
    }

    /// `kubectl wait` for a condition, as a pipeline does.
    pub async fn wait(&self, namespace: &str, object: &str, condition: &str) -> Result<String, Error> {
        let condition = format!("--for=condition={condition}");
        self.kubectl(&["wait", &condition, object, "-n", namespace, "--timeout=30s"]).await
    }

    /// What the API server has at a path; `None` if there is nothing.
    pub async fn get(&self, path: &str) -> Result<Option<Value>, Error> {
        let request = http::Request::get(path)
            .body(Vec::new())
            .map_err(|error| Error::Api(Box::new(kube::Error::HttpError(error))))?;
        match self.client.request(request).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A ReadinessPolicy.
    pub async fn policy(&self, namespace: &str, name: &str) -> Result<Option<Value>, Error> {
        self.get(&own(namespace, "readinesspolicies", name)).await
    }

    /// A ClusterReadinessPolicy.
    pub async fn cluster_policy(&self, name: &str) -> Result<Option<Value>, Error> {
        self.get(&format!("/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies/{name}")).await
    }

    /// A ReadinessReport.
    pub async fn report(&self, namespace: &str, name: &str) -> Result<Option<Value>, Error> {
        self.get(&own(namespace, "readinessreports", name)).await
    }

    /// Every ReadinessReport of a namespace.
    pub async fn reports(&self, namespace: &str) -> Result<Vec<Value>, Error> {
        let list = self.get(&own(namespace, "readinessreports", "")).await?;
        Ok(list.and_then(|list| list.get("items").and_then(Value::as_array).cloned()).unwrap_or_default())
    }

    /// What the operator's replicas asked for, by the name that its client gives itself.
    pub async fn requests(&self) -> Result<Requests, Error> {
        let audit = self.plane.audit().ok_or(Error::ExistingCluster("reading the audit log"))?;
        Ok(audit.all().await?.of_operator())
    }

    /// Checks what holds for every test: each request of the operator carried its own name, and none was
    /// refused. Hands back the requests.
    pub async fn finish(self) -> Result<Requests, Error> {
        let requests = self.requests().await?;
        let name = format!("system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}");
        if requests.is_empty() {
            return Err(Error::Contract("the operator asked for nothing".to_owned()));
        }
        let wrong = requests.iter().find(|request| request.user != name || matches!(request.code, 401 | 403));
        match wrong {
            Some(request) => Err(Error::Contract(format!("under another name, or refused: {request:?}"))),
            None => Ok(requests),
        }
    }
}

fn own(namespace: &str, plural: &str, name: &str) -> String {
    let path = format!("/apis/seaworthy.dev/v1alpha1/namespaces/{namespace}/{plural}");
    if name.is_empty() { path } else { format!("{path}/{name}") }
}

/// A condition's status and reason, as `False NoWorkloads`; `-` if the object does not have it.
pub fn condition(object: &Value, type_: &str) -> String {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let found = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(type_));
    let text = |found: &Value, field| found.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    found.map_or_else(
        || "-".to_owned(),
        |found| format!("{} {}", text(found, "status"), text(found, "reason")),
    )
}

/// The message of a condition; empty if the object does not have it.
pub fn condition_message(object: &Value, type_: &str) -> String {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    conditions
        .into_iter()
        .flatten()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(type_))
        .and_then(|condition| condition.get("message").and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
}

/// Whether a policy's status is about its present spec.
pub fn is_judged(policy: &Value) -> bool {
    policy.pointer("/status/observedGeneration") == policy.pointer("/metadata/generation")
}
