//! The ConfigMaps that a pod names, and where it names them.
//!
//! It must not look anything up. Next: `configuration/config_refs_exist.rs`.

use crate::inventory::container::Container;
use crate::inventory::files::Files;
use crate::inventory::pod::{PodSpec, Volume};

/// A ConfigMap that a pod names.
pub(super) struct MapReference<'a> {
    /// Path of the reference from the pod spec.
    pub(super) path: String,
    /// Name of the ConfigMap.
    pub(super) name: &'a str,
    /// The keys that must be in it, each with its path from the reference.
    pub(super) keys: Vec<(String, &'a str)>,
    /// Whether the pod starts without it.
    pub(super) optional: bool,
}

/// Every ConfigMap that a pod names: volumes first, then containers in their order.
pub(super) fn config_maps(pod: &PodSpec) -> Vec<MapReference<'_>> {
    let volumes = pod.volumes.iter().enumerate().flat_map(|(index, volume)| in_volume(index, volume));
    let containers = pod
        .all_containers()
        .flat_map(|(class, index, container)| in_container(&format!("{}[{index}]", class.list()), container));
    volumes.chain(containers).collect()
}

fn in_volume(index: usize, volume: &Volume) -> Vec<MapReference<'_>> {
    let path = format!("volumes[{index}]");
    let whole = volume.config_map.iter().map(|files| in_files(format!("{path}.configMap"), files));
    let parts = volume.projected.iter().flat_map(|projected| projected.sources.iter().enumerate());
    let parts = parts.filter_map(|(part, source)| {
        let files = source.config_map.as_ref()?;
        Some(in_files(format!("{path}.projected.sources[{part}].configMap"), files))
    });
    whole.chain(parts).collect()
}

fn in_files(path: String, files: &Files) -> MapReference<'_> {
    let items = files.items.iter().enumerate();
    MapReference {
        path,
        name: &files.name,
        keys: items.map(|(index, item)| (format!("items[{index}].key"), &*item.key)).collect(),
        optional: files.optional,
    }
}

fn in_container<'a>(path: &str, container: &'a Container) -> Vec<MapReference<'a>> {
    let single = container.env.iter().enumerate().filter_map(|(index, variable)| {
        let map = variable.config_map.as_ref()?;
        Some(MapReference {
            path: format!("{path}.env[{index}].valueFrom.configMapKeyRef"),
            name: &map.name,
            keys: vec![("key".to_owned(), &*map.key)],
            optional: map.optional,
        })
    });
    let whole = container.env_from.iter().enumerate().filter_map(|(index, source)| {
        let map = source.config_map.as_ref()?;
        Some(MapReference {
            path: format!("{path}.envFrom[{index}].configMapRef"),
            name: &map.name,
            keys: Vec::new(),
            optional: map.optional,
        })
    });
    single.chain(whole).collect()
}
