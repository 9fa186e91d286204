use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::exposure::{Exposure, ingress_key};
use crate::inventory::NamespaceView;
use crate::inventory::lookup::Lookup;
use crate::inventory::object::{Ingress, IngressPort, IngressService};

check! {
    /// ## What it checks
    /// Every backend of every Ingress names a Service that exists and a port that
    /// it has, by number or name. A backend that is another kind of object is not judged.
    ///
    /// ## Why it matters
    /// Requests for such a path get an error (502 or 503), and some controllers refuse the whole Ingress, with
    /// the paths that are in order.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths:
    ///           - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    ///           - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web}
    /// spec:
    ///   rules:
    ///     - host: www.shop.example
    ///       http:
    ///         paths:
    ///           - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    /// ```
    ///
    /// ## How to fix
    /// Correct the name or the port in the backend, or create the Service.
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress
    name: "dangling-ingress",
    family: Network,
    severity: High,
    title: "Every backend of an Ingress exists",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [Ingress] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge(&Exposure::of(subject))
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge(&Exposure::alone(subject))
}

fn judge(exposure: &Exposure<'_>) -> Judgement {
    let of_ingress = |ingress: &&Ingress| of_ingress(exposure.namespace, ingress);
    let statements = exposure.ingresses.iter().flat_map(of_ingress).collect();
    exposure.conclude(statements, CHECK.severity, None, None)
}

fn of_ingress(namespace: NamespaceView<'_>, ingress: &Ingress) -> Vec<Statement> {
    let spec = &ingress.spec;
    let default = spec.default_backend.iter().map(|backend| (Place::Default, backend));
    let rules = spec.rules.iter().enumerate().flat_map(|(rule, one)| {
        one.http.paths.iter().enumerate().map(move |(path, one)| (Place::Path { rule, path }, &one.backend))
    });
    let services =
        default.chain(rules).filter_map(|(place, backend)| Some((place, backend.service.as_ref()?)));
    let statements = services.filter_map(|(place, service)| of_backend(namespace, place, service));
    statements.map(|statement| statement.about(ingress_key(ingress))).collect()
}

/// Where an Ingress names a backend.
#[derive(Clone, Copy)]
enum Place {
    Default,
    Path { rule: usize, path: usize },
}

impl Place {
    /// A field of the Service there.
    fn service(self, field: &str) -> Field {
        at(match self {
            Self::Default => format!("spec.defaultBackend.service.{field}"),
            Self::Path { rule, path } => {
                format!("spec.rules[{rule}].http.paths[{path}].backend.service.{field}")
            }
        })
    }
}

fn of_backend(namespace: NamespaceView<'_>, place: Place, backend: &IngressService) -> Option<Statement> {
    let name = || quoted(&backend.name, 63);
    let service = match namespace.service(&backend.name) {
        Lookup::Found(service) => service,
        Lookup::Missing => {
            return Some(Statement::fail(
                place.service("name"),
                format!("Service {} does not exist", name()),
            ));
        }
        Lookup::Unknown(cause) => {
            let message = format!("nothing is known of Service {}", name());
            return Some(Statement::unknown(cause, place.service("name"), message));
        }
    };
    let IngressPort { number, name: port } = &backend.port;
    let mut ports = service.spec.ports.iter();
    if port.is_empty() {
        return (!ports.any(|own| own.port == *number)).then(|| {
            let message = format!("Service {} has no port {number}", name());
            Statement::fail(place.service("port.number"), message)
        });
    }
    (!ports.any(|own| own.name == *port)).then(|| {
        let message = format!("Service {} has no port of the name {}", name(), quoted(port, 63));
        Statement::fail(place.service("port.name"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, rule};
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value) -> Case {
        behind_ingress(&CHECK, spec)
    }

    #[test]
    fn every_backend_must_have_its_service_and_port() {
        let web = || backend("web", json!({"number": 80}));
        let with = |other: Value| of(json!({"rules": [rule("a.example", &[web(), other])]}));
        assert_eq!(with(backend("api", json!({"name": "http"}))).outcome(), Outcome::Pass);
        assert_eq!(with(backend("gone", json!({"number": 80}))).message(), "Service gone does not exist");
        let path = "spec.rules[0].http.paths[1].backend.service.port";
        assert_eq!(with(backend("api", json!({"number": 9}))).fields(), [format!("{path}.number")]);
        assert_eq!(with(backend("api", json!({"name": "grpc"}))).fields(), [format!("{path}.name")]);
        assert_eq!(with(json!({"resource": {"kind": "Bucket"}})).outcome(), Outcome::Pass);
        let default =
            of(json!({"defaultBackend": backend("gone", json!({})), "rules": [rule("", &[web()])]}));
        assert_eq!(default.fields(), ["spec.defaultBackend.service.name"]);
    }

    #[test]
    fn disagreement_44_a_service_that_was_not_given_is_not_known() {
        let case = of(
            json!({"rules": [rule("a.example", &[backend("web", json!({"number": 80})), backend("gone", json!({}))])]}),
        );
        assert_eq!(case.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
