use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject};
use crate::checks::edge::{Telling, goes_through, holds, says_any, undone};
use crate::inventory::Object;
use crate::inventory::middleware::MiddlewareSpec;

/// Parameters of `ingress-rate-limit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Further annotations, any of which limits requests.
    annotations: Vec<String>,
}

check! {
    /// ## What it checks
    /// An annotation of an Ingress limits how many requests a client may send: one of the nginx, `HAProxy`, Traefik, Kong,
    /// APISIX, AWS or Azure controllers, with another limit than 0, or one of `annotations`. Of the Middlewares of Traefik that an
    /// annotation names one must have `rateLimit` with an `average`, or `inFlightReq` with an `amount`, above 0; what those of another
    /// provider (`@file`) and plugins do cannot be seen (Unknown). Of plugins of Kong or APISIX the name must say so. Routes of
    /// the Gateway API are not looked at: what limits them is attached to them by objects of their controller.
    ///
    /// ## Why it matters
    /// Without a limit one client, broken or hostile, takes what is there for all of them; passwords are tried by the
    /// thousand.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   ingressClassName: nginx
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations: {nginx.ingress.kubernetes.io/limit-rps: "20"}
    /// spec:
    ///   ingressClassName: nginx
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ```
    ///
    /// ## How to fix
    /// Set the annotation of your controller, with a limit well above what one person needs. Where a firewall before
    /// the cluster limits requests, name an annotation that says so in `annotations`.
    ///
    /// ## Parameters
    /// - `annotations`: further annotations, any of which limits requests (default none).
    ///
    /// ## References
    /// - OWASP: Denial of Service Cheat Sheet
    name: "ingress-rate-limit",
    family: Network,
    severity: Medium,
    title: "Every Ingress limits what one client may send",
    profiles: [],
    reads: [Service, Ingress, Middleware],
    parameters: Parameters,
    sight: Named,
    rule: Object([Ingress], evaluate),
}

const LIMITS: &[Telling] = &[
    ("nginx.ingress.kubernetes.io/limit-rps", &[]),
    ("nginx.ingress.kubernetes.io/limit-rpm", &[]),
    ("nginx.ingress.kubernetes.io/limit-connections", &[]),
    ("nginx.ingress.kubernetes.io/global-rate-limit", &[]),
    ("nginx.org/limit-req-rate", &[]),
    ("nginx.org/policies", &["limit"]),
    ("haproxy.org/rate-limit-requests", &[]),
    ("haproxy-ingress.github.io/limit-rps", &[]),
    ("haproxy-ingress.github.io/limit-connections", &[]),
    ("alb.ingress.kubernetes.io/wafv2-acl-arn", &[]),
    ("alb.ingress.kubernetes.io/wafv2-acl-name", &[]),
    ("appgw.ingress.kubernetes.io/waf-policy-for-path", &[]),
];

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    let mut annotations = ingress.metadata.annotations.iter();
    let is_limited = annotations.any(|(key, value)| limits(key, value))
        || goes_through(ingress, &["limit", "throttl"])
        || says_any(ingress, &parameters.annotations);
    if is_limited {
        return Judgement::pass();
    }
    let steps = subject.namespace.steps_of_ingress(ingress);
    if steps.any(MiddlewareSpec::limits) {
        return Judgement::pass();
    }
    undone(&steps, "no annotation limits the requests of a client".to_owned())
}

/// Whether an annotation is a limit. One of 0 requests, or of no number, is none to the controllers.
fn limits(key: &str, value: &str) -> bool {
    let is_known = LIMITS.iter().any(|(known, words)| *known == key && holds(value, words));
    let value = value.trim();
    let unit = value.trim_start_matches('0');
    is_known && !unit.is_empty() && !unit.starts_with("r/")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn with(annotations: Value) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": annotations});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": {}}))
    }

    #[test]
    fn a_limit_is_told_by_an_annotation_of_the_controller() {
        assert_eq!(with(json!({})).fields(), ["metadata.annotations"]);
        for (key, value, outcome) in [
            ("nginx.ingress.kubernetes.io/limit-rps", "20", Outcome::Pass),
            ("nginx.ingress.kubernetes.io/limit-rps", " ", Outcome::Fail),
            ("nginx.ingress.kubernetes.io/limit-rps", "0", Outcome::Fail),
            ("nginx.org/limit-req-rate", "0r/s", Outcome::Fail),
            ("nginx.org/limit-req-rate", "10r/s", Outcome::Pass),
            ("nginx.org/limit-req-rate", "r/s", Outcome::Fail),
            ("alb.ingress.kubernetes.io/wafv2-acl-name", "0edge", Outcome::Pass),
            (
                "traefik.ingress.kubernetes.io/router.middlewares",
                "shop-RateLimit@kubernetescrd",
                Outcome::Fail,
            ),
            ("traefik.ingress.kubernetes.io/router.middlewares", "limit@file", Outcome::Unknown),
            ("konghq.com/plugins", "rate-limiting-by-ip", Outcome::Pass),
            ("nginx.org/policies", "jwt", Outcome::Fail),
        ] {
            assert_eq!(with(json!({key: value})).outcome(), outcome, "{key}: {value}");
        }
    }

    #[test]
    fn a_middleware_of_traefik_limits_by_what_it_says() {
        let middleware = |spec: Value| json!({"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": "edge"}, "spec": spec});
        let of = |spec: Value| {
            let words = "shop-edge@kubernetescrd";
            with(json!({"traefik.ingress.kubernetes.io/router.middlewares": words})).with(middleware(spec))
        };
        assert_eq!(of(json!({"rateLimit": {"average": 100}})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"inFlightReq": {"amount": 10}})).outcome(), Outcome::Pass);
        let none = of(json!({"rateLimit": {"burst": 100}}));
        assert_eq!(none.message(), "no annotation limits the requests of a client");
        assert_eq!(of(json!({"plugin": {"own": {}}})).outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_policy_may_name_others() {
        let own = with(json!({"edge.example/limited": "yes"}));
        assert_eq!(own.outcome(), Outcome::Fail);
        assert_eq!(own.parameters(json!({"annotations": ["edge.example/limited"]})).outcome(), Outcome::Pass);
    }
}
