//! Which subjects a change can affect: the reverse of what checks look up.
//!
//! It must err on the side of too many: a subject that is judged once too often costs microseconds,
//! one that is not judged keeps a verdict that lies. Next: the controller's index.

mod auth_policies;
mod orphans;
mod related;
mod virtual_services;

use std::collections::BTreeSet;

use super::dns_names::annotated;
use super::given_labels::selects;
use super::index::{Term, pair};
use super::kind::Kind;
use super::labels::Labels;
use super::metadata::{Metadata, Naming};
use super::object::{Ingress, Object, ObjectKey, Service};
use super::snapshot::Inventory;
use super::subject::SubjectKey;
use super::workload::Workload;

impl Inventory {
    /// The subjects whose verdict can depend on this object, as it was or as it is.
    pub fn subjects_behind(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let namespace = &object.metadata().namespace;
        match object {
            Object::Workload(workload) => {
                let mut subjects = self.beside(workload);
                subjects.extend(object.subject());
                subjects
            }
            Object::Broken(broken) if broken.kind.is_workload() => {
                let mut subjects = self.behind_peers_in(namespace);
                subjects.extend(self.behind_peers());
                subjects.extend(self.behind_ports(|_| true));
                subjects.extend(object.subject());
                subjects
            }
            Object::Owned(..) => BTreeSet::new(),
            Object::Namespace(metadata) => {
                let mut subjects = self.subjects_in(&metadata.name);
                subjects.extend(self.behind_peers());
                subjects.extend(self.behind_webhooks_of(&metadata.name));
                subjects
            }
            Object::Service(service) => {
                let mut subjects = self.around_service(service);
                subjects.extend(self.behind_sharers(object));
                subjects
            }
            Object::Ingress(ingress) => {
                let rivals = self.sharing_hosts(ingress).into_iter();
                let behind = rivals.chain([&**ingress]).flat_map(|one| self.behind_ingress(one));
                behind.chain(self.behind_sharers(object)).collect()
            }
            Object::Secret(_) | Object::SecretMetadata(_) => {
                let name = &object.metadata().name;
                let mut subjects = self.subjects_behind_secret(namespace, name);
                subjects.extend(self.subjects_naming_secret(namespace, name));
                subjects
            }
            // Its defaults are for every container of the namespace.
            Object::LimitRange(_) => self.subjects_in(namespace),
            Object::Broken(broken) => self.behind_broken(broken.kind, &broken.metadata),
            other => self.behind_related(other),
        }
    }

    /// The subjects of one namespace, those of workloads that do not decode included.
    pub fn subjects_in(&self, namespace: &str) -> BTreeSet<SubjectKey> {
        self.objects_in(namespace).filter_map(Object::subject).collect()
    }

    /// All subjects, those of workloads that do not decode included. An owner comes once for each object
    /// that it owns.
    pub fn subjects(&self) -> impl Iterator<Item = SubjectKey> {
        self.objects().filter_map(Object::subject)
    }

    /// The subjects of those workloads of a namespace that are meant.
    fn those_in(&self, namespace: &str, is_meant: impl Fn(&Workload) -> bool) -> BTreeSet<SubjectKey> {
        self.objects_in(namespace)
            .filter(|object| matches!(object, Object::Workload(workload) if is_meant(workload)))
            .filter_map(Object::subject)
            .collect()
    }

