//! Texts that are credentials by their shape: what they are, and the same texts without them.
//!
//! Whatever may hold a literal credential (the value of a variable, an argument, an annotation) goes through
//! here while it is decoded: what is kept says that one was there and of which kind, never the credential. A
//! shape is one that its issuer documents, so that a match is hardly ever an accident; it must not guess from
//! names, nor from how random a text looks. Next: [`table`] for the shapes of tokens, [`super::env`] and
//! [`super::command`] for who asks.

mod table;

use std::borrow::Cow;
use std::ops::Range;

use table::{JSON_WEB_TOKEN, SHORTEST, TOKENS, begins_token};

/// What a credential is, by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// A private key in PEM, or one of age.
    PrivateKey,
    /// A key or token of a cloud.
    CloudKey,
    /// A token of a forge: GitHub, GitLab.
    ForgeToken,
    /// A token of a registry of packages or images.
    RegistryToken,
    /// A token or secret address of a messenger.
    MessengerToken,
    /// A key of a payment service.
    PaymentKey,
    /// A key of another service.
    ServiceKey,
    /// A signed JSON Web Token.
    JsonWebToken,
    /// An address with a user and a password.
    AddressWithPassword,
}

/// What stands around the id of a shape in the place of a credential.
const MARK: (&str, &str) = ("<redacted:", ">");

impl Shape {
    /// Every shape.
    pub const ALL: &'static [Self] = &[
        Self::PrivateKey,
        Self::CloudKey,
        Self::ForgeToken,
        Self::RegistryToken,
        Self::MessengerToken,
        Self::PaymentKey,
        Self::ServiceKey,
        Self::JsonWebToken,
        Self::AddressWithPassword,
    ];

    /// What it is, with its article, for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKey => "a private key",
            Self::CloudKey => "a key of a cloud",
            Self::ForgeToken => "a token of a forge",
            Self::RegistryToken => "a token of a registry",
            Self::MessengerToken => "a token of a messenger",
            Self::PaymentKey => "a key of a payment service",
            Self::ServiceKey => "a key of a service",
            Self::JsonWebToken => "a JSON Web Token",
            Self::AddressWithPassword => "an address with a password",
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::PrivateKey => "private-key",
            Self::CloudKey => "cloud-key",
            Self::ForgeToken => "forge-token",
            Self::RegistryToken => "registry-token",
            Self::MessengerToken => "messenger-token",
            Self::PaymentKey => "payment-key",
            Self::ServiceKey => "service-key",
            Self::JsonWebToken => "json-web-token",
            Self::AddressWithPassword => "password",
        }
    }
}

/// The mark that stands in the place of a credential.
pub(super) fn mark(shape: Shape) -> String {
    [MARK.0, shape.id(), MARK.1].concat()
}

/// The first credential in a text, if there is one.
pub fn find(text: &str) -> Option<Shape> {
    next(text, 0).map(|(shape, _)| shape)
}

