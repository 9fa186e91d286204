//! Over random clusters and changes, what the index finds is what going through everything finds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::decode::{decode, decode_or_broken};
use super::super::given_labels::selects;
use super::super::lookup::Coverage;
use super::super::snapshot::{Inventory, Remembered};
use super::super::subject::SubjectKey;
use super::super::virtual_service::VirtualService;
use super::super::workload::Workload;
use super::*;

const NAMESPACES: [&str; 2] = ["shop", "bank"];
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Kinds of which those that belong to a workload are looked for in the index.
const FOUND: [Kind; 12] = [
    Kind::Service,
    Kind::Ingress,
    Kind::PodDisruptionBudget,
    Kind::NetworkPolicy,
    Kind::HorizontalPodAutoscaler,
    Kind::ScaledObject,
    Kind::VerticalPodAutoscaler,
    Kind::RoleBinding,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TlsRoute,
    Kind::VirtualService,
];

/// Kinds on account of which the API server asks a Service.
const ASKING: [Kind; 4] = [
    Kind::ValidatingWebhookConfiguration,
    Kind::MutatingWebhookConfiguration,
    Kind::ApiService,
    Kind::CustomResourceDefinition,
];

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

/// Selectors that demand a pair, one of several values, a key, the absence of one, or nothing; and none at all.
fn selector() -> impl Strategy<Value = Value> {
    let values = proptest::collection::vec(name(), 1..3);
    let operator = proptest::sample::select(&["In", "NotIn"][..]);
    let expression = (name(), operator, values)
        .prop_map(|(key, operator, values)| json!({"key": key, "operator": operator, "values": values}));
    let operator = proptest::sample::select(&["Exists", "DoesNotExist"][..]);
    let existence = (name(), operator).prop_map(|(key, operator)| json!({"key": key, "operator": operator}));
    let expressions = proptest::collection::vec(prop_oneof![expression, existence], 0..2);
    let selector = (labels(), expressions)
        .prop_map(|(labels, expressions)| json!({"matchLabels": labels, "matchExpressions": expressions}));
    prop_oneof![4 => selector, 1 => Just(json!({})), 1 => Just(Value::Null)]
}

fn metadata() -> impl Strategy<Value = Value> {
    (proptest::sample::select(&NAMESPACES[..]), name())
        .prop_map(|(namespace, name)| json!({"namespace": namespace, "name": name}))
}

/// Objects on account of which the API server asks no Service, one, or several, of whatever namespace.
fn asking() -> impl Strategy<Value = (Kind, Value)> {
    let client =
        proptest::option::of((proptest::sample::select(&NAMESPACES[..]), name())).prop_map(|service| {
            let service = service.map(|(namespace, name)| json!({"namespace": namespace, "name": name}));
            json!({"service": service})
        });
    let clients = proptest::collection::vec(client, 0..3);
    (proptest::sample::select(&ASKING[..]), clients).prop_map(|(kind, clients)| {
        let first = clients.first().cloned().unwrap_or_default();
        let webhooks: Vec<_> = clients.into_iter().map(|client| json!({"clientConfig": client})).collect();
        let conversion = json!({"strategy": "Webhook", "webhook": {"clientConfig": first}});
        let spec = json!({"service": first["service"], "conversion": conversion});
        (kind, json!({"webhooks": webhooks, "spec": spec}))
    })
}

/// RoleBindings of accounts, and of groups of them.
fn binding() -> impl Strategy<Value = (Kind, Value)> {
    let namespace = || proptest::sample::select(&NAMESPACES[..]);
    let account = (namespace(), name()).prop_map(
        |(namespace, name)| json!({"kind": "ServiceAccount", "namespace": namespace, "name": name}),
    );
    let user = (namespace(), name()).prop_map(
        |(namespace, name)| json!({"kind": "User", "name": format!("system:serviceaccount:{namespace}:{name}")}),
    );
    let group = namespace()
        .prop_map(|name| json!({"kind": "Group", "name": format!("system:serviceaccounts:{name}")}));
    let others = proptest::sample::select(&["system:authenticated", "system:masters"][..])
        .prop_map(|name| json!({"kind": "Group", "name": name}));
    let subject = prop_oneof![4 => account, 1 => user, 1 => group, 1 => others];
    proptest::collection::vec(subject, 0..3)
        .prop_map(|subjects| (Kind::RoleBinding, json!({ "subjects": subjects })))
}

