//! What a test starts with: a control plane, the proxy, the operator behind it with an account of its
//! own, a namespace with a policy, and the guard.
//!
//! It must not inject anything. Next: any file of faults.

use std::path::PathBuf;
use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::{Api, Client};
use seaworthy_e2e::proxy::Fault;
use seaworthy_e2e::{ControlPlane, FaultProxy, Operator, OperatorOptions, Options, Port, eventually};
use serde_json::{Value, json};

use super::guard::{Guard, condition};

/// Within which everything converges once a fault is over; the longest wait of the operator is 30 s.
pub(crate) const SOON: Duration = Duration::from_mins(1);
/// Flags that make waits short: a kind is stale after 10 s, a dead connection is noticed after 10 s.
const FLAGS: [&str; 6] = ["--watch-timeout", "5", "--call-deadline", "3", "--unavailable-retry", "2"];
const CRDS: [&str; 3] = ["clusterreadinesspolicies", "readinesspolicies", "readinessreports"];

/// A control plane with the operator's account and a policy, before the operator starts.
pub(crate) struct Cluster {
    pub(crate) plane: ControlPlane,
    pub(crate) proxy: FaultProxy,
    client: Client,
    kubeconfig: PathBuf,
}

/// The operator at work.
pub(crate) struct Rig {
    pub(crate) plane: ControlPlane,
    pub(crate) proxy: FaultProxy,
    pub(crate) operator: Operator,
    pub(crate) client: Client,
    guard: Guard,
    _port: Port,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let cluster = Self::without(&[]).await;
        let policy = json!({"apiVersion": "seaworthy.dev/v1alpha1", "kind": "ReadinessPolicy",
            "metadata": {"name": "gate", "namespace": "shop"}, "spec": spec()});
        apply(&cluster.client, &policy).await;
        cluster
    }

    /// Without these CRDs, and without a policy.
    pub(crate) async fn without(missing: &[&str]) -> Self {
        let options = Options { own_control_plane: true, controllers: false, ..Options::default() };
        let plane = ControlPlane::start(options).await.unwrap();
        for name in CRDS.iter().filter(|name| !missing.contains(name)) {
            plane.apply(&crd(name)).await.unwrap();
        }
        plane
            .apply(
                &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).to_string(),
            )
            .await
            .unwrap();
        for file in ["namespace", "rbac"] {
            let manifest = std::fs::read_to_string(format!("../deploy/{file}.yaml")).unwrap();
            plane.apply(&manifest).await.unwrap();
        }
        let direct = plane.kubeconfig_for_service_account("seaworthy-system", "seaworthy").await.unwrap();
        let proxy = FaultProxy::start(&plane).await.unwrap();
        let kubeconfig = proxy.kubeconfig(&direct).unwrap();
        let client = plane.client().unwrap();
        Self { plane, proxy, client, kubeconfig }
    }

    pub(crate) async fn apply(&self, object: &Value) {
        apply(&self.client, object).await;
    }

    /// Starts the operator, and does not wait for it.
    pub(crate) fn operate(self, flags: &[&str]) -> Rig {
        let Self { plane, proxy, client, kubeconfig } = self;
        let port = Port::reserve().unwrap();
        let health = format!("127.0.0.1:{}", port.number());
        let own = ["controller", "--health-address", &health];
        let arguments = own.iter().chain(&FLAGS).chain(flags).map(|flag| (*flag).to_owned()).collect();
        let options = OperatorOptions {
            arguments,
            kubeconfig: Some(kubeconfig),
            health_port: Some(port.number()),
            ..OperatorOptions::default()
        };
        let operator = Operator::start(&plane, options).unwrap();
        let guard = Guard::start(&client);
        Rig { plane, proxy, operator, client, guard, _port: port }
    }
}

impl Rig {
    /// Everything works, and two workloads are judged.
    pub(crate) async fn start() -> Self {
        let mut rig = Cluster::start().await.operate(&[]);
        rig.operator.wait_ready(SOON).await.unwrap();
        rig.deploy("good-first").await;
        rig.deploy("bad-first").await;
        rig.judged("good-first", "True").await;
        rig.judged("bad-first", "False").await;
        // Its fence has passed.
        rig.policy("gate", "Compliant", "False").await;
        rig
    }

    /// Applies a Deployment that passes or fails as its name says.
    pub(crate) async fn deploy(&self, name: &str) {
        self.apply(&deployment(name, matches!(name.split_once('-'), Some(("good" | "breaks", _))))).await;
    }

    /// Turns a `breaks-` or `heals-` Deployment into what it becomes.
    pub(crate) async fn turn(&self, name: &str) {
        self.apply(&deployment(name, name.starts_with("heals-"))).await;
    }

    pub(crate) async fn apply(&self, object: &Value) {
        apply(&self.client, object).await;
    }

    pub(crate) fn api(&self, group: &str, kind: &str, plural: &str) -> Api<DynamicObject> {
        let version = if group == "seaworthy.dev" { "v1alpha1" } else { "v1" };
        let kind = GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk_with_plural(&kind, plural);
        Api::namespaced_with(self.client.clone(), "shop", &resource)
    }

