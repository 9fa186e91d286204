//! Values that many objects have in common, kept once.
//!
//! The security contexts, probes and amounts of a cluster come from a few charts: thousands of containers
//! have one of a few. The objects of an application carry the same labels. Each is decoded by itself;
//! [`Pool::share`] and [`Texts::share`] then replace it by an equal one that is already kept, if there is one. What is
//! shared never changes: a value that is written to becomes its holder's own first. It must not be used for what
//! differs from object to object (images): there it only costs. Next: [`super::snapshot`] keeps the pools.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

use serde::{Deserialize, Deserializer};

use super::autoscaler::{ScaleMetric, ScaleTarget};
use super::container::ContainerSettings;
use super::labels::Labels;
use super::name::Name;
use super::object::Object;
use super::pod::{PodSettings, PodSpec};
use super::probe::{Lifecycle, Probe};
use super::resources::Resources;
use super::rollout::Rollout;
use super::security::{PodSecurityContext, SecurityContext};
use super::selector::LabelSelector;
use super::service::ServicePort;
use super::volume::Volume;
use super::written::Written;

/// A value that others may hold as well.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Shared<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Default for Shared<T>
where
    Arc<T>: Default,
{
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    /// Writing to a value that others hold as well makes it a value of its own.
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Clone> DerefMut for Shared<[T]> {
    fn deref_mut(&mut self) -> &mut [T] {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> FromIterator<T> for Shared<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        // Most lists are empty, and such a one needs no memory.
        if values.is_empty() { Self::default() } else { Self(values.into()) }
    }
}

impl<'a, T> IntoIterator for &'a Shared<[T]> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

/// Values of one type, each once. It holds none alive: a value goes with its last holder.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: BTreeMap<u64, Weak<T>>,
    /// Number of entries at which the next search for dead ones pays.
    sweep_at: usize,
}

impl<T: ?Sized> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone(), sweep_at: self.sweep_at }
    }
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), sweep_at: 64 }
    }
}

impl<T: Eq + Hash + ?Sized> Pool<T> {
    /// Makes this value one with an equal one. If there is none, its parts may be shared with others before it is kept.
    fn share_or(&mut self, value: &mut Shared<T>, share_parts: impl FnOnce(&mut Shared<T>)) {
        let mut hasher = DefaultHasher::new();
        value.0.hash(&mut hasher);
        let hash = hasher.finish();
        match self.known.get(&hash).and_then(Weak::upgrade) {
            Some(known) if known == value.0 => value.0 = known,
            // Two values of one hash: the later one stays by itself.
            Some(_) => share_parts(value),
            None => {
                share_parts(value);
                self.known.insert(hash, Arc::downgrade(&value.0));
                self.sweep();
            }
        }
    }

    /// Makes this value one with an equal one.
    fn share(&mut self, value: &mut Shared<T>) {
        self.share_or(value, |_| {});
    }

    fn sweep(&mut self) {
        if self.known.len() > self.sweep_at {
            self.known.retain(|_, value| value.strong_count() > 0);
            self.sweep_at = 64.max(2 * self.known.len());
        }
    }
}

/// Texts, each once. One that nobody else holds any more goes when the next search for such ones pays.
#[derive(Clone, Debug)]
struct Texts {
    known: HashSet<Arc<str>, BuildHasherDefault<DefaultHasher>>,
    /// Number of texts at which the next search for those that nobody else holds pays.
    sweep_at: usize,
}

impl Default for Texts {
    fn default() -> Self {
        Self { known: HashSet::default(), sweep_at: 64 }
    }
}

impl Texts {
    /// Makes this text one with an equal one.
    fn share(&mut self, text: &mut Arc<str>) {
        // What is empty takes no memory.
        if text.is_empty() {
            return;
        }
        if let Some(known) = self.known.get(text) {
            text.clone_from(known);
        } else {
            self.sweep();
            self.known.insert(Arc::clone(text));
        }
    }

    fn share_name(&mut self, name: &mut Name) {
        self.share(name.text_mut());
    }

    fn share_labels(&mut self, labels: &mut Labels) {
        if let Some(packed) = labels.packed_mut() {
            self.share(packed);
        }
    }

    fn sweep(&mut self) {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|text| Arc::strong_count(text) > 1);
            self.sweep_at = 64.max(2 * self.known.len());
        }
    }
}

/// Everything that objects share.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    texts: Texts,
    written: Pool<Written>,
    pods: Pool<PodSettings>,
    containers: Pool<ContainerSettings>,
    volumes: Pool<[Volume]>,
    selectors: Pool<LabelSelector>,
    rollouts: Pool<Rollout>,
    service_ports: Pool<[ServicePort]>,
    metrics: Pool<[ScaleMetric]>,
    parts: PartPools,
}

/// What is shared by those who are not equal as a whole.
#[derive(Clone, Debug, Default)]
struct PartPools {
    pod_security: Pool<PodSecurityContext>,
    security: Pool<SecurityContext>,
    resources: Pool<Resources>,
    probes: Pool<Probe>,
    lifecycles: Pool<Lifecycle>,
}

