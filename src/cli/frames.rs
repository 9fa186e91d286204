//! Lines of the files that findings are in, for those who print them.
//!
//! A file is read again when its first finding is told: a run holds no text. It must not decide what may be shown.
//! Next: [`crate::render::frame`].

use std::cell::RefCell;
use std::fs;

use super::load::files::{standard_input, unmarked};
use crate::render::frame::Sources;

/// The files that were given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files;

/// The text of a file, and where its lines begin.
#[derive(Debug, Default)]
struct Lines {
    name: String,
    text: String,
    starts: Vec<usize>,
}

thread_local! {
    /// The file that was asked for last: findings come file by file.
    static LAST: RefCell<Lines> = RefCell::default();
}

impl Sources for Files {
    fn line(&self, file: &str, line: usize) -> Option<String> {
        LAST.with_borrow_mut(|last| {
            if last.name != file {
                *last = Lines::read(file);
            }
            last.line(line).map(str::to_owned)
        })
    }
}

impl Lines {
    fn read(file: &str) -> Self {
        // What cannot be read is told elsewhere.
        let text = match standard_input().filter(|_| file == "-") {
            Some(text) => text.to_owned(),
            None => fs::read_to_string(file).unwrap_or_default(),
        };
        let text = unmarked(text);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: file.to_owned(), text, starts }
    }

    fn line(&self, line: usize) -> Option<&str> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        self.text.get(start..)?.lines().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "\u{FEFF}one\r\n\nthree").unwrap();
        let line = |number| Files.line(path.to_str().unwrap(), number);
        assert_eq!(
            [1, 2, 3, 4].map(line),
            [Some("one"), Some(""), Some("three"), None].map(|it| it.map(str::to_owned))
        );
        assert_eq!(line(0), None);
        assert_eq!(Files.line("gone.yaml", 1), None);
    }
}
