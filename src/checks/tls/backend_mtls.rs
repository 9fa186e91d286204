use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::{pod, pod_annotations, pod_labels};
use crate::checks::namespaces::namespace_key;
use crate::inventory::labels::Labels;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::snapshot::ROOT_NAMESPACE;

mod edge;
mod plain_text;

/// Parameters of `backend-mtls`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// What encrypts traffic behind the edge: the mesh `istio` or `linkerd`, `gateway` for TLS between the edge and the pods
    /// without one, or `off` for nothing.
    mode: Mode,
    /// Ports and ranges of ports that may go round the proxy, as the annotations write them, and ports that may take plain
    /// text; with `gateway`, numbers of Services' ports to which plain text may be sent.
    allowed_ports: BTreeSet<String>,
    /// Istio's root namespace, whose PeerAuthentication is that of the whole mesh. Another one than `istio-system` counts in
    /// policies of the whole cluster.
    root_namespace: String,
}

impl Default for Parameters {
    fn default() -> Self {
        let root_namespace = ROOT_NAMESPACE.to_owned();
        Self { mode: Mode::default(), allowed_ports: BTreeSet::new(), root_namespace }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Mode {
    #[default]
    Off,
    Istio,
    Linkerd,
    Gateway,
}

check! {
    /// ## What it checks
    /// The pods are in the mesh that encrypts traffic between pods, and nothing of theirs goes round its proxy. With
    /// `mode: off` (the default) the check is not applicable. It reads the pod template, the Namespace and, of Istio,
    /// PeerAuthentications; or, without a mesh, what sends requests from the edge to the pods.
    ///
    /// With `mode: istio` the sidecar is injected: the Namespace has the label `istio-injection: enabled` or `istio.io/rev`, or
    /// the pod has the label `sidecar.istio.io/inject: "true"` or `istio.io/rev` in a Namespace without either, and no
    /// label or annotation `sidecar.istio.io/inject` of the pod says otherwise; or the pod is in the ambient mesh by the label
    /// `istio.io/dataplane-mode: ambient` of its own or of the Namespace. These are the rules of the webhooks that Istio installs by
    /// default; that the revision exists, and settings that inject into every namespace, are not looked at. No annotation
    /// `traffic.sidecar.istio.io/exclude...` or `include...` takes traffic past the sidecar, and none
    /// (`ambient.istio.io/bypass-inbound-capture`) past the ambient mesh.
    ///
    /// And nothing is taken in plain text: the PeerAuthentication that counts says `STRICT`. Without any, Istio takes both. What is
    /// said of pods by their labels goes before what is said of their namespace, and that before what is said in `rootNamespace` of
    /// the whole mesh; `UNSET` leaves it to the next. Of several that say it of the same, the oldest counts; where that is not
    /// told, as in files, each of them must be `STRICT`. `portLevelMtls` must not say otherwise of a port.
    ///
    /// With `mode: linkerd` the annotation `linkerd.io/inject` of the pod, else of the Namespace, is `enabled` or `ingress`, and no
    /// annotation `config.linkerd.io/skip-...` of either skips ports or subnets.
    ///
    /// With `mode: gateway` no mesh is looked at, but what comes through the edge. Each HTTPRoute and GRPCRoute of a Gateway that
    /// sends to a Service of the pods needs a BackendTLSPolicy in the Service's namespace for that Service and port, by
    /// the port's name or for all of them; the policy says whose certificate is taken (`validation`: the host, and
    /// authorities). A TLSRoute needs none where the listeners that it is at pass TLS through (`mode: Passthrough`). No
    /// BackendTLSPolicy counts for an Ingress, so that an annotation of it or of the Service must ask for TLS: `backend-protocol` of
    /// ingress-nginx, `HAProxy` Ingress, AWS and Azure, `nginx.org/ssl-services`, `haproxy.org/server-ssl`,
    /// `traefik.ingress.kubernetes.io/service.serversscheme`, `konghq.com/protocol`, or that TLS is passed through. Which
    /// controller is there, and whether it heeds the policy or the annotation, is not looked at, nor are the certificates
    /// that a policy names, routes of other namespaces, VirtualServices, TCPRoutes and UDPRoutes, copies of requests
    /// (`requestMirror`), and Services that are reached from outside by themselves.
    ///
    /// Pods on the node's network are in no mesh. Whether Linkerd asks for encryption of everybody (by its policies) or only
    /// speaks it with those who can, is not looked at yet, nor are DestinationRules, which may have others of the mesh send in
    /// plain text, or what really runs: as long as that is so, the check is in no profile.
    ///
    /// ## Why it matters
    /// TLS mostly ends at the edge, and behind it passwords and data of customers cross nodes and zones in the clear, where
    /// whoever gets into one node or pod reads along. A mesh ends that without a change of programs, but for pods that were left
    /// out of it and ports that go round it, of which nobody hears.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   labels: {sidecar.istio.io/inject: "false"}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: istio-system}
    /// spec: {mtls: {mode: STRICT}}
    /// ```
    ///
    /// ## How to fix
    /// Label the Namespace (`istio-injection: enabled`, `istio.io/rev` or `istio.io/dataplane-mode: ambient`), or annotate it
    /// (`linkerd.io/inject: enabled`), and remove what takes the pod out again. Remove ports from the lists of those
    /// that are skipped: the proxy can carry any TCP, as an opaque port if need be. Name in `allowedPorts` what is encrypted
    /// otherwise. Once every client is in the mesh, make a PeerAuthentication with `mtls: {mode: STRICT}` in the Namespace, or in
    /// Istio's root namespace for all. Without a mesh, have the program serve TLS, and make a BackendTLSPolicy for its Service.
    ///
    /// ## Parameters
    /// - `mode`: `istio`, `linkerd`, `gateway` or `off` (default).
    /// - `allowedPorts`: ports and ranges that may go round the proxy, as the annotations write them, and ports at which plain
    ///   text may be taken; with `mode: gateway`, numbers of Services' ports to which it may be sent (default none).
    /// - `rootNamespace`: Istio's root namespace (default `istio-system`); another one counts in policies of the whole cluster.
    ///
    /// ### With parameters
    /// ```yaml
    /// mode: istio
    /// ```
    ///
    /// ## References
    /// - Istio documentation: Installing the Sidecar; Resource Annotations; Add workloads to an ambient mesh; PeerAuthentication
    /// - Linkerd documentation: Automatic Proxy Injection; Proxy Configuration
    /// - Gateway API documentation: BackendTLSPolicy; TLS
    name: "backend-mtls",
    family: Tls,
    severity: Medium,
    title: "Traffic behind the edge is encrypted",
    profiles: [],
    reads: [
        Namespace, PeerAuthentication, Service, Ingress, HttpRoute, GrpcRoute, TlsRoute, Gateway, BackendTlsPolicy,
    ],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
}

/// Label and annotation of a pod by which Istio injects its sidecar or not.
const INJECT: &str = "sidecar.istio.io/inject";

/// Label of a Namespace by which Istio injects its sidecar or not.
const INJECTION: &str = "istio-injection";

/// Label of a Namespace or a pod by which a revision of Istio injects its sidecar.
const REVISION: &str = "istio.io/rev";

/// Label of a Namespace or a pod by which it is in Istio's ambient mesh or not.
const DATA_PLANE: &str = "istio.io/dataplane-mode";

/// Annotation of a pod by which nothing that it receives goes through the ambient mesh.
const BYPASS: &str = "ambient.istio.io/bypass-inbound-capture";

/// Annotations of a pod that name what goes round the sidecar.
const EXCLUDED: &[&str] = &[
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
];

/// Annotations of a pod that name what alone goes through the sidecar; everything, if that is a star.
const INCLUDED: &[&str] =
    &["traffic.sidecar.istio.io/includeInboundPorts", "traffic.sidecar.istio.io/includeOutboundIPRanges"];

/// Annotation of a Namespace or a pod by which Linkerd injects its proxy or not.
const LINKERD: &str = "linkerd.io/inject";

/// Annotations of a Namespace or a pod that name what goes round Linkerd's proxy.
const SKIPPED: &[&str] = &[
    "config.linkerd.io/skip-inbound-ports",
    "config.linkerd.io/skip-outbound-ports",
    "config.linkerd.io/skip-subnets",
];

/// Labels and annotations.
#[derive(Clone, Copy)]
struct Marks<'a> {
    labels: &'a Labels,
    annotations: &'a Labels,
}

/// How a pod is in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    /// With a proxy of its own.
    Proxy,
    /// By the proxy of its node.
    Ambient,
    /// Not at all.
    None,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.mode == Mode::Off {
        return Judgement::not_applicable("no encryption is asked for: `mode` is off");
    }
    if parameters.mode == Mode::Gateway {
        return edge::judge(subject, parameters);
    }
    if subject.pod().host_network {
        return fail(pod("hostNetwork"), "pods on the node's network are in no mesh".to_owned());
    }
    let workload = subject.workload;
    let own = Marks { labels: &workload.pod_labels, annotations: &workload.pod_annotations };
    let cause = match subject.namespace.metadata() {
        Lookup::Found(metadata) => {
            let namespace = Marks { labels: &metadata.labels, annotations: &metadata.annotations };
            return judge(subject, own, namespace, parameters);
        }
        // A workload without its namespace is one whose namespace nobody gave.
        Lookup::Missing => Cause::NotGiven,
        Lookup::Unknown(cause) => cause,
    };
    let message = "whether the mesh takes the pods in is not known: nothing is known of the Namespace";
    Statement::unknown(cause, at("metadata.labels"), message).about(namespace_key(subject)).into()
}

