//! The configuration of Contour that a ConfigMap holds, so far as it says which versions of TLS are accepted.
//!
//! It is YAML, of which one key of one block matters: its lines are looked at, and one that says so in another way than
//! usual leaves it unclear. It must not keep a character of it, nor judge. Next: [`super::config_map`].

use super::tls_version::TlsVersion;

/// The key of a ConfigMap in which Contour's configuration is.
pub const CONTOUR: &str = "contour.yaml";

/// The block of it that is about TLS, and the key in there.
const BLOCK: &str = "tls";
const KEY: &str = "minimum-protocol-version";

/// What it says of the lowest version that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lowest {
    /// This one.
    Version(TlsVersion),
    /// Something that is not read.
    Unclear,
}

impl Lowest {
    /// What a configuration says; nothing if it leaves that to Contour.
    pub(super) fn of(text: &str) -> Option<Self> {
        if !text.contains(KEY) {
            return None;
        }
        let (mut is_in_block, mut depth) = (false, None);
        for line in text.lines() {
            let said = line.trim_start();
            if said.is_empty() || said.starts_with('#') {
                continue;
            }
            let indent = line.len() - said.len();
            if indent == 0 {
                let inline = value_of(said, BLOCK);
                (is_in_block, depth) = (inline.is_some(), None);
                if (said.starts_with('{') || inline.is_some()) && said.contains(KEY) {
                    return Some(Self::Unclear);
                }
            } else if is_in_block
                && *depth.get_or_insert(indent) == indent
                && let Some(word) = value_of(said, KEY)
            {
                let version = TlsVersion::parse(word).map_or(Self::Unclear, Self::Version);
                return (!matches!(word, "" | "~" | "null")).then_some(version);
            }
        }
        None
    }
}

/// What a line says under a key, without quotation marks and without a comment behind it.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = match line.chars().next()? {
        quote @ ('"' | '\'') => line.strip_prefix(quote)?.strip_prefix(key)?.strip_prefix(quote)?,
        _ => line.strip_prefix(key)?,
    };
    let rest = rest.trim_start().strip_prefix(':')?;
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim();
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest.strip_prefix(quote)?.split(quote).next(),
        Some('#') | None => Some(""),
        Some(_) => Some(rest.split(" #").next().unwrap_or(rest).trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_of_the_block_about_tls() {
        let version = |version| Some(Lowest::Version(version));
        for (text, lowest) in [
            ("tls:\n  minimum-protocol-version: \"1.1\"\n", version(TlsVersion::V1_1)),
            (
                "debug: true\n'tls': # all\n\n    # here\n    'minimum-protocol-version' : '1.3' # newest\n",
                version(TlsVersion::V1_3),
            ),
            (
                "tls:\n  fallback-certificate:\n    name: a\n  minimum-protocol-version: 1.2 # low",
                version(TlsVersion::V1_2),
            ),
            ("tls:\n  minimum-protocol-version: old", Some(Lowest::Unclear)),
            ("tls: {minimum-protocol-version: \"1.1\"}", Some(Lowest::Unclear)),
            ("{\"tls\": {\"minimum-protocol-version\": \"1.1\"}}", Some(Lowest::Unclear)),
            ("tls:\n  minimum-protocol-version:\n", None),
            ("tls:\n  # minimum-protocol-version: \"1.1\"\n", None),
            ("tls:\n  envoy:\n    minimum-protocol-version: \"1.1\"\n", None),
            ("other:\n  minimum-protocol-version: \"1.1\"\n", None),
            ("tls:\n  a: b\nother:\n  minimum-protocol-version: \"1.1\"\n", None),
            ("tls:\n  minimum-protocol-versions: \"1.1\"\n", None),
            ("", None),
        ] {
            assert_eq!(Lowest::of(text), lowest, "{text}");
        }
    }
}
