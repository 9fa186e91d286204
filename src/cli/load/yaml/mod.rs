//! One YAML document as Kubernetes reads it: the only module that names the YAML parser.
//!
//! Grammar is the parser's; what a scalar means, what a key becomes, merge keys and aliases follow the
//! Go libraries of the API server and kubectl. Where they refuse, this refuses. It must not know what a
//! Kubernetes object is. Next: [`stream`] splits a file, [`usual`] reads what is written as usual and [`build`]
//! everything, [`resolve`] says what a scalar means, [`spans`] holds where everything stands.

mod anchors;
mod build;
mod extent;
mod json;
mod node;
mod path;
mod resolve;
mod seek;
mod spans;
pub mod stream;
mod strict;
mod usual;

use granit_parser::{Parser, ScanError};
use serde_json::Value;
use thiserror::Error;

pub use anchors::{Steps, shared};
pub use extent::Beginnings;
pub use seek::{Found, Lists, names as steps};
pub use spans::{Place, Spans};

use crate::inventory::tree::Tree;

/// How large input may be. Past a bound there is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Nesting of one document.
    pub depth: usize,
    /// Values of one document, after aliases.
    pub nodes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { file_bytes: 64 * 1024 * 1024, depth: 255, nodes: 1_000_000 }
    }
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<V = Value> {
    /// Its value.
    pub value: V,
    /// Keys that are given twice; the last one counts.
    pub duplicates: Vec<DuplicateKey>,
    /// Where everything stands.
    pub spans: Spans,
    /// The comments that are for this product.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it begins.
    pub place: Place,
    /// Whether nothing stands before it on its line.
    pub is_alone: bool,
    /// What it says, without `#`.
    pub text: String,
}

/// How a comment for this product begins.
pub const COMMENT_MARK: &str = "seaworthy:";

/// What every text holds that has such a comment, or one that was meant as such.
const COMMENT_SIGN: &str = "eaworthy:";

/// Whether a comment is for this product, or was meant to be: with another letter at its beginning, or behind another
/// comment.
pub fn is_meant(comment: &str) -> bool {
    let is_mark = |text: &str| {
        text.get(..COMMENT_MARK.len()).is_some_and(|mark| mark.eq_ignore_ascii_case(COMMENT_MARK))
    };
    let is_ignore = |text: &str| is_mark(text) && text.contains("ignore[");
    let text = comment.trim_start();
    text.starts_with(COMMENT_MARK)
        || is_ignore(text)
        || comment.split('#').skip(1).any(|text| is_ignore(text.trim_start()))
}

/// What stands in place of bytes that are no text: nobody writes it, and Kubernetes reads none of it.
pub const NO_TEXT: &str = "\u{FFFF}\u{FDD0}\u{FFFF}";

/// A key that a mapping holds twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key.
    pub key: String,
    /// Path of the key from the root of the document.
    pub path: String,
    /// Where it is given first.
    pub first: Place,
    /// Where the one is given that counts.
    pub last: Place,
}

/// Why a document cannot be read, and where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{problem}")]
pub struct YamlError {
    /// Line in the document, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: YamlProblem,
}

