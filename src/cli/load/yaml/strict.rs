//! What the parser reads and the Go libraries of Kubernetes refuse, or read as something else.
//!
//! Each rule was tried on those libraries. Refusing more than they do is harmless; reading what they
//! refuse would call a file ready that no server takes. Next: [`super::build`], which asks.

use granit_parser::{ScalarStyle, Span};

use super::YamlProblem;

/// What is wrong with a scalar, as it stands in the text. `flow`: inside brackets or braces.
pub(super) fn scalar(text: &str, span: &Span, style: ScalarStyle, flow: bool) -> Option<YamlProblem> {
    if let Some(problem) = tag(text, span) {
        return Some(problem);
    }
    let source = span.slice(text)?;
    match style {
        ScalarStyle::DoubleQuoted => has_json_escape(source).then_some(YamlProblem::Escape),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            is_indented_by_tab(text, span).unwrap_or(false).then_some(YamlProblem::Tab)
        }
        ScalarStyle::Plain if flow => plain_in_flow(source, after(text, span)).map(YamlProblem::Style),
        ScalarStyle::Plain | ScalarStyle::SingleQuoted => None,
    }
}

/// What is wrong with a key inside braces: it shares its line with its colon.
pub(super) fn key_in_flow(text: &str, span: &Span) -> Option<YamlProblem> {
    let after = after(text, span);
    let rest = after.trim_start();
    let gap = after.get(..after.len() - rest.len()).unwrap_or_default();
    let lines = span.start.line() != span.end.line() || (rest.starts_with(':') && gap.contains('\n'));
    lines.then_some(YamlProblem::Style("a key inside {} must be on one line with its colon"))
}

/// What is wrong with the name of an anchor.
pub(super) fn anchor(text: &str, span: &Span, name: &str) -> Option<YamlProblem> {
    let ends = after(text, span).chars().next().is_none_or(|c| c.is_whitespace() || "?:,]}%@`".contains(c));
    let known = ends && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    (!known).then_some(YamlProblem::Style("the name of an anchor holds letters, digits, - and _ only"))
}

/// Whether a block scalar ends with the text, in the middle of a line: it gets no line break then.
pub(super) fn is_cut_short(text: &str, span: &Span) -> bool {
    let at_end = span.end.byte_offset().is_none_or(|end| end >= text.len());
    at_end && text.rsplit('\n').next().is_some_and(|line| !line.trim_matches(' ').is_empty())
}

/// What is wrong with a tag: letters of links only, and a space behind it.
fn tag(text: &str, span: &Span) -> Option<YamlProblem> {
    let tag = span.tag_span()?;
    let wrong = tag.slice(text)?.contains('#') || !after(text, &tag).starts_with(|c: char| c.is_whitespace());
    let at_end = after(text, &tag).is_empty();
    (wrong && !at_end).then_some(YamlProblem::Style("a tag holds no # and ends with a space"))
}

/// Whether a tab stands where indentation decides what belongs to what.
pub(super) fn is_behind_tab(text: &str, span: &Span) -> bool {
    let start = span.start.byte_offset().unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.contains('\t') && line.chars().all(|c| matches!(c, ' ' | '\t' | '-' | '?'))
}

/// Whether a line between two events begins with a tab: blank to the parser, an error to Kubernetes.
pub(super) fn is_blank_with_tab(text: &str, from: usize, span: &Span) -> bool {
    let gap = span.start.byte_offset().and_then(|to| text.get(from..to)).unwrap_or_default();
    // What stands before the first line break belongs to the line of the event before.
    let begins_line = text.get(..from).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
    let skipped = usize::from(!begins_line);
    gap.split('\n').skip(skipped).any(|line| line.trim_start_matches(' ').starts_with('\t'))
}

fn after<'a>(text: &'a str, span: &Span) -> &'a str {
    span.end.byte_offset().and_then(|end| text.get(end..)).unwrap_or_default()
}

fn plain_in_flow(source: &str, after: &str) -> Option<&'static str> {
    // `{a:}` is the key `a` to one reader and the key `a:` to the other.
    let glued = after.strip_prefix(':').is_some_and(|rest| rest.starts_with([',', '[', ']', '{', '}']));
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

/// Whether a line of a block scalar has a tab within its indentation. A block that states its
/// indentation is not looked at.
fn is_indented_by_tab(text: &str, span: &Span) -> Option<bool> {
    let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
    // The span begins at the first character of the content; its indentation stands before it.
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let header = text.get(..line)?.trim_end().rsplit('\n').next().unwrap_or_default();
    let header = header.split(" #").next().unwrap_or_default().trim_end_matches([' ', '-', '+']);
    if header.ends_with(|c: char| c.is_ascii_digit()) {
        return Some(false);
    }
    let mut indent = None;
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
