//! A text with comments that suppress, and which of them can stand there.
//!
//! It is read with them: it must say the same, and they must cover what they are for. It must not touch files. Next:
//! [`super`], which writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::{Places, listed};
use crate::cli::load::{Bounds, load_text, yaml};
use crate::render::run::Position;

/// Those places for which a comment can be written: the text says the same with it, and it covers them.
pub(super) fn fitting(text: &str, places: &Places, reason: &str, bounds: &Bounds) -> Places {
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
pub(super) struct Commented {
    pub(super) text: String,
    /// The lines of the text before that have one above them.
    pub(super) lines: BTreeSet<usize>,
}

impl Commented {
    pub(super) fn new(text: &str, places: &Places, reason: &str) -> Self {
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
                let end = line_end(&all, index);
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
            let covered = document.places.covered(&document.comments);
            let lines = document.comments.iter().map(|comment| comment.position.line);
            extents.extend(lines.zip(covered).filter_map(|(line, covered)| Some((line, covered?))));
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

/// How a line ends, by its place; the last one, if it has no end, as the one before.
fn line_end(lines: &[&str], index: usize) -> &'static str {
    let ended = lines.get(..=index).and_then(|lines| lines.iter().rfind(|line| line.ends_with('\n')));
    if ended.is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" }
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

/// What a text says, document by document; what cannot be read says nothing.
fn values(text: &str, bounds: &Bounds) -> Vec<Value> {
    let mut values = Vec::new();
    let loaded = load_text(&"-".into(), text, bounds, &mut |document| values.push(document.value.to_value()));
    // The number of what is broken may not change either.
    values.extend(loaded.problems.iter().map(|_| Value::Null));
    values
}
