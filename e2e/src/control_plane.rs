//! One control plane: etcd, the API server, the controllers and, on request, the scheduler, fresh for
//! the test that starts it and gone with it.
//!
//! It must not be shared between tests that change cluster-scoped objects. What the components are told
//! is in components.rs, how they are kept from outliving the test in processes.rs.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    AuditLog, Error, Kubectl,
    binaries::Components,
    certificates::Pair,
    components::Layout,
    kubeconfig,
    processes::{CommandLine, Supervised},
    wait::try_eventually,
};

/// A component that takes longer hangs: on two idle cores all of them together take less than 10 s.
const START_DEADLINE: Duration = Duration::from_mins(2);

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// kube-controller-manager: garbage collection, namespaces, service accounts, workloads.
    pub controllers: bool,
    /// kube-scheduler.
    pub scheduler: bool,
    /// Further flags of kube-apiserver; a repeated flag replaces the harness's own.
    pub api_server_flags: Vec<String>,
    /// Never use the cluster that `KUBECONFIG` names: for tests that need the audit log or stop the API
    /// server.
    pub own_control_plane: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { controllers: true, scheduler: false, api_server_flags: Vec::new(), own_control_plane: false }
    }
}

/// A running control plane, ended when this value is dropped.
///
/// Its directory (logs, audit log, kubeconfigs) is deleted with it, unless the test panics or
/// `SEAWORTHY_KEEP` is set: then its path is printed.
pub struct ControlPlane {
    // Processes first: they must be gone before the directory is deleted.
    own: Option<Own>,
    admin_kubeconfig: PathBuf,
    admin: Config,
    kubectl: Kubectl,
    audit: Option<AuditLog>,
    directory: TempDir,
}

// The part that does not exist when a cluster was there already.
struct Own {
    layout: Layout,
    api_server_command: CommandLine,
    scheduler: Option<Supervised>,
    controllers: Option<Supervised>,
    api_server: Supervised,
    etcd: Supervised,
}

impl ControlPlane {
    /// Starts the components and waits until they do their work; or takes the cluster that `KUBECONFIG`
    /// names. With `KUBEBUILDER_ASSETS`, etcd, kube-apiserver and kubectl come from there, and there are
    /// no controllers.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let mut directory = tempfile::Builder::new()
            .prefix("seaworthy-e2e-")
            .tempdir()
            .map_err(Error::io("make a directory"))?;
        let started = match existing(&options)? {
            Some(config) => Self::over(config, directory.path()).await,
            None => Self::launch(options, directory.path()).await,
        };
        match started {
            Ok((own, admin_kubeconfig, admin, kubectl)) => {
                let audit = own.as_ref().map(|own| AuditLog::new(own.layout.audit_log(), admin.clone()));
                Ok(Self { own, admin_kubeconfig, admin, kubectl, audit, directory })
            }
            Err(error) => {
                keep(&mut directory);
                Err(error)
            }
        }
    }

    async fn over(config: Kubeconfig, directory: &Path) -> Result<Parts, Error> {
        let path = directory.join("admin.kubeconfig");
        kubeconfig::store(&path, &config)?;
        let admin = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        say(&format!("uses the existing cluster {} (KUBECONFIG is set): no audit log", admin.cluster_url));
        let components = Components::built()?;
        let kubectl = Kubectl::new(&components, &path, directory);
        Ok((None, path, admin, kubectl))
    }

    async fn launch(options: Options, directory: &Path) -> Result<Parts, Error> {
        let components = Components::find()?;
        let controllers = options.controllers && components.complete();
        if !components.complete() {
            say("KUBEBUILDER_ASSETS is set: no controllers, no scheduler, no ServiceAccount admission");
        }
        let layout = Layout::create(directory)?;
        let log = |name: &str| directory.join(format!("{name}.log"));
        let mut flags = layout.api_server(controllers);
        flags.extend(options.api_server_flags);
        let api_server_command = components.command("kube-apiserver", flags);
        // Both at once: the API server waits for etcd by itself.
        let etcd = Supervised::start("etcd", &components.command("etcd", layout.etcd()), &log("etcd"))?;
        let api_server = Supervised::start("kube-apiserver", &api_server_command, &log("kube-apiserver"))?;
        let path = layout.kubeconfig("admin");
        let admin =
            Config::from_custom_kubeconfig(Kubeconfig::read_from(&path)?, &KubeConfigOptions::default())
                .await?;
        let mut own =
            Own { layout, api_server_command, scheduler: None, controllers: None, api_server, etcd };
        own.await_api_server(&admin).await?;
        if controllers {
            let command = components.command("kube-controller-manager", own.layout.controller_manager());
            let name = "kube-controller-manager";
            let process = own.controllers.insert(Supervised::start(name, &command, &log(name))?);
            await_service_account(process, &admin).await?;
        }
        if options.scheduler && components.complete() {
            let command = components.command("kube-scheduler", own.layout.scheduler());
            own.scheduler = Some(Supervised::start("kube-scheduler", &command, &log("kube-scheduler"))?);
        }
        let kubectl = Kubectl::new(&components, &path, directory);
        Ok((Some(own), path, admin, kubectl))
    }

    /// A client with all rights. Make one per test: its connections belong to the runtime that made it.
    pub fn client(&self) -> Result<Client, Error> {
        Ok(Client::try_from(self.admin.clone())?)
    }

    /// The client configuration of the administrator, to change before making a client of it.
    pub fn admin_config(&self) -> Config {
        self.admin.clone()
    }

    /// The kubeconfig of the administrator.
    pub fn admin_kubeconfig(&self) -> &Path {
        &self.admin_kubeconfig
    }

    /// Where logs and kubeconfigs lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// `kubectl` with the administrator's kubeconfig.
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Server-side apply of YAML or JSON documents, as the administrator.
    pub async fn apply(&self, manifests: &str) -> Result<String, Error> {
        self.kubectl.apply(manifests).await
    }

    /// What the API server was asked; `None` on an existing cluster.
    pub fn audit(&self) -> Option<&AuditLog> {
        self.audit.as_ref()
    }

    /// Whether the built-in controllers run, so that owners get Pods and garbage is collected. On an
    /// existing cluster they do.
    pub fn has_controllers(&self) -> bool {
        self.own.as_ref().is_none_or(|own| own.controllers.is_some())
    }

    /// The pids of the components, by name; empty on an existing cluster.
    pub fn pids(&self) -> Vec<(&'static str, u32)> {
        let Some(own) = &self.own else { return Vec::new() };
        let optional = [("kube-controller-manager", &own.controllers), ("kube-scheduler", &own.scheduler)];
        [("etcd", &own.etcd), ("kube-apiserver", &own.api_server)]
            .into_iter()
            .chain(optional.into_iter().filter_map(|(name, process)| Some((name, process.as_ref()?))))
            .map(|(name, process)| (name, process.pid()))
            .collect()
    }

    /// A kubeconfig for a service account that exists, with a token of a day from the `TokenRequest` API.
    pub async fn kubeconfig_for_service_account(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf, Error> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client()?, namespace);
        let spec = TokenRequestSpec { expiration_seconds: Some(86_400), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
        let answer = accounts.create_token_request(name, &PostParams::default(), &request).await?;
        let token = answer.status.map(|status| status.token).unwrap_or_default();
        let cluster = kubeconfig::current_cluster(&Kubeconfig::read_from(&self.admin_kubeconfig)?)?;
        let path = self.directory().join(format!("{namespace}-{name}.kubeconfig"));
        kubeconfig::write(&path, &cluster, &json!({"token": token}), namespace)?;
        Ok(path)
    }

    /// What the API server shows, for whoever stands between it and a client.
    pub(crate) fn serving(&self) -> Result<&Pair, Error> {
        let own = self.own.as_ref().ok_or(Error::ExistingCluster("a proxy before the API server"))?;
        Ok(own.layout.serving())
    }

    /// Ends the API server at once, as a crash would. etcd and the controllers stay.
    pub fn stop_api_server(&mut self) -> Result<(), Error> {
        let own = self.own.as_mut().ok_or(Error::ExistingCluster("stopping the API server"))?;
        own.api_server.kill();
        Ok(())
    }

    /// Starts the API server again, on the same port over the same data, and waits until it is ready.
    pub async fn start_api_server(&mut self) -> Result<(), Error> {
        let own = self.own.as_mut().ok_or(Error::ExistingCluster("starting the API server"))?;
        let log = self.directory.path().join("kube-apiserver.log");
        own.api_server = Supervised::start("kube-apiserver", &own.api_server_command, &log)?;
        own.await_api_server(&self.admin).await
    }

    /// [`Self::stop_api_server`], then [`Self::start_api_server`].
    pub async fn restart_api_server(&mut self) -> Result<(), Error> {
        self.stop_api_server()?;
        self.start_api_server().await
    }
}

