//! Whether requests that come through the edge go on to the pods encrypted: by a BackendTLSPolicy for the Service of a route,
//! by TLS that a Gateway passes through, or as annotations of an Ingress or of its Service say.
//!
//! It must not look at a mesh, nor at certificates. Next: [`super`], [`crate::inventory::backend_tls_policy`].

use super::Parameters;
use crate::catalogue::{Judgement, Outcome, Statement, WorkloadSubject};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::edge::{Telling, holds, told};
use crate::checks::exposure::{Exposure, ingress_key};
use crate::checks::helpers::pod_labels;
use crate::checks::listeners::Route;
use crate::checks::{routes, services};
use crate::inventory::Kind;
use crate::inventory::backend_tls_policy::BackendTlsPolicy;
use crate::inventory::gateway::{HttpRoute, Reference};
use crate::inventory::ingress::{IngressBackend, IngressPort};
use crate::inventory::listener::Listener;
use crate::inventory::lookup::{Cause, Lookup, Search};
use crate::inventory::object::{Ingress, Service};
use crate::inventory::service::ServicePort;

/// Routes of requests, and of connections of which TLS is known.
const ROUTES: &[Kind] = &[Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute];

/// Room for a name in a message.
const SHOWN: usize = 63;

/// Annotations by which the controller of an Ingress speaks TLS with what is behind it, or passes TLS through.
const BY_INGRESS: &[Telling] = &[
    ("nginx.ingress.kubernetes.io/backend-protocol", &["https", "grpcs"]),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", &["true"]),
    ("alb.ingress.kubernetes.io/backend-protocol", &["https"]),
    ("appgw.ingress.kubernetes.io/backend-protocol", &["https"]),
    ("haproxy.org/server-ssl", &["true"]),
    ("haproxy.org/ssl-passthrough", &["true"]),
    ("haproxy-ingress.github.io/backend-protocol", &["-ssl", "https", "grpcs"]),
    ("haproxy-ingress.github.io/secure-backends", &["true"]),
    ("haproxy-ingress.github.io/ssl-passthrough", &["true"]),
];

/// The same of a Service.
const BY_SERVICE: &[Telling] = &[
    ("traefik.ingress.kubernetes.io/service.serversscheme", &["https"]),
    ("konghq.com/protocol", &["https", "grpcs", "tls"]),
    ("haproxy.org/server-ssl", &["true"]),
];

/// Annotation of an Ingress that lists Services with which its controller speaks TLS.
const SERVICES: &str = "nginx.org/ssl-services";

/// How requests get from one place at the edge to the pods.
enum Crossing {
    /// Encrypted, or as a parameter allows.
    Encrypted,
    /// As an object says that is out of sight.
    Hidden,
    /// In plain text, or nobody knows how.
    Said(Statement),
}

/// Whether TLS of a connection goes on to the pods; of several places the last of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Passing {
    /// Nothing comes through.
    Nowhere,
    Through,
    Hidden,
    Unknown(Cause),
    /// It ends at the Gateway.
    Ended,
}

/// What is known of the way from the edge to the pods.
struct Way<'a, 'b> {
    subject: &'b WorkloadSubject<'a>,
    parameters: &'b Parameters,
    services: &'b [&'a Service],
    policies: Search<&'a BackendTlsPolicy>,
}

