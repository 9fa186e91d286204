//! Labels and annotations: a map from text to text in one allocation, which equal ones share.
//!
//! The objects of an application carry the same labels, and most maps have a few short entries: as texts of their
//! own, with a header and an allocation each, they were the largest part of what is held of an object. All entries
//! stand one behind the other in one text, sorted by key, each behind the lengths of its key and value; whoever looks
//! for one goes through them. Keys that the labels of most applications have are told by a number. A map never changes: to change one is to make another. It must not be used for what
//! grows. Next: [`super::pools`], which keeps equal ones once, and [`super::metadata`].

mod packed;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use packed::{COMMON, number, push_number};

/// Labels or annotations, sorted by key.
#[derive(Clone, Default)]
pub struct Labels {
    /// The number of entries, then each of them: twice the length of its key, or one more than twice the number of a
    /// common one, the length of its value, the key unless it is a common one, the value. Absent where there is none.
    packed: Option<Arc<str>>,
}

/// The entries of [`Labels`], in order of their keys.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    left: usize,
    rest: &'a str,
}

impl Labels {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.iter().left
    }

    /// Whether there is no entry.
    pub const fn is_empty(&self) -> bool {
        self.packed.is_none()
    }

    /// The value of this key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(known, value)| (known == key).then_some(value))
    }

    /// Whether there is an entry of this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Puts an entry in, in the place of one with the same key.
    pub fn insert(&mut self, key: &str, value: &str) {
        *self = self.iter().chain([(key, value)]).collect();
    }

    /// Keeps the entries that are wanted.
    pub fn retain(&mut self, is_wanted: impl Fn(&str, &str) -> bool) {
        if !self.iter().all(|(key, value)| is_wanted(key, value)) {
            *self = self.iter().filter(|(key, value)| is_wanted(key, value)).collect();
        }
    }

    /// All entries, in order of their keys.
    pub fn iter(&self) -> Entries<'_> {
        let (left, rest) = number(self.packed.as_deref().unwrap_or_default());
        Entries { left, rest }
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// What holds the entries, to hold an equal one in its place.
    pub(super) const fn packed_mut(&mut self) -> Option<&mut Arc<str>> {
        self.packed.as_mut()
    }

    /// Entries that are sorted, each key once.
    fn pack<K: AsRef<str>, V: AsRef<str>>(entries: &[(K, V)]) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let lengths = entries.iter().map(|(key, value)| key.as_ref().len() + value.as_ref().len());
        // Most lengths take one byte.
        let mut packed = String::with_capacity(lengths.map(|length| length + 3).sum::<usize>() + 1);
        push_number(&mut packed, entries.len());
        for (key, value) in entries {
            let (key, value) = (key.as_ref(), value.as_ref());
            let common = COMMON.iter().position(|common| *common == key);
            push_number(&mut packed, common.map_or(2 * key.len(), |number| 2 * number + 1));
            push_number(&mut packed, value.len());
            if common.is_none() {
                packed.push_str(key);
            }
            packed.push_str(value);
        }
        Self { packed: Some(packed.into()) }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (head, rest) = number(self.rest);
        let (value, rest) = number(rest);
        let (key, rest) = match head % 2 {
            0 => rest.split_at_checked(head / 2)?,
            _ => (*COMMON.get(head / 2)?, rest),
        };
        let (value, rest) = rest.split_at_checked(value)?;
        self.rest = rest;
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Entries<'a> {
        self.iter()
    }
}

/// Of entries with one key, the last counts.
impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(one, _), (next, _)| one.as_ref() < next.as_ref()) {
            // The sort is stable, and of equal keys the first stays.
            entries.reverse();
            entries.sort_by(|(one, _), (other, _)| one.as_ref().cmp(other.as_ref()));
            entries.dedup_by(|(one, _), (other, _)| one.as_ref() == other.as_ref());
        }
        Self::pack(&entries)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> From<[(K, V); N]> for Labels {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        match (&self.packed, &other.packed) {
            // What is shared need not be read.
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.packed.hash(state);
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer).map(Self::from_iter)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

/// An object, as a map is.
impl schemars::JsonSchema for Labels {
    fn inline_schema() -> bool {
        BTreeMap::<String, String>::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        BTreeMap::<String, String>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, String>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        let common = (0..COMMON.len()).prop_map(|number| COMMON[number].to_owned());
        prop_oneof!["[abä]{0,2}", "[a-z]{60,70}", "[a-z]{4090,4100}", common]
    }

    proptest! {
        #[test]
        fn they_are_to_their_users_what_a_tree_is(
            first in proptest::collection::vec((text(), text()), 0..70),
            more in proptest::collection::vec((text(), text()), 0..4),
            wanted in text(),
        ) {
            let (mut labels, mut tree) = (Labels::from_iter(first.clone()), BTreeMap::from_iter(first));
            for (key, value) in more {
                labels.insert(&key, &value);
                tree.insert(key, value);
            }
            let entries = || tree.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            prop_assert!(labels.iter().eq(entries()));
            prop_assert!(labels.keys().eq(tree.keys()) && labels.values().eq(tree.values()));
            prop_assert!(entries().all(|(key, value)| labels.get(key) == Some(value)));
            prop_assert_eq!(labels.get(&wanted), tree.get(&wanted).map(String::as_str));
            prop_assert_eq!((labels.len(), labels.is_empty()), (tree.len(), tree.is_empty()));
            prop_assert_eq!(&labels, &entries().rev().collect::<Labels>());
            prop_assert_eq!(format!("{labels:?}"), format!("{tree:?}"));
            let json = serde_json::to_string(&tree).unwrap();
            prop_assert_eq!(serde_json::to_string(&labels).unwrap(), json.clone());
            prop_assert_eq!(&serde_json::from_str::<Labels>(&json).unwrap(), &labels);
            labels.retain(|key, _| *key != wanted);
            tree.retain(|key, _| *key != wanted);
            prop_assert!(labels.iter().eq(tree.iter().map(|(key, value)| (key.as_str(), value.as_str()))));
        }
    }

    #[test]
    fn a_common_key_takes_a_byte() {
        assert!(COMMON.iter().all(|key| Labels::from([(key, "")]).packed.unwrap().len() == 3));
        assert_eq!(Labels::from([("team", "")]).packed.unwrap().len(), 3 + 4);
    }

    #[test]
    fn they_are_two_words_and_nothing_where_there_is_no_entry() {
        assert_eq!(size_of::<Labels>(), 2 * size_of::<usize>());
        assert!(Labels::from([] as [(&str, &str); 0]).packed.is_none());
    }
}
