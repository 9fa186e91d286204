use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::listeners::Attached;
use crate::inventory::gateway::{Gateway, HttpRoute, HttpRouteRule, Reference};
use crate::inventory::listener::{Listener, ListenerTls};
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::snapshot::{Granted, NamedSecret};
use crate::inventory::{Kind, Object};

check! {
    /// ## What it checks
    /// Every listener of a Gateway that ends TLS has a certificate: a Secret that exists, in the Gateway's
    /// namespace or in one with a ReferenceGrant for it. Another namespace is in sight only of a
    /// ClusterReadinessPolicy, and out of scope of others: where that leaves nothing to judge, the check is not
    /// applicable. A listener with `options` for its controller in place of
    /// a Secret counts as having one, and so does a reference to something else than a Secret. A listener
    /// that passes TLS through needs none.
    ///
    /// Every HTTPRoute at a listener for plain HTTP does nothing but redirect to HTTPS, by a filter `RequestRedirect` with
    /// `scheme: https` in each rule, and no GRPCRoute is there, which cannot redirect: this is for routes what
    /// `https-redirect-configured` is for Ingresses. TLSRoutes, TCPRoutes and UDPRoutes are at no such listener. A route is at the listeners that it names, or at all, as far as their `allowedRoutes` let
    /// its namespace in. Those of other namespaces are looked at where a ClusterReadinessPolicy asks, and are told of
    /// with the Gateway. Routes by which cert-manager proves that a host is its own may answer there. What a Secret holds is
    /// the business of `tls-secret-valid` and `tls-cert-expiry`.
    ///
    /// ## Why it matters
    /// A listener without its certificate serves nobody, and the Gateway is accepted all the same. Whatever a route
    /// serves without TLS everybody on the way reads and changes.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: edge, namespace: shop}
    /// spec:
    ///   gatewayClassName: edge
    ///   listeners:
    ///     - name: https
    ///       port: 443
    ///       protocol: HTTPS
    ///       tls: {certificateRefs: [{name: edge-tls}]}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: edge, namespace: shop}
    /// spec:
    ///   gatewayClassName: edge
    ///   listeners:
    ///     - {name: http, port: 80, protocol: HTTP}
    ///     - name: https
    ///       port: 443
    ///       protocol: HTTPS
    ///       tls: {certificateRefs: [{name: edge-tls}]}
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: edge-tls, namespace: shop}
    /// type: kubernetes.io/tls
    /// data: {tls.crt: "", tls.key: ""}
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: redirect, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: edge, sectionName: http}]
    ///   rules:
    ///     - filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]
    /// ```
    ///
    /// ## How to fix
    /// Create the Secret, or let cert-manager do so; for one of another namespace, create a ReferenceGrant there.
    /// Attach routes that serve to the HTTPS listener by `sectionName`, and one that redirects to the other.
    ///
    /// ## References
    /// - Gateway API documentation: TLS Configuration
    /// - Gateway API documentation: HTTP path redirects and rewrites
    name: "gateway-tls",
    family: Tls,
    severity: High,
    title: "Listeners of Gateways have certificates; plain HTTP only redirects",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Namespace, Secret, SecretMetadata, Gateway, HttpRoute, GrpcRoute, ReferenceGrant],
    parameters: NoParameters,
    sight: Named,
    rule: Orphan([Gateway], evaluate),
}

/// The label of a route that cert-manager makes while it proves that a host is its own.
const SOLVER: &str = "acme.cert-manager.io/http01-solver";

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Gateway(gateway) = subject.object else { return Judgement::default() };
    let listeners = gateway.spec.listeners.iter().enumerate();
    let attached = Attached::to(subject, gateway, &[Kind::HttpRoute, Kind::GrpcRoute]);
    let judged: Vec<Vec<Statement>> = listeners
        .filter_map(|(index, listener)| match listener.protocol.as_str() {
            "HTTPS" | "TLS" => of_certificates(subject, gateway, (index, listener)),
            "HTTP" => Some(of_routes(&attached, (index, listener))),
            _ => None,
        })
        .collect();
    if judged.is_empty() {
        let nothing = "no listener is for HTTP or TLS";
        let is_hidden = gateway.spec.listeners.iter().any(|one| matches!(&*one.protocol, "HTTPS" | "TLS"));
        return Judgement::not_applicable(if is_hidden { OUT_OF_SCOPE } else { nothing });
    }
    judged.into_iter().flatten().collect()
}

