//! The unique id of an object, in the sixteen bytes that it nearly always is.
//!
//! An API server gives UUIDs in their usual writing; as text each is an allocation of 36 bytes beside the text's own
//! header, and a process keeps several for each workload. Whatever is written otherwise is kept as it stands: a uid is
//! opaque. It must not make two of one, or one of two. Next: [`super::metadata`].

use std::fmt;

use serde::{Deserialize, Deserializer};

/// Unique over time and space; empty in files.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(Form);

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    #[default]
    Absent,
    /// A UUID with lower-case digits and hyphens, which [`fmt::Display`] writes again as it was.
    Usual([u8; 16]),
    Other(Box<str>),
}

impl Uid {
    /// That of an object from a file.
    pub(super) const ABSENT: Self = Self(Form::Absent);

    /// Whether there is none: the object is from a file.
    pub fn is_empty(&self) -> bool {
        self.0 == Form::Absent
    }
}

impl From<&str> for Uid {
    fn from(text: &str) -> Self {
        match (text.is_empty(), usual(text)) {
            (true, _) => Self(Form::Absent),
            (false, Some(bytes)) => Self(Form::Usual(bytes)),
            (false, None) => Self(Form::Other(text.into())),
        }
    }
}

/// The bytes of a UUID in its usual writing.
fn usual(text: &str) -> Option<[u8; 16]> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups = text.split('-');
    if text.len() != 36 || !groups.map(str::len).eq(GROUPS) {
        return None;
    }
    let mut digits = text.bytes().filter(|byte| *byte != b'-').map(digit);
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

/// The value of a lower-case digit: with an upper-case one, what is written again would differ.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Absent => Ok(()),
            Form::Other(text) => f.write_str(text),
            Form::Usual(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Uid;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Uid, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_takes_no_text() {
        let uid = Uid::from("9f0c1ab2-0000-4000-8000-00000000ffff");
        assert!(matches!(uid.0, Form::Usual(_)));
        assert_eq!(size_of::<Uid>(), size_of::<String>());
        assert!(Uid::from("").is_empty() && !uid.is_empty());
    }

    #[test]
    fn null_is_absent_and_a_number_is_refused_as_for_any_text() {
        assert!(serde_json::from_str::<Uid>("7").is_err());
        assert_eq!(serde_json::from_str::<Uid>(r#""u""#).unwrap(), Uid::from("u"));
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_is_written_as_it_was(
            text in prop_oneof!["[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "[0-9a-f-]{36}", ".{0,40}"]
        ) {
            prop_assert_eq!(Uid::from(text.as_str()).to_string(), text);
        }
    }
}
