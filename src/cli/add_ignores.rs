//! `seaworthy check --add-ignores`: comments that suppress what fails now, written into the files.
//!
//! For repositories that begin with findings: what is accepted stands where it is, with a reason. Only whole lines are
//! added, and a file that would then say something else is left alone. It must not judge. Next: [`super::suppress`],
//! which reads the comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::load::{Bounds, load_text, yaml};
use super::replace::replace;
use crate::catalogue::Outcome;
use crate::render::run::{RunFinding, RunWorkload};

/// What shall be suppressed: the checks by line, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    lines: BTreeMap<Arc<str>, BTreeMap<usize, BTreeSet<&'static str>>>,
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
                    let lines = self.lines.entry(Arc::clone(&location.file)).or_default();
                    lines.entry(position.line).or_default().insert(finding.merged.check);
                }
                None => self.elsewhere += 1,
            }
        }
    }

    /// Adds what others want.
    pub(super) fn join(&mut self, other: Self) {
        self.elsewhere += other.elsewhere;
        for (file, lines) in other.lines {
            let own = self.lines.entry(file).or_default();
            for (line, checks) in lines {
                own.entry(line).or_default().extend(checks);
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
        for (file, lines) in &self.lines {
            match write(file, lines, reason, bounds) {
                Ok(()) => written.comments += lines.len(),
                Err(why) => {
                    written.left += lines.values().map(BTreeSet::len).sum::<usize>();
                    written.notes.push(format!("{file}: no comment is written: {why}"));
                }
            }
        }
        let (comments, files) = (written.comments, self.lines.len());
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

fn write(
    file: &str,
    lines: &BTreeMap<usize, BTreeSet<&'static str>>,
    reason: &str,
    bounds: &Bounds,
) -> Result<(), String> {
    let read = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let with = commented(&read, lines, reason);
    if values(&read, bounds) != values(&with, bounds) {
        return Err("it would say something else then".to_owned());
    }
    replace(Path::new(file), &with).map_err(|error| error.to_string())
}

/// The text with a comment before each of these lines, as far indented.
fn commented(text: &str, lines: &BTreeMap<usize, BTreeSet<&'static str>>, reason: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(checks) = lines.get(&(index + 1)) {
            let names = checks.iter().copied().collect::<Vec<_>>().join(", ");
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
            // Writing to a String does not fail.
            let _ = write!(out, "{indent}# {} ignore[{names}] reason=\"{reason}\"{end}", yaml::COMMENT_MARK);
        }
        out.push_str(line);
    }
    out
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

    #[test]
    fn a_comment_stands_above_its_line_as_far_indented() {
        let lines =
            BTreeMap::from([(2, BTreeSet::from(["b-check", "a-check"])), (3, BTreeSet::from(["c-check"]))]);
        let expected = "a:\r\n  # seaworthy: ignore[a-check, b-check] reason=\"x\"\r\n  - b: 1\r\n\
            # seaworthy: ignore[c-check] reason=\"x\"\nc: 2";
        assert_eq!(commented("a:\r\n  - b: 1\r\nc: 2", &lines, "x"), expected);
    }

    #[test]
    fn a_file_that_would_say_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "a: |\n  text\n  more\n").unwrap();
        let lines = BTreeMap::from([(3, BTreeSet::from(["a-check"]))]);
        let wrote = write(path.to_str().unwrap(), &lines, "x", &Bounds::default());
        assert_eq!(wrote, Err("it would say something else then".to_owned()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: |\n  text\n  more\n");
    }

    #[test]
    fn a_reason_is_some_words() {
        assert_eq!(reason(" before 2026 ").as_deref(), Ok("before 2026"));
        for wrong in ["", "  ", "a \"b\"", "a\nb"] {
            assert!(reason(wrong).is_err(), "{wrong}");
        }
    }
}
