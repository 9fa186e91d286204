//! Tests of `storage-class`.

use serde_json::{Value, json};

use super::*;
use crate::catalogue::Outcome;
use crate::checks::testing::Case;
use crate::checks::testing_objects::ObjectCase;
use crate::inventory::lookup::Coverage;

fn claim(spec: Value) -> Value {
    json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec})
}

fn class(body: Value) -> Value {
    let mut class = body;
    class["kind"] = json!("StorageClass");
    class["metadata"] = json!({"name": "fast"});
    class
}

fn mounting(spec: Value) -> Case {
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    Case::of(&CHECK).pod(json!({ "volumes": volumes })).with(claim(spec))
}

fn fast(class_body: Value) -> Case {
    mounting(json!({"storageClassName": "fast"})).with(class(class_body))
}

#[test]
fn a_claim_names_a_class_that_is_there() {
    let none = mounting(json!({}));
    assert_eq!(
        (none.message().as_str(), none.fields()),
        ("the claim names no StorageClass", vec![FIELD.into()])
    );
    let judged = none.judged();
    assert_eq!(judged.findings[0].object.as_ref().unwrap().to_string(), "PersistentVolumeClaim shop/data");
    let gone = mounting(json!({"storageClassName": "fast"}));
    assert_eq!(gone.message(), "StorageClass fast does not exist");
    assert_eq!(fast(json!({"provisioner": "ebs.csi.aws.com"})).outcome(), Outcome::Pass);
    let by_volume = mounting(json!({"storageClassName": "manual", "volumeName": "disk-7"}));
    assert_eq!(by_volume.outcome(), Outcome::Pass);
    assert_eq!(mounting(json!({"storageClassName": ""})).outcome(), Outcome::Pass);
    assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
}

#[test]
fn only_classes_that_are_allowed() {
    let only = |spec: Value, names: Value| {
        mounting(spec)
            .with(class(json!({"provisioner": "ebs.csi.aws.com"})))
            .parameters(json!({ "allowed": names }))
    };
    let named = json!({"storageClassName": "fast"});
    assert_eq!(only(named.clone(), json!(["fast"])).outcome(), Outcome::Pass);
    let other = only(named, json!(["slow"]));
    assert_eq!(other.message(), "the claim wants StorageClass fast, which is not among those allowed");
    let empty = only(json!({"storageClassName": ""}), json!(["slow"]));
    assert_eq!(empty.message(), "the claim wants no class, which is not among those allowed");
}

#[test]
fn drivers_of_old_fail_and_volumes_that_somebody_makes_do_not() {
    let by = |provisioner: &str| fast(json!({ "provisioner": provisioner })).outcome();
    assert_eq!(by("kubernetes.io/aws-ebs"), Outcome::Fail);
    assert_eq!(by("kubernetes.io/no-provisioner"), Outcome::Pass);
    assert_eq!(by("rancher.io/local-path"), Outcome::Pass);
}

#[test]
fn encryption_is_asked_for_by_parameter() {
    let wanted = json!({"requireEncrypted": true});
    let plain = json!({"provisioner": "ebs.csi.aws.com"});
    assert_eq!(fast(plain.clone()).parameters(wanted.clone()).outcome(), Outcome::Fail);
    for (value, outcome) in [("true", Outcome::Pass), ("false", Outcome::Fail)] {
        let class = json!({"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": value}});
        assert_eq!(fast(class).parameters(wanted.clone()).outcome(), outcome, "{value}");
    }
}

#[test]
fn the_volumes_of_databases_outlive_their_claims() {
    let with = |image: &str, policy: Value| {
        fast(json!({"provisioner": "ebs.csi.aws.com", "reclaimPolicy": policy}))
            .container(json!({ "image": image }))
    };
    let database = "docker.io/bitnami/postgresql:16";
    assert_eq!(with(database, json!("Retain")).outcome(), Outcome::Pass);
    let lost = with(database, Value::Null);
    assert_eq!(lost.message(), "StorageClass fast deletes the volume of a database with its claim");
    assert_eq!(with("registry.example/postgresql-exporter:1", Value::Null).outcome(), Outcome::Pass);
    assert_eq!(lost.parameters(json!({"databases": []})).outcome(), Outcome::Pass);
}

