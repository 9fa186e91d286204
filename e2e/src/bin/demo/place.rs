//! Where the demo happens: a control plane of its own, or, if somebody agrees, the cluster that
//! `KUBECONFIG` names.
//!
//! It must not leave anything behind, nor touch a cluster where Seaworthy or the sample's namespace is
//! already. Next: `shop.rs` for what is put there.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use kube::{Client, config::Kubeconfig};
use seaworthy_e2e::{
    ControlPlane, Error, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Operator, OperatorOptions, Options, Output,
    Port,
};
use serde_json::Value;

use crate::{
    failure::Failure,
    screen::{ask, can_ask, line},
};

/// The namespace of the sample application.
pub(crate) const SHOP: &str = "shop";

/// How long the operator may take until it knows every kind.
const READY_DEADLINE: Duration = Duration::from_mins(1);
/// How long it may take to end in good order.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// The cluster that the demo happens in.
pub(crate) struct Place {
    plane: ControlPlane,
    client: Client,
    /// Whether the cluster was there before.
    foreign: bool,
}

/// The running operator.
pub(crate) struct Running {
    pub(crate) operator: Operator,
    pub(crate) port: Port,
}

/// Whether the demo goes on in a cluster that `KUBECONFIG` names; false if it names none.
pub(crate) fn consent(once: bool) -> Result<bool, Failure> {
    if env::var_os("KUBECONFIG").is_none_or(|value| value.is_empty()) {
        return Ok(false);
    }
    let config = Kubeconfig::from_env()?.unwrap_or_default();
    let context = config.current_context.unwrap_or_else(|| "(none)".to_owned());
    let plan = format!(
        "KUBECONFIG is set, to the context {context:?}. The demo would install Seaworthy's CRDs, rights and the \
         namespaces {OPERATOR_NAMESPACE} and {SHOP} there, and delete them at its end."
    );
    if once || !can_ask() {
        let hint = "Nobody can be asked, so it does not. Unset KUBECONFIG for a control plane of its own.";
        return Err(Failure::Refused(format!("{plan}\n{hint}")));
    }
    line(&plan);
    if ask("Go on?") { Ok(true) } else { Err(Failure::Refused("nothing was done".to_owned())) }
}

impl Place {
    /// Starts the control plane, or goes to the one that is there.
    pub(crate) async fn find(foreign: bool) -> Result<Self, Failure> {
        let plane =
            ControlPlane::start(Options { own_control_plane: !foreign, ..Options::default() }).await?;
        let found = Self { client: plane.client()?, plane, foreign };
        if foreign {
            found.must_be_free().await?;
        }
        Ok(found)
    }

    async fn must_be_free(&self) -> Result<(), Failure> {
        let taken = [("crd", "readinesspolicies.seaworthy.dev"), ("ns", OPERATOR_NAMESPACE), ("ns", SHOP)];
        for (kind, name) in taken {
            let found = self.kubectl(&["get", kind, name, "--ignore-not-found", "-o", "name"]).await?;
            if !found.is_empty() {
                let why =
                    format!("{} is in that cluster already: it is not the demo's to change", found.trim());
                return Err(Failure::Refused(why));
            }
        }
        Ok(())
    }

    /// Applies `deploy/`. On a cluster with nodes without the operator's own Deployment, whose image is
    /// not published.
    pub(crate) async fn install(&self) -> Result<(), Failure> {
        if self.foreign {
            for manifest in ["crds", "namespace", "rbac"] {
                let path = file(&format!("deploy/{manifest}.yaml"));
                self.kubectl(&["apply", "--server-side", "-f", &path]).await?;
            }
        } else {
            self.kubectl(&["apply", "--server-side", "-k", &file("deploy")]).await?;
        }
        let crds = file("deploy/crds.yaml");
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &crds]).await.map(drop)
    }

    /// Starts the operator with its own service account's token, and waits until it is ready.
    pub(crate) async fn operator(&self) -> Result<Running, Failure> {
        let kubeconfig =
            self.plane.kubeconfig_for_service_account(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await?;
        let port = Port::reserve()?;
        let health = format!("--health-address=127.0.0.1:{}", port.number());
        let arguments = ["controller", &health, "--namespace", OPERATOR_NAMESPACE].map(str::to_owned);
        let options = OperatorOptions {
            arguments: arguments.into(),
            kubeconfig: Some(kubeconfig),
            health_port: Some(port.number()),
            ..OperatorOptions::default()
        };
        let mut operator = Operator::start(&self.plane, options)?;
        operator.wait_ready(READY_DEADLINE).await?;
        Ok(Running { operator, port })
    }

    /// Ends everything, and takes away what was put into a cluster that was there before.
    pub(crate) async fn leave(&self, operator: Option<Running>) -> Result<(), Failure> {
        if let Some(mut running) = operator {
            running.operator.terminate(END_DEADLINE).await?;
        }
        if self.foreign {
            let (samples, ours) = (file("deploy/samples"), ["rbac", "namespace", "crds"]);
            self.kubectl(&["delete", "-f", &samples, "--ignore-not-found", "--wait=false"]).await?;
            for manifest in ours.map(|name| file(&format!("deploy/{name}.yaml"))) {
                self.kubectl(&["delete", "-f", &manifest, "--ignore-not-found", "--timeout=60s"]).await?;
            }
        }
        Ok(())
    }

    /// `kubectl` with these arguments; an error if it fails.
    pub(crate) async fn kubectl(&self, arguments: &[&str]) -> Result<String, Failure> {
        let Output { code, stdout, stderr } = self.plane.kubectl().run(arguments).await?;
        if code == 0 {
            return Ok(stdout);
        }
        Err(Error::Kubectl { arguments: arguments.join(" "), stderr }.into())
    }

    /// Applies documents.
    pub(crate) async fn apply(&self, documents: &str) -> Result<(), Failure> {
        self.plane.apply(documents).await.map(drop).map_err(Failure::from)
    }

    /// What the API server has at a path.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, String> {
        let request = http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())?;
        self.client.request(request).await.map_err(|error| error.to_string())
    }

    /// The items of the list at a path.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        let list = self.get(path).await?;
        Ok(list.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// How to run `kubectl` by hand.
    pub(crate) fn kubectl_command(&self) -> String {
        let (program, leading) = self.plane.kubectl().command();
        format!("{} {}", program.display(), leading.join(" ")).trim_end().to_owned()
    }

    /// The administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.plane.admin_kubeconfig()
    }
}

/// The path of a file of the repository.
pub(crate) fn file(path: &str) -> String {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default();
    repository.join(path).display().to_string()
}
