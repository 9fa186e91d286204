//! Pods and pod templates, lean.
//!
//! It must not judge. Next: [`super::default`] makes the effective pod that checks read.

use serde::Deserialize;

use super::container::{Container, ContainerClass};
use super::lenient::{list, null_is_default, string_map};
use super::quantity::QuantityValue;
use super::resources::Resources;
use super::security::PodSecurityContext;
use super::small_map::Labels;

/// `template` of a workload, or the same part of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: TemplateMetadata,
    /// Spec of the pods.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PodSpec,
}

/// `metadata` of a pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TemplateMetadata {
    /// Labels of the pods.
    #[serde(deserialize_with = "string_map")]
    pub labels: Labels,
    /// Annotations of the pods.
    #[serde(deserialize_with = "string_map")]
    pub annotations: Labels,
}

/// `spec` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// App containers.
    #[serde(deserialize_with = "list")]
    pub containers: Vec<Container>,
    /// Init and sidecar containers.
    #[serde(deserialize_with = "list")]
    pub init_containers: Vec<Container>,
    /// Debug containers of a live pod.
    #[serde(deserialize_with = "list")]
    pub ephemeral_containers: Vec<Container>,
    /// Pod-level security context.
    #[serde(deserialize_with = "null_is_default")]
    pub security_context: PodSecurityContext,
    /// Pod-level requests and limits (KEP-2837).
    #[serde(deserialize_with = "null_is_default")]
    pub resources: Resources,
    /// Share the node's network namespace.
    #[serde(deserialize_with = "null_is_default")]
    pub host_network: bool,
    /// Share the node's process namespace.
    #[serde(rename = "hostPID", deserialize_with = "null_is_default")]
    pub host_pid: bool,
    /// Share the node's IPC namespace.
    #[serde(rename = "hostIPC", deserialize_with = "null_is_default")]
    pub host_ipc: bool,
    /// `false` gives the pod a user namespace (KEP-127); unset means true.
    pub host_users: Option<bool>,
    /// Operating system.
    #[serde(deserialize_with = "null_is_default")]
    pub os: PodOs,
    /// `Always` (the API's default), `OnFailure` or `Never`.
    #[serde(deserialize_with = "null_is_default")]
    pub restart_policy: String,
    /// Seconds between SIGTERM and SIGKILL; the API's default is 30.
    pub termination_grace_period_seconds: Option<i64>,
    /// Name of the ServiceAccount; the API's default is `default`.
    #[serde(deserialize_with = "null_is_default")]
    pub service_account_name: String,
    /// Volumes.
    #[serde(deserialize_with = "list")]
    pub volumes: Vec<Volume>,
}

/// `os` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodOs {
    /// `linux`, `windows` or empty.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
}

/// One of a pod's volumes, reduced to the sources that checks read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// Name, unique in the pod.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Scratch space that dies with the pod.
    pub empty_dir: Option<EmptyDir>,
}

/// `emptyDir`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmptyDir {
    /// Empty for the node's disk, `Memory` for tmpfs.
    #[serde(deserialize_with = "null_is_default")]
    pub medium: String,
    /// The most it may hold.
    pub size_limit: Option<QuantityValue>,
}

impl PodSpec {
    /// Whether the pod says that it runs on Windows (`spec.os.name`, which alone is authoritative).
    pub fn is_windows(&self) -> bool {
        self.os.name == "windows"
    }

    /// Every container with its class and its index in its list: app containers first, then sidecar
    /// and init containers in their order, then ephemeral ones.
    pub fn all_containers(&self) -> impl Iterator<Item = (ContainerClass, usize, &Container)> {
        let app = self.containers.iter().enumerate().map(|(index, c)| (ContainerClass::App, index, c));
        let init = self.init_containers.iter().enumerate().map(|(index, c)| {
            let sidecar = c.restart_policy.as_deref() == Some("Always");
            (if sidecar { ContainerClass::Sidecar } else { ContainerClass::Init }, index, c)
        });
        let ephemeral = self
            .ephemeral_containers
            .iter()
            .enumerate()
            .map(|(index, c)| (ContainerClass::Ephemeral, index, c));
        app.chain(init).chain(ephemeral)
    }
}
