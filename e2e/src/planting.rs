//! Copies of the tree to plant bugs in.
//!
//! It must not touch the tree itself. Next: `src/bin/mutations.rs` and `src/bin/mutants`.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Where what is built once is kept, outside the clone.
pub fn cache() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("SEAWORTHY_CACHE").unwrap_or_else(|| {
        let home = variable("HOME").unwrap_or_default();
        variable("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache")).join("seaworthy")
    })
}

/// Makes `to` hold what `from` holds that git does not ignore, and nothing else. Files that are equal are
/// left alone, so that cargo builds only what has changed.
pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listing = Command::new("git").args(arguments).current_dir(from).output()?;
    if !listing.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&listing.stderr).into_owned()));
    }
    let listed = String::from_utf8_lossy(&listing.stdout).into_owned();
    let files: BTreeSet<&str> = listed.split('\0').filter(|file| !file.is_empty()).collect();
    let files: BTreeSet<PathBuf> = files.into_iter().map(PathBuf::from).collect();
    for file in &files {
        let (source, target) = (from.join(file), to.join(file));
        if let (true, Some(folder)) = (source.is_file(), target.parent()) {
            let bytes = fs::read(&source)?;
            if fs::read(&target).is_ok_and(|there| there == bytes) {
                continue;
            }
            fs::create_dir_all(folder)?;
            fs::copy(source, target)?;
        }
    }
    remove_others(to, Path::new(""), &|file| files.contains(file) && from.join(file).is_file())
}

fn remove_others(root: &Path, folder: &Path, stays: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            remove_others(root, &path, stays)?;
        } else if !stays(&path) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_what_the_tree_holds_and_no_more() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |root: &Path, file: &str, text: &str| {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), text).unwrap();
        };
        assert!(
            Command::new("git").args(["init", "-q"]).current_dir(from.path()).status().unwrap().success()
        );
        write(from.path(), ".gitignore", "/target\n");
        write(from.path(), "src/lib.rs", "new");
        write(from.path(), "target/built", "");
        write(to.path(), "src/lib.rs", "old");
        write(to.path(), "src/gone.rs", "");
        copy_tree(from.path(), to.path()).unwrap();
        assert_eq!(fs::read_to_string(to.path().join("src/lib.rs")).unwrap(), "new");
        assert!(!to.path().join("src/gone.rs").exists() && !to.path().join("target").exists());
    }
}