fn judge(
    subject: &WorkloadSubject<'_>,
    own: Marks<'_>,
    namespace: Marks<'_>,
    parameters: &Parameters,
) -> Judgement {
    let membership = match parameters.mode {
        Mode::Istio => in_istio(own, namespace),
        _ => in_linkerd(own, namespace),
    };
    let mesh = if parameters.mode == Mode::Istio { "Istio" } else { "Linkerd" };
    match membership {
        Membership::None => {
            fail(pod_labels(subject), format!("the pods are not in the mesh: {mesh} does not take them in"))
        }
        Membership::Ambient if is_set(own.annotations, BYPASS) => {
            fail(pod_annotations(subject), format!("{BYPASS} takes what the pods receive past the mesh"))
        }
        Membership::Ambient => plain_text::judge(subject, parameters, Vec::new()),
        Membership::Proxy => {
            let round = skipped(subject, own, namespace, parameters);
            match parameters.mode {
                Mode::Istio => plain_text::judge(subject, parameters, round.into_iter().collect()),
                _ => round.into_iter().collect(),
            }
        }
    }
}

fn fail(field: Field, message: String) -> Judgement {
    Statement::fail(field, message).into()
}

/// As the selectors of Istio's webhooks and then the injector itself decide.
fn in_istio(own: Marks<'_>, namespace: Marks<'_>) -> Membership {
    let is_asked = match (namespace.labels.get(INJECTION), namespace.labels.get(REVISION)) {
        (Some(word), _) => word == "enabled",
        (None, Some(_)) => true,
        (None, None) => own.labels.get(INJECT) == Some("true") || own.labels.contains_key(REVISION),
    };
    let word = own.labels.get(INJECT).or_else(|| own.annotations.get(INJECT)).unwrap_or_default();
    let is_wanted = ["", "y", "yes", "true", "on"].iter().any(|yes| word.eq_ignore_ascii_case(yes));
    if is_asked && is_wanted {
        return Membership::Proxy;
    }
    match own.labels.get(DATA_PLANE).or_else(|| namespace.labels.get(DATA_PLANE)) {
        Some("ambient") => Membership::Ambient,
        _ => Membership::None,
    }
}

