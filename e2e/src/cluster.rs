//! A control plane with Seaworthy installed as on a real cluster: CRDs, a namespace, a service account
//! with nothing but its own rights, and replicas of the operator that run with its token.
//!
//! It must not judge what the operator says: tests do. What it does judge, in [`Cluster::finish`], holds
//! for every test: the operator acts under its own name alone, and is refused nothing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use kube::Client;
use serde_json::Value;

use crate::{
    ControlPlane, Error, FaultProxy, Operator, OperatorOptions, Options, Output, Port, Requests,
    apply::Applier, audit::CREDENTIAL, binaries, wait::try_eventually, workloads,
};

/// The namespace that the operator is installed in.
pub const OPERATOR_NAMESPACE: &str = "seaworthy-system";
/// The service account that the operator runs as.
pub const OPERATOR_ACCOUNT: &str = "seaworthy";

/// How long a replica may take until it knows every kind.
const READY_DEADLINE: Duration = Duration::from_mins(1);

/// What the operator is told beside its addresses. Times are short, so that what is about time shows soon.
const ARGUMENTS: [&str; 5] = [
    "--watch-timeout=20",
    "--lease-duration=4",
    "--lease-renew-deadline=3",
    "--lease-retry=1",
    "--unavailable-retry=5",
];

/// A control plane with Seaworthy installed.
pub struct Cluster {
    plane: ControlPlane,
    client: Client,
    applier: Applier,
    // Moments at which a refusal says nothing about the operator.
    excused: Vec<(Timestamp, Timestamp)>,
    /// When the CRDs were on their way out.
    terminating: Vec<(Timestamp, Timestamp)>,
    // Namespaces in which refusals say nothing, such as those that were deleted: nothing may be made in one that ends.
    excused_in: BTreeSet<String>,
}

