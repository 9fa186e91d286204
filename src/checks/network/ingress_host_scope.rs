mod virtual_service;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Outcome, Statement, WorkloadSubject};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::exposure::{Exposure, ingress_key};
use crate::checks::helpers::pod_labels;
use crate::checks::listeners::Route;
use crate::checks::{routes, virtual_services};
use crate::inventory::gateway::Reference;
use crate::inventory::lookup::Lookup;
use crate::inventory::object::Ingress;
use crate::inventory::{Kind, NamespaceView};

/// Parameters of `ingress-host-scope`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a host may be a wildcard.
    allow_wildcard: bool,
}

check! {
    /// ## What it checks
    /// Every rule of every Ingress that sends to the workload names a host that is no wildcard (unless
    /// `allowWildcard` is set), and the Ingress has no `defaultBackend`.
    ///
    /// So does every HTTPRoute, GRPCRoute and TLSRoute of a Gateway (`hostnames`). One that names none serves the hosts of the listeners
    /// that it is at, so that each of them must name one. A Gateway of another namespace is seen by a
    /// ClusterReadinessPolicy only, and one that is not there is the business of `dangling-route`. TCPRoutes and UDPRoutes have no
    /// hosts: whatever comes to the port is theirs.
    ///
    /// So does every VirtualService of Istio that names a gateway beside `mesh` (`hosts`). One of the mesh alone is not looked
    /// at, nor is the `hosts` of the Gateways themselves.
    ///
    /// ## Why it matters
    /// A rule without a host, a wildcard and a default backend take requests for hosts of others, and for
    /// those that somebody points at the cluster.
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
    ///     - http:
    ///         paths:
    ///           - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
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
    /// Write the hosts into the rules, one rule for each.
    ///
    /// ## Parameters
    /// - `allowWildcard`: whether a host may be a wildcard (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: Ingress, Hostname wildcards
    /// - Gateway API documentation: HTTPRoute, Hostnames
    /// - Istio documentation: Virtual Service, hosts
    name: "ingress-host-scope",
    family: Network,
    severity: Medium,
    title: "An Ingress or route serves the hosts it names",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service, Ingress, HttpRoute, GrpcRoute, TlsRoute, Gateway, VirtualService],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [Ingress, HttpRoute, GrpcRoute, TlsRoute, VirtualService] of_orphan,
}

/// Kinds of routes that have hosts.
const WITH_HOSTS: &[Kind] = &[Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute];

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let judgement = judge(&Exposure::of(subject), parameters);
    let routes = routes::to(subject, WITH_HOSTS);
    let virtual_services = virtual_services::to(subject);
    let of_routes = judge_routes(subject.namespace, &routes.found, parameters)
        .and(virtual_service::judge(&virtual_services.found, parameters.allow_wildcard));
    // That there may be more of them is said once.
    let incomplete = routes.incomplete.or(virtual_services.incomplete);
    let doubt = incomplete.filter(|_| judgement.outcome() == Outcome::NotApplicable);
    let doubt = doubt.filter(|_| of_routes.statements.is_empty()).map(|cause| {
        let message = "which routes send to this workload is not known in full";
        Statement::unknown(cause, pod_labels(subject), message)
    });
    judgement.and(doubt.map_or(of_routes, Judgement::from))
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(one) = subject.object.virtual_service() {
        return virtual_service::judge(&[one], parameters.allow_wildcard);
    }
    match subject.object.route() {
        Some(route) => judge_routes(subject.namespace, &[(subject.object.kind(), route)], parameters),
        None => judge(&Exposure::alone(subject), parameters),
    }
}

fn judge_routes(namespace: NamespaceView<'_>, routes: &[Route<'_>], parameters: &Parameters) -> Judgement {
    let is_at_gateway = |(_, route): &&Route<'_>| route.spec.parent_refs.iter().any(Reference::is_gateway);
    let is_in_sight = |(_, route): &&Route<'_>| {
        let mut gateways = route.spec.gateways(namespace.name());
        !route.spec.hostnames.is_empty() || gateways.any(|(there, _)| namespace.elsewhere(there).is_some())
    };
    let (seen, hidden): (Vec<_>, Vec<_>) = routes.iter().filter(is_at_gateway).partition(is_in_sight);
    if seen.is_empty() {
        let nothing = "no route of a Gateway sends to this workload";
        return Judgement::not_applicable(if hidden.is_empty() { nothing } else { OUT_OF_SCOPE });
    }
    let of_one = |(kind, route): &Route<'_>| {
        let key = key_of(*kind, &route.metadata);
        let statements = of_route(namespace, (*kind, route), parameters.allow_wildcard).into_iter();
        statements.map(move |statement| statement.about(key.clone()))
    };
    seen.into_iter().flat_map(of_one).collect()
}

