mod virtual_service;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Outcome, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, quoted};
use crate::inventory::Kind;
use crate::inventory::gateway::{Gateway, HttpRoute, HttpRouteFilter, Reference};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::object::{Service, ServicePort};
use crate::inventory::route_status::{Answer, Question};
use crate::inventory::snapshot::Granted;

check! {
    /// ## What it checks
    /// The Gateways that a route (HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute) wants to be attached to exist, with the
    /// listener and port it names; so do the Services that it sends requests or copies of them to, with the port. For a
    /// TLSRoute, TCPRoute or UDPRoute a listener that is meant has a protocol for such routes, and the port of the Service is
    /// one of TCP, for a UDPRoute one of UDP. What lies in another namespace is looked for where a
    /// ClusterReadinessPolicy asks: a Gateway, and a Service, which a ReferenceGrant of its namespace must let the route use.
    /// To the policy of a namespace that is out of scope; where all that the route refers to is, and no controller has
    /// said anything, the check is not applicable. Backends of other kinds are not looked for.
    ///
    /// In a cluster also what the controllers of Gateways say in the route's `status`: that a parent does not accept
    /// the route (`Accepted`), or that not all is found that it refers to (`ResolvedRefs`), fails, with the reason that they give. Only what
    /// is said of the route's present generation counts. Until something is, as after each change, the answer is
    /// Pending; so it stays while no controller answers for a Gateway at all, since nobody serves
    /// the route then. A controller that misses a Service or a grant which is there is taken to be late: Pending, too. Where several controllers answer for one parent, one that says yes is enough. Of a parent that is no Gateway
    /// only what somebody says counts. A file has no status; one that was exported with it is judged by it, as
    /// long as its generation stands.
    ///
    /// The Gateways of Istio that a VirtualService names exist (`gateways`; `mesh` is none), and so do the Services that it
    /// sends requests or copies of them to, with the port that it names: a `host` without a dot, of its own namespace, or
    /// `name.namespace.svc.cluster.local`. A ServiceEntry for such a name is not looked at; any other host may be one's, so
    /// that nothing is said of it. Subsets, and who may see what (`exportTo`), are not looked at.
    ///
    /// ## Why it matters
    /// A route without its Gateway serves nobody, and one without its Service answers with 500; the object itself
    /// is created all the same, and only its status tells.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: edge}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: edge, sectionName: https}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: edge, namespace: shop}
    /// spec:
    ///   gatewayClassName: edge
    ///   listeners: [{name: https, port: 443, protocol: HTTPS}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Correct the name, the listener (`sectionName`) or the port in the route, or create the Gateway, the
    /// Service or, in the namespace of the Service, the ReferenceGrant that is missing. For what a controller says,
    /// `kubectl describe` shows its message beside the reason; `NotAllowedByListeners` is up to the listener's
    /// `allowedRoutes`.
    ///
    /// ## References
    /// - Gateway API documentation: HTTPRoute
    /// - Gateway API documentation: GRPCRoute
    /// - Gateway API documentation: TLSRoute, TCPRoute, UDPRoute
    /// - Gateway API documentation: ReferenceGrant
    /// - Istio documentation: Virtual Service
    name: "dangling-route",
    family: Network,
    severity: High,
    title: "Parents and backends of routes exist, and Gateways accept the routes",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [
        Service, HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, Gateway, ReferenceGrant, VirtualService, IstioGateway,
    ],
    parameters: NoParameters,
    sight: Named,
    rule: Object([HttpRoute, GrpcRoute, TlsRoute, TcpRoute, UdpRoute, VirtualService], evaluate),
}

/// A word of a controller, in a message.
const REASON: usize = 64;

/// Reasons for which a controller does not find what the route sends to.
const OF_BACKENDS: &[&str] = &["BackendNotFound", "RefNotPermitted"];

/// What is seen of the route's backends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// One is not there, or may not be used.
    Wrong,
    /// All are there, and may be used.
    There,
    /// Not all are looked at, or known.
    Open,
}

