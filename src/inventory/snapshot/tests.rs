use super::super::decode::decode;
use super::*;

fn deployment(name: &str, uid: &str) -> Object {
    let json = format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{uid}"}}}}"#);
    decode(Kind::Deployment, &json).unwrap()
}

fn names(inventory: &Inventory) -> Vec<String> {
    inventory.workloads().map(|workload| workload.metadata.name.to_string()).collect()
}

#[test]
fn the_deletion_of_a_predecessor_does_not_take_its_successor_out() {
    let mut inventory = Inventory::default();
    inventory.apply(deployment("web", "new"));
    let key = deployment("web", "old").key();
    assert_eq!(inventory.remove(&key, "old"), Change::None);
    assert_eq!(names(&inventory), ["web"]);
    assert!(matches!(inventory.remove(&key, "new"), Change::Removed(_)));
    assert!(names(&inventory).is_empty());
}

#[test]
fn what_a_list_does_not_show_is_gone_when_it_ends_and_not_before() {
    let mut inventory = Inventory::default();
    inventory.begin_list(Kind::Deployment);
    inventory.apply(deployment("web", "a"));
    inventory.apply(deployment("api", "b"));
    assert!(inventory.end_list(Kind::Deployment).is_empty());
    inventory.begin_list(Kind::Deployment);
    inventory.apply(deployment("web", "a"));
    assert_eq!(names(&inventory), ["api", "web"]);
    let gone = inventory.end_list(Kind::Deployment);
    assert_eq!(gone.iter().map(|object| object.metadata().uid().to_string()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(names(&inventory), ["web"]);
}

#[test]
fn a_list_of_one_kind_says_nothing_of_another() {
    let mut inventory = Inventory::default();
    inventory.apply(deployment("web", "a"));
    inventory.begin_list(Kind::Pod);
    assert!(inventory.end_list(Kind::Pod).is_empty());
    assert_eq!(names(&inventory), ["web"]);
}

#[test]
fn an_object_that_another_workload_came_to_manage_is_taken_out() {
    let mut inventory = Inventory::default();
    let owned = r#"{"metadata":{"name":"web","namespace":"shop","uid":"a","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"d","uid":"d","controller":true}]}}"#;
    let bare = r#"{"metadata":{"name":"web","namespace":"shop","uid":"a"}}"#;
    inventory.apply(decode(Kind::ReplicaSet, bare).unwrap());
    assert!(matches!(inventory.apply(decode(Kind::ReplicaSet, owned).unwrap()), Change::Removed(_)));
    assert!(names(&inventory).is_empty());
}
