//! What lies below a folder.
//!
//! It is walked in order of path, without what `.gitignore` names. It must not read files. Next: [`super::files`].

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::files::{Failed, Failure, name};
use super::problem::LoadError;

/// The file that says what is not read.
pub(in crate::cli) const IGNORE_FILE: &str = ".gitignore";

/// What lies below a folder and is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Below {
    pub(in crate::cli) path: PathBuf,
    /// Whether its folder says that it is a file of its own, and no link to another.
    pub(in crate::cli) is_plain: bool,
}

/// What is not entered and not read, by path and whether it is a folder.
pub(in crate::cli) type Skip = Box<dyn Fn(&Path, bool) -> bool + Send + Sync>;

/// The manifests below a folder, in order of path.
pub(in crate::cli) fn walk(path: &Path, skip: Option<Skip>) -> Vec<Result<Below, Failure>> {
    let mut found: Vec<_> = walker(path, skip)
        .build()
        .filter_map(|entry| match entry {
            Ok(entry) if !is_manifest(&entry) => None,
            Ok(entry) => {
                // What the folder says needs no look at the file.
                let is_plain = entry.file_type().is_some_and(|kind| kind.is_file());
                // Nobody knows when a pipe that lies about would end.
                let is_pipe = !is_plain && is_pipe(entry.path());
                let below = || Below { path: entry.path().to_owned(), is_plain };
                let failure = |error| Box::new(Failed { name: name(entry.path()), error });
                Some(if is_pipe { Err(failure(LoadError::Pipe)) } else { Ok(below()) })
            }
            Err(error) => Some(Err(Box::new(Failed { name: name(path), error: LoadError::Walk(error) }))),
        })
        .collect();
    let root = path.as_os_str().len();
    found.sort_by_cached_key(|found| {
        let bytes = found.as_ref().map_or(&[][..], |below| below.path.as_os_str().as_encoded_bytes());
        order(bytes.get(root..).unwrap_or_default())
    });
    found
}

/// What sorts as a path below the folder that is walked does: by names, folder by folder. By one comparison of bytes, as no
/// name has a zero in it, and nearly always by one of numbers.
fn order(below: &[u8]) -> (u128, Box<[u8]>) {
    let byte = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    let mut first = [0; 16];
    first.iter_mut().zip(below).for_each(|(to, from)| *to = byte(from));
    (u128::from_be_bytes(first), below.iter().skip(first.len()).map(byte).collect())
}

/// Everything below a folder, in order of path.
pub(in crate::cli) fn entries(
    path: &Path,
    skip: Option<Skip>,
) -> impl Iterator<Item = Result<DirEntry, ignore::Error>> {
    walker(path, skip).sort_by_file_name(Ord::cmp).build()
}

fn walker(path: &Path, skip: Option<Skip>) -> WalkBuilder {
    let mut walk = WalkBuilder::new(path);
    // A file of the user's own settings must not decide what CI checks.
    walk.require_git(false).git_global(false).git_exclude(false).ignore(false);
    if let Some(skip) = skip {
        walk.filter_entry(move |entry| {
            !skip(entry.path(), entry.file_type().is_some_and(|kind| kind.is_dir()))
        });
    }
    walk
}

fn is_manifest(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().and_then(OsStr::to_str);
    entry.file_type().is_some_and(|kind| !kind.is_dir())
        && (extension.is_some_and(|extension| matches!(extension, "yaml" | "yml" | "json"))
            || entry.file_name() == "Kustomization")
}

fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| !file.is_file() && !file.is_dir())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn paths_are_in_order_of_names(one in "(/[-.0a]{0,8}[-0a]){1,4}", other in "(/[-.0a]{0,8}[-0a]){1,4}") {
            let by_names = Path::new(&one).iter().cmp(Path::new(&other).iter());
            prop_assert_eq!(order(one.as_bytes()).cmp(&order(other.as_bytes())), by_names);
        }
    }
}