pub(super) fn judge(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let services = services::of(subject);
    let routes = routes::to(subject, ROUTES);
    let exposure = Exposure::of(subject);
    let policies = subject.namespace.backend_tls_policies();
    let way = Way { subject, parameters, services: &services.found, policies };
    let by_routes = routes.found.iter().flat_map(|route| way.by_route(*route));
    let by_ingresses = exposure.ingresses.iter().flat_map(|ingress| way.by_ingress(ingress));
    let crossings: Vec<Crossing> = by_routes.chain(by_ingresses).collect();
    let is_nothing = crossings.is_empty();
    let is_hidden = crossings.iter().any(|one| matches!(one, Crossing::Hidden));
    let said = crossings.into_iter().filter_map(|one| match one {
        Crossing::Said(statement) => Some(statement),
        Crossing::Encrypted | Crossing::Hidden => None,
    });
    let mut statements: Vec<Statement> = said.collect();
    let fails = statements.iter().any(|one| one.outcome == Outcome::Fail);
    let incomplete = services.incomplete.or(routes.incomplete).or(exposure.incomplete);
    if let Some(cause) = incomplete.filter(|_| !fails) {
        let message = "which routes and Ingresses send to the workload is not known in full";
        statements.push(Statement::unknown(cause, pod_labels(subject), message));
    }
    if statements.is_empty() && is_hidden {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    if statements.is_empty() && is_nothing {
        return Judgement::not_applicable("no route or Ingress sends to the workload");
    }
    statements.into_iter().collect()
}

impl<'a> Way<'a, '_> {
    /// Over every backend of a route that is at a Gateway: other parents are of a mesh.
    fn by_route(&self, (kind, route): Route<'a>) -> Vec<Crossing> {
        let passing = match kind {
            Kind::TlsRoute => self.passing(route),
            _ if route.spec.parent_refs.iter().any(Reference::is_gateway) => Passing::Ended,
            _ => Passing::Nowhere,
        };
        if passing == Passing::Nowhere {
            return Vec::new();
        }
        let own = &route.metadata.namespace;
        let backends = route.spec.rules.iter().enumerate().flat_map(|(rule, of)| {
            let backends = of.backend_refs.iter().enumerate();
            backends
                .map(move |(place, backend)| (format!("spec.rules[{rule}].backendRefs[{place}]"), backend))
        });
        let here = backends.filter(|(_, one)| one.is_service() && one.namespace_from(own) == *own);
        let sent = here.filter_map(|(path, backend)| {
            let service = self.service(&backend.name)?;
            let told = |statement: Statement| statement.about(key_of(kind, &route.metadata));
            let crossing = match (passing, self.by_policy(service, backend.port, &path)) {
                (Passing::Through, _) | (_, Crossing::Encrypted) => Crossing::Encrypted,
                (Passing::Hidden, _) => Crossing::Hidden,
                (Passing::Unknown(cause), _) => {
                    let message = "whether a Gateway passes TLS through is not known";
                    Crossing::Said(told(Statement::unknown(cause, at("spec.parentRefs"), message)))
                }
                (_, Crossing::Said(statement)) if statement.object.is_none() => {
                    Crossing::Said(told(statement))
                }
                (_, other) => other,
            };
            Some(crossing)
        });
        sent.collect()
    }

    fn service(&self, name: &str) -> Option<&'a Service> {
        self.services.iter().copied().find(|service| service.metadata.name == name)
    }

    /// Whether the Gateways of a TLSRoute leave TLS as it is.
    fn passing(&self, route: &HttpRoute) -> Passing {
        let parents = route.spec.parent_refs.iter().filter(|parent| parent.is_gateway());
        let own = &route.metadata.namespace;
        let at_each = parents.map(|parent| {
            let Some(there) = self.subject.namespace.elsewhere(parent.namespace_from(own)) else {
                return Passing::Hidden;
            };
            match there.gateway(&parent.name) {
                Lookup::Found(gateway) => {
                    let listeners = gateway.spec.listeners.iter();
                    let meant = listeners.filter(|one| one.is_meant_by(parent) && one.takes(Kind::TlsRoute));
                    meant.map(passing_at).max().unwrap_or(Passing::Nowhere)
                }
                Lookup::Missing => Passing::Nowhere,
                Lookup::Unknown(cause) => Passing::Unknown(cause),
            }
        });
        at_each.max().unwrap_or(Passing::Nowhere)
    }

    /// As the policies for a port of a Service say: those that name it, else those for every port.
    fn by_policy(&self, service: &Service, number: Option<i64>, path: &str) -> Crossing {
        let port = service.spec.ports.iter().find(|port| Some(port.port) == number);
        if number.is_some_and(|number| self.allows(number)) {
            return Crossing::Encrypted;
        }
        let name = &service.metadata.name;
        let about = |section: &str| -> Vec<&BackendTlsPolicy> {
            let is_meant = |policy: &&BackendTlsPolicy| policy.spec.ports_of(name).any(|own| own == section);
            self.policies.found.iter().copied().filter(is_meant).collect()
        };
        let named = port.filter(|port| !port.name.is_empty()).map(|port| about(&port.name));
        let nearest = named.filter(|named| !named.is_empty()).unwrap_or_else(|| about(""));
        if let Some(one) = nearest.iter().find(|policy| !policy.spec.is_verifying()) {
            let message = format!("it does not say whose certificate Service {} may have", shown(name));
            let statement = Statement::fail(at("spec.validation"), message);
            return Crossing::Said(statement.about(key_of(Kind::BackendTlsPolicy, &one.metadata)));
        }
        if !nearest.is_empty() {
            return Crossing::Encrypted;
        }
        let meant = match number {
            Some(number) => format!("port {number} of Service {}", shown(name)),
            None => format!("Service {}", shown(name)),
        };
        let statement = if let Some(cause) = self.policies.incomplete {
            let message = format!("whether a BackendTLSPolicy is for {meant} is not known");
            Statement::unknown(cause, at(path.to_owned()), message)
        } else {
            let message = format!("sends plain text to {meant}: no BackendTLSPolicy is for it");
            Statement::fail(at(path.to_owned()), message)
        };
        Crossing::Said(statement)
    }

    fn by_ingress(&self, ingress: &Ingress) -> Vec<Crossing> {
        let by_default = ingress.spec.default_backend.iter();
        let by_default = by_default.map(|backend| ("spec.defaultBackend.service".to_owned(), backend));
        let by_rules = ingress.spec.rules.iter().enumerate().flat_map(|(rule, of)| {
            let paths = of.http.paths.iter().enumerate();
            paths.map(move |(place, path)| {
                (format!("spec.rules[{rule}].http.paths[{place}].backend.service"), &path.backend)
            })
        });
        let backends = by_default.chain(by_rules);
        backends.filter_map(|(path, backend)| self.by_backend(ingress, path, backend)).collect()
    }

    fn by_backend(&self, ingress: &Ingress, path: String, backend: &IngressBackend) -> Option<Crossing> {
        let backend = backend.service.as_ref()?;
        let service = self.service(&backend.name)?;
        let is_allowed = number_of(service, &backend.port).is_some_and(|number| self.allows(number));
        if is_allowed || is_asked(ingress, service) {
            return Some(Crossing::Encrypted);
        }
        let meant = shown(&service.metadata.name);
        let message = format!("sends plain text to Service {meant}: no annotation asks for TLS");
        Some(Crossing::Said(Statement::fail(at(path), message).about(ingress_key(ingress))))
    }

    /// Whether plain text may be sent to a port of a Service.
    fn allows(&self, number: i64) -> bool {
        self.parameters.allowed_ports.contains(&number.to_string())
    }
}

