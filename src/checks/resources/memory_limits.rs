use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::inventory::Kind;

/// Parameters of `memory-limits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

check! {
    /// ## What it checks
    /// Every container, sidecar and init container has an effective memory limit above zero: its own, or
    /// one for the whole pod. A limit that is not a quantity counts for nothing.
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
    /// ## Parameters
    /// - `countLimitRange`: whether a default limit that a `LimitRange` of the namespace gives counts
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    /// - KEP-2837: pod-level resources
    name: "memory-limits",
    family: Resources,
    severity: High,
    title: "Containers limit their memory",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let count_limit_range = parameters.count_limit_range;
    Wanted { side: Side::Limits, resource: "memory", count_limit_range }.require(subject)
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
    use crate::inventory::lookup::Coverage;

    fn limited(memory: Value) -> Case {
        Case::of(&CHECK)
            .container(json!({"resources": null}))
            .container(json!({"resources": {"limits": {"memory": memory}}}))
    }

    fn range(memory: &str) -> Value {
        json!({"kind": "LimitRange", "metadata": {"name": memory.to_lowercase()},
            "spec": {"limits": [{"type": "Container", "default": {"memory": memory}}]}})
    }

    #[test]
    fn disagreement_11_ephemeral_containers_cannot_have_limits_and_need_none() {
        let debugger =
            json!({"ephemeralContainers": [{"name": "debug", "image": "registry.example/debug:1"}]});
        assert_eq!(Case::of(&CHECK).pod(debugger).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_limit_for_the_whole_pod_counts() {
        let without = limited(Value::Null);
        assert_eq!(without.outcome(), Outcome::Fail);
        assert_eq!(without.pod(json!({"resources": {"limits": {"memory": "1Gi"}}})).outcome(), Outcome::Pass);
    }

    #[test]
    fn zero_sets_no_limit_and_leaves_it_to_the_pod() {
        assert_eq!(limited(json!("0")).message(), "the memory limit is 0, which sets none");
        let pod = limited(json!(0)).pod(json!({"resources": {"limits": {"memory": "1Gi"}}}));
        assert_eq!(pod.outcome(), Outcome::Pass);
    }

    #[test]
    fn what_is_not_a_quantity_fails_and_is_named_at_either_level() {
        assert_eq!(limited(json!("1 GB")).message(), "the memory limit `1 GB` is not a quantity");
        let pod = Case::of(&CHECK).pod(json!({"resources": {"limits": {"memory": "lots"}}}));
        assert_eq!(pod.fields(), ["spec.template.spec.resources.limits.memory"]);
    }

    #[test]
    fn a_limit_range_counts_only_when_told_to() {
        let case = limited(Value::Null).with(range("1Gi"));
        assert_eq!(case.outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"countLimitRange": true})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_limit_range_does_not_replace_a_zero() {
        let case = limited(json!("0")).with(range("1Gi")).parameters(json!({"countLimitRange": true}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }

    #[test]
    fn of_several_limit_ranges_the_least_default_counts() {
        let case = limited(Value::Null).with(range("1Gi")).with(range("0"));
        assert_eq!(case.parameters(json!({"countLimitRange": true})).outcome(), Outcome::Fail);
    }

    #[test]
    fn limit_ranges_that_are_not_known_leave_unknown_only_what_they_would_decide() {
        let counting = |case: Case| {
            case.coverage(Coverage::Forbidden).parameters(json!({"countLimitRange": true})).outcome()
        };
        assert_eq!(counting(limited(Value::Null)), Outcome::Unknown);
        assert_eq!(counting(limited(json!("1Gi"))), Outcome::Pass);
        assert_eq!(limited(Value::Null).coverage(Coverage::Forbidden).outcome(), Outcome::Fail);
    }

    #[test]
    fn it_reads_limit_ranges_only_when_they_count() {
        let reads = |given: Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
        assert_eq!(reads(json!({})), []);
        assert_eq!(reads(json!({"countLimitRange": true})), [Kind::LimitRange]);
    }
}
