//! Whether NetworkPolicies let a connection through, and where that cannot be told.
//!
//! Of the other side only some labels are known, and of addresses behind a Service none: an answer that depends on
//! more is [`Admits::Maybe`]. It must not say which connections are needed. Next:
//! `network/network_policy_required_flows.rs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::WorkloadSubject;
use crate::inventory::container::ContainerClass;
use crate::inventory::labels::Labels;
use crate::inventory::lenient::IntOrString;
use crate::inventory::lookup::Lookup;
use crate::inventory::network_policy::{NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule};
use crate::inventory::selector::Selector;
use crate::inventory::workload::Workload;

/// The label that every namespace has.
const NAME: &str = "kubernetes.io/metadata.name";

/// A direction, as seen from the pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) enum Direction {
    /// What comes in.
    #[default]
    Ingress,
    /// What pods reach out to.
    Egress,
}

/// `protocol` of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Whether something is let through. The order is that of "any of": the greatest of several decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Admits {
    /// It is not.
    No,
    /// That depends on what is not known.
    Maybe,
    /// It is.
    Yes,
}

/// A connection between the pods of a workload and others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection<'a> {
    /// The direction.
    pub(super) direction: Direction,
    /// Labels of the other side's namespace, there may be more; none for the workload's own namespace.
    pub(super) namespace: &'a Labels,
    /// Labels of the other side's pods; there may be more.
    pub(super) pods: &'a Labels,
    /// Protocol.
    pub(super) protocol: Protocol,
    /// Port of the side that is connected to; absent for every port.
    pub(super) port: Option<i64>,
}

impl Direction {
    /// Whether a policy isolates the pods that it selects in this direction.
    pub(super) const fn is_isolated_by(self, policy: &NetworkPolicy) -> bool {
        match self {
            Self::Ingress => policy.spec.isolates_ingress,
            Self::Egress => policy.spec.isolates_egress,
        }
    }

    /// What a policy lets through in this direction.
    pub(super) fn rules(self, policy: &NetworkPolicy) -> &[NetworkRule] {
        match self {
            Self::Ingress => &policy.spec.ingress,
            Self::Egress => &policy.spec.egress,
        }
    }
}

impl Protocol {
    /// The protocol as in manifests.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl From<Option<bool>> for Admits {
    fn from(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Maybe,
        }
    }
}

impl From<bool> for Admits {
    fn from(answer: bool) -> Self {
        Some(answer).into()
    }
}

