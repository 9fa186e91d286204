//! TLSOptions of Traefik: which versions of TLS it accepts.
//!
//! It must not judge. Next: [`super::ingress`] for the annotation that names one.

use serde::Deserialize;

use super::lenient::null_is_default;
use super::metadata::{Metadata, Naming};
use super::tls_version::TlsVersion;

/// A TLSOption, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TlsOption {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: TlsOptionSpec,
}

/// `spec` of a TLSOption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsOptionSpec {
    #[serde(deserialize_with = "null_is_default")]
    min_version: Box<str>,
}

impl TlsOptionSpec {
    /// The lowest version, if one is given: none of it where the word is no version.
    pub fn lowest(&self) -> Option<Option<TlsVersion>> {
        let word = self.min_version.trim();
        (!word.is_empty()).then(|| TlsVersion::of_traefik(word))
    }
}

/// Whether these are the namespace and the name that an annotation joins with a dash.
pub fn is_joined(joined: &str, Naming { namespace, name, .. }: &Naming) -> bool {
    let rest = joined.strip_prefix(namespace.as_str()).and_then(|rest| rest.strip_prefix('-'));
    rest == Some(name)
}

/// Every namespace and name that such a word can stand for: either may hold a dash.
pub fn split(joined: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = joined.match_indices('-').filter_map(|(dash, _)| joined.split_at_checked(dash));
    let parts = parts.filter_map(|(namespace, rest)| Some((namespace, rest.strip_prefix('-')?)));
    parts.filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(json: &str) -> TlsOption {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_lowest_version_is_given_or_not_or_is_none_that_is_known() {
        let lowest = |json: &str| option(json).spec.lowest();
        assert_eq!(lowest(r#"{"spec":{"minVersion":"VersionTLS13"}}"#), Some(Some(TlsVersion::V1_3)));
        assert_eq!(lowest(r#"{"spec":{"minVersion":"VersionTLS99"}}"#), Some(None));
        for json in [r#"{"spec":{"minVersion":""}}"#, r#"{"spec":null}"#, "{}"] {
            assert_eq!(lowest(json), None, "{json}");
        }
    }

    #[test]
    fn a_joined_name_may_stand_for_several() {
        assert_eq!(split("a-b-c").collect::<Vec<_>>(), [("a", "b-c"), ("a-b", "c")]);
        for none in ["a", "-a", "a-", ""] {
            assert_eq!(split(none).count(), 0, "{none}");
        }
        let one = Metadata::named;
        assert!(is_joined("a-b-c", &one("a", "b-c")) && is_joined("a-b-c", &one("a-b", "c")));
        assert!(!is_joined("a-b-c", &one("a", "c")) && !is_joined("ab", &one("a", "b")));
    }
}
