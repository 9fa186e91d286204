//! From the text of a file to its documents, as kubectl splits it.
//!
//! At lines that begin with `---`, before YAML is read: so a broken document cannot hide the next one. A
//! file that begins with a brace is read as a stream of JSON first; where that ends after one value at most,
//! the rest is YAML. Next: [`super::parse`].

use memchr::{memchr_iter, memmem};

use super::{
    Bounds, COMMENT_SIGN, Comment, NO_TEXT, Parsed, Place, YamlError, YamlProblem, is_meant, json, read,
};
use crate::inventory::tree::Tree;

/// A document of a file.
#[derive(Debug)]
pub struct Document<'a> {
    /// Line of the file on which it begins, from 1; lines of its errors and spans count from there.
    pub first_line: usize,
    /// Its value; nothing for one without content.
    pub parsed: Result<Option<Parsed<Tree<'a>>>, YamlError>,
    /// The comments for this product in documents before it that hold nothing else, and its own if it says nothing itself;
    /// their lines are the file's.
    pub before: Vec<Comment>,
}

/// The documents of a file, in order, each read when it is asked for.
pub fn documents<'a>(text: &'a str, bounds: &'a Bounds) -> impl Iterator<Item = Document<'a>> + 'a {
    // Where bytes are no text, each document is told by itself.
    let json = (is_json(text) && !text.contains(NO_TEXT)).then_some(0);
    Documents { json, ..Documents::new(text, bounds) }
}

/// Whether a file is read as JSON first.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// The pieces of a file that is not read as JSON, one for each document.
pub fn chunks<'a>(text: &'a str, bounds: &'a Bounds) -> Vec<Chunk<'a>> {
    let mut documents = Documents::new(text, bounds);
    std::iter::from_fn(|| documents.chunk()).collect()
}

struct Documents<'a> {
    /// What is left of the file.
    rest: &'a str,
    /// Where that begins.
    place: Place,
    /// How many values of JSON were read, while the file may be such a stream.
    json: Option<usize>,
    /// What was left, and on which line, before the documents of nothing but comments that came last.
    comments: Option<(&'a str, usize)>,
    bounds: &'a Bounds,
}

impl<'a> Iterator for Documents<'a> {
    type Item = Document<'a>;

    fn next(&mut self) -> Option<Document<'a>> {
        if let Some(count) = self.json {
            match json::first(self.rest, self.place, self.bounds) {
                Ok(read) => {
                    self.rest = self.rest.get(read.length..).unwrap_or_default();
                    self.place = read.end;
                    self.json = Some(count + 1);
                    let parsed = Some(read.parsed).filter(|parsed| !parsed.value.is_null());
                    let parsed = parsed.map(|parsed| parsed.map(Tree::from));
                    return Some(Document { first_line: 1, parsed: Ok(parsed), before: Vec::new() });
                }
                Err(json::Stop::End) => return None,
                Err(json::Stop::NoJson(_)) if count <= 1 && self.may_switch(count) => self.switch(),
                Err(json::Stop::NoJson(error) | json::Stop::Bound(error)) => {
                    self.json = None;
                    self.chunk();
                    return Some(Document { first_line: 1, parsed: Err(error), before: Vec::new() });
                }
            }
        }
        self.chunk().map(|chunk| chunk.read(self.bounds))
    }
}

/// The text of one document.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    first_line: usize,
    text: &'a str,
    /// The same with the line of dashes behind it.
    whole: &'a str,
    /// What stands behind the dashes and does not belong there.
    separator: Option<&'a str>,
    /// The documents of nothing but comments that come before it, and their first line.
    before: (&'a str, usize),
}

impl<'a> Chunk<'a> {
    /// What it says.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The same with the line of dashes that ends it: all of these together are the file.
    pub const fn whole(&self) -> &'a str {
        self.whole
    }

    /// Reads the document.
    pub fn read(&self, bounds: &Bounds) -> Document<'a> {
        let mut before = comments(self.before);
        let parsed = match self.separator {
            Some(rest) => Err(separator_error(rest)),
            None => {
                read(self.text, bounds).map(|parsed| parsed.and_then(|parsed| self.said(parsed, &mut before)))
            }
        };
        Document { first_line: self.first_line, parsed, before }
    }

    /// What a document says, if it says anything; else its comments are about nothing.
    fn said(&self, parsed: Parsed<Tree<'a>>, before: &mut Vec<Comment>) -> Option<Parsed<Tree<'a>>> {
        if !parsed.value.is_null() {
            return Some(parsed);
        }
        // Those of one that holds nothing else go to the next.
        if says_nothing(self.text) {
            return None;
        }
        before.extend(parsed.comments.into_iter().map(|comment| {
            let place = Place { line: comment.place.line + self.first_line - 1, ..comment.place };
            Comment { place, ..comment }
        }));
        None
    }
}

impl<'a> Documents<'a> {
    const fn new(text: &'a str, bounds: &'a Bounds) -> Self {
        Self { rest: text, place: Place { line: 1, column: 1 }, json: None, comments: None, bounds }
    }

