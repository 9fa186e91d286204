//! Tests of `network-policy-required-flows`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_add_ons as add_ons;
use crate::checks::testing_neighbours::{backend, behind_ingress, behind_service, rule};
use crate::inventory::lookup::Coverage;

fn policy(spec: Value) -> Value {
    json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec})
}

fn egress(rule: Value) -> Case {
    Case::of(&CHECK).with(policy(json!({"policyTypes": ["Egress"], "egress": [rule]})))
}

fn dns_ports() -> Value {
    json!([{"port": 53, "protocol": "UDP"}, {"port": 53}])
}

#[test]
fn isolated_pods_reach_the_dns() {
    assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "disagreement 46");
    let only_in = policy(json!({"policyTypes": ["Ingress"]}));
    assert_eq!(Case::of(&CHECK).with(only_in).outcome(), Outcome::Pass);
    let closed = Case::of(&CHECK).with(policy(json!({"policyTypes": ["Egress"]})));
    assert_eq!(
        closed.message(),
        "the pods are isolated for Egress, and no NetworkPolicy admits connections to the cluster's DNS over UDP"
    );
    assert_eq!(closed.fields(), ["spec.template.metadata.labels"]);
    for open in [json!({}), json!({ "ports": dns_ports() })] {
        assert_eq!(egress(open.clone()).outcome(), Outcome::Pass, "{open}");
    }
    let own = closed.with(json!({"kind": "NetworkPolicy", "metadata": {"name": "dns"},
        "spec": {"policyTypes": ["Egress"], "egress": [{"ports": dns_ports()}]}}));
    assert_eq!(own.outcome(), Outcome::Pass, "policies count together");
}

#[test]
fn without_tcp_long_answers_are_lost() {
    let udp = egress(json!({"ports": [{"port": 53, "protocol": "UDP"}]})).judged();
    assert_eq!(udp.findings[0].grade, Some(Severity::Low));
    let tcp = egress(json!({"ports": [{"port": 53}]})).judged();
    assert_eq!((tcp.findings.len(), tcp.findings[0].grade), (1, None));
    let range = json!({"ports": [{"port": 1, "endPort": 60, "protocol": "UDP"}, {"port": 53}]});
    assert_eq!(egress(range).outcome(), Outcome::Pass);
}

#[test]
fn peers_are_told_by_the_labels_that_are_known() {
    let system = json!({"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}});
    let dns = json!({"matchLabels": {"k8s-app": "kube-dns"}});
    for (peer, outcome) in [
        (json!({"namespaceSelector": system, "podSelector": dns}), Outcome::Pass),
        (json!({"namespaceSelector": {}, "podSelector": dns}), Outcome::Pass),
        (json!({"namespaceSelector": system}), Outcome::Pass),
        (json!({"podSelector": dns}), Outcome::Fail),
        (json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "x"}}}), Outcome::Fail),
        (
            json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "dns"}}}),
            Outcome::Fail,
        ),
        (json!({"namespaceSelector": {"matchLabels": {"name": "kube-system"}}}), Outcome::Unknown),
        (
            json!({"namespaceSelector": system, "podSelector": {"matchLabels": {"app": "x"}}}),
            Outcome::Unknown,
        ),
        (json!({"ipBlock": {"cidr": "0.0.0.0/0"}}), Outcome::Unknown),
    ] {
        let case = egress(json!({"to": [peer.clone()], "ports": dns_ports()}));
        assert_eq!(case.outcome(), outcome, "{peer}");
    }
    let named = json!({"ports": [{"port": "dns", "protocol": "UDP"}, {"port": 53}]});
    assert_eq!(egress(named).outcome(), Outcome::Unknown, "its pods say what the name stands for");
}

#[test]
fn the_name_of_a_port_is_what_the_workloads_of_the_other_side_say() {
    let server = |name: &str, port: i64| {
        let ports = json!([{"name": "dns", "containerPort": port, "protocol": "UDP"}, {"name": "dns-tcp", "containerPort": port}]);
        let container = json!({"name": "dns", "image": "registry.example/dns:1", "ports": ports});
        json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "kube-system"}, "spec": {"template": {
            "metadata": {"labels": {"k8s-app": "kube-dns"}}, "spec": {"containers": [container]}}}})
    };
    let named = || egress(json!({"ports": [{"port": "dns", "protocol": "UDP"}, {"port": "dns-tcp"}]}));
    assert_eq!(named().everywhere().outcome(), Outcome::Unknown, "nobody is there who would say");
    let known = || named().with(server("dns", 53)).everywhere();
    assert_eq!(known().outcome(), Outcome::Pass);
    assert_eq!(named().with(server("dns", 53)).outcome(), Outcome::Unknown, "it is out of sight");
    assert_eq!(known().with(server("other", 5353)).outcome(), Outcome::Unknown, "they disagree");
    assert_eq!(known().coverage(Coverage::Partial).outcome(), Outcome::Unknown, "there may be more");
    let other = named().with(server("dns", 5353)).everywhere();
    assert_eq!(other.outcome(), Outcome::Unknown, "the parameter may be wrong");
}

