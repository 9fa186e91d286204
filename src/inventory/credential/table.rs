//! The shapes of tokens: what they begin with, and what follows.
//!
//! Each is as its issuer documents it (the source stands beside it). It must not hold a shape that ordinary
//! texts have, too: a commit, a UUID, a hash. Next: [`super`], which looks for them.

use std::ops::RangeInclusive;

use super::{Shape, is_word};

/// What a kind of token looks like.
pub(super) struct Token {
    /// What it is.
    pub(super) shape: Shape,
    /// What it begins with.
    pub(super) prefix: &'static str,
    /// The characters that follow.
    pub(super) alphabet: fn(u8) -> bool,
    /// How many follow; one more or less makes it something else.
    pub(super) length: RangeInclusive<usize>,
}

const MANY: usize = 512;

const fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

const fn upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

const fn word_or_dot(byte: u8) -> bool {
    is_word(byte) || byte == b'.'
}

const fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

const fn path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

const fn of(
    shape: Shape,
    prefix: &'static str,
    alphabet: fn(u8) -> bool,
    length: RangeInclusive<usize>,
) -> Token {
    Token { shape, prefix, alphabet, length }
}

/// By the first character of ASCII of tokens, their second ones, a bit each.
static SECOND: [u128; 128] = {
    let mut all = with([0; 128], JSON_WEB_TOKEN);
    let mut rest = TOKENS;
    while let [token, others @ ..] = rest {
        all = with(all, token.prefix);
        rest = others;
    }
    all
};

const fn with(mut all: [u128; 128], prefix: &str) -> [u128; 128] {
    if let [first, second, ..] = prefix.as_bytes()
        && let Some((_, [seconds, ..])) = all.split_at_mut_checked(*first as usize)
    {
        *seconds |= bit(*second);
    }
    all
}

const fn bit(byte: u8) -> u128 {
    if byte < 128 { 1 << byte } else { 0 }
}

/// Whether a token may begin with the first two of these characters: of nearly all texts one look at each word is enough.
pub(super) fn begins_token(text: &[u8]) -> bool {
    let [first, second, ..] = text else { return false };
    SECOND.get(usize::from(*first)).is_some_and(|seconds| seconds & bit(*second) != 0)
}

/// What the header of a JSON Web Token begins with: a brace and a quotation mark in base64url.
pub(super) const JSON_WEB_TOKEN: &str = "eyJ";