    /// The report on a workload; `kind` in lower case.
    pub(crate) async fn report(&self, kind: &str, name: &str) -> Result<Value, String> {
        let reports = self.api("seaworthy.dev", "ReadinessReport", "readinessreports");
        let report = reports.get(&format!("{kind}-{name}")).await.map_err(|error| error.to_string())?;
        serde_json::to_value(report).map_err(|error| error.to_string())
    }

    /// Waits until the report on a Deployment says this of its newest generation.
    #[track_caller]
    pub(crate) fn judged(&self, name: &str, ready: &str) -> impl Future<Output = Value> {
        let deployments = self.api("apps", "Deployment", "deployments");
        let awaited = format!("Ready={ready} of {name}");
        async move {
            eventually(SOON, &awaited, async || {
                let deployment = deployments.get(name).await.map_err(|error| error.to_string())?;
                let report = self.report("deployment", name).await?;
                let generation = report.pointer("/status/workloadGeneration").and_then(Value::as_i64);
                let current = generation == deployment.metadata.generation;
                // A workload that does not decode has no generation to speak of.
                let known = generation.is_some() || ready == "Unknown";
                if condition(&report, "Ready") == Some(ready) && (current || !known || ready == "Unknown") {
                    return Ok(report);
                }
                Err(report.to_string())
            })
            .await
        }
    }

    /// Waits until the policy `gate`, or another, says this.
    pub(crate) async fn policy(&self, name: &str, type_: &str, status: &str) -> Value {
        let policies = self.api("seaworthy.dev", "ReadinessPolicy", "readinesspolicies");
        eventually(SOON, &format!("{type_}={status} of {name}"), async || {
            let policy = policies.get(name).await.map_err(|error| error.to_string())?;
            let policy = serde_json::to_value(policy).map_err(|error| error.to_string())?;
            // Before its fence has passed, Unknown says nothing yet.
            let fencing = policy["status"]["conditions"].to_string().contains("Fencing");
            let is = condition(&policy, type_) == Some(status) && !fencing;
            if is { Ok(policy) } else { Err(policy.to_string()) }
        })
        .await
    }

    /// Waits until `/readyz` says no, and why.
    pub(crate) async fn not_ready(&self, why: &str) {
        eventually(SOON, &format!("/readyz says: {why}"), async || {
            let (code, body) = self.operator.get("/readyz").await.map_err(|error| error.to_string())?;
            if code == 503 && body.contains(why) { Ok(()) } else { Err(format!("{code} {body}")) }
        })
        .await;
    }

    /// The value of a metric, labels included in its name; none if it was never set.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.operator.get("/metrics").await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// Everything is as it was before the faults, nothing lied, and the process is the same, alive.
    pub(crate) async fn converged(mut self) {
        self.operator.wait_ready(SOON).await.unwrap();
        self.deploy("good-last").await;
        self.deploy("bad-last").await;
        self.judged("good-last", "True").await;
        self.judged("bad-last", "False").await;
        self.policy("gate", "Compliant", "False").await;
        assert_eq!(self.operator.get("/livez").await.unwrap().0, 200);
        assert_eq!(self.operator.exit_code().unwrap(), None);
        self.guard.assert_truth();
        assert!(self.proxy.requests() > 0, "the operator did not go through the proxy");
        let requests = self.plane.audit().unwrap().all().await.unwrap();
        let own = requests.filter(|request| request.user_agent.starts_with("seaworthy/"));
        // An API server that has just started knows no account for a moment: nobody's request, and it is refused.
        let own = own.filter(|request| request.code != 401 || !request.user.is_empty());
        let account = own.by_service_account("seaworthy-system", "seaworthy");
        assert!(!account.is_empty() && account.len() == own.len(), "another user: {own:?}");
    }
}

/// The spec of a policy with the checks of the first version, so that a new one changes no test here. They read
/// Services, Ingresses and Secrets.
pub(crate) fn spec() -> Value {
    json!({"profileVersion": 1})
}

/// Waits until a fault has happened so often.
pub(crate) async fn happened(fault: &Fault, times: u64) {
    eventually(SOON, &format!("{fault:?} happens {times} times"), async || {
        if fault.count() >= times { Ok(()) } else { Err(format!("{} times", fault.count())) }
    })
    .await;
}

/// A Deployment that passes, or fails for its memory limit and its user.
pub(crate) fn deployment(name: &str, passes: bool) -> Value {
    let mut object: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/baseline.json")).unwrap();
    object["metadata"]["name"] = name.into();
    if !passes {
        let spec = &mut object["spec"]["template"]["spec"];
        spec["securityContext"] = json!({});
        spec["containers"][0]["resources"] = json!({});
    }
    object
}

pub(crate) fn stateful_set(name: &str, passes: bool) -> Value {
    let mut object = deployment(name, passes);
    object["kind"] = "StatefulSet".into();
    object["spec"]["serviceName"] = "web".into();
    object
}

/// The CRD of this plural.
pub(crate) fn crd(plural: &str) -> String {
    std::fs::read_to_string(format!("../crds/seaworthy.dev_{plural}.yaml")).unwrap()
}

/// Server-side apply as the administrator, past the proxy.
pub(crate) async fn apply(client: &Client, object: &Value) {
    let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    let types = object.types.clone().unwrap();
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types).unwrap());
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let name = object.metadata.name.clone().unwrap();
    api.patch(&name, &PatchParams::apply("e2e").force(), &Patch::Apply(&object)).await.unwrap();
}