#[test]
fn who_does_not_ask_the_cluster_needs_no_way_to_it() {
    let closed = Case::of(&CHECK).with(policy(json!({"policyTypes": ["Egress"]})));
    assert_eq!(closed.clone().pod(json!({"dnsPolicy": "Default"})).outcome(), Outcome::Pass);
    assert_eq!(closed.clone().pod(json!({"dnsPolicy": "ClusterFirst"})).outcome(), Outcome::Fail);
    assert_eq!(closed.clone().pod(json!({"hostNetwork": true})).outcome(), Outcome::NotApplicable);
    assert_eq!(closed.parameters(json!({"dns": {"required": false}})).outcome(), Outcome::Pass);
}

/// A workload behind the Service `web`, with this flow and this policy for what comes in.
fn ingress(flow: Value, rules: Value) -> Case {
    behind_service(&CHECK, json!({}))
        .with(policy(json!({"policyTypes": ["Ingress"], "ingress": rules})))
        .parameters(json!({"flows": [flow]}))
}

#[test]
fn what_comes_in_reaches_the_ports_that_services_send_to() {
    let edge = json!({"name": "edge", "namespaceLabels": {"kubernetes.io/metadata.name": "edge"}});
    let from = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]);
    for (port, outcome) in [
        (json!(8080), Outcome::Pass),
        (json!("http"), Outcome::Pass),
        (json!(9090), Outcome::Fail),
        (json!("metrics"), Outcome::Fail),
    ] {
        let case = ingress(edge.clone(), json!([{"from": from, "ports": [{"port": port}]}]));
        assert_eq!(case.outcome(), outcome, "{port}");
    }
    let closed = ingress(edge, json!([]));
    assert!(closed.message().ends_with("admits connections of the flow edge, port 8080"));
}

#[test]
fn a_port_and_its_name_are_those_of_one_protocol() {
    let ports = json!([{"name": "dns", "containerPort": 53}, {"name": "dns", "containerPort": 5353, "protocol": "UDP"}]);
    let of = |protocol: &str, rules: Value| {
        behind_service(&CHECK, json!({"ports": [{"port": 53, "protocol": "UDP", "targetPort": "dns"}]}))
            .container(json!({"ports": ports}))
            .with(policy(json!({"policyTypes": ["Ingress"], "ingress": rules})))
            .parameters(json!({"flows": [{"name": "names", "protocol": protocol}]}))
    };
    assert!(of("UDP", json!([])).message().ends_with("admits connections of the flow names, port 5353"));
    assert_eq!(of("TCP", json!([])).outcome(), Outcome::Pass, "no Service sends there over TCP");
    let named = json!([{"ports": [{"port": "dns", "protocol": "UDP"}]}]);
    assert_eq!(of("UDP", named).outcome(), Outcome::Pass);
    let other = of("UDP", json!([{"ports": [{"port": 53, "protocol": "UDP"}]}]));
    assert_eq!(other.outcome(), Outcome::Fail, "the other port of the name is TCP's");
    let by_number = |rules: Value| {
        let flow = json!({"name": "names", "protocol": "UDP", "ports": [53]});
        of("UDP", rules).parameters(json!({"flows": [flow]})).outcome()
    };
    let named = json!([{"ports": [{"port": "dns", "protocol": "UDP"}]}]);
    assert_eq!(by_number(named), Outcome::Fail, "of UDP the name stands for 5353 alone");
}