impl Seen {
    fn of(subject: &ObjectSubject<'_>, route: &HttpRoute, statements: &[Statement]) -> Self {
        let mut backends = route.spec.destinations();
        if statements.iter().any(|statement| statement.outcome == Outcome::Fail) {
            Self::Wrong
        } else if statements.is_empty() && backends.all(|one| one.is_service() && is_in_sight(subject, one)) {
            Self::There
        } else {
            Self::Open
        }
    }
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(one) = subject.object.virtual_service() {
        return virtual_service::judge(subject, one);
    }
    let Some(route) = subject.object.route() else { return Judgement::default() };
    if route.spec.parent_refs.is_empty() {
        return Judgement::fail(at("spec.parentRefs"), "the route names no Gateway to be attached to");
    }
    let backends = backends(route).into_iter().filter(|(_, backend)| backend.is_service());
    let backends: Vec<_> =
        backends.filter_map(|(path, backend)| of_backend(subject, &path, backend)).collect();
    let seen = Seen::of(subject, route, &backends);
    let parents = route.spec.parent_refs.iter().enumerate().filter_map(|(index, parent)| {
        let path = format!("spec.parentRefs[{index}]");
        let missing = parent.is_gateway().then(|| of_parent(subject, &path, parent)).flatten();
        missing.or_else(|| of_status(subject, route, (&path, parent), seen))
    });
    let statements: Vec<Statement> = parents.chain(backends).collect();
    if statements.is_empty() && is_out_of_scope(subject, route) {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    statements.into_iter().collect()
}

fn is_in_sight(subject: &ObjectSubject<'_>, one: &Reference) -> bool {
    subject.namespace.elsewhere(one.namespace_from(subject.namespace.name())).is_some()
}

/// Whether of what the route refers to something is out of sight, and nothing else is judged.
fn is_out_of_scope(subject: &ObjectSubject<'_>, route: &HttpRoute) -> bool {
    let parents = &route.spec.parent_refs;
    let gateways = parents.iter().filter(|parent| parent.is_gateway());
    let services = route.spec.destinations().filter(|one| one.is_service());
    let (seen, hidden): (Vec<_>, Vec<_>) =
        gateways.chain(services).partition(|one| is_in_sight(subject, one));
    let is_accepted = |parent| route.answer(Question::Accepted, parent) == Answer::Yes;
    seen.is_empty() && !hidden.is_empty() && !parents.iter().any(is_accepted)
}

fn backends(route: &HttpRoute) -> Vec<(String, &Reference)> {
    let mut backends = Vec::new();
    for (rule, one) in route.spec.rules.iter().enumerate() {
        let path = format!("spec.rules[{rule}]");
        let mut copied = Vec::new();
        for (index, backend) in one.backend_refs.iter().enumerate() {
            let path = format!("{path}.backendRefs[{index}]");
            copied.extend(mirrors(&path, &backend.filters));
            backends.push((path, backend));
        }
        backends.extend(copied);
        backends.extend(mirrors(&path, &one.filters));
    }
    backends
}

/// Who gets copies of requests by the filters of what lies at a path.
fn mirrors<'a>(path: &str, filters: &'a [HttpRouteFilter]) -> Vec<(String, &'a Reference)> {
    let mirrors = filters.iter().enumerate().filter_map(|(index, filter)| {
        let mirror = filter.request_mirror.as_ref()?;
        Some((format!("{path}.filters[{index}].requestMirror.backendRef"), &mirror.backend_ref))
    });
    mirrors.collect()
}

/// What is meant, with its namespace where that is another one.
fn shown(kind: &str, reference: &Reference, own: &str) -> String {
    let (place, name) = (reference.namespace_from(own), quoted(&reference.name, 63));
    let kind = quoted(kind, 63);
    if place == own { format!("{kind} {name}") } else { format!("{kind} {}/{name}", quoted(place, 63)) }
}

fn of_parent(subject: &ObjectSubject<'_>, path: &str, parent: &Reference) -> Option<Statement> {
    let own = subject.namespace.name();
    let what = shown("Gateway", parent, own);
    match subject.namespace.elsewhere(parent.namespace_from(own))?.gateway(&parent.name) {
        Lookup::Found(gateway) => {
            let section = &parent.section_name;
            let mut named =
                gateway.spec.listeners.iter().filter(|one| section.is_empty() || one.name == *section);
            if !section.is_empty() && named.clone().next().is_none() {
                let message = format!("{what} has no listener {}", quoted(section, 63));
                return Some(Statement::fail(at(format!("{path}.sectionName")), message));
            }
            let of_protocol = of_protocol(subject.object.kind(), gateway, (path, parent), &what);
            let Some(port) = parent.port.filter(|_| !named.any(|one| one.is_meant_by(parent))) else {
                return of_protocol;
            };
            let message = format!("{what} has no listener for port {port}");
            Some(Statement::fail(at(format!("{path}.port")), message))
        }
        Lookup::Missing => {
            Some(Statement::fail(at(format!("{path}.name")), format!("{what} does not exist")))
        }
        Lookup::Unknown(cause) => Some(not_known(cause, path, &what)),
    }
}

