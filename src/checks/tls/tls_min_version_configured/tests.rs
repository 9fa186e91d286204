//! Tests of `tls-min-version-configured`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

fn map(data: Value) -> ObjectCase {
    ObjectCase::of(&CHECK, json!({"kind": "ConfigMap", "metadata": {"name": "nginx"}, "data": data}))
}

fn annotated(kind: &str, key: &str, value: &str) -> ObjectCase {
    let metadata = json!({"name": "web", "annotations": {key: value}});
    ObjectCase::of(&CHECK, json!({"kind": kind, "metadata": metadata, "spec": {}}))
}

#[test]
fn the_lowest_version_of_the_controllers_list_counts() {
    let old = map(json!({"ssl-protocols": "TLSv1.1 TLSv1.2"}));
    assert_eq!(old.message(), "the lowest version that is accepted is TLS 1.1, older than TLS 1.2");
    assert_eq!(old.fields(), ["data[ssl-protocols]"]);
    assert_eq!(map(json!({"ssl-protocols": "TLSv1.2 TLSv1.3"})).outcome(), Outcome::Pass);
    assert_eq!(map(json!({"ssl-protocols": "$(VERSIONS)"})).outcome(), Outcome::Unknown);
    assert_eq!(map(json!({"ssl-ciphers": "TLSv1"})).outcome(), Outcome::NotApplicable);
}

#[test]
fn the_configuration_of_contour_says_a_version_or_nothing() {
    let of = |text: &str| map(json!({"contour.yaml": text}));
    let old = of("debug: false\ntls:\n  minimum-protocol-version: \"1.1\"\n");
    assert_eq!(old.message(), "the lowest version that is accepted is TLS 1.1, older than TLS 1.2");
    assert_eq!(old.fields(), ["data[contour.yaml]"]);
    assert_eq!(of("tls:\n  minimum-protocol-version: 1.3\n").outcome(), Outcome::Pass);
    assert_eq!(of("tls: {minimum-protocol-version: 1.1}\n").outcome(), Outcome::Unknown);
    assert_eq!(of("tls:\n  fallback-certificate: {name: a}\n").outcome(), Outcome::NotApplicable);
    let both =
        map(json!({"contour.yaml": "tls:\n  minimum-protocol-version: 1.1", "ssl-protocols": "TLSv1"}));
    assert_eq!(both.fields(), ["data[ssl-protocols]", "data[contour.yaml]"]);
}

#[test]
fn annotations_of_ingresses_and_services_name_a_policy_or_a_version() {
    let alb = "alb.ingress.kubernetes.io/ssl-policy";
    let contour = "projectcontour.io/tls-minimum-protocol-version";
    let service = "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy";
    for (kind, key, value, outcome) in [
        ("Ingress", alb, "ELBSecurityPolicy-TLS13-1-2-2021-06", Outcome::Pass),
        ("Ingress", alb, "ELBSecurityPolicy-2016-08", Outcome::Fail),
        ("Ingress", alb, "of-our-own", Outcome::Unknown),
        ("Ingress", contour, "1.1", Outcome::Fail),
        ("Ingress", contour, "1.3", Outcome::Pass),
        ("Service", service, "ELBSecurityPolicy-TLS-1-1-2017-01", Outcome::Fail),
        (
            "Ingress",
            "traefik.ingress.kubernetes.io/router.tls.options",
            "shop-modern@kubernetescrd",
            Outcome::Unknown,
        ),
        ("Ingress", "example.com/other", "1.0", Outcome::NotApplicable),
    ] {
        assert_eq!(annotated(kind, key, value).outcome(), outcome, "{key} {value}");
    }
    assert_eq!(annotated("Ingress", contour, "1.1").fields(), [format!("metadata.annotations[{contour}]")]);
}

#[test]
fn the_policy_says_how_new_it_must_be() {
    let list = map(json!({"ssl-protocols": "TLSv1.2 TLSv1.3"})).parameters(json!({"min": "1.3"}));
    assert_eq!(list.message(), "the lowest version that is accepted is TLS 1.2, older than TLS 1.3");
}

