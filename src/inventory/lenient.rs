//! Reading JSON as the API server's Go decoder does: `null` is the zero value of its place.
//!
//! It must not forgive what the server refuses (a number where a string belongs). Next:
//! [`super::metadata`], [`super::pod`] for its users.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::labels::Labels;
use super::shared::Shared;

/// `null` reads as the default of the type.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A map of strings in which a `null` value reads as the empty string, as in Go.
pub(crate) fn string_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    string_entries(deserializer).map(Labels::from_iter)
}

/// The entries of such a map as they come.
pub(crate) fn string_entries<'de, D>(deserializer: D) -> Result<Vec<StringEntry<'de>>, D::Error>
where
    D: Deserializer<'de>,
{
    let entries: Option<Entries<'de>> = Option::deserialize(deserializer)?;
    Ok(entries.map(|Entries(entries)| entries).unwrap_or_default())
}

/// A key and its value, of what is read where that stays.
pub(crate) type StringEntry<'de> = (Cow<'de, str>, Cow<'de, str>);

struct Entries<'de>(Vec<StringEntry<'de>>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or_default().min(ROOM));
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    entries.push((key.0, value.map(|value| value.0).unwrap_or_default()));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// Entries for which there is room before they are counted.
const ROOM: usize = 64;

/// A string, which stays where it is read if it can.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// A list in which a `null` element reads as the element's default, as in Go.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    let elements: Option<Vec<Option<T>>> = Option::deserialize(deserializer)?;
    let mut elements: Vec<T> =
        elements.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect();
    // Most lists hold one element, and a vector that grows makes room for four.
    elements.shrink_to_fit();
    Ok(elements)
}

/// The same, of values that others may have as well.
pub(crate) fn shared_list<'de, D, T>(deserializer: D) -> Result<Shared<[T]>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    list(deserializer).map(Shared::from_iter)
}

/// The same, of which none comes later.
pub(crate) fn boxed_list<'de, D, T>(deserializer: D) -> Result<Box<[T]>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    list(deserializer).map(Vec::into_boxed_slice)
}

/// The keys of a map whose values are looked at for their kind only.
pub(crate) fn keys<'de, D, V>(deserializer: D) -> Result<BTreeSet<String>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    deserializer.deserialize_any(Keys(PhantomData::<V>))
}

struct Keys<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Keys<V> {
    type Value = BTreeSet<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeSet::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, _)) = map.next_entry::<String, V>()? {
            keys.insert(key);
        }
        Ok(keys)
    }
}

/// Whether a field was given, whatever its value.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer)?;
    Ok(true)
}

/// Whether a field was given and is not `null`.
pub(crate) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<serde::de::IgnoredAny>::deserialize(deserializer).map(|value| value.is_some())
}

/// Whether a list holds anything, whatever that is.
pub(crate) fn holds_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let elements: Option<Vec<serde::de::IgnoredAny>> = Option::deserialize(deserializer)?;
    Ok(elements.is_some_and(|elements| !elements.is_empty()))
}

/// A port or similar that is a number or a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number.
    Int(i64),
    /// A name, or a percentage.
    String(String),
}

/// What becomes of the part of a pod that a percentage leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// It is dropped.
    Down,
    /// It counts as one.
    Up,
}

impl IntOrString {
    /// The number, or the percentage of a total; nothing if it is neither.
    pub fn of_total(&self, total: i64, round: Round) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::String(text) => {
                let percent = text.strip_suffix('%')?.parse().ok()?;
                Some(percent_of(percent, total, round))
            }
        }
    }
}

/// So many percent of a total.
pub fn percent_of(percent: i64, total: i64, round: Round) -> i64 {
    let product = total.saturating_mul(percent);
    match round {
        Round::Down => product.div_euclid(100),
        Round::Up => product.saturating_add(99).div_euclid(100),
    }
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::String(name) => f.write_str(name),
        }
    }
}
