//! What a namespace has for a workload: by selector, by reference, by name.
//!
//! What the server makes itself is taken as there: a new namespace has it a moment later than its first pods.
//! It must not say what a check makes of an answer. Next: [`super::cluster`], [`super::rights`].

use std::sync::LazyLock;

use super::super::add_on_policy::AddOnPolicy;
use super::super::autoscaler::HorizontalPodAutoscaler;
use super::super::config_map::{ConfigMap, ROOT_CERTIFICATES};
use super::super::disruption::PodDisruptionBudget;
use super::super::gateway::{Gateway, ReferenceGrant};
use super::super::index::Term;
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::lookup::{Cause, Coverage, Known, Lookup, Search};
use super::super::metadata::Metadata;
use super::super::network_policy::NetworkPolicy;
use super::super::object::{Object, ObjectKey, Service};
use super::super::quota::ResourceQuota;
use super::super::revision::{self, Revision};
use super::super::scaled_object::ScaledObject;
use super::super::secret_provider::SecretProviderClass;
use super::super::selector::Selector;
use super::super::service_account::{DEFAULT_ACCOUNT, ServiceAccount};
use super::super::storage::PersistentVolumeClaim;
use super::super::workload::Workload;
use super::remembered::once;
use super::{Inventory, NamespaceView};

static DEFAULT: LazyLock<ServiceAccount> =
    LazyLock::new(|| ServiceAccount { metadata: named(DEFAULT_ACCOUNT), ..ServiceAccount::default() });

static CERTIFICATES: LazyLock<ConfigMap> = LazyLock::new(|| ConfigMap {
    metadata: named(ROOT_CERTIFICATES),
    keys: ["ca.crt"].into_iter().collect(),
    values: None,
    immutable: false,
});

pub(super) fn named(name: &str) -> Metadata {
    Metadata::named("", name)
}

impl<'a> NamespaceView<'a> {
    /// The PodDisruptionBudgets that select pods with these labels.
    pub fn pod_disruption_budgets_selecting(
        &self,
        pod_labels: &Labels,
    ) -> Known<'a, &'a PodDisruptionBudget> {
        let search = || {
            self.search_selecting(Kind::PodDisruptionBudget, pod_labels, |object| match object {
                Object::PodDisruptionBudget(budget) => {
                    let selector = budget.spec.selector.as_ref();
                    selector.is_some_and(|selector| selector.matches(pod_labels)).then_some(&**budget)
                }
                _ => None,
            })
        };
        once(self.around_labels(pod_labels).map(|around| &around.budgets), search)
    }

