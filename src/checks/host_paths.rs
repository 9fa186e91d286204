//! Paths on the node that a pod reaches through its volumes.
//!
//! It must not say which of them are dangerous: the checks of the family `security` do. Paths are
//! compared once they are clean, and never as mere text: `/etcd` is not below `/etc`. Next: any of them.

use crate::catalogue::ContainerSubject;
use crate::inventory::pod::{PodSpec, Volume};
use crate::inventory::volume::VolumeMount;

/// A path without `//`, `.`, `..` and a slash at its end, from the root. Windows paths and pipes have
/// slashes and are in lower case, as Windows compares them.
pub(super) fn clean(path: &str) -> String {
    let windows = path.starts_with('\\') || path.get(1..2) == Some(":");
    let path = if windows { path.to_lowercase().replace('\\', "/") } else { path.to_owned() };
    let mut kept: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Whether a clean path is another one, or lies below it.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    let below = || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    folder == "/" || path == folder || below()
}

/// The pod's volumes that are paths on the node: index, volume, clean path.
pub(super) fn volumes(pod: &PodSpec) -> impl Iterator<Item = (usize, &Volume, String)> {
    let volumes = pod.volumes.iter().enumerate();
    volumes.filter_map(|(index, volume)| Some((index, volume, clean(volume.host_path.as_deref()?))))
}

/// A mount through which a container sees a path on the node.
#[derive(Clone, Debug)]
pub(super) struct HostMount<'a> {
    /// Its place in the container's list.
    pub(super) index: usize,
    /// The mount.
    pub(super) mount: &'a VolumeMount,
    /// The clean path on the node.
    pub(super) path: String,
}

/// The container's mounts of paths on the node.
pub(super) fn mounts<'a>(subject: &ContainerSubject<'a>) -> impl Iterator<Item = HostMount<'a>> {
    let pod = subject.pod();
    subject.container.volume_mounts.iter().enumerate().filter_map(move |(index, mount)| {
        let volume = pod.volumes.iter().find(|volume| *volume.name == *mount.name)?;
        let host_path = volume.host_path.as_deref()?;
        let below = mount.sub_path.as_deref().unwrap_or_default();
        Some(HostMount { index, mount, path: clean(&format!("{host_path}/{below}")) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in [
            ("/etc", "/etc"),
            ("/etc/", "/etc"),
            ("//etc//ssl/", "/etc/ssl"),
            ("/var/../etc/./ssl", "/etc/ssl"),
            ("/../..", "/"),
            ("", "/"),
            ("run/docker.sock", "/run/docker.sock"),
            (r"C:\Windows\", "/c:/windows"),
            (r"\\.\pipe\Docker_Engine", "/pipe/docker_engine"),
            (r"/a\b", r"/a\b"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_lies_within_a_folder_at_a_slash_only() {
        assert!(is_within("/etc", "/etc") && is_within("/etc/ssl", "/etc") && is_within("/etc", "/"));
        assert!(!is_within("/etcd", "/etc") && !is_within("/", "/etc") && !is_within("/var/etc", "/etc"));
    }
}
