//! Where every value of a document stands, in about eight bytes each.
//!
//! Nodes in the order of the text: a tag, for an entry of a mapping the hash of its key and the key's
//! place, the place of the value. What came through an alias or a merge key stands where it is written. A
//! key is known by 32 bits of hash: two keys of one mapping that share them are one in a thousand million,
//! and cost a wrong line, not a wrong verdict. Next: [`super::seek`] finds a field.

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The places of one document, relative to its first line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(pub(super) Box<[u8]>);

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
}

impl Recorder {
    /// A value begins.
    pub(super) fn begin(&mut self, shape: Shape, key: Option<KeyPlace>, place: Place) {
        let same_line = key.is_some_and(|key| key.place.line == place.line);
        let keyed = if key.is_some() { KEYED } else { 0 };
        self.bytes.push(shape.tag() | keyed | if same_line { SAME_LINE } else { 0 });
        if let Some(KeyPlace { hash, place }) = key {
            self.bytes.extend(hash.to_le_bytes());
            self.number(place.line);
            self.number(place.column);
        }
        if !same_line {
            self.number(place.line);
        }
        self.number(place.column);
    }

    /// A collection ends.
    pub(super) fn end(&mut self) {
        self.bytes.push(END);
    }

    /// Where the next value will be written.
    pub(super) fn mark(&self) -> usize {
        self.bytes.len()
    }

    /// What was written since a mark.
    pub(super) fn since(&self, mark: usize) -> &[u8] {
        self.bytes.get(mark..).unwrap_or_default()
    }

    /// Takes back what was written since a mark.
    pub(super) fn cut(&mut self, mark: usize) -> Vec<u8> {
        self.bytes.split_off(mark.min(self.bytes.len()))
    }

    /// The value of an alias: what stands at its anchor, under another key.
    pub(super) fn repeat(&mut self, node: &[u8], key: Option<KeyPlace>) {
        let mut reader = Reader::new(node);
        if let Some(Token::Node { shape, place, .. }) = reader.next() {
            self.begin(shape, key, place);
            self.bytes.extend(reader.rest());
        }
    }

    /// The entries of a merged mapping, or of a list of them, of which the first counts: so it is last.
    pub(super) fn merge(&mut self, node: &[u8]) {
        let mut reader = Reader::new(node);
        match reader.next() {
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

    /// All that was written.
    pub(super) fn finish(self) -> Spans {
        Spans(self.bytes.into_boxed_slice())
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
    Node { shape: Shape, key: Option<KeyPlace>, place: Place },
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
        let key = if tag & KEYED == 0 { None } else { Some(self.key()?) };
        let line = match key {
            Some(key) if tag & SAME_LINE != 0 => key.place.line,
            _ => self.number()?,
        };
        Some(Token::Node { shape, key, place: Place { line, column: self.number()? } })
    }

    /// Passes over the next value with all that it holds; `false` at the end of what holds it.
    pub(super) fn skip_value(&mut self) -> bool {
        let mut depth = 0_usize;
        loop {
            match self.next() {
                Some(Token::Node { shape: Shape::Scalar, .. }) => {}
                Some(Token::Node { .. }) => depth += 1,
                Some(Token::End) if depth > 0 => depth -= 1,
                Some(Token::End) | None => return false,
            }
            if depth == 0 {
                return true;
            }
        }
    }

    fn key(&mut self) -> Option<KeyPlace> {
        let (hash, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        let place = Place { line: self.number()?, column: self.number()? };
        Some(KeyPlace { hash: u32::from_le_bytes(*hash), place })
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
