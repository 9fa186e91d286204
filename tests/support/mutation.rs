//! Inputs by chance: a seed with a few changes, the same from the same number everywhere.
//!
//! It must not know what reads them.

/// What lies between the bytes of most inputs that matter.
const WORDS: &[&str] = &[
    "null",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "0",
    "1e400",
    "9223372036854775808",
    "18446744073709551616",
    "\"100%\"",
    "\"1Ei\"",
    "1e-9",
    "999999999999999999999999999999",
    "{\"\":",
    "true",
    "\\u0000",
    "\\ud800",
    "@sha256:",
    ":latest",
    "/",
    "In",
    "DoesNotExist",
    "-----BEGIN CERTIFICATE-----\n",
    "-----END PRIVATE KEY-----",
    "\u{e9}",
    "\u{202e}",
];

/// xorshift.
pub(crate) struct Chance(u64);

impl Chance {
    /// Of a number; the same gives the same.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// A seed with one to six changes: something less, a word, another byte, a part twice, a part of another seed.
    pub(crate) fn change(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 => drop(bytes.splice(at..end, [])),
                1 | 2 => drop(bytes.splice(at..end, WORDS[self.below(WORDS.len())].bytes())),
                3 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                4 => {
                    let from = self.below(other.len() + 1);
                    let part = other[from..(from + self.below(40)).min(other.len())].to_vec();
                    drop(bytes.splice(at..end, part));
                }
                _ => {
                    let part = bytes[at..end].to_vec();
                    drop(bytes.splice(at..at, part));
                }
            }
        }
        bytes
    }
}
