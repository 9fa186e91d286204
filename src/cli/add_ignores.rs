//! `seaworthy check --add-ignores`: comments that suppress what fails now, written into the files.
//!
//! For repositories that begin with findings: what is accepted stands where it is, with a reason. Only whole lines are
//! added, and none with which the file would say something else, or that would not cover what it is for. It must not judge. Next:
//! [`commented`] for where comments stand, [`super::suppress`], which reads them.

mod commented;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use self::commented::{Commented, fitting};
use super::load::Bounds;
use super::load::files::without_mark;
use super::replace::replace;
use crate::catalogue::Outcome;
use crate::render::run::{Position, RunFinding, RunWorkload};

/// What shall be suppressed: the checks by place.
type Places = BTreeMap<Position, BTreeSet<&'static str>>;

/// What shall be suppressed, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    files: BTreeMap<Arc<str>, Places>,
    /// Findings that no comment can suppress.
    elsewhere: usize,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// How many comments were written.
    pub(super) comments: usize,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
    /// Findings that go on failing.
    pub(super) left: usize,
}

/// A reason as a comment can hold it.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains('"') || text.chars().any(char::is_control) {
        return Err("a reason is some words on one line, without double quotes".to_owned());
    }
    Ok(text.to_owned())
}

impl Wanted {
    /// Adds what fails of a workload.
    pub(super) fn add(&mut self, workload: &RunWorkload) {
        let fails = |finding: &&RunFinding| {
            finding.merged.outcome == Outcome::Fail && finding.merged.blocks && !finding.baselined
        };
        for finding in workload.findings.iter().filter(fails) {
            let location = &finding.location;
            let is_file = location.rendered.is_none() && location.document > 0 && *location.file != *"-";
            match location.position.filter(|_| is_file && !has_no_comments(&location.file)) {
                Some(position) => {
                    let places = self.files.entry(Arc::clone(&location.file)).or_default();
                    places.entry(position).or_default().insert(finding.merged.check);
                }
                None => self.elsewhere += 1,
            }
        }
    }

    /// Adds what others want.
    pub(super) fn join(&mut self, other: Self) {
        self.elsewhere += other.elsewhere;
        for (file, places) in other.files {
            let own = self.files.entry(file).or_default();
            for (place, checks) in places {
                own.entry(place).or_default().extend(checks);
            }
        }
    }

    /// Writes the comments.
    pub(super) fn write(&self, reason: &str, bounds: &Bounds) -> Written {
        let mut written = Written { left: self.elsewhere, ..Written::default() };
        if self.elsewhere > 0 {
            let number = self.elsewhere;
            written.notes.push(format!(
                "{number} findings stand where no comment is read: suppress them in .seaworthy.yaml"
            ));
        }
        let mut files = 0;
        for (file, places) in &self.files {
            match write(file, places, reason, bounds) {
                Ok(Wrote { comments, left }) => {
                    written.comments += comments;
                    files += usize::from(comments > 0);
                    written.left += left.values().map(BTreeSet::len).sum::<usize>();
                    written.notes.extend(left.iter().map(|(place, checks)| {
                        let (line, names) = (place.line, listed(checks));
                        format!("{file}:{line}: no comment is written for {names}: none can stand there, suppress it in .seaworthy.yaml")
                    }));
                }
                Err(why) => {
                    written.left += places.values().map(BTreeSet::len).sum::<usize>();
                    written.notes.push(format!("{file}: no comment is written: {why}"));
                }
            }
        }
        let comments = written.comments;
        written
            .notes
            .push(format!("{comments} comments are written, in {files} files: read them before you commit"));
        written
    }
}

/// Whether a file is JSON by its name.
fn has_no_comments(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// What became of one file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wrote {
    comments: usize,
    /// What no comment could be written for.
    left: Places,
}

