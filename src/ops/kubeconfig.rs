//! The configuration of the API client: of a kubeconfig, or of the Pod's own service account.
//!
//! A kubeconfig is taken apart here because kube's own way reads the proxies of the environment, fails when they are
//! odd, and exempts by the address of the proxy instead of the cluster's. It must not connect. Next: [`super::client`].

use kube::config::{AuthInfo, Cluster, Context, ExecAuthCluster, Kubeconfig};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::client::chain;
use super::proxy::{self, ProxyError};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error("{0}")]
    File(String),
    #[error("the kubeconfig has no current context")]
    NoContext,
    #[error("the kubeconfig has no {0} {1}")]
    Absent(&'static str, String),
    #[error("the kubeconfig names no address of the cluster {0}, or no valid one")]
    Server(String),
    #[error("the certificate authority of the cluster {0} cannot be read: {1}")]
    Authority(String, String),
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error("no kubeconfig: {of_file}; no service account of a Pod: {of_pod}")]
    Neither { of_file: Box<Self>, of_pod: String },
}

/// The configuration for a context of the kubeconfig; without one for its current context, or in a Pod, where there is
/// no kubeconfig, for the Pod's cluster, which is asked without a proxy whatever the environment says.
pub(super) fn infer(context: Option<&str>) -> Result<kube::Config, ConfigError> {
    let (mut config, proxy) = match (of_file(context), context) {
        (Ok(found), _) => found,
        (Err(error), Some(_)) => return Err(error),
        (Err(of_file), None) => return of_pod().map_err(|of_pod| neither(of_file, of_pod)),
    };
    if context.is_none() {
        config.apply_debug_overrides();
    }
    config.proxy_url = proxy::choose(&config.cluster_url, proxy.as_deref(), proxy::of_process)?;
    Ok(config)
}

fn of_pod() -> Result<kube::Config, String> {
    let mut config = kube::Config::incluster().map_err(|error| chain(&error))?;
    config.apply_debug_overrides();
    Ok(config)
}

fn neither(of_file: ConfigError, of_pod: String) -> ConfigError {
    ConfigError::Neither { of_file: Box::new(of_file), of_pod }
}

fn of_file(context: Option<&str>) -> Result<(kube::Config, Option<String>), ConfigError> {
    let file = Kubeconfig::read().map_err(|error| ConfigError::File(chain(&error)))?;
    configuration(file, context)
}

/// What the parts of a kubeconfig that a context names come to, and the proxy that the cluster asks for.
fn configuration(
    file: Kubeconfig,
    context: Option<&str>,
) -> Result<(kube::Config, Option<String>), ConfigError> {
    let name = context.map(str::to_owned).or(file.current_context).ok_or(ConfigError::NoContext)?;
    let absent = |kind, name: &str| ConfigError::Absent(kind, name.to_owned());
    let named = file.contexts.into_iter().find(|one| one.name == name);
    let context: Context = named.and_then(|one| one.context).ok_or_else(|| absent("context", &name))?;
    let named = file.clusters.into_iter().find(|one| one.name == context.cluster);
    let cluster = named.and_then(|one| one.cluster).ok_or_else(|| absent("cluster", &context.cluster))?;
    // Who is nobody asks without credentials, as with kubectl.
    let named = file.auth_infos.into_iter().find(|one| Some(&one.name) == context.user.as_ref());
    let user = named.and_then(|one| one.auth_info).unwrap_or_default();

    let server = cluster.server.as_deref().and_then(|server| server.parse().ok());
    let mut config = kube::Config::new(server.ok_or_else(|| ConfigError::Server(context.cluster.clone()))?);
    let shown = shown(&cluster, &context.cluster)?;
    config.root_cert = authority(shown.certificate_authority_data.as_deref(), &context.cluster)?;
    config.auth_info = with_cluster(user, shown);
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or_default();
    config.disable_compression = cluster.disable_compression.unwrap_or_default();
    config.tls_server_name = cluster.tls_server_name;
    if let Some(namespace) = context.namespace {
        config.default_namespace = namespace;
    }
    Ok((config, cluster.proxy_url))
}

