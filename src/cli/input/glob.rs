//! Patterns among the inputs, for shells that leave them as they are.
//!
//! `*` and `?` stop at `/`, `**` does not; `[a-z]` and `{a,b}` are what they are elsewhere. Next: [`super`].

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::cli::config::settings::Excludes;
use crate::cli::load::walk::{Skip, entries};

/// Whether a path is a pattern: one that is there is itself.
pub(in crate::cli) fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[', '{'])) && !path.exists()
}

/// The folder that a pattern is about: what comes before its first part that is one.
pub(in crate::cli) fn base(pattern: &Path) -> PathBuf {
    let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    let base: PathBuf = pattern.components().take_while(is_plain).collect();
    if base.as_os_str().is_empty() { PathBuf::from(".") } else { base }
}

/// What fits a pattern, in order; of a folder that fits, the folder alone.
pub(super) fn expand(pattern: &Path, excludes: &Excludes) -> Result<Vec<PathBuf>, String> {
    let pattern: PathBuf = pattern.components().filter(|part| *part != Component::CurDir).collect();
    let text = &*pattern.to_string_lossy();
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let matcher = glob.map_err(|error| error.to_string())?.compile_matcher();
    let base = base(Path::new(text));
    fitting(&base, &matcher, super::skip(&base, excludes)).map_err(|error| error.to_string())
}

fn fitting(base: &Path, matcher: &GlobMatcher, skip: Option<Skip>) -> Result<Vec<PathBuf>, ignore::Error> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in entries(base, skip) {
        let entry = entry?;
        let path = entry.path();
        let name = path.strip_prefix(".").unwrap_or(path);
        let is_inside = found.last().is_some_and(|last| path.starts_with(last));
        if entry.depth() > 0 && !is_inside && matcher.is_match(name) {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_what_fits_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a/x", "b/x/deep"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["a/one.yaml", "a/x/two.yaml", "b/x/deep/three.yaml", "b/four.yml"] {
            std::fs::write(at(name), "").unwrap();
        }
        let fits = |pattern: &str| {
            let found = expand(&at(pattern), &Excludes::default()).unwrap();
            let name = |path: PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
            found.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(fits("a/*.yaml"), ["a/one.yaml"]);
        assert_eq!(
            fits("**/*.{yaml,yml}"),
            ["a/one.yaml", "a/x/two.yaml", "b/four.yml", "b/x/deep/three.yaml"]
        );
        assert_eq!(fits("*/x"), ["a/x", "b/x"]);
        assert_eq!(fits("./a/.//*.yaml"), ["a/one.yaml"]);
        assert_eq!(fits("c*"), [""; 0]);
        assert!(expand(Path::new("a[.yaml"), &Excludes::default()).is_err());
    }

    #[test]
    fn the_base_is_what_comes_before_the_pattern() {
        for (pattern, expected) in
            [("a/b/*.yaml", "a/b"), ("*.yaml", "."), ("/x/{a,b}/c", "/x"), ("a/b", "a/b")]
        {
            assert_eq!(base(Path::new(pattern)), Path::new(expected));
        }
    }
}