fn write(file: &str, places: &Places, reason: &str, bounds: &Bounds) -> Result<Wrote, String> {
    let read = fs::read_to_string(file).map_err(|error| error.to_string())?;
    // A mark at its beginning stays there.
    let text = without_mark(&read);
    let mut left = places.clone();
    let fitting = fitting(text, places, reason, bounds);
    left.retain(|place, _| !fitting.contains_key(place));
    if fitting.is_empty() {
        return Ok(Wrote { comments: 0, left });
    }
    let Commented { text: with, lines } = Commented::new(text, &fitting, reason);
    let mark = read.strip_suffix(text).unwrap_or_default();
    replace(Path::new(file), &format!("{mark}{with}")).map_err(|error| error.to_string())?;
    Ok(Wrote { comments: lines.len(), left })
}

fn listed(checks: &BTreeSet<&'static str>) -> String {
    checks.iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: &[(usize, usize, &'static str)]) -> Places {
        let mut places = Places::new();
        for (line, column, check) in all {
            places.entry(Position { line: *line, column: *column }).or_default().insert(*check);
        }
        places
    }

    /// What is written, and the lines for which nothing is.
    fn wrote(text: &str, wanted: &Places) -> (String, Vec<usize>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, text).unwrap();
        let Wrote { left, .. } = write(path.to_str().unwrap(), wanted, "x", &Bounds::default()).unwrap();
        (fs::read_to_string(&path).unwrap(), left.keys().map(|place| place.line).collect())
    }

    #[test]
    fn a_comment_stands_above_its_line_as_far_indented() {
        let wanted = places(&[(2, 5, "image-tag"), (2, 8, "image-digest"), (3, 1, "memory-limits")]);
        let expected = "a:\r\n  # seaworthy: ignore[image-digest, image-tag] reason=\"x\"\r\n  - b: 1\r\n\
            # seaworthy: ignore[memory-limits] reason=\"x\"\r\nc: 2";
        let text = "a:\r\n  - b: 1\r\nc: 2";
        assert_eq!(wrote(text, &wanted), (expected.to_owned(), Vec::new()));
        let (text, expected) = (text.replace('\r', ""), expected.replace('\r', ""));
        assert_eq!(wrote(&text, &wanted), (expected, Vec::new()));
    }

    #[test]
    fn a_mark_stays_at_the_beginning() {
        let expected = "\u{FEFF}# seaworthy: ignore[image-tag] reason=\"x\"\na: 1\n";
        let wanted = places(&[(1, 1, "image-tag")]);
        assert_eq!(wrote("\u{FEFF}a: 1\n", &wanted), (expected.to_owned(), Vec::new()));
    }

    #[test]
    fn of_text_in_a_block_the_comment_stands_above_its_key() {
        let text = "a:\n  - b: >-\n\n      text\n    c: |2 # why\n        text\n    d: x|\n    e: y\n";
        let wanted = places(&[(4, 7, "image-tag"), (6, 7, "image-digest"), (8, 8, "memory-limits")]);
        let comment = |check: &str, line: &str| format!("# seaworthy: ignore[{check}] reason=\"x\"\n{line}");
        let expected = text
            .replace("- b", &comment("image-tag", "  - b"))
            .replace("c: |2", &comment("image-digest", "    c: |2"))
            .replace("e: y", &comment("memory-limits", "    e: y"));
        assert_eq!(wrote(text, &wanted), (expected, Vec::new()));
    }

    #[test]
    fn what_no_comment_can_stand_above_is_left_and_the_rest_is_written() {
        // In the midst of a text; and behind something else that begins on the line.
        let text = "a: |\n  text\n  more\nb: 1\nc: {d: 1,\n  e: 2, f: 3}\n";
        let wanted = places(&[(3, 3, "image-tag"), (4, 4, "image-digest"), (6, 12, "memory-limits")]);
        let expected = text.replace("b: 1", "# seaworthy: ignore[image-digest] reason=\"x\"\nb: 1");
        assert_eq!(wrote(text, &wanted), (expected, vec![3, 6]));
    }

    #[test]
    fn a_reason_is_some_words() {
        assert_eq!(reason(" before 2026 ").as_deref(), Ok("before 2026"));
        for wrong in ["", "  ", "a \"b\"", "a\nb"] {
            assert!(reason(wrong).is_err(), "{wrong}");
        }
    }
}
