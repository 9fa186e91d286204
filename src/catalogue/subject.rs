//! What a check sees: a workload with its effective pod, one container of it, or another object.
//!
//! It must not offer anything that is not the effective value, nor, unless a policy of the whole cluster asks, a way
//! out of the workload's namespace. Next: [`super::check`].

use jiff::Timestamp;

use crate::inventory::container::{Container, ContainerClass};
use crate::inventory::image::{ImageError, ImageReference};
use crate::inventory::pod::PodSpec;
use crate::inventory::{NamespaceView, Object, Workload};

/// A workload and what a check may know beside it.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadSubject<'a> {
    /// The workload.
    pub workload: &'a Workload,
    /// The objects of its namespace.
    pub namespace: NamespaceView<'a>,
    /// The moment at which it is judged.
    pub now: Timestamp,
}

impl<'a> WorkloadSubject<'a> {
    /// The effective pod.
    pub const fn pod(&self) -> &'a PodSpec {
        &self.workload.pod
    }

    /// Every container, as a subject.
    pub fn containers(&self) -> impl Iterator<Item = ContainerSubject<'a>> + use<'a> {
        let workload = *self;
        self.pod().all_containers().map(move |(class, index, container)| ContainerSubject {
            workload,
            class,
            index,
            container,
        })
    }
}

/// An object that is not a workload, and what a check may know beside it.
#[derive(Clone, Copy, Debug)]
pub struct ObjectSubject<'a> {
    /// The object.
    pub object: &'a Object,
    /// The objects of its namespace; of a Namespace, what lies in it. For any other object of the cluster this
    /// holds objects of the cluster only.
    pub namespace: NamespaceView<'a>,
    /// The moment at which it is judged.
    pub now: Timestamp,
}

/// One container of a workload.
#[derive(Clone, Copy, Debug)]
pub struct ContainerSubject<'a> {
    /// The workload it belongs to.
    pub workload: WorkloadSubject<'a>,
    /// What it is to its pod.
    pub class: ContainerClass,
    /// Its place in its list of the pod spec.
    pub index: usize,
    /// The container itself.
    pub container: &'a Container,
}

impl<'a> ContainerSubject<'a> {
    /// The effective pod.
    pub const fn pod(&self) -> &'a PodSpec {
        self.workload.pod()
    }

    /// The container's own value, else the pod's: for the fields that exist at both levels.
    pub fn effective<T: ?Sized>(&self, own: Option<&'a T>, pod: Option<&'a T>) -> Option<&'a T> {
        own.or(pod)
    }

    /// Its image, taken apart.
    pub fn image(&self) -> Result<ImageReference<'a>, ImageError> {
        self.workload.namespace.image_of(self.container)
    }

    /// Path of the container in the object.
    pub fn path(&self) -> String {
        self.path_to("")
    }

    /// Path in the object of what is at this path in the container.
    pub fn path_to(&self, field: &str) -> String {
        let (pod, list) = (self.workload.workload.pod_path(), self.class.list());
        let mut digits = itoa::Buffer::new();
        let index = digits.format(self.index);
        let length = pod.len() + list.len() + index.len() + field.len() + 4;
        let mut path = String::with_capacity(length);
        for part in [pod, ".", list, "[", index, "]"] {
            path.push_str(part);
        }
        if !field.is_empty() {
            path.push('.');
            path.push_str(field);
        }
        path
    }
}
