//! Which objects a change can affect that are judged by themselves while no workload reaches them.
//!
//! A change matters to them when it can give them a workload or take one away, and when their checks read what
//! changed. It must err on the side of too many. Next: [`super::super::reach`].

use std::collections::BTreeSet;

use super::super::gateway::Reference;
use super::super::index::Term;
use super::super::kind::Kind;
use super::super::metadata::Metadata;
use super::super::object::{Object, ObjectKey, Service};
use super::super::small_map::Labels;
use super::super::snapshot::Inventory;
use super::super::subject::SubjectKey;
use super::super::workload::Workload;

/// Kinds of which a namespace has few, or which name or select the workload themselves.
const BESIDE: &[Kind] =
    &[Kind::PodDisruptionBudget, Kind::HorizontalPodAutoscaler, Kind::NetworkPolicy, Kind::RoleBinding];

impl Inventory {
    /// The objects beside workloads whose own verdict can depend on this object, as it was or as it is; itself
    /// among them.
    pub fn orphans_behind(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let namespace = &object.metadata().namespace;
        let mut keys: BTreeSet<SubjectKey> = self.orphan_key(object).into_iter().collect();
        match object {
            Object::Workload(workload) => self.before_workload(workload, &mut keys),
            Object::Service(service) => self.before_service(&service.metadata, &mut keys),
            Object::Ingress(ingress) => {
                let rivals = self.sharing_hosts(ingress).into_iter();
                let rivals = rivals.map(|one| ObjectKey {
                    namespace: one.metadata.namespace.clone(),
                    kind: Kind::Ingress,
                    name: one.metadata.name.clone(),
                });
                keys.extend(rivals.map(SubjectKey::from));
                keys.extend(ingress.spec.secret_names().map(|name| secret(namespace, name)));
            }
            Object::Gateway(gateway) => {
                let own = |named: &Reference| secret(named.namespace_from(namespace), &named.name);
                keys.extend(gateway.spec.secrets().map(own));
                let routes = self.objects_of(Kind::HttpRoute, namespace);
                keys.extend(routes.filter_map(|object| self.orphan_key(object)));
            }
            // Any Ingress may name it, or get it by default.
            Object::IngressClass(_) => {
                let ingresses = self.objects().filter(|one| matches!(one, Object::Ingress(_)));
                keys.extend(ingresses.filter_map(|one| self.orphan_key(one)));
            }
            Object::ConfigMap(map) => {
                let own = (namespace.as_str(), map.metadata.name.as_str());
                let names_it = |one: &&Object| matches!(one, Object::Ingress(ingress) if ingress.header_map() == Some(own));
                let ingresses = self.objects_of(Kind::Ingress, namespace).filter(names_it);
                keys.extend(ingresses.filter_map(|one| self.orphan_key(one)));
            }
            // Any claim may name it, or get it by default.
            Object::StorageClass(_) => {
                let claims = self.objects().filter(|one| matches!(one, Object::PersistentVolumeClaim(_)));
                keys.extend(claims.filter_map(|one| self.orphan_key(one)));
            }
            Object::Secret(_) | Object::SecretMetadata(_) => {
                let name = &object.metadata().name;
                keys.extend(self.orphans_behind_secret(namespace, name));
                keys.extend(self.gateways_presenting(namespace, name));
            }
            Object::ReferenceGrant(_) => {
                let gateways = self.objects().filter(|one| matches!(one, Object::Gateway(_)));
                keys.extend(gateways.filter_map(|one| self.orphan_key(one)));
            }
            Object::HttpRoute(_) => {
                let gateways = self.objects_of(Kind::Gateway, namespace);
                keys.extend(gateways.filter_map(|one| self.orphan_key(one)));
            }
            Object::ServiceAccount(account) => {
                self.bindings_of(&account.metadata, &mut keys);
                let named = account.secrets.iter().chain(&account.image_pull_secrets);
                keys.extend(named.map(|named| secret(namespace, &named.name)));
            }
            Object::Role(role) => self.bindings_to(Kind::Role, &role.metadata, &mut keys),
            Object::ClusterRole(role) => self.bindings_to(Kind::ClusterRole, &role.metadata, &mut keys),
            Object::Namespace(metadata) => keys.extend(self.others_in(&metadata.name)),
            // What an object would select whose shape is not known is not known either.
            Object::Broken(kind, ..) if kind.info().namespaced => keys.extend(self.others_in(namespace)),
            _ => {}
        }
        keys
    }

