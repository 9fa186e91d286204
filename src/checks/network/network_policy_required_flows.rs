use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Severity, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::exposure::Exposure;
use crate::checks::flows::{Admits, Connection, Direction, Protocol, numbers};
use crate::checks::helpers::pod_labels;
use crate::checks::isolation::{AddOns, Answer};
use crate::checks::services;
use crate::inventory::Kind;
use crate::inventory::labels::Labels;
use crate::inventory::lenient::IntOrString;
use crate::inventory::lookup::{Cause, Known};
use crate::inventory::network_policy::NetworkPolicy;
use crate::inventory::object::ServicePort;

/// Parameters of `network-policy-required-flows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// How names are resolved.
    dns: Dns,
    /// Further connections that must be possible.
    flows: Vec<Flow>,
    /// Whether there are policies of further APIs, which are not read.
    other_apis: bool,
}

/// The pods that resolve names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Dns {
    /// Whether pods must reach them.
    required: bool,
    /// Labels of their namespace.
    namespace_labels: Labels,
    /// Their labels.
    pod_labels: Labels,
    /// The port at which they answer.
    port: i64,
}

/// A connection between the workload and others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Flow {
    /// What it is called in findings.
    name: String,
    /// Whether it comes in or goes out.
    direction: Direction,
    /// Labels of the other side's namespace; none for the workload's own namespace.
    namespace_labels: Labels,
    /// Labels of the other side's pods.
    pod_labels: Labels,
    /// Protocol.
    protocol: Protocol,
    /// Ports of the side that is connected to. Of what comes in none means those that Services send to over the
    /// protocol, of what goes out every port.
    ports: Vec<i64>,
    /// Whether only workloads behind an Ingress need it.
    only_behind_ingress: bool,
}

impl Default for Dns {
    fn default() -> Self {
        let one = |key: &str, value: &str| Labels::from([(key.to_owned(), value.to_owned())]);
        Self {
            required: true,
            namespace_labels: one("kubernetes.io/metadata.name", "kube-system"),
            pod_labels: one("k8s-app", "kube-dns"),
            port: 53,
        }
    }
}

check! {
    /// ## What it checks
    /// NetworkPolicies that isolate the pods let through what every workload needs: questions to the cluster's DNS,
    /// over UDP, and over TCP for long answers (Low). Further connections can be named in `flows`: from the ingress
    /// controller to what Services send to, from Prometheus to the metrics, to a database in another namespace. The
    /// policies that select the pods count together; where none isolates them in a direction everything is let
    /// through there.
    ///
    /// Of the other side nothing is known but the labels that the parameters name, and those of the Namespace where its name
    /// is among them, which a ClusterReadinessPolicy sees; so it does the workloads of that namespace with those labels, which
    /// say what the name of a port stands for. A rule that asks for another label, for addresses or for the name of a port
    /// that none of them declares with this number may admit it or not: that is Unknown. Probes come
    /// from the node, which no policy stops. Pods that do not ask the cluster's DNS (`dnsPolicy: Default` or `None`)
    /// need no way to it. What policies of Cilium, Calico or admins of clusters add to that, or take from it, is not
    /// weighed: where one has rules for the pods in a direction, it is Unknown. Where there are policies of further
    /// APIs, say so by `otherApis`.
    ///
    /// ## Why it matters
    /// Isolation that forgets DNS is the classic: every name fails, each after seconds, and the application's log blames
    /// the database. A path that is forgotten shows on the day when somebody turns enforcement on.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {matchLabels: {app: database}}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {matchLabels: {app: database}}}]
    ///     - to:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///           podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///       ports: [{port: 53, protocol: UDP}, {port: 53}]
    /// ```
    ///
    /// ## How to fix
    /// Add a rule for the port and the peer to a policy that selects the pods; for DNS one in each namespace, with an
    /// empty `podSelector`, is enough.
    ///
    /// ## Parameters
    /// - `dns`: the pods that resolve names: `required` (default true), `namespaceLabels` (default
    ///   `kubernetes.io/metadata.name: kube-system`), `podLabels` (default `k8s-app: kube-dns`) and `port` (default 53).
    /// - `flows`: further connections: `name`, `direction` (`Ingress`, the default, or `Egress`), `namespaceLabels` and
    ///   `podLabels` of the other side (no label of a namespace means the workload's own), `protocol` (`TCP` unless
    ///   given), `ports` (none means the ports that Services send to, and for Egress every port) and
    ///   `onlyBehindIngress` (default false).
    /// - `otherApis`: whether there are policies of further APIs that may be about the pods (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Network Policies
    name: "network-policy-required-flows",
    family: Network,
    severity: High,
    title: "NetworkPolicies let through what workloads need",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [
        Namespace,
        NetworkPolicy,
        CiliumNetworkPolicy,
        CiliumClusterwideNetworkPolicy,
        AdminNetworkPolicy,
        BaselineAdminNetworkPolicy,
        ClusterNetworkPolicy,
        CalicoNetworkPolicy,
        CalicoGlobalNetworkPolicy,
        CalicoStoredNetworkPolicy,
        CalicoStoredGlobalNetworkPolicy,
        Service,
        Ingress,
    ],
    reads_with: kinds,
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
}

/// The policies that select the pods.
struct Policies<'a> {
    own: Known<'a, &'a NetworkPolicy>,
    add_ons: AddOns<'a>,
}