fn in_linkerd(own: Marks<'_>, namespace: Marks<'_>) -> Membership {
    let word = own.annotations.get(LINKERD).or_else(|| namespace.annotations.get(LINKERD));
    let is_disabled = namespace.labels.get("config.linkerd.io/admission-webhooks") == Some("disabled");
    match word {
        Some("enabled" | "ingress") if !is_disabled => Membership::Proxy,
        _ => Membership::None,
    }
}

fn is_set(annotations: &Labels, key: &str) -> bool {
    annotations.get(key).is_some_and(|word| word.eq_ignore_ascii_case("true"))
}

/// What goes round the proxy.
fn skipped(
    subject: &WorkloadSubject<'_>,
    own: Marks<'_>,
    namespace: Marks<'_>,
    parameters: &Parameters,
) -> Vec<Statement> {
    let is_allowed = |part: &str| parameters.allowed_ports.contains(part);
    let is_skipping =
        |list: &str| list.split(',').map(str::trim).any(|one| !one.is_empty() && !is_allowed(one));
    let told = |key: &&'static str| (*key, own.annotations.get(key));
    if parameters.mode == Mode::Istio {
        let excluded = EXCLUDED.iter().map(told).filter(|(_, list)| list.is_some_and(is_skipping));
        let included =
            INCLUDED.iter().map(told).filter(|(_, list)| list.is_some_and(|list| list.trim() != "*"));
        let mode =
            (!is_captured(own.annotations)).then_some(("sidecar.istio.io/interceptionMode", Some("NONE")));
        let all = excluded.chain(included).chain(mode);
        return all.map(|(key, list)| round(pod_annotations(subject), key, list)).collect();
    }
    let of_key = |key: &&'static str| {
        let (field, list) = match own.annotations.get(key) {
            Some(list) => (pod_annotations(subject), list),
            None => (at("metadata.annotations"), namespace.annotations.get(key)?),
        };
        let is_own = own.annotations.contains_key(key);
        let statement = is_skipping(list).then(|| round(field, key, Some(list)))?;
        Some(if is_own { statement } else { statement.about(namespace_key(subject)) })
    };
    SKIPPED.iter().filter_map(of_key).collect()
}

/// Whether the sidecar gets to see traffic at all.
fn is_captured(annotations: &Labels) -> bool {
    annotations.get("sidecar.istio.io/interceptionMode") != Some("NONE")
}

fn round(field: Field, key: &str, list: Option<&str>) -> Statement {
    let list = quoted(list.unwrap_or_default(), 60);
    Statement::fail(field, format!("traffic goes round the proxy: {key} is \"{list}\""))
}

#[cfg(test)]
mod tests;
