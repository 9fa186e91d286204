//! Names of files, by number, in one text.
//!
//! A run over a hundred thousand files keeps one name for each: as texts of their own, each with its folder, they were a
//! tenth of what is kept. It must not know what is in a file. Next: [`super::given`].

use std::cmp::Ordering;
use std::sync::Arc;

use super::given::{number, wide};

/// Names of files.
#[derive(Debug, Default)]
pub(super) struct FileNames {
    files: Vec<FileName>,
    /// What comes after the folders, one behind the other.
    texts: String,
    /// The folders, each up to its last slash.
    folders: Vec<Box<str>>,
}

#[derive(Debug)]
struct FileName {
    folder: u32,
    /// Where its text ends, and that of the next one begins.
    end: usize,
}

impl FileNames {
    /// Makes room for so many more.
    pub(super) fn expect(&mut self, files: usize) {
        self.files.reserve(files);
    }

    /// The number of a file. What is in one file comes together, as do the files of one folder.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        let (folder, text) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
        if self.files.is_empty() || self.parts(self.files.len() - 1) != (folder, text) {
            if self.folders.last().is_none_or(|last| **last != *folder) {
                self.folders.push(folder.into());
            }
            self.texts.push_str(text);
            self.files.push(FileName { folder: number(self.folders.len() - 1), end: self.texts.len() });
        }
        number(self.files.len() - 1)
    }

    /// The name of a file.
    pub(super) fn name(&self, number: u32) -> Arc<str> {
        let (folder, text) = self.parts(wide(number));
        if folder.is_empty() { text.into() } else { [folder, text].concat().into() }
    }

    /// The order of two names.
    pub(super) fn compare(&self, one: u32, other: u32) -> Ordering {
        if one == other {
            return Ordering::Equal;
        }
        let bytes = |number| {
            let (folder, text) = self.parts(wide(number));
            folder.bytes().chain(text.bytes())
        };
        bytes(one).cmp(bytes(other))
    }

    /// The folder of a file, and what comes after it.
    fn parts(&self, index: usize) -> (&str, &str) {
        let Some(FileName { folder, end }) = self.files.get(index) else { return ("", "") };
        let start = index.checked_sub(1).and_then(|before| self.files.get(before)).map_or(0, |file| file.end);
        let folder = self.folders.get(wide(*folder)).map_or("", |folder| folder);
        (folder, self.texts.get(start..*end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_to_their_users_what_texts_are(names in prop::collection::vec("[ab/é]{0,4}", 1..12)) {
            let mut kept = FileNames::default();
            let numbers: Vec<u32> = names.iter().map(|name| kept.number(name)).collect();
            let all = || names.iter().zip(&numbers);
            for (name, number) in all() {
                prop_assert_eq!(&*kept.name(*number), name);
                for (other, others) in all() {
                    prop_assert_eq!(kept.compare(*number, *others), name.cmp(other), "{} {}", name, other);
                }
            }
        }
    }

    #[test]
    fn what_is_in_one_file_has_one_number_and_a_folder_is_kept_once() {
        let mut kept = FileNames::default();
        let names = ["a/b/x", "a/b/x", "a/b/y", "z"];
        assert_eq!(names.map(|name| kept.number(name)), [0, 0, 1, 2]);
        assert_eq!((&*kept.texts, kept.folders.len()), ("xyz", 2));
    }
}