type Parts = (Option<Own>, PathBuf, Config, Kubectl);

impl Own {
    async fn await_api_server(&mut self, admin: &Config) -> Result<(), Error> {
        let mut config = admin.clone();
        // The retries of the client would hide a process that has ended.
        config.default_retry = false;
        let client = Client::try_from(config)?;
        let (etcd, api_server) = (&mut self.etcd, &mut self.api_server);
        try_eventually(START_DEADLINE, "the API server is ready", async || {
            for process in [&mut *etcd, &mut *api_server] {
                if let Err(error) = process.must_run() {
                    return Ok(Err(error));
                }
            }
            let request =
                http::Request::get("/readyz").body(Vec::new()).map_err(|error| error.to_string())?;
            client.request_text(request).await.map(|_| Ok(())).map_err(|error| error.to_string())
        })
        .await?
    }
}

// No Pod is admitted in a namespace before the controllers made its service account.
async fn await_service_account(controllers: &mut Supervised, admin: &Config) -> Result<(), Error> {
    let accounts: Api<ServiceAccount> = Api::namespaced(Client::try_from(admin.clone())?, "default");
    try_eventually(START_DEADLINE, "the controllers made a service account", async || {
        if let Err(error) = controllers.must_run() {
            return Ok(Err(error));
        }
        accounts.get("default").await.map(|_| Ok(())).map_err(|error| error.to_string())
    })
    .await?
}

fn existing(options: &Options) -> Result<Option<Kubeconfig>, Error> {
    if options.own_control_plane || std::env::var_os("KUBECONFIG").is_none_or(|value| value.is_empty()) {
        return Ok(None);
    }
    Ok(Kubeconfig::from_env()?)
}

fn keep(directory: &mut TempDir) {
    directory.disable_cleanup(true);
    say(&format!("logs are kept in {}", directory.path().display()));
}

#[expect(clippy::print_stderr, reason = "for whoever reads the output of the tests")]
fn say(what: &str) {
    eprintln!("e2e: {what}");
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            // In the order in which they depend on each other, so that no log ends in complaints.
            for process in own.scheduler.iter_mut().chain(&mut own.controllers) {
                process.kill();
            }
            own.api_server.kill();
            own.etcd.kill();
        }
        if std::thread::panicking() || std::env::var_os("SEAWORTHY_KEEP").is_some() {
            keep(&mut self.directory);
        }
    }
}
