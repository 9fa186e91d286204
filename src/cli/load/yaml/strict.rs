//! What the parser reads and the Go libraries of Kubernetes refuse, or read as something else.
//!
//! Each rule was tried on those libraries. Refusing more than they do is harmless; reading what they
//! refuse would call a file ready that no server takes. Next: [`super::build`], which asks.

use std::ops::Range;

use granit_parser::{ScalarStyle, Span};

use super::{Place, YamlProblem};

/// What is wrong with a scalar, as it stands in the text. `flow`: inside brackets or braces.
pub(super) fn scalar(
    text: &str,
    span: &Span,
    (style, value): (ScalarStyle, &str),
    flow: bool,
) -> Option<YamlProblem> {
    if let Some(problem) = tag(text, span) {
        return Some(problem);
    }
    let source = span.slice(text)?;
    match style {
        ScalarStyle::DoubleQuoted => has_json_escape(source).then_some(YamlProblem::Escape),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            (is_indented_by_tab(text, span, value).unwrap_or(false) || is_among_tabs(text, span, value))
                .then_some(YamlProblem::Tab)
        }
        ScalarStyle::Plain if has_leading_tab(source) || (flow && is_before_tab(text, span)) => {
            Some(YamlProblem::Tab)
        }
        ScalarStyle::Plain if flow => plain_in_flow(source, after(text, span)).map(YamlProblem::Style),
        ScalarStyle::Plain | ScalarStyle::SingleQuoted => None,
    }
}

/// What is wrong with a key inside braces: it shares its line with its colon.
pub(super) fn key_in_flow(text: &str, span: &Span) -> Option<YamlProblem> {
    let first = span.tag_span().map_or_else(|| span.start.line(), |tag| tag.start.line());
    let after = after(text, span);
    let rest = after.trim_start();
    let gap = after.get(..after.len() - rest.len()).unwrap_or_default();
    let lines = first != span.end.line() || (rest.starts_with(':') && gap.contains('\n'));
    let lines = lines || rest.starts_with('#');
    lines.then_some(KEY_OVER_LINES)
}

/// What is wrong with the anchor of such a key: it stands on the same line.
pub(super) fn anchor_of_key(text: &str, span: &Span) -> Option<YamlProblem> {
    let after = after(text, span).trim_start_matches([' ', '\t']);
    after.starts_with(['\r', '\n', '#']).then_some(KEY_OVER_LINES)
}

const KEY_OVER_LINES: YamlProblem =
    YamlProblem::Style("a key inside {} must be on one line with its colon and its anchor");

/// What is wrong with the name of an anchor.
pub(super) fn anchor(text: &str, span: &Span, name: &str) -> Option<YamlProblem> {
    let ends = after(text, span).chars().next().is_none_or(|c| c.is_whitespace() || "?:,]}%@`".contains(c));
    let known = ends && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    (!known).then_some(YamlProblem::Style("the name of an anchor holds letters, digits, - and _ only"))
}

/// Whether a block scalar ends with the text, in the middle of a line: it gets no line break then.
pub(super) fn is_cut_short(text: &str, span: &Span, value: &str) -> bool {
    let at_end = span.end.byte_offset().is_none_or(|end| end >= text.len());
    let last = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    let spaces = value.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    // A last line of spaces counts only where it goes beyond the indentation.
    let beyond = !spaces.is_empty()
        && spaces.chars().all(|c| c == ' ')
        && last.len() > indentation(text, span, value).unwrap_or(spaces.len());
    // Of nothing but line breaks, those that are there: the first ended the header.
    let breaks = text.chars().rev().take_while(|c| c.is_whitespace()).filter(|c| *c == '\n').count();
    let empty = value.chars().all(|c| c == '\n') && value.len() >= breaks;
    at_end && !last.is_empty() && (!last.trim_matches(' ').is_empty() || beyond || empty)
}

