//! Patterns of names, as policies write them: `*` for any run of characters, `?` for one.
//!
//! It must not know what is named. Next: [`crate::inventory::selector::Glob`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::selector::{Glob, GlobError};

/// A list of patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>")]
pub(super) struct Globs {
    globs: Vec<Glob>,
}

impl Globs {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether one of them matches the whole of a name.
    pub(super) fn match_any(&self, name: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(name))
    }
}

impl From<Globs> for Vec<String> {
    fn from(globs: Globs) -> Self {
        globs.globs.iter().map(|glob| glob.as_str().to_owned()).collect()
    }
}

impl TryFrom<Vec<String>> for Globs {
    type Error = GlobError;

    fn try_from(patterns: Vec<String>) -> Result<Self, GlobError> {
        let globs = patterns.iter().map(|pattern| Glob::new(pattern)).collect::<Result<_, _>>()?;
        Ok(Self { globs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_as_they_were_read() {
        let patterns = vec!["a*".to_owned(), "?".to_owned()];
        assert_eq!(Vec::from(Globs::try_from(patterns.clone()).unwrap()), patterns);
    }

    #[test]
    fn an_empty_pattern_is_refused_and_none_match_nothing() {
        assert!(Globs::try_from(vec![String::new()]).is_err());
        assert!(!Globs::default().match_any(""));
        let globs = Globs::try_from(vec!["a*".to_owned(), "?".to_owned()]).unwrap();
        assert!(globs.match_any("abc") && globs.match_any("x") && !globs.match_any("xy"));
    }
}