/// What a program that fetches credentials may be told of a cluster; its authority is read on the way.
fn shown(cluster: &Cluster, name: &str) -> Result<ExecAuthCluster, ConfigError> {
    let unreadable = |error| ConfigError::Authority(name.to_owned(), chain(&error));
    ExecAuthCluster::try_from(cluster).map_err(unreadable)
}

fn authority(pem: Option<&[u8]>, cluster: &str) -> Result<Option<Vec<Vec<u8>>>, ConfigError> {
    let Some(pem) = pem else { return Ok(None) };
    let certificates = CertificateDer::pem_slice_iter(pem).map(|one| one.map(|der| der.to_vec()));
    let certificates: Result<Vec<_>, _> = certificates.collect();
    certificates.map(Some).map_err(|error| ConfigError::Authority(cluster.to_owned(), chain(&error)))
}

fn with_cluster(mut user: AuthInfo, shown: ExecAuthCluster) -> AuthInfo {
    if let Some(program) = user.exec.as_mut().filter(|program| program.provide_cluster_info) {
        program.cluster = Some(shown);
    }
    user
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    fn file() -> String {
        let authority = rcgen::generate_simple_self_signed(vec!["kubernetes.example".to_owned()]).unwrap();
        let authority = serde_json::to_string(&BASE64_STANDARD.encode(authority.cert.pem())).unwrap();
        format!(
            r#"{{"current-context": "a",
            "contexts": [
                {{"name": "a", "context": {{"cluster": "one", "user": "me", "namespace": "shop"}}}},
                {{"name": "b", "context": {{"cluster": "two", "user": "nobody"}}}},
                {{"name": "c", "context": {{"cluster": "three", "user": "nobody"}}}},
                {{"name": "d", "context": {{"cluster": "absent", "user": "me"}}}}],
            "clusters": [
                {{"name": "one", "cluster": {{"server": "https://kubernetes.example:6443",
                    "certificate-authority-data": {authority}, "tls-server-name": "kubernetes",
                    "proxy-url": "http://proxy.example"}}}},
                {{"name": "two", "cluster": {{"server": "https://10.0.0.1", "insecure-skip-tls-verify": true}}}},
                {{"name": "three", "cluster": {{"server": "https://10.0.0.1", "certificate-authority-data": "!"}}}}],
            "users": [{{"name": "me", "user": {{"exec": {{"command": "login",
                "apiVersion": "client.authentication.k8s.io/v1", "provideClusterInfo": true}}}}}}]}}"#
        )
    }

    fn of(context: Option<&str>) -> Result<(kube::Config, Option<String>), ConfigError> {
        configuration(Kubeconfig::from_yaml(&file()).unwrap(), context)
    }

    #[test]
    fn a_context_is_what_its_cluster_and_its_user_say() {
        let (config, proxy) = of(None).unwrap();
        assert_eq!(config.cluster_url, "https://kubernetes.example:6443/");
        assert_eq!(
            (config.default_namespace.as_str(), proxy.as_deref()),
            ("shop", Some("http://proxy.example"))
        );
        assert_eq!(config.tls_server_name.as_deref(), Some("kubernetes"));
        assert_eq!(config.root_cert.map(|certificates| certificates.len()), Some(1));
        let shown = config.auth_info.exec.unwrap().cluster.unwrap();
        assert_eq!(shown.server.as_deref(), Some("https://kubernetes.example:6443"));

        let (config, proxy) = of(Some("b")).unwrap();
        assert_eq!((config.default_namespace.as_str(), proxy), ("default", None));
        assert!(config.accept_invalid_certs && config.root_cert.is_none() && config.auth_info.exec.is_none());
        assert!(!of(None).unwrap().0.accept_invalid_certs);
    }

    #[test]
    fn what_is_absent_is_named() {
        for (context, said) in [
            ("x", "the kubeconfig has no context x"),
            ("d", "the kubeconfig has no cluster absent"),
            ("c", "the certificate authority of the cluster three cannot be read"),
        ] {
            let error = of(Some(context)).err().unwrap().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        let error = configuration(Kubeconfig::default(), None).err().unwrap();
        assert!(matches!(error, ConfigError::NoContext), "{error}");
    }
}
