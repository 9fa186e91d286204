use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{at, quoted};
use crate::inventory::Object;
use crate::inventory::gateway::{HttpRoute, Reference};
use crate::inventory::lookup::{Cause, Lookup};

check! {
    /// ## What it checks
    /// The Gateways that an HTTPRoute wants to be attached to exist, with the listener it names; so do the Services
    /// that it sends to, with the port. A Gateway of another namespace is looked for where a ClusterReadinessPolicy asks;
    /// Services of other namespaces, and backends of other kinds, are not. What the Gateway's controller makes of the route is not looked at either.
    ///
    /// ## Why it matters
    /// A route without its Gateway serves nobody, and one without its Service answers with 500; the object itself
    /// is accepted all the same.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: edge}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: edge, sectionName: https}]
    ///   rules:
    ///     - backendRefs: [{name: web, port: 80}]
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: edge, namespace: shop}
    /// spec:
    ///   gatewayClassName: edge
    ///   listeners: [{name: https, port: 443, protocol: HTTPS}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Correct the name, the listener (`sectionName`) or the port in the route, or create the Gateway or the
    /// Service that is missing.
    ///
    /// ## References
    /// - Gateway API documentation: HTTPRoute
    name: "dangling-route",
    family: Network,
    severity: High,
    title: "Every parent and backend of an HTTPRoute exists",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, HttpRoute, Gateway],
    parameters: NoParameters,
    sight: Named,
    rule: Object([HttpRoute], evaluate),
}

fn evaluate(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::HttpRoute(route) = subject.object else { return Judgement::default() };
    if route.spec.parent_refs.is_empty() {
        return Judgement::fail(at("spec.parentRefs"), "the route names no Gateway to be attached to");
    }
    let own = &route.metadata.namespace;
    let parents = route.spec.parent_refs.iter().enumerate();
    let parents = parents.filter(|(_, parent)| parent.is_gateway());
    let parents = parents
        .filter_map(|(index, parent)| of_parent(subject, &format!("spec.parentRefs[{index}]"), parent));
    let backends = backends(route).into_iter();
    let backends = backends.filter(|(_, backend)| backend.is_service() && backend.namespace_from(own) == own);
    let backends = backends.filter_map(|(path, backend)| of_backend(subject, &path, backend));
    parents.chain(backends).collect()
}

fn backends(route: &HttpRoute) -> Vec<(String, &Reference)> {
    let rules = route.spec.rules.iter().enumerate();
    let backends = rules.flat_map(|(rule, one)| {
        let backends = one.backend_refs.iter().enumerate();
        backends.map(move |(index, backend)| (format!("spec.rules[{rule}].backendRefs[{index}]"), backend))
    });
    backends.collect()
}

fn of_parent(subject: &ObjectSubject<'_>, path: &str, parent: &Reference) -> Option<Statement> {
    let own = subject.namespace.name();
    let place = parent.namespace_from(own);
    let shown = quoted(&parent.name, 63);
    let name = if place == own { shown } else { format!("{}/{shown}", quoted(place, 63)) };
    match subject.namespace.elsewhere(place)?.gateway(&parent.name) {
        Lookup::Found(gateway) => {
            let section = &parent.section_name;
            let is_there =
                section.is_empty() || gateway.spec.listeners.iter().any(|one| one.name == *section);
            let message = || format!("Gateway {name} has no listener {}", quoted(section, 63));
            (!is_there).then(|| Statement::fail(at(format!("{path}.sectionName")), message()))
        }
        Lookup::Missing => {
            Some(Statement::fail(at(format!("{path}.name")), format!("Gateway {name} does not exist")))
        }
        Lookup::Unknown(cause) => Some(not_known(cause, path, &format!("Gateway {name}"))),
    }
}

