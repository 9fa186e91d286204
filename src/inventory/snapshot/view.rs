//! What a check may see of the inventory: one namespace.
//!
//! Objects of other namespaces are out of sight, but for those that a policy of the whole cluster asks for by name. It
//! must not judge. Next: [`super::related`], [`super::entered`], [`super::remembered`].

use super::super::given_labels::selects;
use super::super::kind::Kind;
use super::super::limit_range::LimitRange;
use super::super::lookup::{Cause, Coverage, Known, Lookup, Search};
use super::super::metadata::Metadata;
use super::super::object::{Object, Service};
use super::super::workload::Workload;
use super::remembered::once;
use super::{Inventory, Remembered};

impl Inventory {
    /// What a check may see: one namespace.
    pub const fn namespace<'a>(&'a self, name: &'a str) -> NamespaceView<'a> {
        NamespaceView { inventory: self, namespace: name, sees_others: false, remembered: None }
    }
}

/// One namespace of an inventory: all that a check can see.
#[derive(Clone, Copy, Debug)]
pub struct NamespaceView<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) namespace: &'a str,
    /// Whether other namespaces may be asked for by name.
    pub(super) sees_others: bool,
    /// The workload that is judged, and what was found around it.
    pub(super) remembered: Option<(&'a Workload, &'a Remembered<'a>)>,
}

impl<'a> NamespaceView<'a> {
    /// The namespace's name.
    pub const fn name(&self) -> &'a str {
        self.namespace
    }

    /// The minor of Kubernetes that the server has, or for which files are meant, if anybody said.
    pub const fn server_minor(&self) -> Option<u8> {
        self.inventory.server_minor()
    }

    /// The same, from which other namespaces can be asked for by name, or not.
    #[must_use]
    pub const fn seeing_others(self, sees_others: bool) -> Self {
        Self { sees_others, ..self }
    }

    /// Whether other namespaces are in sight.
    pub const fn sees_others(&self) -> bool {
        self.sees_others
    }

    /// Metadata of the namespace itself.
    pub fn metadata(&self) -> Lookup<&'a Metadata> {
        let look = || match self.inventory.coverage(Kind::Namespace) {
            Coverage::Stale => Lookup::Unknown(Cause::Stale),
            _ => self.inventory.namespace_metadata(self.namespace),
        };
        match self.around_namespace(self.namespace) {
            Some(around) => *around.namespace.get_or_init(look),
            None => look(),
        }
    }

    /// The Services whose selector matches pods of this workload.
    pub fn services_selecting(&self, workload: &Workload) -> Known<'a, &'a Service> {
        let pod_labels = &workload.pod_labels;
        let search = || {
            self.search_selecting(Kind::Service, pod_labels, |object| match object {
                Object::Service(service) if selects(&service.spec.selector, workload) => Some(&**service),
                _ => None,
            })
        };
        once(self.around_labels(pod_labels).map(|around| &around.services), search)
    }

    /// The Services with the selector of this one, itself among them; of one that selects nothing none.
    pub fn services_selecting_the_same(&self, service: &Service) -> Search<&'a Service> {
        let (inventory, namespace) = (self.inventory, self.namespace);
        let same = inventory.selecting_the_same(namespace, &service.spec.selector).into_iter();
        self.search_among(Kind::Service, same, |object| match object {
            Object::Service(service) => Some(&**service),
            _ => None,
        })
    }

    /// The `LimitRange`s.
    pub fn limit_ranges(&self) -> Search<&'a LimitRange> {
        self.search(Kind::LimitRange, |object| match object {
            Object::LimitRange(range) => Some(&**range),
            _ => None,
        })
    }

    pub(super) fn search<T>(&self, kind: Kind, pick: impl Fn(&'a Object) -> Option<T>) -> Search<T> {
        self.search_among(kind, self.inventory.objects_of(kind, self.namespace), pick)
    }

    /// Those of the candidates that are picked. An object without the shape of the kind might be one more.
    pub(super) fn search_among<T>(
        &self,
        kind: Kind,
        candidates: impl Iterator<Item = &'a Object>,
        pick: impl Fn(&'a Object) -> Option<T>,
    ) -> Search<T> {
        let incomplete = self.inventory.coverage_in(kind, self.namespace).gap();
        // What is stale is known no better than what was never seen.
        if incomplete == Some(Cause::Stale) {
            return Search { found: Vec::new(), incomplete };
        }
        let incomplete = incomplete.or_else(|| self.has_broken(kind).then_some(Cause::Undecodable));
        Search { found: candidates.filter_map(pick).collect(), incomplete }
    }
}
