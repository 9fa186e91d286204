//! Hashes by which things are looked up that are compared before anybody relies on it.
//!
//! They are made for nearly every part of an object, and those of the standard library take three times as long. Each
//! process has its own, so that nobody can write a thousand texts that share one. It must not decide anything: two hashes
//! that are equal say nothing. Next: [`super::pool`] and [`super::index`], which use them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// Where all hashes of this process begin.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8));

/// An odd number without a pattern: the digits of the square root of two behind the point, in base 16, the last made odd.
const MULTIPLE: u64 = 0x6A09_E667_F3BC_C909;

/// Makes hashers that begin alike.
#[derive(Clone, Copy, Debug)]
pub struct QuickHash {
    seed: u64,
}

impl Default for QuickHash {
    fn default() -> Self {
        Self { seed: *SEED }
    }
}

impl BuildHasher for QuickHash {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(self.seed)
    }
}

/// Multiplies eight bytes at a time and folds what that gives.
#[derive(Clone, Debug)]
pub struct QuickHasher(u64);

impl QuickHasher {
    fn add(&mut self, word: u64) {
        let (low, high) = (self.0 ^ word).carrying_mul(MULTIPLE, 0);
        self.0 = low ^ high;
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.add(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_that_differ_in_little_have_hashes_that_differ_in_much() {
        let texts: Vec<String> =
            (0..100_000).map(|number| format!("team-{}/app-{number}", number % 7)).collect();
        let hashes: Vec<u64> = texts.iter().map(|text| QuickHash::default().hash_one(text)).collect();
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), texts.len());
        // Tables look at either end. So many in as many places leave 37 of a hundred empty.
        for end in [|hash: &u64| hash & 0xFFFF, |hash: &u64| hash >> 48] {
            let places = hashes.iter().take(1 << 16).map(end).collect::<HashSet<_>>().len();
            assert!((40_000..43_000).contains(&places), "{places}");
        }
        assert_eq!(QuickHash::default().hash_one("a"), QuickHash::default().hash_one("a"));
    }
}