    /// Whether what is left, behind one value, is YAML to kubectl: it takes what begins like a
    /// scalar of JSON for more of it, and less than four bytes for an error.
    fn may_switch(&self, count: usize) -> bool {
        let space = self.rest.len() - self.rest.trim_start().len();
        let looked_at = self.rest.get(..space).and_then(|space| space.find('\n')).unwrap_or(space);
        let next = self.rest.trim_start();
        let number = next.strip_prefix('-').unwrap_or(next).starts_with(|c: char| c.is_ascii_digit());
        let value = number || ["\"", "null", "true", "false"].iter().any(|word| next.starts_with(word));
        self.rest.len() >= looked_at + 4 && (count == 0 || !value)
    }

    /// What is left is YAML. The rest of the last value's line must not indent it.
    fn switch(&mut self) {
        let space = self.rest.len() - self.rest.trim_start().len();
        let line = self.rest.get(..space).and_then(|space| space.find('\n'));
        self.rest = self.rest.get(line.map_or(space, |end| end + 1)..).unwrap_or_default();
        self.place.line += usize::from(line.is_some());
        self.json = None;
    }

    /// The text up to the next line of dashes, which belongs to neither document; dashes with nothing
    /// before them are the document's own.
    fn chunk(&mut self) -> Option<Chunk<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (all, first_line) = (self.rest, self.place.line);
        let separator = dashes(self.rest).and_then(|dashes| dashes.wrong);
        let end = memmem::find(self.rest.as_bytes(), b"\n---").map_or(self.rest.len(), |at| at + 1);
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        // Dashes with something wrong behind them begin the next document, which tells of it.
        let next = dashes(rest).filter(|dashes| dashes.wrong.is_none() && separator.is_none());
        let length = next.map_or(0, |dashes| dashes.length);
        let lines = memchr_iter(b'\n', text.as_bytes()).count();
        self.place.line += lines + usize::from(!text.ends_with('\n')) + usize::from(length > 0);
        self.rest = rest.get(length..).unwrap_or_default();
        let whole = all.get(..all.len() - self.rest.len()).unwrap_or_default();
        let before = self.comments_before((all, first_line), separator.is_none() && says_nothing(text));
        Some(Chunk { first_line, text, whole, separator, before })
    }

    /// The text of the documents of nothing but comments before the one that begins there, and its first line; at the
    /// end of the file with that one, if it is such a document itself.
    fn comments_before(&mut self, (all, line): (&'a str, usize), says_nothing: bool) -> (&'a str, usize) {
        let (from, first) = self.comments.take().unwrap_or((all, line));
        if !says_nothing {
            return (from.get(..from.len() - all.len()).unwrap_or_default(), first);
        }
        if self.rest.is_empty() {
            return (from, first);
        }
        self.comments = Some((from, first));
        ("", line)
    }
}

/// Whether a document holds nothing but comments.
fn says_nothing(text: &str) -> bool {
    let begins_document = |(index, line): (usize, &str)| index == 0 && dashes(line).is_some();
    let mut lines = text.lines().enumerate();
    lines.all(|(index, line)| {
        let content = line.trim_start();
        content.is_empty() || content.starts_with('#') || begins_document((index, line))
    })
}

/// The comments for this product on lines of their own in a text without content, which begins on this line.
fn comments((text, first_line): (&str, usize)) -> Vec<Comment> {
    let mut found = Vec::new();
    if text.is_empty() || !text.contains(COMMENT_SIGN) {
        return found;
    }
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start();
        let Some(comment) = content.strip_prefix('#') else { continue };
        if is_meant(comment) {
            let before = line.len() - content.len();
            let column = line.get(..before).unwrap_or_default().chars().count() + 1;
            let place = Place { line: first_line + index, column };
            found.push(Comment { place, is_alone: true, text: comment.to_owned() });
        }
    }
    found
}

/// A line of dashes.
struct Dashes<'a> {
    /// How long it is, with its end.
    length: usize,
    /// What stands behind them, if it does not belong there.
    wrong: Option<&'a str>,
}

/// The line of dashes with which a text begins, if it does.
fn dashes(text: &str) -> Option<Dashes<'_>> {
    let behind = text.strip_prefix("---")?.split_inclusive('\n').next().unwrap_or_default();
    let length = "---".len() + behind.len();
    let behind = behind.trim();
    Some(Dashes {
        length,
        wrong: Some(behind).filter(|behind| !behind.is_empty() && !behind.starts_with('#')),
    })
}

