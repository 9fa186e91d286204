//! The Pod that the API server would make of a template, in every field that a check reads.
//!
//! It must not guess: each default is one that a dry-run create of a Pod shows, and the end-to-end
//! suite compares them. The other defaulting, of whole objects, is the decoder's: an absent field of a
//! lean type already means what the server would store. Source: `pkg/apis/core/v1/defaults.go` and
//! `pkg/registry/core/pod/strategy.go` of Kubernetes. Next: [`resources`] for requests and limits,
//! [`super::workload`].

pub mod resources;

use super::container::{Container, ContainerSettings, PullPolicy};
use super::files::TokenSource;
use super::image::ImageReference;
use super::labels::Labels;
use super::pod::{PodSpec, PodTemplate};
use super::probe::{HttpGetAction, Probe};
use super::security::Profile;
use super::volume::{EmptyDir, Volume, VolumeSource};

/// Prefix of the annotation that named a container's `AppArmor` profile before the field existed.
pub const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Prefix of the volume with a token that the server adds to a Pod, with random letters after it. Source:
/// `plugin/pkg/admission/serviceaccount` of Kubernetes.
const TOKEN_VOLUME: &str = "kube-api-access-";

/// Seconds for which it asks for that token.
const TOKEN_LASTS: i64 = 3607;

/// The spec of the Pod that the server makes of this template.
pub fn effective_pod(template: PodTemplate) -> PodSpec {
    let PodTemplate { metadata, mut spec } = template;
    default_pod(&mut spec);
    default_volumes(&mut spec.volumes);
    resources::default_resources(&mut spec);
    if spec.host_network {
        for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
            default_host_ports(container);
        }
    }
    for container in
        spec.containers.iter_mut().chain(&mut spec.init_containers).chain(&mut spec.ephemeral_containers)
    {
        default_probes(container);
        default_pull_policy(container);
        for port in &mut container.ports {
            if port.protocol.is_empty() {
                "TCP".clone_into(&mut port.protocol);
            }
        }
    }
    copy_app_armor_annotations(&metadata.annotations, &mut spec);
    spec
}

/// A live Pod has a volume that nobody asked for, and which no file has: the same Pod must get the same
/// verdict from both, and two Pods of one template must be equal. To a template the server adds none, and what is called
/// so and holds anything else is somebody's own.
pub(super) fn drop_token_volume(spec: &mut PodSpec) {
    let drops = |volume: &Volume| volume.name.starts_with(TOKEN_VOLUME) && is_as_the_server_makes_it(volume);
    let dropped: Vec<String> =
        spec.volumes.iter().filter(|volume| drops(volume)).map(|volume| volume.name.clone()).collect();
    if dropped.is_empty() {
        return;
    }
    spec.volumes = spec.volumes.iter().filter(|volume| !drops(volume)).cloned().collect();
    for container in
        spec.containers.iter_mut().chain(&mut spec.init_containers).chain(&mut spec.ephemeral_containers)
    {
        container.volume_mounts.retain(|mount| !dropped.iter().any(|name| **name == *mount.name));
    }
}

/// Whether nothing is in a volume but what the server puts there: a token for itself of a certain length, a ConfigMap, and
/// fields of the Pod.
fn is_as_the_server_makes_it(volume: &Volume) -> bool {
    let Some(projected) = &volume.projected else { return false };
    projected.sources.iter().all(|source| {
        let is_own =
            |token: &TokenSource| token.audience.is_empty() && token.expiration_seconds == Some(TOKEN_LASTS);
        source.secret.is_none() && source.service_account_token.as_deref().is_none_or(is_own)
    })
}

fn default_pod(spec: &mut PodSpec) {
    if spec.restart_policy.is_empty() {
        "Always".clone_into(&mut spec.restart_policy);
    }
    default_service_account(spec);
    spec.enable_service_links.get_or_insert(true);
    match spec.termination_grace_period_seconds {
        None => spec.termination_grace_period_seconds = Some(30),
        Some(seconds) if seconds < 0 => spec.termination_grace_period_seconds = Some(1),
        Some(_) => {}
    }
    for volume in spec.volumes.iter_mut() {
        if volume.source.is_none() {
            volume.source = Some(VolumeSource::EmptyDir);
            volume.empty_dir = Some(EmptyDir::default());
        }
    }
}

/// The older field counts when the newer one is empty; the server then gives both the same name. Where a file
/// says something else it stays, for whoever wants to say so.
fn default_service_account(spec: &mut PodSpec) {
    if *spec.service_account == *spec.service_account_name {
        spec.service_account = Box::default();
    }
    if spec.service_account_name.is_empty() {
        let name = if spec.service_account.is_empty() { "default" } else { &spec.service_account };
        spec.service_account_name = name.into();
    }
}

/// By the tag, also where there is a digest. A reference that cannot be read has no tag.
fn default_pull_policy(container: &mut Container) {
    if container.image_pull_policy == PullPolicy::Unset {
        let image = ImageReference::parse(&container.image).ok();
        let latest = image.and_then(|image| image.effective_tag()) == Some("latest");
        container.image_pull_policy = if latest { PullPolicy::Always } else { PullPolicy::IfNotPresent };
    }
}

fn default_volumes(volumes: &mut [Volume]) {
    for volume in volumes {
        for files in [&mut volume.secret, &mut volume.config_map].into_iter().flatten() {
            files.default_volume();
        }
        if let Some(projected) = &mut volume.projected {
            projected.default_volume();
        }
    }
}

/// With the node's network, a container port is a host port.
fn default_host_ports(container: &mut Container) {
    for port in &mut container.ports {
        if port.host_port == 0 {
            port.host_port = port.container_port;
        }
    }
}