fn of_backend(subject: &ObjectSubject<'_>, path: &str, backend: &Reference) -> Option<Statement> {
    let name = quoted(&backend.name, 63);
    let service = match subject.namespace.service(&backend.name) {
        Lookup::Found(service) => service,
        Lookup::Missing => {
            return Some(Statement::fail(
                at(format!("{path}.name")),
                format!("Service {name} does not exist"),
            ));
        }
        Lookup::Unknown(cause) => return Some(not_known(cause, path, &format!("Service {name}"))),
    };
    let field = at(format!("{path}.port"));
    let Some(port) = backend.port else {
        return Some(Statement::fail(field, format!("the route names no port of Service {name}")));
    };
    let is_there = service.spec.ports.iter().any(|own| own.port == port);
    (!is_there).then(|| Statement::fail(field, format!("Service {name} has no port {port}")))
}

fn not_known(cause: Cause, path: &str, what: &str) -> Statement {
    Statement::unknown(cause, at(format!("{path}.name")), format!("nothing is known of {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::service;
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn route(parent: Value, backend: Value) -> Value {
        let spec = json!({"parentRefs": [parent], "rules": [{"backendRefs": [backend]}]});
        json!({"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": spec})
    }

    fn gateway() -> Value {
        let listeners = json!([{"name": "https", "port": 443, "protocol": "HTTPS"}]);
        json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": listeners}})
    }

    fn of(parent: Value, backend: Value) -> ObjectCase {
        ObjectCase::of(&CHECK, route(parent, backend)).with(gateway()).with(service("web", json!({})))
    }

    #[test]
    fn parents_and_their_listeners_must_be_there() {
        let by = |parent: Value| of(parent, json!({"name": "web", "port": 80}));
        assert_eq!(by(json!({"name": "edge"})).outcome(), Outcome::Pass);
        assert_eq!(by(json!({"name": "gone"})).message(), "Gateway gone does not exist");
        let listener = by(json!({"name": "edge", "sectionName": "http"}));
        assert_eq!(listener.fields(), ["spec.parentRefs[0].sectionName"]);
        assert_eq!(
            by(json!({"name": "gone", "namespace": "infra"})).outcome(),
            Outcome::Pass,
            "out of sight"
        );
        let elsewhere = by(json!({"name": "gone", "namespace": "infra"})).everywhere();
        assert_eq!(elsewhere.message(), "Gateway infra/gone does not exist");
        let mut infra = gateway();
        infra["metadata"]["namespace"] = json!("infra");
        let there = by(json!({"name": "edge", "namespace": "infra"})).everywhere().with(infra);
        assert_eq!(there.outcome(), Outcome::Pass);
        let none = json!({"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": {}});
        assert_eq!(ObjectCase::of(&CHECK, none).fields(), ["spec.parentRefs"]);
    }

    #[test]
    fn backends_and_their_ports_must_be_there() {
        let to = |backend: Value| of(json!({"name": "edge"}), backend);
        assert_eq!(to(json!({"name": "gone", "port": 80})).message(), "Service gone does not exist");
        assert_eq!(to(json!({"name": "web", "port": 9})).message(), "Service web has no port 9");
        assert_eq!(to(json!({"name": "web"})).fields(), ["spec.rules[0].backendRefs[0].port"]);
        let bucket = json!({"group": "example.com", "kind": "Bucket", "name": "gone"});
        assert_eq!(to(bucket).outcome(), Outcome::Pass);
        assert_eq!(to(json!({"name": "gone", "namespace": "bank"})).outcome(), Outcome::Pass, "out of sight");
    }

    #[test]
    fn the_finding_is_on_the_workloads_behind_the_route() {
        let route = route(json!({"name": "gone"}), json!({"name": "web", "port": 80}));
        let case = Case::of(&CHECK).with(service("web", json!({}))).with(route);
        assert_eq!(case.judged().findings[0].object.as_ref().unwrap().to_string(), "HTTPRoute shop/web");
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }

    #[test]
    fn disagreement_44_what_was_not_given_is_not_known() {
        let parts = of(json!({"name": "gone"}), json!({"name": "gone", "port": 80}));
        let judged = parts.coverage(Coverage::Partial).judged();
        assert_eq!((judged.outcome, judged.findings.len()), (Outcome::Unknown, 2));
    }
}
