use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::object::Ingress;

check! {
    /// ## What it checks
    /// No annotation of an Ingress puts configuration of its own into the controller: none whose name ends in
    /// `-snippet` or `-snippets`, and no value for an nginx controller that holds a line break, braces or Lua. No
    /// path holds such a thing, or leads into directories of the controller's own files (`/etc`, `/root`,
    /// `/var/run/secrets`).
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
    /// configuration, or in the application.
    ///
    /// ## References
    /// - CVE-2021-25742, CVE-2021-25745, CVE-2021-25746: ingress-nginx
    name: "ingress-unsafe-annotations",
    family: Network,
    severity: High,
    title: "No Ingress puts configuration into its controller",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress],
    parameters: NoParameters,
    rule: Object([Ingress], evaluate),
}

/// Prefixes of annotations whose values an nginx controller puts into its configuration.
const NGINX: &[&str] = &["nginx.ingress.kubernetes.io/", "nginx.org/"];

/// Where the controller's own files lie.
const OWN_FILES: &[&str] = &["/etc", "/root", "/var/run/secrets", "/var/run/kubernetes"];

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    in_annotations(ingress).into_iter().chain(in_paths(ingress)).collect()
}

fn in_annotations(ingress: &Ingress) -> Vec<Statement> {
    let annotations = ingress.metadata.annotations.iter();
    let unsafe_ones = annotations.filter_map(|(key, value)| {
        let message = if is_snippet(key) {
            "the annotation puts configuration into the controller"
        } else if NGINX.iter().any(|prefix| key.starts_with(prefix)) && holds_configuration(value) {
            "the value of the annotation can put configuration into the controller"
        } else {
            return None;
        };
        Some(Statement::fail(at(format!("metadata.annotations[{key}]")), message))
    });
    unsafe_ones.collect()
}

fn is_snippet(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    key.contains('/') && (name.ends_with("-snippet") || name.ends_with("-snippets"))
}

fn holds_configuration(text: &str) -> bool {
    text.trim_end().contains(['\n', '\r', '{', '}']) || text.contains("_by_lua")
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
        ] {
            assert_eq!(annotated(key, "x").fields(), [format!("metadata.annotations[{key}]")]);
        }
        assert_eq!(annotated("example.com/about-snippets", "x").outcome(), Outcome::Fail);
        assert_eq!(annotated("nginx.ingress.kubernetes.io/snippet-owner", "x").outcome(), Outcome::Pass);
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
    }

    #[test]
    fn paths_hold_no_configuration_and_lead_to_no_files_of_the_controller() {
        for path in ["/x;{", "/a\nb", "/etc/passwd", "/var/run/secrets/kubernetes.io"] {
            assert_eq!(at_path(path), Outcome::Fail, "{path}");
        }
        for path in ["/", "/etcetera", "/api(/|$)(.*)", "/root-cause"] {
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
