use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::inventory::Kind;

/// Parameters of `cpu-requests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

check! {
    /// ## What it checks
    /// Every container, sidecar and init container has an effective CPU request above zero: its own, else its
    /// own limit (the API server copies it), else one for the whole pod. A request that is not a quantity
    /// counts for nothing.
    ///
    /// ## Why it matters
    /// The scheduler places a pod by what it asks for, and the kernel shares out processor time in proportion to
    /// it. A container that asks for none gets next to nothing on a busy node, and an autoscaler that works with
    /// utilization has nothing to measure against.
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
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.requests.cpu` on the container to what it normally uses.
    ///
    /// ## Parameters
    /// - `countLimitRange`: whether a default request that a `LimitRange` of the namespace gives counts
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    /// - KEP-2837: pod-level resources
    name: "cpu-requests",
    family: Resources,
    severity: High,
    title: "Containers request CPU",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let count_limit_range = parameters.count_limit_range;
    Wanted { side: Side::Requests, resource: "cpu", count_limit_range }.require(subject)
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
    fn a_limit_without_a_request_is_the_request_too() {
        assert_eq!(with(json!({"limits": {"cpu": "1"}})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"limits": {"memory": "1Gi"}})).outcome(), Outcome::Fail);
    }

    #[test]
    fn the_least_amount_is_rounded_up_and_so_is_one() {
        assert_eq!(with(json!({"requests": {"cpu": "1n"}})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"requests": {"cpu": 0}})).outcome(), Outcome::Fail);
    }

    #[test]
    fn init_containers_need_one_and_ephemeral_containers_cannot_have_one() {
        let pod = json!({
            "initContainers": [{"name": "prepare"}],
            "ephemeralContainers": [{"name": "debug"}],
        });
        let fields = Case::of(&CHECK).pod(pod).fields();
        assert_eq!(fields, ["spec.template.spec.initContainers[0].resources.requests.cpu"]);
    }
}
