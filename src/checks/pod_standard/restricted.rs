//! The controls that the Restricted standard adds to Baseline.
//!
//! Next: [`super::baseline`].

use super::baseline::{added_beside, confines, unconfined_seccomp, unmasked_proc};
use super::{Control, Pod, Version};
use crate::catalogue::Field;
use crate::inventory::volume::VolumeSource;

/// By id.
pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "allowPrivilegeEscalation",
        since: Version::minor(8),
        instead_of: None,
        broken: allow_privilege_escalation,
    },
    Control {
        id: "capabilities_restricted",
        since: Version::minor(22),
        instead_of: Some("capabilities_baseline"),
        broken: capabilities,
    },
    Control {
        id: "procMount_restricted",
        since: Version::minor(35),
        instead_of: Some("procMount"),
        broken: unmasked_proc,
    },
    Control {
        id: "restrictedVolumes",
        since: Version::minor(0),
        instead_of: Some("hostPathVolumes"),
        broken: volumes,
    },
    Control { id: "runAsNonRoot", since: Version::minor(0), instead_of: None, broken: run_as_non_root },
    Control { id: "runAsUser", since: Version::minor(23), instead_of: None, broken: run_as_user },
    Control {
        id: "seccompProfile_restricted",
        since: Version::minor(19),
        instead_of: Some("seccompProfile_baseline"),
        broken: seccomp_profile,
    },
];

/// Where the content of a volume may come from.
pub(in crate::checks) const VOLUME_SOURCES: &[VolumeSource] = &[
    VolumeSource::ConfigMap,
    VolumeSource::Csi,
    VolumeSource::DownwardApi,
    VolumeSource::EmptyDir,
    VolumeSource::Ephemeral,
    VolumeSource::Image,
    VolumeSource::PersistentVolumeClaim,
    VolumeSource::Projected,
    VolumeSource::Secret,
];

fn allow_privilege_escalation(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_exempt_windows() {
        return None;
    }
    pod.anywhere("securityContext.allowPrivilegeEscalation", false, |container| {
        container.security_context.allow_privilege_escalation != Some(false)
    })
}

fn capabilities(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_exempt_windows() {
        return None;
    }
    let kept = pod.anywhere("securityContext.capabilities.drop", false, |container| {
        let capabilities = container.security_context.capabilities.as_ref();
        !capabilities.is_some_and(|capabilities| capabilities.drop.iter().any(|name| name == "ALL"))
    });
    kept.or_else(|| added_beside(pod, &["NET_BIND_SERVICE"]))
}

fn volumes(pod: &Pod<'_>) -> Option<Field> {
    let allowed =
        |source: Option<VolumeSource>| source.is_some_and(|source| VOLUME_SOURCES.contains(&source));
    let (index, volume) =
        pod.spec().volumes.iter().enumerate().find(|(_, volume)| !allowed(volume.source))?;
    let source = volume.source.map_or_else(String::new, |source| format!(".{}", source.as_str()));
    Some(Field::Pod(format!("volumes[{index}]{source}").into()))
}

fn run_as_non_root(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_relaxed_by_user_namespace() {
        return None;
    }
    let of_pod = pod.spec().security_context.run_as_non_root;
    pod.anywhere("securityContext.runAsNonRoot", of_pod == Some(false), |container| {
        container.security_context.run_as_non_root.or(of_pod) != Some(true)
    })
}

fn run_as_user(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_relaxed_by_user_namespace() {
        return None;
    }
    let of_pod = pod.spec().security_context.run_as_user == Some(0);
    pod.anywhere("securityContext.runAsUser", of_pod, |container| {
        container.security_context.run_as_user == Some(0)
    })
}

fn seccomp_profile(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_exempt_windows() {
        return None;
    }
    let of_pod = pod.spec().security_context.seccomp_profile.as_deref();
    let set_on_pod = of_pod.is_some_and(confines);
    let unset = || {
        pod.anywhere("securityContext.seccompProfile.type", false, |container| {
            container.security_context.seccomp_profile.is_none() && !set_on_pod
        })
    };
    unconfined_seccomp(pod).or_else(unset)
}
