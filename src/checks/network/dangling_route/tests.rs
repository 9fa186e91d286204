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
    assert_eq!(by(json!({"name": "gone", "namespace": "infra"})).outcome(), Outcome::Pass, "out of sight");
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
fn what_a_policy_of_a_namespace_cannot_see_by_construction_is_not_applicable() {
    let far = |name: &str| json!({"name": name, "namespace": "infra", "port": 80});
    let beyond = |parent: Value, backend: Value| of(parent, backend).judged();
    let both = beyond(far("edge"), far("api"));
    assert_eq!((both.outcome, both.findings.len()), (Outcome::NotApplicable, 0));
    assert_eq!(of(far("edge"), far("api")).coverage(Coverage::Partial).outcome(), Outcome::NotApplicable);
    assert_eq!(beyond(far("edge"), json!({"name": "web", "port": 80})).outcome, Outcome::Pass);
    assert_eq!(beyond(far("edge"), json!({"name": "gone", "port": 80})).outcome, Outcome::Fail);
    assert_eq!(beyond(json!({"name": "edge"}), far("api")).outcome, Outcome::Pass);
    let bucket = json!({"group": "example.com", "kind": "Bucket", "name": "it"});
    assert_eq!(beyond(far("edge"), bucket).outcome, Outcome::NotApplicable);
    assert_eq!(of(far("edge"), far("api")).everywhere().outcome(), Outcome::Fail);
}

