//! Services.
//!
//! It must not judge. Next: [`super::ingress`].

use serde::Deserialize;
use serde::de::Deserializer;

use super::labels::Labels;
use super::lenient::{IntOrString, boxed_list, null_is_default, shared_list, string_map};
use super::metadata::Metadata;
use super::shared::Shared;

/// A Service, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: ServiceSpec,
}

/// `spec` of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// How it is reached.
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    pub kind: ServiceType,
    /// Whether it has no address of its own (`clusterIP: None`).
    #[serde(rename = "clusterIP", deserialize_with = "is_none")]
    pub headless: bool,
    /// Labels of the pods it sends to; empty selects none.
    #[serde(deserialize_with = "string_map")]
    pub selector: Labels,
    /// Ports.
    #[serde(deserialize_with = "shared_list")]
    pub ports: Shared<[ServicePort]>,
    /// Addresses outside of the cluster's that nodes take as the Service's.
    #[serde(rename = "externalIPs", deserialize_with = "boxed_list")]
    pub external_ips: Box<[String]>,
    /// The DNS name it stands for, of type `ExternalName`.
    pub external_name: Option<Box<str>>,
    /// From where a load balancer takes requests; empty means from everywhere.
    #[serde(deserialize_with = "boxed_list")]
    pub load_balancer_source_ranges: Box<[String]>,
}

/// `type` of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ServiceType {
    /// From inside of the cluster.
    #[default]
    #[serde(alias = "", rename = "ClusterIP")]
    ClusterIp,
    /// At a port of every node.
    NodePort,
    /// Through a load balancer.
    LoadBalancer,
    /// A name for something else.
    ExternalName,
}

impl ServiceType {
    /// The type as in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
            Self::ExternalName => "ExternalName",
        }
    }
}

/// One of a Service's ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Name, empty for none.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Port of the Service.
    #[serde(deserialize_with = "null_is_default")]
    pub port: i64,
    /// Protocol, with the API's default.
    #[serde(deserialize_with = "null_is_default")]
    pub protocol: PortProtocol,
    /// Port of the pods, by number or name; absent means the same as `port`.
    pub target_port: Option<IntOrString>,
    /// Port of every node that leads here; zero for none, or for one that the server chooses.
    #[serde(deserialize_with = "null_is_default")]
    pub node_port: i64,
}

/// `protocol` of a Service's port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum PortProtocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// What the server refuses.
    Invalid,
}

impl From<String> for PortProtocol {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "TCP" => Self::Tcp,
            "UDP" => Self::Udp,
            "SCTP" => Self::Sctp,
            _ => Self::Invalid,
        }
    }
}

impl PortProtocol {
    /// The protocol as in manifests; absent for what the server refuses.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Tcp => Some("TCP"),
            Self::Udp => Some("UDP"),
            Self::Sctp => Some("SCTP"),
            Self::Invalid => None,
        }
    }

    /// Whether a container's port of this protocol can be meant. One that the server refuses is schema-valid's to
    /// tell of, and rules nothing out.
    pub fn is_of(self, declared: &str) -> bool {
        self.as_str().is_none_or(|own| own == declared)
    }
}

impl Service {
    /// The object as the server stores it.
    pub(super) fn stored(mut self) -> Self {
        for port in self.spec.ports.iter_mut() {
            port.target_port = Some(port.effective_target());
        }
        self
    }
}

impl ServicePort {
    /// The port of the pods, with the API's default.
    pub fn effective_target(&self) -> IntOrString {
        match &self.target_port {
            // The server stores the Service's port for an absent, zero or empty target.
            None | Some(IntOrString::Int(0)) => IntOrString::Int(self.port),
            Some(IntOrString::String(name)) if name.is_empty() => IntOrString::Int(self.port),
            Some(target) => target.clone(),
        }
    }
}

/// Addresses differ between clusters; that there is none is what matters.
fn is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.is_some_and(|address| address == "None"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_tcp_unless_it_says_otherwise_and_what_the_server_refuses_rules_nothing_out() {
        let protocol = |json: &str| serde_json::from_str::<ServicePort>(json).unwrap().protocol;
        for json in ["{}", r#"{"protocol":null}"#, r#"{"protocol":""}"#, r#"{"protocol":"TCP"}"#] {
            assert_eq!(protocol(json), PortProtocol::Tcp, "{json}");
        }
        let udp = protocol(r#"{"protocol":"UDP"}"#);
        assert!(udp.is_of("UDP") && !udp.is_of("TCP"));
        assert_eq!(protocol(r#"{"protocol":"SCTP"}"#).as_str(), Some("SCTP"));
        let refused = protocol(r#"{"protocol":"udp"}"#);
        assert!(refused == PortProtocol::Invalid && refused.is_of("TCP") && refused.is_of("UDP"));
    }

    #[test]
    fn how_a_service_is_reached_is_read_with_the_servers_defaults() {
        let spec = |json: &str| serde_json::from_str::<ServiceSpec>(json).unwrap();
        for json in ["{}", r#"{"type":null,"clusterIP":null}"#, r#"{"type":"","clusterIP":"10.0.0.1"}"#] {
            let spec = spec(json);
            assert_eq!((spec.kind, spec.headless), (ServiceType::ClusterIp, false), "{json}");
        }
        let open = spec(
            r#"{"type":"LoadBalancer","clusterIP":"None","externalIPs":["192.0.2.1"],
                "loadBalancerSourceRanges":["10.0.0.0/8"],"ports":[{"port":80,"nodePort":30080}]}"#,
        );
        assert_eq!((open.kind.as_str(), open.headless), ("LoadBalancer", true));
        assert_eq!((open.external_ips.len(), open.load_balancer_source_ranges.len()), (1, 1));
        assert_eq!(open.ports[0].node_port, 30080);
        assert!(serde_json::from_str::<ServiceSpec>(r#"{"type":"Odd"}"#).is_err());
    }
}