/// What is said of a listener's certificates; nothing at all where they are out of sight.
fn of_certificates(
    subject: &ObjectSubject<'_>,
    gateway: &Gateway,
    (index, listener): (usize, &Listener),
) -> Option<Vec<Statement>> {
    let path = format!("spec.listeners[{index}].tls");
    if !listener.ends_tls() {
        return Some(Vec::new());
    }
    let brought = |tls: &ListenerTls| !tls.certificate_refs.is_empty() || !tls.options.is_empty();
    if !listener.tls.as_ref().is_some_and(brought) {
        let message = format!("the listener {} has no certificate", quoted(&listener.name, 63));
        let by_map = gateway.metadata.annotations.contains_key("networking.gke.io/certmap");
        return Some(if by_map { Vec::new() } else { vec![Statement::fail(at(path), message)] });
    }
    let references = listener.tls.iter().flat_map(|tls| tls.certificate_refs.iter().enumerate());
    let (secrets, others): (Vec<_>, Vec<_>) = references.partition(|(_, reference)| reference.is_secret());
    let own = subject.namespace.name();
    let is_in_sight = |one: &Reference| subject.namespace.elsewhere(one.namespace_from(own)).is_some();
    if others.is_empty() && !secrets.is_empty() && !secrets.iter().any(|(_, one)| is_in_sight(one)) {
        return None;
    }
    let of_one = |(place, secret): (usize, &Reference)| {
        of_secret(subject, &format!("{path}.certificateRefs[{place}]"), secret)
    };
    Some(secrets.into_iter().filter_map(of_one).collect())
}

fn of_secret(subject: &ObjectSubject<'_>, path: &str, secret: &Reference) -> Option<Statement> {
    let own = subject.namespace.name();
    let namespace = secret.namespace_from(own);
    let name = quoted(&secret.name, 63);
    if namespace == own {
        return of_found(subject.namespace.secret(&secret.name), path, &format!("Secret {name}"));
    }
    let what = format!("Secret {}/{name}", quoted(namespace, 63));
    let field = at(format!("{path}.namespace"));
    match subject.namespace.granted_secret(namespace, &secret.name)? {
        Granted::Yes(found) => of_found(found, path, &what),
        Granted::No => Some(Statement::fail(field, format!("no ReferenceGrant lets the Gateway use {what}"))),
        Granted::Unknown(cause) => {
            let message = format!("whether a ReferenceGrant lets the Gateway use {what} is not known");
            Some(Statement::unknown(cause, field, message))
        }
    }
}

fn of_found(found: Lookup<NamedSecret<'_>>, path: &str, what: &str) -> Option<Statement> {
    let field = at(format!("{path}.name"));
    match found {
        Lookup::Found(_) => None,
        Lookup::Missing => Some(Statement::fail(field, format!("{what} does not exist"))),
        Lookup::Unknown(cause) => Some(not_known(cause, path, what)),
    }
}

fn not_known(cause: Cause, path: &str, what: &str) -> Statement {
    Statement::unknown(cause, at(format!("{path}.name")), format!("whether {what} exists is not known"))
}

/// What routes at a listener for plain HTTP do beside redirecting.
fn of_routes(attached: &Attached<'_>, (index, listener): (usize, &Listener)) -> Vec<Statement> {
    let routes = attached.at(listener);
    let serving = routes.found.iter().filter(|(_, route)| !is_solver(route));
    let mut statements: Vec<Statement> =
        serving.flat_map(|(kind, route)| of_route(*kind, route, listener)).collect();
    if let Some(cause) = routes.incomplete.filter(|_| statements.is_empty()) {
        let message = format!("which routes are at the listener {} is not known", quoted(&listener.name, 63));
        statements.push(Statement::unknown(cause, at(format!("spec.listeners[{index}]")), message));
    }
    statements
}

fn is_solver(route: &HttpRoute) -> bool {
    route.metadata.labels.get(SOLVER).is_some_and(|value| value == "true")
}

fn of_route(kind: Kind, route: &HttpRoute, listener: &Listener) -> Vec<Statement> {
    let rules = route.spec.rules.iter().enumerate().filter(|(_, rule)| !redirects(rule));
    let message =
        format!("the route serves requests without TLS at the listener {}", quoted(&listener.name, 63));
    let key = key_of(kind, &route.metadata);
    rules
        .map(|(rule, _)| {
            Statement::fail(at(format!("spec.rules[{rule}]")), message.clone()).about(key.clone())
        })
        .collect()
}

fn redirects(rule: &HttpRouteRule) -> bool {
    rule.filters.iter().any(|filter| {
        let scheme = filter.request_redirect.as_ref().and_then(|redirect| redirect.scheme.as_deref());
        filter.kind == "RequestRedirect" && scheme == Some("https")
    })
}

#[cfg(test)]
mod tests;
