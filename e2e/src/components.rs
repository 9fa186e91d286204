//! The command lines of the control plane's components.
//!
//! It must not start anything: `control_plane.rs` does. A flag that makes the suite faster but the
//! components behave differently from a real cluster's needs a reason here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    Error, Port,
    certificates::{Authority, Pair},
    kubeconfig,
};

/// What is logged. Everything that a test could ask about: all requests of all users, except what the
/// components themselves read all the time. Writes of controllers stay: a test may ask who deleted a
/// report. `RequestReceived` would only double every entry.
const AUDIT_POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
# The API server's requests to itself.
- level: None
  users: ["system:apiserver"]
# The caches of the controllers, which run with their own service accounts in kube-system.
- level: None
  users: ["system:kube-controller-manager", "system:kube-scheduler"]
  verbs: [get, list, watch]
- level: None
  userGroups: ["system:serviceaccounts:kube-system"]
  verbs: [get, list, watch]
# The harness waiting for the API server.
- level: None
  users: ["admin"]
  nonResourceURLs: ["/readyz*", "/livez*", "/healthz*"]
- level: Metadata
"#;

/// Where everything of one control plane lies, and on which ports it listens.
pub(crate) struct Layout {
    directory: PathBuf,
    authority: PathBuf,
    serving: Pair,
    signing_key: PathBuf,
    signing_key_public: PathBuf,
    etcd: Port,
    etcd_peers: Port,
    api_server: Port,
}

impl Layout {
    /// Makes certificates, kubeconfigs and the audit policy.
    pub(crate) fn create(directory: &Path) -> Result<Self, Error> {
        let authority = Authority::create(&directory.join("certificates"))?;
        let (signing_key, signing_key_public) = authority.signing_key()?;
        let layout = Self {
            directory: directory.to_owned(),
            authority: authority.certificate(),
            serving: authority.serving("kube-apiserver")?,
            signing_key,
            signing_key_public,
            etcd: Port::reserve()?,
            etcd_peers: Port::reserve()?,
            api_server: Port::reserve()?,
        };
        let path = directory.join("audit-policy.yaml");
        fs::write(&path, AUDIT_POLICY).map_err(Error::io(format!("write {}", path.display())))?;
        for (file, user, group) in [
            ("admin", "admin", Some("system:masters")),
            ("kube-controller-manager", "system:kube-controller-manager", None),
            ("kube-scheduler", "system:kube-scheduler", None),
        ] {
            let pair = authority.client(user, group)?;
            let identity = json!({"client-certificate": pair.certificate, "client-key": pair.key});
            let cluster = json!({"server": layout.server(), "certificate-authority": layout.authority});
            kubeconfig::write(&layout.kubeconfig(file), &cluster, &identity, "default")?;
        }
        Ok(layout)
    }

    pub(crate) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_server.number())
    }

    /// What the API server shows; whoever stands in for it on loopback may show the same.
    pub(crate) fn serving(&self) -> &Pair {
        &self.serving
    }

    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.directory.join(format!("{user}.kubeconfig"))
    }

    pub(crate) fn audit_log(&self) -> PathBuf {
        self.directory.join("audit.log")
    }

    /// etcd, without waiting for the disk: nothing here has to survive the machine.
    pub(crate) fn etcd(&self) -> Vec<String> {
        let client = format!("http://127.0.0.1:{}", self.etcd.number());
        let peers = format!("http://127.0.0.1:{}", self.etcd_peers.number());
        vec![
            format!("--data-dir={}", self.directory.join("etcd").display()),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peers}"),
            format!("--initial-advertise-peer-urls={peers}"),
            format!("--initial-cluster=default={peers}"),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ]
    }

    /// kube-apiserver.
    pub(crate) fn api_server(&self, admit_service_accounts: bool) -> Vec<String> {
        let mut flags = vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.etcd.number()),
            format!("--secure-port={}", self.api_server.number()),
            "--bind-address=127.0.0.1".to_owned(),
            "--advertise-address=127.0.0.1".to_owned(),
            // A loopback address is not allowed in the endpoints of the `kubernetes` Service.
            "--endpoint-reconciler-type=none".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--authorization-mode=Node,RBAC".to_owned(),
            "--allow-privileged=true".to_owned(),
            format!("--cert-dir={}", self.directory.join("certificates").display()),
            format!("--client-ca-file={}", self.authority.display()),
            format!("--tls-cert-file={}", self.serving.certificate.display()),
            format!("--tls-private-key-file={}", self.serving.key.display()),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            format!("--service-account-key-file={}", self.signing_key_public.display()),
            format!("--service-account-signing-key-file={}", self.signing_key.display()),
            format!("--audit-policy-file={}", self.directory.join("audit-policy.yaml").display()),
            format!("--audit-log-path={}", self.audit_log().display()),
            // Rotation would hide what was logged before it.
            "--audit-log-maxsize=100000".to_owned(),
        ];
        if !admit_service_accounts {
            // It refuses every Pod until a controller has made the namespace's service account.
            flags.push("--disable-admission-plugins=ServiceAccount".to_owned());
        }
        flags
    }

    /// kube-controller-manager, all controllers.
    pub(crate) fn controller_manager(&self) -> Vec<String> {
        vec![
            format!("--kubeconfig={}", self.kubeconfig("kube-controller-manager").display()),
            "--use-service-account-credentials".to_owned(),
            format!("--service-account-private-key-file={}", self.signing_key.display()),
            format!("--root-ca-file={}", self.authority.display()),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
        ]
    }

    /// kube-scheduler.
    pub(crate) fn scheduler(&self) -> Vec<String> {
        vec![
            format!("--kubeconfig={}", self.kubeconfig("kube-scheduler").display()),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
        ]
    }
}
