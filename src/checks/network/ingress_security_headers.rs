use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, listed};
use crate::checks::edge::{goes_through, holds, says, undone, undone_at};
use crate::checks::labelling::keys;
use crate::inventory::Object;
use crate::inventory::gateway::{HttpRoute, HttpRouteRule};
use crate::inventory::ingress::NGINX_HEADERS;
use crate::inventory::lookup::{Cause, Lookup};
use crate::inventory::object::Ingress;

/// Parameters of `ingress-security-headers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Headers that answers must have.
    headers: Vec<String>,
    /// Names of classes whose controller sends `Strict-Transport-Security` by itself where an Ingress has TLS.
    hsts_classes: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { headers: keys(&[HSTS, "X-Content-Type-Options"]), hsts_classes: keys(&["nginx"]) }
    }
}

const HSTS: &str = "Strict-Transport-Security";

check! {
    /// ## What it checks
    /// The edge adds each of `headers` to answers. On an Ingress an annotation of its controller does: one that holds
    /// the headers (nginx, `HAProxy`), one that names a ConfigMap of the same namespace with them
    /// (`nginx.ingress.kubernetes.io/custom-headers`), one that names Middlewares of Traefik which set them
    /// (`traefik.ingress.kubernetes.io/router.middlewares`), or a plugin of Kong or APISIX whose name says so: that is not
    /// looked at. On an HTTPRoute each rule with backends has a filter `ResponseHeaderModifier` that sets or adds them, or
    /// one that names such a Middleware (`ExtensionRef`).
    ///
    /// Of a Middleware (`traefik.io`) `headers` is read, also where others stand for it (`chain`); the first that sets a header or
    /// takes it out counts. `stsSeconds` above 0 sets `Strict-Transport-Security`: on answers over TLS, or on all; elsewhere
    /// browsers do not heed it. One that does not exist sets nothing. What those of another provider (`@file`) and plugins
    /// do cannot be seen (Unknown); those of other namespaces are out of scope of a ReadinessPolicy, and those of the group
    /// `traefik.containo.us`, which Traefik 3 does not read, are not looked at. What the workload itself
    /// answers, and what a controller adds for all of its Ingresses, is not looked at, but for
    /// `Strict-Transport-Security` of `hstsClasses`.
    ///
    /// ## Why it matters
    /// A browser does what a page says unless a header forbids it: a first request goes out without TLS, a picture runs
    /// as a script, a foreign page shows the shop in a frame of its own.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web}
    /// spec:
    ///   parentRefs: [{name: edge}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web}
    /// spec:
    ///   parentRefs: [{name: edge}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    ///       filters:
    ///         - type: ResponseHeaderModifier
    ///           responseHeaderModifier:
    ///             set:
    ///               - {name: Strict-Transport-Security, value: max-age=31536000}
    ///               - {name: X-Content-Type-Options, value: nosniff}
    /// ```
    ///
    /// ## How to fix
    /// Add the filter, or the annotation of your controller. Where the application answers with the headers itself, leave
    /// the check out.
    ///
    /// ## Parameters
    /// - `headers`: headers that answers must have (default `Strict-Transport-Security` and `X-Content-Type-Options`).
    /// - `hstsClasses`: names of classes whose controller sends `Strict-Transport-Security` by itself where an Ingress
    ///   has TLS (default `nginx`).
    ///
    /// ## References
    /// - OWASP: HTTP Security Response Headers Cheat Sheet
    /// - Traefik documentation: Headers
    name: "ingress-security-headers",
    family: Network,
    severity: Low,
    title: "The edge tells browsers what they must not do",
    profiles: [],
    reads: [Service, Ingress, HttpRoute, ConfigMap, Middleware],
    parameters: Parameters,
    sight: Named,
    rule: Object([Ingress, HttpRoute], evaluate),
}

/// Annotations whose value holds headers.
const HOLDING: &[&str] = &[
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
    "nginx.org/server-snippets",
    "nginx.org/location-snippets",
    "nginx.org/add-header",
    "haproxy.org/response-set-header",
    "haproxy-ingress.github.io/headers",
    "haproxy-ingress.github.io/config-backend",
];

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    match subject.object {
        Object::Ingress(ingress) => of_ingress(subject, ingress, parameters),
        Object::HttpRoute(route) => of_route(subject, route, &parameters.headers),
        _ => Judgement::default(),
    }
}

