use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::inventory::Kind;

/// Parameters of `memory-requests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

check! {
    /// ## What it checks
    /// Every container, sidecar and init container has an effective memory request above zero: its own, else its
    /// own limit (the API server copies it), else one for the whole pod. A request that is not a quantity
    /// counts for nothing.
    ///
    /// ## Why it matters
    /// The scheduler places a pod by what it asks for. A container that asks for no memory is put where there
    /// is none left, and is the first to be evicted or killed when its node runs short.
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
    ///           memory: 128Mi
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.requests.memory` on the container to what it normally uses.
    ///
    /// ## Parameters
    /// - `countLimitRange`: whether a default request that a `LimitRange` of the namespace gives counts
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    /// - KEP-2837: pod-level resources
    name: "memory-requests",
    family: Resources,
    severity: High,
    title: "Containers request memory",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let count_limit_range = parameters.count_limit_range;
    Wanted { side: Side::Requests, resource: "memory", count_limit_range }.require(subject)
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range)
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

    #[test]
    fn disagreement_25_a_limit_without_a_request_is_the_request_too() {
        assert_eq!(with(json!({"limits": {"memory": "1Gi"}})).outcome(), Outcome::Pass);
        let none = with(json!({"limits": {"cpu": "1"}}));
        assert_eq!(
            none.message(),
            "no memory request is set, nor a limit it would come from, nor one for the whole pod"
        );
    }

    #[test]
    fn an_explicit_zero_is_not_replaced_by_the_limit() {
        let zero = with(json!({"limits": {"memory": "1Gi"}, "requests": {"memory": "0"}}));
        assert_eq!(zero.message(), "the memory request is 0, which sets none");
    }

    #[test]
    fn a_request_or_a_limit_for_the_whole_pod_counts() {
        for resources in [json!({"requests": {"memory": "1Gi"}}), json!({"limits": {"memory": "1Gi"}})] {
            assert_eq!(with(json!({})).pod(json!({"resources": resources})).outcome(), Outcome::Pass);
        }
    }

    #[test]
    fn a_limit_that_is_not_a_quantity_is_named_where_it_stands() {
        let case = with(json!({"limits": {"memory": "1GB"}}));
        assert_eq!(case.message(), "the memory limit `1GB` is not a quantity");
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].resources.limits.memory"]);
    }

    #[test]
    fn the_default_request_of_a_limit_range_counts_when_told_to() {
        let range = json!({"kind": "LimitRange", "metadata": {"name": "defaults"},
            "spec": {"limits": [{"type": "Container", "min": {"memory": "64Mi"}}]}});
        let case = with(json!({})).with(range);
        assert_eq!(case.outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"countLimitRange": true})).outcome(), Outcome::Pass);
    }
}
