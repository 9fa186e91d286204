//! Tests of `backend-mtls` with `mode: gateway`.

use serde_json::{Value, json};

use super::super::CHECK;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

const GATEWAYS: &str = "gateway.networking.k8s.io/v1";

fn object(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

fn service(annotations: Value) -> Value {
    let ports = json!([{"name": "http", "port": 80}, {"name": "api", "port": 8443}]);
    let spec = json!({"selector": {"app": "web"}, "ports": ports});
    let mut service = object("v1", "Service", "web", spec);
    service["metadata"]["annotations"] = annotations;
    service
}

fn route(kind: &str, port: i64) -> Value {
    let rules = json!([{"backendRefs": [{"name": "elsewhere", "port": 80}, {"name": "web", "port": port}]}]);
    object(GATEWAYS, kind, "way", json!({"parentRefs": [{"name": "edge"}], "rules": rules}))
}

fn policy(name: &str, section: &str) -> Value {
    let target = json!({"group": "", "kind": "Service", "name": name, "sectionName": section});
    let validation = json!({"hostname": "web.shop.example", "wellKnownCACertificates": "System"});
    object(GATEWAYS, "BackendTLSPolicy", section, json!({"targetRefs": [target], "validation": validation}))
}

fn gateway(listeners: Value) -> Value {
    object(GATEWAYS, "Gateway", "edge", json!({"gatewayClassName": "it", "listeners": listeners}))
}

fn ingress(annotations: Value) -> Value {
    let backend = json!({"service": {"name": "web", "port": {"name": "http"}}});
    let rules = json!([{"http": {"paths": [{"backend": backend}]}}]);
    let mut ingress = object("networking.k8s.io/v1", "Ingress", "front", json!({"rules": rules}));
    ingress["metadata"]["annotations"] = annotations;
    ingress
}

/// A workload behind Service `web`, with these objects.
fn among(objects: impl IntoIterator<Item = Value>) -> Case {
    let case = Case::of(&CHECK).parameters(json!({"mode": "gateway"})).with(service(json!({})));
    objects.into_iter().fold(case, Case::with)
}

#[test]
fn a_route_needs_a_policy_for_the_service_and_the_port() {
    for kind in ["HTTPRoute", "GRPCRoute"] {
        for (given, expected) in [
            (vec![], Outcome::Fail),
            (vec![policy("web", "")], Outcome::Pass),
            (vec![policy("web", "http")], Outcome::Pass),
            (vec![policy("web", "api")], Outcome::Fail),
            (vec![policy("api", "")], Outcome::Fail),
        ] {
            let objects = given.iter().cloned().chain([route(kind, 80)]);
            assert_eq!(among(objects).outcome(), expected, "{kind} {given:?}");
        }
    }
    let open = among([route("HTTPRoute", 80), policy("web", "api")]);
    assert_eq!(open.message(), "sends plain text to port 80 of Service web: no BackendTLSPolicy is for it");
    assert_eq!(open.fields(), ["spec.rules[0].backendRefs[1]"]);
    assert_eq!(open.judged().findings[0].object.as_ref().unwrap().to_string(), "HTTPRoute shop/way");
    let allowed = json!({"mode": "gateway", "allowedPorts": ["80"]});
    assert_eq!(open.parameters(allowed).outcome(), Outcome::Pass);
}

#[test]
fn a_policy_says_whose_certificate_is_taken() {
    let mut open = policy("web", "http");
    open["spec"]["validation"] = json!({"hostname": "web.shop.example"});
    let case = among([route("HTTPRoute", 80), open, policy("web", "")]);
    assert_eq!(case.fields(), ["spec.validation"]);
    assert_eq!(case.judged().findings[0].object.as_ref().unwrap().to_string(), "BackendTLSPolicy shop/http");
}

#[test]
fn a_policy_of_another_namespace_is_about_none_of_these() {
    let mut other = policy("web", "");
    other["metadata"]["namespace"] = json!("bank");
    assert_eq!(among([route("HTTPRoute", 80), other]).everywhere().outcome(), Outcome::Fail);
}

#[test]
fn a_tls_route_needs_none_where_tls_is_passed_through() {
    let listener =
        |name: &str, mode: &str| json!({"name": name, "port": 443, "protocol": "TLS", "tls": {"mode": mode}});
    let (through, ended) = (listener("a", "Passthrough"), listener("b", "Terminate"));
    for (listeners, expected) in [
        (json!([through]), Outcome::Pass),
        (json!([ended]), Outcome::Fail),
        (json!([through, ended]), Outcome::Fail),
        (json!([{"name": "c", "port": 443, "protocol": "example.com/own"}]), Outcome::Unknown),
        (json!([{"name": "d", "port": 80, "protocol": "HTTP"}]), Outcome::NotApplicable),
    ] {
        let case = among([route("TLSRoute", 80), gateway(listeners.clone())]);
        assert_eq!(case.outcome(), expected, "{listeners}");
    }
    let again = among([route("TLSRoute", 80), gateway(json!([ended])), policy("web", "")]);
    assert_eq!(again.outcome(), Outcome::Pass, "it is encrypted once more");
    assert_eq!(among([route("TLSRoute", 80)]).outcome(), Outcome::NotApplicable, "nothing comes through");
    let unseen = among([route("TLSRoute", 80)]).coverage_of(Kind::Gateway, Coverage::Forbidden);
    assert_eq!(unseen.outcome(), Outcome::Unknown);
    let mut elsewhere = route("TLSRoute", 80);
    elsewhere["spec"]["parentRefs"][0]["namespace"] = json!("infra");
    let mut there = gateway(json!([through]));
    there["metadata"]["namespace"] = json!("infra");
    let tenant = among([elsewhere, there]);
    assert_eq!(tenant.clone().outcome(), Outcome::NotApplicable, "it is out of a tenant's sight");
    assert_eq!(tenant.everywhere().outcome(), Outcome::Pass);
}

#[test]
fn an_ingress_needs_an_annotation_and_hears_no_policy() {
    let nginx = |word: &str| json!({"nginx.ingress.kubernetes.io/backend-protocol": word});
    for (annotations, expected) in [
        (json!({}), Outcome::Fail),
        (nginx("HTTPS"), Outcome::Pass),
        (nginx("GRPCS"), Outcome::Pass),
        (nginx("GRPC"), Outcome::Fail),
        (nginx("AUTO_HTTP"), Outcome::Fail),
        (json!({"nginx.ingress.kubernetes.io/ssl-passthrough": "true"}), Outcome::Pass),
        (json!({"nginx.org/ssl-services": "api, web"}), Outcome::Pass),
        (json!({"nginx.org/ssl-services": "website"}), Outcome::Fail),
        (json!({"haproxy-ingress.github.io/backend-protocol": "h1-ssl"}), Outcome::Pass),
    ] {
        let case = among([ingress(annotations.clone()), policy("web", "")]);
        assert_eq!(case.outcome(), expected, "{annotations}");
    }
    let open = among([ingress(json!({}))]);
    assert_eq!(open.message(), "sends plain text to Service web: no annotation asks for TLS");
    assert_eq!(open.fields(), ["spec.rules[0].http.paths[0].backend.service"]);
    let allowed = json!({"mode": "gateway", "allowedPorts": ["80"]});
    assert_eq!(open.parameters(allowed).outcome(), Outcome::Pass);
    let of_service = json!({"traefik.ingress.kubernetes.io/service.serversscheme": "https"});
    let case = Case::of(&CHECK).parameters(json!({"mode": "gateway"})).with(service(of_service));
    assert_eq!(case.with(ingress(json!({}))).outcome(), Outcome::Pass);
}

#[test]
fn what_is_not_at_a_gateway_or_not_of_requests_is_not_looked_at() {
    let mut in_mesh = route("HTTPRoute", 80);
    in_mesh["spec"]["parentRefs"] = json!([{"group": "", "kind": "Service", "name": "web"}]);
    for given in [vec![], vec![in_mesh], vec![route("TCPRoute", 80)]] {
        assert_eq!(among(given.clone()).outcome(), Outcome::NotApplicable, "{given:?}");
    }
}

#[test]
fn rule_44_what_was_not_seen_is_not_known() {
    for kind in [Kind::Service, Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute, Kind::Ingress] {
        let case = among([]).coverage_of(kind, Coverage::Partial);
        assert_eq!(case.outcome(), Outcome::Unknown, "{kind}");
    }
    for coverage in [Coverage::Partial, Coverage::NotSynced, Coverage::Stale, Coverage::Forbidden] {
        let case = among([route("HTTPRoute", 80)]).coverage_of(Kind::BackendTlsPolicy, coverage);
        assert_eq!(case.outcome(), Outcome::Unknown, "{coverage:?}");
    }
    let broken = object(GATEWAYS, "BackendTLSPolicy", "it", json!(7));
    assert_eq!(among([route("HTTPRoute", 80)]).with_broken(broken).outcome(), Outcome::Unknown);
}