fn object() -> impl Strategy<Value = (Kind, Value)> {
    let workload = (labels(), name()).prop_map(|(labels, account)| {
        let template = json!({"metadata": {"labels": labels}, "spec": {"serviceAccountName": account}});
        (Kind::Deployment, json!({"spec": {"template": template}}))
    });
    let service = labels().prop_map(|selector| (Kind::Service, json!({"spec": {"selector": selector}})));
    let names = || proptest::collection::vec(name(), 0..3);
    let ingress = (names(), names(), name()).prop_map(|(services, secrets, host)| {
        let paths: Vec<_> =
            services.into_iter().map(|name| json!({"backend": {"service": {"name": name}}})).collect();
        let tls: Vec<_> = secrets.into_iter().map(|name| json!({"secretName": name})).collect();
        (Kind::Ingress, json!({"spec": {"rules": [{"host": host, "http": {"paths": paths}}], "tls": tls}}))
    });
    let budget =
        selector().prop_map(|selector| (Kind::PodDisruptionBudget, json!({"spec": {"selector": selector}})));
    let policy =
        selector().prop_map(|selector| (Kind::NetworkPolicy, json!({"spec": {"podSelector": selector}})));
    let scalers = proptest::sample::select(vec![
        Kind::HorizontalPodAutoscaler,
        Kind::ScaledObject,
        Kind::VerticalPodAutoscaler,
    ]);
    let scaler = (scalers, name()).prop_map(|(kind, name)| {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
        (kind, json!({"spec": {"scaleTargetRef": target, "targetRef": target}}))
    });
    let namespaces = || proptest::option::of(proptest::sample::select(&NAMESPACES[..]));
    let backends = proptest::collection::vec((namespaces(), name()), 0..3);
    let routes = proptest::sample::select(vec![
        Kind::HttpRoute,
        Kind::GrpcRoute,
        Kind::TlsRoute,
        Kind::VirtualService,
    ]);
    let route = (routes, backends).prop_map(|(kind, backends)| {
        let hosts = backends.iter().map(|(of, name)| match of {
            Some(of) => format!("{name}.{of}.svc.cluster.local"),
            None => (*name).to_owned(),
        });
        let sent: Vec<_> = hosts.map(|host| json!({"destination": {"host": host}})).collect();
        let backends = backends.iter().map(|(of, name)| json!({"namespace": of, "name": name}));
        let rules = json!([{"backendRefs": backends.collect::<Vec<_>>()}]);
        (kind, json!({"spec": {"rules": rules, "http": [{"route": sent}]}}))
    });
    let kinds: Vec<Kind> = [Kind::Deployment, Kind::Gateway].into_iter().chain(FOUND).chain(ASKING).collect();
    let broken = proptest::sample::select(kinds)
        .prop_map(|kind| (kind, json!({"spec": 7, "webhooks": 7, "subjects": 7})));
    let any = prop_oneof![
        4 => workload, 4 => service, 4 => ingress, 2 => budget, 2 => policy, 2 => scaler, 3 => asking(), 3 => binding(), 2 => route, 1 => broken
    ];
    (metadata(), any).prop_map(|(mut metadata, (kind, mut object))| {
        if !kind.info().namespaced {
            metadata["namespace"] = Value::Null;
        }
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
    objects.map(|object| object.metadata().name.to_string()).collect()
}

fn is_behind(ingress: &Object, workload: &Workload, inventory: &Inventory, namespace: &str) -> bool {
    let Object::Ingress(ingress) = ingress else { return false };
    let names: BTreeSet<&str> = ingress.spec.service_names().collect();
    inventory.objects_in(namespace).any(|object| {
        matches!(object, Object::Service(service)
            if names.contains(service.metadata.name.as_str())
                && selects(&service.spec.selector, workload))
    })
}

/// From a workload to what stands in front of it.
fn forwards(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let broken = |kind: Kind| {
        !scan(inventory, namespace, |object| matches!(object, Object::Broken(own) if own.kind == kind))
            .is_empty()
    };
    for object in inventory.objects_in(namespace) {
        let Object::Workload(workload) = object else { continue };
        let labels = &workload.pod_labels;
        let remembered = Remembered::default();
        let plain = inventory.namespace(namespace);
        for view in [plain, plain.remembering(workload, &remembered)] {
            let services = view.services_selecting(workload);
            let found: Vec<_> = services.found.iter().map(|service| service.metadata.name.clone()).collect();
            let expected = scan(
                inventory,
                namespace,
                |object| matches!(object, Object::Service(service) if selects(&service.spec.selector, workload)),
            );
            prop_assert_eq!(found, expected);
            for kind in FOUND {
                let search = view.reached_by(workload, kind);
                let found: Vec<_> =
                    search.found.iter().map(|object| object.metadata().name.to_string()).collect();
                let is_meant = |object: &Object| match kind {
                    Kind::Ingress => is_behind(object, workload, inventory, namespace),
                    _ => object.kind() == kind && inventory.reaches(workload, object),
                };
                let is_readable = |object: &Object| !matches!(object, Object::Broken(..)) && is_meant(object);
                prop_assert_eq!(found, scan(inventory, namespace, is_readable), "{}", kind);
                let doubt = match kind {
                    Kind::Ingress => {
                        let in_front = !services.found.is_empty() && broken(Kind::Ingress);
                        !labels.is_empty() && (in_front || broken(Kind::Service))
                    }
                    _ => broken(kind),
                };
                prop_assert_eq!(search.incomplete.is_some(), doubt, "{}", kind);
            }
        }
    }
    Ok(())
}

/// From Services to those on account of which the API server asks them.
fn asked(inventory: &Inventory, namespace: &str, names: &[&str]) -> Result<(), TestCaseError> {
    let view = inventory.namespace(namespace);
    let is_meant = |object: &&Object| {
        let mut services = object.asked_services();
        services.any(|asked| asked.namespace == namespace && names.contains(&asked.name.as_str()))
    };
    let is_broken = |kind: &Kind| {
        let mut objects = inventory.objects_of(*kind, "");
        objects.any(|object| matches!(object, Object::Broken(..)))
    };
    for kinds in [&ASKING[..2], &ASKING[..], &ASKING[3..]] {
        let search = view.asking(kinds, names);
        let expected: Vec<&Object> = kinds
            .iter()
            .flat_map(|kind| inventory.objects_of(*kind, ""))
            .filter(|object| is_meant(object))
            .collect();
        prop_assert_eq!(search.found, expected);
        prop_assert_eq!(search.incomplete.is_some(), kinds.iter().any(is_broken));
    }
    Ok(())
}

/// From an account to the RoleBindings of whatever namespace that give it something.
fn bound(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let view = inventory.namespace(namespace).seeing_others(true);
    let is_broken =
        |object: &Object| matches!(object, Object::Broken(broken) if broken.kind == Kind::RoleBinding);
    for name in NAMES {
        let bindings = view.bindings_of(name);
        let found: Vec<_> = bindings.found.iter().map(|one| &one.binding.metadata).collect();
        let is_meant = |object: &&Object| match object {
            Object::RoleBinding(binding) => {
                binding.subjects.iter().any(|subject| subject.includes_account(namespace, name))
            }
            _ => false,
        };
        let expected: Vec<_> = inventory.objects().filter(is_meant).map(Object::metadata).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(bindings.incomplete.is_some(), inventory.objects().any(is_broken));
    }
    Ok(())
}

/// Whatever namespace asks, an object without its shape may claim or name what others do.
fn broken_everywhere(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let broken = |kind: Kind| {
        let mut objects = inventory.objects();
        objects.any(|object| matches!(object, Object::Broken(own) if own.kind == kind))
    };
    let view = inventory.namespace(namespace);
    for object in inventory.objects_in(namespace) {
        if let Object::Ingress(ingress) = object {
            prop_assert_eq!(view.rivals_of(ingress).incomplete.is_some(), broken(Kind::Ingress));
            prop_assert!(view.records_of(object).incomplete.is_none(), "no Service claims a name");
        }
        if matches!(object, Object::Service(_)) {
            prop_assert_eq!(view.records_of(object).incomplete.is_some(), broken(Kind::Ingress));
        }
    }
    prop_assert_eq!(view.gateways_presenting("a").incomplete.is_some(), broken(Kind::Gateway));
    Ok(())
}

/// The workloads behind an Ingress, and behind those of every namespace that serve one of its hosts.
fn behind_rivals(inventory: &Inventory, hosts: &BTreeSet<&str>, object: &Object) -> BTreeSet<SubjectKey> {
    let counts = |front: &Object| match front {
        Object::Ingress(own) => front == object || own.spec.hosts().any(|host| hosts.contains(host)),
        _ => false,
    };
    let fronts: Vec<&Object> = inventory.objects().filter(|front| counts(front)).collect();
    let is_meant = |object: &Object| {
        let Object::Workload(workload) = object else { return false };
        let namespace = workload.metadata.namespace.as_str();
        let mut own = fronts.iter().filter(|front| front.metadata().namespace == namespace);
        own.any(|front| is_behind(front, workload, inventory, namespace))
    };
    inventory.objects().filter(|object| is_meant(object)).filter_map(Object::subject).collect()
}

/// The Services that a route or a VirtualService sends to: namespace and name.
fn sent_to(object: &Object) -> Vec<(&str, &str)> {
    let own = object.metadata().namespace.as_str();
    let routes = object.route().into_iter().flat_map(|route| route.spec.destinations());
    let routes = routes.map(|one| (one.namespace_from(own), one.name.as_str()));
    let meshed = object.virtual_service().into_iter().flat_map(VirtualService::services);
    routes.chain(meshed.map(|one| (one.namespace, one.name))).collect()
}

fn leads_to(route: &Object, workload: &Workload, inventory: &Inventory) -> bool {
    let own = workload.metadata.namespace.as_str();
    let mut behind = sent_to(route).into_iter().filter(|(namespace, _)| *namespace == own);
    behind.any(|(_, name)| {
        inventory.objects_in(own).any(|object| {
            matches!(object, Object::Service(service)
                if service.metadata.name == name && selects(&service.spec.selector, workload))
        })
    })
}

/// From a changed object to the workloads behind it.
fn backwards(inventory: &Inventory, namespace: &str) -> Result<(), TestCaseError> {
    let behind = |object: &Object| -> Vec<String> {
        inventory.subjects_behind(object).into_iter().map(|key| key.name).collect()
    };
    for object in inventory.objects_in(namespace) {
        match object {
            // And those behind an Ingress or a route that names it: whether it is there matters to them too.
            Object::Service(service) => {
                let names_it = |front: &Object| {
                    matches!(front, Object::Ingress(own)
                        if own.spec.service_names().any(|name| name == service.metadata.name))
                };
                let own = (namespace, service.metadata.name.as_str());
                let routes = || inventory.objects().filter(|route| sent_to(route).contains(&own));
                let is_meant = |workload: &Workload| {
                    let here = workload.metadata.namespace == namespace;
                    let mut fronts = inventory.objects_in(namespace);
                    let is_before =
                        |front: &Object| names_it(front) && is_behind(front, workload, inventory, namespace);
                    (here && (selects(&service.spec.selector, workload) || fronts.any(is_before)))
                        || routes().any(|route| leads_to(route, workload, inventory))
                };
                let expected: BTreeSet<SubjectKey> = inventory
                    .objects()
                    .filter(|object| matches!(object, Object::Workload(workload) if is_meant(workload)))
                    .filter_map(Object::subject)
                    .collect();
                prop_assert_eq!(inventory.subjects_behind(object), expected);
            }
            Object::Ingress(ingress) => {
                prop_assert_eq!(
                    inventory.subjects_behind(object),
                    behind_rivals(inventory, &ingress.spec.hosts().collect(), object)
                );
            }
            _ => {}
        }
    }
    for name in NAMES {
        let json = json!({"metadata": {"namespace": namespace, "name": name}, "type": "kubernetes.io/tls"});
        let expected = scan(inventory, namespace, |object| {
            let Object::Workload(workload) = object else { return false };
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
            broken_everywhere(&inventory, namespace)?;
            bound(&inventory, namespace)?;
            for number in 0..=NAMES.len() {
                asked(&inventory, namespace, &NAMES[..number])?;
                asked(&inventory, namespace, &NAMES[number..])?;
            }
        }
    }

    #[test]
    fn nothing_stays_of_what_went(changes in proptest::collection::vec(change(), 0..20)) {
        let mut inventory = after(changes);
        for kind in Kind::ALL {
            drop(inventory.clear(*kind));
        }
        prop_assert!(inventory.index().entries.is_empty() && !inventory.index().has_broken());
    }
}
