use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::at;
use crate::checks::edge::undone;
use crate::inventory::Object;
use crate::inventory::ingress::TRAEFIK_MIDDLEWARES;
use crate::inventory::lookup::Cause;
use crate::inventory::middleware::MiddlewareSpec;
use crate::inventory::object::Ingress;

/// Parameters of `https-redirect-configured`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Names of classes whose controller redirects to HTTPS by itself where an Ingress has TLS.
    redirecting_classes: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { redirecting_classes: ["nginx", "haproxy"].map(str::to_owned).into() }
    }
}

check! {
    /// ## What it checks
    /// An Ingress with TLS sends requests without it to HTTPS, or takes none: by an annotation of its controller,
    /// or because its class is one whose controller does so by itself (`redirectingClasses`) and no annotation
    /// turns that off. Known are the annotations of the nginx, `HAProxy`, Traefik, Contour, Kong and Cilium controllers
    /// and of the load balancers of AWS, Azure and Google. Where the name of the class says whose it is (`nginx`,
    /// `traefik-internal`), annotations of others count for nothing, for nobody listens to them. Booleans are read as Go reads
    /// them (`0`, `f` and `FALSE` turn off), `ssl-redirect` of AWS is a port, and an action of AWS (`actions.ssl-redirect`)
    /// counts where a path does it. What a FrontendConfig of Google says is not read, only that one is named. Of the Middlewares
    /// of Traefik that an annotation names one must have `redirectScheme` with `scheme: https`; what `redirectRegex` and plugins do,
    /// and Middlewares of another provider (`@file`), cannot be seen (Unknown). An Ingress without TLS is the business of `ingress-tls`.
    ///
    /// Routes of the Gateway API are told of by `gateway-tls` alone: where a Gateway listens for plain HTTP, it demands of
    /// every rule of every HTTPRoute there a `RequestRedirect` filter to HTTPS, so that this check would say the same again. Where a
    /// Gateway does not, or no route is there, nobody is served without TLS.
    ///
    /// ## Why it matters
    /// People type a host without `https://`. What they send then, cookies and passwords among it, can be read on
    /// its way, and nobody notices, for the page works.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false"}
    /// spec:
    ///   ingressClassName: nginx
    ///   tls: [{hosts: [www.shop.example], secretName: web-tls}]
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
    ///   annotations: {alb.ingress.kubernetes.io/ssl-redirect: "443"}
    /// spec:
    ///   ingressClassName: alb
    ///   tls: [{hosts: [www.shop.example], secretName: web-tls}]
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    /// ```
    ///
    /// ## How to fix
    /// Remove the annotation that turns the redirect off, or set the one of your controller that turns it on. Where
    /// the controller redirects by its own configuration, name the class in `redirectingClasses`.
    ///
    /// ## Parameters
    /// - `redirectingClasses`: names of classes whose controller redirects by itself where an Ingress has TLS
    ///   (default `nginx` and `haproxy`).
    ///
    /// ## References
    /// - RFC 6797, section 7.2: HTTP Request Type
    name: "https-redirect-configured",
    family: Tls,
    severity: Medium,
    title: "Requests without TLS are sent to HTTPS",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, Middleware],
    parameters: Parameters,
    sight: Named,
    rule: Object([Ingress], evaluate),
}

/// Words in the names of classes that tell whose they are; a class without any may be anybody's.
const CONTROLLERS: &[&str] =
    &["nginx", "haproxy", "alb", "azure", "gce", "cilium", "traefik", "kong", "contour"];

/// An annotation, and the controllers that listen to it.
struct Annotation {
    key: &'static str,
    of: &'static [&'static str],
}

const fn of(of: &'static [&'static str], key: &'static str) -> Annotation {
    Annotation { key, of }
}

