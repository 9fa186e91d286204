//! What was found around one workload, so that each search is made once however many checks ask.
//!
//! It lives no longer than the workload is judged, in one state of the inventory, and answers for that workload only.
//! It must not search. Next: [`super::related`] and [`super::workloads`], which ask it first.

use std::cell::{OnceCell, RefCell};

use super::super::autoscaler::HorizontalPodAutoscaler;
use super::super::disruption::PodDisruptionBudget;
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::lookup::{Lookup, Search};
use super::super::network_policy::NetworkPolicy;
use super::super::object::{Object, Service};
use super::super::scaled_object::ScaledObject;
use super::super::service_account::ServiceAccount;
use super::super::workload::Workload;
use super::{Binding, NamespaceView};

/// Searches that were made for a workload.
#[derive(Debug, Default)]
pub struct Remembered<'a> {
    pub(super) selecting: OnceCell<Vec<&'a Object>>,
    pub(super) services: OnceCell<Search<&'a Service>>,
    pub(super) budgets: OnceCell<Search<&'a PodDisruptionBudget>>,
    pub(super) policies: OnceCell<Search<&'a NetworkPolicy>>,
    pub(super) scalers: OnceCell<Search<&'a HorizontalPodAutoscaler>>,
    pub(super) scaled_objects: OnceCell<Search<&'a ScaledObject>>,
    pub(super) bindings: OnceCell<Search<Binding<'a>>>,
    pub(super) account: OnceCell<Lookup<&'a ServiceAccount>>,
    reached: RefCell<Vec<(Kind, Search<&'a Object>)>>,
}

impl<'a> Remembered<'a> {
    /// The objects of a kind that belong to the workload.
    pub(super) fn reached(
        &self,
        kind: Kind,
        search: impl FnOnce() -> Search<&'a Object>,
    ) -> Search<&'a Object> {
        if let Some((_, known)) = self.reached.borrow().iter().find(|(known, _)| *known == kind) {
            return known.clone();
        }
        let found = search();
        self.reached.borrow_mut().push((kind, found.clone()));
        found
    }
}

impl<'a> NamespaceView<'a> {
    /// The same, in which what is asked around this workload is looked for once.
    #[must_use]
    pub const fn remembering(self, workload: &'a Workload, remembered: &'a Remembered<'a>) -> Self {
        Self { remembered: Some((workload, remembered)), ..self }
    }

    /// What was found around this workload, if this is the one that is judged.
    pub(super) fn around_workload(&self, workload: &Workload) -> Option<&'a Remembered<'a>> {
        let (known, remembered) = self.remembered?;
        std::ptr::eq(known, workload).then_some(remembered)
    }

    /// What was found around the workload that is judged, if it is of this kind and name.
    pub(super) fn around_named(&self, kind: Kind, name: &str) -> Option<&'a Remembered<'a>> {
        let (known, remembered) = self.remembered?;
        (known.kind == kind && known.metadata.name == name).then_some(remembered)
    }

    /// What was found around the workload that is judged, if its pods run under this ServiceAccount.
    pub(super) fn around_account(&self, service_account: &str) -> Option<&'a Remembered<'a>> {
        let (known, remembered) = self.remembered?;
        (known.pod.service_account_name == service_account).then_some(remembered)
    }

    /// What was found around the workload that is judged, if these are the labels of its pods.
    pub(super) fn around_labels(&self, pod_labels: &Labels) -> Option<&'a Remembered<'a>> {
        let (known, remembered) = self.remembered?;
        std::ptr::eq(&raw const known.pod_labels, pod_labels).then_some(remembered)
    }
}

/// What was found before, or is found now.
pub(super) fn once<T: Clone>(
    place: Option<&OnceCell<Search<T>>>,
    search: impl FnOnce() -> Search<T>,
) -> Search<T> {
    match place {
        Some(place) => place.get_or_init(search).clone(),
        None => search(),
    }
}