fn of_route(namespace: NamespaceView<'_>, (kind, route): Route<'_>, allow_wildcard: bool) -> Vec<Statement> {
    let hosts = route.spec.hostnames.iter().enumerate();
    let wildcards = hosts.filter(|(_, host)| host.starts_with('*') && !allow_wildcard);
    let wildcards = wildcards.map(|(index, host)| {
        let message = format!("the host {} is a wildcard", quoted(host, 100));
        Statement::fail(at(format!("spec.hostnames[{index}]")), message)
    });
    let parents = route.spec.parent_refs.iter().enumerate().filter(|(_, parent)| parent.is_gateway());
    let parents = parents.filter(|_| route.spec.hostnames.is_empty());
    let by_listeners = parents.filter_map(|parent| of_listeners(namespace, parent, (kind, allow_wildcard)));
    wildcards.chain(by_listeners).collect()
}

/// What is wrong with the hosts that a route without any of its own serves at one of its Gateways.
fn of_listeners(
    namespace: NamespaceView<'_>,
    (index, parent): (usize, &Reference),
    (kind, allow_wildcard): (Kind, bool),
) -> Option<Statement> {
    let there = namespace.elsewhere(parent.namespace_from(namespace.name()))?;
    let field = at(format!("spec.parentRefs[{index}]"));
    let gateway = match there.gateway(&parent.name) {
        Lookup::Found(gateway) => gateway,
        Lookup::Missing => return None,
        Lookup::Unknown(cause) => {
            let message = "which hosts a route without any serves is not known without its Gateway";
            return Some(Statement::unknown(cause, field, message));
        }
    };
    let listeners = gateway.spec.listeners.iter();
    let mut meant = listeners.filter(|listener| listener.is_meant_by(parent) && listener.takes(kind));
    let open = meant.find(|listener| {
        listener.hostname.is_empty() || (listener.hostname.starts_with('*') && !allow_wildcard)
    })?;
    let name = quoted(&open.name, 63);
    let message = match &*open.hostname {
        "" => {
            format!("neither the route nor the listener {name} names a host: it takes requests for every one")
        }
        host => format!(
            "the route names no host, and that of the listener {name}, {}, is a wildcard",
            quoted(host, 80)
        ),
    };
    Some(Statement::fail(field, message))
}

fn judge(exposure: &Exposure<'_>, parameters: &Parameters) -> Judgement {
    let mut statements = Vec::new();
    for ingress in &exposure.ingresses {
        let found = of_ingress(ingress, parameters.allow_wildcard);
        statements.extend(found.into_iter().map(|statement| statement.about(ingress_key(ingress))));
    }
    exposure.conclude(statements, CHECK.severity, None, None)
}

