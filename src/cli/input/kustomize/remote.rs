//! What a kustomization refers to that is not on this machine.
//!
//! Kustomize would fetch it. Next: [`super`], which refuses it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Keys with lists of files and folders.
const LISTS: &[&str] = &[
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
];

/// Keys with lists of items, each with a file of its own.
const ITEMS: &[&str] = &["patches", "patchesJson6902", "replacements"];

/// The first thing that is not here, and the folder that refers to it.
pub(super) fn find(folder: &Path) -> Option<(String, String)> {
    let mut seen = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        if !seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
            continue;
        }
        let Some(value) = super::read(&folder) else { continue };
        for name in files(&value) {
            let path = folder.join(&name);
            if is_url(&name) || !path.exists() {
                return Some((folder.display().to_string(), name));
            }
            if path.is_dir() {
                open.push(path);
            }
        }
        open.sort_by(|one: &PathBuf, other| other.cmp(one));
    }
    None
}

fn is_url(name: &str) -> bool {
    name.contains("://") || name.starts_with("git@")
}

/// The files and folders that a kustomization names.
fn files(value: &Value) -> Vec<String> {
    let list = |key: &&str| value.get(*key).and_then(Value::as_array).into_iter().flatten();
    let plain = LISTS.iter().flat_map(list).filter_map(Value::as_str);
    // What begins over several lines is YAML itself.
    let plain = plain.filter(|text| !text.contains('\n'));
    let items = ITEMS.iter().flat_map(list).filter_map(|item| item.get("path")?.as_str());
    let schema = value.pointer("/openapi/path").and_then(Value::as_str);
    plain.chain(items).chain(schema).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_here_is_found_however_deep() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name).join("kustomization.yaml");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let found = || find(&folder.path().join("prod")).map(|(_, name)| name);
        write("prod", "resources: [../base]\n");
        write("base", "resources: []\n");
        assert_eq!(found(), None);
        for (text, name) in [
            ("resources: ['https://example.com/a.yaml']", "https://example.com/a.yaml"),
            ("resources: ['example.com/org/repo//deploy?ref=v1']", "example.com/org/repo//deploy?ref=v1"),
            ("bases: ['git@example.com:org/repo']", "git@example.com:org/repo"),
            ("patches: [{path: 'https://example.com/p.yaml'}]", "https://example.com/p.yaml"),
            ("openapi: {path: 'https://example.com/s.json'}", "https://example.com/s.json"),
        ] {
            write("base", text);
            assert_eq!(found().as_deref(), Some(name));
        }
        write("base", "transformers:\n  - |\n    kind: X\n");
        assert_eq!(found(), None);
    }
}
