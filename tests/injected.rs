//! The panic that tests inject is not in a release build.
#![cfg(test)]

use std::path::{Path, PathBuf};

const GUARD: &str = "#[cfg(debug_assertions)]";

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The annotation is known in one file; that file is a module, and is called, behind the guard only.
#[test]
fn the_injected_panic_is_there_with_debug_assertions_only() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut uses = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        if file.ends_with("engine/injected.rs") {
            continue;
        }
        let product = text.split("#[cfg(test)]").next().unwrap();
        assert!(!product.contains("testing.seaworthy.dev"), "{}", file.display());
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains("mod injected") || line.contains("injected::") {
                assert_eq!(lines[number - 1], GUARD, "{}:{}", file.display(), number + 1);
                uses += 1;
            }
        }
    }
    assert_eq!(uses, 2, "the module and its one call");
}

/// Nothing that is generated from the code names it.
#[test]
fn no_manifest_names_the_injected_panic() {
    for entry in std::fs::read_dir("crds").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("testing.seaworthy.dev"), "{}", path.display());
    }
}
