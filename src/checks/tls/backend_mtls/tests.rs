//! Tests of `backend-mtls`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

fn namespace(labels: Value, annotations: Value) -> Value {
    json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": labels, "annotations": annotations}})
}

fn template(metadata: Value) -> Case {
    Case::of(&CHECK).workload(json!({"spec": {"template": {"metadata": metadata}}}))
}

fn istio(pod: Value, labels: Value) -> Outcome {
    let case = template(pod).with(namespace(labels, json!({})));
    case.parameters(json!({"mode": "istio"})).outcome()
}

fn linkerd(pod: Value, annotations: Value) -> Case {
    let case = template(json!({"annotations": pod})).with(namespace(json!({}), annotations));
    case.parameters(json!({"mode": "linkerd"}))
}

#[test]
fn without_a_mesh_there_is_nothing_to_ask() {
    assert_eq!(Case::of(&CHECK).coverage(Coverage::Forbidden).outcome(), Outcome::NotApplicable);
}

#[test]
fn istio_injects_by_the_namespace_and_by_the_pod() {
    let (on, rev) = (json!({"istio-injection": "enabled"}), json!({"istio.io/rev": "1-29"}));
    let label = |key: &str, word: &str| json!({"labels": {key: word}});
    let annotation = |word: &str| json!({"annotations": {"sidecar.istio.io/inject": word}});
    for (pod, labels, expected) in [
        (json!({}), on.clone(), Outcome::Pass),
        (json!({}), rev.clone(), Outcome::Pass),
        (json!({}), json!({}), Outcome::Fail),
        (json!({}), json!({"istio-injection": "disabled", "istio.io/rev": "1-29"}), Outcome::Fail),
        (label("sidecar.istio.io/inject", "true"), json!({}), Outcome::Pass),
        (label("sidecar.istio.io/inject", "true"), json!({"istio-injection": "disabled"}), Outcome::Fail),
        (label("sidecar.istio.io/inject", "false"), on.clone(), Outcome::Fail),
        (label("istio.io/rev", "1-29"), json!({}), Outcome::Pass),
        (annotation("false"), on.clone(), Outcome::Fail),
        (annotation("true"), json!({}), Outcome::Fail),
        (annotation("true"), rev, Outcome::Pass),
    ] {
        assert_eq!(istio(pod.clone(), labels.clone()), expected, "{pod} in {labels}");
    }
}

#[test]
fn the_ambient_mesh_is_one_too() {
    let ambient = json!({"istio.io/dataplane-mode": "ambient"});
    assert_eq!(istio(json!({}), ambient.clone()), Outcome::Pass);
    assert_eq!(istio(json!({"labels": ambient}), json!({})), Outcome::Pass);
    assert_eq!(istio(json!({"labels": {"istio.io/dataplane-mode": "none"}}), ambient.clone()), Outcome::Fail);
    assert_eq!(istio(json!({"annotations": {BYPASS: "true"}}), ambient.clone()), Outcome::Fail);
    let excluded = json!({"annotations": {"traffic.sidecar.istio.io/excludeInboundPorts": "80"}});
    assert_eq!(istio(excluded, ambient), Outcome::Pass, "there is no sidecar to go round");
}

#[test]
fn what_goes_round_the_sidecar_fails() {
    let with = |key: &str, list: &str| {
        let case = template(json!({"annotations": {key: list}}));
        case.with(namespace(json!({"istio-injection": "enabled"}), json!({})))
    };
    let istio = |allowed: Value| json!({"mode": "istio", "allowedPorts": allowed});
    for (key, list, expected) in [
        ("traffic.sidecar.istio.io/excludeInboundPorts", "3306", Outcome::Fail),
        ("traffic.sidecar.istio.io/excludeInboundPorts", "", Outcome::Pass),
        ("traffic.sidecar.istio.io/excludeOutboundPorts", "8080, 9090", Outcome::Fail),
        ("traffic.sidecar.istio.io/excludeOutboundPorts", "8080", Outcome::Pass),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.0/8", Outcome::Fail),
        ("traffic.sidecar.istio.io/includeInboundPorts", "*", Outcome::Pass),
        ("traffic.sidecar.istio.io/includeInboundPorts", "80", Outcome::Fail),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "", Outcome::Fail),
        ("sidecar.istio.io/interceptionMode", "NONE", Outcome::Fail),
        ("sidecar.istio.io/interceptionMode", "TPROXY", Outcome::Pass),
    ] {
        let judged = with(key, list).parameters(istio(json!(["8080"]))).outcome();
        assert_eq!(judged, expected, "{key}: {list}");
    }
    let message = with(EXCLUDED[0], "3306").parameters(istio(json!([]))).message();
    let expected = "traffic goes round the proxy: traffic.sidecar.istio.io/excludeInboundPorts is \"3306\"";
    assert_eq!(message, expected);
}

#[test]
fn linkerd_injects_by_the_annotation_that_is_nearest() {
    let inject = |word: &str| json!({LINKERD: word});
    for (pod, namespace, expected) in [
        (json!({}), inject("enabled"), Outcome::Pass),
        (inject("ingress"), json!({}), Outcome::Pass),
        (inject("disabled"), inject("enabled"), Outcome::Fail),
        (inject("enabled"), inject("disabled"), Outcome::Pass),
        (json!({}), json!({}), Outcome::Fail),
    ] {
        assert_eq!(linkerd(pod.clone(), namespace.clone()).outcome(), expected, "{pod} in {namespace}");
    }
    let closed = namespace(json!({"config.linkerd.io/admission-webhooks": "disabled"}), inject("enabled"));
    let case = Case::of(&CHECK).with(closed).parameters(json!({"mode": "linkerd"}));
    assert_eq!(case.outcome(), Outcome::Fail);
}

#[test]
fn ports_that_linkerd_skips_fail_wherever_that_is_said() {
    let skip = |list: &str| json!({LINKERD: "enabled", "config.linkerd.io/skip-outbound-ports": list});
    let own = linkerd(skip("4567-4568"), json!({}));
    assert_eq!(own.clone().outcome(), Outcome::Fail);
    assert_eq!(own.judged().findings[0].object, None);
    let inherited = linkerd(json!({}), skip("3306"));
    assert_eq!(inherited.judged().findings[0].object.as_ref().unwrap().to_string(), "Namespace shop");
    let allowed = json!({"mode": "linkerd", "allowedPorts": ["3306"]});
    assert_eq!(inherited.parameters(allowed).outcome(), Outcome::Pass);
    assert_eq!(linkerd(skip(""), skip("3306")).outcome(), Outcome::Pass, "the pod's own counts");
}

#[test]
fn pods_on_the_network_of_the_node_are_in_none_and_an_unknown_namespace_is_unknown() {
    for mode in ["istio", "linkerd"] {
        let case = Case::of(&CHECK).parameters(json!({"mode": mode}));
        assert_eq!(case.clone().pod(json!({"hostNetwork": true})).outcome(), Outcome::Fail);
        assert_eq!(case.clone().outcome(), Outcome::Unknown, "nobody gave it");
        assert_eq!(case.coverage_of(Kind::Namespace, Coverage::Forbidden).outcome(), Outcome::Unknown);
    }
}