#[test]
fn of_a_stateful_set_the_templates_count_and_not_the_claims_made_of_them() {
    let of = |spec: Value| {
        let templates = json!([{"metadata": {"name": "data"}, "spec": spec}]);
        let volumes = json!([{"name": "first", "persistentVolumeClaim": {"claimName": "data-web-0"}}]);
        Case::of(&CHECK)
            .workload(json!({"kind": "StatefulSet", "spec": {"volumeClaimTemplates": templates}}))
            .pod(json!({ "volumes": volumes }))
            .with(class(json!({"provisioner": "ebs.csi.aws.com"})))
    };
    assert_eq!(of(json!({})).fields(), ["spec.volumeClaimTemplates[0].spec.storageClassName"]);
    assert_eq!(of(json!({"storageClassName": "fast"})).outcome(), Outcome::Pass);
}

#[test]
fn a_claim_that_nothing_mounts_is_judged_by_itself() {
    let alone = |spec: Value| ObjectCase::of(&CHECK, claim(spec));
    assert_eq!(alone(json!({})).fields(), [FIELD]);
    let fast = alone(json!({"storageClassName": "fast"}));
    assert_eq!(fast.with(class(json!({"provisioner": "ebs.csi.aws.com"}))).outcome(), Outcome::Pass);
}

#[test]
fn disagreement_44_claims_and_classes_that_were_not_given_are_not_known() {
    let named = mounting(json!({"storageClassName": "fast"}));
    let unknown = named.coverage(Coverage::Partial);
    assert_eq!(unknown.message(), "nothing is known of StorageClass fast");
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let gone = Case::of(&CHECK).pod(json!({ "volumes": volumes }));
    assert_eq!(gone.outcome(), Outcome::Pass, "another check says that it is not there");
    assert_eq!(gone.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

fn ephemeral(spec: Value) -> Case {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": spec});
    let volumes = json!([{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}]);
    Case::of(&CHECK).pod(json!({ "volumes": volumes }))
}

#[test]
fn a_claim_that_is_made_for_each_pod_names_a_class_in_the_template() {
    let none = ephemeral(json!({"accessModes": ["ReadWriteOnce"]}));
    assert_eq!(none.message(), "the claim names no StorageClass");
    let field = "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.storageClassName";
    assert_eq!(none.fields(), [field]);
    let fast = ephemeral(json!({"storageClassName": "fast"}));
    assert_eq!(fast.message(), "StorageClass fast does not exist");
    let of_old = fast.clone().with(class(json!({"provisioner": "kubernetes.io/aws-ebs"})));
    assert_eq!(of_old.fields(), [field]);
    assert_eq!(fast.coverage(Coverage::Partial).outcome(), Outcome::Unknown);
}

#[test]
fn nobody_keeps_a_volume_that_goes_with_its_pod() {
    let fast = ephemeral(json!({"storageClassName": "fast"}))
        .container(json!({"image": "docker.io/library/postgres:17"}))
        .with(class(json!({"provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Delete"})));
    assert_eq!(fast.outcome(), Outcome::Pass);
}

#[test]
fn the_claim_that_a_pod_made_is_not_judged_beside_its_template() {
    let owner = |kind: &str| {
        let owner =
            json!({"apiVersion": "v1", "kind": kind, "name": "web-0", "uid": "1", "controller": true});
        let mut claim = claim(json!({}));
        claim["metadata"]["ownerReferences"] = json!([owner]);
        ObjectCase::of(&CHECK, claim).outcome()
    };
    assert_eq!((owner("Pod"), owner("Database")), (Outcome::NotApplicable, Outcome::Fail));
}

#[test]
fn a_claim_that_nobody_mounts_needs_no_class_where_it_has_its_volume() {
    let alone = |volume: &str| {
        let spec = json!({"storageClassName": "gone", "volumeName": volume});
        ObjectCase::of(&CHECK, claim(spec)).outcome()
    };
    assert_eq!([alone("pv-1"), alone("")], [Outcome::Pass, Outcome::Fail]);
}
