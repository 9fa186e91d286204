//! Over random clusters and changes, what the index finds is what going through everything finds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::decode::{decode, decode_or_broken};
use super::super::lookup::Coverage;
use super::super::snapshot::{Inventory, selects};
use super::super::subject::SubjectKey;
use super::*;

const NAMESPACES: [&str; 2] = ["shop", "bank"];
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Change {
    Apply(Kind, Value),
    Remove(Kind, Value),
    /// A list of the kind that shows nothing.
    Relist(Kind),
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&NAMES[..])
}

fn labels() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map(name(), name(), 0..4).prop_map(|labels| json!(labels))
}

fn metadata() -> impl Strategy<Value = Value> {
    (proptest::sample::select(&NAMESPACES[..]), name())
        .prop_map(|(namespace, name)| json!({"namespace": namespace, "name": name}))
}

fn object() -> impl Strategy<Value = (Kind, Value)> {
    let workload = labels().prop_map(|labels| {
        (Kind::Deployment, json!({"spec": {"template": {"metadata": {"labels": labels}}}}))
    });
    let service = labels().prop_map(|selector| (Kind::Service, json!({"spec": {"selector": selector}})));
    let names = || proptest::collection::vec(name(), 0..3);
    let ingress = (names(), names(), name()).prop_map(|(services, secrets, host)| {
        let paths: Vec<_> =
            services.into_iter().map(|name| json!({"backend": {"service": {"name": name}}})).collect();
        let tls: Vec<_> = secrets.into_iter().map(|name| json!({"secretName": name})).collect();
        (Kind::Ingress, json!({"spec": {"rules": [{"host": host, "http": {"paths": paths}}], "tls": tls}}))
    });
    let broken = proptest::sample::select(vec![Kind::Deployment, Kind::Service, Kind::Ingress])
        .prop_map(|kind| (kind, json!({"spec": 7})));
    let any = prop_oneof![4 => workload, 4 => service, 4 => ingress, 1 => broken];
    (metadata(), any).prop_map(|(metadata, (kind, mut object))| {
        object["metadata"] = metadata;
        (kind, object)
    })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => object().prop_map(|(kind, object)| Change::Apply(kind, object)),
        3 => object().prop_map(|(kind, object)| Change::Remove(kind, object)),
        1 => object().prop_map(|(kind, _)| Change::Relist(kind)),
    ]
}

fn after(changes: Vec<Change>) -> Inventory {
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    for change in changes {
        match change {
            Change::Apply(kind, json) => {
                drop(inventory.apply(decode_or_broken(kind, &json.to_string()).unwrap()));
            }
            Change::Remove(kind, json) => {
                let key = decode_or_broken(kind, &json.to_string()).unwrap().key();
                drop(inventory.remove(&key, ""));
            }
            Change::Relist(kind) => drop(inventory.clear(kind)),
        }
    }
    inventory
}

/// Names of the objects of a namespace that are wanted, found by going through all of it.
fn scan(inventory: &Inventory, namespace: &str, is_wanted: impl Fn(&Object) -> bool) -> Vec<String> {
    let objects = inventory.objects_in(namespace).filter(|object| is_wanted(object));
    objects.map(|object| object.metadata().name.clone()).collect()
}

fn is_behind(ingress: &Object, workload: &Object, inventory: &Inventory, namespace: &str) -> bool {
    let (Object::Ingress(ingress), Object::Workload(workload)) = (ingress, workload) else { return false };
    let names: BTreeSet<&str> = ingress.spec.service_names().collect();
    inventory.objects_in(namespace).any(|object| {
        matches!(object, Object::Service(service)
            if names.contains(service.metadata.name.as_str())
                && selects(&service.spec.selector, &workload.pod_labels))
    })
}

