//! Versions of programs, as tags and nodes tell them.
//!
//! It must not know of which program. Next: [`super::exploit`] and [`super::flaw`], which compare them.

use serde::Deserialize;

/// A version of a program: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Version([u32; 3]);

impl Version {
    /// The version that a tag tells, as in `v1.11.2` or `1.12.0-beta.0`; what is before a version counts as that.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        Self::of_numbers(tag.split(['-', '_']).next()?)
    }

    /// The version that a text begins with, and what comes after it: `-gke.100` of `v1.22.1-gke.100`.
    pub(super) fn leading(text: &str) -> Option<(Self, &str)> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        Some((Self::of_numbers(numbers)?, suffix))
    }

    fn of_numbers(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        let version = [numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?];
        numbers.next().is_none().then_some(Self(version))
    }
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::of_tag(&text).ok_or("no version of three numbers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_numbers_is_apart() {
        let of = |text| Version::leading(text).map(|(Version(numbers), suffix)| (numbers, suffix));
        assert_eq!(of("v1.22.1-gke.100"), Some(([1, 22, 1], "-gke.100")));
        assert_eq!(of("5.10.90+"), Some(([5, 10, 90], "+")));
        assert_eq!(of("1.6.0"), Some(([1, 6, 0], "")));
        assert_eq!([of("1.6"), of("4.14.336.1"), of("x"), of("")], [None; 4]);
    }
}
