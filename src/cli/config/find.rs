//! Which configuration file is the nearest above an input.
//!
//! It must not read any. Next: [`super::read`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::FILE_NAME;
use crate::cli::input::glob;

/// The files above these inputs, each once, in order of path.
pub(super) fn above(paths: &[PathBuf]) -> Vec<PathBuf> {
    let nearest: BTreeSet<PathBuf> = paths.iter().filter_map(|path| nearest(path)).collect();
    nearest.into_iter().collect()
}

fn nearest(path: &Path) -> Option<PathBuf> {
    let folder = folder(path).canonicalize().ok()?;
    folder.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.symlink_metadata().is_ok())
}

/// Where the search for an input's file begins.
fn folder(path: &Path) -> PathBuf {
    if path.as_os_str() == "-" {
        return PathBuf::from(".");
    }
    let start = if glob::is_pattern(path) { glob::base(path) } else { path.to_owned() };
    if start.is_dir() {
        return start;
    }
    match start.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A path as people read it: relative to the folder that the command was started in, where it lies below.
pub(in crate::cli) fn readable(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_above_each_input_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("team/app")).unwrap();
        std::fs::create_dir_all(root.join("other")).unwrap();
        for name in [FILE_NAME, "team/.seaworthy.yaml", "team/app/a.yaml", "other/b.yaml"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        let found = |path: &str| above(&[root.join(path)]);
        assert_eq!(found("team/app/a.yaml"), [root.join("team/.seaworthy.yaml")]);
        assert_eq!(found("team/app/*.yaml"), [root.join("team/.seaworthy.yaml")]);
        assert_eq!(found("team"), [root.join("team/.seaworthy.yaml")]);
        assert_eq!(found("other/gone.yaml"), [root.join(FILE_NAME)]);
        assert_eq!(above(&[root.join("other"), root.join("team"), root.join("team/app")]).len(), 2);
    }
}
