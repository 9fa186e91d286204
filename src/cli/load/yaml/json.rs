//! One value of a stream of JSON, as Go's decoder reads it: its value, and where everything stands.
//!
//! The value is `serde_json`'s; a walk over the same text, which bounds it first, finds the places. It must
//! not know YAML. Next: [`super::stream`].

use std::collections::HashMap;

use serde_json::{Deserializer, Value};

use super::spans::{KeyPlace, Place, Recorder, Shape, hash};
use super::{Bounds, DuplicateKey, Parsed, YamlError, YamlProblem, path};

/// A value, and what it takes of the text.
pub(super) struct Read {
    pub(super) parsed: Parsed,
    /// How many bytes were read, with the space before the value.
    pub(super) length: usize,
    /// Where the text after it begins.
    pub(super) end: Place,
}

/// Why there is no value.
pub(super) enum Stop {
    /// Nothing but space is left.
    End,
    /// What is left is no JSON.
    NoJson(YamlError),
    /// It is JSON, or begins like it, past a bound.
    Bound(YamlError),
}

/// Reads the first value of a text that begins at this place.
pub(super) fn first(text: &str, start: Place, bounds: &Bounds) -> Result<Read, Stop> {
    let mut walk =
        Walk { text, at: 0, place: start, bounds, spans: Recorder::default(), duplicates: Vec::new() };
    walk.space();
    if walk.byte().is_none() {
        return Err(Stop::End);
    }
    walk.value().map_err(|problem| Stop::Bound(walk.place.error(problem)))?;
    let Walk { place: end, spans, duplicates, .. } = walk;
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        None => Err(Stop::End),
        Some(Err(error)) => {
            let line = start.line + error.line().saturating_sub(1);
            let column = if error.line() <= 1 {
                start.column + error.column().saturating_sub(1)
            } else {
                error.column()
            };
            let problem = YamlProblem::Json(said(&error));
            Err(Stop::NoJson(Place { line, column: column.max(1) }.error(problem)))
        }
        Some(Ok(value)) => {
            let parsed = Parsed { value, duplicates, spans: spans.finish(), comments: Vec::new() };
            Ok(Read { parsed, length: values.byte_offset(), end })
        }
    }
}

/// The error without the place at its end, which is told apart.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words).to_owned()
}

/// Walks over one value. Of text that is no JSON it only has to end.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    place: Place,
    bounds: &'a Bounds,
    spans: Recorder,
    duplicates: Vec<DuplicateKey>,
}

/// A collection that has not ended; of an object its keys, and the one whose value comes next.
enum Open {
    /// With the number of values that have begun.
    Array(usize),
    /// `key` is the last one that was given.
    Object { given: HashMap<String, Place>, pending: Option<KeyPlace>, key: String },
}

impl Open {
    /// Which of its values is being read.
    fn step(&self) -> path::Step<'_> {
        match self {
            Self::Array(begun) => path::Step::Index(begun.saturating_sub(1)),
            Self::Object { key, .. } => path::Step::Key(key),
        }
    }
}

impl Walk<'_> {
    fn value(&mut self) -> Result<(), YamlProblem> {
        let mut open: Vec<Open> = Vec::new();
        let mut nodes = 0;
        loop {
            self.space();
            let Some(byte) = self.byte() else { return Ok(()) };
            let awaits_key = matches!(open.last(), Some(Open::Object { pending: None, .. }));
            match byte {
                b',' | b':' => self.step(),
                b'}' | b']' => {
                    self.step();
                    self.spans.end();
                    open.pop();
                }
                b'"' if awaits_key => {
                    let place = self.place;
                    let key = self.string();
                    let mut first = None;
                    if let Some(Open::Object { given, pending, key: last }) = open.last_mut() {
                        *pending = Some(KeyPlace { hash: hash(&key), place });
                        first = given.insert(key.clone(), place);
                        last.clone_from(&key);
                    }
                    if let Some(first) = first {
                        let path = path::of(open.iter().map(Open::step));
                        self.duplicates.push(DuplicateKey { key, path, first, last: place });
                    }
                    continue;
                }
                _ => {
                    nodes += 1;
                    let key = open.last_mut().and_then(|open| match open {
                        Open::Object { pending, .. } => pending.take(),
                        Open::Array(begun) => {
                            *begun += 1;
                            None
                        }
                    });
                    let place = self.place;
                    let shape = self.enter(byte, &mut open);
                    self.spans.begin(shape, key, place);
                }
            }
            if nodes > self.bounds.nodes {
                return Err(YamlProblem::TooLarge(self.bounds.nodes));
            }
            if open.len() > self.bounds.depth {
                return Err(YamlProblem::TooDeep(self.bounds.depth));
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    fn enter(&mut self, byte: u8, open: &mut Vec<Open>) -> Shape {
        match byte {
            b'{' => {
                self.step();
                open.push(Open::Object { given: HashMap::new(), pending: None, key: String::new() });
                Shape::Mapping
            }
            b'[' => {
                self.step();
                open.push(Open::Array(0));
                Shape::Sequence
            }
            b'"' => {
                self.string();
                Shape::Scalar
            }
            _ => {
                self.step();
                while self.byte().is_some_and(|byte| !b",:{}[]\" \t\r\n".contains(&byte)) {
                    self.step();
                }
                Shape::Scalar
            }
        }
    }

    /// Passes over text in quotes, and says what it is.
    fn string(&mut self) -> String {
        let start = self.at;
        self.step();
        while let Some(byte) = self.byte() {
            self.step();
            match byte {
                b'"' => break,
                b'\\' => self.step(),
                _ => {}
            }
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        if quoted.contains('\\') {
            serde_json::from_str(quoted).unwrap_or_default()
        } else {
            quoted.trim_matches('"').to_owned()
        }
    }

    fn space(&mut self) {
        while self.byte().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.step();
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        let Some(byte) = self.byte() else { return };
        self.at += 1;
        if byte == b'\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else if byte & 0b1100_0000 != 0b1000_0000 {
            // Of a character over several bytes the first counts.
            self.place.column += 1;
        }
    }
}
