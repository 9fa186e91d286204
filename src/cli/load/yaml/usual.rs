//! Documents as they are usually written, read without the parser, several times as fast.
//!
//! Mappings and lists in blocks, scalars on one line, comments. Whatever else stands in a document, be it right or
//! wrong, leaves the whole document to the parser: this must refuse nothing itself, and read what it reads as the parser
//! does, places included. A test holds both beside each other. Next: [`super::build`], which reads everything.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::spans::{KeyPlace, Place, Recorder, Shape, hash};
use super::{Bounds, COMMENT_SIGN, Parsed, resolve};
use crate::inventory::tree::{Entries, Tree};

/// How deep collections may nest here.
const DEPTH_MAX: usize = 48;

/// Room for the entries that most mappings have.
const FEW: usize = 4;

/// How long a key may be here.
const KEY_MAX: usize = 256;

/// Reads a document; nothing if it is not written as usual.
pub(super) fn parse<'a>(text: &'a str, bounds: &Bounds) -> Option<Parsed<Tree<'a>>> {
    // Without a branch, so that many bytes are looked at at once.
    let odd = text.bytes().fold(false, |odd, byte| odd | is_odd(byte));
    // No value takes less than a byte.
    if odd || text.len() > bounds.nodes || text.contains(COMMENT_SIGN) {
        return None;
    }
    let depth = bounds.depth.min(DEPTH_MAX);
    let mut reader = Reader { rest: text, number: 0, line: None, depth, spans: Recorder::default() };
    reader.advance();
    if matches!(reader.line, Some(Line { indent: 0, text: "---", .. })) {
        reader.advance();
    }
    reader.line.filter(|line| line.indent == 0)?;
    let value = reader.mapping(None)?;
    let parsed = Parsed { value, duplicates: Vec::new(), spans: reader.spans.finish(), comments: Vec::new() };
    reader.line.is_none().then_some(parsed)
}

/// Whether it is more than a visible character of ASCII, a space or a line break.
const fn is_odd(byte: u8) -> bool {
    !matches!(byte, b'\n' | b' '..=b'~')
}

/// A line with more than a comment, or what is left of it.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Its number, from 1.
    number: usize,
    /// What stands before it.
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    const fn place(&self) -> Place {
        Place { line: self.number, column: self.indent + 1 }
    }

    /// What follows so many bytes and the spaces behind them; nothing if that is a comment or nothing.
    fn behind(&self, bytes: usize) -> Option<Self> {
        let rest = self.text.get(bytes..)?;
        let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
        let text = rest.get(spaces..)?;
        let indent = self.indent + bytes + rest.len() - text.len();
        (!text.is_empty() && !text.starts_with('#')).then_some(Self { indent, text, ..*self })
    }

    /// The key that it begins with, if it does and that is text.
    fn key(&self) -> Option<&'a str> {
        let of_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
        let length = self.text.bytes().take_while(|byte| of_key(byte)).count();
        let key = self.text.get(..length)?;
        let bytes = self.text.as_bytes();
        let is_key = bytes.first().is_some_and(u8::is_ascii_alphabetic)
            && length <= KEY_MAX
            && bytes.get(length) == Some(&b':')
            && bytes.get(length + 1).is_none_or(|next| *next == b' ')
            && resolve::is_text(key);
        is_key.then_some(key)
    }

    fn is_item(&self) -> bool {
        self.text.starts_with("- ")
    }
}

struct Reader<'a> {
    /// The lines that come.
    rest: &'a str,
    /// How many were read.
    number: usize,
    /// The line that is read now.
    line: Option<Line<'a>>,
    /// How many collections may still be opened within each other.
    depth: usize,
    spans: Recorder,
}