/// What an annotation says by which its controller redirects, or does not.
#[derive(Clone, Copy)]
enum Said {
    /// A boolean as Go reads it, which is how most controllers do.
    Boolean(bool),
    /// A word, in whatever case.
    Word(&'static str),
    /// The number of a port.
    Port,
    /// The name of something.
    Name,
}

/// Annotations that redirect where they say this.
const ON: &[(Annotation, Said)] = &[
    (of(&["nginx"], "nginx.ingress.kubernetes.io/ssl-redirect"), Said::Boolean(true)),
    (of(&["nginx"], "nginx.ingress.kubernetes.io/force-ssl-redirect"), Said::Boolean(true)),
    (of(&["nginx"], "nginx.org/redirect-to-https"), Said::Boolean(true)),
    (of(&["haproxy"], "haproxy.org/ssl-redirect"), Said::Boolean(true)),
    (of(&["haproxy"], "haproxy-ingress.github.io/ssl-redirect"), Said::Boolean(true)),
    (of(&["haproxy"], "ingress.kubernetes.io/ssl-redirect"), Said::Boolean(true)),
    (of(&["contour"], "ingress.kubernetes.io/force-ssl-redirect"), Said::Boolean(true)),
    (of(&["alb"], "alb.ingress.kubernetes.io/ssl-redirect"), Said::Port),
    (of(&["azure"], "appgw.ingress.kubernetes.io/ssl-redirect"), Said::Boolean(true)),
    (of(&["gce", "contour"], "kubernetes.io/ingress.allow-http"), Said::Boolean(false)),
    (of(&["gce"], "networking.gke.io/v1beta1.FrontendConfig"), Said::Name),
    (of(&["cilium"], "ingress.cilium.io/force-https"), Said::Word("enabled")),
    (of(&["traefik"], "traefik.ingress.kubernetes.io/router.entrypoints"), Said::Word("websecure")),
    (of(&["kong"], "konghq.com/protocols"), Said::Word("https")),
];

/// Annotations that turn off what the controller would do by itself.
const OFF: &[Annotation] = &[
    of(&["nginx"], "nginx.ingress.kubernetes.io/ssl-redirect"),
    of(&["nginx"], "nginx.org/redirect-to-https"),
    of(&["haproxy"], "haproxy.org/ssl-redirect"),
    of(&["haproxy"], "haproxy-ingress.github.io/ssl-redirect"),
    of(&["haproxy"], "ingress.kubernetes.io/ssl-redirect"),
];

/// How the annotations of AWS's controller begin that say what a path does whose backend is called as they end.
const ACTIONS: Annotation = of(&["alb"], "alb.ingress.kubernetes.io/actions.");

/// The port of such a backend.
const BY_ANNOTATION: &str = "use-annotation";

/// The annotation of Traefik that names Middlewares.
const MIDDLEWARES: Annotation = of(&["traefik"], TRAEFIK_MIDDLEWARES);

impl Annotation {
    /// Whether a controller of this class may listen to it, as far as the name of the class tells.
    fn is_heard_by(&self, class: Option<&str>) -> bool {
        let words =
            || class.into_iter().flat_map(|class| class.split(|at: char| !at.is_ascii_alphanumeric()));
        let mut known = words().filter(|word| CONTROLLERS.contains(word)).peekable();
        known.peek().is_none() || known.any(|word| self.of.contains(&word))
    }
}

impl Said {
    fn is_in(self, value: &str) -> bool {
        match self {
            Self::Boolean(wanted) => boolean(value) == Some(wanted),
            Self::Word(wanted) => value.trim().eq_ignore_ascii_case(wanted),
            Self::Port => value.parse::<u16>().is_ok_and(|port| port > 0),
            Self::Name => !value.trim().is_empty(),
        }
    }
}

/// A boolean as Go reads it; whatever it does not read is as good as not said.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn evaluate(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Ingress(ingress) = subject.object else { return Judgement::default() };
    if ingress.spec.tls.is_empty() {
        return Judgement::not_applicable("the Ingress has no TLS");
    }
    let heard = Some(ingress).filter(|_| MIDDLEWARES.is_heard_by(ingress.class()));
    let steps = heard.map(|ingress| subject.namespace.steps_of_ingress(ingress)).unwrap_or_default();
    if is_on(ingress) || steps.any(MiddlewareSpec::redirects) {
        return Judgement::pass();
    }
    if let Some(key) = turned_off(ingress) {
        let field = at(format!("metadata.annotations[{key}]"));
        return Judgement::fail(field, "the annotation turns the redirect to HTTPS off");
    }
    let by_itself =
        ingress.class().is_some_and(|class| parameters.redirecting_classes.iter().any(|own| own == class));
    if by_itself {
        return Judgement::pass();
    }
    if steps.any(MiddlewareSpec::may_redirect) {
        let field = at(format!("metadata.annotations[{}]", MIDDLEWARES.key));
        let message = "whether the redirectRegex of the Middleware leads to HTTPS is not looked at";
        return Statement::unknown(Cause::Undecidable, field, message).into();
    }
    let message = "no annotation redirects to HTTPS, and the class is not among redirectingClasses";
    undone(&steps, message.to_owned())
}

