//! Tests of `ingress-tls`.

use serde_json::{Value, json};

use super::*;
use crate::checks::testing::Case;
use crate::checks::testing_tls::{HOST, behind, ingress, secret, service, tls};
use crate::inventory::Kind;
use crate::inventory::lookup::{Cause, Coverage};

fn case(hosts: &[&str], tls: &Value) -> Case {
    Case::of(&CHECK).with(service()).with(ingress(hosts, tls)).with(secret("", ""))
}

fn entry(hosts: &[&str]) -> Value {
    json!([{"hosts": hosts, "secretName": "web-tls"}])
}

#[test]
fn a_host_without_tls_fails_at_its_rule_of_the_ingress() {
    let case = case(&["a.example", HOST, "b.example", "a.example"], &entry(&[HOST]));
    let findings = case.judged().findings;
    let said: Vec<_> = findings.iter().map(|found| (found.field.as_str(), found.message.as_str())).collect();
    assert_eq!(
        said,
        [
            ("spec.rules[0].host", "no entry of spec.tls covers the host a.example"),
            ("spec.rules[2].host", "no entry of spec.tls covers the host b.example"),
        ]
    );
    assert!(findings.iter().all(|found| {
        found.object.as_ref().is_some_and(|object| object.to_string() == "Ingress shop/web")
    }));
}

#[test]
fn a_wildcard_covers_exactly_one_label() {
    for (host, outcome) in [
        ("www.shop.example", Outcome::Pass),
        ("*.shop.example", Outcome::Pass),
        ("shop.example", Outcome::Fail),
        ("a.b.shop.example", Outcome::Fail),
    ] {
        assert_eq!(case(&[host], &entry(&["*.shop.example"])).outcome(), outcome, "{host}");
    }
    assert_eq!(case(&["*.shop.example"], &entry(&[HOST])).outcome(), Outcome::Fail);
}

#[test]
fn an_entry_without_hosts_is_for_the_hosts_that_no_other_covers() {
    assert_eq!(case(&["a.example", ""], &entry(&[])).outcome(), Outcome::Pass);
    let named_is_missing = json!([{"hosts": [HOST], "secretName": "gone"}, {"secretName": "web-tls"}]);
    assert_eq!(case(&[HOST], &named_is_missing).fields(), ["spec.tls[0].secretName"]);
}

#[test]
fn an_ingress_for_every_host_needs_an_entry_for_every_host() {
    assert_eq!(case(&[""], &entry(&[HOST])).fields(), ["spec.rules[0].host"]);
    let without_rules = |tls: Value| {
        let spec = json!({"defaultBackend": {"service": {"name": "web"}}, "tls": tls});
        let ingress = json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": spec});
        Case::of(&CHECK).with(service()).with(ingress).with(secret("", ""))
    };
    assert_eq!(without_rules(json!([])).fields(), ["spec.defaultBackend"]);
    assert_eq!(without_rules(entry(&[])).outcome(), Outcome::Pass);
}

#[test]
fn a_missing_secret_is_one_finding_however_many_hosts_it_is_for() {
    let tls = json!([{"hosts": ["a.example", "b.example"], "secretName": "gone"}]);
    let case = case(&["a.example", "b.example"], &tls);
    assert_eq!(case.message(), "Secret gone does not exist");
    assert_eq!(case.fields(), ["spec.tls[0].secretName"]);
}

#[test]
fn of_several_entries_for_a_host_one_in_good_order_is_enough() {
    let tls = json!([{"hosts": [HOST], "secretName": "gone"}, {"hosts": [HOST], "secretName": "web-tls"}]);
    assert_eq!(case(&[HOST], &tls).outcome(), Outcome::Pass);
}

#[test]
fn what_the_secret_holds_and_its_type_are_the_business_of_other_checks() {
    let mut other = secret("", "");
    other["type"] = json!("Opaque");
    assert_eq!(behind(&CHECK, other).outcome(), Outcome::Pass);
}

