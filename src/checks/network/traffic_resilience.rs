mod mesh;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::timeouts::{gateway, setting};
use crate::inventory::Object;
use crate::inventory::gateway::{HttpRoute, HttpRouteRule};
use crate::inventory::object::Ingress;

/// Parameters of `traffic-resilience`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Longest that a request may take, tries included.
    max_timeout_seconds: u32,
    /// Most further tries of one request.
    max_retries: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max_timeout_seconds: 60, max_retries: 3 }
    }
}

impl Parameters {
    fn longest(self) -> u64 {
        u64::from(self.max_timeout_seconds) * 1_000
    }
}

check! {
    /// ## What it checks
    /// Each rule of an HTTPRoute that sends to a backend limits how long a request may take (`timeouts.request`, or
    /// `timeouts.backendRequest` times the tries), to at most `maxTimeoutSeconds`. Where it tries again
    /// (`retry`), it says how often, at most `maxRetries` times, and how long it waits in between
    /// (`backoff`). On an Ingress the annotations of the nginx and `HAProxy` controllers for the same are held to the
    /// same limits; one without any has those of its controller.
    ///
    /// Of a VirtualService of Istio each rule for HTTP that sends to a backend is held to the same limits (`timeout`, or
    /// `retries.perTryTimeout` times the tries, and `retries.attempts`). How long it waits in between need not be said: Istio waits
    /// for 25 ms and longer each time, and where nothing is said of tries it makes two more. A DestinationRule cuts a host
    /// off that fails (`outlierDetection`, unless no error counts for it) or limits what waits for it (`connectionPool`:
    /// `maxConnections`, `http1MaxPendingRequests` or `http2MaxRequests`), as a whole or for each port that it names, and takes that back for no
    /// port and no subset. Whether there is one for each Service is not looked at.
    ///
    /// A BackendTrafficPolicy of Envoy Gateway is held to what it sets: `timeout.http.requestTimeout`, or else
    /// `retry.perRetry.timeout` times the tries, and `retry.numRetries` (2 unless given). Pauses and circuit breakers are there without being
    /// asked for. Each route of a ServiceProfile of Linkerd has a `timeout`, and where one is tried again
    /// (`isRetryable`), `retryBudget.retryRatio` allows for at most `maxRetries` further tries for each request (0.2 unless given);
    /// Linkerd does not wait in between. To which routes such an object applies is not looked at.
    ///
    /// ## Why it matters
    /// A backend that hangs holds whoever waits for it, and whoever waits for them. Tries without an end or a pause
    /// turn a slow backend into a dead one.
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
    ///       timeouts: {request: 10s}
    ///       retry: {attempts: 2, backoff: 100ms}
    /// ```
    ///
    /// ## How to fix
    /// Set `timeouts.request` to less than the client waits, and `retry` only where a request may arrive twice.
    ///
    /// ## Parameters
    /// - `maxTimeoutSeconds`: longest that a request may take, tries included (default 60).
    /// - `maxRetries`: most further tries of one request (default 3).
    ///
    /// ## References
    /// - Gateway API documentation: HTTPRoute, timeouts and retries
    /// - Istio documentation: Virtual Service, retries of HTTP
    /// - Istio documentation: Destination Rule, outlier detection
    /// - Envoy Gateway documentation: Retry
    /// - Linkerd documentation: Service Profiles
    name: "traffic-resilience",
    family: Network,
    severity: Low,
    title: "Requests end, and are not tried again for ever",
    profiles: [],
    reads: [
        Service, Ingress, HttpRoute, VirtualService, DestinationRule, BackendTrafficPolicy, ServiceProfile,
    ],
    parameters: Parameters,
    rule: Object(
        [HttpRoute, Ingress, VirtualService, DestinationRule, BackendTrafficPolicy, ServiceProfile],
        evaluate
    ),
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    match subject.object {
        Object::HttpRoute(route) => of_route(route, *parameters),
        Object::Ingress(ingress) => of_ingress(ingress, *parameters),
        Object::VirtualService(one) => mesh::of_virtual_service(one, *parameters),
        Object::DestinationRule(rule) => mesh::of_destination_rule(rule),
        Object::BackendTrafficPolicy(policy) => mesh::of_backend_policy(policy, *parameters),
        Object::ServiceProfile(profile) => mesh::of_profile(profile, *parameters),
        _ => Judgement::default(),
    }
}

