//! Whether two names are names of one file: by where it really lies, or by what the system knows it by.
//!
//! A hard link is another name that no path leads to. It must not read files. Next: [`super::spared`], which asks.

use std::path::Path;

/// Whether both names are there and are the same file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    match (identity(one), identity(other)) {
        (Some(one), Some(other)) => one == other,
        _ => real(one).is_some_and(|one| real(other).is_some_and(|other| one == other)),
    }
}

/// What a file is known by that has more names than one in folders; nothing of any other.
pub(super) fn linked(path: &Path) -> Option<Identity> {
    system::linked(path)
}

/// The same of any file.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    system::identity(path)
}

/// A file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    number: u64,
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use super::Identity;

    pub(super) fn identity(path: &Path) -> Option<Identity> {
        let found = path.metadata().ok()?;
        Some(Identity { device: found.dev(), number: found.ino() })
    }

    pub(super) fn linked(path: &Path) -> Option<Identity> {
        let found = path.metadata().ok()?;
        (found.nlink() > 1).then(|| Identity { device: found.dev(), number: found.ino() })
    }
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    use super::Identity;

    pub(super) const fn identity(_: &Path) -> Option<Identity> {
        None
    }

    pub(super) const fn linked(_: &Path) -> Option<Identity> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_names_of_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        assert!(is_same(&at("a"), &at("hard")) && is_same(&at("a"), &at("a")));
        assert!(!is_same(&at("a"), &at("b")) && !is_same(&at("a"), &at("gone")));
        assert!(linked(&at("a")).is_some() && linked(&at("a")) == linked(&at("hard")));
        assert_eq!(linked(&at("b")), None);
    }
}
