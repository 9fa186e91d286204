use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, WorkloadSubject, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::checks::helpers::pod;
use crate::inventory::Kind;
use crate::inventory::default::resources::is_pod_level;
use crate::inventory::lookup::Cause;
use crate::inventory::quantity::{Quantity, QuantityValue};

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
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
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
    /// - `countLimitRange`: whether default amounts that a `LimitRange` of the namespace gives count
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Quality of Service Classes
    /// - KEP-2837: pod-level resources
    name: "qos-class",
    family: Resources,
    severity: Medium,
    title: "Pods are not the first to be evicted",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let ((class, doubt), min) = (class(subject, parameters.count_limit_range), parameters.min);
    Judgement::require_or(class >= min, || {
        if let Some(cause) = doubt {
            let message = format!(
                "the class is {class} where no LimitRange says more, and whether one does is not known"
            );
            return Statement::unknown(cause, pod("containers"), message);
        }
        let message = format!("the quality of service class is {class}; {min} is the least");
        Statement::fail(pod("containers"), message)
    })
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range)
}

/// The class by what is known, and why it may be a better one: defaults make none worse.
fn class(subject: &WorkloadSubject<'_>, count_limit_range: bool) -> (Class, Option<Cause>) {
    const SIDES: [Side; 2] = [Side::Requests, Side::Limits];
    let own = &subject.pod().resources;
    let mut doubt = None;
    // A pod-level amount of a resource that can have one takes the decision from the containers.
    let all: Vec<_> = if own.requests.keys().chain(own.limits.keys()).any(|name| is_pod_level(name)) {
        let amount = |name: &str, side: Side| side.of(own).get(name).and_then(QuantityValue::valid);
        vec![DECIDING.map(|name| SIDES.map(|side| amount(name, side)))]
    } else {
        let containers = subject.containers().filter(|one| Classes::WITH_RESOURCES.contain(one.class));
        let mut amount = |one: &ContainerSubject<'_>, resource: &str, side: Side| {
            let amount = Wanted { side, resource, count_limit_range }.effective(one);
            amount.unwrap_or_else(|cause| {
                doubt = Some(cause);
                None
            })
        };
        containers.map(|one| DECIDING.map(|name| SIDES.map(|side| amount(&one, name, side)))).collect()
    };
    let is_positive = |amount: &Option<Quantity>| amount.is_some_and(Quantity::is_positive);
    if !all.iter().flatten().flatten().any(is_positive) {
        return (Class::BestEffort, doubt);
    }
    let is_whole = |[request, limit]: &[Option<Quantity>; 2]| is_positive(limit) && request == limit;
    let class = if all.iter().flatten().all(is_whole) { Class::Guaranteed } else { Class::Burstable };
    (class, doubt)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

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
    fn defaults_of_limit_ranges_count_when_told_to() {
        let range = |amounts: Value| {
            let mut limit = json!({"type": "Container"});
            crate::checks::testing::merge(&mut limit, amounts);
            json!({"kind": "LimitRange", "metadata": {"name": "defaults"}, "spec": {"limits": [limit]}})
        };
        let requests = || range(json!({"defaultRequest": {"memory": "1Mi"}}));
        let counting = |min: &str| with(json!({})).parameters(json!({"min": min, "countLimitRange": true}));
        assert_eq!(with(json!({})).with(requests()).outcome(), Outcome::Fail);
        assert_eq!(counting("Burstable").outcome(), Outcome::Fail);
        assert_eq!(counting("Burstable").with(requests()).outcome(), Outcome::Pass);
        assert_eq!(counting("Guaranteed").with(requests()).outcome(), Outcome::Fail);
        let limits = range(json!({"default": {"cpu": "1", "memory": "1Gi"}}));
        assert_eq!(counting("Guaranteed").with(limits).outcome(), Outcome::Pass);
        assert_eq!(counting("Burstable").coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        let set = counting("Burstable").container(json!({"resources": {"requests": {"cpu": "1m"}}}));
        assert_eq!(set.coverage(Coverage::Partial).outcome(), Outcome::Pass);
        let whole = counting("Guaranteed").pod(json!({"resources": {"requests": {"cpu": "1"}}}));
        assert_eq!(whole.coverage(Coverage::Partial).outcome(), Outcome::Fail, "the pod decides alone");
    }

    #[test]
    fn amounts_for_the_whole_pod_decide_alone() {
        let pod = json!({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
        assert_eq!(guaranteed(with(json!({})).pod(pod)), Outcome::Pass);
    }
}
