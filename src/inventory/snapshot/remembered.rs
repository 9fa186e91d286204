//! What was found around one workload, so that each search is made once however many checks ask.
//!
//! It lives no longer than the workload is judged, in one state of the inventory, and answers for that workload only.
//! It must not search. Next: [`super::related`] and [`super::workloads`], which ask it first.

use std::cell::{OnceCell, RefCell};

use super::super::add_on_policy::AddOnPolicy;
use super::super::autoscaler::HorizontalPodAutoscaler;
use super::super::container::Container;
use super::super::disruption::PodDisruptionBudget;
use super::super::image::{ImageError, ImageReference};
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::lookup::{Known, Lookup, Search};
use super::super::metadata::Metadata;
use super::super::network_policy::NetworkPolicy;
use super::super::object::{Object, Service};
use super::super::scaled_object::ScaledObject;
use super::super::service_account::ServiceAccount;
use super::super::workload::Workload;
use super::{Binding, NamespaceView, Scaler};

/// Searches that were made for a workload.
#[derive(Debug, Default)]
pub struct Remembered<'a> {
    pub(super) selecting: OnceCell<Vec<&'a Object>>,
    pub(super) services: OnceCell<Search<&'a Service>>,
    pub(super) budgets: OnceCell<Search<&'a PodDisruptionBudget>>,
    pub(super) policies: OnceCell<Search<&'a NetworkPolicy>>,
    pub(super) add_on_policies: OnceCell<Search<&'a AddOnPolicy>>,
    pub(super) scalers: OnceCell<Search<&'a HorizontalPodAutoscaler>>,
    pub(super) scaled_objects: OnceCell<Search<&'a ScaledObject>>,
    pub(super) bindings: OnceCell<Search<Binding<'a>>>,
    pub(super) bindings_everywhere: OnceCell<Search<Binding<'a>>>,
    pub(super) namespace: OnceCell<Lookup<&'a Metadata>>,
    pub(super) account: OnceCell<Lookup<&'a ServiceAccount>>,
    pub(super) all_scalers: OnceCell<Search<Scaler<'a>>>,
    reached: OnceCell<Box<Reached<'a>>>,
    images: RefCell<Vec<(&'a Container, Image<'a>)>>,
}

/// What of a kind belongs to the workload, and of the kinds that were asked for after it: what is there stays where it
/// is while others come.
#[derive(Debug)]
struct Reached<'a> {
    kind: Kind,
    search: Search<&'a Object>,
    next: OnceCell<Box<Self>>,
}

/// An image that was taken apart, or why that cannot be.
type Image<'a> = Result<ImageReference<'a>, ImageError>;

/// So many images are remembered: they are looked for one by one.
const IMAGES: usize = 32;

impl<'a> Remembered<'a> {
    /// The objects of a kind that belong to the workload.
    pub(super) fn reached(
        &self,
        kind: Kind,
        search: impl FnOnce() -> Search<&'a Object>,
    ) -> &Search<&'a Object> {
        let mut place = &self.reached;
        while let Some(known) = place.get() {
            if known.kind == kind {
                return &known.search;
            }
            place = &known.next;
        }
        let search = search();
        // It may have searched for other kinds.
        while let Some(known) = place.get() {
            place = &known.next;
        }
        &place.get_or_init(|| Box::new(Reached { kind, search, next: OnceCell::new() })).search
    }

    fn image(&self, container: &'a Container) -> Image<'a> {
        let mut images = self.images.borrow_mut();
        if let Some((_, known)) = images.iter().find(|(known, _)| std::ptr::eq(*known, container)) {
            return known.clone();
        }
        let image = ImageReference::parse(&container.image);
        if images.len() < IMAGES {
            images.push((container, image.clone()));
        }
        image
    }
}

impl<'a> NamespaceView<'a> {
    /// The same, in which what is asked around this workload is looked for once.
    #[must_use]
    pub const fn remembering(self, workload: &'a Workload, remembered: &'a Remembered<'a>) -> Self {
        Self { remembered: Some((workload, remembered)), ..self }
    }

    /// The image of a container, taken apart.
    pub fn image_of(&self, container: &'a Container) -> Image<'a> {
        match self.remembered {
            Some((_, remembered)) => remembered.image(container),
            None => ImageReference::parse(&container.image),
        }
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

    /// What was found around the workload that is judged, if it is in this namespace.
    pub(super) fn around_namespace(&self, namespace: &str) -> Option<&'a Remembered<'a>> {
        let (known, remembered) = self.remembered?;
        (known.metadata.namespace == namespace).then_some(remembered)
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
) -> Known<'_, T> {
    match place {
        Some(place) => Known::Borrowed(place.get_or_init(search)),
        None => Known::Owned(search()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Inventory;
    use crate::inventory::decode::decode;

    #[test]
    fn each_container_has_its_own_image_whoever_asks_again_and_however_many_there_are() {
        let container =
            |number| json!({"name": format!("c{number}"), "image": format!("registry.example/app:{number}")});
        let containers: Vec<Value> = (0..2 * IMAGES).map(container).collect();
        let object = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"spec": {"containers": containers}}}});
        let Object::Workload(workload) = decode(Kind::Deployment, &object.to_string()).unwrap() else {
            panic!("a workload")
        };
        let inventory = Inventory::default();
        let remembered = Remembered::default();
        let view = inventory.namespace("shop").remembering(&workload, &remembered);
        for _ in 0..2 {
            for (number, container) in workload.pod.containers.iter().enumerate() {
                assert_eq!(view.image_of(container).unwrap().tag, Some(&*number.to_string()));
            }
        }
    }
}
