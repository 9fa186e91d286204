//! What a document says, as a tree that borrows the document's text where it can.
//!
//! Objects are decoded from it as from JSON, without a copy of each key and value, and without a map for each mapping. It
//! must not know YAML, nor what a Kubernetes object is. Next: [`super::decode`], which reads objects from it.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, Serializer};
use serde_json::{Error, Number, Value};

/// A value of JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tree<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Self>),
    /// A mapping.
    Mapping(Entries<'a>),
}

/// The entries of a mapping in order of their keys, each of which is there once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries<'a>(Vec<(Cow<'a, str>, Tree<'a>)>);

impl<'a> Entries<'a> {
    /// Of entries in any order; nothing if a key is given twice.
    pub fn unique(mut entries: Vec<(Cow<'a, str>, Tree<'a>)>) -> Option<Self> {
        // Few of them: that is quick to see, and to mend.
        if !entries.is_sorted_by(|(one, _), (other, _)| one < other) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let is_twice = entries.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other));
        (!is_twice).then_some(Self(entries))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Tree<'a>> {
        self.place(key).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// Takes the value of a key out.
    pub fn remove(&mut self, key: &str) -> Option<Tree<'a>> {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Puts a value in, unless its key is there.
    pub fn or_insert(&mut self, key: &'a str, value: impl FnOnce() -> Tree<'a>) {
        if let Err(at) = self.place(key) {
            self.0.insert(at, (Cow::Borrowed(key), value()));
        }
    }

    /// All entries, in order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tree<'a>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(key))
    }
}

impl Tree<'_> {
    /// The value of a key; nothing if it is no mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Mapping(entries) => entries.get(key),
            _ => None,
        }
    }

    /// Its text; nothing if it is no text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same, borrowing nothing.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::from(&**text),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect())
            }
        }
    }

    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Number(_) => Unexpected::Other("number"),
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Mapping(_) => Unexpected::Map,
        }
    }
}

impl From<Value> for Tree<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (Cow::Owned(key), Self::from(value)));
                let mut entries: Vec<(Cow<'_, str>, Self)> = entries.collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Mapping(Entries(entries))
            }
        }
    }
}

/// As JSON, without spaces.
impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Mapping(entries) => serializer.collect_map(entries.iter()),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for &'de Tree<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// As `serde_json` reads a [`Value`].
impl<'de> Deserializer<'de> for &'de Tree<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(number) => number.deserialize_any(visitor),
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::List(items) => {
                let mut list = SeqDeserializer::new(items.iter());
                let value = visitor.visit_seq(&mut list)?;
                list.end().map(|()| value)
            }
            Tree::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (BorrowedStrDeserializer::new(key), value));
                let mut map = MapDeserializer::new(entries);
                let value = visitor.visit_map(&mut map)?;
                map.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Tree::Text(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Tree::Mapping(entries) if entries.0.len() == 1 => {
                let entries = entries.iter().map(|(key, value)| (BorrowedStrDeserializer::new(key), value));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(entries)))
            }
            Tree::Mapping(_) => Err(Error::invalid_value(Unexpected::Map, &"map with a single key")),
            _ => Err(Error::invalid_type(self.unexpected(), &"string or map")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    enum Either {
        One,
        Other(i64),
    }

    /// Types as objects are made of, each with a shape that some values have.
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Shape {
        Either(Either),
        Whole(Option<i32>),
        Float(f64),
        Text(String),
        Flags(Vec<bool>),
        Map(BTreeMap<String, Self>),
        List(Vec<Self>),
    }

    fn value() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
        ];
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            number,
            "(One|Other|[a-c\"é]{0,3})".prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("(One|Other|[a-c]{0,2})", inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    fn both<T: for<'de> Deserialize<'de>>(value: &Value) -> (Option<T>, Option<T>) {
        let tree = Tree::from(value.clone());
        (T::deserialize(value).ok(), T::deserialize(&tree).ok())
    }

    proptest! {
        #[test]
        fn it_says_what_the_value_says_and_is_read_alike(value in value()) {
            let tree = Tree::from(value.clone());
            prop_assert_eq!(tree.to_value(), value.clone());
            prop_assert_eq!(tree.to_string(), value.to_string());
            prop_assert_eq!(serde_json::to_string(&tree).unwrap(), value.to_string());
            let (of_value, of_tree) = both::<Shape>(&value);
            prop_assert_eq!(of_value, of_tree);
            let (of_value, of_tree) = both::<Either>(&value);
            prop_assert_eq!(of_value, of_tree);
            let (of_value, of_tree) = both::<BTreeMap<String, Value>>(&value);
            prop_assert_eq!(of_value, of_tree);
            let (of_value, of_tree) = both::<Option<Vec<(bool, i8)>>>(&value);
            prop_assert_eq!(of_value, of_tree);
        }

        #[test]
        fn entries_are_those_of_a_map(keys in prop::collection::vec("[ab]{0,2}", 0..6), probe in "[ab]{0,2}") {
            let entries = || keys.iter().enumerate().map(|(at, key)| (key.clone(), Value::from(at)));
            let map: BTreeMap<String, Value> = entries().collect();
            let given = entries().map(|(key, value)| (Cow::Owned(key), Tree::from(value))).collect();
            let unique = Entries::unique(given);
            prop_assert_eq!(unique.is_some(), map.len() == keys.len());
            let Some(mut unique) = unique else { return Ok(()) };
            let told: Vec<(String, Value)> =
                unique.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect();
            prop_assert_eq!(told, map.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(unique.get(&probe).map(Tree::to_value), map.get(&probe).cloned());
            unique.or_insert(&probe, || Tree::Null);
            let expected = map.get(&probe).cloned().unwrap_or_default();
            prop_assert_eq!(unique.remove(&probe).map(|value| value.to_value()), Some(expected));
            prop_assert_eq!(unique.get(&probe), None);
        }
    }

    #[test]
    fn only_a_mapping_has_keys_and_only_text_is_text() {
        let tree = Tree::from(json!({"a": "b", "c": ["d"], "e": null}));
        assert_eq!(tree.get("a").and_then(Tree::as_str), Some("b"));
        assert_eq!(tree.get("c").and_then(|list| list.get("d")), None);
        assert_eq!(tree.get("c").and_then(Tree::as_str), None);
        assert!(tree.get("e").is_some_and(Tree::is_null) && tree.get("f").is_none());
    }
}
