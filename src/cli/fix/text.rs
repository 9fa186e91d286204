//! Pieces of YAML and JSON put into a text, in the notation that stands there.
//!
//! Where the notation is not plain, nothing is changed: whoever asks reads the text again, and keeps the edit only if
//! it says what it should. It must not know what a value means. Next: [`super::edit`], which asks.

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

/// Another scalar in the place of one.
pub(super) fn replaced(text: &str, place: Position, new: &str) -> Option<String> {
    let start = offset(text, place)?;
    let line = text.get(start..)?.lines().next()?;
    let end = start + length(line)?;
    Some(format!("{}{new}{}", text.get(..start)?, text.get(end..)?))
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
            let ends = [line.find(" #"), line.find([',', '}', ']'])];
            let end = ends.into_iter().flatten().min().unwrap_or(line.len());
            Some(line.get(..end)?.trim_end().len())
        }
    }
}

/// Lines with a value that lacks, before a line and as far indented as what stands there.
pub(super) fn inserted(
    text: &str,
    place: Position,
    path: &str,
    (answer, notation): (Answer, Notation),
) -> Option<String> {
    let steps = plain_steps(path)?;
    let end = notation.end;
    let start = line_start(text, place.line)?;
    let before = text.get(..start)?;
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
    Some(format!("{before}{lines}{}", text.get(start..)?))
}

/// A value that lacks as the first entry of the braces that stand at a place, or behind the key there.
pub(super) fn inserted_in_braces(
    text: &str,
    place: Position,
    path: &str,
    (answer, notation): (Answer, Notation),
) -> Option<String> {
    let steps = plain_steps(path)?;
    let start = opening(text, place, '{')? + 1;
    let value = steps.iter().rev().enumerate().fold(notation.value(answer), |value, (depth, step)| {
        let entry = format!("{}: {value}", notation.word(step));
        if depth + 1 == steps.len() { entry } else { format!("{{{entry}}}") }
    });
    first_item(text, start, '}', &value)
}

/// A word as the first item of the list at a place. `first` is where the item stands that is the first now.
pub(super) fn added(text: &str, place: Position, first: Option<Position>, word: &str) -> Option<String> {
    if let Some(start) = opening(text, place, '[') {
        return first_item(text, start + 1, ']', word);
    }
    let first = first?;
    let start = line_start(text, first.line)?;
    let line = text.get(start..)?.split_inclusive('\n').next()?;
    let indent = line.len() - line.trim_start_matches(' ').len();
    let is_item = line.get(indent..)?.starts_with("- ") && offset(text, first)? == start + indent + 2;
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let new = format!("{}- {word}{end}", " ".repeat(indent));
    is_item.then_some(format!("{}{new}{}", text.get(..start)?, text.get(start..)?))
}

/// Something before what follows an opening bracket, on a line of its own where that has one.
fn first_item(text: &str, start: usize, close: char, new: &str) -> Option<String> {
    let rest = text.get(start..)?;
    let space = rest.get(..rest.len() - rest.trim_start().len())?;
    let (before, after) = (text.get(..start)?, rest.get(space.len()..)?);
    if after.starts_with(close) {
        let space = if space.contains('\n') { "" } else { space };
        return Some(format!("{before}{space}{new}{space}{after}"));
    }
    let gap = if space.contains('\n') { space } else { " " };
    Some(format!("{before}{space}{new},{gap}{after}"))
}

/// Where the bracket stands at a place, or behind the key there.
fn opening(text: &str, place: Position, bracket: char) -> Option<usize> {
    let at = offset(text, place)?;
    let rest = text.get(at..)?;
    if rest.starts_with(bracket) {
        return Some(at);
    }
    let key = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest.get(1..)?.find(quote)? + 2,
        _ => rest.find([':', '\n'])?,
    };
    let behind = rest.get(key..)?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start();
    value.starts_with(bracket).then_some(text.len() - value.len())
}

/// The steps of a path of plain keys, as anybody writes them.
fn plain_steps(path: &str) -> Option<Vec<&str>> {
    let steps: Vec<&str> = yaml::steps(path).collect();
    let is_plain =
        |step: &&str| step.chars().all(|c| c.is_ascii_alphanumeric()) && step.parse::<usize>().is_err();
    (!steps.is_empty() && !path.contains('[') && steps.iter().all(is_plain)).then_some(steps)
}

/// Where a line begins; at the end of the text for the one after the last.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let count = line.checked_sub(1)?;
    starts.nth(count).or_else(|| (text.lines().count() == count).then_some(text.len()))
}

fn offset(text: &str, place: Position) -> Option<usize> {
    let start = line_start(text, place.line)?;
    let line = text.get(start..)?;
    // A mark at the beginning of a file has no column.
    let mark = usize::from(start == 0 && line.starts_with('\u{FEFF}'));
    line.char_indices().nth(place.column.checked_sub(1)? + mark).map(|(at, _)| start + at)
}
