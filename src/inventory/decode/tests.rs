//! Tests of decoding.

use super::*;

#[test]
fn a_pod_of_a_replica_set_is_cut_to_its_metadata() {
    let json = r#"{"metadata":{"name":"web-1","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u","controller":true}]},
        "spec":{"containers":"not even a list"}}"#;
    assert!(matches!(decode(Kind::Pod, json), Ok(Object::Owned(owned)) if owned.kind == Kind::Pod));
}

#[test]
fn a_deployment_that_a_custom_resource_owns_is_a_workload() {
    let json = r#"{"metadata":{"name":"db","ownerReferences":[{"apiVersion":"db.example/v1","kind":"Cluster","name":"db","uid":"u","controller":true}]}}"#;
    let Ok(Object::Workload(workload)) = decode(Kind::Deployment, json) else { panic!("not a workload") };
    assert_eq!(workload.owner().map(|owner| owner.kind.as_str()), Some("Cluster"));
    assert_eq!(workload.replicas, Some(1));
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_part() {
    let error = decode(Kind::Deployment, r#"{"spec":{"template":{"spec":{"containers":[{"name":3}]}}}}"#);
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("spec.template does not have the shape of a Deployment"), "{message}");
}

#[test]
fn a_status_only_change_is_no_change() {
    let at = |version: &str, status: &str| {
        let json = format!(
            r#"{{"metadata":{{"name":"web","resourceVersion":"{version}"}},"spec":{{"replicas":2}},"status":{status}}}"#
        );
        decode(Kind::Deployment, &json).unwrap()
    };
    assert_eq!(at("1", "{}"), at("2", r#"{"readyReplicas":2}"#));
}

#[test]
fn kinds_to_which_the_server_gives_the_labels_of_their_pods_have_them_in_files_too() {
    let json = r#"{"spec":{"template":{"metadata":{"labels":{"app":"web"}}}}}"#;
    let labels = |kind| decode(kind, json).unwrap().metadata().labels.len();
    assert_eq!((labels(Kind::ReplicationController), labels(Kind::Job)), (1, 1));
    assert_eq!((labels(Kind::ReplicaSet), labels(Kind::Deployment)), (0, 0));
    let own = r#"{"metadata":{"labels":{"a":"b"}},"spec":{"template":{"metadata":{"labels":{"c":"d"}}}}}"#;
    let job = decode(Kind::Job, own).unwrap();
    assert_eq!(job.metadata().labels.keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn ends_and_suspension_are_seen() {
    let phase = |kind, json: &str| match decode(kind, json) {
        Ok(Object::Workload(workload)) => workload.phase,
        other => panic!("{other:?}"),
    };
    assert_eq!(phase(Kind::Pod, r#"{"status":{"phase":"Succeeded"}}"#), Phase::Finished);
    assert_eq!(phase(Kind::CronJob, r#"{"spec":{"suspend":true}}"#), Phase::Suspended);
    let done = r#"{"status":{"conditions":[{"type":"Complete","status":"True"}]}}"#;
    assert_eq!(phase(Kind::Job, done), Phase::Finished);
}

#[test]
fn a_list_where_an_object_is_due_is_refused_as_the_server_refuses_it() {
    for spec in [
        "[]",
        r#"{"template":{"spec":{"securityContext":[]}}}"#,
        r#"{"template":{"spec":{"containers":[{"name":"a","resources":[]}]}}}"#,
        r#"{"template":{"spec":{"containers":[["a"]]}}}"#,
    ] {
        let json = format!(r#"{{"metadata":{{"name":"web"}},"spec":{spec}}}"#);
        assert!(decode(Kind::Deployment, &json).is_err(), "{json}");
        assert!(matches!(decode_or_broken(Kind::Deployment, &json), Ok(Object::Broken(..))), "{json}");
    }
}
