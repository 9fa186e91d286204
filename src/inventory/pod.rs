//! Pods and pod templates, lean.
//!
//! It must not judge. Next: [`super::default`] makes the effective pod that checks read.

use std::mem::take;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer};

use super::container::{Container, ContainerClass};
use super::labels::Labels;
use super::lenient::{holds_any, list, null_is_default, string_map};
use super::metadata::annotations;
use super::name::Name;
use super::resources::Resources;
use super::scheduling::{Affinity, NodeSelector, Tolerations, TopologySpreadConstraint};
use super::security::PodSecurityContext;
use super::shared::Shared;
pub use super::volume::{EmptyDir, Volume};

/// `template` of a workload, or the same part of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct TemplateMetadata {
    /// Labels of the pods.
    #[serde(deserialize_with = "string_map")]
    pub labels: Labels,
    /// Annotations of the pods, without the credentials in them.
    #[serde(deserialize_with = "annotations")]
    pub annotations: Labels,
}

/// `spec` of a pod: what is its own, and through it, as fields of its own, what it has in common with the pods of one
/// chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "PodSettings")]
pub struct PodSpec {
    /// App containers.
    pub containers: Box<[Container]>,
    /// Init and sidecar containers.
    pub init_containers: Box<[Container]>,
    /// Debug containers of a live pod.
    pub ephemeral_containers: Box<[Container]>,
    /// Name of the ServiceAccount; the API's default is `default`.
    pub service_account_name: Name,
    /// Volumes.
    pub volumes: Shared<[Volume]>,
    /// Which nodes, and which pods to stay away from.
    pub affinity: Option<Box<Affinity>>,
    /// How the pods are spread.
    pub topology_spread_constraints: Box<[TopologySpreadConstraint]>,
    /// Everything else.
    pub settings: Shared<PodSettings>,
}

impl Deref for PodSpec {
    type Target = PodSettings;

    fn deref(&self) -> &PodSettings {
        &self.settings
    }
}

impl DerefMut for PodSpec {
    fn deref_mut(&mut self) -> &mut PodSettings {
        &mut self.settings
    }
}

impl From<PodSettings> for PodSpec {
    fn from(mut read: PodSettings) -> Self {
        Self {
            containers: take(&mut read.read_containers).into(),
            init_containers: take(&mut read.read_init_containers).into(),
            ephemeral_containers: take(&mut read.read_ephemeral_containers).into(),
            service_account_name: take(&mut read.read_service_account_name),
            volumes: take(&mut read.read_volumes).into_iter().collect(),
            affinity: take(&mut read.read_affinity),
            topology_spread_constraints: take(&mut read.read_topology_spread_constraints).into(),
            settings: read.into(),
        }
    }
}

/// What a pod says beside what is its own: many say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "struct PodSpec")]
#[expect(clippy::struct_excessive_bools, reason = "they are the API's")]
pub struct PodSettings {
    /// What is the pod's own, until it is there.
    #[serde(rename = "containers", deserialize_with = "list")]
    read_containers: Vec<Container>,
    #[serde(rename = "initContainers", deserialize_with = "list")]
    read_init_containers: Vec<Container>,
    #[serde(rename = "ephemeralContainers", deserialize_with = "list")]
    read_ephemeral_containers: Vec<Container>,
    #[serde(rename = "serviceAccountName", deserialize_with = "null_is_default")]
    read_service_account_name: Name,
    #[serde(rename = "volumes", deserialize_with = "list")]
    read_volumes: Vec<Volume>,
    #[serde(rename = "affinity")]
    read_affinity: Option<Box<Affinity>>,
    #[serde(rename = "topologySpreadConstraints", deserialize_with = "list")]
    read_topology_spread_constraints: Vec<TopologySpreadConstraint>,
    /// Pod-level security context.
    #[serde(deserialize_with = "null_is_default")]
    pub security_context: Shared<PodSecurityContext>,
    /// Pod-level requests and limits (KEP-2837).
    #[serde(deserialize_with = "null_is_default")]
    pub resources: Shared<Resources>,
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
    /// Whether the containers see each other's processes.
    #[serde(deserialize_with = "null_is_default")]
    pub share_process_namespace: bool,
    /// Whether lines are added to the containers' `/etc/hosts`.
    #[serde(deserialize_with = "holds_any")]
    pub host_aliases: bool,
    /// `RuntimeClass` that the pod names.
    pub runtime_class_name: Option<Box<str>>,
    /// Operating system.
    #[serde(deserialize_with = "null_is_default")]
    pub os: PodOs,
    /// `Always` (the API's default), `OnFailure` or `Never`.
    #[serde(deserialize_with = "null_is_default")]
    pub restart_policy: String,
    /// Seconds between SIGTERM and SIGKILL; the API's default is 30.
    pub termination_grace_period_seconds: Option<i64>,
    /// Whether the pods get a token for the API server; unset leaves it to the ServiceAccount.
    #[serde(rename = "automountServiceAccountToken")]
    pub automount_token: Option<bool>,
    /// The ServiceAccount in the field that came before. The server gives both fields the same name; so this
    /// is kept only of a file where it is not the same, with the name in it.
    #[serde(deserialize_with = "null_is_default")]
    pub service_account: Box<str>,
    /// Credentials for pulling images.
    #[serde(deserialize_with = "list")]
    pub image_pull_secrets: Vec<LocalReference>,
    /// Seconds after which the pod is ended.
    pub active_deadline_seconds: Option<i64>,
    /// The node, where a template names one; the scheduler's choice for a live pod is not kept.
    #[serde(deserialize_with = "text")]
    pub node_name: Option<Box<str>>,
    /// Labels that the node must have.
    #[serde(deserialize_with = "string_map")]
    pub node_selector: Labels,
    /// Taints of nodes that do not keep it off.
    pub tolerations: Tolerations,
    /// Name of the `PriorityClass`, where one is named.
    #[serde(deserialize_with = "text")]
    pub priority_class_name: Option<Box<str>>,
    /// Whether containers get variables for Services; the API's default is true.
    pub enable_service_links: Option<bool>,
    /// How names are resolved; absent for the API's default, `ClusterFirst`.
    #[serde(deserialize_with = "unless_cluster_first")]
    pub dns_policy: Option<Box<str>>,
    /// Settings of the resolver.
    pub dns_config: Option<Box<DnsConfig>>,
}