    /// The Ingresses that name a Secret, there or not.
    pub fn orphans_behind_secret(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let named = self.candidates(namespace, Term::Names(Kind::Ingress, Kind::Secret, name));
        named.filter_map(|object| self.orphan_key(object)).collect()
    }

    /// The Gateways of every namespace that name a Secret, there or not.
    fn gateways_presenting(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let named = self.gateways_naming(namespace, name);
        named.filter_map(|object| self.orphan_key(object)).collect()
    }

    /// Every object of a namespace that is no workload, the Namespace among them.
    pub fn others_in(&self, namespace: &str) -> BTreeSet<SubjectKey> {
        let own = ObjectKey { namespace: String::new(), kind: Kind::Namespace, name: namespace.to_owned() };
        let objects = self.objects_in(namespace).chain(self.get(&own));
        objects.filter_map(|object| self.orphan_key(object)).collect()
    }

    /// Every object that is no workload.
    pub fn others(&self) -> impl Iterator<Item = SubjectKey> {
        self.objects().filter_map(|object| self.orphan_key(object))
    }

    fn before_workload(&self, workload: &Workload, keys: &mut BTreeSet<SubjectKey>) {
        let Workload { metadata, pod_labels, .. } = workload;
        for service in self.services_about(&metadata.namespace, pod_labels) {
            keys.extend(self.orphan_key(service));
            self.before_service(service.metadata(), keys);
        }
        let named = |kind| {
            let namespace = &metadata.namespace;
            move |name: &str| {
                SubjectKey::from(ObjectKey { namespace: namespace.clone(), kind, name: name.to_owned() })
            }
        };
        keys.extend(workload.pod.secret_names().map(|name| secret(&metadata.namespace, name)));
        keys.extend(workload.pod.config_map_names().map(named(Kind::ConfigMap)));
        keys.extend(workload.pod.claim_names().map(named(Kind::PersistentVolumeClaim)));
        // Those that a StatefulSet makes.
        let claims = self.objects_of(Kind::PersistentVolumeClaim, &metadata.namespace);
        let made = claims.filter(|claim| workload.claims.is_some() && self.reaches(workload, claim));
        keys.extend(made.filter_map(|claim| self.orphan_key(claim)));
        let own = BESIDE.iter().flat_map(|kind| self.objects_of(*kind, &metadata.namespace));
        let beside = own.chain(self.objects_of(Kind::ClusterRoleBinding, ""));
        let reached = beside.filter(|object| self.reaches(workload, object));
        keys.extend(reached.filter_map(|object| self.orphan_key(object)));
    }

    /// The Services with a selector that agrees with these labels where both have a key: a check may leave some
    /// of the others out of account.
    fn services_about<'a>(
        &'a self,
        namespace: &'a str,
        labels: &'a Labels,
    ) -> impl Iterator<Item = &'a Object> {
        let candidates =
            labels.iter().flat_map(move |(key, value)| self.candidates(namespace, Term::Demands(key, value)));
        candidates.filter(move |object| matches!(object, Object::Service(service) if agrees(service, labels)))
    }

    /// The bindings that name a ServiceAccount.
    fn bindings_of(&self, account: &Metadata, keys: &mut BTreeSet<SubjectKey>) {
        let own = self.objects_of(Kind::RoleBinding, &account.namespace);
        let all = own.chain(self.objects_of(Kind::ClusterRoleBinding, ""));
        let named = all.filter(|object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => binding
                .subjects
                .iter()
                .any(|subject| subject.includes_account(&account.namespace, &account.name)),
            _ => false,
        });
        keys.extend(named.filter_map(|object| self.orphan_key(object)));
    }

    /// The bindings that give a role.
    fn bindings_to(&self, kind: Kind, role: &Metadata, keys: &mut BTreeSet<SubjectKey>) {
        let gives = |object: &&Object| match object {
            Object::RoleBinding(binding) | Object::ClusterRoleBinding(binding) => {
                binding.role_ref.kind == kind.as_str() && binding.role_ref.name == role.name
            }
            _ => false,
        };
        if kind == Kind::Role {
            let own = self.objects_of(Kind::RoleBinding, &role.namespace).filter(gives);
            keys.extend(own.filter_map(|object| self.orphan_key(object)));
        } else {
            keys.extend(self.objects().filter(gives).filter_map(|object| self.orphan_key(object)));
        }
    }

    fn before_service(&self, Metadata { namespace, name, .. }: &Metadata, keys: &mut BTreeSet<SubjectKey>) {
        let named = self.candidates(namespace, Term::Names(Kind::Ingress, Kind::Service, name));
        keys.extend(named.filter_map(|object| self.orphan_key(object)));
        let routes = self.routes_to(namespace, name).map(|route| ObjectKey {
            namespace: namespace.clone(),
            kind: Kind::HttpRoute,
            name: route.metadata.name.clone(),
        });
        keys.extend(routes.map(SubjectKey::from));
    }
}

