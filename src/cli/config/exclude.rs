//! What configuration files say is not to be read.
//!
//! Patterns are those of `.gitignore`, relative to the folder of the file that says them. Next: [`super::super::input`],
//! which asks.

use std::path::Path;
use std::sync::Arc;

use globset::Glob;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// What is not read.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Excludes {
    patterns: Arc<[Gitignore]>,
}

impl Excludes {
    /// Of several files: their folders, and what they say.
    ///
    /// # Errors
    /// The file, and which of its patterns is none.
    pub(super) fn new<'a>(
        said: impl Iterator<Item = (&'a Path, &'a [String])>,
    ) -> Result<Self, (usize, usize, String)> {
        let mut patterns = Vec::new();
        for (file, (folder, lines)) in said.enumerate().filter(|(_, (_, lines))| !lines.is_empty()) {
            let mut builder = GitignoreBuilder::new(folder);
            for (index, line) in lines.iter().enumerate() {
                // Git would take what does not close for a name that nothing has.
                Glob::new(line).map_err(|error| (file, index, error.to_string()))?;
                builder.add_line(None, line).map_err(|error| (file, index, error.to_string()))?;
            }
            patterns.push(builder.build().map_err(|error| (file, 0, error.to_string()))?);
        }
        Ok(Self { patterns: patterns.into() })
    }

    /// Whether nothing is excluded.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a path, without links in it, is not to be read.
    pub(in crate::cli) fn holds(&self, path: &Path, is_folder: bool) -> bool {
        // Asked for a path outside its folder, it would panic.
        let about = self.patterns.iter().filter(|patterns| path.starts_with(patterns.path()));
        about.into_iter().any(|patterns| patterns.matched_path_or_any_parents(path, is_folder).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_told() {
        for wrong in ["[a", "{b"] {
            let lines = ["/vendor".to_owned(), wrong.to_owned()];
            let said = [(Path::new("/empty"), &[][..]), (Path::new("/repo"), &lines[..])];
            let (file, index, message) = Excludes::new(said.into_iter()).unwrap_err();
            assert_eq!((file, index), (1, 1), "{message}");
        }
    }

    #[test]
    fn patterns_are_relative_to_their_folder() {
        let lines = ["/vendor".to_owned(), "*.generated.yaml".to_owned()];
        let excludes = Excludes::new([(Path::new("/repo"), &lines[..])].into_iter()).unwrap();
        for (path, is_excluded) in [
            ("/repo/vendor/a/b.yaml", true),
            ("/repo/app/vendor/b.yaml", false),
            ("/repo/app/x.generated.yaml", true),
            ("/repo/a.yaml", false),
            ("/elsewhere/x.generated.yaml", false),
        ] {
            assert_eq!(excludes.holds(Path::new(path), false), is_excluded, "{path}");
        }
    }
}