/// How far a block scalar is indented: what its first line lost that is more than spaces, or else the longest.
fn indentation(text: &str, span: &Span, value: &str) -> Option<usize> {
    let start = text.get(..span.start.byte_offset()?)?.rfind('\n').map_or(0, |at| at + 1);
    let lines = text.get(start..)?;
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let first = |text: &str| text.lines().find(|line| !line.trim_matches(' ').is_empty()).map(spaces);
    let longest = |text: &str| text.lines().map(spaces).max();
    let (source, kept) = first(lines).zip(first(value)).or_else(|| longest(lines).zip(longest(value)))?;
    source.checked_sub(kept)
}

/// The text with spaces for the tabs in front of its lines; nothing if there are none.
pub(super) fn without_leading_tabs(text: &str) -> Option<String> {
    if !has_leading_tab(text) && !text.starts_with('\t') {
        return None;
    }
    let mut leading = true;
    let replace = |c: char| {
        let tab = leading && c == '\t';
        leading = matches!(c, '\n' | '\r') || (leading && matches!(c, ' ' | '\t'));
        if tab { ' ' } else { c }
    };
    Some(text.chars().map(replace).collect())
}

/// Where the first tab in front of a line stands, in a part of a text.
pub(super) fn leading_tab(text: &str, part: Range<usize>) -> Option<Place> {
    let begin = text.get(..part.start)?.rfind('\n').map_or(0, |at| at + 1);
    let first = text.get(..begin)?.matches('\n').count() + 1;
    let mut at = begin;
    for (index, line) in text.get(begin..part.end)?.split_inclusive('\n').enumerate() {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if line.get(spaces..)?.starts_with('\t') && at + spaces >= part.start {
            return Some(Place { line: first + index, column: spaces + 1 });
        }
        at += line.len();
    }
    None
}

/// Whether a line but the first begins with a tab, or with spaces and a tab.
fn has_leading_tab(text: &str) -> bool {
    text.contains('\t')
        && text.split(['\n', '\r']).skip(1).any(|line| line.trim_start_matches(' ').starts_with('\t'))
}

/// Whether the line that begins behind a scalar begins with a tab.
fn is_before_tab(text: &str, span: &Span) -> bool {
    let after = after(text, span);
    let space = after.len() - after.trim_start().len();
    has_leading_tab(after.get(..space).unwrap_or_default())
}

/// Whether a block scalar without content but spaces stands among lines that begin with a tab.
fn is_among_tabs(text: &str, span: &Span, value: &str) -> bool {
    let before = span.start.byte_offset().and_then(|start| text.get(..start)).unwrap_or_default();
    let after = after(text, span);
    let end = text.len() - after.trim_start().len();
    let lines = text.get(before.trim_end().len()..end).unwrap_or_default();
    value.trim_matches([' ', '\n']).is_empty() && has_leading_tab(lines)
}

/// Whether a line of a block scalar begins with a tab, maybe behind its indentation.
pub(super) fn has_tabs_in_front(text: &str, span: &Span) -> bool {
    let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else { return true };
    let start = text.get(..start).map_or(0, |before| before.trim_end().len());
    text.get(start..end).is_none_or(has_leading_tab)
}