#[test]
fn what_a_controller_says_of_a_gateway_out_of_sight_is_judged() {
    let parent = json!({"name": "edge", "namespace": "infra"});
    let conditions = json!([condition("Accepted", "True", 2), condition("ResolvedRefs", "True", 2)]);
    let far = json!({"name": "api", "namespace": "infra", "port": 80});
    let mut route = route(parent.clone(), far);
    route["metadata"]["generation"] = json!(2);
    route["status"] = json!({"parents": [{"parentRef": parent, "conditions": conditions}]});
    assert_eq!(ObjectCase::of(&CHECK, route).live().outcome(), Outcome::Pass);
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

#[test]
fn a_grpc_route_is_judged_like_an_http_route() {
    let grpc = |parent: Value, backend: Value| {
        let mut route = route(parent, backend);
        route["kind"] = json!("GRPCRoute");
        route
    };
    let of = |parent: Value, backend: Value| {
        ObjectCase::of(&CHECK, grpc(parent, backend)).with(gateway()).with(service("web", json!({})))
    };
    let (edge, web) = (json!({"name": "edge"}), json!({"name": "web", "port": 80}));
    assert_eq!(of(edge.clone(), web.clone()).outcome(), Outcome::Pass);
    assert_eq!(of(json!({"name": "gone"}), web.clone()).message(), "Gateway gone does not exist");
    assert_eq!(of(edge, json!({"name": "web", "port": 9})).message(), "Service web has no port 9");
    let case = Case::of(&CHECK).with(service("web", json!({}))).with(grpc(json!({"name": "gone"}), web));
    assert_eq!(case.judged().findings[0].object.as_ref().unwrap().to_string(), "GRPCRoute shop/web");
}

#[test]
fn a_route_of_connections_needs_a_listener_and_a_port_of_its_protocol() {
    let (edge, web) = (json!({"name": "edge"}), json!({"name": "dns", "port": 53}));
    let listeners = json!([{"name": "https", "port": 443, "protocol": "HTTPS"},
        {"name": "tls", "port": 8443, "protocol": "TLS"}, {"name": "udp", "port": 53, "protocol": "UDP"}]);
    let edge_of = |listeners: &Value| json!({"kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"listeners": listeners}});
    let of = |kind: &str, parent: &Value, ports: Value| {
        let mut route = route(parent.clone(), web.clone());
        route["kind"] = json!(kind);
        let dns = json!({"kind": "Service", "metadata": {"name": "dns"}, "spec": {"ports": ports}});
        ObjectCase::of(&CHECK, route).with(dns)
    };
    let tcp = json!([{"port": 53}]);
    let both = json!([{"name": "a", "port": 53}, {"name": "b", "port": 53, "protocol": "UDP"}]);
    for (kind, missing) in [("TLSRoute", "TCP"), ("TCPRoute", "TCP"), ("UDPRoute", "UDP")] {
        let at = |parent: &Value| of(kind, parent, both.clone()).with(edge_of(&listeners));
        assert_eq!(at(&edge).outcome(), Outcome::Pass, "{kind}");
        let section = at(&json!({"name": "edge", "sectionName": "https"}));
        assert_eq!(section.message(), format!("the listener https of Gateway edge is not for a {kind}"));
        assert_eq!(section.fields(), ["spec.parentRefs[0].sectionName"]);
        let port = at(&json!({"name": "edge", "port": 443}));
        assert_eq!(port.message(), format!("Gateway edge has no listener for a {kind} at port 443"));
        assert_eq!(port.fields(), ["spec.parentRefs[0].port"]);
        let only_https = of(kind, &edge, both.clone()).with(edge_of(&json!([listeners[0]])));
        assert_eq!(only_https.message(), format!("Gateway edge has no listener for a {kind}"));
        let other = if missing == "UDP" { tcp.clone() } else { json!([{"port": 53, "protocol": "UDP"}]) };
        let other = of(kind, &edge, other).with(edge_of(&listeners));
        assert_eq!(other.message(), format!("Service dns has no {missing} port 53"));
        assert_eq!(other.fields(), ["spec.rules[0].backendRefs[0].port"]);
    }
    let http = of("HTTPRoute", &edge, both).with(edge_of(&listeners));
    assert_eq!(http.outcome(), Outcome::Pass, "its controller says");
}

#[test]
fn a_kind_of_routes_that_is_not_served_has_none_and_one_that_may_not_be_listed_leaves_it_open() {
    let of = |coverage: Coverage| {
        Case::of(&CHECK).with(service("web", json!({}))).coverage_of(Kind::UdpRoute, coverage)
    };
    assert_eq!(of(Coverage::NotServed).outcome(), Outcome::NotApplicable);
    assert_eq!(of(Coverage::Forbidden).outcome(), Outcome::Unknown);
}

fn grant(kind: &str) -> Value {
    let from = json!({"group": "gateway.networking.k8s.io", "kind": kind, "namespace": "shop"});
    json!({"kind": "ReferenceGrant", "metadata": {"name": "it", "namespace": "bank"},
        "spec": {"from": [from], "to": [{"group": "", "kind": "Service"}]}})
}

#[test]
fn a_service_of_another_namespace_must_be_there_and_be_granted() {
    let to = |port: i64| {
        let backend = json!({"name": "api", "namespace": "bank", "port": port});
        of(json!({"name": "edge"}), backend).everywhere()
    };
    let refused = to(80);
    assert_eq!(refused.message(), "no ReferenceGrant lets the route use Service bank/api");
    assert_eq!(refused.fields(), ["spec.rules[0].backendRefs[0].namespace"]);
    assert_eq!(to(80).with(grant("GRPCRoute")).message(), refused.message(), "it is for others");
    let granted = |port: i64| to(port).with(grant("HTTPRoute"));
    assert_eq!(granted(80).message(), "Service bank/api does not exist");
    let mut api = service("api", json!({}));
    api["metadata"]["namespace"] = json!("bank");
    assert_eq!(granted(80).with(api.clone()).outcome(), Outcome::Pass);
    assert_eq!(granted(9).with(api).message(), "Service bank/api has no port 9");
    assert_eq!(to(80).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

/// A route in good order with these conditions at its Gateway, stored by the server.
fn said(conditions: Value) -> ObjectCase {
    stored(json!({"name": "edge"}), json!([{"parentRef": {"name": "edge"}, "conditions": conditions}]))
}

fn stored(parent: Value, parents: Value) -> ObjectCase {
    let mut route = route(parent, json!({"name": "web", "port": 80}));
    route["metadata"]["generation"] = json!(2);
    route["status"] = json!({ "parents": parents });
    ObjectCase::of(&CHECK, route).with(gateway()).with(service("web", json!({})))
}

fn condition(kind: &str, status: &str, observed: i64) -> Value {
    json!({"type": kind, "status": status, "reason": "Because", "message": "m", "observedGeneration": observed})
}

#[test]
fn what_a_controller_says_of_the_route_as_it_stands_counts_in_a_cluster_and_in_what_was_exported() {
    let accepted = || condition("Accepted", "True", 2);
    for is_live in [true, false] {
        let said = |conditions: Value| if is_live { said(conditions).live() } else { said(conditions) };
        assert_eq!(said(json!([accepted()])).outcome(), Outcome::Pass);
        let refused = said(json!([condition("Accepted", "False", 2)]));
        assert_eq!(refused.message(), "Gateway edge does not accept the route: Because");
        assert_eq!(refused.fields(), ["spec.parentRefs[0]"]);
        let unresolved = said(json!([accepted(), condition("ResolvedRefs", "False", 2)]));
        assert_eq!(
            unresolved.message(),
            "at Gateway edge not all is found that the route refers to: Because"
        );
        assert_eq!(said(json!([accepted(), condition("ResolvedRefs", "True", 2)])).outcome(), Outcome::Pass);
    }
}

#[test]
fn what_was_said_of_an_earlier_generation_or_not_yet_is_pending_in_a_cluster_and_nothing_in_files() {
    for conditions in [
        json!([]),
        json!([condition("Accepted", "False", 1)]),
        json!([condition("Accepted", "Unknown", 2)]),
        json!([condition("Accepted", "True", 2), condition("ResolvedRefs", "False", 1)]),
    ] {
        assert_eq!(said(conditions.clone()).live().outcome(), Outcome::Pending, "{conditions}");
        assert_eq!(said(conditions.clone()).outcome(), Outcome::Pass, "{conditions}");
    }
    let nobody = stored(json!({"name": "edge"}), json!([])).live();
    assert_eq!(nobody.message(), "whether Gateway edge accepts the route is not said yet");
    let file = of(json!({"name": "edge"}), json!({"name": "web", "port": 80})).live();
    assert_eq!(file.outcome(), Outcome::Pass, "no server has stored it");
}

#[test]
fn of_a_parent_that_is_no_gateway_only_what_is_said_counts() {
    let parent = json!({"group": "", "kind": "Service", "name": "web"});
    assert_eq!(stored(parent.clone(), json!([])).live().outcome(), Outcome::Pass);
    let conditions = json!([condition("Accepted", "False", 2)]);
    let refused = stored(parent.clone(), json!([{"parentRef": parent, "conditions": conditions}])).live();
    assert_eq!(refused.message(), "Service web does not accept the route: Because");
}

#[test]
fn what_is_seen_to_be_wrong_is_not_told_again_in_the_words_of_a_controller() {
    let conditions = json!([condition("Accepted", "True", 2), condition("ResolvedRefs", "False", 2)]);
    let mut route = route(json!({"name": "edge"}), json!({"name": "gone", "port": 80}));
    route["metadata"]["generation"] = json!(2);
    route["status"] = json!({"parents": [{"parentRef": {"name": "edge"}, "conditions": conditions}]});
    let case = ObjectCase::of(&CHECK, route).with(gateway()).live();
    assert_eq!(case.message(), "Service gone does not exist");
    let absent = stored(json!({"name": "gone"}), json!([])).live();
    assert_eq!(absent.message(), "Gateway gone does not exist");
}

#[test]
fn a_controller_that_misses_what_is_there_is_late() {
    let case = |reason: &str, more: &[Value]| {
        let mut unresolved = condition("ResolvedRefs", "False", 2);
        unresolved["reason"] = json!(reason);
        let conditions = json!([condition("Accepted", "True", 2), unresolved]);
        let mut route = route(json!({"name": "edge"}), json!({"name": "web", "port": 80}));
        route["metadata"]["generation"] = json!(2);
        route["status"] = json!({"parents": [{"parentRef": {"name": "edge"}, "conditions": conditions}]});
        route["spec"]["rules"][0]["backendRefs"].as_array_mut().unwrap().extend_from_slice(more);
        ObjectCase::of(&CHECK, route).with(gateway()).with(service("web", json!({})))
    };
    for reason in ["BackendNotFound", "RefNotPermitted"] {
        assert_eq!(case(reason, &[]).live().outcome(), Outcome::Pending);
        assert_eq!(case(reason, &[]).outcome(), Outcome::Pass, "what was missing was given");
        let elsewhere = json!({"name": "api", "namespace": "bank", "port": 80});
        assert_eq!(case(reason, &[elsewhere]).live().outcome(), Outcome::Fail, "it may mean that one");
        let bucket = json!({"group": "example.com", "kind": "Bucket", "name": "it"});
        assert_eq!(case(reason, &[bucket]).live().outcome(), Outcome::Fail);
    }
    assert_eq!(case("InvalidKind", &[]).live().outcome(), Outcome::Fail);
}

#[test]
fn a_reason_is_a_word_however_long_it_is() {
    let mut condition = condition("Accepted", "False", 2);
    condition["reason"] = json!("Because\u{1b}".repeat(100));
    let message = said(json!([condition])).message();
    assert!(message.len() < 120 && message.is_ascii(), "{message}");
    assert!(!message.contains('\u{1b}'));
}

#[test]
fn the_port_of_a_parent_is_one_of_a_listener() {
    let by = |parent: Value| of(parent, json!({"name": "web", "port": 80}));
    assert_eq!(by(json!({"name": "edge", "port": 443})).outcome(), Outcome::Pass);
    assert_eq!(by(json!({"name": "edge", "sectionName": "https", "port": 443})).outcome(), Outcome::Pass);
    let other = by(json!({"name": "edge", "port": 9999}));
    assert_eq!(other.message(), "Gateway edge has no listener for port 9999");
    assert_eq!(other.fields(), ["spec.parentRefs[0].port"]);
    assert_eq!(by(json!({"name": "edge", "sectionName": "https", "port": 80})).outcome(), Outcome::Fail);
}

#[test]
fn who_gets_copies_of_requests_must_be_there_too() {
    let to = |backend: Value| {
        let mirror = json!({"type": "RequestMirror", "requestMirror": {"backendRef": backend}});
        let mut route = route(json!({"name": "edge"}), json!({"name": "web", "port": 80}));
        route["spec"]["rules"][0]["filters"] = json!([mirror]);
        ObjectCase::of(&CHECK, route).with(gateway()).with(service("web", json!({})))
    };
    assert_eq!(to(json!({"name": "web", "port": 80})).outcome(), Outcome::Pass);
    let gone = to(json!({"name": "gone", "port": 80}));
    assert_eq!(gone.message(), "Service gone does not exist");
    assert_eq!(gone.fields(), ["spec.rules[0].filters[0].requestMirror.backendRef.name"]);
}
