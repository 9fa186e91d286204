//! The controls of the Baseline standard.
//!
//! Next: [`super::restricted`].

use super::super::probe_list;
use super::{Control, Pod, Version, sysctls};
use crate::catalogue::Field;
use crate::inventory::default::APP_ARMOR_ANNOTATION;
use crate::inventory::security::{Profile, SeLinuxOptions};
use crate::inventory::volume::VolumeSource;

const fn always(id: &'static str, broken: fn(&Pod<'_>) -> Option<Field>) -> Control {
    Control { id, since: Version::minor(0), instead_of: None, broken }
}

/// By id.
pub(super) const CONTROLS: &[Control] = &[
    always("appArmorProfile", app_armor_profile),
    always("capabilities_baseline", capabilities),
    always("hostNamespaces", host_namespaces),
    always("hostPathVolumes", host_path_volumes),
    always("hostPorts", host_ports),
    Control { since: Version::minor(34), ..always("hostProbesAndHostLifecycle", host_probes_and_lifecycle) },
    always("privileged", privileged),
    always("procMount", proc_mount),
    always("seLinuxOptions", se_linux_options),
    always("seccompProfile_baseline", seccomp_profile),
    always("sysctls", sysctls),
    always("windowsHostProcess", windows_host_process),
];

/// What a container may add.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Whether a seccomp or `AppArmor` profile confines.
pub(super) fn confines(profile: &Profile) -> bool {
    matches!(profile.kind.as_str(), "RuntimeDefault" | "Localhost")
}

fn app_armor_profile(pod: &Pod<'_>) -> Option<Field> {
    let bad = |profile: &Option<Box<Profile>>| profile.as_ref().is_some_and(|profile| !confines(profile));
    let of_pod = bad(&pod.spec().security_context.app_armor_profile);
    let field = pod.anywhere("securityContext.appArmorProfile.type", of_pod, |container| {
        bad(&container.security_context.app_armor_profile)
    });
    // Of a container that does not exist, too.
    let annotation = || {
        let mut annotations = pod.workload.pod_annotations.iter();
        let bad = annotations.find(|(key, value)| {
            let good = value.is_empty() || *value == "runtime/default" || value.starts_with("localhost/");
            key.starts_with(APP_ARMOR_ANNOTATION) && !good
        });
        bad.map(|(key, _)| pod.annotation(key))
    };
    field.or_else(annotation)
}

fn capabilities(pod: &Pod<'_>) -> Option<Field> {
    added_beside(pod, CAPABILITIES)
}

/// The first capability added that is not one of these.
pub(super) fn added_beside(pod: &Pod<'_>, allowed: &[&str]) -> Option<Field> {
    pod.container(|container| {
        let added = &container.security_context.capabilities.as_ref()?.add;
        let index = added.iter().position(|name| !allowed.contains(&name.as_str()))?;
        Some(format!("securityContext.capabilities.add[{index}]"))
    })
}

fn host_namespaces(pod: &Pod<'_>) -> Option<Field> {
    let spec = pod.spec();
    let shared = [("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)];
    shared.into_iter().find(|(_, shared)| *shared).map(|(field, _)| Field::Pod(field.into()))
}

fn host_path_volumes(pod: &Pod<'_>) -> Option<Field> {
    let host_path = |source: Option<VolumeSource>| source == Some(VolumeSource::HostPath);
    let index = pod.spec().volumes.iter().position(|volume| host_path(volume.source))?;
    Some(Field::Pod(format!("volumes[{index}].hostPath").into()))
}

fn host_ports(pod: &Pod<'_>) -> Option<Field> {
    pod.container(|container| {
        let index = container.ports.iter().position(|port| port.host_port != 0)?;
        Some(format!("ports[{index}].hostPort"))
    })
}

fn host_probes_and_lifecycle(pod: &Pod<'_>) -> Option<Field> {
    pod.container(|container| probe_list::hosts(container).next().map(|(field, _)| field))
}

fn privileged(pod: &Pod<'_>) -> Option<Field> {
    pod.anywhere("securityContext.privileged", false, |container| {
        container.security_context.privileged == Some(true)
    })
}

fn proc_mount(pod: &Pod<'_>) -> Option<Field> {
    if pod.is_relaxed_by_user_namespace() { None } else { unmasked_proc(pod) }
}

/// The first container that sees all of `/proc`.
pub(super) fn unmasked_proc(pod: &Pod<'_>) -> Option<Field> {
    pod.anywhere("securityContext.procMount", false, |container| {
        container.security_context.proc_mount.as_deref().is_some_and(|kind| kind != "Default")
    })
}

fn se_linux_options(pod: &Pod<'_>) -> Option<Field> {
    let engine = pod.version >= Version::minor(31);
    let broken = |options: &Option<Box<SeLinuxOptions>>| {
        let options = options.as_ref()?;
        let confined = match options.kind.as_str() {
            "" | "container_t" | "container_init_t" | "container_kvm_t" => true,
            "container_engine_t" => engine,
            _ => false,
        };
        let broken =
            [("type", !confined), ("user", !options.user.is_empty()), ("role", !options.role.is_empty())];
        let (field, _) = broken.into_iter().find(|(_, broken)| *broken)?;
        Some(format!("securityContext.seLinuxOptions.{field}"))
    };
    let of_pod = broken(&pod.spec().security_context.se_linux_options).map(|path| Field::Pod(path.into()));
    of_pod.or_else(|| pod.container(|container| broken(&container.security_context.se_linux_options)))
}

fn seccomp_profile(pod: &Pod<'_>) -> Option<Field> {
    if pod.version < Version::minor(19) {
        return seccomp_annotation(pod);
    }
    unconfined_seccomp(pod)
}

/// The first seccomp profile that does not confine.
pub(super) fn unconfined_seccomp(pod: &Pod<'_>) -> Option<Field> {
    let bad = |profile: &Option<Box<Profile>>| profile.as_ref().is_some_and(|profile| !confines(profile));
    let of_pod = bad(&pod.spec().security_context.seccomp_profile);
    pod.anywhere("securityContext.seccompProfile.type", of_pod, |container| {
        bad(&container.security_context.seccomp_profile)
    })
}

/// Before the fields existed, annotations named the profiles.
fn seccomp_annotation(pod: &Pod<'_>) -> Option<Field> {
    let of_containers = pod.spec().all_containers().map(|(_, _, container)| {
        format!("container.seccomp.security.alpha.kubernetes.io/{}", container.name)
    });
    let mut keys =
        std::iter::once("seccomp.security.alpha.kubernetes.io/pod".to_owned()).chain(of_containers);
    let bad = |value: &str| {
        !matches!(value, "runtime/default" | "docker/default") && !value.starts_with("localhost/")
    };
    let key = keys.find(|key| pod.workload.pod_annotations.get(key).is_some_and(bad))?;
    Some(pod.annotation(&key))
}

fn sysctls(pod: &Pod<'_>) -> Option<Field> {
    let set = &pod.spec().security_context.sysctls;
    let index = set.iter().position(|sysctl| !sysctls::is_allowed(&sysctl.name, pod.version))?;
    Some(Field::Pod(format!("securityContext.sysctls[{index}].name").into()))
}

fn windows_host_process(pod: &Pod<'_>) -> Option<Field> {
    let of_pod = pod.spec().security_context.windows_options.as_deref();
    let of_pod = of_pod.is_some_and(|options| options.host_process == Some(true));
    pod.anywhere("securityContext.windowsOptions.hostProcess", of_pod, |container| {
        let options = container.security_context.windows_options.as_deref();
        options.is_some_and(|options| options.host_process == Some(true))
    })
}