/// Whether a document begins with the dots that end one.
pub(super) fn begins_with_end(text: &str) -> bool {
    let content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = text.split('\n').find(content).unwrap_or_default();
    first.strip_prefix("...").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a block scalar that is the whole document has a line that is not indented: it would end before.
pub(super) fn is_unindented(text: &str, span: &Span) -> bool {
    let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else { return false };
    let start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let lines = text.get(start..end).unwrap_or_default();
    lines.lines().any(|line| !line.is_empty() && !line.starts_with(' '))
}

/// What is wrong with a tag: letters of links only, and a space behind it.
pub(super) fn tag(text: &str, span: &Span) -> Option<YamlProblem> {
    let tag = span.tag_span()?;
    let after = after(text, &tag);
    let glued = !after.is_empty() && !after.starts_with(char::is_whitespace);
    let wrong = glued || tag.slice(text)?.contains('#');
    wrong.then_some(YamlProblem::Style("a tag holds no # and ends with a space"))
}

/// Whether a tab stands where indentation decides what belongs to what.
pub(super) fn is_behind_tab(text: &str, span: &Span) -> bool {
    let start = span.tag_span().map_or(span.start, |tag| tag.start);
    let before = text.get(..start.byte_offset().unwrap_or_default()).unwrap_or_default();
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    line.contains('\t') && line.chars().all(|c| matches!(c, ' ' | '\t' | '-' | '?' | ':'))
}

/// Whether a line between two events begins with a tab: blank to the parser, an error to Kubernetes.
pub(super) fn is_blank_with_tab(text: &str, from: usize, span: &Span) -> bool {
    let gap = span.start.byte_offset().and_then(|to| text.get(from..to)).unwrap_or_default();
    // What stands before the first line break belongs to the line of the event before.
    let begins_line =
        text.get(..from).is_none_or(|before| before.is_empty() || before.ends_with(['\n', '\r']));
    let skipped = usize::from(!begins_line);
    if !gap.contains('\t') {
        return false;
    }
    let indicator = |(index, line): (usize, &str)| {
        let line = line.split('#').next().unwrap_or_default();
        // A colon that does not begin its line ends a key, and a tab may follow it.
        let explicit = line.trim_start().strip_prefix(':').filter(|_| index >= skipped);
        explicit.is_some_and(|rest| rest.trim_start_matches(' ').starts_with('\t'))
            || line.match_indices(['-', '?']).any(|(at, _)| {
                // As part of a tag they indicate nothing.
                let stands_alone =
                    line.get(..at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']));
                let rest = line.get(at + 1..).unwrap_or_default();
                stands_alone && rest.trim_start_matches(' ').starts_with('\t')
            })
    };
    if gap.split('\n').enumerate().any(indicator) {
        return true;
    }
    gap.split(['\n', '\r']).skip(skipped).any(|line| line.trim_start_matches(' ').starts_with('\t'))
}

fn after<'a>(text: &'a str, span: &Span) -> &'a str {
    span.end.byte_offset().and_then(|end| text.get(end..)).unwrap_or_default()
}

fn plain_in_flow(source: &str, after: &str) -> Option<&'static str> {
    // `{a:}` is the key `a` to one reader and the key `a:` to the other.
    let behind = after.trim_start();
    let glued = behind.strip_prefix(':').is_some_and(|rest| rest.starts_with([',', '[', ']', '{', '}']));
    if source.contains('?') {
        Some("text with a question mark inside [] or {} must be quoted")
    } else if glued || source.starts_with(':') {
        Some("inside [] or {} a colon needs a space behind it, or its text quotes")
    } else {
        None
    }
}

/// Whether quoted text holds an escape that JSON has and YAML 1.1 has not: a slash, or half of a
/// surrogate pair.
fn has_json_escape(quoted: &str) -> bool {
    let mut characters = quoted.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            continue;
        }
        let escape = characters.as_str();
        characters.next();
        let hex = escape.strip_prefix('u').and_then(|rest| rest.get(..4));
        let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if escape.starts_with('/') || code.is_some_and(|code| (0xD800..0xE000).contains(&code)) {
            return true;
        }
    }
    false
}

/// Whether a line of a block scalar has a tab within its indentation.
fn is_indented_by_tab(text: &str, span: &Span, value: &str) -> Option<bool> {
    let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
    let rest = text.get(end..)?;
    let end = end + rest.len() - rest.trim_start().len();
    // The span begins at the first character of the content; its indentation stands before it.
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let header = text.get(..line)?.trim_end().rsplit('\n').next().unwrap_or_default();
    let header = header.split(" #").next().unwrap_or_default().trim_end_matches([' ', '-', '+']);
    let mut indent = None;
    if header.ends_with(|c: char| c.is_ascii_digit()) {
        // The block states its indentation: what its first line lost of its spaces.
        let spaces = |text: &str| {
            let line = text.split('\n').find(|line| !line.trim_matches([' ', '\r']).is_empty())?;
            Some(line.len() - line.trim_start_matches(' ').len())
        };
        indent = Some(spaces(text.get(line..end)?)?.saturating_sub(spaces(value)?));
    }
    for line in text.get(line..end)?.lines() {
        let content = line.trim_start_matches(' ');
        let spaces = line.len() - content.len();
        if content.starts_with('\t') && indent.is_none_or(|indent| spaces < indent) {
            return Some(true);
        }
        if !content.is_empty() {
            indent = indent.or(Some(spaces));
        }
    }
    Some(false)
}
