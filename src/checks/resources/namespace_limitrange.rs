use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::namespaces::Wanted;
use crate::inventory::Kind;
use crate::inventory::limit_range::LimitRange;

check! {
    /// ## What it checks
    /// Some `LimitRange` of the workload's namespace gives containers that ask for no CPU or memory a default, as a
    /// request or as a limit. A `max` is a default limit too, as it is for the API server.
    ///
    /// ## Why it matters
    /// A container that asks for nothing is put on any node, and is the first to go when that is full. Where a
    /// quota counts requests, its pod is refused. The defaults are for what nobody thought of: debug pods, Jobs,
    /// sidecars that a webhook adds.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults}
    /// spec:
    ///   limits:
    ///     - type: Container
    ///       default: {memory: 256Mi}
    ///       defaultRequest: {cpu: 50m, memory: 128Mi}
    /// ```
    ///
    /// ## How to fix
    /// Create a `LimitRange` in the namespace with an entry of type `Container` that has a `defaultRequest` for `cpu`
    /// and `memory`.
    ///
    /// ## References
    /// - Kubernetes documentation: Limit Ranges
    name: "namespace-limitrange",
    family: Resources,
    severity: Low,
    title: "The namespace has default requests for containers",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [LimitRange],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let ranges = subject.namespace.limit_ranges();
    let resources = ["cpu", "memory"].into_iter();
    let missing: Vec<&str> =
        resources.filter(|resource| !ranges.found.iter().any(|range| gives(range, resource))).collect();
    let wanted = Wanted {
        kind: Kind::LimitRange,
        path: "spec.limits",
        names: ranges.found.iter().map(|range| range.metadata.name.as_str()).collect(),
        incomplete: ranges.incomplete,
        verb: "gives containers",
    };
    wanted.judge(subject, &missing)
}

fn gives(range: &LimitRange, resource: &str) -> bool {
    let mut defaults = range.container_defaults();
    defaults.any(|(limits, requests)| limits.contains_key(resource) || requests.contains_key(resource))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::{Cause, Coverage};

    fn with(item: Value) -> Case {
        Case::of(&CHECK)
            .with(json!({"kind": "LimitRange", "metadata": {"name": "it"}, "spec": {"limits": [item]}}))
    }

    #[test]
    fn defaults_for_containers_are_wanted_for_cpu_and_memory() {
        for (item, outcome) in [
            (json!({"type": "Container", "defaultRequest": {"cpu": "1", "memory": "1Gi"}}), Outcome::Pass),
            (json!({"type": "Container", "default": {"cpu": "1"}, "max": {"memory": "1Gi"}}), Outcome::Pass),
            (json!({"type": "Container", "defaultRequest": {"cpu": "1"}}), Outcome::Fail),
            (json!({"type": "Pod", "max": {"cpu": "1", "memory": "1Gi"}}), Outcome::Fail),
        ] {
            assert_eq!(with(item.clone()).outcome(), outcome, "{item}");
        }
    }

    #[test]
    fn the_finding_is_about_the_only_range_or_the_namespace() {
        let none = Case::of(&CHECK);
        assert_eq!(none.message(), "no LimitRange of the namespace gives containers cpu, memory");
        assert_eq!(none.judged().findings[0].object.as_ref().map(|key| key.kind), Some(Kind::Namespace));
        let one = with(json!({"type": "Container", "default": {"cpu": "1"}}));
        assert_eq!(one.message(), "the only LimitRange of the namespace gives containers no memory");
        assert_eq!(one.fields(), ["spec.limits"]);
    }

    #[test]
    fn disagreement_44_ranges_that_were_not_given_leave_it_open() {
        let findings = Case::of(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }
}