fn passing_at(listener: &Listener) -> Passing {
    match listener.protocol.as_str() {
        _ if listener.ends_tls() => Passing::Ended,
        "TLS" => Passing::Through,
        // Only its controller knows.
        _ => Passing::Unknown(Cause::Undecidable),
    }
}

/// Number of the port that an Ingress means.
fn number_of(service: &Service, port: &IngressPort) -> Option<i64> {
    if port.name.is_empty() {
        return Some(port.number);
    }
    let is_meant = |own: &&ServicePort| port.name == *own.name;
    service.spec.ports.iter().find(is_meant).map(|own| own.port)
}

/// Whether annotations ask for TLS between the controller of an Ingress and a Service. Whose controller reads them is not
/// looked at.
fn is_asked(ingress: &Ingress, service: &Service) -> bool {
    let annotations = &service.metadata.annotations;
    let by_service = |(key, words): &Telling| annotations.get(key).is_some_and(|value| holds(value, words));
    let listed = ingress.metadata.annotations.get(SERVICES).unwrap_or_default();
    told(ingress, BY_INGRESS).is_some()
        || BY_SERVICE.iter().any(by_service)
        || listed.split(',').any(|name| service.metadata.name == name.trim())
}

fn shown(name: &str) -> String {
    quoted(name, SHOWN)
}

#[cfg(test)]
mod tests;
