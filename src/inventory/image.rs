//! References to images, by the grammar that the kubelet reads them with.
//!
//! It accepts and refuses what `github.com/distribution/reference` does, because that is what the API server
//! (for the default of `imagePullPolicy`) and container runtimes ask; the end-to-end suite compares them. It
//! must not say which images are good. Next: [`super::container`].

use std::borrow::Cow;

use thiserror::Error;

/// The registry of a reference that names none.
const DEFAULT_DOMAIN: &str = "docker.io";

/// Another name of that registry, from its beginnings.
const LEGACY_DOMAIN: &str = "index.docker.io";

/// Where that registry keeps images whose name has one part.
const OFFICIAL: &str = "library/";

/// Longest path of a repository within its registry.
const PATH_LENGTH: usize = 255;

/// Longest tag.
const TAG_LENGTH: usize = 128;

/// A reference, taken apart and normalized: every name in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// Registry with its port. Empty for the odd reference whose first part looks like a registry and cannot
    /// be one.
    pub domain: &'a str,
    /// Repository in the registry.
    pub path: Cow<'a, str>,
    /// Tag, if one is given.
    pub tag: Option<&'a str>,
    /// Digest, if one is given.
    pub digest: Option<&'a str>,
}

/// Why a text is not a reference. The text is not quoted: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ImageError {
    /// There is no text.
    #[error("it is empty")]
    Empty,
    /// 64 hexadecimal digits name an image on one node only.
    #[error("64 hexadecimal digits are an image's id, which no registry knows")]
    Identifier,
    /// The repository is not in lower case.
    #[error("the name of a repository is in lower case")]
    Uppercase,
    /// The registry or repository has characters that it cannot have, or empty parts.
    #[error("the name is not that of a repository")]
    Name,
    /// The repository's path is too long.
    #[error("the name of a repository has at most 255 characters")]
    TooLong,
    /// The tag has characters that it cannot have, or too many.
    #[error("the tag is not made of at most 128 letters, digits, dots, dashes and underscores")]
    Tag,
    /// The digest has an unknown algorithm, or not the length that goes with it.
    #[error("the digest is not that of SHA-256, SHA-384 or SHA-512")]
    Digest,
}

impl<'a> ImageReference<'a> {
    /// Takes a reference apart.
    pub fn parse(text: &'a str) -> Result<Self, ImageError> {
        if text.is_empty() {
            return Err(ImageError::Empty);
        }
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(ImageError::Identifier);
        }
        let (domain, official, remainder) = split_domain(text);
        let (name, digest) = match remainder.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (remainder, None),
        };
        // A colon after the last slash begins the tag: the path has none.
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name.get(last..).and_then(|part| part.find(':')).map(|colon| last + colon);
        let (path, tag) = match colon.and_then(|colon| name.split_at_checked(colon)) {
            Some((path, tag)) => (path, tag.get(1..)),
            None => (name, None),
        };
        let path = if official { Cow::Owned([OFFICIAL, path].concat()) } else { Cow::Borrowed(path) };
        let (domain, path) = name_of(domain, path)?;
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(ImageError::Tag);
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(ImageError::Digest);
        }
        Ok(Self { domain, path, tag, digest })
    }

    /// Registry and repository in full: `docker.io/library/nginx` for `nginx`.
    pub fn repository(&self) -> String {
        if self.domain.is_empty() { self.path.to_string() } else { [self.domain, "/", &self.path].concat() }
    }

    /// The tag that is pulled when there is no digest: `latest` where none is given.
    pub fn effective_tag(&self) -> Option<&'a str> {
        self.tag.or_else(|| self.digest.is_none().then_some("latest"))
    }

    /// Whether the repository is this one or lies below it: `registry.example/team` is above
    /// `registry.example/team/app`, and not above `registry.example/teamwork`.
    pub fn is_within(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_end_matches('/');
        let is_whole = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let below = match prefix.strip_prefix(self.domain) {
            // A part of the registry's name is above nothing, nor is another registry.
            None => None,
            Some("") if !self.domain.is_empty() => return true,
            Some(rest) if self.domain.is_empty() => Some(rest),
            Some(rest) => rest.strip_prefix('/'),
        };
        below.and_then(|below| self.path.strip_prefix(below)).is_some_and(is_whole)
    }
}

/// Registry, whether the repository is one of the official ones, and the rest.
fn split_domain(text: &str) -> (&str, bool, &str) {
    let Some((first, rest)) = text.split_once('/') else { return (DEFAULT_DOMAIN, true, text) };
    let is_domain = first == "localhost"
        || first.contains(['.', ':'])
        || first.bytes().any(|byte| byte.is_ascii_uppercase());
    let (domain, rest) = if first == LEGACY_DOMAIN {
        (DEFAULT_DOMAIN, rest)
    } else if is_domain {
        (first, rest)
    } else {
        (DEFAULT_DOMAIN, text)
    };
    (domain, domain == DEFAULT_DOMAIN && !rest.contains('/'), rest)
}

