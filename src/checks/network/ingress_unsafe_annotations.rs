use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::config_map::{ALLOW_SNIPPETS, ConfigMap};
use crate::inventory::object::Ingress;

check! {
    /// ## What it checks
    /// No annotation of an Ingress puts configuration of its own into the controller: none whose name ends in
    /// `-snippet` or `-snippets`, none by which `HAProxy` Ingress takes lines of configuration
    /// (`haproxy-ingress.github.io/config-backend` and its like), and no value for an nginx controller that ends a directive (`;`) or holds a line
    /// break, a block in braces or Lua. Braces of a variable (`${request_uri}`) and of a repetition in a pattern
    /// (`[0-9]{1,2}`) are none. No path holds such a thing, or leads into directories of the controller's own files
    /// (`/etc`, `/root`, `/var/run/secrets`). No ConfigMap lets every Ingress do so, with
    /// `allow-snippet-annotations: "true"`. Whether the controller's own version is one with a known flaw is told by
    /// `known-exploit-config`.
    ///
    /// ## Why it matters
    /// The controller reads the Secrets of every namespace. Whoever may write an Ingress and gets configuration
    /// into it reads them too, and sees the requests of everybody.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/server-snippet: "location /x { return 200; }"
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/proxy-body-size: 8m
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ```
    ///
    /// ## How to fix
    /// Remove the annotation; say what is meant with one of the controller's own settings, in the controller's
    /// configuration, or in the application. Remove `allow-snippet-annotations` from the controller's ConfigMap.
    ///
    /// ## References
    /// - CVE-2021-25742, CVE-2021-25745, CVE-2021-25746, CVE-2025-24514: ingress-nginx
    name: "ingress-unsafe-annotations",
    family: Network,
    severity: High,
    title: "No Ingress puts configuration into its controller",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, ConfigMap],
    parameters: NoParameters,
    rule: Object([Ingress, ConfigMap], evaluate),
}

/// Prefixes of annotations whose values an nginx controller puts into its configuration.
const NGINX: &[&str] = &["nginx.ingress.kubernetes.io/", "nginx.org/"];

/// Prefixes of the annotations of `HAProxy` Ingress, whose names begin with `config-` where the value is lines of its
/// configuration.
const HAPROXY: &[&str] = &["haproxy-ingress.github.io", "ingress.kubernetes.io"];

/// Where the controller's own files lie.
const OWN_FILES: &[&str] = &["/etc", "/root", "/var/run/secrets", "/var/run/kubernetes"];

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    match subject.object {
        Object::Ingress(ingress) => in_annotations(ingress).into_iter().chain(in_paths(ingress)).collect(),
        Object::ConfigMap(map) => in_settings(map).into_iter().collect(),
        _ => Judgement::default(),
    }
}

fn in_settings(map: &ConfigMap) -> Option<Statement> {
    let allows = map.values.as_deref().is_some_and(|values| values.allows_snippets);
    allows.then(|| {
        let message = "the controller takes configuration from the annotations of every Ingress";
        Statement::fail(at(format!("data[{ALLOW_SNIPPETS}]")), message)
    })
}

fn in_annotations(ingress: &Ingress) -> Vec<Statement> {
    let annotations = ingress.metadata.annotations.iter();
    let unsafe_ones = annotations.filter_map(|(key, value)| {
        let message = if is_snippet(key) {
            "the annotation puts configuration into the controller"
        } else if NGINX.iter().any(|prefix| key.starts_with(prefix))
            && (holds_configuration(value) || ends_directive(key, value))
        {
            "the value of the annotation can put configuration into the controller"
        } else {
            return None;
        };
        Some(Statement::fail(at(format!("metadata.annotations[{key}]")), message))
    });
    unsafe_ones.collect()
}

fn is_snippet(key: &str) -> bool {
    let Some((prefix, name)) = key.rsplit_once('/') else { return false };
    let is_lines = HAPROXY.contains(&prefix) && name.starts_with("config-");
    is_lines || name.ends_with("-snippet") || name.ends_with("-snippets")
}

fn holds_configuration(text: &str) -> bool {
    text.trim_end().contains(['\n', '\r']) || holds_block(text) || text.contains("_by_lua")
}

/// Whether braces are others than those of variables, and of repetitions in a pattern.
fn holds_block(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else { return true };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_variable = before.ends_with('$') && inside.bytes().all(is_word);
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b',';
        let is_repetition = inside.bytes().all(is_number);
        if before.contains('}') || inside.is_empty() || !(is_variable || is_repetition) {
            return true;
        }
        rest = behind;
    }
    rest.contains('}')
}

/// Annotations with lists in which a semicolon stands between two entries.
const LISTS: &[&str] = &["nginx.org/rewrites"];

/// Annotations whose values are used as they are written, so that what stands in quotation marks is a text: attributes
/// of a cookie are added so.
const QUOTED: &[&str] =
    &["nginx.ingress.kubernetes.io/proxy-cookie-path", "nginx.ingress.kubernetes.io/proxy-cookie-domain"];

/// Whether a value ends the directive that it is a part of, so that another can follow.
fn ends_directive(key: &str, value: &str) -> bool {
    if LISTS.contains(&key) {
        return false;
    }
    if !QUOTED.contains(&key) {
        return value.contains(';');
    }
    let is_open = value.matches('"').count() % 2 == 1;
    is_open || value.split('"').step_by(2).any(|outside| outside.contains(';'))
}

fn in_paths(ingress: &Ingress) -> Vec<Statement> {
    let rules = ingress.spec.rules.iter().enumerate();
    let paths = rules.flat_map(|(rule, one)| {
        let paths = one.http.paths.iter().enumerate();
        paths.map(move |(path, one)| {
            (format!("spec.rules[{rule}].http.paths[{path}].path"), one.path.as_str())
        })
    });
    let unsafe_ones = paths.filter_map(|(field, path)| {
        let shown = quoted(path, 80);
        let message = if holds_configuration(path) || path.contains(';') {
            format!("the path {shown} can put configuration into the controller")
        } else if OWN_FILES.iter().any(|own| is_below(path, own)) {
            format!("the path {shown} leads to the controller's own files")
        } else {
            return None;
        };
        Some(Statement::fail(at(field), message))
    });
    unsafe_ones.collect()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, rule};
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn annotated(key: &str, value: &str) -> ObjectCase {
        let metadata = json!({"name": "web", "annotations": {key: value}});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": {}}))
    }

    fn at_path(path: &str) -> Outcome {
        let paths = json!([{"path": path, "backend": {"service": {"name": "web"}}}]);
        let spec = json!({"rules": [{"http": {"paths": paths}}]});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": spec}))
            .outcome()
    }

    #[test]
    fn snippets_of_whatever_controller_are_unsafe() {
        for key in [
            "nginx.ingress.kubernetes.io/configuration-snippet",
            "nginx.ingress.kubernetes.io/auth-snippet",
            "nginx.org/server-snippets",
            "haproxy.org/backend-config-snippet",
            "haproxy-ingress.github.io/config-backend",
            "haproxy-ingress.github.io/config-backend-early",
            "ingress.kubernetes.io/config-frontend",
        ] {
            assert_eq!(annotated(key, "x").fields(), [format!("metadata.annotations[{key}]")]);
        }
        assert_eq!(annotated("example.com/about-snippets", "x").outcome(), Outcome::Fail);
        assert_eq!(annotated("nginx.ingress.kubernetes.io/snippet-owner", "x").outcome(), Outcome::Pass);
        assert_eq!(annotated("haproxy-ingress.github.io/headers", "x").outcome(), Outcome::Pass);
        assert_eq!(annotated("example.com/config-backend", "x").outcome(), Outcome::Pass);
    }

    #[test]
    fn values_for_nginx_hold_no_configuration() {
        let of = |value: &str| annotated("nginx.ingress.kubernetes.io/rewrite-target", value).outcome();
        for value in ["/$1\nlua {}", "/ { }", "access_by_lua_block"] {
            assert_eq!(of(value), Outcome::Fail, "{value}");
        }
        for value in ["/$1", "/\n", "https://auth.example/start?rd=$escaped_request_uri"] {
            assert_eq!(of(value), Outcome::Pass, "{value}");
        }
        assert_eq!(annotated("example.com/data", "{\"a\": 1}").outcome(), Outcome::Pass, "not for nginx");
        let of = |key: &str, value: &str| annotated(&format!("nginx.{key}"), value).outcome();
        for (key, value, outcome) in [
            ("ingress.kubernetes.io/auth-url", "http://a.example/#;load_module /proc/1/fd/9;", Outcome::Fail),
            ("ingress.kubernetes.io/server-alias", "a b; alias /etc/;", Outcome::Fail),
            ("ingress.kubernetes.io/mirror-target", "https://x/;#", Outcome::Fail),
            ("ingress.kubernetes.io/proxy-cookie-path", "/ \"/; Secure\"", Outcome::Pass),
            ("ingress.kubernetes.io/proxy-cookie-path", "/ /; alias /etc/", Outcome::Fail),
            ("ingress.kubernetes.io/proxy-cookie-path", "/ \"/; Secure", Outcome::Fail),
            ("ingress.kubernetes.io/upstream-hash-by", "${request_uri}-text", Outcome::Pass),
            ("ingress.kubernetes.io/server-alias", "~^[a-z]{2,3}[.]shop[.]example$", Outcome::Pass),
            ("ingress.kubernetes.io/auth-tls-match-cn", "CN=a }", Outcome::Fail),
            ("org/rewrites", "serviceName=a rewrite=/;serviceName=b rewrite=/b/", Outcome::Pass),
            // The request that it makes is answered by the application.
            ("ingress.kubernetes.io/rewrite-target", "/etc/passwd", Outcome::Pass),
        ] {
            assert_eq!(of(key, value), outcome, "{key}: {value}");
        }
    }

    #[test]
    fn a_controller_does_not_take_configuration_from_every_ingress() {
        let of = |value: &str| {
            let data = json!({"allow-snippet-annotations": value, "use-gzip": "true"});
            ObjectCase::of(&CHECK, json!({"kind": "ConfigMap", "metadata": {"name": "nginx"}, "data": data}))
        };
        for value in ["true", "True", "1"] {
            assert_eq!(of(value).fields(), ["data[allow-snippet-annotations]"], "{value}");
        }
        assert_eq!(of("false").outcome(), Outcome::Pass);
    }

    #[test]
    fn paths_hold_no_configuration_and_lead_to_no_files_of_the_controller() {
        for path in
            ["/x;{", "/{abc}", "/x{}", "/a}{1}", "/a\nb", "/etc/passwd", "/var/run/secrets/kubernetes.io"]
        {
            assert_eq!(at_path(path), Outcome::Fail, "{path}");
        }
        for path in ["/", "/etcetera", "/api(/|$)(.*)", "/root-cause", "/v[0-9]{1,2}/(.*)"] {
            assert_eq!(at_path(path), Outcome::Pass, "{path}");
        }
    }

    fn behind(path: &str) -> Case {
        let mut rules: Value = rule("a.example", &[backend("web", json!({"number": 80}))]);
        rules["http"]["paths"][0]["path"] = json!(path);
        behind_ingress(&CHECK, json!({"rules": [rules]}))
    }

    #[test]
    fn the_finding_is_on_the_workloads_behind_the_ingress() {
        let found = behind("/etc").judged().findings.remove(0);
        assert_eq!(found.object.unwrap().to_string(), "Ingress shop/edge");
        assert_eq!(behind("/").outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
        assert_eq!(behind("/").coverage(Coverage::Partial).outcome(), Outcome::Unknown, "rule 44");
    }
}