impl Pools {
    /// Makes the parts of an object one with equal parts of others.
    pub(super) fn share(&mut self, object: &mut Object) {
        let metadata = object.metadata_mut();
        self.texts.share_name(&mut metadata.namespace);
        self.texts.share_name(&mut metadata.name);
        self.texts.share_labels(&mut metadata.labels);
        self.texts.share_labels(&mut metadata.annotations);
        if let Some(written) = &mut metadata.written {
            self.written.share(written);
        }
        match object {
            Object::Workload(workload) => {
                self.texts.share_labels(&mut workload.pod_labels);
                self.texts.share_labels(&mut workload.pod_annotations);
                if let Some(rollout) = &mut workload.rollout {
                    self.rollouts.share(rollout);
                }
                self.share_pod(&mut workload.pod);
            }
            Object::Service(service) => {
                self.texts.share_labels(&mut service.spec.selector);
                self.service_ports.share(&mut service.spec.ports);
            }
            Object::HorizontalPodAutoscaler(scaler) => {
                let ScaleTarget { api_version, kind, name } = &mut scaler.spec.target;
                for name in [api_version, kind, name] {
                    self.texts.share_name(name);
                }
                self.metrics.share(&mut scaler.spec.metrics);
            }
            Object::Ingress(ingress) => {
                for name in ingress.spec.names_mut() {
                    self.texts.share_name(name);
                }
            }
            Object::PodDisruptionBudget(budget) => {
                if let Some(selector) = &mut budget.spec.selector {
                    self.texts.share_labels(selector.labels_mut());
                }
            }
            Object::NetworkPolicy(policy) => self.texts.share_labels(policy.spec.pod_selector.labels_mut()),
            _ => {}
        }
    }

    fn share_pod(&mut self, pod: &mut PodSpec) {
        self.texts.share_name(&mut pod.service_account_name);
        let parts = &mut self.parts;
        self.pods.share_or(&mut pod.settings, |settings| parts.share_pod(settings));
        let all =
            pod.containers.iter_mut().chain(&mut pod.init_containers).chain(&mut pod.ephemeral_containers);
        for container in all {
            self.texts.share_name(&mut container.name);
            self.containers.share_or(&mut container.settings, |settings| parts.share_container(settings));
        }
        if !pod.volumes.is_empty() {
            self.volumes.share(&mut pod.volumes);
        }
        let constraints = pod.topology_spread_constraints.iter_mut();
        for selector in constraints.filter_map(|constraint| constraint.label_selector.as_mut()) {
            self.selectors.share(selector);
        }
    }
}

impl PartPools {
    fn share_pod(&mut self, settings: &mut PodSettings) {
        self.pod_security.share(&mut settings.security_context);
        self.resources.share(&mut settings.resources);
    }

    fn share_container(&mut self, settings: &mut ContainerSettings) {
        self.security.share(&mut settings.security_context);
        self.resources.share(&mut settings.resources);
        let probes =
            [&mut settings.readiness_probe, &mut settings.liveness_probe, &mut settings.startup_probe];
        for probe in probes.into_iter().flatten() {
            self.probes.share(probe);
        }
        if let Some(lifecycle) = &mut settings.lifecycle {
            self.lifecycles.share(lifecycle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_become_one() {
        let mut pool = Pool::default();
        let mut values = ["a", "b", "a"].map(|text| Shared::from(text.to_owned()));
        for value in &mut values {
            pool.share(value);
        }
        let [first, other, again] = &values;
        assert!(Arc::ptr_eq(&first.0, &again.0));
        assert_eq!((first.as_str(), other.as_str()), ("a", "b"));
    }

    #[test]
    fn writing_to_one_leaves_the_others_alone() {
        let mut pool = Pool::default();
        let mut values = [1, 1].map(Shared::from);
        for value in &mut values {
            pool.share(value);
        }
        let [first, second] = &mut values;
        **first = 2;
        assert_eq!((**first, **second), (2, 1));
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let mut pool = Pool::default();
        for number in 0..1_000 {
            pool.share(&mut Shared::from(number));
        }
        assert!(pool.known.len() <= 65, "{}", pool.known.len());
    }

    #[test]
    fn a_text_is_kept_once_while_somebody_holds_it() {
        let mut texts = Texts::default();
        let mut held = [Arc::from("held"), Arc::from("held")];
        for text in &mut held {
            texts.share(text);
        }
        assert!(Arc::ptr_eq(&held[0], &held[1]));
        for number in 0..1_000 {
            texts.share(&mut Arc::from(number.to_string()));
        }
        assert!(texts.known.len() <= 65, "{}", texts.known.len());
        let mut again = Arc::from("held");
        texts.share(&mut again);
        assert!(Arc::ptr_eq(&held[0], &again));
    }

    #[test]
    fn a_dead_value_is_not_handed_out() {
        let mut pool = Pool::default();
        pool.share(&mut Shared::from(1));
        let mut value = Shared::from(1);
        pool.share(&mut value);
        let mut equal = Shared::from(1);
        pool.share(&mut equal);
        assert!(Arc::ptr_eq(&value.0, &equal.0));
    }
}
