//! What is kept of a value that is not a certificate: how long it is, whether it is a word that anybody tries, and
//! whether it is the same as another.
//!
//! None tells the value: a hash of a short one would, so the only one that is kept has a random key that ends with the
//! process. It must not keep a byte. Next: `decode`, which looks; `sameness`.

use zeroize::Zeroizing;

use super::sameness::Sameness;

/// Lengths are told up to here: what is longer is long enough for any rule.
const LONGEST: usize = 255;

/// Words without case, punctuation and digits at their end.
const WEAK: &[&str] = &[
    "",
    "abc",
    "admin",
    "administrator",
    "asdf",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dev",
    "example",
    "guest",
    "iloveyou",
    "insecure",
    "jwtsecret",
    "letmein",
    "monkey",
    "mypassword",
    "mysecret",
    "mysecretkey",
    "mysql",
    "pass",
    "passwd",
    "passw0rd",
    "password",
    "placeholder",
    "postgres",
    "postgresql",
    "qwerty",
    "qwertyuiop",
    "redis",
    "replaceme",
    "root",
    "sa",
    "secret",
    "secretkey",
    "supersecret",
    "supersecretkey",
    "sysadmin",
    "test",
    "testing",
    "toor",
    "user",
    "verysecret",
    "welcome",
    "yourpassword",
    "yoursecret",
    "yoursecretkey",
];

/// Facts about one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueFacts {
    /// Number of its characters, or of its bytes where it is no text; 255 stands for any more.
    pub length: u8,
    /// Whether it is among the first that anybody tries.
    pub is_weak: bool,
    /// What tells whether another value is the same.
    pub sameness: Sameness,
}

impl ValueFacts {
    /// What is known of a text as the Secret has it, once `read` has decoded it; none if that fails.
    pub(super) fn of(text: &[u8], read: fn(&[u8]) -> Option<Zeroizing<Vec<u8>>>) -> Option<Self> {
        let value = read(text)?;
        let value = value.trim_ascii();
        let length = core::str::from_utf8(value).map_or(value.len(), |text| text.chars().count());
        let length = u8::try_from(length).unwrap_or(u8::MAX);
        Some(Self { length, is_weak: is_weak(value), sameness: Sameness::of(value) })
    }
}

fn is_weak(value: &[u8]) -> bool {
    if value.len() > LONGEST || value.first().is_some_and(|first| value.iter().all(|byte| byte == first)) {
        return value.len() <= LONGEST;
    }
    let letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let word: Zeroizing<Vec<u8>> = Zeroizing::new(letters.map(u8::to_ascii_lowercase).collect());
    let end = word.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let word = word.get(..end).unwrap_or_default();
    WEAK.iter().any(|weak| weak.as_bytes() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(value: &str) -> ValueFacts {
        ValueFacts::of(value.as_bytes(), |text| Some(Zeroizing::new(text.to_vec()))).unwrap()
    }

    #[test]
    fn lengths_are_of_characters_and_end_at_what_is_long_enough() {
        for (value, length) in [("", 0), ("abc", 3), ("\u{e4}\u{f6}\u{fc}\n", 3), (" x ", 1)] {
            assert_eq!(facts(value).length, length, "{value:?}");
        }
        assert_eq!(facts(&"ab".repeat(127)).length, 254);
        assert_eq!(facts(&"ab".repeat(500)).length, 255);
        let long = facts(&"a".repeat(2000));
        assert_eq!((long.length, long.is_weak), (255, false));
    }

    #[test]
    fn values_are_the_same_but_for_the_space_around_them() {
        assert_eq!(facts("a").sameness, facts(" a\n").sameness);
        assert_ne!(facts("a").sameness, facts("b").sameness);
        let long = "a".repeat(2000);
        assert_ne!(facts(&format!("{long}b")).sameness, facts(&format!("{long}c")).sameness);
    }

    #[test]
    fn words_that_anybody_tries_are_weak_however_they_are_written() {
        for weak in [
            "",
            "password",
            "Password1",
            "CHANGE_ME!",
            "123456789012",
            "xxxxxxxxxxxxxxxx",
            "root\n",
            "P-a-s-s",
        ] {
            assert!(facts(weak).is_weak, "{weak:?}");
        }
        for strong in
            ["t7Gk2pQ9zL4m", "correct horse battery staple", "passwordless-login-of-shop", "4rootbeer"]
        {
            assert!(!facts(strong).is_weak, "{strong:?}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_not_known() {
        assert_eq!(ValueFacts::of(b"?", |_| None), None);
    }
}
