//! Opens files that were found, with as little work as the system allows.
//!
//! A run opens ten thousand files, folder by folder: the way to a folder is gone once for all that come from it in one
//! piece of work. It must not read them. Next: [`super::files`].

#[cfg(not(target_os = "linux"))]
use std::{fs::File, io, path::Path};

/// Opens files, many of one folder one behind the other.
#[derive(Debug, Default)]
pub(in crate::cli) struct Opener {
    #[cfg(target_os = "linux")]
    folder: Option<linux::Folder>,
}

#[cfg(not(target_os = "linux"))]
impl Opener {
    /// Opens a file for reading.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<File> {
        File::open(path)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::io::retry_on_intr;

    /// A folder, and how it was called.
    #[derive(Debug)]
    pub(super) struct Folder {
        path: Box<[u8]>,
        open: OwnedFd,
    }

    impl super::Opener {
        /// Opens a file for reading. As `File::open` does, but for the second call with which musl makes sure that no program
        /// that is started inherits it.
        pub(in crate::cli::load) fn open(&mut self, path: &Path) -> io::Result<File> {
            let bytes = path.as_os_str().as_bytes();
            let slash = bytes.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
            let file = match bytes.split_at(slash) {
                // Whatever is wrong with the folder is told of the file.
                (folder @ [_, ..], [_, name @ ..]) if !name.is_empty() => match self.folder(folder) {
                    Some(folder) => open(folder, name),
                    None => open(CWD, bytes),
                },
                _ => open(CWD, bytes),
            };
            Ok(file?.into())
        }

        fn folder(&mut self, path: &[u8]) -> Option<BorrowedFd<'_>> {
            if self.folder.as_ref().is_none_or(|folder| *folder.path != *path) {
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let open = openat(CWD, OsStr::from_bytes(path), flags, Mode::empty()).ok();
                self.folder = open.map(|open| Folder { path: path.into(), open });
            }
            self.folder.as_ref().map(|folder| folder.open.as_fd())
        }
    }

    fn open(folder: BorrowedFd<'_>, path: &[u8]) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(retry_on_intr(|| openat(folder, OsStr::from_bytes(path), flags, Mode::empty()))?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read as _};
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_opened_is_what_the_path_names_and_errors_are_those_of_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        for name in ["x", "a/x", "a/y", "a/b/x"] {
            std::fs::write(at(name), name).unwrap();
        }
        let mut opener = Opener::default();
        let mut read = |path: &Path| {
            let mut text = String::new();
            opener.open(path)?.read_to_string(&mut text)?;
            Ok::<_, io::Error>(text)
        };
        for name in ["x", "a/x", "a/y", "a/b/x", "a/b/../y", "a//x", "a/gone", "gone/x", "x/y", "a/b", "a/b/"]
        {
            let (ours, theirs) = (read(&at(name)), std::fs::read_to_string(at(name)));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{name}");
        }
        let (ours, theirs) = (read(Path::new("/")), std::fs::read_to_string("/"));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        for path in ["Cargo.toml", "gone", ""] {
            let (ours, theirs) = (read(Path::new(path)), std::fs::read_to_string(path));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{path}");
        }
    }
}