/// What a replica does otherwise than [`Cluster::operator`] has it.
#[derive(Clone, Copy, Default)]
pub struct ReplicaOptions<'a> {
    /// It reaches the API server through this proxy.
    pub proxy: Option<&'a FaultProxy>,
    /// Its log filter; default `info`.
    pub log_level: Option<&'a str>,
    /// Further arguments.
    pub arguments: &'a [&'a str],
    /// Namespace and name of the service account that it runs as; default that of `deploy/`.
    pub account: Option<(&'a str, &'a str)>,
    /// Its times are those of an installation, not the short ones of tests.
    pub as_installed: bool,
    /// A program that runs the operator in its own place, with the first of its arguments.
    pub under: &'a [&'a str],
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
        let cluster = Self::bare(Options::default()).await?;
        cluster.install().await?;
        Ok(cluster)
    }

    /// Starts a control plane of its own and installs nothing: the test does.
    pub async fn bare(options: Options) -> Result<Self, Error> {
        let plane = ControlPlane::start(Options { own_control_plane: true, ..options }).await?;
        let client = plane.client()?;
        let applier = Applier::new(client.clone());
        let (excused, terminating, excused_in) = (Vec::new(), Vec::new(), BTreeSet::new());
        Ok(Self { plane, client, applier, excused, terminating, excused_in })
    }

    /// Installs all of `deploy/` but the operator's own processes; again, if it is there.
    pub async fn install(&self) -> Result<(), Error> {
        self.install_crds().await?;
        for manifest in ["namespace", "rbac"] {
            self.kubectl(&["apply", "--server-side", "-f", &manifest_path(manifest)]).await?;
        }
        Ok(())
    }

    /// Installs the CRDs alone, and waits until they are served.
    pub async fn install_crds(&self) -> Result<(), Error> {
        let crds = manifest_path("crds");
        self.kubectl(&["apply", "--server-side", "-f", &crds]).await?;
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &crds]).await.map(drop)
    }

    /// Deletes the CRDs, and waits until they are gone with every object of theirs. The server refuses (403)
    /// to create what a terminating CRD defines: meanwhile such a refusal of the operator says nothing.
    pub async fn delete_crds(&mut self) -> Result<(), Error> {
        let start = Timestamp::now();
        self.kubectl(&["delete", "-f", &manifest_path("crds"), "--timeout=60s"]).await?;
        self.terminating.push((start, Timestamp::now()));
        Ok(())
    }

    /// Deletes a namespace, and waits until it is gone. What is refused in it says nothing from now on.
    pub async fn delete_namespace(&mut self, name: &str) -> Result<(), Error> {
        self.excused_in.insert(name.to_owned());
        self.kubectl(&["delete", "namespace", name, "--timeout=60s"]).await.map(drop)
    }

    /// What is refused in this namespace says nothing: the test sees to refusals there.
    pub fn excuse_refusals_in(&mut self, namespace: &str) {
        self.excused_in.insert(namespace.to_owned());
    }

    /// The control plane.
    pub fn plane(&self) -> &ControlPlane {
        &self.plane
    }

    /// Ends the API server as a crash would and starts it again. Until it has read its own rules it
    /// refuses everybody; that is waited for as well.
    pub async fn restart_api_server(&mut self) -> Result<(), Error> {
        let start = Timestamp::now();
        self.plane.restart_api_server().await?;
        let operator = format!("--as=system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}");
        try_eventually(READY_DEADLINE, "the API server knows the operator's rights", async || {
            self.kubectl(&["auth", "can-i", "list", "pods", "-A", &operator]).await
        })
        .await?;
        self.excused.push((start, Timestamp::now()));
        Ok(())
    }

    /// Starts a replica of the operator, and waits until it is ready. Two at once need two names.
    pub async fn operator(&self, name: &str) -> Result<Replica, Error> {
        self.operator_with(name, ReplicaOptions::default()).await
    }

    /// [`Self::operator`] with options.
    pub async fn operator_with(&self, name: &str, options: ReplicaOptions<'_>) -> Result<Replica, Error> {
        let (namespace, account) = options.account.unwrap_or((OPERATOR_NAMESPACE, OPERATOR_ACCOUNT));
        let issued = self.plane.kubeconfig_for_service_account(namespace, account).await?;
        let kubeconfig = issued.with_file_name(format!("{name}.kubeconfig"));
        tokio::fs::rename(&issued, &kubeconfig).await.map_err(Error::io("name a kubeconfig"))?;
        let credential = self.credential(&kubeconfig).await?;
        let kubeconfig =
            options.proxy.map_or(Ok(kubeconfig.clone()), |proxy| proxy.kubeconfig(&kubeconfig))?;
        let port = Port::reserve()?;
        let health = format!("--health-address=127.0.0.1:{}", port.number());
        let log_level = format!("--log-level={}", options.log_level.unwrap_or("info"));
        let own = ["controller", &health, &log_level, "--namespace", namespace];
        let times: &[&str] = if options.as_installed { &[] } else { &ARGUMENTS };
        let arguments: Vec<&str> = [own.as_slice(), times, options.arguments].concat();
        let (binary, arguments) = under(options.under, arguments)?;
        let mut operator = Operator::start(
            &self.plane,
            OperatorOptions {
                name: Some(name.to_owned()),
                binary,
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
        self.applier.apply(objects).await
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
        let mut said = String::new();
        let condition = format!("--for=condition={condition}");
        // Of what is not there yet kubectl says so at once.
        for condition in ["--for=create", &condition] {
            said = self.kubectl(&["wait", condition, object, "-n", namespace, "--timeout=30s"]).await?;
        }
        Ok(said)
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

    /// [`Self::check`], at the end of a test.
    pub async fn finish(self) -> Result<(), Error> {
        self.check().await.map(drop)
    }

    /// Checks what holds for every test: each request of the operator carried its own name, and none was
    /// refused. Hands back the requests.
    pub async fn check(&self) -> Result<Requests, Error> {
        let requests = self.requests().await?;
        let name = format!("system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}");
        if requests.is_empty() {
            return Err(Error::Contract("the operator asked for nothing".to_owned()));
        }
        let within = |spans: &[(Timestamp, Timestamp)], at| {
            spans.iter().any(|(start, end)| (*start..=*end).contains(&at))
        };
        let excused = |request: &crate::Request| {
            within(&self.excused, request.received)
                || (request.group == "seaworthy.dev"
                    && request.code == 403
                    && within(&self.terminating, request.received))
        };
        let wrong = requests.iter().find(|request| {
            let refused = matches!(request.code, 401 | 403) && !self.excused_in.contains(&request.namespace);
            // Who is refused as nobody has no name: an API server that has just started knows no account.
            let is_nobody = request.code == 401 && request.user.is_empty();
            (request.user != name && !is_nobody) || (refused && !excused(request))
        });
        match wrong {
            Some(request) => Err(Error::Contract(format!("under another name, or refused: {request:?}"))),
            None => Ok(requests),
        }
    }
}

/// What is run, and with which arguments, where a program runs the operator.
fn under(program: &[&str], arguments: Vec<&str>) -> Result<(Option<PathBuf>, Vec<String>), Error> {
    let own = arguments.into_iter().map(str::to_owned);
    let Some((program, first)) = program.split_first() else { return Ok((None, own.collect())) };
    let operator = binaries::seaworthy()?.display().to_string();
    let arguments = first.iter().map(|one| (*one).to_owned()).chain([operator]).chain(own);
    Ok((Some(PathBuf::from(program)), arguments.collect()))
}

fn manifest_path(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../deploy/{name}.yaml")).display().to_string()
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
