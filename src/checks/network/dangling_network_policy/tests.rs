use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::{Case, baseline};
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

fn of(selector: Value) -> ObjectCase {
    let spec = json!({ "podSelector": selector });
    let policy = json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec});
    ObjectCase::of(&CHECK, policy).with(baseline())
}

#[test]
fn the_selector_must_match_the_labels_of_some_template() {
    assert_eq!(of(json!({"matchLabels": {"app": "web"}})).outcome(), Outcome::Pass);
    assert_eq!(of(json!({"matchLabels": {"app": "gone"}})).fields(), ["spec.podSelector"]);
}

#[test]
fn pods_of_a_custom_resource_that_nobody_sees_leave_it_open() {
    let gone = of(json!({"matchLabels": {"app": "gone"}})).beside_maker("Rollout (argoproj.io)");
    assert_eq!(
        gone.message(),
        "whether the policy selects pods that Rollout (argoproj.io) makes is not known"
    );
    assert_eq!(gone.outcome(), Outcome::Unknown);
    let web = of(json!({"matchLabels": {"app": "web"}})).beside_maker("Rollout (argoproj.io)");
    assert_eq!(web.outcome(), Outcome::Pass);
}

fn with_peer(peer: &Value) -> Value {
    let spec = json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}, {"from": [peer]}]});
    json!({"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec})
}

#[test]
fn a_peer_of_the_own_namespace_must_match_some_template_too() {
    let of = |peer: Value| {
        Case::of(&CHECK).with(with_peer(&peer)).with({
        let mut client = baseline();
        crate::checks::testing::merge(
            &mut client,
            json!({"metadata": {"name": "client"}, "spec": {"template": {"metadata": {"labels": {"app": "client"}}}}}),
        );
        client
    })
    };
    let found = of(json!({"podSelector": {"matchLabels": {"app": "gone"}}})).judged().findings.remove(0);
    assert_eq!(found.field, "spec.ingress[1].from[0].podSelector");
    assert_eq!(found.object.unwrap().to_string(), "NetworkPolicy shop/web");
    assert_eq!(of(json!({"podSelector": {"matchLabels": {"app": "client"}}})).outcome(), Outcome::Pass);
    for silent in [
        json!({"podSelector": {}}),
        json!({"ipBlock": {"cidr": "10.0.0.0/8"}}),
        json!({"podSelector": {"matchLabels": {"batch.kubernetes.io/job-name": "load"}}}),
    ] {
        assert_eq!(of(silent.clone()).outcome(), Outcome::Pass, "{silent}");
    }
}

#[test]
fn the_workload_itself_is_a_peer_also_before_it_is_there() {
    let own = with_peer(&json!({"podSelector": {"matchLabels": {"app": "web"}}}));
    assert_eq!(Case::of(&CHECK).with(own).outcome(), Outcome::Pass);
}

#[test]
fn a_peer_may_be_among_what_is_not_known_and_a_policy_that_no_file_gives_is_not_judged() {
    let gone = json!({"podSelector": {"matchLabels": {"app": "gone"}}});
    let of = |coverage| Case::of(&CHECK).with(with_peer(&gone)).coverage(coverage).outcome();
    assert_eq!([of(Coverage::Partial), of(Coverage::Forbidden)], [Outcome::Unknown; 2]);
    let none = |coverage| Case::of(&CHECK).coverage(coverage).outcome();
    assert_eq!(none(Coverage::Complete), Outcome::NotApplicable);
    assert_eq!(none(Coverage::Partial), Outcome::NotApplicable);
    assert_eq!(none(Coverage::Forbidden), Outcome::Unknown);
}

#[test]
fn peers_of_a_direction_that_is_not_isolated_and_those_of_orphans() {
    let gone = json!({"podSelector": {"matchLabels": {"app": "gone"}}});
    let mut out = with_peer(&json!({"podSelector": {}}));
    out["spec"]["egress"] = json!([{"to": [gone]}]);
    let both = Case::of(&CHECK).with(out.clone());
    assert_eq!(both.fields(), ["spec.egress[0].to[0].podSelector"]);
    out["spec"]["policyTypes"] = json!(["Ingress"]);
    assert_eq!(Case::of(&CHECK).with(out.clone()).outcome(), Outcome::Pass);
    out["spec"]["policyTypes"] = json!(["Egress"]);
    out["spec"]["podSelector"] = json!({"matchLabels": {"app": "gone"}});
    let alone = ObjectCase::of(&CHECK, out).with(baseline());
    assert_eq!(alone.fields(), ["spec.podSelector", "spec.egress[0].to[0].podSelector"]);
}

#[test]
fn an_empty_selector_is_for_pods_to_come() {
    let policy = json!({"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {"podSelector": {}}});
    assert_eq!(ObjectCase::of(&CHECK, policy).outcome(), Outcome::Pass);
}

#[test]
fn disagreement_44_workloads_that_are_not_known_leave_it_open() {
    let gone = of(json!({"matchLabels": {"app": "gone"}}));
    assert_eq!(gone.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

fn namespace(name: &str, labels: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

fn client(namespace: &str) -> Value {
    let metadata = json!({"name": "client", "namespace": namespace, "labels": {"app": "client"}});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})
}

fn team(pods: Value) -> Value {
    json!({"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": pods})
}

const ITS_NAMESPACE: &str = "spec.ingress[1].from[0].namespaceSelector";
const ITS_PODS: &str = "spec.ingress[1].from[0].podSelector";

#[test]
fn a_peer_elsewhere_must_match_some_namespace_and_pods_in_it() {
    let client_of_team = team(json!({"matchLabels": {"app": "client"}}));
    let case = || {
        let own = namespace("shop", json!({"team": "b"}));
        Case::of(&CHECK).everywhere().with(with_peer(&client_of_team)).with(own)
    };
    assert_eq!(case().fields(), [ITS_NAMESPACE]);
    assert_eq!(case().message(), "no namespace has the labels that the peer selects");
    assert_eq!(case().with(client("shop")).fields(), [ITS_NAMESPACE], "another namespace");
    let bank = || case().with(namespace("bank", json!({"team": "a"})));
    assert_eq!(bank().fields(), [ITS_PODS]);
    assert_eq!(
        bank().with(client("shop")).with(client("blog")).with(namespace("blog", json!({}))).fields(),
        [ITS_PODS]
    );
    assert_eq!(bank().with(client("bank")).outcome(), Outcome::Pass);
    let lab = namespace("lab", json!({"team": "a"}));
    assert_eq!(bank().with(lab).with(client("lab")).outcome(), Outcome::Pass, "one of them has such pods");
}

#[test]
fn whatever_pods_there_will_be_need_a_namespace_only() {
    for pods in [json!({}), json!(null), json!({"matchLabels": {"job-name": "load"}})] {
        let case = || Case::of(&CHECK).everywhere().with(with_peer(&team(pods.clone())));
        let case = || case().with(namespace("shop", json!({})));
        assert_eq!(case().fields(), [ITS_NAMESPACE], "{pods}");
        assert_eq!(case().with(namespace("bank", json!({"team": "a"}))).outcome(), Outcome::Pass, "{pods}");
    }
}

#[test]
fn a_namespace_that_is_not_given_is_known_by_its_name_alone() {
    let named = |name: &str, pods: Value| {
        let labels = json!({"kubernetes.io/metadata.name": name});
        with_peer(&json!({"namespaceSelector": {"matchLabels": labels}, "podSelector": pods}))
    };
    let clients = || json!({"matchLabels": {"app": "client"}});
    let case = |policy: Value| Case::of(&CHECK).everywhere().with(policy).with(client("bank"));
    assert_eq!(case(named("bank", clients())).outcome(), Outcome::Pass);
    assert_eq!(case(named("bank", json!({"matchLabels": {"app": "gone"}}))).fields(), [ITS_PODS]);
    assert_eq!(case(named("blog", clients())).fields(), [ITS_NAMESPACE]);
    let of_team = case(with_peer(&team(clients())));
    assert_eq!((of_team.outcome(), of_team.fields()), (Outcome::Unknown, vec![ITS_NAMESPACE.to_owned()]));
    // The server makes it, and its pods stand in no file.
    assert_eq!(case(named("kube-system", json!({}))).outcome(), Outcome::Pass);
    assert_eq!(case(named("kube-system", clients())).outcome(), Outcome::Unknown);
    let partly = |policy: Value| case(policy).coverage(Coverage::Partial).outcome();
    assert_eq!(partly(named("bank", clients())), Outcome::Pass);
    assert_eq!([partly(named("blog", json!({}))), partly(named("blog", clients()))], [Outcome::Unknown; 2]);
}

#[test]
fn other_namespaces_are_out_of_scope_of_a_policy_of_one() {
    let clients = || json!({"matchLabels": {"app": "client"}});
    let case =
        |peer: Value| Case::of(&CHECK).with(with_peer(&peer)).with(namespace("shop", json!({"team": "a"})));
    let of_team = case(team(clients())).with(namespace("bank", json!({"team": "a"}))).with(client("bank"));
    assert_eq!(of_team.outcome(), Outcome::NotApplicable);
    assert_eq!(of_team.with(client("shop")).outcome(), Outcome::Pass, "those of its own do");
    let own = json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}});
    let own = json!({"namespaceSelector": own, "podSelector": clients()});
    assert_eq!(case(own.clone()).fields(), [ITS_PODS], "it can be nowhere else");
    assert_eq!(case(own).with(client("shop")).outcome(), Outcome::Pass);
    let mut policy = with_peer(&team(clients()));
    policy["spec"]["podSelector"] = json!({});
    let orphan = |policy: &Value| ObjectCase::of(&CHECK, policy.clone());
    assert_eq!(orphan(&policy).outcome(), Outcome::NotApplicable);
    policy["spec"]["podSelector"] = json!({"matchLabels": {"app": "web"}});
    assert_eq!(orphan(&policy).with(baseline()).outcome(), Outcome::Pass, "that it selects pods is in sight");
    let wide = orphan(&policy).with(baseline()).with(namespace("shop", json!({}))).everywhere();
    assert_eq!(wide.fields(), [ITS_NAMESPACE]);
    assert_eq!(wide.judged().findings[0].object, None, "it is about itself");
}
