//! Pieces of YAML and JSON put into a text, in the notation that stands there.
//!
//! Where the notation is not plain, nothing is changed: whoever asks reads the text again, and keeps the edit only if
//! it says what it should. It must not know what a value means. Next: [`super::edit`], which asks.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memchr_iter;

use crate::catalogue::fix::Answer;
use crate::cli::load::yaml;
use crate::render::run::Position;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notation {
    /// Whether it is JSON, in which every word has quotes.
    quotes: bool,
    /// How its lines end.
    end: &'static str,
}

impl Notation {
    /// That of the whole text of a file.
    pub(super) fn of(text: &str) -> Self {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { quotes: yaml::stream::is_json(text), end }
    }

    /// A word.
    pub(super) fn word(self, word: &str) -> String {
        if self.quotes { format!("\"{word}\"") } else { word.to_owned() }
    }

    /// An answer.
    pub(super) fn value(self, answer: Answer) -> String {
        match answer {
            Answer::True => "true".to_owned(),
            Answer::False => "false".to_owned(),
            Answer::Text(word) => self.word(word),
            Answer::Member(word) => format!("[{}]", self.word(word)),
        }
    }
}

/// Something in the place of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) new: String,
}

impl Edit {
    const fn before(at: usize, new: String) -> Self {
        Self { at: at..at, new }
    }
}

/// The text with all of these, of which none touches another.
pub(super) fn edited(text: &str, edits: &BTreeMap<usize, Edit>) -> Option<String> {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for Edit { at, new } in edits.values() {
        out.push_str(text.get(done..at.start)?);
        out.push_str(new);
        done = at.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// A text, and where its lines begin.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// Whether every character is one byte.
    is_ascii: bool,
}

impl<'a> Lines<'a> {
    /// Those of a text.
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { text, starts, is_ascii: text.is_ascii() }
    }

    /// Where a line begins; at the end of the text for the one after the last.
    fn start(&self, line: usize) -> Option<usize> {
        let index = line.checked_sub(1)?;
        let is_next = index == self.starts.len() && !self.text.ends_with('\n');
        self.starts.get(index).copied().or_else(|| is_next.then_some(self.text.len()))
    }

    fn offset(&self, Position { line, column }: Position) -> Option<usize> {
        let start = self.start(line)?;
        let before = column.checked_sub(1)?;
        if self.is_ascii {
            return Some(start + before).filter(|at| *at < self.text.len());
        }
        let line = self.text.get(start..)?;
        // A mark at the beginning of a file has no column.
        let mark = usize::from(start == 0 && line.starts_with('\u{FEFF}'));
        line.char_indices().nth(before + mark).map(|(at, _)| start + at)
    }

    /// What stands behind a place, to the end of its line.
    fn rest_of_line(&self, at: usize, line: usize) -> Option<&'a str> {
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        Some(self.text.get(at..end)?.trim_end_matches(['\r', '\n']))
    }

    /// Another scalar in the place of one.
    pub(super) fn replaced(&self, place: Position, new: String) -> Option<Edit> {
        let start = self.offset(place)?;
        let end = start + length(self.rest_of_line(start, place.line)?)?;
        Some(Edit { at: start..end, new })
    }

    /// Lines with a value that lacks, before a line and as far indented as what stands there.
    pub(super) fn inserted(
        &self,
        place: Position,
        path: &str,
        (answer, notation): (Answer, Notation),
    ) -> Option<Edit> {
        let steps = plain_steps(path)?;
        let end = notation.end;
        let start = self.start(place.line)?;
        let before = self.text.get(..start)?;
        let mut lines = String::new();
        if !before.is_empty() && !before.ends_with('\n') {
            lines.push_str(end);
        }
        for (depth, step) in steps.iter().enumerate() {
            lines.extend(std::iter::repeat_n(' ', place.column.saturating_sub(1) + 2 * depth));
            lines.push_str(step);
            lines.push(':');
            if depth + 1 == steps.len() {
                lines.push(' ');
                lines.push_str(&notation.value(answer));
            }
            lines.push_str(end);
        }
        Some(Edit::before(start, lines))
    }

    /// A value that lacks as the first entry of the braces that stand at a place, or behind the key there; in braces of
    /// its own where the key there has nothing.
    pub(super) fn inserted_in_braces(
        &self,
        place: Position,
        path: &str,
        (answer, notation): (Answer, Notation),
    ) -> Option<Edit> {
        let steps = plain_steps(path)?;
        let value = steps.iter().rev().enumerate().fold(notation.value(answer), |value, (depth, step)| {
            let entry = format!("{}: {value}", notation.word(step));
            if depth + 1 == steps.len() { entry } else { format!("{{{entry}}}") }
        });
        match self.opening(place, '{') {
            Some(open) => self.first_item(open + 1, '}', &value),
            None => self.filled(place, &format!("{{{value}}}")),
        }
    }

    /// A value behind the key at a place that has none: nothing stands there, or a word for it.
    pub(super) fn filled(&self, place: Position, new: &str) -> Option<Edit> {
        let at = self.offset(place)?;
        let rest = self.rest_of_line(at, place.line)?;
        let behind = rest.get(key_length(rest)?..)?.trim_start().strip_prefix(':')?;
        let colon = at + rest.len() - behind.len();
        let value = behind.trim_start();
        let start = colon + behind.len() - value.len();
        let end = value.find([' ', '\t', ',', '}', ']']).unwrap_or(value.len());
        match value.get(..end)? {
            "~" | "null" | "Null" | "NULL" => Some(Edit { at: start..start + end, new: new.to_owned() }),
            "" => Some(Edit::before(colon, format!(" {new}"))),
            word if word.starts_with('#') => Some(Edit::before(colon, format!(" {new}"))),
            _ => None,
        }
    }

    /// A word as the first item of the list at a place. `first` is where the item stands that is the first now.
    pub(super) fn added(&self, place: Position, first: Option<Position>, word: &str) -> Option<Edit> {
        if let Some(open) = self.opening(place, '[') {
            return self.first_item(open + 1, ']', word);
        }
        let first = first?;
        let start = self.start(first.line)?;
        let line = self.text.get(start..)?.split_inclusive('\n').next()?;
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_item = line.get(indent..)?.starts_with("- ") && self.offset(first)? == start + indent + 2;
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let new = format!("{}- {word}{end}", " ".repeat(indent));
        is_item.then_some(Edit { at: start..start, new })
    }

    /// Something before what follows an opening bracket, on a line of its own where that has one.
    fn first_item(&self, start: usize, close: char, new: &str) -> Option<Edit> {
        let rest = self.text.get(start..)?;
        let space = rest.get(..rest.len() - rest.trim_start().len())?;
        let at = start..start + space.len();
        let is_broken = space.contains('\n');
        if rest.get(space.len()..)?.starts_with(close) {
            let space = if is_broken { "" } else { space };
            return Some(Edit { at, new: format!("{space}{new}{space}") });
        }
        let gap = if is_broken { space } else { " " };
        Some(Edit { at, new: format!("{space}{new},{gap}") })
    }

    /// Where the bracket stands at a place, or behind the key there.
    fn opening(&self, place: Position, bracket: char) -> Option<usize> {
        let at = self.offset(place)?;
        let rest = self.text.get(at..)?;
        if rest.starts_with(bracket) {
            return Some(at);
        }
        let behind = rest.get(key_length(rest)?..)?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        value.starts_with(bracket).then_some(self.text.len() - value.len())
    }
}

