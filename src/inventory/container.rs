//! A container and its class.
//!
//! It must not know effective values that come from the pod: [`super::pod`] does.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer};

use super::command::Arguments;
use super::credential::redact;
use super::env::{EnvFrom, EnvVar};
use super::exploit::{Exploit, working_dir};
use super::lenient::{list, null_is_default};
use super::name::Name;
use super::probe::{Lifecycle, Probe};
use super::resources::Resources;
use super::security::SecurityContext;
use super::shared::Shared;
use super::volume::VolumeMount;

/// What a container is to its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerClass {
    /// One of `containers`.
    App,
    /// One of `initContainers` with `restartPolicy: Always`: runs beside the app (KEP-753).
    Sidecar,
    /// One of the other `initContainers`: runs to its end before the app starts.
    Init,
    /// One of `ephemeralContainers`: added to a live pod to debug it. Has no resources, ports, probes
    /// or lifecycle.
    Ephemeral,
}

impl ContainerClass {
    /// Every class, in order.
    pub const ALL: &'static [Self] = &[Self::App, Self::Sidecar, Self::Init, Self::Ephemeral];

    /// The list of the pod spec that holds containers of this class.
    pub const fn list(self) -> &'static str {
        match self {
            Self::App => "containers",
            Self::Sidecar | Self::Init => "initContainers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }

    /// The class in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "container",
            Self::Sidecar => "sidecar container",
            Self::Init => "init container",
            Self::Ephemeral => "ephemeral container",
        }
    }
}

impl fmt::Display for ContainerClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A container of any class, lean: what is its own, and through it, as fields of its own, what it has in common with
/// the containers of one chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "ContainerSettings")]
pub struct Container {
    /// Name, unique in the pod.
    pub name: Name,
    /// Image reference; without the password that people try to put into one.
    pub image: Box<str>,
    /// Everything else.
    pub settings: Shared<ContainerSettings>,
}

impl Deref for Container {
    type Target = ContainerSettings;

    fn deref(&self) -> &ContainerSettings {
        &self.settings
    }
}

impl DerefMut for Container {
    fn deref_mut(&mut self) -> &mut ContainerSettings {
        &mut self.settings
    }
}

impl From<ContainerSettings> for Container {
    fn from(mut read: ContainerSettings) -> Self {
        let (name, image) = (std::mem::take(&mut read.read_name), std::mem::take(&mut read.read_image));
        Self { name, image, settings: read.into() }
    }
}

/// What a container says beside its name and image: many say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "struct Container")]
pub struct ContainerSettings {
    /// The container's name, until it is there.
    #[serde(rename = "name", deserialize_with = "null_is_default")]
    read_name: Name,
    /// The container's image, until it is there.
    #[serde(rename = "image", deserialize_with = "redacted")]
    read_image: Box<str>,
    /// When the image is pulled.
    #[serde(deserialize_with = "null_is_default")]
    pub image_pull_policy: PullPolicy,
    /// What is noteworthy in the entrypoint.
    pub command: Arguments,
    /// What is noteworthy in the arguments.
    pub args: Arguments,
    /// What is known to be exploited in its working directory.
    #[serde(deserialize_with = "working_dir")]
    pub working_dir: Option<Exploit>,
    /// Variables, without their values.
    #[serde(deserialize_with = "list")]
    pub env: Vec<EnvVar>,
    /// Variables from whole Secrets and `ConfigMap`s.
    #[serde(deserialize_with = "list")]
    pub env_from: Vec<EnvFrom>,
    /// `Always` on an init container makes it a sidecar.
    pub restart_policy: Option<String>,
    /// Whether it keeps a standard input.
    #[serde(deserialize_with = "null_is_default")]
    pub stdin: bool,
    /// Whether it has a terminal.
    #[serde(deserialize_with = "null_is_default")]
    pub tty: bool,
    /// Volumes of the pod that it sees.
    #[serde(deserialize_with = "list")]
    pub volume_mounts: Vec<VolumeMount>,
    /// What it does after its start and before its end.
    pub lifecycle: Option<Shared<Lifecycle>>,
    /// Declared ports.
    #[serde(deserialize_with = "list")]
    pub ports: Vec<ContainerPort>,
    /// Requests and limits.
    #[serde(deserialize_with = "null_is_default")]
    pub resources: Shared<Resources>,
    /// Security context.
    #[serde(deserialize_with = "null_is_default")]
    pub security_context: Shared<SecurityContext>,
    /// Whether the container gets traffic.
    pub readiness_probe: Option<Shared<Probe>>,
    /// Whether the container is restarted.
    pub liveness_probe: Option<Shared<Probe>>,
    /// Holds the other two back until it succeeds.
    pub startup_probe: Option<Shared<Probe>>,
}

/// `imagePullPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum PullPolicy {
    /// Not set; the server decides by the tag.
    #[default]
    Unset,
    /// The registry is asked at every start of a container.
    Always,
    /// Only when the node does not have it.
    IfNotPresent,
    /// The node has it, or the container does not start.
    Never,
    /// What the server refuses.
    Invalid,
}

impl From<String> for PullPolicy {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" => Self::Unset,
            "Always" => Self::Always,
            "IfNotPresent" => Self::IfNotPresent,
            "Never" => Self::Never,
            _ => Self::Invalid,
        }
    }
}

fn redacted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<str>, D::Error> {
    null_is_default(deserializer).map(|image| redact(image).into())
}

/// One of a container's declared ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// Name, empty for none.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Port in the pod.
    #[serde(deserialize_with = "null_is_default")]
    pub container_port: i64,
    /// Port on the node, 0 for none.
    #[serde(deserialize_with = "null_is_default")]
    pub host_port: i64,
    /// `TCP` (the API's default when empty), `UDP` or `SCTP`.
    #[serde(deserialize_with = "null_is_default")]
    pub protocol: String,
}
