//! The one way to write a path that people spell in many.
//!
//! A file that had two names would be told twice, and be another one to whoever compares runs. It must not follow links:
//! their names are names. Next: [`super::files`].

use std::path::{Component, Path, PathBuf};

/// The same path as anybody would write it: without what leads nowhere. What is behind a link lies elsewhere than its
/// name says.
pub(in crate::cli) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() && is_own_folder(&plain) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    // The way up may lead back down.
    let plain = if plain.starts_with("..") { below_here(&plain).unwrap_or(plain) } else { plain };
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
}

/// The path from the folder that the command was started in, if it lies below; a link is not followed.
fn below_here(path: &Path) -> Option<PathBuf> {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).ok()?;
    let real = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => folder.canonicalize().ok()?.join(name),
        _ => path.canonicalize().ok()?,
    };
    real.strip_prefix(here).ok().map(Path::to_owned)
}

fn is_own_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|file| file.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_plain_whatever_it_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/deep")).unwrap();
        std::os::unix::fs::symlink("a/deep", at("link")).unwrap();
        for spelled in
            ["a/x.yaml", "./a/x.yaml", "a//x.yaml", "a/./x.yaml", "a/deep/../x.yaml", "a/../a/x.yaml"]
        {
            assert_eq!(plain(&at(spelled)), at("a/x.yaml"), "{spelled}");
        }
        assert_eq!(plain(&at("link/../x.yaml")), at("link/../x.yaml"), "which is a/x.yaml");
        assert_eq!(plain(&at("gone/../x.yaml")), at("gone/../x.yaml"), "which is not there");
        for (spelled, is) in
            [("./a", "a"), ("a/", "a"), ("./", "."), (".", "."), ("../a/", "../a"), ("/", "/")]
        {
            assert_eq!(plain(Path::new(spelled)), Path::new(is), "{spelled}");
        }
    }
}
