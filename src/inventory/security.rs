//! Security contexts of pods and containers, as in the API.
//!
//! It must not decide what is safe. Next: [`super::pod`].

use serde::Deserialize;

use super::lenient::{list, null_is_default, present};

/// `securityContext` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSecurityContext {
    /// Refuse to start a container that would run as UID 0.
    pub run_as_non_root: Option<bool>,
    /// UID of every container that sets none.
    pub run_as_user: Option<i64>,
    /// Primary GID of every container that sets none.
    pub run_as_group: Option<i64>,
    /// GID that owns volumes.
    pub fs_group: Option<i64>,
    /// Further GIDs.
    #[serde(deserialize_with = "list")]
    pub supplemental_groups: Vec<i64>,
    /// Kernel parameters of the pod.
    #[serde(deserialize_with = "list")]
    pub sysctls: Vec<Sysctl>,
    /// seccomp profile of every container that sets none.
    pub seccomp_profile: Option<Box<Profile>>,
    /// `AppArmor` profile of every container that sets none.
    pub app_armor_profile: Option<Box<Profile>>,
    /// `SELinux` options of every container that sets none.
    pub se_linux_options: Option<Box<SeLinuxOptions>>,
    /// Windows options of every container that sets none.
    pub windows_options: Option<Box<WindowsOptions>>,
    /// Whether `readOnlyRootFilesystem` was written here, where the API does not know it. The API server
    /// prunes it, so only files have it; the same holds for the next two.
    #[serde(rename = "readOnlyRootFilesystem", deserialize_with = "present")]
    pub misplaced_read_only_root_filesystem: bool,
    /// Whether `allowPrivilegeEscalation` was written here.
    #[serde(rename = "allowPrivilegeEscalation", deserialize_with = "present")]
    pub misplaced_allow_privilege_escalation: bool,
    /// Whether `capabilities` was written here.
    #[serde(rename = "capabilities", deserialize_with = "present")]
    pub misplaced_capabilities: bool,
}

/// A kernel parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Sysctl {
    /// Its name, with dots or slashes.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// What it is set to.
    #[serde(deserialize_with = "null_is_default")]
    pub value: String,
}

impl PodSecurityContext {
    /// Whether it sets nothing that the API knows and a container would feel.
    pub fn is_empty(&self) -> bool {
        let known = Self {
            misplaced_read_only_root_filesystem: false,
            misplaced_allow_privilege_escalation: false,
            misplaced_capabilities: false,
            ..self.clone()
        };
        known == Self::default()
    }
}

/// `securityContext` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecurityContext {
    /// Overrides the pod's.
    pub run_as_non_root: Option<bool>,
    /// Overrides the pod's.
    pub run_as_user: Option<i64>,
    /// Overrides the pod's.
    pub run_as_group: Option<i64>,
    /// Root on the node, in effect.
    pub privileged: Option<bool>,
    /// Unset means true.
    pub allow_privilege_escalation: Option<bool>,
    /// Whether the root filesystem is mounted read-only.
    pub read_only_root_filesystem: Option<bool>,
    /// Capabilities added and dropped.
    pub capabilities: Option<Box<Capabilities>>,
    /// Overrides the pod's.
    pub seccomp_profile: Option<Box<Profile>>,
    /// Overrides the pod's.
    pub app_armor_profile: Option<Box<Profile>>,
    /// Overrides the pod's.
    pub se_linux_options: Option<Box<SeLinuxOptions>>,
    /// Overrides the pod's.
    pub windows_options: Option<Box<WindowsOptions>>,
    /// `Default` or `Unmasked`.
    pub proc_mount: Option<String>,
}

/// `capabilities` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Added to the runtime's default set.
    #[serde(deserialize_with = "list")]
    pub add: Vec<String>,
    /// Taken from the runtime's default set.
    #[serde(deserialize_with = "list")]
    pub drop: Vec<String>,
}

/// A seccomp or `AppArmor` profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// `RuntimeDefault`, `Localhost` or `Unconfined`.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
    /// Name of a profile on the node, with `Localhost`.
    pub localhost_profile: Option<String>,
}

/// `seLinuxOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct SeLinuxOptions {
    /// `SELinux` user label.
    #[serde(deserialize_with = "null_is_default")]
    pub user: String,
    /// `SELinux` role label.
    #[serde(deserialize_with = "null_is_default")]
    pub role: String,
    /// `SELinux` type label.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
}

/// `windowsOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowsOptions {
    /// User of the container's entrypoint.
    pub run_as_user_name: Option<String>,
    /// Whether it runs as a process of the host.
    pub host_process: Option<bool>,
}
