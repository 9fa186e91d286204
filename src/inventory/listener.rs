//! The listeners of a Gateway: which hosts and routes, and with which certificates.
//!
//! It must not judge, nor know a Namespace. Next: [`super::gateway`].

use serde::Deserialize;

use super::gateway::Reference;
use super::kind::Kind;
use super::labels::Labels;
use super::lenient::{list, null_is_default, string_map};
use super::selector::Selector;

/// One listener of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Listener {
    /// Name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Host; empty means every host.
    #[serde(deserialize_with = "null_is_default")]
    pub hostname: String,
    /// Port.
    #[serde(deserialize_with = "null_is_default")]
    pub port: i64,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP` or `UDP`.
    #[serde(deserialize_with = "null_is_default")]
    pub protocol: String,
    /// How TLS ends here, if it does.
    pub tls: Option<ListenerTls>,
    /// Whose routes are let in.
    #[serde(deserialize_with = "null_is_default")]
    allowed_routes: AllowedRoutes,
}

/// `tls` of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerTls {
    #[serde(deserialize_with = "null_is_default")]
    mode: String,
    /// The Secrets with the certificates.
    #[serde(deserialize_with = "list")]
    pub certificate_refs: Vec<Reference>,
    /// What the controller is told beside.
    #[serde(deserialize_with = "string_map")]
    pub options: Labels,
}

/// `allowedRoutes` of a listener; which kinds it lets in is left to the controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct AllowedRoutes {
    #[serde(deserialize_with = "null_is_default")]
    namespaces: RouteNamespaces,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct RouteNamespaces {
    #[serde(deserialize_with = "null_is_default")]
    from: String,
    #[serde(deserialize_with = "null_is_default")]
    selector: Selector,
}

/// The namespaces whose routes a listener lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetIn<'a> {
    /// That of the Gateway.
    Own,
    /// Every one.
    All,
    /// Those whose labels this matches.
    Selected(&'a Selector),
    /// None.
    Nobody,
}

impl Listener {
    /// The namespaces whose routes it lets in.
    pub fn lets_in(&self) -> LetIn<'_> {
        let RouteNamespaces { from, selector } = &self.allowed_routes.namespaces;
        match from.as_str() {
            "All" => LetIn::All,
            "Selector" => LetIn::Selected(selector),
            "None" => LetIn::Nobody,
            _ => LetIn::Own,
        }
    }

    /// Whether a route with this reference to the Gateway wants to be here.
    pub fn is_meant_by(&self, parent: &Reference) -> bool {
        (parent.section_name.is_empty() || parent.section_name == self.name)
            && parent.port.is_none_or(|port| port == self.port)
    }

    /// Whether routes of a kind can be here: those of connections need a protocol of theirs, or one that only the controller
    /// knows. Whether those of requests can, is left to the controller.
    pub fn takes(&self, kind: Kind) -> bool {
        let protocols: &[&str] = match kind {
            Kind::TlsRoute => &["HTTP", "HTTPS", "TCP", "UDP"],
            // Where TLS ends, some controllers take them for what is within it.
            Kind::TcpRoute => &["HTTP", "HTTPS", "UDP"],
            Kind::UdpRoute => &["HTTP", "HTTPS", "TLS", "TCP"],
            _ => &[],
        };
        !protocols.contains(&self.protocol.as_str())
    }

    /// Whether a certificate of its own ends TLS here.
    pub fn ends_tls(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTPS" | "TLS")
            && self.tls.as_ref().is_none_or(|tls| tls.mode() != "Passthrough")
    }

    /// Makes it what the server stores.
    pub(super) fn store(&mut self) {
        if let Some(tls) = self.tls.as_mut().filter(|tls| tls.mode.is_empty()) {
            "Terminate".clone_into(&mut tls.mode);
        }
    }
}

impl ListenerTls {
    /// `Terminate` or `Passthrough`.
    pub fn mode(&self) -> &str {
        &self.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Listener {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn routes_of_the_own_namespace_are_let_in_unless_it_says_otherwise() {
        for json in ["{}", r#"{"allowedRoutes":null}"#, r#"{"allowedRoutes":{"namespaces":{"from":"Same"}}}"#]
        {
            assert_eq!(of(json).lets_in(), LetIn::Own, "{json}");
        }
        assert_eq!(of(r#"{"allowedRoutes":{"namespaces":{"from":"All"}}}"#).lets_in(), LetIn::All);
        assert_eq!(of(r#"{"allowedRoutes":{"namespaces":{"from":"None"}}}"#).lets_in(), LetIn::Nobody);
        let selected =
            r#"{"allowedRoutes":{"namespaces":{"from":"Selector","selector":{"matchLabels":{"a":"b"}}}}}"#;
        let selected = of(selected);
        let LetIn::Selected(selector) = selected.lets_in() else { panic!("not selected") };
        assert!(selector.matches(&Labels::from([("a".to_owned(), "b".to_owned())])));
        assert!(!selector.matches(&Labels::new()));
    }

    #[test]
    fn routes_of_connections_are_where_their_protocol_is() {
        let takes = |protocol: &str, kinds: &[Kind]| {
            let listener = of(&format!(r#"{{"protocol":"{protocol}"}}"#));
            let streams = Kind::ROUTES.iter().filter(|kind| kind.is_stream_route());
            let taken: Vec<_> = streams.copied().filter(|kind| listener.takes(*kind)).collect();
            assert_eq!(taken, kinds, "{protocol}");
            assert!(listener.takes(Kind::HttpRoute) && listener.takes(Kind::GrpcRoute));
        };
        takes("HTTP", &[]);
        takes("HTTPS", &[]);
        takes("TLS", &[Kind::TlsRoute, Kind::TcpRoute]);
        takes("TCP", &[Kind::TcpRoute]);
        takes("UDP", &[Kind::UdpRoute]);
        takes("example.com/own", &[Kind::TlsRoute, Kind::TcpRoute, Kind::UdpRoute]);
    }

    #[test]
    fn tls_that_is_passed_through_does_not_end_here() {
        assert!(of(r#"{"protocol":"HTTPS"}"#).ends_tls());
        assert!(of(r#"{"protocol":"TLS","tls":{"mode":"Terminate"}}"#).ends_tls());
        assert!(!of(r#"{"protocol":"TLS","tls":{"mode":"Passthrough"}}"#).ends_tls());
        assert!(!of(r#"{"protocol":"HTTP"}"#).ends_tls());
    }
}
