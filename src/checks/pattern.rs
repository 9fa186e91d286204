//! Regular expressions that policies write for the values of labels and annotations.
//!
//! It must not know what they are for. Next: the checks of the family `configuration`.

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A regular expression that a whole value must match; an empty one is met by any value but an empty one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub(super) struct Pattern {
    text: String,
    /// Absent where the text is empty.
    regex: Option<Regex>,
}

/// Patterns by key.
pub(super) type Patterns = BTreeMap<String, Pattern>;

impl Pattern {
    /// The text of the pattern.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of a value matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(value),
            None => value.contains(|character: char| !character.is_whitespace()),
        }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        if text.is_empty() {
            return Ok(Self { text, regex: None });
        }
        // The text alone first, so that a parenthesis too many cannot open the group around it.
        Regex::new(&text)?;
        let whole = Regex::new(&format!(r"\A(?:{text})\z"))?;
        Ok(Self { text, regex: Some(whole) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_written_as_it_was_read() {
        let pattern = Pattern::try_from("v[0-9]+".to_owned()).unwrap();
        assert_eq!((pattern.as_str(), String::from(pattern.clone()).as_str()), ("v[0-9]+", "v[0-9]+"));
    }

    #[test]
    fn a_pattern_is_about_the_whole_value() {
        let pattern = Pattern::try_from("v[0-9]+|main".to_owned()).unwrap();
        for (value, matches) in [("v1", true), ("main", true), ("v1x", false), ("xmain", false), ("", false)]
        {
            assert_eq!(pattern.matches(value), matches, "{value}");
        }
    }

    #[test]
    fn an_empty_pattern_wants_any_value() {
        let pattern = Pattern::try_from(String::new()).unwrap();
        assert!(pattern.matches("a\nb") && !pattern.matches("") && !pattern.matches(" \u{a0}\n"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["(", "a)(b", "[", "a{99999999}"] {
            assert!(Pattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
