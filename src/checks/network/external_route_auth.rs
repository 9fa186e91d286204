use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, quoted};
use crate::checks::edge::{STEPS, Telling, goes_through, holds, says_any, told, with_missing};
use crate::checks::globs::Globs;
use crate::inventory::Object;
use crate::inventory::gateway::{HttpPathMatch, HttpRoute, HttpRouteRule, Reference};
use crate::inventory::lookup::Cause;
use crate::inventory::middleware::MiddlewareSpec;
use crate::inventory::object::Ingress;
use crate::inventory::snapshot::Steps;

mod gateway;
mod mesh;
mod paths;

use paths::{Path, Reach};

/// Parameters of `external-route-auth`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Paths that only somebody may reach who is known.
    paths: Globs,
    /// Further annotations, any of which asks who is there.
    annotations: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let paths = PATHS.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        Self { paths: Globs::try_from(paths).unwrap_or_default(), annotations: Vec::new() }
    }
}

/// Where consoles and figures for operators lie.
const PATHS: &[&str] =
    &["/admin", "/admin/*", "/actuator", "/actuator/*", "/debug", "/debug/*", "/internal/*", "/metrics"];

check! {
    /// ## What it checks
    /// Whoever asks for one of `paths` through an Ingress or an HTTPRoute is asked who they are before the request reaches
    /// the workload. One of these says so:
    ///
    /// - An annotation of the nginx, `HAProxy`, Kong, APISIX or AWS controllers, or one of `annotations`. Of objects of
    ///   theirs that an annotation or a filter `ExtensionRef` names (a plugin) the name must say so.
    /// - A Middleware of Traefik (`basicAuth`, `digestAuth`, `forwardAuth`) that the annotation of an Ingress or a filter
    ///   `ExtensionRef` names, or one that it stands for (`chain`). What those of another provider (`@file`) and
    ///   plugins do cannot be seen (Unknown).
    /// - A SecurityPolicy of Envoy Gateway for the route, its rule, or for each Gateway (listener) that it is at, with
    ///   `basicAuth`, `oidc`, `extAuth`, `apiKeyAuth` or `jwt`. The policy that is closest to the rule counts, and those
    ///   above it only with `mergeType`. A `jwt` that is `optional` counts where `authorization` demands a token.
    /// - AuthorizationPolicies of Istio for every workload behind the path, or for each Gateway of the route: action
    ///   `CUSTOM`, a `DENY` for whoever shows no token (`notRequestPrincipals: ["*"]`), or `ALLOW` only for those who do
    ///   (`requestPrincipals`). Those in `istio-system` are for every namespace. RequestAuthentications are not looked at:
    ///   alone they let requests without a token through, and without one a token that is demanded lets nobody in.
    ///
    /// A path is compared as it is written; that `/` leads to `/admin` too is not looked at. That pods are in the mesh is
    /// taken as given. A rule of Istio by addresses or by the identity of the Gateway leaves it open (Unknown). Methods of
    /// GRPCRoutes, VirtualServices, and certificates of clients are not looked at.
    ///
    /// ## Why it matters
    /// A path that is meant for a few is found by all who search for it. A login before the application holds when the
    /// application forgets to ask.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /admin, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations: {nginx.ingress.kubernetes.io/auth-url: "https://login.shop.example/oauth2/auth"}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /admin, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ```
    ///
    /// ## How to fix
    /// Put the path into an Ingress of its own with the annotation by which your controller asks a login service, or into
    /// an HTTPRoute of its own with a SecurityPolicy; or take it out where nobody outside needs it.
    ///
    /// ## Parameters
    /// - `paths`: paths that only somebody may reach who is known, with `*` for any characters (default those where
    ///   consoles lie: `/admin`, `/admin/*`, `/actuator`, `/actuator/*`, `/debug`, `/debug/*`, `/internal/*`, `/metrics`).
    /// - `annotations`: further annotations, any of which asks who is there (default none).
    ///
    /// ## References
    /// - OWASP: Authentication Cheat Sheet
    /// - Envoy Gateway documentation: SecurityPolicy
    /// - Istio documentation: Authorization Policy
    name: "external-route-auth",
    family: Network,
    severity: Medium,
    title: "Paths for a few ask who is there",
    profiles: [],
    reads: [Service, Ingress, HttpRoute, Gateway, SecurityPolicy, AuthorizationPolicy, Middleware],
    parameters: Parameters,
    sight: Named,
    rule: Object([Ingress, HttpRoute], evaluate),
}

const GUARDS: &[Telling] = &[
    ("nginx.ingress.kubernetes.io/auth-url", &[]),
    ("nginx.ingress.kubernetes.io/auth-type", &[]),
    ("nginx.ingress.kubernetes.io/auth-tls-secret", &[]),
    ("nginx.org/basic-auth-secret", &[]),
    ("nginx.com/jwt-key", &[]),
    ("nginx.org/policies", &["auth", "jwt", "oidc", "login"]),
    ("haproxy.org/auth-type", &[]),
    ("haproxy-ingress.github.io/auth-url", &[]),
    ("haproxy-ingress.github.io/auth-secret", &[]),
    ("haproxy-ingress.github.io/auth-tls-secret", &[]),
    ("alb.ingress.kubernetes.io/auth-type", &["cognito", "oidc"]),
];

const WORDS: &[&str] = &["auth", "jwt", "oidc", "login", "sso"];

/// Whether somebody asks who is there. Of several who may ask, the greatest counts; of several ways in, the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    /// Nobody does.
    No,
    /// Nobody in sight does.
    Hidden,
    /// Nobody here knows.
    Unknown(Cause),
    /// Somebody does.
    Yes,
}

