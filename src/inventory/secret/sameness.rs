//! Whether two values are the same, of which neither is kept.
//!
//! The hash has a key of random bytes that this process draws once and that ends with it: nothing can be computed
//! beforehand, no two processes agree on one, and it is never printed or written. It must give no other access than the
//! comparison. Next: `value`.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Drawn when it is first needed.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Equal to that of another value if, and but for one chance in 2^64 only if, the two are the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sameness(u64);

impl Sameness {
    /// That of a value.
    pub(super) fn of(value: &[u8]) -> Self {
        Self(KEY.hash_one(value))
    }
}

impl fmt::Debug for Sameness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sameness(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_whether_two_are_the_same_and_shows_nothing() {
        let (one, other) = (Sameness::of(b"one"), Sameness::of(b"other"));
        assert_eq!(one, Sameness::of(b"one"));
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
        assert!(!format!("{one:?}").contains(&one.0.to_string()));
    }

    #[test]
    fn it_has_a_key_of_its_own() {
        let known =
            std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(b"one".as_slice());
        assert_ne!(Sameness::of(b"one").0, known, "without a key anybody could compute it");
        assert_ne!(Sameness::of(b"one").0, RandomState::new().hash_one(b"one".as_slice()));
    }
}
