//! Tests of `gateway-tls`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

fn gateway(listener: Value) -> ObjectCase {
    let metadata = json!({"name": "edge", "namespace": "shop"});
    ObjectCase::of(
        &CHECK,
        json!({"kind": "Gateway", "metadata": metadata, "spec": {"listeners": [listener]}}),
    )
}

fn https(tls: Value) -> ObjectCase {
    gateway(json!({"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}))
}

fn secret(namespace: &str) -> Value {
    json!({"kind": "Secret", "metadata": {"name": "edge-tls", "namespace": namespace}, "type": "kubernetes.io/tls"})
}

fn grant(from: &str) -> Value {
    let from = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": from});
    json!({"kind": "ReferenceGrant", "metadata": {"name": "edge", "namespace": "certificates"},
        "spec": {"from": [from], "to": [{"group": "", "kind": "Secret"}]}})
}

fn plain() -> ObjectCase {
    gateway(json!({"name": "http", "port": 80, "protocol": "HTTP"}))
}

fn route(parent: Value, filters: Value) -> Value {
    let rules = json!([{"filters": filters, "backendRefs": [{"name": "web", "port": 80}]}]);
    json!({"kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"parentRefs": [parent], "rules": rules}})
}

fn redirect(scheme: Value) -> Value {
    json!([{"type": "RequestRedirect", "requestRedirect": {"scheme": scheme}}])
}

#[test]
fn a_listener_that_ends_tls_needs_a_certificate_that_exists() {
    let named = || https(json!({"certificateRefs": [{"name": "edge-tls"}]}));
    assert_eq!(named().with(secret("shop")).outcome(), Outcome::Pass);
    assert_eq!(named().message(), "Secret edge-tls does not exist");
    assert_eq!(named().fields(), ["spec.listeners[0].tls.certificateRefs[0].name"]);
    assert_eq!(named().with(secret("bank")).outcome(), Outcome::Fail);
    assert_eq!(https(json!(null)).message(), "the listener https has no certificate");
    assert_eq!(https(json!({})).fields(), ["spec.listeners[0].tls"]);
}

#[test]
fn what_a_controller_brings_itself_and_what_it_passes_through_are_in_order() {
    assert_eq!(
        https(json!({"options": {"networking.gke.io/pre-shared-certs": "a"}})).outcome(),
        Outcome::Pass
    );
    let other = json!([{"group": "example.com", "kind": "Bundle", "name": "gone"}]);
    assert_eq!(https(json!({"certificateRefs": other})).outcome(), Outcome::Pass);
    let through = json!({"name": "tls", "port": 443, "protocol": "TLS", "tls": {"mode": "Passthrough"}});
    assert_eq!(gateway(through).outcome(), Outcome::Pass);
    let by_map = json!({"kind": "Gateway",
        "metadata": {"name": "edge", "annotations": {"networking.gke.io/certmap": "shop"}},
        "spec": {"listeners": [{"name": "https", "protocol": "HTTPS", "port": 443}]}});
    assert_eq!(ObjectCase::of(&CHECK, by_map).outcome(), Outcome::Pass);
}

#[test]
fn another_namespace_must_grant() {
    let across = || {
        https(json!({"certificateRefs": [{"name": "edge-tls", "namespace": "certificates"}]})).everywhere()
    };
    let case = across().with(secret("certificates"));
    assert_eq!(case.message(), "no ReferenceGrant lets the Gateway use Secret certificates/edge-tls");
    assert_eq!(case.fields(), ["spec.listeners[0].tls.certificateRefs[0].namespace"]);
    let granted = across().with(secret("certificates")).with(grant("shop"));
    assert_eq!(granted.outcome(), Outcome::Pass);
    assert_eq!(across().with(secret("certificates")).with(grant("bank")).outcome(), Outcome::Fail);
    assert_eq!(across().with(grant("shop")).message(), "Secret certificates/edge-tls does not exist");
    assert_eq!(across().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn what_a_policy_of_a_namespace_cannot_see_by_construction_is_not_applicable() {
    let across = || json!({"certificateRefs": [{"name": "edge-tls", "namespace": "certificates"}]});
    for case in [https(across()), https(across()).with(grant("shop")), https(across()).with(grant("bank"))] {
        let judged = case.judged();
        assert_eq!((judged.outcome, judged.findings.len()), (Outcome::NotApplicable, 0));
    }
    assert_eq!(https(across()).coverage(Coverage::Partial).outcome(), Outcome::NotApplicable);
    let both = json!({"certificateRefs":
        [{"name": "edge-tls", "namespace": "certificates"}, {"name": "edge-tls"}]});
    assert_eq!(https(both.clone()).message(), "Secret edge-tls does not exist");
    assert_eq!(https(both).with(secret("shop")).outcome(), Outcome::Pass);
}

#[test]
fn routes_at_plain_http_may_only_redirect() {
    let at_http = || json!({"name": "edge", "sectionName": "http"});
    assert_eq!(plain().outcome(), Outcome::Pass);
    assert_eq!(plain().with(route(at_http(), redirect(json!("https")))).outcome(), Outcome::Pass);
    for filters in [json!([]), redirect(json!("http")), redirect(json!(null))] {
        let case = plain().with(route(at_http(), filters));
        assert_eq!(case.message(), "the route serves requests without TLS at the listener http");
        assert_eq!(case.fields(), ["spec.rules[0]"]);
        let about = case.judged().findings.remove(0).object;
        assert_eq!(about.unwrap().to_string(), "HTTPRoute shop/web");
    }
}

#[test]
fn a_grpc_route_at_plain_http_serves_without_tls() {
    let grpc = |section: &str| {
        let mut route = route(json!({"name": "edge", "sectionName": section}), json!([]));
        route["kind"] = json!("GRPCRoute");
        plain().with(route)
    };
    let findings = grpc("http").judged().findings;
    assert_eq!(findings[0].object.as_ref().unwrap().to_string(), "GRPCRoute shop/web");
    assert_eq!(grpc("https").outcome(), Outcome::Pass);
}

#[test]
fn a_route_is_at_the_listeners_that_it_names_or_at_all() {
    let with = |parent: Value| plain().with(route(parent, json!([]))).outcome();
    assert_eq!(with(json!({"name": "edge"})), Outcome::Fail);
    assert_eq!(with(json!({"name": "edge", "port": 80})), Outcome::Fail);
    assert_eq!(with(json!({"name": "edge", "port": 443})), Outcome::Pass);
    assert_eq!(with(json!({"name": "edge", "sectionName": "https"})), Outcome::Pass);
    assert_eq!(with(json!({"name": "other"})), Outcome::Pass);
    assert_eq!(with(json!({"name": "edge", "namespace": "bank"})), Outcome::Pass);
    assert_eq!(with(json!({"name": "edge", "group": "example.com"})), Outcome::Pass);
}

#[test]
fn whoever_proves_that_a_host_is_its_own_may_answer_without_tls() {
    let mut solver = route(json!({"name": "edge"}), json!([]));
    solver["metadata"]["labels"] = json!({SOLVER: "true"});
    assert_eq!(plain().with(solver).outcome(), Outcome::Pass);
}

#[test]
fn disagreement_44_what_was_not_given_is_not_known() {
    assert_eq!(plain().coverage(Coverage::Partial).fields(), ["spec.listeners[0]"]);
    let named = https(json!({"certificateRefs": [{"name": "edge-tls"}]}));
    assert_eq!(named.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    // One that serves is one, whatever else there is.
    let serving = plain().with(route(json!({"name": "edge"}), json!([])));
    assert_eq!(serving.coverage(Coverage::Partial).outcome(), Outcome::Fail);
}

#[test]
fn listeners_of_other_protocols_are_not_judged() {
    assert_eq!(
        gateway(json!({"name": "dns", "port": 53, "protocol": "UDP"})).outcome(),
        Outcome::NotApplicable
    );
}

/// A Gateway whose listener for plain HTTP lets these namespaces in, for a policy of the whole cluster, and a route
/// of another one that serves there.
fn shared(namespaces: Value) -> ObjectCase {
    let mut route = route(json!({"name": "edge", "namespace": "shop"}), json!([]));
    route["metadata"]["namespace"] = json!("bank");
    let listener = json!({"name": "http", "port": 80, "protocol": "HTTP",
        "allowedRoutes": {"namespaces": namespaces}});
    gateway(listener).everywhere().with(route)
}

fn namespace(labels: Value) -> Value {
    json!({"kind": "Namespace", "metadata": {"name": "bank", "labels": labels}})
}

#[test]
fn routes_of_namespaces_that_a_listener_lets_in_count_as_well() {
    let all = shared(json!({"from": "All"}));
    assert_eq!(all.message(), "the route serves requests without TLS at the listener http");
    let about = all.judged().findings.remove(0).object;
    assert_eq!(about.unwrap().to_string(), "HTTPRoute bank/web");
    for closed in [json!({"from": "Same"}), json!({"from": "None"}), json!({})] {
        assert_eq!(shared(closed.clone()).outcome(), Outcome::Pass, "{closed}");
    }
    let selected = || shared(json!({"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}));
    assert_eq!(selected().with(namespace(json!({"team": "a"}))).outcome(), Outcome::Fail);
    assert_eq!(selected().with(namespace(json!({"team": "b"}))).outcome(), Outcome::Pass);
    assert_eq!(selected().outcome(), Outcome::Unknown, "its labels are not known");
    let name = |value: &str| {
        let labels = json!({"kubernetes.io/metadata.name": value});
        shared(json!({"from": "Selector", "selector": {"matchLabels": labels}})).outcome()
    };
    assert_eq!([name("bank"), name("shop")], [Outcome::Fail, Outcome::Pass]);
}

#[test]
fn a_policy_of_a_namespace_sees_no_route_of_another() {
    let mut route = route(json!({"name": "edge", "namespace": "shop"}), json!([]));
    route["metadata"]["namespace"] = json!("bank");
    let all = json!({"name": "http", "port": 80, "protocol": "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}}});
    assert_eq!(gateway(all).with(route).outcome(), Outcome::Pass);
}

#[test]
fn routes_elsewhere_that_are_not_known_matter_where_they_are_let_in() {
    let of = |namespaces: Value| {
        let broken = json!({"kind": "HTTPRoute", "metadata": {"name": "b", "namespace": "bank"}, "spec": 7});
        let listener = json!({"name": "http", "port": 80, "protocol": "HTTP",
            "allowedRoutes": {"namespaces": namespaces}});
        gateway(listener).everywhere().with(broken).outcome()
    };
    assert_eq!(of(json!({"from": "All"})), Outcome::Unknown);
    assert_eq!(of(json!({"from": "Same"})), Outcome::Pass);
}

#[test]
fn each_reference_of_a_route_is_to_one_listener_of_one_gateway() {
    let referring = |others: Value| {
        let mut route = route(json!({"name": "edge", "sectionName": "other"}), json!([]));
        route["spec"]["parentRefs"].as_array_mut().unwrap().push(others);
        plain().with(route).outcome()
    };
    assert_eq!(referring(json!({"name": "edge", "sectionName": "http"})), Outcome::Fail);
    for other in [
        json!({"name": "inner", "sectionName": "http"}),
        json!({"name": "edge", "namespace": "infra", "sectionName": "http"}),
        json!({"group": "", "kind": "Service", "name": "edge", "sectionName": "http"}),
    ] {
        assert_eq!(referring(other.clone()), Outcome::Pass, "{other}");
    }
}
