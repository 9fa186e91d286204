use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, quoted};
use crate::inventory::Object;
use crate::inventory::config_map::{ConfigMap, SSL_PROTOCOLS};
use crate::inventory::consul::ConsulMesh;
use crate::inventory::contour::{CONTOUR, Lowest};
use crate::inventory::ingress::{Ingress, TRAEFIK_OPTIONS as TRAEFIK};
use crate::inventory::istio::IstioGateway;
use crate::inventory::lookup::Cause;
use crate::inventory::tls_version::TlsVersion;
use crate::inventory::traefik::TlsOption;

/// The least version that can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Least {
    /// TLS 1.2.
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

/// Parameters of `tls-min-version-configured`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Lowest version of TLS that may be accepted.
    min: Least,
}

check! {
    /// ## What it checks
    /// Where an object says which versions of TLS a controller or load balancer accepts, the lowest is `min` or newer.
    /// Read are `ssl-protocols` in a ConfigMap (NGINX controllers), and `tls.minimum-protocol-version` in one with
    /// `contour.yaml` (Contour's own configuration); of an Ingress the annotations
    /// `alb.ingress.kubernetes.io/ssl-policy` (AWS) and `projectcontour.io/tls-minimum-protocol-version` (Contour); of a
    /// Service `service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy`; `minVersion` of a TLSOption of
    /// Traefik; `tls.incoming.tlsMinVersion` of a Mesh of Consul; and `minProtocolVersion` of each server of an Istio
    /// Gateway that ends TLS (`SIMPLE`, `MUTUAL`, `OPTIONAL_MUTUAL`). Left out there, or `TLS_AUTO`, it is 1.2: so Istio's
    /// own reference says. Of a Mesh that leaves it out nothing is said: its proxies decide.
    ///
    /// An Ingress whose annotation names a TLSOption is judged by that. The TLSOption of another namespace is in sight
    /// only of a ClusterReadinessPolicy, and out of scope of others: then the check is not applicable. One that is not
    /// known leaves it unknown, and so does a profile of Azure's Application Gateway. Nothing is said of an object without any of these: what its controller does by default is the
    /// controller's (Traefik's default has changed with its versions), and other objects that configure one (those of
    /// Contour, `ContourConfiguration` and `HTTPProxy`, and of Envoy Gateway) are not read.
    ///
    /// ## Why it matters
    /// Versions before 1.2 have known weaknesses, and whoever sits between a client and the server makes both
    /// agree on the oldest that the two accept.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {ssl-protocols: "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {ssl-protocols: "TLSv1.2 TLSv1.3"}
    /// ```
    ///
    /// ## How to fix
    /// Take the old versions out of `ssl-protocols`, name a policy of the load balancer that begins at the version, or set
    /// `minVersion: VersionTLS12` (Traefik), `minProtocolVersion: TLSV1_2` (Istio) or `tlsMinVersion: TLSv1_2` (Consul).
    ///
    /// ## Parameters
    /// - `min`: lowest version of TLS that may be accepted, `1.2` or `1.3` (default `1.2`).
    ///
    /// ## References
    /// - RFC 8996: Deprecating TLS 1.0 and TLS 1.1
    /// - Elastic Load Balancing documentation: Security policies
    /// - Traefik documentation: TLSOption
    /// - Istio documentation: Gateway
    /// - Consul documentation: Mesh configuration entry
    name: "tls-min-version-configured",
    family: Tls,
    severity: Medium,
    title: "What accepts TLS accepts no version before 1.2",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, ConfigMap, TlsOption, IstioGateway, ConsulMesh],
    parameters: Parameters,
    sight: Named,
    rule: Object([Service, Ingress, ConfigMap, TlsOption, IstioGateway, ConsulMesh], evaluate),
}

/// How the lowest version is read off a text.
type Reading = fn(&str) -> Option<TlsVersion>;

/// Annotations that say a lowest version, each with how it is read.
const ANNOTATIONS: &[(&str, Reading)] = &[
    ("alb.ingress.kubernetes.io/ssl-policy", TlsVersion::of_elb_policy),
    ("projectcontour.io/tls-minimum-protocol-version", TlsVersion::parse),
    ("service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy", TlsVersion::of_elb_policy),
];

/// The annotation that names a setting which is not read.
const ELSEWHERE: &str = "appgw.ingress.kubernetes.io/appgw-ssl-profile";

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let said = match subject.object {
        Object::ConfigMap(map) => of_map(map),
        Object::TlsOption(option) => of_option(option).into_iter().collect(),
        Object::IstioGateway(gateway) => of_servers(gateway),
        Object::ConsulMesh(mesh) => of_mesh(mesh).into_iter().collect(),
        other => of_annotations(subject, other).into_iter().collect(),
    };
    if said.is_empty() {
        let nothing = "the object says nothing of versions of TLS";
        return Judgement::not_applicable(if is_out_of_scope(subject) { OUT_OF_SCOPE } else { nothing });
    }
    let least = parameters.min.version();
    said.into_iter().filter_map(|said| of_said(said, least)).collect()
}