fn default_probes(container: &mut ContainerSettings) {
    let probes =
        [&mut container.readiness_probe, &mut container.liveness_probe, &mut container.startup_probe];
    for probe in probes.into_iter().flatten() {
        default_probe(probe);
    }
    if let Some(lifecycle) = &mut container.lifecycle {
        let lifecycle = &mut **lifecycle;
        let handlers = [&mut lifecycle.post_start, &mut lifecycle.pre_stop].into_iter().flatten();
        handlers.filter_map(|handler| handler.http_get.as_deref_mut()).for_each(default_http_get);
    }
}

fn default_probe(probe: &mut Probe) {
    let defaults = [
        (&mut probe.timeout_seconds, 1),
        (&mut probe.period_seconds, 10),
        (&mut probe.success_threshold, 1),
        (&mut probe.failure_threshold, 3),
    ];
    for (field, default) in defaults {
        if *field == 0 {
            *field = default;
        }
    }
    probe.http_get.as_deref_mut().into_iter().for_each(default_http_get);
}

fn default_http_get(get: &mut HttpGetAction) {
    if get.path.is_empty() {
        "/".clone_into(&mut get.path);
    }
    if get.scheme.is_empty() {
        "HTTP".clone_into(&mut get.scheme);
    }
}

/// The server copies a legacy annotation to the field of a container that has none, unless the pod's
/// profile says the same (KEP-24).
fn copy_app_armor_annotations(annotations: &Labels, spec: &mut PodSpec) {
    if spec.is_windows() {
        return;
    }
    let pod_profile = spec.security_context.app_armor_profile.clone();
    for container in
        spec.containers.iter_mut().chain(&mut spec.init_containers).chain(&mut spec.ephemeral_containers)
    {
        if container.security_context.app_armor_profile.is_some() {
            continue;
        }
        let annotation = annotations.get(&format!("{APP_ARMOR_ANNOTATION}{}", container.name));
        let profile = annotation.and_then(app_armor_profile).map(Box::new);
        if profile.is_some() && profile != pod_profile {
            container.security_context.app_armor_profile = profile;
        }
    }
}

fn app_armor_profile(annotation: &str) -> Option<Profile> {
    let profile = |kind: &str, localhost: Option<&str>| Profile {
        kind: kind.to_owned(),
        localhost_profile: localhost.map(str::to_owned),
    };
    match annotation {
        "unconfined" => Some(profile("Unconfined", None)),
        "runtime/default" => Some(profile("RuntimeDefault", None)),
        other => other
            .strip_prefix("localhost/")
            .filter(|name| !name.is_empty())
            .map(|name| profile("Localhost", Some(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::{Kind, Object};

    fn effective(json: &str) -> PodSpec {
        effective_pod(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_legacy_annotation_becomes_the_profile_of_its_container() {
        let pod = effective(
            r#"{"metadata":{"annotations":{"container.apparmor.security.beta.kubernetes.io/a":"unconfined"}},
                "spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
        );
        let kinds: Vec<_> = pod
            .containers
            .iter()
            .map(|c| c.security_context.app_armor_profile.as_ref().map(|p| &*p.kind))
            .collect();
        assert_eq!(kinds, [Some("Unconfined"), None]);
    }

    #[test]
    fn a_volume_without_a_source_is_an_empty_dir() {
        let pod = effective(r#"{"spec":{"volumes":[{"name":"v"},{"name":"w","configMap":{}}]}}"#);
        let scratch: Vec<_> = pod.volumes.iter().map(|volume| volume.empty_dir.is_some()).collect();
        assert_eq!(scratch, [true, false]);
    }

    #[test]
    fn the_volume_with_a_token_that_the_server_adds_to_a_pod_is_not_there() {
        let volumes = |kind: Kind, source: &str| {
            let pod = format!(
                r#"{{"volumes":[{{"name":"kube-api-access-x7k2p","projected":{{"sources":[{source}]}}}},{{"name":"v","projected":{{}}}}],
                    "containers":[{{"name":"a","volumeMounts":[{{"name":"v"}},{{"name":"kube-api-access-x7k2p"}}]}}]}}"#
            );
            let spec = if kind == Kind::Pod { pod } else { format!(r#"{{"template":{{"spec":{pod}}}}}"#) };
            let Object::Workload(workload) = decode(kind, &format!(r#"{{"spec":{spec}}}"#)).unwrap() else {
                panic!("{kind}")
            };
            (workload.pod.volumes.len(), workload.pod.containers[0].volume_mounts.len())
        };
        let own = r#"{"serviceAccountToken":{"path":"token","expirationSeconds":3607}},{"configMap":{"name":"kube-root-ca.crt"}}"#;
        assert_eq!(volumes(Kind::Pod, own), (1, 1));
        assert_eq!(volumes(Kind::Deployment, own), (2, 2), "the server adds nothing to a template");
        for other in [
            r#"{"serviceAccountToken":{"path":"token","expirationSeconds":86400}}"#,
            r#"{"serviceAccountToken":{"path":"token","expirationSeconds":3607,"audience":"vault"}}"#,
            r#"{"secret":{"name":"s"}}"#,
        ] {
            assert_eq!(volumes(Kind::Pod, other), (2, 2), "{other}");
        }
    }

    #[test]
    fn host_network_makes_container_ports_host_ports() {
        let pod = effective(
            r#"{"spec":{"hostNetwork":true,"containers":[{"name":"a","ports":[{"containerPort":80}]}]}}"#,
        );
        assert_eq!(pod.containers[0].ports[0].host_port, 80);
    }
}
