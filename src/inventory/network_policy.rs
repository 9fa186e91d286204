//! NetworkPolicies: which pods are isolated, and from whom.
//!
//! It must not judge. Next: [`super::snapshot`].

use serde::Deserialize;

use super::labels::Labels;
use super::lenient::{IntOrString, list, null_is_default};
use super::metadata::Metadata;
use super::selector::Selector;

/// A NetworkPolicy, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NetworkPolicy {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: NetworkPolicySpec,
}

/// `spec` of a NetworkPolicy, with the API's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct NetworkPolicySpec {
    /// The pods it isolates; an empty one means every pod of the namespace.
    pub pod_selector: Selector,
    /// Whether it isolates them from what comes in.
    pub isolates_ingress: bool,
    /// Whether it isolates them from what they reach out to.
    pub isolates_egress: bool,
    /// What may come in all the same; nothing when empty.
    pub ingress: Vec<NetworkRule>,
    /// What may be reached all the same; nothing when empty.
    pub egress: Vec<NetworkRule>,
}

/// One rule of either direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkRule {
    /// `from` or `to`; empty means everybody.
    #[serde(rename = "from", alias = "to", deserialize_with = "list")]
    pub peers: Vec<NetworkPeer>,
    /// Empty means every port.
    #[serde(deserialize_with = "list")]
    pub ports: Vec<NetworkPort>,
}

/// One peer of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPeer {
    /// Pods by their labels, of the policy's namespace unless `namespace_selector` says otherwise.
    pub pod_selector: Option<Selector>,
    /// Namespaces by their labels.
    pub namespace_selector: Option<Selector>,
    /// Addresses.
    pub ip_block: Option<IpBlock>,
}

impl NetworkPeer {
    /// Which pods of the policy's own namespace are meant, if such are.
    pub fn own_pods(&self) -> Option<&Selector> {
        self.pod_selector.as_ref().filter(|_| self.namespace_selector.is_none())
    }
}

/// `ipBlock` of a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IpBlock {
    /// The range.
    #[serde(deserialize_with = "null_is_default")]
    pub cidr: String,
    /// Ranges in it that are left out.
    #[serde(deserialize_with = "list")]
    pub except: Vec<String>,
}

/// One port of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPort {
    #[serde(deserialize_with = "null_is_default")]
    protocol: String,
    /// Number or name; absent means every port.
    pub port: Option<IntOrString>,
    /// Last port of a range that begins with `port`.
    pub end_port: Option<i64>,
}

impl NetworkPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub fn protocol(&self) -> &str {
        &self.protocol
    }
}

impl NetworkPolicySpec {
    /// Whether pods with these labels, in the policy's own namespace, are a peer.
    pub(super) fn has_peer(&self, pod_labels: &Labels) -> bool {
        self.own_peers().any(|peer| peer.matches(pod_labels))
    }

    /// The names of ports of others that may be reached, with repetitions.
    pub(super) fn ports_of_others(&self) -> impl Iterator<Item = &str> {
        self.egress.iter().flat_map(|rule| &rule.ports).filter_map(|port| match &port.port {
            Some(IntOrString::String(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it has peers that are pods of its own namespace.
    pub(super) fn has_peers(&self) -> bool {
        self.own_peers().next().is_some()
    }

    fn own_peers(&self) -> impl Iterator<Item = &Selector> {
        self.peers().filter_map(NetworkPeer::own_pods)
    }

    /// The peers that are namespaces by their labels, each with the pods that are meant there, unless all are.
    pub(super) fn peers_by_namespace(&self) -> impl Iterator<Item = (&Selector, Option<&Selector>)> {
        self.peers().filter_map(|peer| {
            let pods = peer.pod_selector.as_ref().filter(|pods| !pods.is_empty());
            Some((peer.namespace_selector.as_ref()?, pods))
        })
    }

    fn peers(&self) -> impl Iterator<Item = &NetworkPeer> {
        self.ingress.iter().chain(&self.egress).flat_map(|rule| &rule.peers)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(deserialize_with = "null_is_default")]
    pod_selector: Selector,
    #[serde(deserialize_with = "list")]
    policy_types: Vec<String>,
    #[serde(deserialize_with = "list")]
    ingress: Vec<NetworkRule>,
    #[serde(deserialize_with = "list")]
    egress: Vec<NetworkRule>,
}

impl From<Written> for NetworkPolicySpec {
    fn from(written: Written) -> Self {
        let Written { pod_selector, policy_types, mut ingress, mut egress } = written;
        for port in ingress.iter_mut().chain(&mut egress).flat_map(|rule| &mut rule.ports) {
            if port.protocol.is_empty() {
                "TCP".clone_into(&mut port.protocol);
            }
        }
        // Without types the server stores `Ingress`, and `Egress` only beside a rule of that direction.
        let says = |name: &str| policy_types.iter().any(|kind| kind == name);
        let silent = policy_types.is_empty();
        Self {
            isolates_ingress: silent || says("Ingress"),
            isolates_egress: (silent && !egress.is_empty()) || says("Egress"),
            pod_selector,
            ingress,
            egress,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: &str) -> NetworkPolicySpec {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn policy_types_that_are_left_out_are_what_the_server_stores() {
        for (json, ingress, egress) in [
            ("{}", true, false),
            (r#"{"policyTypes":[],"egress":[]}"#, true, false),
            (r#"{"egress":[{}]}"#, true, true),
            (r#"{"policyTypes":["Egress"]}"#, false, true),
            (r#"{"policyTypes":["Ingress"],"egress":[{}]}"#, true, false),
            (r#"{"policyTypes":["Ingress","Egress"]}"#, true, true),
        ] {
            let spec = spec(json);
            assert_eq!((spec.isolates_ingress, spec.isolates_egress), (ingress, egress), "{json}");
            assert!(spec.pod_selector.is_empty(), "{json}");
        }
    }

    #[test]
    fn rules_keep_their_peers_and_ports() {
        let spec = spec(
            r#"{"ingress":[{"from":[{"namespaceSelector":{}},null],"ports":[{"port":"http"},{"port":53,"protocol":"UDP","endPort":60}]}],
                "egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}}]},{"ports":null}]}"#,
        );
        let peers = &spec.ingress[0].peers;
        assert!(peers[0].namespace_selector.as_ref().is_some_and(Selector::is_empty));
        assert_eq!(peers[1], NetworkPeer::default());
        let ports: Vec<_> =
            spec.ingress[0].ports.iter().map(|port| (port.protocol(), port.end_port)).collect();
        assert_eq!(ports, [("TCP", None), ("UDP", Some(60))]);
        assert_eq!(spec.egress[0].peers[0].ip_block.as_ref().unwrap().except, ["10.1.0.0/16"]);
        assert!(spec.egress[1].peers.is_empty() && spec.egress[1].ports.is_empty());
    }

    #[test]
    fn a_selector_that_the_server_would_refuse_is_an_error_that_names_its_field() {
        let json = r#"{"podSelector":{"matchExpressions":[{"key":"app","operator":"Like"}]}}"#;
        let error = serde_json::from_str::<NetworkPolicySpec>(json).unwrap_err().to_string();
        assert!(error.starts_with("matchExpressions[0].operator: must be In"), "{error}");
    }
}
