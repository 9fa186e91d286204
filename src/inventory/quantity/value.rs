//! A quantity as it stands in an object: a string or a number, right or wrong.
//!
//! A wrong one must not fail the object around it, so decoding always succeeds. It must not decide what
//! a wrong one means. Next: `parse` for what is right.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Quantity;

/// What is kept of a text that is no quantity.
const SHOWN: usize = 64;

/// A quantity, or what stood in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum QuantityValue {
    /// The API server takes it.
    Valid(Quantity),
    /// The API server refuses it; holds what was written, cut to 64 characters.
    Invalid(String),
}

impl QuantityValue {
    /// Reads a text as the API server reads a JSON string or number.
    pub fn read(text: &str) -> Self {
        // The server trims before it looks at escapes, so control characters are never trimmed.
        let trimmed = text.trim_matches(|letter: char| letter.is_whitespace() && !letter.is_ascii_control());
        trimmed.parse().map_or_else(|_| Self::Invalid(text.chars().take(SHOWN).collect()), Self::Valid)
    }

    /// The quantity, where it is one.
    pub const fn valid(&self) -> Option<Quantity> {
        match self {
            Self::Valid(quantity) => Some(*quantity),
            Self::Invalid(_) => None,
        }
    }
}

impl fmt::Display for QuantityValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid(quantity) => quantity.fmt(f),
            Self::Invalid(text) => f.pad(text),
        }
    }
}

impl<'de> Deserialize<'de> for QuantityValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = QuantityValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity")
    }

    fn visit_str<E>(self, text: &str) -> Result<QuantityValue, E> {
        Ok(QuantityValue::read(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<QuantityValue, E> {
        Ok(QuantityValue::read(&number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<QuantityValue, E> {
        Ok(QuantityValue::read(&number.to_string()))
    }

    // The shortest text that means this number: what a client that goes through YAML sends, too.
    fn visit_f64<E>(self, number: f64) -> Result<QuantityValue, E> {
        Ok(QuantityValue::read(&number.to_string()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<QuantityValue, E> {
        Ok(QuantityValue::Invalid(value.to_string()))
    }

    // The server reads null as zero.
    fn visit_unit<E>(self) -> Result<QuantityValue, E> {
        Ok(QuantityValue::Valid(Quantity::ZERO))
    }

    fn visit_none<E>(self) -> Result<QuantityValue, E> {
        Ok(QuantityValue::Valid(Quantity::ZERO))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<QuantityValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<QuantityValue, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(QuantityValue::Invalid("a list".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<QuantityValue, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(QuantityValue::Invalid("an object".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn valid(text: &str) -> QuantityValue {
        QuantityValue::Valid(text.parse().unwrap())
    }

    #[test]
    fn json_strings_and_numbers_are_read_as_the_server_reads_them() {
        for (json, expected) in [
            (r#""250m""#, valid("250m")),
            (r#"" 1 ""#, valid("1")),
            ("\"\u{a0}1\"", valid("1")),
            ("2", valid("2")),
            ("-3", valid("-3")),
            ("1.5", valid("1500m")),
            ("1E3", valid("1k")),
            ("1e21", valid("1000E")),
            ("0.1", valid("100m")),
            ("null", valid("0")),
            (r#""""#, QuantityValue::Invalid(String::new())),
            (r#""1\n""#, QuantityValue::Invalid("1\n".to_owned())),
            (r#""1 GB""#, QuantityValue::Invalid("1 GB".to_owned())),
            ("true", QuantityValue::Invalid("true".to_owned())),
        ] {
            assert_eq!(serde_json::from_str::<QuantityValue>(json).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn a_wrong_value_leaves_the_rest_of_the_object_alone() {
        let json = r#"{"cpu":"1 core","memory":{"a":[1]},"storage":[[]],"pods":"4"}"#;
        let limits: BTreeMap<String, QuantityValue> = serde_json::from_str(json).unwrap();
        assert_eq!(limits["cpu"].valid(), None);
        assert_eq!(limits["memory"].to_string(), "an object");
        assert_eq!(limits["storage"].to_string(), "a list");
        assert_eq!(limits["pods"].valid().map(Quantity::nano), Some(4_000_000_000));
    }

    #[test]
    fn what_is_kept_of_a_wrong_text_is_bounded() {
        let QuantityValue::Invalid(text) = QuantityValue::read(&"ü".repeat(5000)) else { panic!() };
        assert_eq!(text.chars().count(), 64);
    }
}