fn of_ingress(subject: &ObjectSubject<'_>, ingress: &Ingress, parameters: &Parameters) -> Judgement {
    if goes_through(ingress, &["header", "secur", "hsts"]) {
        return Judgement::pass();
    }
    let by_controller = |header: &str| {
        let of_class = |class: &str| parameters.hsts_classes.iter().any(|own| own == class);
        let is_turned_on = || says(ingress, "haproxy-ingress.github.io/hsts", &["true"]);
        header.eq_ignore_ascii_case(HSTS)
            && !ingress.spec.tls.is_empty()
            && (is_turned_on() || ingress.class().is_some_and(of_class))
    };
    let holding = ingress.metadata.annotations.iter().filter(|(key, _)| HOLDING.contains(key));
    let held: Vec<&str> = holding.map(|(_, value)| value).collect();
    let is_held = |header: &str| held.iter().any(|value| holds(value, &[&header.to_ascii_lowercase()]));
    let mut missing: Vec<&str> = parameters.headers.iter().map(String::as_str).collect();
    let steps = subject.namespace.steps_of_ingress(ingress);
    missing.retain(|header| !by_controller(header) && !is_held(header) && !steps.set(header));
    if missing.is_empty() {
        return Judgement::pass();
    }
    let field = format!("metadata.annotations[{NGINX_HEADERS}]");
    match in_map(subject, ingress) {
        Some(Ok(given)) => missing.retain(|header| !given.iter().any(|own| own.eq_ignore_ascii_case(header))),
        Some(Err(cause)) => {
            let message = "which headers the ConfigMap of the annotation holds is not known";
            return Statement::unknown(cause, at(field), message).into();
        }
        None => {}
    }
    if missing.is_empty() {
        return Judgement::pass();
    }
    undone(&steps, format!("nothing adds {} to answers", listed(missing.iter().copied())))
}

/// The headers in the ConfigMap that the Ingress names for them, if it names one.
fn in_map(subject: &ObjectSubject<'_>, ingress: &Ingress) -> Option<Result<Vec<String>, Cause>> {
    let (namespace, name) = ingress.header_map()?;
    if namespace != subject.namespace.name() {
        return Some(Err(Cause::Undecidable));
    }
    match subject.namespace.config_map(name) {
        Lookup::Found(map) => Some(Ok(map.keys.iter().map(str::to_owned).collect())),
        Lookup::Missing => Some(Ok(Vec::new())),
        Lookup::Unknown(cause) => Some(Err(cause)),
    }
}

fn of_route(subject: &ObjectSubject<'_>, route: &HttpRoute, wanted: &[String]) -> Judgement {
    let rules = route.spec.rules.iter().enumerate();
    let mut serving = rules.filter(|(_, rule)| !rule.backend_refs.is_empty()).peekable();
    if serving.peek().is_none() {
        return Judgement::not_applicable("no rule of the route sends requests to a backend");
    }
    let mut is_hidden = false;
    let mut statements = Vec::new();
    for (index, rule) in serving {
        let steps = subject.namespace.steps_of_rule(rule);
        let mut missing: Vec<&str> = wanted.iter().map(String::as_str).collect();
        missing.retain(|header| !adds(rule, header) && !steps.set(header));
        if missing.is_empty() {
            continue;
        }
        let message = format!("no filter adds {} to answers", listed(missing.iter().copied()));
        let said = undone_at(&steps, &format!("spec.rules[{index}].filters"), message);
        is_hidden |= said.is_none();
        statements.extend(said);
    }
    if is_hidden && statements.is_empty() {
        return Judgement::not_applicable(OUT_OF_SCOPE);
    }
    statements.into_iter().collect()
}

