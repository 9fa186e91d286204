//! Documents made by chance: pieces of the corpus put together, and changed in a few places.

/// Pseudo-random numbers: the same seed, the same texts.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: usize) -> Self {
        Self((seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % bound.max(1) as u64).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What is put into texts.
const TOKENS: &[&str] = &[
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n- ",
    "  ",
    " ",
    "\t",
    "\r",
    "\r\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    ", ",
    "'",
    "\"",
    "#",
    " #",
    "|",
    ">",
    "|-\n",
    ">+\n",
    "|2\n",
    "&a ",
    "*a",
    "*a ",
    "!!int ",
    "!!str ",
    "!x ",
    "! ",
    "? ",
    "?",
    "---",
    "--- ",
    "\n---\n",
    "...",
    "\n...\n",
    "%",
    "@",
    "`",
    "<<: ",
    "<<",
    "=",
    "~",
    "null",
    "yes",
    "0755",
    "1_0",
    ".5",
    "1e3",
    ".inf",
    "é",
    "\u{FEFF}",
    "\u{A0}",
    "\u{7F}",
    "\\",
    "\\n",
    "\\x41",
    "\\/",
    "\\u00e9",
    "a: b",
    "a: &a b\n",
    "{{ x }}",
    "''",
    "\"\"",
];

/// A text made of the seeds.
pub(crate) fn text(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut text = match chance.below(10) {
        0 => generate(chance),
        1 => {
            let mut text = chance.pick(seeds).clone();
            text.extend(chance.pick(seeds));
            text
        }
        _ => chance.pick(seeds).clone(),
    };
    for _ in 0..=chance.below(3) {
        change(&mut text, chance);
    }
    text
}

fn change(text: &mut Vec<u8>, chance: &mut Chance) {
    let at = boundary(text, chance.below(text.len() + 1));
    match chance.below(8) {
        0 | 1 => drop(text.splice(at..at, chance.pick(TOKENS).bytes())),
        2 => {
            let end = boundary(text, (at + 1 + chance.below(3)).min(text.len()));
            drop(text.drain(at.min(end)..end));
        }
        3 => {
            let end = boundary(text, (at + 1).min(text.len()));
            drop(text.splice(at.min(end)..end, chance.pick(TOKENS).bytes()));
        }
        4 => {
            // A line twice, elsewhere.
            let line: Vec<u8> =
                text.split_inclusive(|byte| *byte == b'\n').nth(chance.below(8)).unwrap_or_default().to_vec();
            drop(text.splice(at..at, line));
        }
        5 => {
            // A line more or less indented.
            let start = text.iter().take(at).rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if chance.below(2) == 0 {
                drop(text.splice(start..start, *b"  "));
            } else if text.get(start) == Some(&b' ') {
                text.remove(start);
            }
        }
        6 => text.truncate(at),
        _ => {
            let piece = chance.pick(TOKENS);
            let end = boundary(text, chance.below(text.len() + 1));
            let (start, end) = (at.min(end), at.max(end));
            if end - start < 12 {
                drop(text.splice(end..end, piece.bytes()));
                drop(text.splice(start..start, piece.bytes()));
            }
        }
    }
}

/// The nearest place before that is no half of a character.
fn boundary(text: &[u8], mut at: usize) -> usize {
    while at > 0 && at < text.len() && text[at] & 0b1100_0000 == 0b1000_0000 {
        at -= 1;
    }
    at
}

/// A document that was never written by anybody.
fn generate(chance: &mut Chance) -> Vec<u8> {
    let mut text = String::new();
    block(&mut text, chance, 0, 0);
    text.into_bytes()
}

fn block(text: &mut String, chance: &mut Chance, indent: usize, depth: usize) {
    const SCALARS: &[&str] = &[
        "a",
        "yes",
        "0755",
        "'it''s'",
        "\"a\\tb\"",
        "1.5",
        "|\n@x\n@y",
        ">-\n@x\n\n@y",
        "{a: 1, b: [c, d]}",
        "[]",
        "~",
        "a b\n@c",
        "x # y",
        "'a\n@b'",
        "\"a\n\n@b\"",
        "*a",
        "&b c",
        "!!str 5",
    ];
    let list = chance.below(3) == 0;
    for index in 0..=chance.below(3) {
        text.push_str(&" ".repeat(indent));
        if list {
            text.push_str("- ");
        } else {
            text.push_str(["a", "b", "\"k\"", "0x1", "on", "'q'"][(index + chance.below(3)) % 6]);
            text.push(':');
        }
        if depth < 3 && chance.below(3) == 0 {
            if list {
                text.push_str("k:");
            }
            text.push('\n');
            block(text, chance, indent + 2 + usize::from(list) * 2, depth + 1);
        } else {
            let inner = " ".repeat(indent + 3);
            text.push(' ');
            text.push_str(&chance.pick(SCALARS).replace('@', &inner));
            text.push('\n');
        }
    }
}
