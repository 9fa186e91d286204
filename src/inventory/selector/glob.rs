//! Globs over names: `*` for any run of characters, `?` for exactly one, the rest literally.
//!
//! It must not grow into another pattern language: names of namespaces need no more. Next: the
//! `excludeNamespaces` field of a policy.

use std::fmt;

/// A pattern that a whole name matches or does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob {
    pattern: String,
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// It would match no name.
    #[error("a pattern must not be empty")]
    Empty,
}

impl Glob {
    /// The pattern that this text means.
    pub fn new(pattern: &str) -> Result<Self, GlobError> {
        if pattern.is_empty() { Err(GlobError::Empty) } else { Ok(Self { pattern: pattern.to_owned() }) }
    }

    /// The text of the pattern.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        let mut pattern = self.pattern.chars();
        let mut rest = name.chars();
        // Where to go on when what follows the last star does not fit: that star takes one more.
        let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (pattern.next(), rest.next()) {
                (Some('*'), _) => {
                    rest = before;
                    retry = Some((pattern.clone(), rest.clone()));
                }
                (None, None) => return true,
                (Some('?'), Some(_)) => {}
                (Some(wanted), Some(found)) if wanted == found => {}
                _ => {
                    let Some((after_star, longer)) = retry.as_mut() else { return false };
                    if longer.next().is_none() {
                        return false;
                    }
                    pattern = after_star.clone();
                    rest = longer.clone();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_name() {
        for (pattern, name, expected) in [
            ("kube-system", "kube-system", true),
            ("kube-system", "kube-system2", false),
            ("kube-*", "kube-", true),
            ("kube-*", "kube-node-lease", true),
            ("kube-*", "my-kube-system", false),
            ("*", "", true),
            ("?", "", false),
            ("*-dev", "a-dev-dev", true),
            ("*-dev", "a-dev-de", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("team-?", "team-a", true),
            ("team-?", "team-ab", false),
            ("?", "é", true),
            ("**?", "ab", true),
            ("[a]", "a", false),
            ("a.c", "abc", false),
        ] {
            assert_eq!(Glob::new(pattern).unwrap().matches(name), expected, "{pattern} {name}");
        }
        assert_eq!(Glob::new(""), Err(GlobError::Empty));
    }

    fn naive(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => naive(rest, name) || (!name.is_empty() && naive(pattern, &name[1..])),
            (Some((wanted, pattern)), Some((found, name))) => {
                (*wanted == '?' || wanted == found) && naive(pattern, name)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_obvious_definition(pattern in "[ab*?]{1,8}", name in "[ab]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Glob::new(&pattern).unwrap().matches(&name),
                naive(&characters(&pattern), &characters(&name))
            );
        }
    }

    #[test]
    fn many_stars_stay_cheap() {
        let glob = Glob::new(&"*a".repeat(200)).unwrap();
        assert!(!glob.matches(&format!("{}b", "a".repeat(2000))));
    }
}