fn of_route(route: &HttpRoute, parameters: Parameters) -> Judgement {
    let rules = route.spec.rules.iter().enumerate();
    let mut serving = rules.filter(|(_, rule)| !rule.backend_refs.is_empty()).peekable();
    if serving.peek().is_none() {
        return Judgement::not_applicable("no rule of the route sends requests to a backend");
    }
    serving.flat_map(|(index, rule)| of_rule(&format!("spec.rules[{index}]"), rule, parameters)).collect()
}

/// What is wrong with a limit in milliseconds, which is absent for what is no duration.
fn of_limit(limit: Option<u64>, whose: &str, parameters: Parameters) -> Option<String> {
    match limit {
        None => Some(format!("this is no duration of {whose}")),
        Some(0) => Some("nothing limits how long a request may take".to_owned()),
        Some(limit) if limit > parameters.longest() => {
            let seconds = parameters.max_timeout_seconds;
            Some(format!("a request may take longer than {seconds} s, tries included"))
        }
        Some(_) => None,
    }
}

fn of_rule(path: &str, rule: &HttpRouteRule, parameters: Parameters) -> Vec<Statement> {
    let fail = |field: &str, message: String| Statement::fail(at(format!("{path}.{field}")), message);
    let mut statements = Vec::new();
    let attempts = rule.retry.as_ref().map(|retry| retry.attempts);
    let tries = attempts.map_or(1, |attempts| attempts.unwrap_or(1).max(0).unsigned_abs().saturating_add(1));
    let timeouts = rule.timeouts.as_ref();
    let request = timeouts.and_then(|timeouts| timeouts.request.as_deref());
    let of_try = timeouts.and_then(|timeouts| timeouts.backend_request.as_deref());
    let (field, limit) = match (request, of_try) {
        (Some(request), _) => ("timeouts.request", gateway(request)),
        (None, Some(one)) => ("timeouts.backendRequest", gateway(one).map(|one| one.saturating_mul(tries))),
        (None, None) => ("timeouts", Some(0)),
    };
    let limit = of_limit(limit, "the Gateway API", parameters);
    statements.extend(limit.map(|message| fail(field, message)));
    if let Some(retry) = &rule.retry {
        match retry.attempts {
            None => {
                statements.push(fail("retry", "nothing says how often a request is tried again".to_owned()));
            }
            Some(attempts) if attempts > i64::from(parameters.max_retries) => {
                let most = parameters.max_retries;
                let message = format!("a request is tried again {attempts} times, more than {most}");
                statements.push(fail("retry.attempts", message));
            }
            Some(_) => {}
        }
        if retry.backoff.is_none() {
            statements.push(fail("retry", "nothing says how long to wait before the next try".to_owned()));
        }
    }
    statements
}

/// Annotations that limit how long an answer may take, with the milliseconds of their unit.
const TIMEOUTS: &[(&str, u64)] = &[
    ("nginx.ingress.kubernetes.io/proxy-read-timeout", 1_000),
    ("nginx.ingress.kubernetes.io/proxy-send-timeout", 1_000),
    ("nginx.ingress.kubernetes.io/proxy-connect-timeout", 1_000),
    ("nginx.ingress.kubernetes.io/proxy-next-upstream-timeout", 1_000),
    ("nginx.org/proxy-read-timeout", 1_000),
    ("nginx.org/proxy-connect-timeout", 1_000),
    ("haproxy.org/timeout-server", 1),
    ("haproxy-ingress.github.io/timeout-server", 1),
];

/// Annotations that say how often a request is tried, the first time included; 0 means without an end.
const TRIES: &[&str] =
    &["nginx.ingress.kubernetes.io/proxy-next-upstream-tries", "nginx.org/proxy-next-upstream-tries"];