fn of_said((path, version): Said, least: TlsVersion) -> Option<Statement> {
    match version {
        Ok(version) if version >= least => None,
        Ok(version) => {
            let message = format!("the lowest version that is accepted is {version}, older than {least}");
            Some(Statement::fail(at(path), message))
        }
        Err(cause) => {
            Some(Statement::unknown(cause, at(path), "which versions of TLS are accepted is not known"))
        }
    }
}

/// Where something is said of versions, and the lowest, or why it cannot be told.
type Said = (String, Result<TlsVersion, Cause>);

/// What a word says that may be no version.
fn told(version: Option<TlsVersion>) -> Result<TlsVersion, Cause> {
    version.ok_or(Cause::Undecidable)
}

fn of_map(map: &ConfigMap) -> Vec<Said> {
    let values = map.values.as_deref();
    let version = values.and_then(|values| values.lowest_tls);
    let of_nginx =
        map.keys.contains(SSL_PROTOCOLS).then(|| (format!("data[{SSL_PROTOCOLS}]"), told(version)));
    let of_contour = values.and_then(|values| values.contour_tls).map(|lowest| match lowest {
        Lowest::Version(version) => Ok(version),
        Lowest::Unclear => Err(Cause::Undecidable),
    });
    of_nginx.into_iter().chain(of_contour.map(|said| (format!("data[{CONTOUR}]"), said))).collect()
}

fn of_option(option: &TlsOption) -> Option<Said> {
    Some(("spec.minVersion".to_owned(), told(option.spec.lowest()?)))
}

fn of_mesh(mesh: &ConsulMesh) -> Option<Said> {
    Some(("spec.tls.incoming.tlsMinVersion".to_owned(), told(mesh.spec.lowest()?)))
}

fn of_servers(gateway: &IstioGateway) -> Vec<Said> {
    let servers = gateway.spec.servers.iter().enumerate();
    let ending = servers.filter_map(|(index, server)| {
        let tls = server.tls.as_ref().filter(|tls| tls.is_ended_here())?;
        Some((format!("spec.servers[{index}].tls.minProtocolVersion"), told(tls.lowest())))
    });
    ending.collect()
}

fn of_annotations(subject: &ObjectSubject<'_>, object: &Object) -> Option<Said> {
    let annotations = &object.metadata().annotations;
    let place = |key: &str| format!("metadata.annotations[{}]", quoted(key, 80));
    let own = ANNOTATIONS.iter().find_map(|(key, read)| {
        let said = annotations.get(key)?;
        Some((place(key), told(read(said))))
    });
    if own.is_some() {
        return own;
    }
    match object {
        Object::Ingress(ingress) if annotations.contains_key(TRAEFIK) => {
            Some((place(TRAEFIK), of_named(subject, ingress)?))
        }
        _ => annotations.contains_key(ELSEWHERE).then(|| (place(ELSEWHERE), Err(Cause::Undecidable))),
    }
}

/// Whether an Ingress names a TLSOption, and only one that is out of sight can be meant.
fn is_out_of_scope(subject: &ObjectSubject<'_>) -> bool {
    let Object::Ingress(ingress) = subject.object else { return false };
    ingress.tls_option().is_some_and(|joined| subject.namespace.tls_options(joined).is_none())
}

/// What the TLSOption says that an Ingress names; nothing where that leaves it to Traefik, or is out of sight.
fn of_named(subject: &ObjectSubject<'_>, ingress: &Ingress) -> Option<Result<TlsVersion, Cause>> {
    // Options of files and of other providers are not read.
    let Some(joined) = ingress.tls_option() else { return Some(Err(Cause::Undecidable)) };
    let options = subject.namespace.tls_options(joined)?;
    if options.found.is_empty() {
        return Some(Err(options.incomplete.unwrap_or(Cause::Undecidable)));
    }
    // Two whose names join alike are one to Traefik, and which of them it takes nobody knows: the lowest counts.
    let said: Vec<_> = options.found.iter().map(|option| option.spec.lowest()).collect();
    if said.iter().all(Option::is_none) {
        return None;
    }
    let lowest: Option<Vec<TlsVersion>> = said.into_iter().map(Option::flatten).collect();
    Some(told(lowest.and_then(|versions| versions.into_iter().min())))
}

impl Least {
    const fn version(self) -> TlsVersion {
        match self {
            Self::V1_2 => TlsVersion::V1_2,
            Self::V1_3 => TlsVersion::V1_3,
        }
    }
}

#[cfg(test)]
mod tests;
