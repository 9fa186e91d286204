//! The line that a finding is about, with a mark below it.
//!
//! A line of a manifest can hold what nobody may see, so no more of it is shown than the key or value that is meant; of
//! values only what the finding says in words as well, and nothing at all where they may be credentials. It must not read files: whoever prints says what stands on a
//! line. Next: [`super::text`].

use std::fmt::Debug;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::narrow::width;
use super::run::{Location, Position, Related, RunFinding};
use super::style::{Style, visible};
use crate::catalogue::check::Family;
use crate::checks;
use crate::engine::report::message;
use crate::inventory::Kind;

/// Longest text that is shown of a line, in characters.
const TEXT_MAX: usize = 160;

/// Keys below which values may be credentials.
const GUARDED: &[&str] =
    &["env", "args", "command", "annotations", "data", "stringData", "binaryData", "value"];

/// What stands on the lines of files.
pub trait Sources: Debug + Send + Sync {
    /// What stands around a place of a file; nothing where there is no such place.
    fn around(&self, file: &str, position: Position) -> Option<Around>;
}

/// The part of a line around a place of it: lines of a minified file have no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// What stands before it; nothing where that is more than [`AROUND`].
    pub before: Option<String>,
    /// What stands there and behind it, [`AROUND`] bytes at most.
    pub after: String,
}

/// Most bytes that are looked at on either side of a place.
pub const AROUND: usize = 1024;

/// What is shown of a line.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    text: String,
    /// What is meant, in bytes.
    span: Range<usize>,
}

/// A line of a file as it is shown, and what is said of it.
#[derive(Debug)]
pub struct Frame {
    /// Line by line, behind an indentation.
    pub lines: String,
    /// Whether the mark says what goes there: on a narrow terminal there may be no room for it.
    pub is_labelled: bool,
}

/// The frame of a finding; nothing where there is no line, or it may not be shown, or there is no room for it.
pub fn frame(finding: &RunFinding, sources: &dyn Sources, style: Style) -> Option<Frame> {
    let missing = finding.missing.as_ref();
    if missing.is_none() && is_guarded(finding) {
        return None;
    }
    let label = missing.map(|missing| format!("{} goes here", visible(&missing.path)));
    let Shown { text, span } = at(finding, &finding.location, sources)?;
    let line = finding.location.position?.line;
    let labelled = label.and_then(|label| drawn((&text, line), span.clone(), Some(label), style));
    let is_labelled = labelled.is_some();
    let lines = labelled.or_else(|| drawn((&text, line), span, None, style))?;
    Some(Frame { lines, is_labelled })
}

/// The frame of another place that a finding is about.
pub fn beside(
    finding: &RunFinding,
    related: &Related,
    sources: &dyn Sources,
    style: Style,
) -> Option<String> {
    if is_guarded(finding) {
        return None;
    }
    let Shown { text, span } = at(finding, &related.location, sources)?;
    drawn((&text, related.location.position?.line), span, None, style)
}

/// What may be shown of the line at a place that a finding is about.
fn at(finding: &RunFinding, location: &Location, sources: &dyn Sources) -> Option<Shown> {
    let position = location.position?;
    let around = sources.around(&location.file, position)?;
    let words = message(&finding.merged);
    let container = finding.merged.found.container.as_deref();
    let is_told = |value: &str| is_harmless(value) || words.contains(value) || container == Some(value);
    shown(&around, &is_told)
}

/// A line with a mark, if it fits.
fn drawn(
    (text, line): (&str, usize),
    span: Range<usize>,
    label: Option<String>,
    style: Style,
) -> Option<String> {
    let mut annotation = AnnotationKind::Primary.span(span);
    if let Some(label) = label {
        annotation = annotation.label(label);
    }
    let indent = style.indent();
    let snippet = Snippet::source(text).line_start(line).annotation(annotation);
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(style.width.saturating_sub(indent).max(40));
    let drawn = renderer.render(&[Group::with_level(Level::ERROR).element(snippet)]);
    let indented = drawn.lines().map(|line| format!("{:indent$}{}\n", "", line.trim_end()));
    let lines = indented.collect::<Vec<_>>().concat();
    let fits = |edge: usize| lines.lines().all(|line| width(line) <= edge);
    style.edge.is_none_or(fits).then_some(lines)
}

/// Whether the value that is meant may be a credential.
fn is_guarded(finding: &RunFinding) -> bool {
    let found = &finding.merged.found;
    let is_secret =
        found.object.as_ref().is_some_and(|key| matches!(key.kind, Kind::Secret | Kind::ConfigMap));
    let of_secrets = checks::find(finding.merged.check).is_none_or(|check| check.family == Family::Secrets);
    let below = |key: &&str| found.field.split(['.', '[', ']']).any(|step| step == *key);
    is_secret || of_secrets || GUARDED.iter().any(below)
}

/// Whether a value is none that anybody would hide: a number, a boolean, or the place in a template for one.
fn is_harmless(value: &str) -> bool {
    let is_action = value.starts_with("{{") && value.ends_with("}}") && !value.contains(['"', '\'', '`']);
    // What go-yaml reads as a boolean or as nothing.
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    let is_word = value == "~" || words.iter().any(|word| value.eq_ignore_ascii_case(word));
    is_action || is_word || value.parse::<i32>().is_ok()
}