fn of_ingress(ingress: &Ingress, parameters: Parameters) -> Judgement {
    let annotations = &ingress.metadata.annotations;
    let timeouts = TIMEOUTS.iter().filter_map(|(key, unit)| Some((*key, annotations.get(key)?, *unit)));
    let tries = TRIES.iter().filter_map(|key| Some((*key, annotations.get(key)?)));
    let (timeouts, tries): (Vec<_>, Vec<_>) = (timeouts.collect(), tries.collect());
    if timeouts.is_empty() && tries.is_empty() {
        return Judgement::not_applicable("no annotation says how long requests take; the controller does");
    }
    let field = |key: &str| at(format!("metadata.annotations[{key}]"));
    let timeouts = timeouts.into_iter().filter_map(|(key, value, unit)| {
        let problem = match setting(value, unit) {
            None => format!("{} is no duration", quoted(value, 30)),
            // nginx takes 0 for none of its own here.
            Some(0) if key.ends_with("next-upstream-timeout") => return None,
            Some(0) => "nothing limits how long a request may take".to_owned(),
            Some(limit) if limit > parameters.longest() => {
                format!("a request may take longer than {} s", parameters.max_timeout_seconds)
            }
            Some(_) => return None,
        };
        Some(Statement::fail(field(key), problem))
    });
    let tries = tries.into_iter().filter_map(|(key, value)| {
        let most = u64::from(parameters.max_retries) + 1;
        let problem = match value.trim().parse::<u64>() {
            Err(_) => format!("{} is no number", quoted(value, 30)),
            Ok(0) => "a request is tried again without an end".to_owned(),
            Ok(tries) if tries > most => {
                format!("a request is tried {tries} times, more than {most}")
            }
            Ok(_) => return None,
        };
        Some(Statement::fail(field(key), problem))
    });
    timeouts.chain(tries).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn route(patch: Value) -> ObjectCase {
        let mut rule = json!({"backendRefs": [{"name": "web", "port": 80}]});
        crate::checks::testing::merge(&mut rule, patch);
        let spec = json!({ "rules": [rule] });
        ObjectCase::of(&CHECK, json!({"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": spec}))
    }

    #[test]
    fn requests_have_an_end() {
        assert_eq!(route(json!({})).fields(), ["spec.rules[0].timeouts"]);
        let within = |timeouts: Value| route(json!({ "timeouts": timeouts }));
        assert_eq!(within(json!({"request": "10s"})).outcome(), Outcome::Pass);
        assert_eq!(within(json!({"request": "1m"})).outcome(), Outcome::Pass);
        let long = within(json!({"request": "1m1s"}));
        assert_eq!(long.message(), "a request may take longer than 60 s, tries included");
        assert_eq!(long.parameters(json!({"maxTimeoutSeconds": 61})).outcome(), Outcome::Pass);
        assert_eq!(within(json!({"request": "0s"})).message(), "nothing limits how long a request may take");
        assert_eq!(within(json!({"request": "soon"})).message(), "this is no duration of the Gateway API");
        assert_eq!(route(json!({"backendRefs": null})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn tries_are_few_and_apart() {
        let with = |retry: Value| route(json!({"timeouts": {"request": "10s"}, "retry": retry}));
        assert_eq!(with(json!({"attempts": 3, "backoff": "1s"})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"attempts": 4, "backoff": "1s"})).fields(), ["spec.rules[0].retry.attempts"]);
        assert_eq!(with(json!({"codes": [500]})).judged().findings.len(), 2);
        let each = |limit: &str| {
            route(json!({"timeouts": {"backendRequest": limit}, "retry": {"attempts": 2, "backoff": "1s"}}))
        };
        assert_eq!(each("20s").outcome(), Outcome::Pass);
        assert_eq!(each("21s").fields(), ["spec.rules[0].timeouts.backendRequest"]);
    }

    fn ingress(annotations: Value) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": annotations});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": {}}))
    }

    #[test]
    fn annotations_of_an_ingress_are_held_to_the_same_limits() {
        assert_eq!(ingress(json!({})).outcome(), Outcome::NotApplicable);
        let of = |name: &str, value: &str| {
            ingress(json!({format!("nginx.ingress.kubernetes.io/{name}"): value})).outcome()
        };
        for (value, outcome) in
            [("60", Outcome::Pass), ("3600", Outcome::Fail), ("0", Outcome::Fail), ("x", Outcome::Fail)]
        {
            assert_eq!(of("proxy-read-timeout", value), outcome, "{value}");
        }
        assert_eq!(of("proxy-next-upstream-timeout", "0"), Outcome::Pass);
        for (value, outcome) in
            [("4", Outcome::Pass), ("5", Outcome::Fail), ("0", Outcome::Fail), ("x", Outcome::Fail)]
        {
            assert_eq!(of("proxy-next-upstream-tries", value), outcome, "{value}");
        }
        let server = |value: &str| ingress(json!({"haproxy.org/timeout-server": value})).outcome();
        assert_eq!([server("50000"), server("2m")], [Outcome::Pass, Outcome::Fail]);
    }
}