fn separator_error(rest: &str) -> YamlError {
    let message = format!("`---` must stand alone on its line, not before `{rest}`");
    YamlError { line: 1, column: 1, problem: YamlProblem::Syntax(message) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Vec<Result<Value, String>> {
        documents(text, &Bounds::default())
            .filter_map(|document| match document.parsed {
                Ok(parsed) => parsed.map(|parsed| Ok(parsed.value.to_value())),
                Err(error) => Some(Err(format!("{}: {error}", document.first_line + error.line - 1))),
            })
            .collect()
    }

    #[test]
    fn documents_are_split_at_lines_of_dashes() {
        let two = [Ok(json!({"a": 1})), Ok(json!({"b": 2}))];
        assert_eq!(read("---\na: 1\n--- # next\r\n\n---\nb: 2"), two);
        assert_eq!(read("a: 1\n---\nb: 2\n---\n"), two);
        assert_eq!(read("a: |\n  x\n  ---\n  y\n"), [Ok(json!({"a": "x\n---\ny\n"}))]);
    }

    #[test]
    fn comments_of_documents_of_nothing_else_belong_to_the_next_one() {
        let comments = |text: &str| -> Vec<Vec<(usize, usize, String)>> {
            let found = |document: Document<'_>| {
                let comments = document.before.into_iter();
                comments.map(|comment| (comment.place.line, comment.place.column, comment.text)).collect()
            };
            documents(text, &Bounds::default()).map(found).collect()
        };
        let one = |line, column, text: &str| vec![(line, column, format!(" seaworthy: {text}"))];
        let none = Vec::new;
        let text = "# licence\n  # seaworthy: x\n---\n\n---\na: 1\n---\n# seaworthy: y";
        assert_eq!(comments(text), [none(), none(), one(2, 3, "x"), one(8, 1, "y")]);
        assert_eq!(comments("---\n# seaworthy: x\n--- # c\na: 1\n"), [none(), one(2, 1, "x")]);
        assert_eq!(comments("# seaworthy: x\na: 1\n---\nb: 2\n"), [none(), none()], "the parser's own");
        assert_eq!(comments("# seaworthy: x\n"), [one(1, 1, "x")]);
        assert_eq!(comments("# seaworthy: x\n--- b\n---\na: 1\n"), [none(), one(1, 1, "x"), none()]);
    }

    #[test]
    fn a_broken_document_costs_itself_only() {
        let read = read("a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!((&read[0], &read[2]), (&Ok(json!({"a": 1})), &Ok(json!({"c": 3}))));
        assert!(read[1].is_err());
    }

    #[test]
    fn text_behind_dashes_is_an_error_on_that_line() {
        for rest in [" foo", " {a: 1}", "-"] {
            let read = read(&format!("a: 1\n---{rest}\nb: 2\n---\nc: 3\n"));
            assert_eq!(read.len(), 3, "{read:?}");
            assert!(
                read[1].as_ref().unwrap_err().starts_with("2: not YAML: `---` must stand alone"),
                "{read:?}"
            );
        }
    }

    #[test]
    fn a_stream_of_json_is_json() {
        assert_eq!(read("{\"a\":\"\\/\"}\n---\nb: yes\n"), [Ok(json!({"a": "/"})), Ok(json!({"b": true}))]);
        assert_eq!(read("{\"a\":1}\n b: 2"), [Ok(json!({"a": 1})), Ok(json!({"b": 2}))]);
        assert_eq!(read(" {\"a\":\"\\/\"}{\"b\":2}\n"), [Ok(json!({"a": "/"})), Ok(json!({"b": 2}))]);
        assert_eq!(read("{a: 1}\n---\n{b: yes}"), [Ok(json!({"a": 1})), Ok(json!({"b": true}))]);
    }

    #[test]
    fn a_stream_of_json_that_breaks_is_an_error_and_the_next_document_is_read() {
        let read = read("{\"a\":1}\n{\"b\":2}\n{\"c\":\n---\nd: 4\n");
        assert_eq!((&read[0], &read[1], read.len()), (&Ok(json!({"a": 1})), &Ok(json!({"b": 2})), 4));
        assert!(read[2].as_ref().unwrap_err().starts_with("4: not JSON: "), "{read:?}");
        assert_eq!(read[3], Ok(json!({"d": 4})));
    }

    #[test]
    fn what_stands_in_json_has_a_place_and_keys_given_twice_are_told() {
        let bounds = Bounds::default();
        let text = "{\"a\": {\"é\": [1, {\"x\\u0079\": null}]}}\n  {\"b\": 2,\n\"b\": 3}";
        let parsed: Vec<Parsed<Tree<'_>>> =
            documents(text, &bounds).map(|document| document.parsed.unwrap().unwrap()).collect();
        let at = |index: usize, path: &str| {
            let Place { line, column } = parsed[index].spans.find(path).unwrap().place;
            (line, column)
        };
        assert_eq!((at(0, "a.é[0]"), at(0, "a.é[1].xy")), ((1, 14), (1, 29)));
        assert_eq!((at(1, ""), at(1, "b")), ((2, 3), (3, 6)));
        assert_eq!((parsed[1].duplicates[0].first.line, parsed[1].duplicates[0].last.line), (2, 3));
    }

    #[test]
    fn bounds_hold_for_json() {
        let bounds = Bounds { depth: 3, nodes: 5, ..Bounds::default() };
        let refused = |text: &str| documents(text, &bounds).next().unwrap().parsed.unwrap_err().problem;
        assert_eq!(refused("{\"a\":[[[1]]]}"), YamlProblem::TooDeep(3));
        assert_eq!(refused("{\"a\":[1,2,3,4]}"), YamlProblem::TooLarge(5));
    }
}