/// A Secret, there or not, as far as it is judged by itself.
fn secret(namespace: &str, name: &str) -> SubjectKey {
    ObjectKey { namespace: namespace.to_owned(), kind: Kind::Secret, name: name.to_owned() }.into()
}

fn agrees(service: &Service, labels: &Labels) -> bool {
    let mut pairs = service.spec.selector.iter();
    pairs.all(|(key, value)| labels.get(key).is_none_or(|own| own == value))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::{decode, decode_or_broken};

    fn object(kind: Kind, name: &str, body: Value) -> Object {
        let mut json = body;
        json["metadata"] = json!({"name": name, "namespace": "shop"});
        decode_or_broken(kind, &json.to_string()).unwrap()
    }

    fn shop() -> Inventory {
        let mut inventory = Inventory::default();
        let selector = json!({"app": "web", "role": "primary"});
        inventory.apply(object(Kind::Service, "web", json!({"spec": {"selector": selector}})));
        inventory.apply(object(Kind::Service, "api", json!({"spec": {"selector": {"app": "api"}}})));
        let backend = json!({"service": {"name": "web"}});
        let spec = json!({"defaultBackend": backend, "tls": [{"secretName": "web-tls"}]});
        inventory.apply(object(Kind::Ingress, "edge", json!({"spec": spec})));
        inventory
    }

    fn behind(object: &Object) -> Vec<String> {
        shop().orphans_behind(object).into_iter().map(|key| key.to_string()).collect()
    }

    fn pod(labels: &Value) -> Object {
        let pod = json!({"metadata": {"name": "web", "namespace": "shop", "labels": labels}});
        decode(Kind::Pod, &pod.to_string()).unwrap()
    }

    const WEB: &str = "Service shop/web";
    const API: &str = "Service shop/api";
    const EDGE: &str = "Ingress shop/edge";

    #[test]
    fn a_workload_affects_services_that_could_select_it_and_the_ingresses_before_them() {
        let all = [WEB, EDGE];
        assert_eq!(behind(&pod(&json!({"app": "web", "role": "primary"}))), all);
        assert_eq!(
            behind(&pod(&json!({"app": "web"}))),
            all,
            "a check may leave the other label out of account"
        );
        assert_eq!(behind(&pod(&json!({"role": "primary"}))), all, "whichever it is");
        assert!(behind(&pod(&json!({"app": "web", "role": "standby"}))).is_empty());
        assert!(behind(&pod(&json!({}))).is_empty());
    }

    #[test]
    fn a_service_affects_itself_and_the_ingresses_that_name_it() {
        assert_eq!(behind(&object(Kind::Service, "web", json!({}))), [WEB, EDGE]);
        assert_eq!(behind(&object(Kind::Service, "new", json!({}))), ["Service shop/new"]);
    }

    #[test]
    fn a_config_map_affects_the_ingresses_whose_headers_it_holds() {
        let mut inventory = shop();
        let mut edge = inventory.get(&object(Kind::Ingress, "edge", json!({})).key()).unwrap().clone();
        let annotations = [("nginx.ingress.kubernetes.io/custom-headers".to_owned(), "headers".to_owned())];
        edge.metadata_mut().annotations = annotations.into();
        inventory.apply(edge);
        let behind = |name: &str| -> Vec<String> {
            let map = object(Kind::ConfigMap, name, json!({}));
            inventory.orphans_behind(&map).into_iter().map(|key| key.to_string()).collect()
        };
        assert_eq!(behind("headers"), [EDGE, "ConfigMap shop/headers"]);
        assert_eq!(behind("other"), ["ConfigMap shop/other"]);
    }

    #[test]
    fn claims_are_affected_by_classes_and_by_the_workloads_that_mount_or_make_them() {
        let mut inventory = shop();
        for name in ["files", "data-db-0", "other"] {
            inventory.apply(object(Kind::PersistentVolumeClaim, name, json!({})));
        }
        let claims = |object: &Object| -> Vec<String> {
            let keys = inventory.orphans_behind(object).into_iter().map(|key| key.to_string());
            keys.filter(|key| key.starts_with("Persistent")).collect()
        };
        let class = decode(Kind::StorageClass, r#"{"metadata":{"name":"fast"}}"#).unwrap();
        assert_eq!(claims(&class).len(), 3);
        let volumes = json!([{"name": "x", "persistentVolumeClaim": {"claimName": "files"}}]);
        let web =
            object(Kind::Deployment, "web", json!({"spec": {"template": {"spec": {"volumes": volumes}}}}));
        assert_eq!(claims(&web), ["PersistentVolumeClaim shop/files"]);
        let templates = json!([{"metadata": {"name": "data"}}]);
        let set = object(Kind::StatefulSet, "db", json!({"spec": {"volumeClaimTemplates": templates}}));
        assert_eq!(claims(&set), ["PersistentVolumeClaim shop/data-db-0"]);
    }

    #[test]
    fn a_secret_affects_the_ingresses_that_name_it() {
        let secret = |name| object(Kind::Secret, name, json!({"type": "kubernetes.io/tls"}));
        assert_eq!(behind(&secret("web-tls")), [EDGE, "Secret shop/web-tls"]);
        assert_eq!(behind(&secret("other")), ["Secret shop/other"]);
    }

    #[test]
    fn gateways_are_affected_by_secrets_of_any_namespace_by_grants_and_by_their_routes() {
        let mut inventory = shop();
        let references = json!([{"name": "tls", "namespace": "bank"}]);
        let listeners = json!([{"protocol": "HTTPS", "tls": {"certificateRefs": references}}]);
        inventory.apply(object(Kind::Gateway, "edge", json!({"spec": {"listeners": listeners}})));
        let gateway = "Gateway shop/edge";
        let affects = |object: &Object| {
            inventory.orphans_behind(object).into_iter().any(|key| key.to_string() == gateway)
        };
        let mut secret = object(Kind::SecretMetadata, "tls", json!({}));
        assert!(!affects(&secret), "it is another one");
        secret.metadata_mut().namespace = "bank".to_owned();
        assert!(affects(&secret) && affects(&object(Kind::ReferenceGrant, "it", json!({}))));
        assert!(affects(&object(Kind::HttpRoute, "it", json!({}))));
    }

    #[test]
    fn a_namespace_and_what_cannot_be_read_affect_the_whole_namespace() {
        let namespace = decode(Kind::Namespace, r#"{"metadata":{"name":"shop"}}"#).unwrap();
        assert_eq!(behind(&namespace), ["Namespace shop/shop", API, WEB, EDGE]);
        assert_eq!(behind(&object(Kind::Deployment, "it", json!({"spec": 7}))), [API, WEB, EDGE]);
    }

    #[test]
    fn an_ingress_affects_those_that_serve_its_hosts_wherever_they_are_and_a_class_all_of_them() {
        let mut inventory = shop();
        let serving = |name: &str, namespace: &str, host: &str| {
            let spec = json!({"rules": [{"host": host, "http": {"paths": [{"path": "/"}]}}]});
            let mut ingress = object(Kind::Ingress, name, json!({"spec": spec}));
            ingress.metadata_mut().namespace = namespace.to_owned();
            ingress
        };
        inventory.apply(serving("old", "bank", "a.example"));
        inventory.apply(serving("api", "bank", "b.example"));
        let behind = |object: &Object| -> Vec<String> {
            inventory.orphans_behind(object).into_iter().map(|key| key.to_string()).collect()
        };
        assert_eq!(behind(&serving("new", "shop", "a.example")), ["Ingress bank/old", "Ingress shop/new"]);
        let class = decode(Kind::IngressClass, r#"{"metadata":{"name":"edge"}}"#).unwrap();
        let found = behind(&class);
        for ingress in ["Ingress bank/api", "Ingress bank/old", EDGE] {
            assert!(found.iter().any(|key| key == ingress), "{ingress}: {found:?}");
        }
    }
}
