use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject};
use crate::checks::around::at;
use crate::checks::edge::{Telling, goes_through, holds, says_any};
use crate::inventory::Object;

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
    /// APISIX, AWS or Azure controllers, with another limit than 0, or one of `annotations`. Of objects that an annotation names (a middleware, a
    /// plugin) the name must say so. Routes of the Gateway API are not looked at: what limits them is attached to
    /// them by objects of their controller.
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
    reads: [Service, Ingress],
    parameters: Parameters,
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
    Judgement::require(
        is_limited,
        at("metadata.annotations"),
        "no annotation limits the requests of a client",
    )
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
                Outcome::Pass,
            ),
            (
                "traefik.ingress.kubernetes.io/router.middlewares",
                "shop-compress@kubernetescrd",
                Outcome::Fail,
            ),
            ("konghq.com/plugins", "rate-limiting-by-ip", Outcome::Pass),
            ("nginx.org/policies", "jwt", Outcome::Fail),
        ] {
            assert_eq!(with(json!({key: value})).outcome(), outcome, "{key}: {value}");
        }
    }

    #[test]
    fn a_policy_may_name_others() {
        let own = with(json!({"edge.example/limited": "yes"}));
        assert_eq!(own.outcome(), Outcome::Fail);
        assert_eq!(own.parameters(json!({"annotations": ["edge.example/limited"]})).outcome(), Outcome::Pass);
    }
}