fn is_on(ingress: &Ingress) -> bool {
    let (annotations, class) = (&ingress.metadata.annotations, ingress.class());
    let is_set = |(key, value): (&str, &str)| {
        let mut known = ON.iter().filter(|(own, _)| own.key == key && own.is_heard_by(class));
        known.any(|(_, said)| said.is_in(value)) || is_action(ingress, key, value)
    };
    annotations.iter().any(is_set)
}

/// Whether an annotation is an action that redirects to HTTPS, and a path does it.
fn is_action(ingress: &Ingress, key: &str, value: &str) -> bool {
    let Some(action) = key.strip_prefix(ACTIONS.key).filter(|_| ACTIONS.is_heard_by(ingress.class())) else {
        return false;
    };
    // The controller reads names of fields in whatever case.
    let lower = value.to_ascii_lowercase();
    let redirects = ["\"redirect\"", "\"https\""].iter().all(|word| lower.contains(word));
    let paths = ingress.spec.rules.iter().flat_map(|rule| rule.http.paths.iter().map(|path| &path.backend));
    let mut services =
        paths.chain(&ingress.spec.default_backend).filter_map(|backend| backend.service.as_ref());
    redirects && services.any(|service| service.name == action && service.port.name == BY_ANNOTATION)
}

fn turned_off(ingress: &Ingress) -> Option<&'static str> {
    let class = ingress.class();
    let off = ingress.metadata.annotations.iter().filter_map(|(key, value)| {
        let place = OFF.iter().position(|own| own.key == key && own.is_heard_by(class))?;
        Said::Boolean(false).is_in(value).then_some(place)
    });
    off.min().and_then(|first| OFF.get(first)).map(|own| own.key)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_objects::ObjectCase;

    fn of(class: &str, annotations: Value) -> ObjectCase {
        let spec = json!({"ingressClassName": class, "tls": [{"secretName": "web-tls"}]});
        let metadata = json!({"name": "web", "annotations": annotations});
        ObjectCase::of(&CHECK, json!({"kind": "Ingress", "metadata": metadata, "spec": spec}))
    }

    #[test]
    fn some_controllers_redirect_unless_told_otherwise() {
        assert_eq!(of("nginx", json!({})).outcome(), Outcome::Pass);
        let key = "nginx.ingress.kubernetes.io/ssl-redirect";
        let off = of("nginx", json!({key: "false"}));
        assert_eq!(off.fields(), [format!("metadata.annotations[{key}]")]);
        let forced = json!({key: "false", "nginx.ingress.kubernetes.io/force-ssl-redirect": "true"});
        assert_eq!(of("nginx", forced).outcome(), Outcome::Pass);
        let other = of("own", json!({}));
        assert_eq!(other.outcome(), Outcome::Fail);
        assert_eq!(other.parameters(json!({"redirectingClasses": ["own"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn annotations_of_many_controllers_turn_it_on() {
        for (key, value) in [
            ("alb.ingress.kubernetes.io/ssl-redirect", "443"),
            ("kubernetes.io/ingress.allow-http", "false"),
            ("ingress.cilium.io/force-https", "enabled"),
            ("traefik.ingress.kubernetes.io/router.entrypoints", "websecure"),
        ] {
            assert_eq!(of("own", json!({key: value})).outcome(), Outcome::Pass, "{key}");
        }
        for (key, value) in [
            ("kubernetes.io/ingress.allow-http", "true"),
            ("traefik.ingress.kubernetes.io/router.entrypoints", "web,websecure"),
            ("traefik.ingress.kubernetes.io/router.middlewares", "shop-redirect@kubernetescrd"),
        ] {
            assert_eq!(of("own", json!({key: value})).outcome(), Outcome::Fail, "{key}");
        }
    }

    #[test]
    fn a_value_is_read_as_its_controller_reads_it() {
        let nginx = "nginx.ingress.kubernetes.io/ssl-redirect";
        for off in ["0", "f", "F", "false", "FALSE", "False"] {
            assert_eq!(of("nginx", json!({nginx: off})).outcome(), Outcome::Fail, "{off}");
        }
        for on in ["1", "t", "T", "true", "TRUE", "True"] {
            assert_eq!(of("own", json!({nginx: on})).outcome(), Outcome::Pass, "{on}");
        }
        // What Go does not read is as good as not said.
        for nothing in ["no", "fALSE", " false", ""] {
            assert_eq!(of("nginx", json!({nginx: nothing})).outcome(), Outcome::Pass, "{nothing}");
            assert_eq!(of("own", json!({nginx: nothing})).outcome(), Outcome::Fail, "{nothing}");
        }
        for (class, key, value) in [
            ("alb", "alb.ingress.kubernetes.io/ssl-redirect", "false"),
            ("alb", "alb.ingress.kubernetes.io/ssl-redirect", "0"),
            ("alb", "ingress.kubernetes.io/ssl-redirect", "true"),
            ("traefik", "ingress.kubernetes.io/ssl-redirect", "true"),
            ("gce", "networking.gke.io/v1beta1.FrontendConfig", ""),
            ("contour", "ingress.kubernetes.io/ssl-redirect", "true"),
        ] {
            assert_eq!(of(class, json!({key: value})).outcome(), Outcome::Fail, "{class} {key} {value}");
        }
        for (class, key, value) in [
            ("contour", "ingress.kubernetes.io/force-ssl-redirect", "true"),
            ("gce", "networking.gke.io/v1beta1.FrontendConfig", "edge"),
        ] {
            assert_eq!(of(class, json!({key: value})).outcome(), Outcome::Pass, "{class} {key}");
        }
    }

    #[test]
    fn an_action_counts_where_it_redirects_and_a_path_does_it() {
        let action = |kind: &str, service: &str, port: Value| {
            let said =
                json!({"Type": kind, "RedirectConfig": {"Protocol": "HTTPS", "Port": "443"}}).to_string();
            let path = json!({"path": "/", "backend": {"service": {"name": service, "port": port}}});
            let spec = json!({"ingressClassName": "alb", "tls": [{"secretName": "web-tls"}],
                "rules": [{"http": {"paths": [path]}}]});
            let metadata =
                json!({"name": "web", "annotations": {"alb.ingress.kubernetes.io/actions.to-https": said}});
            let ingress = json!({"kind": "Ingress", "metadata": metadata, "spec": spec});
            ObjectCase::of(&CHECK, ingress).outcome()
        };
        assert_eq!(action("redirect", "to-https", json!({"name": "use-annotation"})), Outcome::Pass);
        assert_eq!(action("redirect", "web", json!({"name": "use-annotation"})), Outcome::Fail);
        assert_eq!(action("redirect", "to-https", json!({"number": 80})), Outcome::Fail);
        assert_eq!(action("forward", "to-https", json!({"name": "use-annotation"})), Outcome::Fail);
    }

    #[test]
    fn what_another_controller_is_told_counts_for_nothing() {
        let on = json!({"nginx.ingress.kubernetes.io/ssl-redirect": "true"});
        for class in ["traefik", "traefik-internal", "alb"] {
            assert_eq!(of(class, on.clone()).outcome(), Outcome::Fail, "{class}");
        }
        for class in ["nginx", "internal-nginx", "own", "mytraefik"] {
            assert_eq!(of(class, on.clone()).outcome(), Outcome::Pass, "{class}");
        }
        let off = json!({"haproxy.org/ssl-redirect": "false"});
        assert_eq!(of("nginx", off.clone()).outcome(), Outcome::Pass);
        assert_eq!(of("haproxy", off).outcome(), Outcome::Fail);
        let redirect = json!({"redirectScheme": {"scheme": "https", "permanent": true}});
        let through = |class: &str, spec: &Value| {
            let middleware = json!({"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware",
                "metadata": {"name": "edge"}, "spec": spec});
            of(class, json!({MIDDLEWARES.key: "shop-edge@kubernetescrd"})).with(middleware).outcome()
        };
        assert_eq!(through("kong", &redirect), Outcome::Fail);
        assert_eq!(through("traefik", &redirect), Outcome::Pass);
        assert_eq!(through("traefik", &json!({"compress": {}})), Outcome::Fail);
        assert_eq!(
            through("traefik", &json!({"redirectRegex": {"regex": "a", "replacement": "b"}})),
            Outcome::Unknown
        );
        assert_eq!(of("traefik", json!({MIDDLEWARES.key: "redirect@file"})).outcome(), Outcome::Unknown);
        assert_eq!(of("kong", json!({MIDDLEWARES.key: "redirect@file"})).outcome(), Outcome::Fail);
        let without = json!({"kind": "Ingress", "metadata": {"name": "web", "annotations": on},
            "spec": {"tls": [{"secretName": "web-tls"}]}});
        assert_eq!(ObjectCase::of(&CHECK, without).outcome(), Outcome::Pass, "nobody says whose it is");
    }

    #[test]
    fn without_tls_there_is_nowhere_to_redirect_to() {
        let object = json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": {}});
        assert_eq!(ObjectCase::of(&CHECK, object).outcome(), Outcome::NotApplicable);
    }
}
