use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::container;

/// Parameters of `memory-limits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {}

check! {
    /// ## What it checks
    /// Every container, sidecar and init container has an effective memory limit: its own, or one for
    /// the whole pod.
    ///
    /// ## Why it matters
    /// A container without a limit can take all the memory of its node. The kernel then kills whatever
    /// process it thinks best, which may belong to another workload.
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
    ///         limits:
    ///           memory: 256Mi
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.limits.memory` on the container, somewhat above the most it was seen to use.
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    /// - KEP-2837: pod-level resources
    name: "memory-limits",
    family: Resources,
    severity: High,
    title: "Containers limit their memory",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &Parameters) -> Judgement {
    let limited = subject.container.resources.limits.contains_key("memory")
        || subject.pod().resources.limits.contains_key("memory");
    Judgement::require(limited, container("resources.limits.memory"), "no memory limit is set")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn a_limit_for_the_whole_pod_counts() {
        let without = Case::of(&CHECK).container(json!({"resources": null}));
        assert_eq!(without.outcome(), Outcome::Fail);
        assert_eq!(without.pod(json!({"resources": {"limits": {"memory": "1Gi"}}})).outcome(), Outcome::Pass);
    }
}
