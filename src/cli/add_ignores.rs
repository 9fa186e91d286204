//! `seaworthy check --add-ignores`: comments that suppress what fails now, written into the files.
//!
//! For repositories that begin with findings: what is accepted stands where it is, with a reason. Only whole lines are
//! added, and none with which the file would say something else, or that would not cover what it is for. It must not judge. Next: [`super::suppress`],
//! which reads the comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::load::files::without_mark;
use super::load::{Bounds, load_text, yaml};
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

/// Those places for which a comment can be written: the text says the same with it, and it covers them.
fn fitting(text: &str, places: &Places, reason: &str, bounds: &Bounds) -> Places {
    let commented = Commented::new(text, places, reason);
    if values(text, bounds) == values(&commented.text, bounds) {
        let covered = commented.covered(places, bounds);
        return places
            .iter()
            .filter(|(place, _)| covered.contains(place))
            .map(|(k, v)| (*k, v.clone()))
            .collect();
    }
    if places.len() <= 1 {
        return Places::new();
    }
    // One of them is to blame; the others may stand.
    let mut first = places.clone();
    let middle = places.keys().nth(places.len() / 2).copied();
    let second = middle.map(|middle| first.split_off(&middle)).unwrap_or_default();
    let mut fit = fitting(text, &first, reason, bounds);
    fit.extend(fitting(text, &second, reason, bounds));
    fit
}

/// A text with a comment above each of some places.
struct Commented {
    text: String,
    /// The lines of the text before that have one above them.
    lines: BTreeSet<usize>,
}

impl Commented {
    fn new(text: &str, places: &Places, reason: &str) -> Self {
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        let mut lines: BTreeMap<usize, BTreeSet<&'static str>> = BTreeMap::new();
        for (place, checks) in places {
            lines.entry(line_of(&all, place.line)).or_default().extend(checks);
        }
        let mut out = String::with_capacity(text.len());
        for (index, line) in all.iter().enumerate() {
            if let Some(checks) = lines.get(&(index + 1)) {
                let names = listed(checks);
                let indent: String = line.chars().take_while(|c| *c == ' ').collect();
                let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
                // Writing to a String does not fail.
                let _ =
                    write!(out, "{indent}# {} ignore[{names}] reason=\"{reason}\"{end}", yaml::COMMENT_MARK);
            }
            out.push_str(line);
        }
        Self { text: out, lines: lines.into_keys().collect() }
    }

    /// Which places comments of it cover.
    fn covered(&self, places: &Places, bounds: &Bounds) -> BTreeSet<Position> {
        // Every comment above it moves a line.
        let moved = |line: usize| line + self.lines.range(..=line).count();
        let mut extents = Vec::new();
        load_text(&"-".into(), &self.text, bounds, &mut |document| {
            let places = &document.places;
            extents.extend(document.comments.iter().filter_map(|comment| {
                let position = comment.position;
                Some((position.line, places.covered(position, comment.is_alone)?))
            }));
        });
        let extents: BTreeMap<usize, (Position, Position)> = extents.into_iter().collect();
        let all: Vec<&str> = self.text.split_inclusive('\n').collect();
        let covers = |place: &&Position| {
            let now = Position { line: moved(place.line), ..**place };
            let above = line_of(&all, now.line) - 1;
            extents.get(&above).is_some_and(|(first, last)| (first..=last).contains(&&now))
        };
        places.keys().filter(covers).copied().collect()
    }
}

/// The line above which a comment stands for what stands on a line: that, and of a text in a block the line of its key.
fn line_of(lines: &[&str], line: usize) -> usize {
    let before = lines.get(..line.saturating_sub(1)).unwrap_or_default();
    let above = before.iter().rposition(|line| !line.trim().is_empty());
    match above {
        Some(above) if before.get(above).is_some_and(|line| begins_block(line)) => above + 1,
        _ => line,
    }
}

/// Whether a text in a block begins behind a line.
fn begins_block(line: &str) -> bool {
    let line = line.split_once(" #").map_or(line, |(line, _)| line).trim_end();
    let header = line.rsplit([' ', '\t']).next().unwrap_or_default();
    header
        .strip_prefix(['|', '>'])
        .is_some_and(|rest| rest.chars().all(|c| matches!(c, '+' | '-' | '1'..='9')))
}

fn listed(checks: &BTreeSet<&'static str>) -> String {
    checks.iter().copied().collect::<Vec<_>>().join(", ")
}

/// What a text says, document by document; what cannot be read says nothing.
fn values(text: &str, bounds: &Bounds) -> Vec<Value> {
    let mut values = Vec::new();
    let loaded = load_text(&"-".into(), text, bounds, &mut |document| values.push(document.value.to_value()));
    // The number of what is broken may not change either.
    values.extend(loaded.problems.iter().map(|_| Value::Null));
    values
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
            # seaworthy: ignore[memory-limits] reason=\"x\"\nc: 2";
        assert_eq!(wrote("a:\r\n  - b: 1\r\nc: 2", &wanted), (expected.to_owned(), Vec::new()));
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
