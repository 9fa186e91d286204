use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::amounts::is_positive;
use crate::checks::helpers::pod;
use crate::inventory::default::resources::is_pod_level;
use crate::inventory::pod::PodSpec;
use crate::inventory::resources::{ResourceList, Resources};

/// The resources that decide.
const DECIDING: [&str; 2] = ["cpu", "memory"];

/// A quality of service class, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
enum Class {
    /// No container asks for anything.
    BestEffort,
    /// Some container asks for something.
    #[default]
    Burstable,
    /// Every container gets all that it may use.
    Guaranteed,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BestEffort => "BestEffort",
            Self::Burstable => "Burstable",
            Self::Guaranteed => "Guaranteed",
        })
    }
}

/// Parameters of `qos-class`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The worst class that pods may have.
    min: Class,
}

check! {
    /// ## What it checks
    /// The pods have at least the quality of service class `Burstable`: some container asks for CPU or
    /// memory. With `min: Guaranteed`, every container and init container has limits for both, and requests
    /// that are equal to them. Amounts for the whole pod decide alone, where there are any, as they do for
    /// the kubelet.
    ///
    /// ## Why it matters
    /// When a node is short of memory, the kubelet evicts pods of the class `BestEffort` first, whatever
    /// they do, and the kernel kills their processes before others.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests:
    ///           cpu: 100m
    ///           memory: 128Mi
    /// ```
    ///
    /// ## How to fix
    /// Set requests for CPU and memory; for `Guaranteed`, limits equal to them in every container.
    ///
    /// ## Parameters
    /// - `min`: the worst class that pods may have: `BestEffort`, `Burstable` (default) or `Guaranteed`.
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Quality of Service Classes
    /// - KEP-2837: pod-level resources
    name: "qos-class",
    family: Resources,
    severity: Medium,
    title: "Pods are not the first to be evicted",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let (class, min) = (class(subject.pod()), parameters.min);
    Judgement::require_or(class >= min, || {
        let message = format!("the quality of service class is {class}; {min} is the least");
        Statement::fail(pod("containers"), message)
    })
}

fn class(spec: &PodSpec) -> Class {
    let own = [&*spec.resources];
    // A pod-level amount of a resource that can have one takes the decision from the containers.
    let names = spec.resources.requests.keys().chain(spec.resources.limits.keys());
    let pod_level = names.into_iter().any(|name| is_pod_level(name));
    let containers =
        spec.init_containers.iter().chain(&spec.containers).map(|container| &*container.resources);
    let all: Vec<&Resources> = if pod_level { own.to_vec() } else { containers.collect() };
    let asks = |list: &ResourceList| DECIDING.iter().any(|name| list.get(*name).is_some_and(is_positive));
    if !all.iter().any(|resources| asks(&resources.requests) || asks(&resources.limits)) {
        return Class::BestEffort;
    }
    let whole = |resources: &&Resources| {
        DECIDING.iter().all(|name| {
            let (request, limit) = (resources.requests.get(*name), resources.limits.get(*name));
            limit.is_some_and(is_positive) && request == limit
        })
    };
    if all.iter().all(whole) { Class::Guaranteed } else { Class::Burstable }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn with(resources: Value) -> Case {
        Case::of(&CHECK).container(json!({"resources": null})).container(json!({"resources": resources}))
    }

    fn guaranteed(case: Case) -> Outcome {
        case.parameters(json!({"min": "Guaranteed"})).outcome()
    }

    #[test]
    fn only_cpu_and_memory_above_zero_decide() {
        assert_eq!(
            with(json!({})).message(),
            "the quality of service class is BestEffort; Burstable is the least"
        );
        assert_eq!(with(json!({"requests": {"ephemeral-storage": "1Gi"}})).outcome(), Outcome::Fail);
        assert_eq!(with(json!({"requests": {"cpu": "0"}})).outcome(), Outcome::Fail);
        assert_eq!(with(json!({"requests": {"cpu": "1m"}})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({})).parameters(json!({"min": "BestEffort"})).outcome(), Outcome::Pass);
    }

    #[test]
    fn guaranteed_needs_both_in_every_container() {
        let full = json!({"limits": {"cpu": "1", "memory": "1Gi"}});
        assert_eq!(guaranteed(with(full.clone())), Outcome::Pass);
        assert_eq!(guaranteed(with(json!({"limits": {"memory": "1Gi"}}))), Outcome::Fail);
        let lower = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}});
        assert_eq!(guaranteed(with(lower)), Outcome::Fail);
        let equal = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1024Mi"}});
        assert_eq!(guaranteed(with(equal)), Outcome::Pass);
        let init = json!({"initContainers": [{"name": "i", "image": "i"}]});
        assert_eq!(guaranteed(with(full).pod(init)), Outcome::Fail);
    }

    #[test]
    fn amounts_for_the_whole_pod_decide_alone() {
        let pod = json!({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
        assert_eq!(guaranteed(with(json!({})).pod(pod)), Outcome::Pass);
    }
}