#[test]
fn an_entry_without_a_secret_counts_for_declared_classes_only() {
    let tls = json!([{"hosts": [HOST]}]);
    let classes = json!({"defaultCertClasses": ["edge"]});
    let with_class = |patch: Value| {
        let mut ingress = ingress(&[HOST], &tls);
        crate::checks::testing::merge(&mut ingress, patch);
        Case::of(&CHECK).with(service()).with(ingress)
    };
    let edge = with_class(json!({"spec": {"ingressClassName": "edge"}}));
    assert_eq!(edge.fields(), ["spec.tls[0]"]);
    assert_eq!(edge.parameters(classes.clone()).outcome(), Outcome::Pass);
    let annotated = with_class(json!({"metadata": {"annotations": {"kubernetes.io/ingress.class": "edge"}}}));
    assert_eq!(annotated.parameters(classes.clone()).outcome(), Outcome::Pass);
    let other = with_class(json!({"spec": {"ingressClassName": "inner"},
        "metadata": {"annotations": {"kubernetes.io/ingress.class": "edge"}}}));
    assert_eq!(other.parameters(classes.clone()).outcome(), Outcome::Fail);
    assert_eq!(with_class(json!({})).parameters(classes.clone()).outcome(), Outcome::Fail);
    let named = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &crate::checks::testing_tls::tls()));
    assert_eq!(named.parameters(classes).outcome(), Outcome::Fail, "a Secret that is named must exist");
}

#[test]
fn a_workload_behind_no_ingress_is_not_applicable_only_if_all_are_known() {
    let alone = Case::of(&CHECK);
    assert_eq!(alone.outcome(), Outcome::NotApplicable);
    assert_eq!(alone.clone().with(service()).outcome(), Outcome::NotApplicable);
    let partial = alone.coverage(Coverage::Partial);
    assert_eq!(partial.outcome(), Outcome::Unknown);
    let unlabelled = partial.workload(json!({"spec": {"template": {"metadata": {"labels": null}}}}));
    assert_eq!(unlabelled.outcome(), Outcome::NotApplicable, "no Service selects pods without labels");
}

#[test]
fn incomplete_knowledge_is_unknown_unless_a_found_ingress_already_fails() {
    for kind in [Kind::Service, Kind::Ingress] {
        let good = behind(&CHECK, secret("", "")).coverage_of(kind, Coverage::Forbidden);
        assert_eq!(good.judged().findings[0].cause, Some(Cause::Forbidden));
        assert_eq!((good.outcome(), good.fields()), (Outcome::Unknown, vec![String::new()]));
        let bad = case(&[HOST], &json!([])).coverage_of(kind, Coverage::Forbidden);
        assert_eq!((bad.outcome(), bad.fields()), (Outcome::Fail, vec!["spec.rules[0].host".to_owned()]));
    }
}

#[test]
fn a_secret_of_which_nothing_is_known_is_unknown() {
    for (coverage, cause) in [
        (Coverage::Forbidden, Cause::Forbidden),
        (Coverage::NotSynced, Cause::NotSynced),
        (Coverage::Stale, Cause::Stale),
        (Coverage::Partial, Cause::NotGiven),
    ] {
        let case = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls()));
        let findings = case.coverage_of(Kind::Secret, coverage).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(cause)));
        assert_eq!(findings[0].field, "spec.tls[0].secretName");
    }
}

#[test]
fn each_host_is_judged_by_the_secret_of_its_own_entry() {
    let tls =
        json!([{"hosts": ["a.example"], "secretName": "gone"}, {"hosts": [HOST], "secretName": "web-tls"}]);
    let case = case(&["a.example", HOST], &tls);
    assert_eq!(case.message(), "Secret gone does not exist");
    assert_eq!(case.fields(), ["spec.tls[0].secretName"]);
}

#[test]
fn of_several_faulty_entries_the_least_certain_is_told() {
    let tls = json!([{"hosts": [HOST]}, {"hosts": [HOST], "secretName": "web-tls"}]);
    let case = Case::of(&CHECK).with(service()).with(ingress(&[HOST], &tls));
    let case = case.coverage_of(Kind::Secret, Coverage::Forbidden);
    assert_eq!(
        (case.outcome(), case.fields()),
        (Outcome::Unknown, vec!["spec.tls[1].secretName".to_owned()])
    );
}
