//! Hashes by which things are looked up that are compared before anybody relies on it.
//!
//! They are made for nearly every part of an object, and those of the standard library take three times as long. Each
//! process has its own, so that nobody can write a thousand texts that share one. It must not decide anything: two hashes
//! that are equal say nothing. Next: [`super::pool`] and [`super::index`], which use them.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::fast::{FoldHasher, RandomState};

/// Where all hashes of this process begin.
static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Makes hashers that begin alike.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickHash;

impl BuildHasher for QuickHash {
    type Hasher = FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        STATE.build_hasher()
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
        let hashes: Vec<u64> = texts.iter().map(|text| QuickHash.hash_one(text)).collect();
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), texts.len());
        // Tables look at either end. So many in as many places leave 37 of a hundred empty.
        for end in [|hash: &u64| hash & 0xFFFF, |hash: &u64| hash >> 48] {
            let places = hashes.iter().take(1 << 16).map(end).collect::<HashSet<_>>().len();
            assert!((40_000..43_000).contains(&places), "{places}");
        }
        assert_eq!(QuickHash.hash_one("a"), QuickHash.hash_one("a"));
    }
}
