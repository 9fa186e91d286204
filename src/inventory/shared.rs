//! Values that many workloads have in common, kept once.
//!
//! The security contexts, probes and amounts of a cluster come from a few charts: thousands of containers
//! have one of a few. Each is decoded by itself; [`Pool::share`] then replaces it by an equal one that is
//! already kept, if there is one. What is shared never changes: a value that is written to becomes its
//! holder's own first. It must not be used for what differs from workload to workload (names, images,
//! labels): there it only costs. Next: [`super::snapshot`] keeps the pools.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

use serde::{Deserialize, Deserializer};

use super::container::Container;
use super::pod::PodSpec;
use super::probe::{Lifecycle, Probe};
use super::resources::Resources;
use super::security::{PodSecurityContext, SecurityContext};
use super::selector::LabelSelector;

/// A value that others may hold as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> Deref for Shared<T> {
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
#[derive(Clone, Debug)]
struct Pool<T> {
    known: BTreeMap<u64, Weak<T>>,
    /// Number of entries at which the next search for dead ones pays.
    sweep_at: usize,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), sweep_at: 64 }
    }
}

impl<T: Eq + Hash> Pool<T> {
    /// Makes this value one with an equal one.
    fn share(&mut self, value: &mut Shared<T>) {
        let mut hasher = DefaultHasher::new();
        value.0.hash(&mut hasher);
        let hash = hasher.finish();
        match self.known.get(&hash).and_then(Weak::upgrade) {
            Some(known) if known == value.0 => value.0 = known,
            // Two values of one hash: the later one stays by itself.
            Some(_) => {}
            None => {
                self.known.insert(hash, Arc::downgrade(&value.0));
                self.sweep();
            }
        }
    }

    fn sweep(&mut self) {
        if self.known.len() > self.sweep_at {
            self.known.retain(|_, value| value.strong_count() > 0);
            self.sweep_at = 64.max(2 * self.known.len());
        }
    }
}

/// Everything that workloads share.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pods: Pool<PodSecurityContext>,
    containers: Pool<SecurityContext>,
    resources: Pool<Resources>,
    probes: Pool<Probe>,
    lifecycles: Pool<Lifecycle>,
    selectors: Pool<LabelSelector>,
}

impl Pools {
    /// Makes the parts of a pod one with equal parts of others.
    pub(super) fn share(&mut self, pod: &mut PodSpec) {
        self.pods.share(&mut pod.security_context);
        self.resources.share(&mut pod.resources);
        let constraints = pod.topology_spread_constraints.iter_mut();
        for selector in constraints.filter_map(|constraint| constraint.label_selector.as_mut()) {
            self.selectors.share(selector);
        }
        let containers = pod.containers.iter_mut().chain(&mut pod.init_containers);
        for container in containers.chain(&mut pod.ephemeral_containers) {
            self.share_container(container);
        }
    }

    fn share_container(&mut self, container: &mut Container) {
        self.containers.share(&mut container.security_context);
        self.resources.share(&mut container.resources);
        let probes =
            [&mut container.readiness_probe, &mut container.liveness_probe, &mut container.startup_probe];
        for probe in probes.into_iter().flatten() {
            self.probes.share(probe);
        }
        if let Some(lifecycle) = &mut container.lifecycle {
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