/// Services and Ingresses, which come last, are read for flows only.
const fn kinds(parameters: &Parameters) -> &'static [Kind] {
    match CHECK.reads {
        [policies @ .., _, _] if parameters.flows.is_empty() => policies,
        all => all,
    }
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().host_network {
        return Judgement::not_applicable("NetworkPolicies do not apply to pods with the node's network");
    }
    let policies = Policies {
        own: subject.namespace.network_policies_selecting(&subject.workload.pod_labels),
        add_ons: AddOns::of(subject, parameters.other_apis),
    };
    let is_silent = |direction| policies.add_ons.rule(direction) == Answer::No;
    if policies.own.is_certainly_empty() && is_silent(Direction::Ingress) && is_silent(Direction::Egress) {
        return Judgement::not_applicable("no NetworkPolicy selects the pods");
    }
    let mut statements = Vec::new();
    if parameters.dns.required && asks_cluster_dns(subject) {
        statements.extend(of_dns(subject, &parameters.dns, &policies));
    }
    statements.extend(parameters.flows.iter().flat_map(|flow| of_flow(subject, flow, &policies)));
    statements.into_iter().collect()
}

fn asks_cluster_dns(subject: &WorkloadSubject<'_>) -> bool {
    !subject.pod().dns_policy.as_deref().is_some_and(|policy| matches!(policy, "Default" | "None"))
}

fn of_dns(subject: &WorkloadSubject<'_>, dns: &Dns, policies: &Policies<'_>) -> Option<Statement> {
    let over = |protocol| Connection {
        direction: Direction::Egress,
        namespace: &dns.namespace_labels,
        pods: &dns.pod_labels,
        protocol,
        port: Some(dns.port),
    };
    judge(subject, &over(Protocol::Udp), "to the cluster's DNS over UDP", policies).or_else(|| {
        let long = judge(subject, &over(Protocol::Tcp), "to the cluster's DNS over TCP", policies)?;
        Some(long.graded(Severity::Low))
    })
}

fn of_flow(subject: &WorkloadSubject<'_>, flow: &Flow, policies: &Policies<'_>) -> Vec<Statement> {
    let name = quoted(if flow.name.is_empty() { "without a name" } else { &flow.name }, 60);
    let unknown = |cause: Cause, what: &str| {
        let message = format!("whether the flow {name} is needed is not known, for {what} are not");
        vec![Statement::unknown(cause, pod_labels(subject), message)]
    };
    if flow.only_behind_ingress {
        let exposure = Exposure::of(subject);
        match exposure.incomplete {
            _ if !exposure.ingresses.is_empty() => {}
            Some(cause) => return unknown(cause, "Ingresses"),
            None => return Vec::new(),
        }
    }
    let direction = flow.direction;
    let mut ports: Vec<Option<i64>> = flow.ports.iter().copied().map(Some).collect();
    if ports.is_empty() && direction == Direction::Egress {
        ports.push(None);
    } else if ports.is_empty() {
        let served = services::of(subject);
        if let Some(cause) = served.incomplete {
            return unknown(cause, "Services");
        }
        let served = served.found.iter().flat_map(|service| &service.spec.ports);
        let served = served.filter(|port| port.protocol.is_of(flow.protocol.as_str()));
        ports.extend(served.flat_map(|port| resolved(subject, port)).map(Some));
        ports.sort_unstable();
        ports.dedup();
    }
    let connections = ports.into_iter().map(|port| Connection {
        direction,
        namespace: &flow.namespace_labels,
        pods: &flow.pod_labels,
        protocol: flow.protocol,
        port,
    });
    let said = connections.filter_map(|connection| {
        let port = connection.port.map_or_else(String::new, |port| format!(", port {port}"));
        judge(subject, &connection, &format!("of the flow {name}{port}"), policies)
    });
    said.collect()
}

fn resolved(subject: &WorkloadSubject<'_>, port: &ServicePort) -> Vec<i64> {
    match port.effective_target() {
        IntOrString::Int(number) => vec![number],
        IntOrString::String(name) => numbers(subject, &name, |own| port.protocol.is_of(own)),
    }
}

/// What is said of a connection that is not let through, or may not be.
fn judge(
    subject: &WorkloadSubject<'_>,
    connection: &Connection<'_>,
    what: &str,
    policies: &Policies<'_>,
) -> Option<Statement> {
    let (direction, own) = (connection.direction, &policies.own);
    let isolating: Vec<&NetworkPolicy> =
        own.found.iter().copied().filter(|policy| direction.is_isolated_by(policy)).collect();
    let field = pod_labels(subject);
    let not_known = |cause| {
        let message = format!("whether NetworkPolicies let connections {what} through is not known");
        Some(Statement::unknown(cause, field.clone(), message))
    };
    match policies.add_ons.rule(direction) {
        Answer::No => {}
        Answer::Yes => return not_known(Cause::Undecidable),
        Answer::Unknown(cause) => return not_known(own.incomplete.unwrap_or(cause)),
    }
    if isolating.is_empty() {
        return own.incomplete.and_then(not_known);
    }
    match (connection.is_admitted(subject, &isolating), own.incomplete) {
        (Admits::Yes, _) => None,
        (Admits::No, None) => {
            let message = format!(
                "the pods are isolated for {direction:?}, and no NetworkPolicy admits connections {what}"
            );
            Some(Statement::fail(field, message))
        }
        (Admits::Maybe, None) => not_known(Cause::Undecidable),
        (_, Some(cause)) => not_known(cause),
    }
}

#[cfg(test)]
mod tests;
