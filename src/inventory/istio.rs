//! Gateways of Istio: which versions of TLS they accept. The Gateway API has a kind of the same name.
//!
//! It must not judge. Next: [`super::gateway`] for that kind.

use serde::Deserialize;

use super::lenient::{list, null_is_default};
use super::metadata::Metadata;
use super::tls_version::TlsVersion;

/// A Gateway of Istio, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioGateway {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: IstioGatewaySpec,
}

/// `spec` of a Gateway of Istio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioGatewaySpec {
    /// What it listens to.
    #[serde(deserialize_with = "list")]
    pub servers: Vec<IstioServer>,
}

/// One entry of `servers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IstioServer {
    /// How it speaks TLS, if it does.
    pub tls: Option<IstioTls>,
}

/// `tls` of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IstioTls {
    #[serde(deserialize_with = "null_is_default")]
    mode: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    min_protocol_version: Box<str>,
}

impl IstioTls {
    /// Whether the connection ends here with a certificate of the Gateway's, so that its versions count. Istio's own
    /// certificates (`ISTIO_MUTUAL`) have settings of their own, and what is passed through is another server's.
    pub fn is_ended_here(&self) -> bool {
        // Without a mode it is passed through.
        matches!(&*self.mode, "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL")
    }

    /// The lowest version: 1.2 where none is given; none where the word is no version.
    pub fn lowest(&self) -> Option<TlsVersion> {
        TlsVersion::of_istio(&self.min_protocol_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(json: &str) -> IstioTls {
        let json = format!(r#"{{"spec":{{"servers":[{{"port":{{"number":443}},"tls":{json}}}]}}}}"#);
        let gateway: IstioGateway = serde_json::from_str(&json).unwrap();
        gateway.spec.servers.into_iter().next().unwrap().tls.unwrap()
    }

    #[test]
    fn versions_count_where_the_connection_ends() {
        for (mode, ends) in [
            ("SIMPLE", true),
            ("MUTUAL", true),
            ("OPTIONAL_MUTUAL", true),
            ("PASSTHROUGH", false),
            ("AUTO_PASSTHROUGH", false),
            ("ISTIO_MUTUAL", false),
        ] {
            assert_eq!(tls(&format!(r#"{{"mode":"{mode}"}}"#)).is_ended_here(), ends, "{mode}");
        }
        assert!(!tls(r#"{"httpsRedirect":true}"#).is_ended_here());
        assert_eq!(tls("{}").lowest(), Some(TlsVersion::V1_2));
        assert_eq!(tls(r#"{"minProtocolVersion":"TLSV9"}"#).lowest(), None);
    }
}
