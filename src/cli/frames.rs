//! Lines of the files that findings are in, for those who print them.
//!
//! A file is read again when its first finding is told: a run holds no text. It must not decide what may be shown.
//! Next: [`crate::render::frame`].

use std::cell::RefCell;
use std::fs;

use super::load::files::{standard_input, unmarked};
use crate::render::frame::{AROUND, Around, Sources};
use crate::render::run::Position;

/// The files that were given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files;

/// The text of a file, and where its lines begin.
#[derive(Debug, Default)]
struct Lines {
    name: String,
    text: String,
    starts: Vec<usize>,
    /// The line that was asked for last.
    last: Line,
}

/// A line, and where some of its columns begin: many findings may be on one, and it may be as long as a file.
#[derive(Debug, Default)]
struct Line {
    number: usize,
    start: usize,
    end: usize,
    /// Where every [`STEP`]th character begins.
    columns: Vec<usize>,
}

/// Characters between two columns that are kept.
const STEP: usize = 512;

thread_local! {
    /// The file that was asked for last: findings come file by file.
    static LAST: RefCell<Lines> = RefCell::default();
}

impl Sources for Files {
    fn around(&self, file: &str, position: Position) -> Option<Around> {
        LAST.with_borrow_mut(|last| {
            if last.name != file {
                *last = Lines::read(file);
            }
            last.around(position)
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
        Self { name: file.to_owned(), text, starts, last: Line::default() }
    }

    fn around(&mut self, Position { line, column }: Position) -> Option<Around> {
        if self.last.number != line {
            self.last = self.line(line)?;
        }
        let Line { start, end, columns, .. } = &self.last;
        let before = column.checked_sub(1)?;
        let near = start + columns.get(before / STEP)?;
        let at = self.text.get(near..*end)?.char_indices().nth(before % STEP).map(|(at, _)| near + at)?;
        let is_near = at - start <= AROUND;
        let after = self.text.get(at..*end)?;
        Some(Around {
            before: if is_near { self.text.get(*start..at).map(str::to_owned) } else { None },
            after: after.get(..after.floor_char_boundary(AROUND))?.to_owned(),
        })
    }

    fn line(&self, number: usize) -> Option<Line> {
        let start = *self.starts.get(number.checked_sub(1)?)?;
        // The next line begins behind the line break of this one.
        let next = self.starts.get(number).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..next)?.lines().next().unwrap_or_default();
        let columns = text.char_indices().step_by(STEP).map(|(at, _)| at).collect();
        Some(Line { number, start, end: start + text.len(), columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_place_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "\u{FEFF}one\r\n\nthree").unwrap();
        let around = |line, column| Files.around(path.to_str().unwrap(), Position { line, column });
        let both = |before: &str, after: &str| {
            Some(Around { before: Some(before.to_owned()), after: after.to_owned() })
        };
        assert_eq!(around(1, 2), both("o", "ne"));
        assert_eq!(around(3, 1), both("", "three"));
        for (line, column) in [(0, 1), (1, 0), (1, 4), (2, 1), (4, 1)] {
            assert_eq!(around(line, column), None, "{line}:{column}");
        }
        assert_eq!(Files.around("gone.yaml", Position { line: 1, column: 1 }), None);
    }

    #[test]
    fn of_a_long_line_no_more_than_a_part_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let line = "ä".repeat(5_000) + "x" + &"y".repeat(5_000);
        fs::write(&path, &line).unwrap();
        let around = |column| Files.around(path.to_str().unwrap(), Position { line: 1, column }).unwrap();
        let found = around(5_001);
        assert!(found.after.starts_with("xy") && found.after.len() == AROUND, "{}", found.after.len());
        assert_eq!((found.before, around(10_001).after.as_str()), (None, "y"));
        assert_eq!(around(3).before.as_deref(), Some("ää"));
    }
}