fn of_ingress(ingress: &Ingress, allow_wildcard: bool) -> Vec<Statement> {
    let default = ingress.spec.default_backend.as_ref().map(|_| {
        Statement::fail(at("spec.defaultBackend"), "the default backend takes requests for every host")
    });
    let rules = ingress.spec.rules.iter().enumerate().filter_map(|(index, rule)| {
        let host = rule.host.as_str();
        let message = match host {
            "" => "the rule names no host: it takes requests for every one".to_owned(),
            _ if host.starts_with('*') && !allow_wildcard => {
                format!("the host {} is a wildcard", quoted(host, 100))
            }
            _ => return None,
        };
        Some(Statement::fail(at(format!("spec.rules[{index}].host")), message))
    });
    default.into_iter().chain(rules).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{backend, behind_ingress, behind_service, rule};
    use crate::inventory::lookup::Coverage;

    fn of(spec: Value) -> Case {
        behind_ingress(&CHECK, spec)
    }

    #[test]
    fn only_named_hosts_are_in_order() {
        let web = || backend("web", json!({"number": 80}));
        let host = |host: &str| of(json!({"rules": [rule(host, &[web()])]}));
        assert_eq!(host("www.shop.example").outcome(), Outcome::Pass);
        assert_eq!(host("").fields(), ["spec.rules[0].host"]);
        let wildcard = host("*.shop.example");
        assert_eq!(wildcard.message(), "the host *.shop.example is a wildcard");
        assert_eq!(wildcard.parameters(json!({"allowWildcard": true})).outcome(), Outcome::Pass);
        let default = of(json!({"defaultBackend": web()}));
        assert_eq!(default.fields(), ["spec.defaultBackend"]);
    }

    fn routed(hostnames: Value, parent: Value) -> Case {
        let rules = json!([{"backendRefs": [{"name": "web", "port": 80}]}]);
        let route = json!({"kind": "HTTPRoute", "metadata": {"name": "web"},
            "spec": {"parentRefs": [parent], "hostnames": hostnames, "rules": rules}});
        behind_service(&CHECK, json!({})).with(route)
    }

    fn gateway(namespace: &str, hostname: &str) -> Value {
        json!({"kind": "Gateway", "metadata": {"name": "edge", "namespace": namespace},
            "spec": {"listeners": [{"name": "a", "hostname": hostname}, {"name": "b", "hostname": "b.example"}]}})
    }

    #[test]
    fn a_route_names_its_hosts_or_its_listeners_do() {
        let named = |host: &str| routed(json!([host]), json!({"name": "edge"}));
        assert_eq!(named("www.shop.example").outcome(), Outcome::Pass);
        assert_eq!(named("*.shop.example").fields(), ["spec.hostnames[0]"]);
        let allowed = named("*.shop.example").parameters(json!({"allowWildcard": true}));
        assert_eq!(allowed.outcome(), Outcome::Pass);
        let at = |parent: Value, hostname: &str| routed(json!([]), parent).with(gateway("shop", hostname));
        let bare = at(json!({"name": "edge"}), "");
        assert_eq!(
            bare.message(),
            "neither the route nor the listener a names a host: it takes requests for every one"
        );
        assert_eq!(bare.fields(), ["spec.parentRefs[0]"]);
        assert_eq!(at(json!({"name": "edge"}), "a.example").outcome(), Outcome::Pass);
        assert_eq!(at(json!({"name": "edge", "sectionName": "b"}), "").outcome(), Outcome::Pass);
        let wildcard = at(json!({"name": "edge"}), "*.example");
        assert_eq!(wildcard.outcome(), Outcome::Fail);
        assert_eq!(wildcard.parameters(json!({"allowWildcard": true})).outcome(), Outcome::Pass);
        assert_eq!(routed(json!([]), json!({"name": "gone"})).outcome(), Outcome::Pass, "nobody serves it");
        let mesh = json!({"kind": "Service", "group": "", "name": "web"});
        assert_eq!(routed(json!([]), mesh).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_tls_route_serves_what_it_names_or_its_listeners_for_tls_do() {
        let tls = |hostnames: Value, hostname: &str| {
            let rules = json!([{"backendRefs": [{"name": "web", "port": 80}]}]);
            let listeners = json!([{"name": "http", "protocol": "HTTP"}, {"name": "tls", "protocol": "TLS", "hostname": hostname}]);
            let gateway =
                json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": listeners}});
            let spec = json!({"parentRefs": [{"name": "edge"}], "hostnames": hostnames, "rules": rules});
            let route = |kind: &str| json!({"kind": kind, "metadata": {"name": "web"}, "spec": spec});
            let of = |kind: &str| behind_service(&CHECK, json!({})).with(route(kind)).with(gateway.clone());
            assert_eq!(of("TCPRoute").outcome(), Outcome::NotApplicable, "it has no hosts");
            of("TLSRoute")
        };
        assert_eq!(tls(json!(["a.example"]), "").outcome(), Outcome::Pass);
        assert_eq!(tls(json!(["a.example", "*.example"]), "").fields(), ["spec.hostnames[1]"]);
        assert_eq!(
            tls(json!([]), "a.example").outcome(),
            Outcome::Pass,
            "the one without a host is for HTTP"
        );
        let bare = tls(json!([]), "");
        assert_eq!(
            bare.message(),
            "neither the route nor the listener tls names a host: it takes requests for every one"
        );
    }

    #[test]
    fn the_listeners_of_another_namespace_are_in_sight_of_a_policy_of_the_cluster() {
        let across =
            || routed(json!([]), json!({"name": "edge", "namespace": "infra"})).with(gateway("infra", ""));
        assert_eq!(across().everywhere().outcome(), Outcome::Fail);
        assert_eq!(across().outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_44_ingresses_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
