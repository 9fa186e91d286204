//! Reading JSON as the API server's Go decoder does: `null` is the zero value of its place.
//!
//! It must not forgive what the server refuses (a number where a string belongs). Next:
//! [`super::metadata`], [`super::pod`] for its users.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// `null` reads as the default of the type.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A map of strings in which a `null` value reads as the empty string, as in Go.
pub(crate) fn string_map<'de, D, M>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: FromIterator<(String, String)>,
{
    let entries: Option<Entries> = Option::deserialize(deserializer)?;
    Ok(entries.into_iter().flat_map(|Entries(entries)| entries).collect())
}

/// The entries of a map of strings as they come, without a map of their own.
struct Entries(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    entries.push((key, value.unwrap_or_default()));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader)
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
