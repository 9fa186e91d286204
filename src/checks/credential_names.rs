//! Names of what holds a credential: variables, keys.
//!
//! It must not look at a value. Next: the checks `secret-literal-in-env` and `secret-in-configmap`.

use super::globs::Globs;

/// Words that names of credentials end with.
const WORDS: [&str; 11] = [
    "ACCESS_KEY",
    "API_KEY",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE_KEY",
    "SECRET",
    "TOKEN",
];

/// Ends of names that are about a credential and do not hold it.
const ABOUT: [&str; 18] = [
    "_ALGORITHM",
    "_ALIAS",
    "_AUDIENCE",
    "_DIR",
    "_ENABLED",
    "_ENDPOINT",
    "_EXPIRY",
    "_FILE",
    "_HEADER",
    "_ID",
    "_ISSUER",
    "_LENGTH",
    "_NAME",
    "_PATH",
    "_TIMEOUT",
    "_TTL",
    "_URI",
    "_URL",
];

/// The words, unless a policy names others.
pub(super) fn default_words() -> Vec<String> {
    WORDS.map(str::to_owned).into()
}

/// Whether what has this name holds a credential: one of the words stands in it, from the start of a word
/// or behind other letters, to the end of a word.
pub(super) fn is_credential(name: &str, words: &[String], allowed: &Globs) -> bool {
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    if allowed.match_any(name) || ABOUT.iter().any(|end| upper.ends_with(end)) {
        return false;
    }
    let ends_word = |rest: &str| {
        rest.is_empty() || rest.starts_with('_') || rest.starts_with(|c: char| c.is_ascii_digit())
    };
    // Names are short: to prepare a search for each word costs more than to look at every place.
    let is_there = |word: &&String| {
        !word.is_empty() && upper.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
    };
    words.iter().filter(is_there).any(|word| {
        upper
            .match_indices(word.as_str())
            .any(|(place, found)| ends_word(upper.get(place + found.len()..).unwrap_or_default()))
    })
}
