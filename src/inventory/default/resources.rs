//! What the server makes of a Pod's requests and limits.
//!
//! In its order: amounts are rounded up to milli-units; a container's limit is also its request; pod-level
//! requests come from those of the containers, else from pod-level limits; a pod-level limit comes from
//! the containers' when all have one. The last two happen only to a pod that has pod-level resources
//! (KEP-2837, as of Kubernetes 1.37). It must not forgive an amount that the server refuses: that one
//! stays where it is, and what depends on it is left out. Next: [`super::super::resources`].

use std::collections::BTreeSet;

use crate::inventory::container::{Container, ContainerClass};
use crate::inventory::pod::PodSpec;
use crate::inventory::quantity::{Quantity, QuantityValue};
use crate::inventory::resources::{ResourceList, Resources};

const MILLI: i128 = 1_000_000;

/// Prefix of the names of huge pages' resources.
const HUGE_PAGES: &str = "hugepages-";

/// Whether a resource can have an amount for the whole pod.
pub fn is_pod_level(resource: &str) -> bool {
    is_overcommittable_at_pod_level(resource) || resource.starts_with(HUGE_PAGES)
}

fn is_overcommittable_at_pod_level(resource: &str) -> bool {
    matches!(resource, "cpu" | "memory")
}

/// Fills in the resources of a pod and of its containers.
pub(super) fn default_resources(spec: &mut PodSpec) {
    let round_all = |resources: &mut Resources| {
        round_up(&mut resources.requests);
        round_up(&mut resources.limits);
    };
    round_all(&mut spec.resources);
    let containers = spec.containers.iter_mut().chain(&mut spec.init_containers);
    containers.for_each(|container| round_all(&mut container.resources));
    for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
        default_requests(&mut container.resources, |_| true);
    }
    if *spec.resources != Resources::default() {
        default_pod_level(spec);
    }
}

/// The server keeps no amount finer than a thousandth.
pub(in crate::inventory) fn round_up(amounts: &mut ResourceList) {
    for amount in amounts.values_mut() {
        if let QuantityValue::Valid(quantity) = amount {
            let nano = quantity.nano();
            let away = if nano < 0 { -MILLI } else { MILLI };
            if nano % MILLI != 0 {
                *quantity = Quantity::from_nano((nano / MILLI * MILLI).saturating_add(away));
            }
        }
    }
}

/// A limit without a request is also the request. Happens on Pods only, never in a template.
fn default_requests(resources: &mut Resources, applies: impl Fn(&str) -> bool) {
    for (name, limit) in &resources.limits {
        if !resources.requests.contains_key(name) && applies(name) {
            resources.requests.insert(name.clone(), limit.clone());
        }
    }
}

/// What the containers of a pod request together.
pub fn requested_together(spec: &PodSpec) -> ResourceList {
    aggregate(spec, |container| container.resources.requests.clone())
}

fn default_pod_level(spec: &mut PodSpec) {
    let limits = |container: &Container| container.resources.limits.clone();
    let (requested, limited) = (requested_together(spec), aggregate(spec, limits));
    let everywhere = limited_everywhere(spec);
    let pod = &mut *spec.resources;
    for (name, amount) in &limited {
        if name.starts_with(HUGE_PAGES) && !pod.requests.contains_key(name) && !pod.limits.contains_key(name)
        {
            pod.limits.insert(name.clone(), amount.clone());
        }
    }
    for (name, amount) in requested {
        if is_overcommittable_at_pod_level(&name) && !pod.requests.contains_key(&name) {
            pod.requests.insert(name, amount);
        }
    }
    default_requests(pod, is_pod_level);
    for (name, request) in &pod.requests {
        if is_pod_level(name) && !pod.limits.contains_key(name) && everywhere.contains(name) {
            let sum = limited.get(name).and_then(QuantityValue::valid);
            if let (Some(request), Some(sum)) = (request.valid(), sum) {
                pod.limits.insert(name.clone(), QuantityValue::Valid(request.max(sum)));
            }
        }
    }
}

/// Names of the resources that every container limits.
fn limited_everywhere(spec: &PodSpec) -> BTreeSet<String> {
    let mut containers = spec.containers.iter().chain(&spec.init_containers);
    let first = containers.next().map(|container| container.resources.limits.keys().cloned().collect());
    let mut names: BTreeSet<String> = first.unwrap_or_default();
    for container in containers {
        names.retain(|name| container.resources.limits.contains_key(name));
    }
    names
}

