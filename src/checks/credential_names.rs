//! Names of what holds a credential: variables, keys.
//!
//! It must not look at a value. Next: the checks `secret-literal-in-env` and `secret-in-configmap`.

use super::globs::Globs;

/// Words that names of credentials end with. `PASS`, `PWD`, `TOKENS` and `SECRETS` alone are none: `PROXY_PASS` is an
/// address, `PWD` a folder, `MAX_TOKENS` a number and `PULL_SECRETS` a list of names.
const WORDS: [&str; 31] = [
    "ACCESS_KEY",
    "ACCESS_TOKENS",
    "ADMIN_PASS",
    "APIKEY",
    "API_KEY",
    "API_KEYS",
    "API_TOKENS",
    "AUTH_TOKENS",
    "CLIENT_SECRETS",
    "CREDENTIAL",
    "CREDENTIALS",
    "DATABASE_PASS",
    "DB_PASS",
    "DB_PWD",
    "ENCRYPTION_KEY",
    "MAIL_PASS",
    "MASTER_KEY",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PASSWORDS",
    "PRIVATE_KEY",
    "REDIS_PASS",
    "ROOT_PASS",
    "SECRET",
    "SIGNING_KEY",
    "SMTP_PASS",
    "SMTP_PWD",
    "TOKEN",
    "USER_PASS",
    "USER_PWD",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_without_letters_names_nothing() {
        assert!(!is_credential("TOKEN", &[String::new()], &Globs::default()));
    }

    #[test]
    fn names_of_credentials_and_names_that_are_like_them() {
        let of = |name: &str| is_credential(name, &default_words(), &Globs::default());
        for name in [
            "DB_PASS",
            "SMTP_PASS",
            "smtp-pass",
            "MYDB_PWD",
            "USERS_PASSWORDS",
            "ENCRYPTION_KEY",
            "API_TOKENS",
            "GITHUB_TOKEN",
            "TOKEN_2",
        ] {
            assert!(of(name), "{name}");
        }
        for name in [
            "PROXY_PASS",
            "PWD",
            "OLDPWD",
            "BYPASS",
            "MAX_TOKENS",
            "PULL_SECRETS",
            "SECRETS_MANAGER",
            "DB_PASS_FILE",
            "ENCRYPTION_KEY_ID",
            "COMPASS_URL",
        ] {
            assert!(!of(name), "{name}");
        }
    }
}