/// From a workload to what stands in front of it.
fn forwards(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let view = inventory.namespace(namespace);
    let broken = |kind: Kind| {
        !scan(inventory, namespace, |object| matches!(object, Object::Broken(own, ..) if *own == kind))
            .is_empty()
    };
    for object in inventory.objects_in(namespace) {
        let Object::Workload(workload) = object else { continue };
        let search = view.services_selecting(&workload.pod_labels);
        let found: Vec<_> = search.found.iter().map(|service| service.metadata.name.clone()).collect();
        let expected = scan(
            inventory,
            namespace,
            |object| matches!(object, Object::Service(service) if selects(&service.spec.selector, &workload.pod_labels)),
        );
        prop_assert_eq!(found, expected);
        prop_assert_eq!(search.incomplete.is_some(), broken(Kind::Service));
    }
    for name in NAMES {
        let search = view.ingresses_to(name);
        let found: Vec<_> = search.found.iter().map(|ingress| ingress.metadata.name.clone()).collect();
        let expected = scan(
            inventory,
            namespace,
            |object| matches!(object, Object::Ingress(ingress) if ingress.spec.service_names().any(|own| own == name)),
        );
        prop_assert_eq!(found, expected);
        prop_assert_eq!(search.incomplete.is_some(), broken(Kind::Ingress));
    }
    Ok(())
}

/// The workloads behind an Ingress, and behind those of every namespace that serve one of its hosts.
fn behind_rivals(inventory: &Inventory, hosts: &BTreeSet<&str>, object: &Object) -> BTreeSet<SubjectKey> {
    let counts = |front: &Object| match front {
        Object::Ingress(own) => front == object || own.spec.hosts().any(|host| hosts.contains(host)),
        _ => false,
    };
    let fronts: Vec<&Object> = inventory.objects().filter(|front| counts(front)).collect();
    let is_meant = |workload: &Object| {
        let namespace = workload.metadata().namespace.as_str();
        let mut own = fronts.iter().filter(|front| front.metadata().namespace == namespace);
        own.any(|front| is_behind(front, workload, inventory, namespace))
    };
    inventory.objects().filter(|object| is_meant(object)).filter_map(Object::subject).collect()
}

/// From a changed object to the workloads behind it.
fn backwards(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let behind = |object: &Object| -> Vec<String> {
        inventory.subjects_behind(object).into_iter().map(|key| key.name).collect()
    };
    for object in inventory.objects_in(namespace) {
        let expected = match object {
            // And those behind an Ingress that names it: whether it is there matters to them too.
            Object::Service(service) => scan(inventory, namespace, |candidate| {
                let Object::Workload(workload) = candidate else { return false };
                let names_it = |front: &Object| {
                    matches!(front, Object::Ingress(own)
                        if own.spec.service_names().any(|name| name == service.metadata.name))
                };
                selects(&service.spec.selector, &workload.pod_labels)
                    || inventory
                        .objects_in(namespace)
                        .any(|front| names_it(front) && is_behind(front, candidate, inventory, namespace))
            }),
            Object::Ingress(ingress) => {
                prop_assert_eq!(
                    inventory.subjects_behind(object),
                    behind_rivals(inventory, &ingress.spec.hosts().collect(), object)
                );
                continue;
            }
            _ => continue,
        };
        prop_assert_eq!(behind(object), expected);
    }
    for name in NAMES {
        let json = json!({"metadata": {"namespace": namespace, "name": name}, "type": "kubernetes.io/tls"});
        let expected = scan(inventory, namespace, |workload| {
            inventory.objects_in(namespace).any(|ingress| {
                matches!(ingress, Object::Ingress(own) if own.spec.secret_names().any(|own| own == name))
                    && is_behind(ingress, workload, inventory, namespace)
            })
        });
        prop_assert_eq!(behind(&decode(Kind::Secret, &json.to_string()).unwrap()), expected);
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_found_is_what_going_through_everything_finds(
        changes in proptest::collection::vec(change(), 0..30),
    ) {
        let inventory = after(changes);
        for namespace in NAMESPACES {
            forwards(&inventory, namespace)?;
            backwards(&inventory, namespace)?;
        }
    }

    #[test]
    fn nothing_stays_of_what_went(changes in proptest::collection::vec(change(), 0..20)) {
        let mut inventory = after(changes);
        for kind in Kind::ALL {
            drop(inventory.clear(*kind));
        }
        prop_assert!(inventory.index().entries.is_empty());
    }
}