impl Asked {
    /// The same where there may be somebody more who asks.
    fn or_unknown(self, incomplete: Option<Cause>) -> Self {
        incomplete.map_or(self, |cause| self.max(Self::Unknown(cause)))
    }

    /// Whether one of the Middlewares does.
    fn by(steps: &Steps<'_>) -> Self {
        let others = if steps.is_hidden { Self::Hidden } else { Self::No };
        let asks = if steps.any(MiddlewareSpec::asks) { Self::Yes } else { others };
        asks.or_unknown(steps.doubt.as_ref().map(|(cause, _)| *cause))
    }
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    match subject.object {
        Object::Ingress(ingress) => of_ingress(subject, ingress, parameters),
        Object::HttpRoute(route) => of_route(subject, route, parameters),
        _ => Judgement::default(),
    }
}

fn of_ingress<'a>(subject: &ObjectSubject<'a>, ingress: &'a Ingress, parameters: &Parameters) -> Judgement {
    let rules = ingress.spec.rules.iter().enumerate();
    let paths = rules.flat_map(|(rule, one)| {
        let paths = one.http.paths.iter().enumerate();
        paths.map(move |(index, path)| (format!("spec.rules[{rule}].http.paths[{index}].path"), path))
    });
    let listed: Vec<_> = paths.filter(|(_, path)| parameters.paths.match_any(&path.path)).collect();
    if listed.is_empty() {
        return Judgement::not_applicable("the Ingress serves none of the paths that only a few may reach");
    }
    if told(ingress, GUARDS).is_some()
        || goes_through(ingress, WORDS)
        || says_any(ingress, &parameters.annotations)
    {
        return Judgement::pass();
    }
    let steps = subject.namespace.steps_of_ingress(ingress);
    let at_edge = Asked::by(&steps);
    let is_rewritten = ingress.metadata.annotations.keys().any(|key| key.contains("rewrite"));
    let concluded = conclude(listed.into_iter().map(|(field, one)| {
        let path = Path { text: &one.path, reach: Reach::of(&one.path_type), is_rewritten };
        let service = one.backend.service.iter().map(|service| (subject.namespace.name(), &*service.name));
        (field, &*one.path, at_edge.max(mesh::before_services(subject.namespace, service, &path)))
    }));
    Judgement {
        statements: concluded.statements.into_iter().map(|said| with_missing(said, &steps)).collect(),
        ..concluded
    }
}

fn of_route<'a>(subject: &ObjectSubject<'a>, route: &'a HttpRoute, parameters: &Parameters) -> Judgement {
    if !route.spec.parent_refs.iter().any(Reference::is_gateway) {
        return Judgement::not_applicable("the route is at no Gateway");
    }
    let mut said = Vec::new();
    for (index, rule) in route.spec.rules.iter().enumerate() {
        for (place, one) in rule.matches.iter().enumerate() {
            let Some(path) = one.path.as_ref().filter(|path| parameters.paths.match_any(&path.value)) else {
                continue;
            };
            let field = format!("spec.rules[{index}].matches[{place}].path.value");
            said.push((field, &*path.value, before(subject, route, rule, path, parameters)));
        }
    }
    if said.is_empty() {
        return Judgement::not_applicable("the route serves none of the paths that only a few may reach");
    }
    conclude(said.into_iter())
}

/// Whether somebody asks before a path of a rule.
fn before<'a>(
    subject: &ObjectSubject<'a>,
    route: &'a HttpRoute,
    rule: &'a HttpRouteRule,
    path: &HttpPathMatch,
    parameters: &Parameters,
) -> Asked {
    let mut annotations = route.metadata.annotations.iter();
    let is_told = annotations.any(|(key, value)| {
        (parameters.annotations.iter().any(|own| own == key) && holds(value, &[]))
            || (STEPS.contains(&key) && holds(value, WORDS))
    });
    let steps = rule.filters.iter().filter_map(|filter| filter.extension_ref.as_ref());
    if is_told
        || steps.filter(|step| !step.is_middleware()).any(|step| {
            holds(&step.name, WORDS) || step.kind.as_deref().is_some_and(|kind| holds(kind, WORDS))
        })
    {
        return Asked::Yes;
    }
    let is_rewritten = rule.filters.iter().any(|filter| filter.kind == "URLRewrite");
    let path = Path { text: &path.value, reach: Reach::of(&path.kind), is_rewritten };
    let own = subject.namespace.name();
    let services = rule.backend_refs.iter().filter(|one| one.is_service());
    let services = services.map(|one| (one.namespace_from(own), one.name.as_str()));
    let by_steps = Asked::by(&subject.namespace.steps_of_rule(rule));
    let at_edge = by_steps.max(gateway::before_rule(subject.namespace, route, rule));
    at_edge.max(mesh::before_gateways(subject.namespace, route, &path)).max(mesh::before_services(
        subject.namespace,
        services,
        &path,
    ))
}

/// The judgement over listed paths: where each stands, the path, and whether somebody asks before it.
fn conclude<'a>(said: impl Iterator<Item = (String, &'a str, Asked)>) -> Judgement {
    let mut is_hidden = false;
    let mut statements = Vec::new();
    for (field, path, asked) in said {
        let path = quoted(path, 80);
        match asked {
            Asked::Yes => {}
            Asked::Hidden => is_hidden = true,
            Asked::No => {
                statements
                    .push(Statement::fail(at(field), format!("nobody asks who is there before {path}")));
            }
            Asked::Unknown(cause) => {
                let message = format!("whether somebody asks who is there before {path} is not known");
                statements.push(Statement::unknown(cause, at(field), message));
            }
        }
    }
    if is_hidden && statements.is_empty() {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    statements.into_iter().collect()
}

#[cfg(test)]
mod tests;