/// A text with a mark in the place of every credential.
pub fn redact(text: String) -> String {
    let Some(mut found) = next(&text, 0) else { return text };
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    loop {
        let (shape, Range { start, end }) = found;
        kept.push_str(text.get(from..start).unwrap_or_default());
        kept.extend([MARK.0, shape.id(), MARK.1]);
        from = end;
        match next(&text, from) {
            Some(more) => found = more,
            None => break,
        }
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// The same of a text that may stay where it is.
pub(super) fn redacted_in(text: Cow<'_, str>) -> Cow<'_, str> {
    if find(&text).is_none() { text } else { Cow::Owned(redact(text.into_owned())) }
}

/// Names of query parameters whose values are credentials.
const PARAMETERS: &[&str] =
    &["access_token", "api_key", "apikey", "auth", "key", "password", "passwd", "secret", "token"];

/// A text with a mark in the place of every credential, also of one that only the name of a query parameter
/// gives away.
pub fn redact_address(text: String) -> String {
    let text = redact(text);
    let Some((address, query)) = text.split_once('?') else { return text };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_credential(name).is_some() => {
            format!("{name}={}password{}", MARK.0, MARK.1)
        }
        _ => pair.to_owned(),
    });
    format!("{address}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// The query parameter that a name is, if its value is a credential.
pub fn is_credential(name: &str) -> Option<&'static str> {
    let name = name.replace('-', "_");
    PARAMETERS.iter().copied().find(|known| known.eq_ignore_ascii_case(&name))
}

/// A host with a mark in the place of a user and a password before it.
pub fn redact_host(host: String) -> String {
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{}password{}@{host}", MARK.0, MARK.1),
        None => host,
    }
}

/// What a redacted text held, if it held a credential.
pub fn redacted(text: &str) -> Option<Shape> {
    // Hardly any text has one, which is quick to see.
    text.find('<')?;
    text.split(MARK.0).skip(1).find_map(|rest| {
        let (id, _) = rest.split_once(MARK.1)?;
        Shape::ALL.iter().copied().find(|shape| shape.id() == id)
    })
}

/// The first credential that begins at or behind a place.
fn next(text: &str, from: usize) -> Option<(Shape, Range<usize>)> {
    let bytes = text.as_bytes();
    // Most labels are too short for anything but an address, and hold none.
    if bytes.len() - from.min(bytes.len()) < SHORTEST && !bytes.contains(&b':') {
        return None;
    }
    let mut is_within =
        from.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| is_word(*byte));
    for (place, byte) in bytes.iter().copied().enumerate().skip(from) {
        let found = match byte {
            b'-' if bytes.get(place + 1) == Some(&b'-') => private_key(text, place),
            b':' if bytes.get(place + 1) == Some(&b'/') => password(text, place),
            _ if is_within || !bytes.get(place..).is_some_and(begins_token) => None,
            _ => token(text, place),
        };
        if found.is_some() {
            return found;
        }
        is_within = is_word(byte);
    }
    None
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A block of PEM whose label says that it is a private key, to its end or that of the text (RFC 7468).
fn private_key(text: &str, place: usize) -> Option<(Shape, Range<usize>)> {
    let block = text.get(place..)?;
    let (label, body) = block.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let is_private = label.ends_with("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK";
    let end = body.find("-----END ").and_then(|end| {
        let close = body.get(end + "-----END ".len()..)?.find("-----")?;
        Some(text.len() - body.len() + end + "-----END ".len() + close + "-----".len())
    });
    is_private.then(|| (Shape::PrivateKey, place..end.unwrap_or(text.len())))
}

/// The password of `scheme://user:password@host`, unless a variable, or stars, stand in its place.
fn password(text: &str, place: usize) -> Option<(Shape, Range<usize>)> {
    let rest = text.get(place..)?.strip_prefix("://")?;
    let start = place + "://".len();
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | ','));
    let authority = rest.get(..end.unwrap_or(rest.len()))?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':')?;
    let is_scheme = text.get(..place)?.ends_with(|c: char| c.is_ascii_alphanumeric());
    let placeholder = ["$(", "${", "$", "{{", "<", "%(", "*"].iter().any(|start| password.starts_with(start));
    let begin = start + user.len() + 1;
    (is_scheme && !password.is_empty() && !placeholder)
        .then(|| (Shape::AddressWithPassword, begin..begin + password.len()))
}

/// A token of the table, or a JSON Web Token.
fn token(text: &str, place: usize) -> Option<(Shape, Range<usize>)> {
    let rest = text.get(place..)?;
    let first = rest.as_bytes().first();
    for token in TOKENS.iter().filter(|token| token.prefix.as_bytes().first() == first) {
        let Some(body) = rest.strip_prefix(token.prefix) else { continue };
        let length = body.bytes().take_while(|byte| (token.alphabet)(*byte)).count();
        if token.length.contains(&length) {
            return Some((token.shape, place..place + token.prefix.len() + length));
        }
    }
    json_web_token(rest).map(|length| (Shape::JsonWebToken, place..place + length))
}

/// The length of a signed JSON Web Token (RFC 7519) at the start of a text: a header and claims that are JSON
/// objects in base64url, and a signature.
fn json_web_token(text: &str) -> Option<usize> {
    let text = text.starts_with(JSON_WEB_TOKEN).then_some(text)?;
    let length = text.bytes().take_while(|byte| is_word(*byte) || *byte == b'.').count();
    let mut parts = text.get(..length)?.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    (header.len() >= 12 && claims.len() >= 8 && claims.starts_with("ey") && signature.len() >= 16)
        .then_some(length)
}

#[cfg(test)]
mod tests;
