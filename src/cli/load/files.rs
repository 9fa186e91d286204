//! Which files the given paths stand for, and their text.
//!
//! Folders are walked in order of path, without what `.gitignore` names. Next: [`super::stream`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};

use super::problem::LoadError;
use super::yaml::Bounds;

/// One file, or standard input.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Its name in messages.
    pub(super) name: Arc<str>,
    /// Its path; absent for standard input.
    path: Option<PathBuf>,
}

/// A name and why it cannot be read.
pub(super) type Failure = (Arc<str>, LoadError);

/// The files that the paths stand for, each once.
pub(super) fn find(paths: &[PathBuf]) -> Vec<Result<Source, Failure>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            if seen.insert(PathBuf::from("-")) {
                found.push(Ok(Source { name: "-".into(), path: None }));
            }
            continue;
        }
        for entry in walk(path) {
            let new = entry
                .as_ref()
                .map_or(true, |file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
            if new {
                found.push(entry.map(|file| Source { name: name(&file), path: Some(file) }));
            }
        }
    }
    found
}

fn walk(path: &Path) -> Vec<Result<PathBuf, Failure>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    // A file of the user's own settings must not decide what CI checks.
    let walk = WalkBuilder::new(path)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .sort_by_file_path(Ord::cmp)
        .build();
    walk.filter_map(|entry| match entry {
        Ok(entry) => is_manifest(&entry).then(|| Ok(entry.into_path())),
        Err(error) => Some(Err((name(path), LoadError::Walk(error)))),
    })
    .collect()
}

fn is_manifest(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().and_then(OsStr::to_str);
    entry.file_type().is_some_and(|kind| !kind.is_dir())
        && extension.is_some_and(|extension| matches!(extension, "yaml" | "yml" | "json"))
}

fn name(path: &Path) -> Arc<str> {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into()
}

/// The text of a file, or its name and why it has none.
pub(super) fn read(source: &Source, bounds: &Bounds) -> Result<String, (Arc<str>, String)> {
    let bytes = match &source.path {
        Some(path) => File::open(path).and_then(|file| bounded(file, bounds)),
        None => bounded(io::stdin().lock(), bounds),
    };
    bytes
        .map_err(LoadError::from)
        .and_then(|bytes| text(bytes, bounds))
        .map_err(|error| (Arc::clone(&source.name), error.to_string()))
}

/// One byte more than is allowed, at most.
fn bounded(reader: impl Read, bounds: &Bounds) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(bounds.file_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>, bounds: &Bounds) -> Result<String, LoadError> {
    if bytes.len() as u64 > bounds.file_bytes {
        return Err(LoadError::TooLarge(bounds.file_bytes));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(LoadError::Utf16);
    }
    let text =
        String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))?;
    Ok(match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_past_the_bound_is_an_error_that_names_it() {
        let bounds = Bounds { file_bytes: 3, ..Bounds::default() };
        let read = |text: &str| {
            let bytes = bounded(text.as_bytes(), &bounds).unwrap();
            super::text(bytes, &bounds).map_err(|error| error.to_string())
        };
        assert_eq!(read("abc").as_deref(), Ok("abc"));
        assert_eq!(read("abcd"), Err("larger than 3 bytes".to_owned()));
    }

    #[test]
    fn other_encodings_are_refused_with_the_fix() {
        let refuse = |bytes: &[u8]| text(bytes.to_vec(), &Bounds::default()).unwrap_err().to_string();
        assert!(refuse(&[0xFF, 0xFE, b'a', 0]).contains("save it as UTF-8"));
        assert!(refuse(&[b'a', 0xFF]).contains("byte 1"));
        assert_eq!(text("\u{FEFF}a: 1".into(), &Bounds::default()).unwrap(), "a: 1");
    }

    #[test]
    fn folders_are_walked_in_order_without_what_git_ignores_and_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("b")).unwrap();
        for name in ["c.yaml", "b/x.yml", "a.json", "ignored.yaml", "notes.txt"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::write(at(".gitignore"), "ignored.yaml\n").unwrap();
        let found = find(&[at("c.yaml"), folder.path().to_owned(), at("gone.yaml")]);
        let names: Vec<PathBuf> = found.into_iter().map(|source| source.unwrap().path.unwrap()).collect();
        assert_eq!(names, [at("c.yaml"), at("a.json"), at("b/x.yml"), at("gone.yaml")]);
    }
}