/// Every kind of token that is known.
pub(super) const TOKENS: &[Token] = &[
    // AWS, "IAM identifiers": unique id prefixes of long-term and temporary access keys, and of Bedrock's API
    // keys.
    of(Shape::CloudKey, "AKIA", upper_or_digit, 16..=16),
    of(Shape::CloudKey, "ASIA", upper_or_digit, 16..=16),
    of(Shape::CloudKey, "ABSK", base64, 100..=MANY),
    // Google Cloud, "Authenticate using API keys"; "OAuth client secrets".
    of(Shape::CloudKey, "AIza", is_word, 35..=35),
    of(Shape::CloudKey, "GOCSPX-", is_word, 28..=28),
    // Azure, "Configure connection strings": the key of a storage account is 64 bytes in base64.
    of(Shape::CloudKey, "AccountKey=", base64, 86..=88),
    // DigitalOcean, "API tokens": personal, OAuth and refresh tokens.
    of(Shape::CloudKey, "dop_v1_", lower_hex, 64..=64),
    of(Shape::CloudKey, "doo_v1_", lower_hex, 64..=64),
    of(Shape::CloudKey, "dor_v1_", lower_hex, 64..=64),
    // GitHub, "Token formats": classic, OAuth, user-to-server, server-to-server and refresh tokens;
    // fine-grained ones.
    of(Shape::ForgeToken, "ghp_", alphanumeric, 36..=255),
    of(Shape::ForgeToken, "gho_", alphanumeric, 36..=255),
    of(Shape::ForgeToken, "ghu_", alphanumeric, 36..=255),
    of(Shape::ForgeToken, "ghs_", word_or_dot, 36..=MANY),
    of(Shape::ForgeToken, "ghr_", alphanumeric, 36..=255),
    of(Shape::ForgeToken, "github_pat_", is_word, 82..=255),
    // GitLab, "Token prefixes": personal, deploy, runner and trigger tokens.
    of(Shape::ForgeToken, "glpat-", word_or_dot, 20..=300),
    of(Shape::ForgeToken, "gldt-", word_or_dot, 20..=300),
    of(Shape::ForgeToken, "glrt-", word_or_dot, 20..=300),
    of(Shape::ForgeToken, "glptt-", word_or_dot, 20..=300),
    // npm, "About access tokens"; PyPI, "API tokens"; Docker, "Access tokens".
    of(Shape::RegistryToken, "npm_", alphanumeric, 36..=36),
    of(Shape::RegistryToken, "pypi-AgEIcHlwaS5vcmc", is_word, 50..=MANY),
    of(Shape::RegistryToken, "dckr_pat_", is_word, 27..=36),
    // Slack, "Token types" and "Incoming webhooks".
    of(Shape::MessengerToken, "xoxb-", is_word, 20..=300),
    of(Shape::MessengerToken, "xoxp-", is_word, 20..=300),
    of(Shape::MessengerToken, "xoxa-", is_word, 20..=300),
    of(Shape::MessengerToken, "xapp-", is_word, 20..=300),
    of(Shape::MessengerToken, "hooks.slack.com/services/T", path, 30..=100),
    // Stripe, "API keys": secret and restricted keys.
    of(Shape::PaymentKey, "sk_live_", alphanumeric, 24..=255),
    of(Shape::PaymentKey, "rk_live_", alphanumeric, 24..=255),
    of(Shape::PaymentKey, "sk_test_", alphanumeric, 24..=255),
    of(Shape::PaymentKey, "rk_test_", alphanumeric, 24..=255),
    // Anthropic and OpenAI, "API keys"; Hugging Face, "User access tokens".
    of(Shape::ServiceKey, "sk-ant-", is_word, 80..=255),
    of(Shape::ServiceKey, "sk-proj-", is_word, 40..=255),
    of(Shape::ServiceKey, "hf_", alphanumeric, 34..=34),
    // SendGrid, "API keys": an id of 22 characters, a dot, a secret of 43; HashiCorp Vault, "Tokens".
    of(Shape::ServiceKey, "SG.", word_or_dot, 66..=66),
    of(Shape::ServiceKey, "hvs.", is_word, 24..=255),
    // Databricks, "Personal access tokens"; Grafana, "Service account tokens"; age(1), a private key.
    of(Shape::ServiceKey, "dapi", lower_hex, 32..=32),
    of(Shape::ServiceKey, "glsa_", is_word, 41..=41),
    of(Shape::PrivateKey, "AGE-SECRET-KEY-1", upper_or_digit, 58..=58),
];

/// Fewest bytes of whatever is no address with a password: of the shortest token. A private key in PEM, whose first line
/// alone is longer, and a JSON Web Token, of which the smallest parts that count are, have more.
pub(super) const SHORTEST: usize = {
    let mut shortest = "-----BEGIN PRIVATE KEY-----".len();
    let mut rest = TOKENS;
    while let [token, others @ ..] = rest {
        let length = token.prefix.len() + *token.length.start();
        if length < shortest {
            shortest = length;
        }
        rest = others;
    }
    shortest
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_begins_as_one_does() {
        for prefix in TOKENS.iter().map(|token| token.prefix).chain([JSON_WEB_TOKEN]) {
            assert!(begins_token(prefix.as_bytes()), "{prefix}");
        }
        assert!(
            !begins_token(b"e")
                && !begins_token(b"")
                && !begins_token(b"ez")
                && !begins_token("\u{e9}y".as_bytes())
        );
    }
}