#[test]
fn the_own_namespace_is_known_by_its_labels() {
    let flow = json!({"name": "friends", "podLabels": {"app": "api"}, "ports": [8080]});
    let from = |peer: Value| ingress(flow.clone(), json!([{"from": [peer]}]));
    assert_eq!(from(json!({"podSelector": {"matchLabels": {"app": "api"}}})).outcome(), Outcome::Pass);
    let labels = json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}});
    for (label, outcome) in [
        (json!({"kubernetes.io/metadata.name": "shop"}), Outcome::Pass),
        (json!({"team": "a"}), Outcome::Pass),
        (json!({"team": "b"}), Outcome::Fail),
    ] {
        let case = from(json!({"namespaceSelector": {"matchLabels": label}})).with(labels.clone());
        assert_eq!(case.outcome(), outcome, "{label}");
    }
    let hidden = from(json!({"namespaceSelector": {"matchLabels": {"team": "a"}}}));
    assert_eq!(hidden.coverage_of(Kind::Namespace, Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn a_namespace_known_by_other_labels_may_be_the_own_one() {
    let api = json!({"podSelector": {"matchLabels": {"app": "api"}}});
    for (labels, outcome) in [
        (json!({}), Outcome::Pass),
        (json!({"kubernetes.io/metadata.name": "shop"}), Outcome::Pass),
        (json!({"kubernetes.io/metadata.name": "bank"}), Outcome::Fail),
        (json!({"team": "a"}), Outcome::Unknown),
    ] {
        let pods = json!({"app": "api"});
        let flow = json!({"name": "friends", "namespaceLabels": labels, "podLabels": pods, "ports": [8080]});
        assert_eq!(ingress(flow, json!([{"from": [api]}])).outcome(), outcome, "{labels}");
    }
}

#[test]
fn some_flows_are_for_workloads_behind_an_ingress() {
    let flow = json!({"name": "edge", "onlyBehindIngress": true, "ports": [8080]});
    assert_eq!(ingress(flow.clone(), json!([])).outcome(), Outcome::Pass);
    let rules = json!({"rules": [rule("a.example", &[backend("web", json!({"number": 80}))])]});
    let behind = behind_ingress(&CHECK, rules)
        .with(policy(json!({"policyTypes": ["Ingress"]})))
        .parameters(json!({ "flows": [flow] }));
    assert_eq!(behind.outcome(), Outcome::Fail);
}

#[test]
fn what_goes_out_may_need_every_port() {
    let flow = json!({"name": "database", "direction": "Egress", "podLabels": {"app": "db"}});
    let with = |rules: Value| {
        Case::of(&CHECK)
            .with(policy(json!({"policyTypes": ["Egress"], "egress": rules})))
            .parameters(json!({"dns": {"required": false}, "flows": [flow]}))
            .outcome()
    };
    let peer = json!([{"podSelector": {"matchLabels": {"app": "db"}}}]);
    assert_eq!(with(json!([{ "to": peer }])), Outcome::Pass);
    assert_eq!(with(json!([{"to": peer, "ports": [{"port": 5432}]}])), Outcome::Fail);
    assert_eq!(with(json!([{"to": peer, "ports": [{"protocol": "TCP"}]}])), Outcome::Pass);
}

#[test]
fn a_key_of_a_flow_that_nobody_knows_is_an_error() {
    let given = json!({"flows": [{"nmae": "x"}]});
    assert!((CHECK.compile)(given.as_object().unwrap()).is_err());
}

#[test]
fn other_kinds_are_read_for_flows_only() {
    let reads = |given: Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
    let policies = [&[Kind::Namespace, Kind::NetworkPolicy], Kind::ADD_ON_POLICIES].concat();
    assert_eq!(reads(json!({})), policies);
    assert_eq!(reads(json!({"flows": [{}]})), CHECK.reads);
}

#[test]
fn disagreement_44_policies_that_were_not_given_leave_it_open() {
    let partial = |case: Case| case.coverage(Coverage::Partial).outcome();
    assert_eq!(partial(Case::of(&CHECK)), Outcome::Unknown);
    assert_eq!(partial(egress(json!({"ports": [{"port": 80}]}))), Outcome::Unknown);
    assert_eq!(partial(egress(json!({}))), Outcome::Unknown, "a policy of another API may take it away");
    let add_ons = Kind::ADD_ON_POLICIES.iter();
    let known = add_ons.fold(egress(json!({})), |case, kind| case.coverage_of(*kind, Coverage::NotServed));
    assert_eq!(partial(known), Outcome::Pass, "no further NetworkPolicy takes it away");
}

#[test]
fn disagreement_37_what_policies_of_other_apis_add_and_take_away_is_not_known() {
    let beside = |case: Case, rules: Value| case.with(add_ons::cilium(json!({}), rules)).outcome();
    let out = json!({"egress": [{"toEntities": ["world"]}]});
    assert_eq!(beside(Case::of(&CHECK), out.clone()), Outcome::Unknown);
    assert_eq!(beside(egress(json!({})), out), Outcome::Unknown);
    assert_eq!(beside(egress(json!({})), json!({"ingress": [{}]})), Outcome::Pass);
    let other = Case::of(&CHECK).parameters(json!({"otherApis": true}));
    assert_eq!(other.outcome(), Outcome::Unknown);
}

#[test]
fn the_labels_of_a_namespace_that_is_known_and_in_sight_decide() {
    let by = |key: &str| {
        let peer = json!({"namespaceSelector": {"matchLabels": {key: "x"}}});
        egress(json!({"to": [peer], "ports": dns_ports()}))
            .with(json!({"kind": "Namespace", "metadata": {"name": "kube-system", "labels": {"team": "x"}}}))
    };
    assert_eq!(by("team").everywhere().outcome(), Outcome::Pass);
    assert_eq!(by("other").everywhere().outcome(), Outcome::Fail);
    assert_eq!(by("team").outcome(), Outcome::Unknown, "out of sight");
    let alone = egress(json!({"to": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]}));
    assert_eq!(alone.everywhere().outcome(), Outcome::Unknown, "not given");
}