/// How long the key is that a text begins with.
fn key_length(text: &str) -> Option<usize> {
    match text.chars().next()? {
        quote @ ('"' | '\'') => Some(text.get(1..)?.find(quote)? + 2),
        _ => text.find([':', '\n']),
    }
}

/// How long the scalar is that a line begins with; nothing for one that goes on over lines, or is tagged.
fn length(line: &str) -> Option<usize> {
    match line.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = line.get(1..)?;
            let end = inner.find(quote)?;
            // Escapes: nobody writes one in a word or a boolean.
            (!inner.get(..end)?.contains('\\')).then_some(end + 2)
        }
        '|' | '>' | '&' | '*' | '!' | '{' | '[' => None,
        _ => {
            let mut last = '-';
            let ends = |c: char| {
                let is_end = matches!(c, ',' | '}' | ']') || (last == ' ' && c == '#');
                last = c;
                is_end
            };
            let end = line.find(ends).unwrap_or(line.len());
            Some(line.get(..end)?.trim_end().len())
        }
    }
}

/// The steps of a path of plain keys, as anybody writes them.
fn plain_steps(path: &str) -> Option<Vec<&str>> {
    let steps: Vec<&str> = yaml::steps(path).collect();
    let is_plain =
        |step: &&str| step.chars().all(|c| c.is_ascii_alphanumeric()) && step.parse::<usize>().is_err();
    (!steps.is_empty() && !path.contains('[') && steps.iter().all(is_plain)).then_some(steps)
}
