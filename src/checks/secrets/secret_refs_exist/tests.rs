//! Tests of `secret-refs-exist`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::inventory::Kind;
use crate::inventory::lookup::Coverage;

fn secret() -> Value {
    json!({"kind": "Secret", "metadata": {"name": "database"}, "data": {"a": ""}, "stringData": {"b": ""}})
}

fn variable(key: &str, optional: bool) -> Case {
    let reference = json!({"name": "database", "key": key, "optional": optional});
    Case::of(&CHECK).container(json!({"env": [{"name": "A", "valueFrom": {"secretKeyRef": reference}}]}))
}

fn volume(source: Value) -> Case {
    let mut volume = source;
    volume["name"] = json!("data");
    Case::of(&CHECK).pod(json!({"volumes": [volume]}))
}

fn fetched(class: &str) -> Value {
    let attributes = json!({"secretProviderClass": class});
    json!({"csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": attributes}})
}

fn class(makes: &str) -> Value {
    json!({"kind": "SecretProviderClass", "metadata": {"name": "vault"},
        "spec": {"secretObjects": [{"secretName": makes, "type": "Opaque"}]}})
}

#[test]
fn a_secret_or_a_key_that_is_not_there_fails_at_its_name() {
    let case = variable("c", false);
    assert_eq!(case.message(), "Secret database does not exist");
    let path = "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef";
    assert_eq!(case.fields(), [format!("{path}.name")]);
    let case = case.with(secret());
    assert_eq!(case.message(), "Secret database has no key c");
    assert_eq!(case.fields(), [format!("{path}.key")]);
    for there in ["a", "b"] {
        assert_eq!(variable(there, false).with(secret()).outcome(), Outcome::Pass);
    }
}

#[test]
fn optional_references_pass_whatever_is_known() {
    for coverage in [Coverage::Complete, Coverage::Partial, Coverage::Forbidden] {
        assert_eq!(variable("c", true).coverage(coverage).outcome(), Outcome::Pass, "{coverage:?}");
    }
    assert_eq!(volume(json!({"secret": {"secretName": "x", "optional": true}})).outcome(), Outcome::Pass);
}

#[test]
fn every_place_of_a_pod_counts_with_the_path_of_its_name() {
    let item = json!([{"key": "z", "path": "z"}]);
    for (source, field) in [
        (json!({"secret": {"secretName": "gone"}}), "volumes[0].secret.secretName"),
        (
            json!({"projected": {"sources": [{"secret": {"name": "gone"}}]}}),
            "volumes[0].projected.sources[0].secret.name",
        ),
        (json!({"azureFile": {"secretName": "gone", "shareName": "x"}}), "volumes[0].azureFile.secretName"),
        (
            json!({"csi": {"driver": "d", "nodePublishSecretRef": {"name": "gone"}}}),
            "volumes[0].csi.nodePublishSecretRef.name",
        ),
        (json!({"secret": {"secretName": "database", "items": item}}), "volumes[0].secret.items[0].key"),
        (
            json!({"projected": {"sources": [{"secret": {"name": "database", "items": item}}]}}),
            "volumes[0].projected.sources[0].secret.items[0].key",
        ),
    ] {
        assert_eq!(volume(source).with(secret()).fields(), [format!("spec.template.spec.{field}")]);
    }
    let whole = Case::of(&CHECK).container(json!({"envFrom": [{"secretRef": {"name": "gone"}}]}));
    assert_eq!(whole.fields(), ["spec.template.spec.containers[0].envFrom[0].secretRef.name"]);
    let pulled = Case::of(&CHECK).pod(json!({"imagePullSecrets": [{"name": ""}, {"name": "gone"}]}));
    assert_eq!(pulled.fields(), ["spec.template.spec.imagePullSecrets[1].name"]);
}

#[test]
fn what_is_missing_is_one_finding_however_often_it_is_named() {
    let twice = json!({"envFrom": [{"secretRef": {"name": "gone"}}, {"secretRef": {"name": "gone"}}]});
    assert_eq!(Case::of(&CHECK).container(twice).message(), "Secret gone does not exist");
    assert_eq!(volume(json!({"secret": {}})).message(), "Secret without a name");
}

#[test]
fn a_class_must_be_there_and_what_it_makes_counts_as_there() {
    assert_eq!(volume(fetched("gone")).message(), "SecretProviderClass gone does not exist");
    assert_eq!(volume(fetched("vault")).with(class("other")).outcome(), Outcome::Pass);
    let both =
        || volume(fetched("vault")).container(json!({"envFrom": [{"secretRef": {"name": "database"}}]}));
    assert_eq!(both().with(class("database")).outcome(), Outcome::Pass);
    assert_eq!(both().with(class("other")).message(), "Secret database does not exist");
    let unknown = both().coverage_of(Kind::SecretProviderClass, Coverage::Partial).judged();
    assert_eq!((unknown.outcome, unknown.findings.len()), (Outcome::Unknown, 2));
}

#[test]
fn disagreement_44_what_was_not_given_is_not_known() {
    assert_eq!(variable("a", false).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    let shapeless = json!({"kind": "Secret", "metadata": {"name": "database"}, "data": 7});
    let case = variable("a", false).with(shapeless);
    assert_eq!(case.message(), "whether Secret database has a key a is not known");
    assert_eq!(case.outcome(), Outcome::Unknown);
}

#[test]
fn a_pod_that_names_none_has_nothing_to_say() {
    assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
}
