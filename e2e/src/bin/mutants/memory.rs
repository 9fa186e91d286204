//! What earlier runs found out about mutants of files that have not changed since: which do not compile.
//!
//! It saves builds that fail, nothing else: what it does not know is found out again. Next:
//! [`crate::weeding`].

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash as _, Hasher as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// By file and the hash of its text.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Memory(BTreeMap<String, Remembered>);

/// Mutants of one file, by name, with what the compiler said.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Remembered {
    /// They do not compile.
    pub(crate) unviable: BTreeMap<String, String>,
    /// They do not as conditions.
    pub(crate) unwoven: BTreeMap<String, String>,
}

impl Memory {
    /// What the last run left, if anything.
    pub(crate) fn load(path: &Path) -> Self {
        let text = fs::read(path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(crate) fn store(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write(path, text).map_err(Error::io(format!("write {}", path.display())))
    }

    /// What is known of a file with this text.
    pub(crate) fn of(&mut self, file: &str, text: &str) -> &mut Remembered {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.0.entry(format!("{file} {:016x}", hasher.finish())).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_changed_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory.json");
        let mut memory = Memory::load(&path);
        memory.of("a.rs", "old").unviable.insert("one".to_owned(), "why".to_owned());
        memory.store(&path).unwrap();
        let mut memory = Memory::load(&path);
        assert_eq!(memory.of("a.rs", "old").unviable.len(), 1);
        assert!(memory.of("a.rs", "new").unviable.is_empty() && memory.of("b.rs", "old").unviable.is_empty());
    }
}