impl Connection<'_> {
    /// Whether one of these policies, which select the workload's pods, lets it through.
    pub(super) fn is_admitted(&self, subject: &WorkloadSubject<'_>, policies: &[&NetworkPolicy]) -> Admits {
        let rules = policies.iter().flat_map(|policy| self.direction.rules(policy));
        rules.map(|rule| self.by_rule(subject, rule)).max().unwrap_or(Admits::No)
    }

    fn by_rule(&self, subject: &WorkloadSubject<'_>, rule: &NetworkRule) -> Admits {
        let peers = rule.peers.iter().map(|peer| self.by_peer(subject, peer));
        let peers = if rule.peers.is_empty() { Some(Admits::Yes) } else { peers.max() };
        let ports = rule.ports.iter().map(|port| self.by_port(subject, port));
        let ports = if rule.ports.is_empty() { Some(Admits::Yes) } else { ports.max() };
        peers.min(ports).unwrap_or(Admits::No)
    }

    fn by_peer(&self, subject: &WorkloadSubject<'_>, peer: &NetworkPeer) -> Admits {
        // Whether pods count among addresses is each network's own business.
        if peer.ip_block.is_some() {
            return Admits::Maybe;
        }
        let namespace = match &peer.namespace_selector {
            Some(selector) => self.by_namespace(subject, selector),
            None => self.is_own_namespace(subject),
        };
        let pods =
            peer.pod_selector.as_ref().map_or(Admits::Yes, |pods| pods.matches_known(self.pods).into());
        namespace.min(pods)
    }

    fn by_namespace(&self, subject: &WorkloadSubject<'_>, selector: &Selector) -> Admits {
        if !self.namespace.is_empty() {
            let known = selector.matches_known(self.namespace);
            return known.or_else(|| self.by_labels(subject, selector)).into();
        }
        match subject.namespace.metadata() {
            Lookup::Found(own) => {
                named(&own.labels, subject.namespace.name(), |all| selector.matches(all)).into()
            }
            _ => named(&Labels::new(), subject.namespace.name(), |own| selector.matches_known(own)).into(),
        }
    }

    /// Whether a selector matches the other side's namespace by all the labels that it has, where it is known and in sight.
    fn by_labels(&self, subject: &WorkloadSubject<'_>, selector: &Selector) -> Option<bool> {
        let there = subject.namespace.elsewhere(self.namespace.get(NAME)?)?;
        let Lookup::Found(metadata) = there.metadata() else { return None };
        let labels: Labels = metadata.labels.iter().chain(self.namespace.iter()).collect();
        Some(selector.matches(&labels))
    }

    fn is_own_namespace(&self, subject: &WorkloadSubject<'_>) -> Admits {
        match self.namespace.get(NAME) {
            Some(name) => (name == subject.namespace.name()).into(),
            None if self.namespace.is_empty() => Admits::Yes,
            None => Admits::Maybe,
        }
    }

    fn by_port(&self, subject: &WorkloadSubject<'_>, port: &NetworkPort) -> Admits {
        if port.protocol() != self.protocol.as_str() {
            return Admits::No;
        }
        let Some(given) = &port.port else { return Admits::Yes };
        let Some(wanted) = self.port else { return Admits::No };
        match (given, self.direction) {
            (IntOrString::Int(first), _) => {
                (*first..=port.end_port.unwrap_or(*first)).contains(&wanted).into()
            }
            (IntOrString::String(name), Direction::Ingress) => {
                let named = numbers(subject, name, |own| own == self.protocol.as_str()).into_iter();
                named.map(|number| Admits::from(number == wanted)).max().unwrap_or(Admits::No)
            }
            (IntOrString::String(name), Direction::Egress) => self.by_name(subject, name, wanted),
        }
    }

    /// Whether a name stands for a port of the other side: its pods say so, where all are known and in sight. One that stands
    /// for another port may be right, and what was asked for wrong.
    fn by_name(&self, subject: &WorkloadSubject<'_>, name: &str, wanted: i64) -> Admits {
        let own = subject.namespace.name();
        let namespace = if self.namespace.is_empty() { Some(own) } else { self.namespace.get(NAME) };
        let there = namespace.and_then(|namespace| subject.namespace.elsewhere(namespace));
        let Some((there, label)) = there.zip(self.pods.iter().next()) else { return Admits::Maybe };
        let is_meant =
            |other: &Workload| self.pods.iter().all(|(key, value)| other.pod_labels.get(key) == Some(value));
        let others = there.workloads_carrying(label, is_meant);
        let ports = others.found.iter().flat_map(|other| other.pod.all_containers());
        let ports = ports.filter(|(class, ..)| is_serving(*class)).flat_map(|(.., one)| &one.ports);
        let named = ports.filter(|port| port.name == name && port.protocol == self.protocol.as_str());
        let numbers: Vec<i64> = named.map(|port| port.container_port).collect();
        let is_it = !numbers.is_empty() && numbers.iter().all(|number| *number == wanted);
        if is_it && others.incomplete.is_none() { Admits::Yes } else { Admits::Maybe }
    }
}

/// What is said of labels with the one that every namespace has.
fn named<T>(labels: &Labels, name: &str, ask: impl FnOnce(&Labels) -> T) -> T {
    ask(&labels.iter().chain([(NAME, name)]).collect())
}

/// Whether containers of this class answer for as long as the pod runs.
const fn is_serving(class: ContainerClass) -> bool {
    matches!(class, ContainerClass::App | ContainerClass::Sidecar)
}

/// The ports of this name that the workload's containers declare, for a protocol that is meant.
pub(super) fn numbers(
    subject: &WorkloadSubject<'_>,
    name: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Vec<i64> {
    let serving = subject.containers().filter(|one| is_serving(one.class));
    let ports = serving.flat_map(|one| one.container.ports.iter());
    let ports = ports.filter(|port| port.name == name && is_meant(&port.protocol));
    ports.map(|port| port.container_port).collect()
}