impl YamlError {
    /// The same; of a template that nobody rendered, it says so.
    fn of_template(mut self, text: &str) -> Self {
        let is_action = |line: &str| line.trim_start().starts_with("{{") && line.contains("}}");
        if let YamlProblem::Syntax(words) = &mut self.problem
            && text.lines().any(is_action)
        {
            words.push_str("; if this is a Helm template, render it first");
        }
        self
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum YamlProblem {
    /// It does not follow the grammar.
    #[error("not YAML: {0}")]
    Syntax(String),
    /// It begins like JSON and does not go on so.
    #[error("not JSON: {0}")]
    Json(String),
    /// It nests too deep.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// It holds too many values once its aliases are replaced.
    #[error("more than {0} values after aliases are replaced")]
    TooLarge(usize),
    /// A mapping, a list, null or a number beyond 64 bits as a key.
    #[error("{0} cannot be a key; if this is a Helm template, render it first")]
    Key(&'static str),
    /// Two keys that differ in YAML and are the same in JSON.
    #[error("the key `{key}` is given twice, on line {first} as another type")]
    Collision {
        /// The key.
        key: String,
        /// Line of the first.
        first: usize,
    },
    /// A tag that the value does not fit, or that is not read here.
    #[error("the value does not fit its tag {0}")]
    Tag(String),
    /// A number that JSON does not have.
    #[error("`{0}` is no number that Kubernetes knows")]
    Number(String),
    /// `<<` with something other than mappings.
    #[error("a merge key `<<` takes a mapping or a list of mappings")]
    Merge,
    /// An alias inside its own anchor.
    #[error("an alias refers to what contains it")]
    Recursive,
    /// A tab as indentation.
    #[error("a tab cannot indent: use spaces")]
    Tab,
    /// A character at which some readers break the line and others do not.
    #[error("U+{0:04X} breaks the line for Kubernetes and is hard to see: remove it")]
    LineBreak(u32),
    /// An escape that only JSON has.
    #[error("an escape of JSON that YAML does not have: write the character itself")]
    Escape,
    /// Notation that some readers take and Kubernetes does not, or takes for something else.
    #[error("{0}")]
    Style(&'static str),
    /// Bytes that are no text.
    #[error("not UTF-8 text: remove what stands there, or save it as UTF-8")]
    NotUtf8,
    /// A second value, which Kubernetes would drop in silence.
    #[error("text after the end of the document would be ignored")]
    Trailing,
}

impl<V> Parsed<V> {
    /// The same with another value.
    pub fn map<W>(self, change: impl FnOnce(V) -> W) -> Parsed<W> {
        let Self { value, duplicates, spans, comments } = self;
        Parsed { value: change(value), duplicates, spans, comments }
    }
}

/// Reads one document; nothing for one without content.
pub fn parse(text: &str, bounds: &Bounds) -> Result<Option<Parsed>, YamlError> {
    let parsed = read(text, bounds)?.filter(|parsed| !parsed.value.is_null());
    Ok(parsed.map(|parsed| parsed.map(|tree| tree.to_value())))
}

/// The same as a tree that borrows the text where it can; null where there are comments and nothing else.
pub fn read<'a>(text: &'a str, bounds: &Bounds) -> Result<Option<Parsed<Tree<'a>>>, YamlError> {
    if let Some(at) = text.find(NO_TEXT) {
        return Err(place_of(text, at).error(YamlProblem::NotUtf8));
    }
    if let Some(parsed) = usual::parse(text, bounds) {
        return Ok(Some(parsed));
    }
    parse_any(text, bounds).map(|parsed| parsed.map(|parsed| parsed.map(Tree::from)))
}

/// Reads a document however it is written.
fn parse_any(text: &str, bounds: &Bounds) -> Result<Option<Parsed>, YamlError> {
    if let Some(error) = hidden_break(text) {
        return Err(error);
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.contains('\u{FEFF}') && text.lines().any(|line| line.trim_start().starts_with('\u{FEFF}')) {
        let problem = YamlProblem::Style("a byte order mark stands at the beginning of a file only");
        return Err(Place { line: 1, column: 1 }.error(problem));
    }
    if strict::begins_with_end(text) {
        let problem = YamlProblem::Style("`...` ends a document that has not begun");
        return Err(Place { line: 1, column: 1 }.error(problem));
    }
    let error = match build(text, text, bounds) {
        Err(error) if matches!(error.problem, YamlProblem::Syntax(_)) => error,
        read => return read,
    };
    // The parser takes no tab in front of a line, where flow collections and quotes may have one.
    match strict::without_leading_tabs(text) {
        Some(spaces) => build(&spaces, text, bounds),
        None => Err(error.of_template(text)),
    }
}

/// Reads `parsed`, which is `text` but for white space.
fn build(parsed: &str, text: &str, bounds: &Bounds) -> Result<Option<Parsed>, YamlError> {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_comments: text.contains(COMMENT_SIGN),
        flow_nesting_limit: bounds.depth,
        block_nesting_limit: bounds.depth,
    };
    let mut builder = build::Builder::new(text, bounds, !std::ptr::eq(parsed, text));
    for next in Parser::new_from_str_with_options(parsed, options) {
        let (event, span) = next.map_err(|error| syntax(&error, bounds))?;
        let (place, before) =
            (Place { line: span.start.line(), column: span.start.col() + 1 }, builder.read());
        builder.event(event, &span).map_err(|problem| {
            let tab = || strict::leading_tab(text, before..span.end.byte_offset().unwrap_or(text.len()));
            let tab = if problem == YamlProblem::Tab { tab() } else { None };
            tab.unwrap_or(place).error(problem)
        })?;
    }
    Ok(builder.finish())
}

fn hidden_break(text: &str) -> Option<YamlError> {
    // Almost every document is ASCII, which is quick to see.
    let hidden = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let other = if text.is_ascii() { None } else { text.char_indices().find(|(_, c)| hidden(*c)) };
    let mut returns = text.match_indices('\r').map(|(at, _)| at);
    let lone = returns.find(|at| !text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')));
    let (at, c) = other.into_iter().chain(lone.map(|at| (at, '\r'))).min()?;
    Some(place_of(text, at).error(YamlProblem::LineBreak(u32::from(c))))
}

/// The place of a byte.
fn place_of(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place { line: before.matches('\n').count() + 1, column }
}

fn syntax(error: &ScanError, bounds: &Bounds) -> YamlError {
    use granit_parser::ErrorKind;
    let place = Place { line: error.marker().line(), column: error.marker().col() + 1 };
    place.error(match error.kind() {
        ErrorKind::RecursionLimitExceeded => YamlProblem::TooDeep(bounds.depth),
        _ => YamlProblem::Syntax(error.info()),
    })
}

#[cfg(test)]
mod tests;