fn adds(rule: &HttpRouteRule, header: &str) -> bool {
    let modifiers = rule.filters.iter().map(|filter| &filter.response_header_modifier);
    let mut headers = modifiers.flat_map(|modifier| modifier.set.iter().chain(&modifier.add));
    headers.any(|own| own.name.eq_ignore_ascii_case(header))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn ingress(class: &str, annotations: Value) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": annotations});
        let spec = json!({"ingressClassName": class, "tls": [{"secretName": "web-tls"}]});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": spec}))
    }

    #[test]
    fn an_annotation_holds_the_headers() {
        let none = ingress("own", json!({}));
        assert_eq!(
            none.message(),
            "nothing adds Strict-Transport-Security, X-Content-Type-Options to answers"
        );
        let nginx = ingress("nginx", json!({}));
        assert_eq!(nginx.message(), "nothing adds X-Content-Type-Options to answers");
        let told = |hsts: &str| ingress("own", json!({"haproxy-ingress.github.io/hsts": hsts})).message();
        assert_eq!(told("true"), nginx.message());
        assert_eq!(told("false"), none.message());
        let set = "Strict-Transport-Security \"max-age=1\"\nx-content-type-options nosniff";
        assert_eq!(ingress("own", json!({"haproxy.org/response-set-header": set})).outcome(), Outcome::Pass);
        assert_eq!(ingress("own", json!({"konghq.com/plugins": "secure-headers"})).outcome(), Outcome::Pass);
        let other = ingress("own", json!({})).parameters(json!({"headers": []}));
        assert_eq!(other.outcome(), Outcome::Pass);
    }

    #[test]
    fn a_config_map_holds_them() {
        let named = |name: &str| ingress("nginx", json!({NGINX_HEADERS: name}));
        let map = json!({"kind": "ConfigMap", "metadata": {"name": "headers"}, "data": {"X-Content-Type-Options": "nosniff"}});
        assert_eq!(named("shop/headers").with(map.clone()).outcome(), Outcome::Pass);
        assert_eq!(named("headers").with(map.clone()).outcome(), Outcome::Pass);
        assert_eq!(named("shop/gone").with(map.clone()).outcome(), Outcome::Fail);
        assert_eq!(named("infra/headers").with(map).outcome(), Outcome::Unknown, "out of sight");
        assert_eq!(named("shop/headers").coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }

    #[test]
    fn every_rule_of_a_route_with_backends_adds_them() {
        let route = |rules: Value| {
            ObjectCase::of(
                &CHECK,
                json!({"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": {"rules": rules}}),
            )
        };
        let backends = json!([{"name": "web", "port": 80}]);
        let modifier = json!({"set": [{"name": "strict-transport-security"}], "add": [{"name": "X-Content-Type-Options"}]});
        let filters = json!([{"type": "ResponseHeaderModifier", "responseHeaderModifier": modifier}]);
        let good = json!({"backendRefs": backends, "filters": filters});
        assert_eq!(route(json!([good])).outcome(), Outcome::Pass);
        assert_eq!(route(json!([good, {"backendRefs": backends}])).fields(), ["spec.rules[1].filters"]);
        let redirect = json!([{"filters": [{"type": "RequestRedirect"}]}]);
        assert_eq!(route(redirect).outcome(), Outcome::NotApplicable);
    }

    const MIDDLEWARES: &str = "traefik.ingress.kubernetes.io/router.middlewares";

    fn middleware(name: &str, spec: Value) -> Value {
        json!({"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": name}, "spec": spec})
    }

    fn secure() -> Value {
        middleware("secure", json!({"headers": {"stsSeconds": 31_536_000, "contentTypeNosniff": true}}))
    }

    #[test]
    fn middlewares_of_traefik_set_what_they_say() {
        let named = |words: &str| ingress("own", json!({MIDDLEWARES: words})).with(secure());
        assert_eq!(named("shop-secure@kubernetescrd").outcome(), Outcome::Pass);
        let chain = middleware("chain", json!({"chain": {"middlewares": [{"name": "secure"}]}}));
        assert_eq!(named("shop-chain@kubernetescrd").with(chain).outcome(), Outcome::Pass);
        let half = middleware("security", json!({"headers": {"stsSeconds": 31_536_000}}));
        let half = named("shop-security@kubernetescrd").with(half);
        assert_eq!(half.message(), "nothing adds X-Content-Type-Options to answers", "whatever its name");
        let gone = named("shop-secure-headers@kubernetescrd").everywhere();
        assert_eq!(
            gone.message(),
            "nothing adds Strict-Transport-Security, X-Content-Type-Options to answers; \
             the Middleware shop-secure-headers does not exist"
        );
        assert_eq!(gone.fields(), [format!("metadata.annotations[{MIDDLEWARES}]")]);
        assert_eq!(named("infra-secure@kubernetescrd").outcome(), Outcome::NotApplicable, "out of sight");
        assert_eq!(named("infra-secure@kubernetescrd").everywhere().outcome(), Outcome::Fail);
    }

    #[test]
    fn of_a_middleware_that_cannot_be_looked_at_it_is_not_known() {
        let named = |words: &str| ingress("own", json!({MIDDLEWARES: words}));
        let file = named("secure-headers@file");
        assert_eq!(file.outcome(), Outcome::Unknown);
        assert_eq!(file.message(), "what the middleware secure-headers@file does cannot be seen here");
        let both = named("secure@file,shop-secure@kubernetescrd").with(secure());
        assert_eq!(both.outcome(), Outcome::Pass);
        let hidden = named("shop-secure@kubernetescrd").coverage(Coverage::Forbidden);
        assert_eq!(hidden.fields(), [format!("metadata.annotations[{MIDDLEWARES}]")]);
        assert_eq!(hidden.message(), "what the Middleware shop-secure does is not known");
        let not_served = named("shop-secure@kubernetescrd").coverage(Coverage::NotServed);
        assert_eq!(not_served.outcome(), Outcome::Unknown, "it may be of Traefik's former group");
    }

    #[test]
    fn a_filter_of_a_route_may_name_one() {
        let step = json!({"group": "traefik.io", "kind": "Middleware", "name": "secure"});
        let filters = json!([{"type": "ExtensionRef", "extensionRef": step}]);
        let rules = json!([{"backendRefs": [{"name": "web", "port": 80}], "filters": filters}]);
        let route = json!({"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": {"rules": rules}});
        let route = || ObjectCase::of(&CHECK, route.clone());
        assert_eq!(route().fields(), ["spec.rules[0].filters"]);
        assert_eq!(route().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(route().with(secure()).outcome(), Outcome::Pass);
        let elsewhere = json!({"chain": {"middlewares": [{"name": "secure", "namespace": "infra"}]}});
        let elsewhere = || route().with(middleware("secure", elsewhere.clone()));
        assert_eq!(elsewhere().outcome(), Outcome::NotApplicable);
        assert!(elsewhere().everywhere().message().ends_with("the Middleware infra/secure does not exist"));
    }
}
