//! The Mesh of Consul: which versions of TLS its proxies accept.
//!
//! It must not judge. Next: [`super::tls_version`].

use serde::Deserialize;

use super::lenient::null_is_default;
use super::metadata::Metadata;
use super::tls_version::TlsVersion;

/// A Mesh of Consul, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConsulMesh {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ConsulMeshSpec,
}

/// `spec` of a Mesh of Consul.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConsulMeshSpec {
    #[serde(deserialize_with = "null_is_default")]
    tls: ConsulTls,
}

/// `tls` of such a spec. What proxies ask of others (`outgoing`) is not what they accept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct ConsulTls {
    #[serde(deserialize_with = "null_is_default")]
    incoming: ConsulVersions,
}

/// The versions of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConsulVersions {
    #[serde(deserialize_with = "null_is_default")]
    tls_min_version: Box<str>,
}

impl ConsulMeshSpec {
    /// The lowest version that proxies accept, if one is given: none of it where the word is no version. `TLS_AUTO`
    /// leaves it to the proxy, as does nothing.
    pub fn lowest(&self) -> Option<Option<TlsVersion>> {
        let word = self.tls.incoming.tls_min_version.trim();
        (!matches!(word, "" | "TLS_AUTO")).then(|| TlsVersion::of_consul(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lowest_version_is_given_or_left_to_the_proxy_or_is_none_that_is_known() {
        let lowest = |word: &str| {
            let json = format!(r#"{{"spec":{{"tls":{{"incoming":{{"tlsMinVersion":"{word}"}}}}}}}}"#);
            serde_json::from_str::<ConsulMesh>(&json).unwrap().spec.lowest()
        };
        assert_eq!(lowest("TLSv1_0"), Some(Some(TlsVersion::V1_0)));
        assert_eq!(lowest("TLSv1_3"), Some(Some(TlsVersion::V1_3)));
        assert_eq!(lowest("TLSv9"), Some(None));
        assert_eq!((lowest("TLS_AUTO"), lowest("")), (None, None));
        for json in [r#"{"spec":{"tls":{"outgoing":{"tlsMinVersion":"TLSv1_0"}}}}"#, r#"{"spec":null}"#, "{}"]
        {
            assert_eq!(serde_json::from_str::<ConsulMesh>(json).unwrap().spec.lowest(), None, "{json}");
        }
    }
}
