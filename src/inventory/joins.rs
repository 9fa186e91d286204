//! Which workloads a change can affect: the reverse of what checks look up.
//!
//! It must err on the side of too many: a workload that is judged once too often costs microseconds,
//! one that is not judged keeps a verdict that lies. Next: the controller's index.

use std::collections::BTreeSet;

use super::object::{Ingress, Object, ObjectKey, Service};
use super::snapshot::{Inventory, selects};
use super::workload::Workload;

impl Inventory {
    /// The workloads whose verdict can depend on this object, as it was or as it is.
    pub fn workloads_behind(&self, object: &Object) -> BTreeSet<ObjectKey> {
        let namespace = &object.metadata().namespace;
        match object {
            Object::Workload(workload) => BTreeSet::from([workload.key()]),
            Object::Broken(kind, ..) if kind.is_workload() => BTreeSet::from([object.key()]),
            Object::Owned(..) => BTreeSet::new(),
            Object::Namespace(metadata) => self.keys_in(&metadata.name),
            Object::Service(service) => self.behind_service(service),
            Object::Ingress(ingress) => self.behind_ingress(ingress),
            Object::Secret(secret) => self.behind_secret(namespace, &secret.metadata.name),
            // Its shape is not known, so neither is what it selects.
            Object::Broken(..) => self.keys_in(namespace),
        }
    }

    /// Keys of the workloads of one namespace, those that do not decode included.
    pub fn keys_in(&self, namespace: &str) -> BTreeSet<ObjectKey> {
        self.objects_in(namespace).filter_map(workload_key).collect()
    }

    /// Keys of all workloads, those that do not decode included.
    pub fn workload_keys(&self) -> impl Iterator<Item = ObjectKey> {
        self.objects().filter_map(workload_key)
    }

    fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        self.objects_in(namespace).filter_map(|object| match object {
            Object::Workload(workload) => Some(&**workload),
            _ => None,
        })
    }

    fn behind_service(&self, service: &Service) -> BTreeSet<ObjectKey> {
        self.workloads_in(&service.metadata.namespace)
            .filter(|workload| selects(&service.spec.selector, &workload.pod_labels))
            .map(Workload::key)
            .collect()
    }

    fn behind_ingress(&self, ingress: &Ingress) -> BTreeSet<ObjectKey> {
        let names: BTreeSet<&str> = ingress.spec.service_names().collect();
        self.objects_in(&ingress.metadata.namespace)
            .filter_map(|object| match object {
                Object::Service(service) if names.contains(service.metadata.name.as_str()) => Some(service),
                _ => None,
            })
            .flat_map(|service| self.behind_service(service))
            .collect()
    }

    fn behind_secret(&self, namespace: &str, name: &str) -> BTreeSet<ObjectKey> {
        self.objects_in(namespace)
            .filter_map(|object| match object {
                Object::Ingress(ingress) if ingress.spec.tls.iter().any(|tls| tls.secret_name == name) => {
                    Some(ingress)
                }
                _ => None,
            })
            .flat_map(|ingress| self.behind_ingress(ingress))
            .collect()
    }
}

fn workload_key(object: &Object) -> Option<ObjectKey> {
    match object {
        Object::Workload(workload) => Some(workload.key()),
        Object::Broken(kind, ..) if kind.is_workload() => Some(object.key()),
        _ => None,
    }
}
