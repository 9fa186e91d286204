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
    let path = if is_of_windows(path) { path.to_lowercase().replace('\\', "/") } else { path.to_owned() };
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

/// Whether a clean path is one that may have `*` in the place of a name, or lies above it.
pub(super) fn leads_to(path: &str, pattern: &str) -> bool {
    let mut wanted = names(pattern);
    names(path).all(|name| wanted.next().is_some_and(|wanted| wanted == "*" || wanted == name))
}

/// The names that a path is made of.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// A path as a message shows it: clean, and one of Windows as it is written.
fn shown(path: &str, below: &str) -> String {
    match below {
        _ if !is_of_windows(path) => clean(&format!("{path}/{below}")),
        "" => path.to_owned(),
        below => format!(r"{}\{below}", path.trim_end_matches(['\\', '/'])),
    }
}

fn is_of_windows(path: &str) -> bool {
    path.starts_with('\\') || path.get(1..2) == Some(":")
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
    /// The path as a message shows it.
    pub(super) shown: String,
}

/// The container's mounts of paths on the node.
pub(super) fn mounts<'a>(subject: &ContainerSubject<'a>) -> impl Iterator<Item = HostMount<'a>> {
    let pod = subject.pod();
    subject.container.volume_mounts.iter().enumerate().filter_map(move |(index, mount)| {
        let volume = pod.volumes.iter().find(|volume| *volume.name == *mount.name)?;
        let host_path = volume.host_path.as_deref()?;
        let below = mount.sub_path.as_deref().unwrap_or_default();
        let path = clean(&format!("{host_path}/{below}"));
        Some(HostMount { index, mount, path, shown: shown(host_path, below) })
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
    fn a_star_in_a_pattern_is_one_name() {
        for path in ["/", "/run", "/run/user/1000", "/run/user/1000/podman/podman.sock"] {
            assert!(leads_to(path, "/run/user/*/podman/podman.sock"), "{path}");
        }
        for path in ["/run/users", "/run/user/1000/bus", "/run/user/1000/podman/podman.sock/x"] {
            assert!(!leads_to(path, "/run/user/*/podman/podman.sock"), "{path}");
        }
    }

    #[test]
    fn a_path_of_windows_is_shown_as_it_is_written() {
        assert_eq!(shown(r"\\.\pipe\Docker_Engine", ""), r"\\.\pipe\Docker_Engine");
        assert_eq!(shown(r"C:\", "logs"), r"C:\logs");
        assert_eq!(shown("/run//docker.sock/", ""), "/run/docker.sock");
    }

    #[test]
    fn a_path_lies_within_a_folder_at_a_slash_only() {
        assert!(is_within("/etc", "/etc") && is_within("/etc/ssl", "/etc") && is_within("/etc", "/"));
        assert!(!is_within("/etcd", "/etc") && !is_within("/", "/etc") && !is_within("/var/etc", "/etc"));
    }
}
