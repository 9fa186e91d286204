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

fn peers(namespace: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
        "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

fn mode(mode: &str) -> Value {
    json!({"mtls": {"mode": mode}})
}

fn strict() -> Value {
    peers("istio-system", "default", mode("STRICT"))
}

fn template(metadata: Value) -> Case {
    Case::of(&CHECK).workload(json!({"spec": {"template": {"metadata": metadata}}}))
}

fn istio(pod: Value, labels: Value) -> Outcome {
    let case = template(pod).with(namespace(labels, json!({})));
    case.with(strict()).parameters(json!({"mode": "istio"})).outcome()
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
        case.with(namespace(json!({"istio-injection": "enabled"}), json!({}))).with(strict())
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

/// A pod with the label `tier: front` in the mesh, with these PeerAuthentications.
fn among(peers: impl IntoIterator<Item = Value>) -> Case {
    let case = template(json!({"labels": {"tier": "front"}}));
    let case = case.with(namespace(json!({"istio-injection": "enabled"}), json!({})));
    peers.into_iter().fold(case, Case::with).parameters(json!({"mode": "istio"}))
}

fn front(mut spec: Value) -> Value {
    spec["selector"] = json!({"matchLabels": {"tier": "front"}});
    spec
}

#[test]
fn what_is_nearest_says_whether_plain_text_is_taken() {
    let mesh = |word: &str| peers("istio-system", "m", mode(word));
    let own = |word: &str| peers("shop", "n", mode(word));
    let pods = |word: &str| peers("shop", "p", front(mode(word)));
    let other = peers("bank", "n", mode("STRICT"));
    for (given, expected) in [
        (vec![], Outcome::Fail),
        (vec![other.clone()], Outcome::Fail),
        (vec![mesh("STRICT")], Outcome::Pass),
        (vec![mesh("PERMISSIVE")], Outcome::Fail),
        (vec![mesh("UNSET")], Outcome::Fail),
        (vec![own("STRICT")], Outcome::Pass),
        (vec![mesh("PERMISSIVE"), own("STRICT")], Outcome::Pass),
        (vec![mesh("STRICT"), own("UNSET")], Outcome::Pass),
        (vec![mesh("STRICT"), own("PERMISSIVE")], Outcome::Fail),
        (vec![mesh("STRICT"), own("DISABLE"), pods("STRICT")], Outcome::Pass),
        (vec![mesh("STRICT"), own("STRICT"), pods("DISABLE")], Outcome::Fail),
        (vec![own("STRICT"), pods("UNSET")], Outcome::Pass),
    ] {
        assert_eq!(among(given.clone()).outcome(), expected, "{given:?}");
    }
    let selecting_others = peers(
        "shop",
        "p",
        json!({"selector": {"matchLabels": {"tier": "back"}}, "mtls": {"mode": "DISABLE"}}),
    );
    assert_eq!(among([strict(), selecting_others]).outcome(), Outcome::Pass);
    let selecting_in_the_root = peers("istio-system", "p", front(mode("DISABLE")));
    assert_eq!(among([strict(), selecting_in_the_root]).outcome(), Outcome::Pass, "it is about none");
    let elsewhere = json!({"mode": "istio", "rootNamespace": "bank"});
    let tenant = among([other.clone()]).parameters(elsewhere.clone());
    assert_eq!(tenant.outcome(), Outcome::NotApplicable, "a tenant looks into no namespace of its choice");
    assert_eq!(among([other]).parameters(elsewhere.clone()).everywhere().outcome(), Outcome::Pass);
    assert_eq!(among([strict()]).parameters(elsewhere).everywhere().outcome(), Outcome::Fail);
}

#[test]
fn what_takes_plain_text_is_told_where_it_is_said() {
    let none = among([]).message();
    assert_eq!(none, "plain text is taken as well: no PeerAuthentication asks for encryption");
    let own = among([strict(), peers("shop", "n", mode("PERMISSIVE"))]).judged().findings;
    assert_eq!(own[0].field, "spec.mtls.mode");
    assert_eq!(own[0].object.as_ref().unwrap().to_string(), "PeerAuthentication shop/n");
    let mesh = among([peers("istio-system", "m", mode("DISABLE"))]);
    assert_eq!(mesh.judged().findings[0].object, None);
    assert!(mesh.message().ends_with("the mesh's PeerAuthentication is not STRICT"));
}

#[test]
fn of_several_the_oldest_counts_and_each_where_that_is_not_told() {
    let made = |name: &str, word: &str, created: Value| {
        let mut one = peers("shop", name, mode(word));
        one["metadata"]["creationTimestamp"] = created;
        one
    };
    let (old, new) = (json!("2025-01-01T00:00:00Z"), json!("2025-06-01T00:00:00Z"));
    let outcome = |strict: &Value, open: &Value| {
        among([made("a", "PERMISSIVE", open.clone()), made("b", "STRICT", strict.clone())]).outcome()
    };
    assert_eq!(outcome(&old, &new), Outcome::Pass);
    assert_eq!(outcome(&new, &old), Outcome::Fail);
    assert_eq!(outcome(&old, &old), Outcome::Fail);
    assert_eq!(outcome(&old, &Value::Null), Outcome::Fail);
    let unset = among([made("a", "UNSET", Value::Null), made("b", "STRICT", Value::Null)]);
    assert_eq!(unset.clone().outcome(), Outcome::Fail, "if that is the oldest, nobody asks");
    assert_eq!(unset.with(strict()).outcome(), Outcome::Pass);
}

#[test]
fn a_port_must_not_take_plain_text() {
    let ports = |ports: Value| {
        let mut spec = front(mode("STRICT"));
        spec["portLevelMtls"] = ports;
        among([peers("shop", "p", spec)])
    };
    assert_eq!(ports(json!({"8080": {"mode": "STRICT"}, "80": {"mode": "UNSET"}})).outcome(), Outcome::Pass);
    let open = ports(json!({"8080": {"mode": "PERMISSIVE"}}));
    assert_eq!(open.message(), "plain text is taken as well at port 8080");
    assert_eq!(open.fields(), ["spec.portLevelMtls"]);
    let allowed = json!({"mode": "istio", "allowedPorts": ["8080"]});
    assert_eq!(open.parameters(allowed).outcome(), Outcome::Pass);
    let mut about_all = mode("STRICT");
    about_all["portLevelMtls"] = json!({"8080": {"mode": "DISABLE"}});
    assert_eq!(
        among([peers("shop", "n", about_all)]).outcome(),
        Outcome::Pass,
        "Istio does not look at them"
    );
}

#[test]
fn rule_44_what_may_be_said_and_was_not_seen_is_not_known() {
    for coverage in [Coverage::Partial, Coverage::NotSynced, Coverage::Stale, Coverage::Forbidden] {
        for peers in [vec![], vec![strict()], vec![peers("shop", "n", mode("PERMISSIVE"))]] {
            let case = among(peers).coverage_of(Kind::PeerAuthentication, coverage);
            assert_eq!(case.outcome(), Outcome::Unknown, "{coverage:?}");
        }
    }
    let broken = peers("shop", "n", json!(7));
    assert_eq!(among([strict()]).with_broken(broken).outcome(), Outcome::Unknown);
    let linkerd = linkerd(json!({LINKERD: "enabled"}), json!({}));
    let linkerd = linkerd.coverage_of(Kind::PeerAuthentication, Coverage::Forbidden);
    assert_eq!(linkerd.outcome(), Outcome::Pass, "it reads none");
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
