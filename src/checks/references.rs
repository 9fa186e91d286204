//! The ConfigMaps and Secrets that a pod names, and where it names them.
//!
//! It must not look anything up. Next: `configuration/config_refs_exist.rs`, `secrets/secret_refs_exist.rs`.

use crate::inventory::container::{Container, ContainerClass};
use crate::inventory::env::{EnvFrom, EnvVar, KeyReference};
use crate::inventory::files::{Files, ProjectedSource};
use crate::inventory::pod::{PodSpec, Volume};

/// A ConfigMap or Secret that a pod names.
pub(super) struct Reference<'a> {
    /// Path of the reference from the pod spec.
    pub(super) path: String,
    /// The field of the reference that holds the name.
    pub(super) name_field: &'static str,
    /// Name of the ConfigMap or Secret.
    pub(super) name: &'a str,
    /// The keys that must be in it, each with its path from the reference.
    pub(super) keys: Vec<(String, &'a str)>,
    /// Whether the pod starts without it.
    pub(super) optional: bool,
}

/// Where a pod names objects of one kind, and what the fields are called.
struct Places {
    files: &'static str,
    files_name: &'static str,
    of_volume: fn(&Volume) -> Option<&Files>,
    of_part: fn(&ProjectedSource) -> Option<&Files>,
    key: &'static str,
    of_variable: fn(&EnvVar) -> Option<&KeyReference>,
    whole: &'static str,
    of_variables: fn(&EnvFrom) -> Option<&KeyReference>,
}

static CONFIG_MAPS: Places = Places {
    files: "configMap",
    files_name: "name",
    of_volume: |volume| volume.config_map.as_deref(),
    of_part: |part| part.config_map.as_deref(),
    key: "configMapKeyRef",
    of_variable: |variable| variable.config_map.as_deref(),
    whole: "configMapRef",
    of_variables: |source| source.config_map.as_deref(),
};

static SECRETS: Places = Places {
    files: "secret",
    files_name: "secretName",
    of_volume: |volume| volume.secret.as_deref(),
    of_part: |part| part.secret.as_deref(),
    key: "secretKeyRef",
    of_variable: |variable| variable.secret.as_deref(),
    whole: "secretRef",
    of_variables: |source| source.secret.as_deref(),
};

/// Every ConfigMap that a pod names: volumes first, then containers in their order.
pub(super) fn config_maps(pod: &PodSpec) -> Vec<Reference<'_>> {
    CONFIG_MAPS.of_pod(pod)
}

/// Every Secret that a pod names: volumes first, then containers in their order, then what images are pulled with.
pub(super) fn secrets(pod: &PodSpec) -> Vec<Reference<'_>> {
    let mut secrets = SECRETS.of_pod(pod);
    secrets.extend(pod.volumes.iter().enumerate().filter_map(|(index, volume)| told(index, volume)));
    let pulled = pod.image_pull_secrets.iter().enumerate().filter(|(_, secret)| !secret.name.is_empty());
    secrets.extend(pulled.map(|(index, secret)| whole(format!("imagePullSecrets[{index}]"), &secret.name)));
    secrets
}

/// Every Secret whose values a pod gets, as files or as variables.
pub(super) fn contents_of_secrets(pod: &PodSpec) -> Vec<Reference<'_>> {
    SECRETS.of_pod(pod)
}

/// Every Secret whose keys are files in a volume.
pub(super) fn secret_files(pod: &PodSpec) -> impl Iterator<Item = Reference<'_>> {
    pod.volumes.iter().enumerate().flat_map(|(index, volume)| SECRETS.in_volume(index, volume))
}

/// Every Secret of which a container has this key as a variable, or all keys.
pub(super) fn secret_variables<'a>(pod: &'a PodSpec, key: &str) -> impl Iterator<Item = Reference<'a>> {
    let is_meant = move |reference: &Reference<'_>| reference.keys.iter().all(|(_, named)| *named == key);
    let has_one = move |container: &Container| {
        let of_key = |variable: &EnvVar| variable.secret.as_ref().is_some_and(|secret| *secret.key == *key);
        container.env.iter().any(of_key) || container.env_from.iter().any(|source| source.secret.is_some())
    };
    let containers = pod.all_containers().filter(move |(.., container)| has_one(container));
    let named =
        containers.flat_map(|(class, index, container)| SECRETS.in_container((class, index), container));
    named.filter(is_meant)
}

/// The Secret that the driver of a volume is told of.
fn told(index: usize, volume: &Volume) -> Option<Reference<'_>> {
    let (field, name) = volume.driver.as_ref()?.secret.as_ref()?;
    let path = format!("volumes[{index}].{}", volume.source?.as_str());
    Some(Reference { name_field: field, ..whole(path, name) })
}

const fn whole(path: String, name: &str) -> Reference<'_> {
    Reference { path, name_field: "name", name, keys: Vec::new(), optional: false }
}

impl Places {
    fn of_pod<'a>(&self, pod: &'a PodSpec) -> Vec<Reference<'a>> {
        let volumes =
            pod.volumes.iter().enumerate().flat_map(|(index, volume)| self.in_volume(index, volume));
        let containers = pod
            .all_containers()
            .flat_map(|(class, index, container)| self.in_container((class, index), container));
        volumes.chain(containers).collect()
    }

    fn in_volume<'a>(&self, index: usize, volume: &'a Volume) -> Vec<Reference<'a>> {
        let path = || format!("volumes[{index}]");
        let own = (self.of_volume)(volume).map(|files| Reference {
            name_field: self.files_name,
            ..in_files(format!("{}.{}", path(), self.files), files)
        });
        let parts = volume.projected.iter().flat_map(|projected| projected.sources.iter().enumerate());
        let parts = parts.filter_map(|(part, source)| {
            let files = (self.of_part)(source)?;
            Some(in_files(format!("{}.projected.sources[{part}].{}", path(), self.files), files))
        });
        own.into_iter().chain(parts).collect()
    }

    fn in_container<'a>(
        &self,
        (class, index): (ContainerClass, usize),
        container: &'a Container,
    ) -> Vec<Reference<'a>> {
        let path = || format!("{}[{index}]", class.list());
        let single = container.env.iter().enumerate().filter_map(|(index, variable)| {
            let key = (self.of_variable)(variable)?;
            Some(Reference {
                keys: vec![("key".to_owned(), &*key.key)],
                optional: key.optional,
                ..whole(format!("{}.env[{index}].valueFrom.{}", path(), self.key), &key.name)
            })
        });
        let all = container.env_from.iter().enumerate().filter_map(|(index, source)| {
            let source = (self.of_variables)(source)?;
            let path = format!("{}.envFrom[{index}].{}", path(), self.whole);
            Some(Reference { optional: source.optional, ..whole(path, &source.name) })
        });
        single.chain(all).collect()
    }
}

fn in_files(path: String, files: &Files) -> Reference<'_> {
    let items = files.items.iter().enumerate();
    Reference {
        keys: items.map(|(index, item)| (format!("items[{index}].key"), &*item.key)).collect(),
        optional: files.optional,
        ..whole(path, &files.name)
    }
}