/// What the pod's containers amount to: app and sidecar containers run together; an init container runs
/// beside the sidecar containers before it (KEP-753). A resource with an unreadable amount is left out.
fn aggregate(spec: &PodSpec, amounts: impl Fn(&Container) -> ResourceList) -> ResourceList {
    let (mut running, mut sidecars, mut most) = (Sum::default(), Sum::default(), Sum::default());
    for (class, _, container) in spec.all_containers() {
        let amounts = amounts(container);
        match class {
            ContainerClass::App => running.add(&amounts),
            ContainerClass::Sidecar => {
                running.add(&amounts);
                sidecars.add(&amounts);
            }
            ContainerClass::Init => {
                let mut together = sidecars.clone();
                together.add(&amounts);
                most.raise(&together);
            }
            ContainerClass::Ephemeral => {}
        }
    }
    running.raise(&most);
    running.finish()
}

#[derive(Clone, Default)]
struct Sum {
    amounts: std::collections::BTreeMap<String, Quantity>,
    unreadable: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, amounts: &ResourceList) {
        for (name, amount) in amounts {
            match amount {
                QuantityValue::Valid(quantity) => {
                    let sum = self.amounts.entry(name.clone()).or_default();
                    *sum = Quantity::from_nano(sum.nano().saturating_add(quantity.nano()));
                }
                QuantityValue::Invalid(_) => drop(self.unreadable.insert(name.clone())),
            }
        }
    }

    fn raise(&mut self, other: &Self) {
        for (name, quantity) in &other.amounts {
            let most = self.amounts.entry(name.clone()).or_default();
            *most = (*quantity).max(*most);
        }
        self.unreadable.extend(other.unreadable.iter().cloned());
    }

    fn finish(self) -> ResourceList {
        let Self { amounts, unreadable } = self;
        let readable = amounts.into_iter().filter(|(name, _)| !unreadable.contains(name));
        readable.map(|(name, quantity)| (name, QuantityValue::Valid(quantity))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::effective_pod;
    use super::*;

    fn effective(spec: &Value) -> PodSpec {
        effective_pod(serde_json::from_value(json!({ "spec": spec })).unwrap())
    }

    fn shown(resources: &Resources) -> String {
        let show = |amounts: &ResourceList| {
            amounts.iter().map(|(name, amount)| format!("{name}={amount}")).collect::<Vec<_>>().join(" ")
        };
        format!("{} / {}", show(&resources.requests), show(&resources.limits))
    }

    #[test]
    fn requests_come_from_limits_and_keep_what_is_set() {
        let pod = effective(&json!({"containers": [{"name": "a", "resources":
            {"limits": {"memory": "1Gi", "cpu": "1"}, "requests": {"cpu": "100m"}}}]}));
        assert_eq!(shown(&pod.containers[0].resources), "cpu=100m memory=1Gi / cpu=1 memory=1Gi");
        assert_eq!(*pod.resources, Resources::default());
    }

    #[test]
    fn amounts_are_rounded_up_to_milli_units() {
        let pod = effective(&json!({"containers": [{"name": "a", "resources":
            {"requests": {"cpu": "100n", "memory": "1.0001"}}}]}));
        assert_eq!(shown(&pod.containers[0].resources), "cpu=1m memory=1001m / ");
    }

    #[test]
    fn pod_level_requests_come_from_the_containers_else_from_pod_level_limits() {
        let pod = effective(&json!({
            "resources": {"limits": {"cpu": "4", "memory": "4Gi"}},
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": "1"}}},
                {"name": "b", "resources": {"requests": {"cpu": "500m"}}},
            ],
            "initContainers": [
                {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}},
                {"name": "i", "resources": {"requests": {"cpu": "2"}}},
            ],
        }));
        // The init container beside the sidecar (2.25) is more than what runs later (1.75).
        assert_eq!(shown(&pod.resources), "cpu=2250m memory=4Gi / cpu=4 memory=4Gi");
    }

    #[test]
    fn pod_level_limits_come_from_the_containers_when_all_have_one() {
        let pod = |second: Value| {
            effective(&json!({
                "resources": {"requests": {"cpu": "3"}},
                "containers": [
                    {"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
                    {"name": "b", "resources": second},
                ],
            }))
        };
        let all = pod(json!({"limits": {"cpu": "1", "memory": "1Gi"}}));
        assert_eq!(shown(&all.resources), "cpu=3 memory=2Gi / cpu=3 memory=2Gi");
        let one = pod(json!({}));
        assert_eq!(shown(&one.resources), "cpu=3 memory=1Gi / ");
    }

    #[test]
    fn huge_pages_of_containers_are_the_pods_too() {
        let pod = effective(&json!({
            "resources": {"requests": {"cpu": "1"}},
            "containers": [{"name": "a", "resources": {"limits": {"hugepages-2Mi": "4Mi", "x.example/y": "1"}}}],
        }));
        assert_eq!(shown(&pod.resources), "cpu=1 hugepages-2Mi=4Mi / hugepages-2Mi=4Mi");
    }
}