fn option(namespace: &str, name: &str, spec: Value) -> Value {
    json!({"kind": "TLSOption", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

#[test]
fn a_tls_option_says_its_lowest_version_or_leaves_it_to_traefik() {
    let of = |spec: Value| ObjectCase::of(&CHECK, option("shop", "modern", spec));
    let old = of(json!({"minVersion": "VersionTLS11"}));
    assert_eq!(old.message(), "the lowest version that is accepted is TLS 1.1, older than TLS 1.2");
    assert_eq!(old.fields(), ["spec.minVersion"]);
    assert_eq!(of(json!({"minVersion": "VersionTLS12"})).outcome(), Outcome::Pass);
    assert_eq!(of(json!({"minVersion": "novel"})).outcome(), Outcome::Unknown);
    assert_eq!(of(json!({"sniStrict": true})).outcome(), Outcome::NotApplicable);
}

fn naming(value: &str) -> ObjectCase {
    annotated("Ingress", TRAEFIK, value)
}

#[test]
fn an_ingress_is_judged_by_the_tls_option_that_it_names() {
    let own = |spec: Value| naming("shop-modern@kubernetescrd").with(option("shop", "modern", spec));
    let old = own(json!({"minVersion": "VersionTLS10"}));
    assert_eq!(old.outcome(), Outcome::Fail);
    assert_eq!(old.fields(), [format!("metadata.annotations[{TRAEFIK}]")]);
    assert_eq!(own(json!({"minVersion": "VersionTLS13"})).outcome(), Outcome::Pass);
    assert_eq!(own(json!({})).outcome(), Outcome::NotApplicable, "Traefik decides");
    let file = naming("modern@file").with(option("shop", "modern", json!({"minVersion": "VersionTLS13"})));
    assert_eq!(file.outcome(), Outcome::Unknown);
}

#[test]
fn a_tls_option_of_another_namespace_is_seen_by_policies_of_the_cluster_only() {
    let elsewhere = || {
        naming("edge-tls-modern@kubernetescrd").with(option(
            "edge-tls",
            "modern",
            json!({"minVersion": "VersionTLS12"}),
        ))
    };
    assert_eq!(elsewhere().outcome(), Outcome::NotApplicable);
    let own = option("shop", "tls-modern", json!({"minVersion": "VersionTLS11"}));
    let either = naming("shop-tls-modern@kubernetescrd");
    assert_eq!(
        either.outcome(),
        Outcome::NotApplicable,
        "the one here is not there, the other is out of sight"
    );
    assert_eq!(either.with(own).outcome(), Outcome::Fail);
    let not_given = naming("shop-tls-modern@kubernetescrd").coverage(Coverage::Partial);
    assert_eq!(not_given.outcome(), Outcome::Unknown);
    assert_eq!(elsewhere().everywhere().outcome(), Outcome::Pass);
    let twice =
        elsewhere().everywhere().with(option("edge", "tls-modern", json!({"minVersion": "VersionTLS11"})));
    assert_eq!(twice.outcome(), Outcome::Fail, "the same word names both");
    assert_eq!(naming("gone-option@kubernetescrd").everywhere().outcome(), Outcome::Unknown);
}

fn servers(servers: Value) -> ObjectCase {
    let api_version = "networking.istio.io/v1beta1";
    let spec = json!({"selector": {"istio": "ingressgateway"}, "servers": servers});
    ObjectCase::of(
        &CHECK,
        json!({"apiVersion": api_version, "kind": "Gateway", "metadata": {"name": "edge"}, "spec": spec}),
    )
}

#[test]
fn each_server_of_an_istio_gateway_that_ends_tls_is_judged() {
    let one = |tls: Value| servers(json!([{"port": {"number": 443}, "tls": tls}]));
    let two = servers(json!([
        {"tls": {"mode": "SIMPLE", "minProtocolVersion": "TLSV1_2"}},
        {"tls": {"mode": "MUTUAL", "minProtocolVersion": "TLSV1_0"}},
    ]));
    assert_eq!(two.message(), "the lowest version that is accepted is TLS 1.0, older than TLS 1.2");
    assert_eq!(two.fields(), ["spec.servers[1].tls.minProtocolVersion"]);
    assert_eq!(one(json!({"mode": "SIMPLE", "minProtocolVersion": "TLSV9"})).outcome(), Outcome::Unknown);
    for by_default in [json!({"mode": "SIMPLE"}), json!({"mode": "SIMPLE", "minProtocolVersion": "TLS_AUTO"})]
    {
        assert_eq!(one(by_default.clone()).outcome(), Outcome::Pass, "{by_default}");
        let strict = one(by_default).parameters(json!({"min": "1.3"}));
        assert_eq!(strict.message(), "the lowest version that is accepted is TLS 1.2, older than TLS 1.3");
    }
    for mode in ["PASSTHROUGH", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL"] {
        let passed = one(json!({"mode": mode, "minProtocolVersion": "TLSV1_0"}));
        assert_eq!(passed.outcome(), Outcome::NotApplicable, "{mode}");
    }
    assert_eq!(servers(json!([{"port": {"number": 80}}])).outcome(), Outcome::NotApplicable);
}

#[test]
fn a_mesh_of_consul_says_what_its_proxies_accept() {
    let mesh = |spec: Value| {
        ObjectCase::of(&CHECK, json!({"kind": "Mesh", "metadata": {"name": "mesh"}, "spec": spec}))
    };
    let of = |word: &str| mesh(json!({"tls": {"incoming": {"tlsMinVersion": word}}}));
    assert_eq!(of("TLSv1_1").message(), "the lowest version that is accepted is TLS 1.1, older than TLS 1.2");
    assert_eq!(of("TLSv1_1").fields(), ["spec.tls.incoming.tlsMinVersion"]);
    assert_eq!((of("TLSv1_2").outcome(), of("novel").outcome()), (Outcome::Pass, Outcome::Unknown));
    let outgoing = mesh(json!({"tls": {"outgoing": {"tlsMinVersion": "TLSv1_0"}}}));
    assert_eq!(
        (outgoing.outcome(), of("TLS_AUTO").outcome()),
        (Outcome::NotApplicable, Outcome::NotApplicable)
    );
}

#[test]
fn a_gateway_of_the_gateway_api_is_another_kind() {
    let spec = json!({"servers": [{"tls": {"mode": "SIMPLE", "minProtocolVersion": "TLSV1_0"}}]});
    let other = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "edge"}, "spec": spec});
    let beside = servers(json!([{"tls": {"mode": "SIMPLE"}}])).with(other);
    assert_eq!(beside.outcome(), Outcome::Pass);
}

#[test]
fn what_configures_a_controller_is_asked_of_no_workload() {
    let case = Case::of(&CHECK)
        .coverage_of(Kind::TlsOption, Coverage::Partial)
        .coverage_of(Kind::IstioGateway, Coverage::Forbidden);
    assert_eq!(case.outcome(), Outcome::NotApplicable);
}