    /// What an object selects whose shape is not known is not known either.
    fn behind_broken(&self, kind: Kind, metadata: &Metadata) -> BTreeSet<SubjectKey> {
        match kind {
            Kind::Namespace => {
                let mut subjects = self.subjects_in(&metadata.name);
                subjects.extend(self.behind_peers());
                subjects.extend(self.behind_webhooks_of(&metadata.name));
                subjects
            }
            Kind::TlsOption => self.behind_tls_option(metadata),
            Kind::Middleware => self.behind_middleware(metadata),
            Kind::IstioGateway => self.behind_istio_gateway(metadata),
            Kind::SecurityPolicy | Kind::AuthorizationPolicy => {
                self.behind_auth_policy(kind, &metadata.namespace)
            }
            Kind::Role => self.behind_role(metadata),
            // Routes of other namespaces may be at it.
            Kind::Gateway => {
                let mut subjects = self.subjects_in(&metadata.namespace);
                subjects.extend(self.behind_gateway(metadata));
                subjects
            }
            // It may bind an account of whatever namespace; what an Ingress or a route claims counts in every one, as
            // what a PeerAuthentication of the whole mesh asks; what a Service claims, its metadata tell.
            Kind::RoleBinding | Kind::Ingress | Kind::PeerAuthentication => self.subjects().collect(),
            kind if kind.is_route() => self.subjects().collect(),
            Kind::Service if annotated(metadata).next().is_some() => self.subjects().collect(),
            // Routes of other namespaces may name it.
            Kind::Service => {
                let mut subjects = self.subjects_in(&metadata.namespace);
                subjects.extend(self.naming_service(metadata));
                subjects
            }
            kind if kind.info().namespaced => self.subjects_in(&metadata.namespace),
            _ => self.subjects().collect(),
        }
    }

    fn behind_service(&self, service: &Service) -> BTreeSet<SubjectKey> {
        self.selected_by(service).filter_map(|(object, _)| object.subject()).collect()
    }

    /// The workloads whose pods a Service selects, or some of whose.
    pub(super) fn selected_by<'a>(
        &'a self,
        service: &'a Service,
    ) -> impl Iterator<Item = (&'a Object, &'a Workload)> {
        let (namespace, selector) = (&service.metadata.namespace, &service.spec.selector);
        let pair = pair(selector);
        let carrying = pair.map(|(key, value)| self.candidates(namespace, Term::Carries(key, value)));
        // No template tells of those that it picks.
        let all = (pair.is_none() && !selector.is_empty()).then(|| self.objects_in(namespace));
        carrying.into_iter().flatten().chain(all.into_iter().flatten()).filter_map(|object| match object {
            Object::Workload(workload) if selects(selector, workload) => Some((object, &**workload)),
            _ => None,
        })
    }

    /// The Services of a namespace with this selector; an empty one selects nothing.
    pub(super) fn selecting_the_same<'a>(&'a self, namespace: &'a str, selector: &Labels) -> Vec<&'a Object> {
        if selector.is_empty() {
            return Vec::new();
        }
        let is_same =
            |object: &&Object| matches!(object, Object::Service(other) if other.spec.selector == *selector);
        self.candidates(namespace, Term::Selects(pair(selector))).filter(is_same).collect()
    }

    /// Those behind the objects that claim a name in the DNS which this one claims.
    pub(super) fn behind_sharers(&self, object: &Object) -> BTreeSet<SubjectKey> {
        let sharers = self.sharing_names(object).into_iter();
        let behind = sharers.flat_map(|other| match other {
            Object::Service(service) => self.behind_service(service),
            Object::Ingress(ingress) => self.behind_ingress(ingress),
            other => other.route().map_or_else(BTreeSet::new, |route| self.behind_route(route)),
        });
        behind.collect()
    }

    /// Those behind a Service, those that name it, and those behind the Ingresses that do: whether it is there
    /// matters to each of them.
    pub(super) fn around_service(&self, service: &Service) -> BTreeSet<SubjectKey> {
        let mut subjects = self.behind_service(service);
        subjects.extend(self.naming_service(&service.metadata));
        subjects
    }

    /// Those that name a Service, and those behind the Ingresses and routes that do.
    fn naming_service(&self, Naming { namespace, name, .. }: &Naming) -> BTreeSet<SubjectKey> {
        let mut subjects = BTreeSet::new();
        let named = |kind| self.candidates(namespace, Term::Names(kind, Kind::Service, name));
        subjects.extend(named(Kind::StatefulSet).filter_map(Object::subject));
        for object in named(Kind::Ingress) {
            if let Object::Ingress(ingress) = object {
                subjects.extend(self.behind_ingress(ingress));
            }
        }
        for route in self.routes_to(namespace, name).filter_map(Object::route) {
            subjects.extend(self.behind_route(route));
        }
        subjects.extend(self.behind_virtual_services_to(namespace, name));
        subjects
    }

    fn behind_ingress(&self, ingress: &Ingress) -> BTreeSet<SubjectKey> {
        let names: BTreeSet<&str> = ingress.spec.service_names().collect();
        let namespace = &ingress.metadata.namespace;
        names
            .into_iter()
            .map(|name| ObjectKey { namespace: namespace.clone(), kind: Kind::Service, name: name.into() })
            .filter_map(|key| match self.get(&key) {
                Some(Object::Service(service)) => Some(service),
                _ => None,
            })
            .flat_map(|service| self.behind_service(service))
            .collect()
    }

    /// The subjects whose pods name a Secret, there or not, or did in a revision that is kept.
    fn subjects_naming_secret(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        let custom = self.covered_kinds().filter(|kind| kind.custom().is_some());
        let kinds = Kind::WORKLOADS.iter().copied().chain(custom);
        let named = kinds.flat_map(|kind| self.candidates(namespace, Term::Names(kind, Kind::Secret, name)));
        let kinds = [Kind::Revision, Kind::ControllerRevision].into_iter();
        let revisions =
            kinds.flat_map(|kind| self.candidates(namespace, Term::Names(kind, Kind::Secret, name)));
        named.filter_map(Object::subject).chain(revisions.filter_map(rolled_back)).collect()
    }

    /// The subjects whose verdict can depend on the TLS Secret of this name, whether or not it is there.
    pub fn subjects_behind_secret(&self, namespace: &str, name: &str) -> BTreeSet<SubjectKey> {
        self.ingresses_naming(namespace, name).flat_map(|ingress| self.behind_ingress(ingress)).collect()
    }
}

