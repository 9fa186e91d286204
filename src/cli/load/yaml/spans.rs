//! Where every value of a document stands, in about eight bytes each.
//!
//! Nodes in the order of the text: a tag, for an entry of a mapping the hash of its key and the key's
//! place, the place of the value; for a collection how long its content is, so that whoever looks for one field passes
//! over the others. What came through an alias or a merge key stands where it is written, and says where the alias stands. A
//! key is known by 32 bits of hash: two keys of one mapping that share them are one in a thousand million,
//! and cost a wrong line, not a wrong verdict. Next: [`super::seek`] finds a field.

use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The places of one document, relative to its first line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spans(pub(super) Arc<[u8]>);

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar,
    Mapping,
    Sequence,
}

const SHAPE: u8 = 0b11;
const END: u8 = 0b11;
const KEYED: u8 = 0b100;
const SAME_LINE: u8 = 0b1000;
const ALIASED: u8 = 0b1_0000;

/// Bytes of a length.
const LENGTH: usize = 4;

impl Shape {
    const fn tag(self) -> u8 {
        match self {
            Self::Scalar => 0,
            Self::Mapping => 1,
            Self::Sequence => 2,
        }
    }
}

/// A key and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyPlace {
    pub(super) hash: u32,
    pub(super) place: Place,
}

/// Writes spans while a document is read.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    bytes: Vec<u8>,
    /// Where the lengths of the collections stand that have not ended.
    open: Vec<usize>,
}

impl Recorder {
    /// A value begins.
    pub(super) fn begin(&mut self, shape: Shape, key: Option<KeyPlace>, place: Place) {
        self.begin_by(None, shape, key, place);
    }

    /// The same of one that may come through an alias.
    fn begin_by(&mut self, alias: Option<Place>, shape: Shape, key: Option<KeyPlace>, place: Place) {
        let same_line = key.is_some_and(|key| key.place.line == place.line);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(key.is_some(), KEYED) | flag(same_line, SAME_LINE) | flag(alias.is_some(), ALIASED);
        self.bytes.push(shape.tag() | flags);
        if let Some(alias) = alias {
            self.number(alias.line);
            self.number(alias.column);
        }
        if let Some(KeyPlace { hash, place }) = key {
            self.bytes.extend(hash.to_le_bytes());
            self.number(place.line);
            self.number(place.column);
        }
        if !same_line {
            self.number(place.line);
        }
        self.number(place.column);
        if shape != Shape::Scalar {
            self.open.push(self.bytes.len());
            self.bytes.extend([0; LENGTH]);
        }
    }

    /// A collection ends.
    pub(super) fn end(&mut self) {
        self.bytes.push(END);
        self.close();
    }

    /// Notes how long the content of the last open collection is.
    fn close(&mut self) {
        let Some(content) = self.open.pop().map(|at| at + LENGTH) else { return };
        let length = u32::try_from(self.bytes.len() - content).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(content - LENGTH..content) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// Where the next value will be written.
    pub(super) fn mark(&self) -> usize {
        self.bytes.len()
    }

    /// What was written since a mark.
    pub(super) fn since(&self, mark: usize) -> &[u8] {
        self.bytes.get(mark..).unwrap_or_default()
    }

    /// Forgets what was written since a mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.bytes.truncate(mark);
    }

    /// Takes back what was written since a mark.
    pub(super) fn cut(&mut self, mark: usize) -> Vec<u8> {
        self.bytes.split_off(mark.min(self.bytes.len()))
    }

    /// The value of an alias: what stands at its anchor, under another key.
    pub(super) fn repeat(&mut self, node: &[u8], key: Option<KeyPlace>, alias: Place) {
        let mut reader = Reader::new(node);
        if let Some(Token::Node { shape, place, .. }) = reader.next() {
            self.begin_by(Some(alias), shape, key, place);
            self.bytes.extend(reader.rest());
            if shape != Shape::Scalar {
                self.close();
            }
        }
    }

