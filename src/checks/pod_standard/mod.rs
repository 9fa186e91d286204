//! The Pod Security Standards as Pod Security Admission evaluates them, at every version.
//!
//! A whole standard gives one answer, which must be the API server's. It must not look at a check: the
//! checks that stand for single controls have parameters of their own (see [`super::pod_security`]).
//! Next: [`baseline`], [`restricted`].

mod baseline;
mod restricted;
pub(super) mod sysctls;
mod version;

use crate::catalogue::Field;
use crate::inventory::Workload;
use crate::inventory::container::Container;
use crate::inventory::pod::PodSpec;

use super::pod_security::Level;
pub(super) use restricted::VOLUME_SOURCES;
pub(super) use version::Version;

/// The pod that is evaluated, at one version of the standards.
#[derive(Clone, Copy, Debug)]
struct Pod<'a> {
    workload: &'a Workload,
    version: Version,
}

/// One control of a standard.
struct Control {
    /// Its id in Pod Security Admission.
    id: &'static str,
    /// The first version that has it.
    since: Version,
    /// The control of a lower level that it stands for as well.
    instead_of: Option<&'static str>,
    /// The first place at which a pod breaks it.
    broken: fn(&Pod<'_>) -> Option<Field>,
}

/// A control that a pod breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Id of the control.
    pub(super) control: &'static str,
    /// The first place at which it is broken.
    pub(super) field: Field,
}

/// The controls of a standard that the workload's pod breaks: those of Baseline first, each level by id.
pub(super) fn refusals(workload: &Workload, level: Level, version: Version) -> Vec<Refusal> {
    let pod = Pod { workload, version };
    let restricted = match level {
        Level::Baseline => &[],
        Level::Restricted => restricted::CONTROLS,
    };
    let in_force = |control: &&Control| control.since <= version;
    let replaced = |id| restricted.iter().filter(in_force).any(|control| control.instead_of == Some(id));
    let baseline = baseline::CONTROLS.iter().filter(|control| !replaced(control.id));
    baseline
        .chain(restricted)
        .filter(in_force)
        .filter_map(|control| Some(Refusal { control: control.id, field: (control.broken)(&pod)? }))
        .collect()
}

impl Pod<'_> {
    const fn spec(&self) -> &PodSpec {
        &self.workload.pod
    }

    /// Whether the controls that Windows does not know are off.
    fn is_exempt_windows(&self) -> bool {
        self.version >= Version::minor(25) && self.spec().is_windows()
    }

    /// Whether its own user namespace makes root inside it harmless (KEP-127).
    fn is_relaxed_by_user_namespace(&self) -> bool {
        self.version >= Version::minor(35) && self.spec().host_users == Some(false)
    }

    /// The first container that breaks something, at the path below it that is given.
    fn container(&self, broken: impl Fn(&Container) -> Option<String>) -> Option<Field> {
        self.spec().all_containers().find_map(|(class, index, container)| {
            let path = broken(container)?;
            let mut digits = itoa::Buffer::new();
            Some(Field::Pod([class.list(), "[", digits.format(index), "].", &path].concat().into()))
        })
    }

    /// The first place at which a rule breaks that holds for the pod and for each container alike.
    fn anywhere(&self, path: &str, pod: bool, container: impl Fn(&Container) -> bool) -> Option<Field> {
        if pod {
            return Some(Field::Pod(path.to_owned().into()));
        }
        self.container(|own| container(own).then(|| path.to_owned()))
    }

    /// An annotation of the pod.
    fn annotation(&self, key: &str) -> Field {
        let root = self.workload.pod_path().strip_suffix("spec").unwrap_or_default();
        Field::Object(format!("{root}metadata.annotations[{key}]").into())
    }
}

#[cfg(test)]
mod tests;