/// The workload that can be rolled back to a revision.
fn rolled_back(object: &Object) -> Option<SubjectKey> {
    let Object::Revision(revision) = object else { return None };
    let namespace = revision.metadata.namespace.clone();
    Some(ObjectKey { namespace, kind: revision.owner_kind, name: revision.owner.clone() }.into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::snapshot::Change;

    fn object(kind: Kind, name: &str, body: Value) -> Object {
        let mut json = body;
        json["metadata"] = json!({"name": name, "namespace": "shop"});
        decode(kind, &json.to_string()).unwrap()
    }

    fn deployment(name: &str) -> Object {
        let template = json!({"metadata": {"labels": {"app": name}}});
        object(Kind::Deployment, name, json!({"spec": {"template": template}}))
    }

    fn service(name: &str, app: &str) -> Object {
        object(Kind::Service, name, json!({"spec": {"selector": {"app": app}}}))
    }

    fn ingress(service: &str, secret: &str) -> Object {
        let backend = json!({"service": {"name": service}});
        let rules = json!([{"http": {"paths": [{"backend": backend}]}}]);
        object(
            Kind::Ingress,
            "edge",
            json!({"spec": {"rules": rules, "tls": [{"secretName": secret}, {"hosts": ["x"]}]}}),
        )
    }

    fn secret(name: &str) -> Object {
        object(Kind::Secret, name, json!({"type": "kubernetes.io/tls"}))
    }

    /// Two workloads, each behind a Service of its own name, and an Ingress in front of the first.
    fn shop() -> Inventory {
        let mut inventory = Inventory::default();
        for object in [
            deployment("web"),
            deployment("api"),
            service("web", "web"),
            service("api", "api"),
            ingress("web", "a"),
        ] {
            inventory.apply(object);
        }
        let mut elsewhere = deployment("web");
        elsewhere.metadata_mut().namespace = "other".into();
        inventory.apply(elsewhere);
        inventory
    }

    fn behind(inventory: &Inventory, object: &Object) -> Vec<String> {
        inventory.subjects_behind(object).into_iter().map(|key| key.to_string()).collect()
    }

    /// What a change affects: the workloads behind the object as it was, and as it is.
    fn changed(inventory: &mut Inventory, object: &Object) -> [Vec<String>; 2] {
        let Change::Updated(before) = inventory.apply(object.clone()) else { panic!("no update") };
        [behind(inventory, &before), behind(inventory, object)]
    }

    const WEB: &str = "Deployment shop/web";
    const API: &str = "Deployment shop/api";

    #[test]
    fn a_service_affects_those_it_selects_before_and_after_a_change() {
        let mut inventory = shop();
        assert_eq!(behind(&inventory, &service("web", "web")), [WEB]);
        // The Ingress in front of it now leads to the other one.
        let [before, after] = changed(&mut inventory, &service("web", "api"));
        assert_eq!(before, [API, WEB]);
        assert_eq!(after, [API]);
        let without_selector = object(Kind::Service, "other", json!({}));
        assert!(behind(&inventory, &without_selector).is_empty());
    }

    #[test]
    fn an_ingress_affects_those_behind_its_services_before_and_after_a_change() {
        let mut inventory = shop();
        assert_eq!(changed(&mut inventory, &ingress("api", "a")), [[WEB], [API]]);
        let by_default = json!({"spec": {"defaultBackend": {"service": {"name": "web"}}}});
        assert_eq!(behind(&inventory, &object(Kind::Ingress, "edge", by_default)), [WEB]);
        assert!(behind(&inventory, &ingress("gone", "a")).is_empty());
    }

    #[test]
    fn an_ingress_affects_those_behind_the_ingresses_that_serve_its_hosts() {
        let mut inventory = shop();
        let serving = |name: &str, service: &str| {
            let path = json!({"backend": {"service": {"name": service}}});
            let rule = json!({"host": "a.example", "http": {"paths": [path]}});
            object(Kind::Ingress, name, json!({"spec": {"rules": [rule]}}))
        };
        inventory.apply(serving("old", "api"));
        assert_eq!(behind(&inventory, &serving("new", "web")), [API, WEB]);
        assert_eq!(behind(&inventory, &ingress("web", "a")), [WEB], "it serves another host");
    }

    #[test]
    fn a_name_in_the_dns_affects_those_behind_whoever_claims_it_too() {
        let mut inventory = shop();
        let claiming = |name: &str, app: &str| {
            let mut claiming = service(name, app);
            let names = [("external-dns.alpha.kubernetes.io/hostname".to_owned(), "a.example".to_owned())];
            claiming.metadata_mut().annotations = names.into();
            claiming
        };
        inventory.apply(claiming("api", "api"));
        assert_eq!(behind(&inventory, &claiming("new", "none")), [API]);
        let path = json!({"backend": {"service": {"name": "web"}}});
        let rule = json!({"host": "a.example", "http": {"paths": [path]}});
        let edge = object(Kind::Ingress, "front", json!({"spec": {"rules": [rule]}}));
        assert_eq!(behind(&inventory, &edge), [API, WEB]);
        inventory.apply(edge);
        assert_eq!(behind(&inventory, &claiming("new", "none")), [API, WEB]);
        assert_eq!(
            inventory.orphans_behind(&claiming("new", "none")).len(),
            3,
            "itself, the other Service and the Ingress"
        );
    }

    #[test]
    fn a_tls_route_affects_those_behind_the_routes_and_services_that_have_its_hosts() {
        let mut inventory = shop();
        let route = |kind: Kind, name: &str, service: &str| {
            let rules = json!([{"backendRefs": [{"name": service}]}]);
            let spec = json!({"parentRefs": [{"name": "edge"}], "hostnames": ["a.example"], "rules": rules});
            object(kind, name, json!({ "spec": spec }))
        };
        inventory.apply(route(Kind::TlsRoute, "old", "api"));
        assert_eq!(behind(&inventory, &route(Kind::TlsRoute, "new", "web")), [API, WEB]);
        assert_eq!(
            behind(&inventory, &route(Kind::HttpRoute, "new", "web")),
            [WEB],
            "it is at another listener"
        );
        let mut claiming = service("claiming", "none");
        let names = [("external-dns.kubernetes.io/hostname".to_owned(), "a.example".to_owned())];
        claiming.metadata_mut().annotations = names.into();
        assert_eq!(behind(&inventory, &claiming), [API]);
        claiming = service("api", "api");
        let names = [("external-dns.kubernetes.io/hostname".to_owned(), "a.example".to_owned())];
        claiming.metadata_mut().annotations = names.into();
        inventory.apply(claiming);
        assert_eq!(behind(&inventory, &route(Kind::GrpcRoute, "new", "web")), [API, WEB]);
    }

    #[test]
    fn a_service_affects_those_behind_the_routes_that_name_it_there_or_not() {
        let mut inventory = shop();
        let backends = json!([{"name": "web"}, {"name": "gone"}]);
        inventory.apply(object(
            Kind::HttpRoute,
            "it",
            json!({"spec": {"rules": [{"backendRefs": backends}]}}),
        ));
        assert_eq!(behind(&inventory, &service("gone", "none")), [WEB]);
    }

    #[test]
    fn a_service_affects_those_behind_the_routes_of_other_namespaces_that_name_it() {
        let mut inventory = shop();
        let backends = json!([{"name": "web"}, {"name": "gone", "namespace": "other"}]);
        let spec = json!({"spec": {"rules": [{"backendRefs": backends}]}});
        inventory.apply(object(Kind::GrpcRoute, "it", spec));
        let mut gone = service("gone", "none");
        assert!(behind(&inventory, &gone).is_empty(), "it is another one");
        gone.metadata_mut().namespace = "other".into();
        assert_eq!(behind(&inventory, &gone), [WEB]);
    }

    #[test]
    fn a_secret_affects_those_behind_the_ingresses_that_name_it_there_or_not() {
        let mut inventory = shop();
        assert_eq!(behind(&inventory, &secret("a")), [WEB]);
        assert!(behind(&inventory, &secret("b")).is_empty());
        inventory.apply(ingress("api", "b"));
        assert!(behind(&inventory, &secret("a")).is_empty());
        assert_eq!(behind(&inventory, &secret("b")), [API]);
        assert_eq!(inventory.subjects_behind_secret("shop", "b").len(), 1);
        assert!(inventory.subjects_behind_secret("shop", "").is_empty());
        assert!(inventory.subjects_behind_secret("other", "b").is_empty());
    }

    #[test]
    fn a_secret_affects_those_whose_pods_name_it_there_or_not() {
        let mut inventory = shop();
        let pod = json!({"imagePullSecrets": [{"name": "registry"}],
            "volumes": [{"name": "v", "secret": {"secretName": "files"}}],
            "containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "all"}}]}]});
        inventory.apply(object(Kind::Deployment, "api", json!({"spec": {"template": {"spec": pod}}})));
        for name in ["registry", "files", "all"] {
            assert_eq!(behind(&inventory, &secret(name)), [API], "{name}");
            assert_eq!(behind(&inventory, &object(Kind::SecretMetadata, name, json!({}))), [API], "{name}");
        }
        assert!(behind(&inventory, &object(Kind::SecretMetadata, "other", json!({}))).is_empty());
    }

    #[test]
    fn what_an_object_of_unknown_shape_claims_counts_in_every_namespace() {
        let inventory = shop();
        let all = [API, WEB, "Deployment other/web"];
        let mut all = all.map(str::to_owned);
        all.sort();
        let everywhere = |object: &Object| {
            let mut behind = behind(&inventory, object);
            behind.sort();
            behind == all
        };
        assert!(everywhere(&Object::broken(Kind::Ingress, ingress("x", "x").metadata().clone(), "")));
        let mut claiming = service("x", "x");
        let names = [("external-dns.alpha.kubernetes.io/hostname".to_owned(), "a.example".to_owned())];
        claiming.metadata_mut().annotations = names.into();
        assert!(everywhere(&Object::broken(Kind::Service, claiming.metadata().clone(), "")));
    }

    #[test]
    fn an_object_of_unknown_shape_affects_its_whole_namespace() {
        let inventory = shop();
        let broken = Object::broken(Kind::Service, service("x", "x").metadata().clone(), "");
        assert_eq!(behind(&inventory, &broken), [API, WEB]);
    }
}