impl<'a> Reader<'a> {
    /// Goes on to the next line that is neither empty nor a comment.
    fn advance(&mut self) {
        self.line = None;
        while !self.rest.is_empty() && self.line.is_none() {
            let end = memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
            let (line, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
            self.rest = rest.get(1..).unwrap_or_default();
            self.number += 1;
            self.line = Line { number: self.number, indent: 0, text: trim_end(line) }.behind(0);
        }
    }

    /// A collection of lines at one depth, each of which `entry` reads.
    fn collection(
        &mut self,
        (shape, key, place): (Shape, Option<KeyPlace>, Place),
        entry: &mut dyn FnMut(&mut Self, Line<'a>) -> Option<bool>,
    ) -> Option<()> {
        let first = self.line?;
        self.depth = self.depth.checked_sub(1)?;
        self.spans.begin(shape, key, place);
        while let Some(line) = self.line.filter(|line| line.indent == first.indent) {
            if !entry(self, line)? {
                break;
            }
        }
        self.spans.end();
        self.depth += 1;
        // What stands deeper goes on with a scalar, or is wrong.
        self.line.is_none_or(|line| line.indent <= first.indent).then_some(())
    }

    fn mapping(&mut self, key: Option<KeyPlace>) -> Option<Tree<'a>> {
        let mut entries = Vec::with_capacity(FEW);
        let place = self.line?.place();
        self.collection((Shape::Mapping, key, place), &mut |reader, line| {
            let name = line.key()?;
            let key = KeyPlace { hash: hash(name), place: line.place() };
            let value = match line.behind(name.len() + 1) {
                Some(value) => reader.scalar(value, Some(key))?,
                None => reader.block(line.indent, key)?,
            };
            entries.push((Cow::Borrowed(name), value));
            Some(true)
        })?;
        // Of a key that is given twice much is to be told.
        Entries::unique(entries).map(Tree::Mapping)
    }

    fn list(&mut self, key: KeyPlace, place: Place) -> Option<Tree<'a>> {
        let mut items = Vec::new();
        self.collection((Shape::Sequence, Some(key), place), &mut |reader, line| {
            if !line.is_item() {
                return Some(false);
            }
            let item = line.behind(1)?;
            items.push(if item.key().is_some() {
                reader.line = Some(item);
                reader.mapping(None)?
            } else {
                reader.scalar(item, None)?
            });
            Some(true)
        })?;
        Some(Tree::List(items))
    }

    /// What stands below a key: deeper, or a list as deep as the key.
    fn block(&mut self, indent: usize, key: KeyPlace) -> Option<Tree<'a>> {
        self.advance();
        let line = self.line?;
        match (line.is_item(), line.indent.checked_sub(indent)?) {
            // To the parser, a list that is no deeper than its key begins behind its first dash.
            (true, 0) => self.list(key, line.behind(1)?.place()),
            (true, _) => self.list(key, line.place()),
            (false, 0) => None,
            (false, _) => self.mapping(Some(key)),
        }
    }

    /// The scalar that ends this line, or an empty collection.
    fn scalar(&mut self, line: Line<'a>, key: Option<KeyPlace>) -> Option<Tree<'a>> {
        let text = line.text;
        let (shape, value, length) = match text.as_bytes() {
            [quote @ (b'"' | b'\''), ..] => {
                let content = text.get(1..)?.split(char::from(*quote)).next()?;
                if content.contains('\\') && *quote == b'"' {
                    return None;
                }
                (Shape::Scalar, Tree::Text(Cow::Borrowed(content)), content.len() + 2)
            }
            [b'{', b'}', ..] => (Shape::Mapping, Tree::Mapping(Entries::default()), 2),
            [b'[', b']', ..] => (Shape::Sequence, Tree::List(Vec::new()), 2),
            _ => {
                let content = plain(text)?;
                (Shape::Scalar, resolve::value(content)?, content.len())
            }
        };
        // A comment has a space before it.
        let rest = text.get(length..)?;
        if !rest.is_empty() && (!rest.starts_with(' ') || line.behind(length).is_some()) {
            return None;
        }
        self.spans.begin(shape, key, line.place());
        if shape != Shape::Scalar {
            self.depth.checked_sub(1)?;
            self.spans.end();
        }
        self.advance();
        Some(value)
    }
}

/// Without the spaces at its end.
fn trim_end(line: &str) -> &str {
    let spaces = line.bytes().rev().take_while(|byte| *byte == b' ').count();
    line.get(..line.len() - spaces).unwrap_or(line)
}

/// Whether one of these bytes stands in front of the other.
fn comes_before(text: &str, byte: u8, next: u8) -> bool {
    memchr_iter(byte, text.as_bytes()).any(|at| text.as_bytes().get(at + 1) == Some(&next))
}

/// The scalar without quotes with which a line begins, if it means itself.
fn plain(text: &str) -> Option<&str> {
    let begins = match text.as_bytes() {
        [b'-', next, ..] => *next != b' ',
        [first, ..] => first.is_ascii_alphanumeric() || b"_/.+$(=~<".contains(first),
        [] => false,
    };
    let has_comment = comes_before(text, b' ', b'#');
    let content = if has_comment { trim_end(text.split(" #").next()?) } else { text };
    (begins && !content.ends_with(':') && !comes_before(content, b':', b' ')).then_some(content)
}

#[cfg(test)]
#[path = "usual_tests.rs"]
mod tests;
