//! Kubeconfig files: for the administrator, the components, and any service account.
//!
//! It must not invent a format: what is written is what `kubectl` and every client library read (JSON is
//! YAML).

use std::{
    fs,
    path::{Path, PathBuf},
};

use kube::config::Kubeconfig;
use serde_json::{Value, json};

use crate::Error;

/// Writes a kubeconfig with one cluster, one user and one context.
pub(crate) fn write(path: &Path, cluster: &Value, user: &Value, namespace: &str) -> Result<(), Error> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [
            {"name": "context", "context": {"cluster": "cluster", "user": "user", "namespace": namespace}},
        ],
        "current-context": "context",
    });
    store(path, &config)
}

/// Writes any kubeconfig.
pub(crate) fn store(path: &Path, config: &impl serde::Serialize) -> Result<(), Error> {
    let text = serde_json::to_vec_pretty(config).map_err(Error::json("encode a kubeconfig"))?;
    fs::write(path, text).map_err(Error::io(format!("write {}", path.display())))
}

/// A copy of a kubeconfig that the harness wrote, with what listens on this loopback port as the server; it lies
/// beside the original.
pub(crate) fn through(direct: &Path, port: u16) -> Result<PathBuf, Error> {
    let what = || format!("read {}", direct.display());
    let text = fs::read_to_string(direct).map_err(Error::io(what()))?;
    let mut config: Value = serde_json::from_str(&text).map_err(Error::json(what()))?;
    if let Some(server) = config.pointer_mut("/clusters/0/cluster/server") {
        *server = format!("https://127.0.0.1:{port}").into();
    }
    let name = direct.file_name().unwrap_or_default().to_string_lossy();
    let path = direct.with_file_name(format!("through-{port}-{name}"));
    store(&path, &config)?;
    Ok(path)
}

/// The cluster that the current context of a kubeconfig names.
pub(crate) fn current_cluster(config: &Kubeconfig) -> Result<Value, Error> {
    let context = config
        .contexts
        .iter()
        .find(|context| Some(&context.name) == config.current_context.as_ref())
        .and_then(|context| context.context.as_ref());
    let cluster = context.and_then(|context| {
        config.clusters.iter().find(|named| named.name == context.cluster)?.cluster.as_ref()
    });
    serde_json::to_value(cluster).map_err(Error::json("encode a cluster"))
}