    /// The workloads that are known here and whose pods this selector matches.
    pub fn workloads_selected(&self, selector: &Selector) -> impl Iterator<Item = &'a Workload> {
        let custom = self.inventory.covered_kinds().filter(|kind| kind.custom().is_some());
        let kinds = Kind::WORKLOADS.iter().copied().chain(custom);
        let known = kinds.flat_map(|kind| self.inventory.objects_of(kind, self.namespace));
        known.filter_map(|object| match object {
            Object::Workload(workload) if selector.matches(&workload.pod_labels) => Some(&**workload),
            _ => None,
        })
    }

    /// The HorizontalPodAutoscalers that scale the workload of this kind and name.
    pub fn horizontal_pod_autoscalers_of(
        &self,
        kind: Kind,
        name: &str,
    ) -> Known<'a, &'a HorizontalPodAutoscaler> {
        let search = || {
            self.search_scaling(Kind::HorizontalPodAutoscaler, name, |object| match object {
                Object::HorizontalPodAutoscaler(scaler) if scaler.spec.target.is(kind, name) => {
                    Some(&**scaler)
                }
                _ => None,
            })
        };
        once(self.around_named(kind, name).map(|around| &around.scalers), search)
    }

    /// The ScaledObjects that scale the workload of this kind and name.
    pub fn scaled_objects_of(&self, kind: Kind, name: &str) -> Known<'a, &'a ScaledObject> {
        let search = || {
            self.search_scaling(Kind::ScaledObject, name, |object| match object {
                Object::ScaledObject(scaler) if scaler.spec.target.is(kind, name) => Some(&**scaler),
                _ => None,
            })
        };
        once(self.around_named(kind, name).map(|around| &around.scaled_objects), search)
    }

    /// The NetworkPolicies that select pods with these labels.
    pub fn network_policies_selecting(&self, pod_labels: &Labels) -> Known<'a, &'a NetworkPolicy> {
        let search = || {
            self.search_selecting(Kind::NetworkPolicy, pod_labels, |object| match object {
                Object::NetworkPolicy(policy) if policy.spec.pod_selector.matches(pod_labels) => {
                    Some(&**policy)
                }
                _ => None,
            })
        };
        once(self.around_labels(pod_labels).map(|around| &around.policies), search)
    }

    /// The policies of other APIs that can be about pods of the namespace: its own, and those of the cluster.
    pub fn add_on_policies(&self, pod_labels: &Labels) -> Known<'a, &'a AddOnPolicy> {
        let search = || {
            let kinds = Kind::ADD_ON_POLICIES.iter().copied();
            let none = Search { found: Vec::new(), incomplete: None };
            let is_any = kinds.clone().any(|kind| self.inventory.index.holds(kind));
            let in_reach = ["", self.namespace].into_iter().filter(|_| is_any);
            let known =
                in_reach.flat_map(|namespace| self.inventory.candidates(namespace, Term::IsAddOnPolicy));
            let known: Vec<&Object> = known.collect();
            kinds.map(|kind| self.add_on_policies_of(kind, &known)).fold(none, Search::and)
        };
        once(self.around_labels(pod_labels).map(|around| &around.add_on_policies), search)
    }

    fn add_on_policies_of(&self, kind: Kind, known: &[&'a Object]) -> Search<&'a AddOnPolicy> {
        let namespace = if kind.info().namespaced { self.namespace } else { "" };
        NamespaceView { namespace, ..*self }.search_among(
            kind,
            known.iter().copied(),
            |object| match object {
                Object::AddOnPolicy(policy) if policy.kind == kind => Some(&**policy),
                _ => None,
            },
        )
    }

    /// The ResourceQuotas.
    pub fn resource_quotas(&self) -> Search<&'a ResourceQuota> {
        self.search(Kind::ResourceQuota, |object| match object {
            Object::ResourceQuota(quota) => Some(&**quota),
            _ => None,
        })
    }

    /// The Gateway of this name.
    pub fn gateway(&self, name: &str) -> Lookup<&'a Gateway> {
        self.lookup(Kind::Gateway, name, |object| match object {
            Object::Gateway(gateway) => Some(&**gateway),
            _ => None,
        })
    }

    /// The ReferenceGrants, which say who may refer to objects of this namespace.
    pub fn reference_grants(&self) -> Search<&'a ReferenceGrant> {
        self.search(Kind::ReferenceGrant, |object| match object {
            Object::ReferenceGrant(grant) => Some(&**grant),
            _ => None,
        })
    }

    /// The Service of this name.
    pub fn service(&self, name: &str) -> Lookup<&'a Service> {
        self.lookup(Kind::Service, name, |object| match object {
            Object::Service(service) => Some(&**service),
            _ => None,
        })
    }

    /// Whether somebody says where requests to a Service without a selector go.
    pub fn endpoints_of(&self, service: &str) -> Lookup<()> {
        let leads = |object: &Object| match object {
            Object::Endpoints(endpoints) => {
                endpoints.leads_somewhere && endpoints.service.as_ref().is_some_and(|name| **name == *service)
            }
            _ => false,
        };
        // Files may give Endpoints. In a cluster what they say is in slices.
        let kinds = [Kind::EndpointSlice, Kind::Endpoints];
        let kinds = kinds.into_iter().filter(|kind| *kind == Kind::EndpointSlice || !self.inventory.live);
        let mut gap = None;
        for kind in kinds {
            let search = self.search(kind, |object| leads(object).then_some(()));
            if !search.found.is_empty() {
                return Lookup::Found(());
            }
            gap = gap.or(search.incomplete);
        }
        gap.map_or(Lookup::Missing, Lookup::Unknown)
    }

    /// The ServiceAccount of this name. The one that the server makes is taken as there, without settings of
    /// its own, when everything is known and it is not.
    pub fn service_account(&self, name: &str) -> Lookup<&'a ServiceAccount> {
        match self.around_account(name) {
            Some(around) => *around.account.get_or_init(|| self.find_account(name)),
            None => self.find_account(name),
        }
    }

    fn find_account(&self, name: &str) -> Lookup<&'a ServiceAccount> {
        let found = self.lookup(Kind::ServiceAccount, name, |object| match object {
            Object::ServiceAccount(account) => Some(&**account),
            _ => None,
        });
        match found {
            Lookup::Missing if name == DEFAULT_ACCOUNT => Lookup::Found(&DEFAULT),
            found => found,
        }
    }

    /// The ConfigMap of this name. The one that the server keeps in every namespace is always there.
    pub fn config_map(&self, name: &str) -> Lookup<&'a ConfigMap> {
        if name == ROOT_CERTIFICATES {
            return Lookup::Found(&CERTIFICATES);
        }
        self.lookup(Kind::ConfigMap, name, |object| match object {
            Object::ConfigMap(map) => Some(&**map),
            _ => None,
        })
    }

    /// The revisions of a workload that are there; of one that no server knows, none is known.
    pub fn revisions_of(&self, owner: &Workload) -> Search<&'a Revision> {
        let (name, uid) = (&owner.metadata.name, owner.metadata.uid());
        let kind = revision::kind_of(owner.kind);
        let named = self.inventory.candidates(self.namespace, Term::Names(kind, owner.kind, name));
        self.search_among(kind, named, |object| match object {
            Object::Revision(revision) => {
                let is_own = revision.owner_kind == owner.kind
                    && revision.owner == *name
                    && revision.owner_uid == *uid;
                (is_own && !uid.is_empty()).then_some(&**revision)
            }
            _ => None,
        })
    }

    /// The SecretProviderClass of this name.
    pub fn secret_provider_class(&self, name: &str) -> Lookup<&'a SecretProviderClass> {
        self.lookup(Kind::SecretProviderClass, name, |object| match object {
            Object::SecretProviderClass(class) => Some(&**class),
            _ => None,
        })
    }

    /// The PersistentVolumeClaim of this name.
    pub fn persistent_volume_claim(&self, name: &str) -> Lookup<&'a PersistentVolumeClaim> {
        self.lookup(Kind::PersistentVolumeClaim, name, |object| match object {
            Object::PersistentVolumeClaim(claim) => Some(&**claim),
            _ => None,
        })
    }

    pub(super) fn lookup<T>(
        &self,
        kind: Kind,
        name: &str,
        pick: impl Fn(&'a Object) -> Option<&'a T>,
    ) -> Lookup<&'a T> {
        self.inventory.lookup(kind, self.namespace, name, pick)
    }
}

impl Inventory {
    /// An object by its name; `pick` is none for one that has not the shape of its kind.
    pub(super) fn lookup<'a, T>(
        &'a self,
        kind: Kind,
        namespace: &str,
        name: &str,
        pick: impl Fn(&'a Object) -> Option<&'a T>,
    ) -> Lookup<&'a T> {
        // What is stale is known no better than what was never seen.
        if self.coverage_in(kind, namespace) == Coverage::Stale {
            return Lookup::Unknown(Cause::Stale);
        }
        let key = ObjectKey { namespace: namespace.into(), kind, name: name.into() };
        match self.get(&key) {
            Some(object) => pick(object).map_or(Lookup::Unknown(Cause::Undecodable), Lookup::Found),
            None if kind == Kind::Secret && self.is_promised(namespace, name) => {
                Lookup::Unknown(Cause::NotGiven)
            }
            None => self.absent(kind, namespace),
        }
    }
}

#[cfg(test)]
#[path = "related_tests.rs"]
mod tests;