/// What is wrong with the protocols of the listeners that a route means.
fn of_protocol(
    route: Kind,
    gateway: &Gateway,
    (path, parent): (&str, &Reference),
    what: &str,
) -> Option<Statement> {
    let mut meant = gateway.spec.listeners.iter().filter(|one| one.is_meant_by(parent));
    if meant.any(|one| one.takes(route)) {
        return None;
    }
    let section = quoted(&parent.section_name, 63);
    let (field, message) = match (&*parent.section_name, parent.port) {
        ("", None) => ("name", format!("{what} has no listener for a {route}")),
        ("", Some(port)) => ("port", format!("{what} has no listener for a {route} at port {port}")),
        _ => ("sectionName", format!("the listener {section} of {what} is not for a {route}")),
    };
    Some(Statement::fail(at(format!("{path}.{field}")), message))
}

/// What controllers say of the route at one of its parents.
fn of_status(
    subject: &ObjectSubject<'_>,
    route: &HttpRoute,
    (path, parent): (&str, &Reference),
    seen: Seen,
) -> Option<Statement> {
    let own = subject.namespace.name();
    let what = shown(parent.kind.as_deref().unwrap_or("Gateway"), parent, own);
    // Of what no server has stored nobody can say anything.
    let is_observed = subject.namespace.is_live() && route.metadata.generation() > 0;
    let pending = |message: String| is_observed.then(|| Statement::pending(at(path.to_owned()), message));
    let fail = |message: String, reason: &str| {
        Some(Statement::fail(at(path.to_owned()), format!("{message}: {}", quoted(reason, REASON))))
    };
    match route.answer(Question::Accepted, parent) {
        Answer::No(reason) => return fail(format!("{what} does not accept the route"), reason),
        Answer::Nothing if !parent.is_gateway() => return None,
        Answer::NotYet | Answer::Nothing => {
            return pending(format!("whether {what} accepts the route is not said yet"));
        }
        Answer::Yes => {}
    }
    let late = || pending(format!("whether {what} finds all that the route refers to is not said yet"));
    match route.answer(Question::ResolvedRefs, parent) {
        // It is said once.
        Answer::No(_) if seen == Seen::Wrong => None,
        // The generation of the route does not tell whether this was said before or after the other object came.
        Answer::No(reason) if seen == Seen::There && OF_BACKENDS.contains(&reason) => late(),
        Answer::No(reason) => fail(format!("at {what} not all is found that the route refers to"), reason),
        Answer::NotYet => late(),
        Answer::Nothing | Answer::Yes => None,
    }
}

fn of_backend(subject: &ObjectSubject<'_>, path: &str, backend: &Reference) -> Option<Statement> {
    let own = subject.namespace.name();
    let what = shown("Service", backend, own);
    match service(subject, backend)? {
        Granted::Yes(found) => of_service(found, (path, backend), (&what, subject.object.kind())),
        Granted::No => {
            let message = format!("no ReferenceGrant lets the route use {what}");
            Some(Statement::fail(at(format!("{path}.namespace")), message))
        }
        Granted::Unknown(cause) => {
            let message = format!("whether a ReferenceGrant lets the route use {what} is not known");
            Some(Statement::unknown(cause, at(format!("{path}.namespace")), message))
        }
    }
}

/// The Service that is meant, if it is in sight.
fn service<'a>(
    subject: &'a ObjectSubject<'_>,
    backend: &'a Reference,
) -> Option<Granted<Lookup<&'a Service>>> {
    let (view, own) = (&subject.namespace, subject.namespace.name());
    let place = backend.namespace_from(own);
    if place == own {
        return Some(Granted::Yes(view.service(&backend.name)));
    }
    view.granted_service(subject.object.kind(), place, &backend.name)
}

fn of_service(
    found: Lookup<&Service>,
    (path, backend): (&str, &Reference),
    (what, route): (&str, Kind),
) -> Option<Statement> {
    let service = match found {
        Lookup::Found(service) => service,
        Lookup::Missing => {
            return Some(Statement::fail(at(format!("{path}.name")), format!("{what} does not exist")));
        }
        Lookup::Unknown(cause) => return Some(not_known(cause, path, what)),
    };
    let field = at(format!("{path}.port"));
    let Some(port) = backend.port else {
        return Some(Statement::fail(field, format!("the route names no port of {what}")));
    };
    let protocol = match route {
        Kind::UdpRoute => Some("UDP"),
        Kind::TlsRoute | Kind::TcpRoute => Some("TCP"),
        _ => None,
    };
    let is_meant =
        |own: &ServicePort| own.port == port && protocol.is_none_or(|protocol| own.protocol.is_of(protocol));
    let message = || match protocol {
        Some(protocol) => format!("{what} has no {protocol} port {port}"),
        None => format!("{what} has no port {port}"),
    };
    let is_there = service.spec.ports.iter().any(is_meant);
    (!is_there).then(|| Statement::fail(field, message()))
}

fn not_known(cause: Cause, path: &str, what: &str) -> Statement {
    Statement::unknown(cause, at(format!("{path}.name")), format!("nothing is known of {what}"))
}

#[cfg(test)]
mod tests;