    /// The entries of a merged mapping, or of a list of them, of which the first counts: so it is last.
    pub(super) fn merge(&mut self, node: &[u8]) {
        let mut reader = Reader::new(node);
        match reader.next() {
            Some(Token::Node { shape: Shape::Mapping, alias: Some(alias), .. }) => {
                self.entries_by(alias, reader);
            }
            Some(Token::Node { shape: Shape::Mapping, .. }) => {
                let entries = reader.rest();
                self.bytes.extend(entries.get(..entries.len().saturating_sub(1)).unwrap_or_default());
            }
            Some(Token::Node { shape: Shape::Sequence, .. }) => {
                let mut items = Vec::new();
                loop {
                    let before = reader.rest();
                    if !reader.skip_value() {
                        break;
                    }
                    items.push(before.get(..before.len() - reader.rest().len()).unwrap_or_default());
                }
                items.into_iter().rev().for_each(|item| self.merge(item));
            }
            _ => {}
        }
    }

    /// The entries that a reader is in front of, as they come through an alias.
    fn entries_by(&mut self, alias: Place, mut entries: Reader<'_>) {
        while let Some(Token::Node { shape, key, place, length, .. }) = entries.next() {
            self.begin_by(Some(alias), shape, key, place);
            self.bytes.extend(entries.rest().get(..length).unwrap_or_default());
            if shape != Shape::Scalar {
                self.close();
            }
            entries.pass(length);
        }
    }

    /// All that was written.
    pub(super) fn finish(self) -> Spans {
        Spans(self.bytes.into())
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push(u8::try_from(number & 0x7F).unwrap_or_default() | 0x80);
            number >>= 7;
        }
        self.bytes.push(u8::try_from(number).unwrap_or_default());
    }
}

/// The hash by which a key is known.
pub(super) fn hash(key: &str) -> u32 {
    let mut hash: u32 = 0x811C_9DC5;
    for byte in key.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// What is read back.
pub(super) enum Token {
    /// A node; of a collection with the length of its content, which comes next. What came through an alias says where
    /// that stands.
    Node { shape: Shape, alias: Option<Place>, key: Option<KeyPlace>, place: Place, length: usize },
    /// The end of a collection.
    End,
}

/// Reads spans from the beginning on.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let tag = self.byte()?;
        let shape = match tag & SHAPE {
            END => return Some(Token::End),
            0 => Shape::Scalar,
            1 => Shape::Mapping,
            _ => Shape::Sequence,
        };
        let alias = if tag & ALIASED == 0 { None } else { Some(self.place()?) };
        let key = if tag & KEYED == 0 { None } else { Some(self.key()?) };
        let line = match key {
            Some(key) if tag & SAME_LINE != 0 => key.place.line,
            _ => self.number()?,
        };
        let place = Place { line, column: self.number()? };
        let length = if shape == Shape::Scalar { 0 } else { self.length()? };
        Some(Token::Node { shape, alias, key, place, length })
    }

    /// Passes over the next value with all that it holds; `false` at the end of what holds it.
    pub(super) fn skip_value(&mut self) -> bool {
        let Some(Token::Node { length, .. }) = self.next() else { return false };
        self.pass(length);
        true
    }

    /// Passes over the content of a collection.
    pub(super) fn pass(&mut self, length: usize) {
        self.0 = self.0.get(length..).unwrap_or_default();
    }

    fn length(&mut self) -> Option<usize> {
        let (length, rest) = self.0.split_first_chunk::<LENGTH>()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*length)).ok()
    }

    fn key(&mut self) -> Option<KeyPlace> {
        let (hash, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(KeyPlace { hash: u32::from_le_bytes(*hash), place: self.place()? })
    }

    fn place(&mut self) -> Option<Place> {
        Some(Place { line: self.number()?, column: self.number()? })
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7F).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }
}
