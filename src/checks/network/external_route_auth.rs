use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::checks::edge::{Telling, goes_through, says_any, told};
use crate::checks::globs::Globs;
use crate::inventory::Object;
use crate::inventory::object::Ingress;

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
    /// Whoever asks for one of `paths` through an Ingress is asked who they are before the request reaches the workload:
    /// an annotation of the nginx, `HAProxy`, Traefik, Kong, APISIX or AWS controllers says so, or one of `annotations`.
    /// Of objects that an annotation names (a middleware, a plugin) the name must say so. A path of an Ingress is
    /// compared as it is written; that `/` leads to `/admin` too is not looked at. Routes of the Gateway API and of
    /// meshes are not looked at: what guards them is attached to them by objects of their controller.
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
    /// Put the path into an Ingress of its own with the annotation by which your controller asks a login service, or
    /// take it out of the Ingress where nobody outside needs it.
    ///
    /// ## Parameters
    /// - `paths`: paths that only somebody may reach who is known, with `*` for any characters (default those where
    ///   consoles lie: `/admin`, `/admin/*`, `/actuator`, `/actuator/*`, `/debug`, `/debug/*`, `/internal/*`, `/metrics`).
    /// - `annotations`: further annotations, any of which asks who is there (default none).
    ///
    /// ## References
    /// - OWASP: Authentication Cheat Sheet
    name: "external-route-auth",
    family: Network,
    severity: Medium,
    title: "Paths for a few ask who is there",
    profiles: [],
    reads: [Service, Ingress],
    parameters: Parameters,
    rule: Object([Ingress], evaluate),
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

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    let listed = listed(ingress, &parameters.paths);
    if listed.is_empty() {
        return Judgement::not_applicable("the Ingress serves none of the paths that only a few may reach");
    }
    let is_guarded = told(ingress, GUARDS).is_some()
        || goes_through(ingress, &["auth", "jwt", "oidc", "login", "sso"])
        || says_any(ingress, &parameters.annotations);
    let open = listed.into_iter().filter(|_| !is_guarded);
    open.map(|(field, path)| {
        Statement::fail(at(field), format!("nobody asks who is there before {}", quoted(path, 80)))
    })
    .collect()
}

/// The paths that are meant, each with where it stands.
fn listed<'a>(ingress: &'a Ingress, wanted: &Globs) -> Vec<(String, &'a str)> {
    let rules = ingress.spec.rules.iter().enumerate();
    let paths = rules.flat_map(|(rule, one)| {
        let paths = one.http.paths.iter().enumerate();
        paths.map(move |(index, path)| {
            (format!("spec.rules[{rule}].http.paths[{index}].path"), path.path.as_str())
        })
    });
    paths.filter(|(_, path)| wanted.match_any(path)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn with(path: &str, annotations: Value) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": annotations});
        let paths = json!([{"path": "/", "pathType": "Prefix"}, {"path": path, "pathType": "Prefix"}]);
        let spec = json!({"rules": [{"host": "a.example", "http": {"paths": paths}}]});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": spec}))
    }

    #[test]
    fn only_paths_that_are_listed_need_a_guard() {
        let admin = with("/admin/users", json!({}));
        assert_eq!(admin.fields(), ["spec.rules[0].http.paths[1].path"]);
        assert_eq!(admin.message(), "nobody asks who is there before /admin/users");
        assert_eq!(with("/shop", json!({})).outcome(), Outcome::NotApplicable);
        assert_eq!(with("/administration", json!({})).outcome(), Outcome::NotApplicable);
        let every = with("/shop", json!({})).parameters(json!({"paths": ["*"]}));
        assert_eq!(every.fields().len(), 2);
    }

    #[test]
    fn a_guard_is_told_by_an_annotation_of_the_controller() {
        for (key, value, outcome) in [
            ("nginx.ingress.kubernetes.io/auth-url", "https://login.example", Outcome::Pass),
            ("alb.ingress.kubernetes.io/auth-type", "oidc", Outcome::Pass),
            ("alb.ingress.kubernetes.io/auth-type", "none", Outcome::Fail),
            (
                "traefik.ingress.kubernetes.io/router.middlewares",
                "edge-forward-auth@kubernetescrd",
                Outcome::Pass,
            ),
            ("konghq.com/plugins", "cors", Outcome::Fail),
        ] {
            assert_eq!(with("/admin", json!({key: value})).outcome(), outcome, "{key}: {value}");
        }
        let own = with("/admin", json!({"edge.example/login": "staff"}));
        assert_eq!(own.parameters(json!({"annotations": ["edge.example/login"]})).outcome(), Outcome::Pass);
    }
}