/// A text; an empty one is none, as it is for the server.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
    let text: Option<Box<str>> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn unless_cluster_first<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
    Ok(text(deserializer)?.filter(|policy| **policy != *"ClusterFirst"))
}

/// `dnsConfig` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct DnsConfig {
    /// Options of the resolver, as in `resolv.conf`.
    #[serde(deserialize_with = "list")]
    pub options: Vec<DnsOption>,
}

/// One of the resolver's options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct DnsOption {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Value, for an option that has one.
    pub value: Option<String>,
}

/// The name of an object in the pod's namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct LocalReference {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
}

/// `os` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct PodOs {
    /// `linux`, `windows` or empty.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
}

impl PodSpec {
    /// Whether the pod says that it runs on Windows (`spec.os.name`, which alone is authoritative).
    pub fn is_windows(&self) -> bool {
        self.os.name == "windows"
    }

    /// Names of the `ConfigMap`s that the pod names, with repetitions.
    pub fn config_map_names(&self) -> impl Iterator<Item = &str> {
        let volumes = self.volumes.iter().flat_map(|volume| {
            let parts = volume.projected.iter().flat_map(|projected| &projected.sources);
            volume.config_map.iter().chain(parts.filter_map(|part| part.config_map.as_ref()))
        });
        let containers = self.all_containers().flat_map(|(_, _, container)| {
            let single = container.env.iter().filter_map(|variable| variable.config_map.as_ref());
            single.chain(container.env_from.iter().filter_map(|source| source.config_map.as_ref()))
        });
        volumes.map(|files| &*files.name).chain(containers.map(|key| &*key.name))
    }

    /// Names of the PersistentVolumeClaims that the pod mounts, with repetitions.
    pub fn claim_names(&self) -> impl Iterator<Item = &str> {
        self.volumes.iter().filter_map(|volume| volume.claim.as_deref())
    }

    /// Names of the Secrets that the pod names, in whatever place, with repetitions.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        let volumes = self.volumes.iter().flat_map(|volume| {
            let parts = volume.projected.iter().flat_map(|projected| &projected.sources);
            let files = volume.secret.iter().chain(parts.filter_map(|part| part.secret.as_ref()));
            let driver = volume.driver.iter().filter_map(|driver| driver.secret.as_ref());
            files.map(|files| &*files.name).chain(driver.map(|(_, name)| &**name))
        });
        let containers = self.all_containers().flat_map(|(_, _, container)| {
            let single = container.env.iter().filter_map(|variable| variable.secret.as_ref());
            single.chain(container.env_from.iter().filter_map(|source| source.secret.as_ref()))
        });
        let pulled = self.image_pull_secrets.iter().map(|secret| &*secret.name);
        volumes.chain(containers.map(|key| &*key.name)).chain(pulled)
    }

    /// The nodes that its affinity requires, if it requires some.
    pub fn required_nodes(&self) -> Option<&NodeSelector> {
        self.affinity.as_ref()?.node_affinity.required.as_ref()
    }

    /// Whether it may run on certain nodes only, whatever keeps it off others.
    pub fn asks_for_nodes(&self) -> bool {
        !self.node_selector.is_empty() || self.required_nodes().is_some()
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