/// What may be shown of a line, of which the thing at a place is meant. Values are shown that are told.
fn shown(Around { before, after }: &Around, is_told: &dyn Fn(&str) -> bool) -> Option<Shown> {
    let told = |value: &str| {
        let bare = value.trim_matches(['"', '\'']);
        if !bare.is_empty() && is_told(bare) { clean(value) } else { "...".to_owned() }
    };
    let key = key(after);
    let token = key.unwrap_or_else(|| scalar(after));
    let rest = after.get(token.len()..).unwrap_or_default();
    let plain = before.as_deref().filter(|before| is_plain(before));
    let mut text = plain.map_or_else(|| "... ".to_owned(), clean);
    let start = text.len();
    text.push_str(&key.map_or_else(|| told(token), clean));
    let span = start..text.len();
    if key.is_some() {
        let value = rest.trim_start_matches(':').trim();
        text.push(':');
        if !value.is_empty() && !value.starts_with('#') {
            text.push(' ');
            text.push_str(&told(scalar(value)));
        }
    }
    let is_shown = !span.is_empty() && text.chars().count() <= TEXT_MAX;
    is_shown.then_some(Shown { text, span })
}

/// The key that a text begins with.
fn key(text: &str) -> Option<&str> {
    let (key, rest) = text.split_once(':')?;
    let is_key = !key.is_empty() && !key.contains([' ', ',', '{', '[']);
    (is_key && (rest.is_empty() || rest.starts_with([' ', '\r']))).then_some(key)
}

/// The value that a text begins with.
fn scalar(text: &str) -> &str {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    if let Some(end) = quote.and_then(|quote| text.get(1..)?.find(quote)) {
        return text.get(..end + 2).unwrap_or(text);
    }
    let end = text.find(" #").into_iter().chain(text.find([',', ']', '}'])).min().unwrap_or(text.len());
    // Braces of a template belong to it.
    let end = if text.contains("{{") { text.find(" #").unwrap_or(text.len()) } else { end };
    text.get(..end.max(1)).unwrap_or(text).trim_end()
}

/// Whether nothing stands in front but dashes and one key.
fn is_plain(before: &str) -> bool {
    let text = before.trim_start_matches([' ', '-']);
    text.is_empty()
        || text.trim_end().strip_suffix(':').is_some_and(|key| !key.contains([' ', ':', '{', ',']))
}

/// Text without what a terminal would act on; a tab is a space, as it counts as one column.
fn clean(text: &str) -> String {
    visible(&text.replace('\t', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str, column: usize) -> Option<(String, String)> {
        let is_told = |value: &str| is_harmless(value) || ["a:latest", "x, y", "app", "B"].contains(&value);
        let at = line.char_indices().nth(column - 1)?.0;
        let around = Around { before: Some(line[..at].to_owned()), after: line[at..].to_owned() };
        shown(&around, &is_told).map(|Shown { text, span }| (text.clone(), text[span].to_owned()))
    }

    #[expect(clippy::unnecessary_wraps, reason = "as what is shown is compared")]
    fn both(text: &str, token: &str) -> Option<(String, String)> {
        Some((text.to_owned(), token.to_owned()))
    }

    #[test]
    fn a_value_is_shown_with_its_key() {
        assert_eq!(text("    image: a:latest # why", 12), both("    image: a:latest", "a:latest"));
        assert_eq!(text("  - runAsUser: 0", 16), both("  - runAsUser: 0", "0"));
        assert_eq!(text("privileged: Yes", 13), both("privileged: Yes", "Yes"));
        assert_eq!(text("  a: \"x, y\", b: 1", 6), both("  a: \"x, y\"", "\"x, y\""));
        assert_eq!(
            text("  image: {{ .x | quote }}", 10),
            both("  image: {{ .x | quote }}", "{{ .x | quote }}")
        );
    }

    #[test]
    fn a_value_that_is_not_told_is_not_shown() {
        assert_eq!(text("image: me:secret@host", 8), both("image: ...", "..."));
        assert_eq!(text("a: {{ \"secret\" }}", 4), both("a: ...", "..."));
        assert_eq!(text("  - name: app", 5), both("  - name: app", "name"));
        assert_eq!(text("  password: x", 3), both("  password: ...", "password"));
        assert_eq!(text("    resources:", 5), both("    resources:", "resources"));
    }

    #[test]
    fn what_else_stands_on_a_line_is_not_shown() {
        assert_eq!(text("env: [{name: A, value: secret}, {name: B}]", 34), both("... name: B", "name"));
        assert_eq!(text("{a: secret, b: 1}", 13), both("... b: 1", "b"));
        assert_eq!(text("{a: 5, b: secret}", 5), both("... 5", "5"));
        assert_eq!(text("a: 1", 9), None);
        assert_eq!(text(&format!("{}: 1", "x".repeat(200)), 1), None);
    }

    #[test]
    fn of_a_long_line_a_part_is_enough() {
        let around = Around { before: None, after: "image: a:latest, x".to_owned() };
        let shown = shown(&around, &|value| value == "a:latest").unwrap();
        assert_eq!((shown.text.as_str(), shown.span), ("... image: a:latest", 4..9));
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(text("na\u{1b}[31mme: 1", 1), both("...", "..."));
        assert_eq!(text("na\u{1b}me: 1", 1), both("na\\u{1b}me: 1", "na\\u{1b}me"));
    }
}