/// Registry and path, both as the grammar has them. What looked like a registry and is none may still be the
/// first part of a path.
fn name_of<'a>(domain: &'a str, path: Cow<'a, str>) -> Result<(&'a str, Cow<'a, str>), ImageError> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ImageError::Uppercase);
    }
    let (domain, path) = if is_domain(domain) && is_path(&path) {
        (domain, path)
    } else {
        let whole = [domain, "/", &path].concat();
        if !is_path(&whole) {
            return Err(ImageError::Name);
        }
        ("", Cow::Owned(whole))
    };
    if path.len() > PATH_LENGTH { Err(ImageError::TooLong) } else { Ok((domain, path)) }
}

fn is_domain(text: &str) -> bool {
    let (host, port) =
        if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
            let port = rest.strip_prefix(':').or_else(|| (!rest.is_empty()).then_some(""));
            (!address.is_empty() && address.bytes().all(is_part), port)
        } else {
            let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
            (host.split('.').all(is_domain_component), port)
        };
    host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_domain_component(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_path(text: &str) -> bool {
    text.split('/').all(is_path_component)
}

/// Runs of lower case letters and digits, between them one dot, one or two underscores, or any number of
/// dashes.
fn is_path_component(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_separator =
        |gap: &[u8]| matches!(gap, b"." | b"_" | b"__") || gap.iter().all(|byte| *byte == b'-');
    let bytes = text.as_bytes();
    bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && bytes.split(plain).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= TAG_LENGTH
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, encoded)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    encoded.len() == length && encoded.bytes().all(is_lower_hex)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<&str>, bool) {
        let image = ImageReference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (image.repository(), image.tag, image.digest.is_some())
    }

    #[test]
    fn names_are_completed() {
        let digest = format!("app@sha256:{}", "0".repeat(64));
        for (text, repository, tag, digest) in [
            ("nginx", "docker.io/library/nginx", None, false),
            ("nginx:1.27", "docker.io/library/nginx", Some("1.27"), false),
            ("docker.io/nginx", "docker.io/library/nginx", None, false),
            ("index.docker.io/team/app:1", "docker.io/team/app", Some("1"), false),
            ("team/app", "docker.io/team/app", None, false),
            ("localhost/app", "localhost/app", None, false),
            ("Registry/app", "Registry/app", None, false),
            ("[fd00::1]:5000/app:1", "[fd00::1]:5000/app", Some("1"), false),
            (&digest, "docker.io/library/app", None, true),
        ] {
            assert_eq!(parsed(text), (repository.to_owned(), tag, digest), "{text}");
        }
    }

    #[test]
    fn disagreement_27_the_port_of_a_registry_is_no_tag() {
        assert_eq!(parsed("host:5000/app"), ("host:5000/app".to_owned(), None, false));
        assert_eq!(parsed("host:5000/app:1"), ("host:5000/app".to_owned(), Some("1"), false));
        assert_eq!(ImageReference::parse("host:5000/app").unwrap().effective_tag(), Some("latest"));
    }

    #[test]
    fn what_the_grammar_refuses_is_refused() {
        let (id, long, tag) =
            ("a".repeat(64), format!("r.io/{}", "a".repeat(256)), format!("a:{}", "t".repeat(129)));
        for (text, error) in [
            ("", ImageError::Empty),
            (&id, ImageError::Identifier),
            ("team/App", ImageError::Uppercase),
            ("r.io/a b", ImageError::Name),
            ("r.io//a", ImageError::Name),
            ("r.io/a___b", ImageError::Name),
            ("r.io/", ImageError::Name),
            ("https://r.io/a", ImageError::Name),
            ("r.io/ä", ImageError::Name),
            (&long, ImageError::TooLong),
            (&tag, ImageError::Tag),
            ("a:", ImageError::Tag),
            ("a:b:c", ImageError::Tag),
            ("a@sha256:abc", ImageError::Digest),
            ("a@md5:0123456789abcdef0123456789abcdef", ImageError::Digest),
        ] {
            assert_eq!(ImageReference::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_registry_and_is_none_is_a_part_of_the_path() {
        let image = ImageReference::parse("r_x.io/app").unwrap();
        assert_eq!((image.domain, &*image.path), ("", "r_x.io/app"));
    }

    #[test]
    fn a_prefix_ends_where_a_part_of_the_name_ends() {
        let image = ImageReference::parse("registry.example/team/app:1").unwrap();
        for (prefix, within) in [
            ("registry.example", true),
            ("registry.example/", true),
            ("registry.example/team", true),
            ("registry.example/team/app", true),
            ("registry.example/tea", false),
            ("registry.exam", false),
            ("registry.example/team/app/more", false),
        ] {
            assert_eq!(image.is_within(prefix), within, "{prefix}");
        }
    }
}
