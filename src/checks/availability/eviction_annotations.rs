use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::not_for_batch;
use crate::inventory::Kind;

/// Annotations of pods that keep a node from being emptied, with the value that does. One with another value,
/// such as the duration that Karpenter takes, ends some time.
const BLOCKING: &[(&str, &str)] = &[
    ("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
    ("karpenter.sh/do-not-disrupt", "true"),
    ("karpenter.sh/do-not-evict", "true"),
];

check! {
    /// ## What it checks
    /// The pods of a workload that runs on carry no annotation that keeps autoscalers from moving them for
    /// ever: `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`, `karpenter.sh/do-not-disrupt:
    /// "true"` or `karpenter.sh/do-not-evict: "true"`. On a Job they are in order: it ends some time.
    ///
    /// ## Why it matters
    /// The node under such a pod is never removed and never replaced, so it misses updates and is paid for
    /// although it is almost empty.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
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
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove the annotation, and say with a `PodDisruptionBudget` how many pods may be missing.
    ///
    /// ## References
    /// - Kubernetes autoscaler documentation: Frequently Asked Questions (which pods block a node)
    /// - Karpenter documentation: Disruption
    name: "eviction-annotations",
    family: Availability,
    severity: Low,
    title: "No annotation keeps pods on their node for ever",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_for_batch(subject) {
        return judgement;
    }
    let annotations = &subject.workload.pod_annotations;
    let blocking =
        BLOCKING.iter().filter(|(key, value)| annotations.get(key).is_some_and(|own| own == *value));
    let at = if subject.workload.kind == Kind::Pod { "metadata" } else { "spec.template.metadata" };
    let statement = |(key, value): &(&str, &str)| {
        let message = format!("{key} is {value}: the node under the pod can never be removed");
        Statement::fail(Field::Object(format!("{at}.annotations[{key}]").into()), message)
    };
    blocking.map(statement).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(key: &str, value: &str) -> Case {
        let annotations: Value = json!({key: value});
        Case::of(&CHECK).workload(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
    }

    #[test]
    fn the_value_that_blocks_fails_and_no_other() {
        for (key, value) in BLOCKING {
            assert_eq!(of(key, value).fields(), [format!("spec.template.metadata.annotations[{key}]")]);
        }
        assert_eq!(of("karpenter.sh/do-not-disrupt", "10m").outcome(), Outcome::Pass);
        assert_eq!(of("karpenter.sh/do-not-disrupt", "false").outcome(), Outcome::Pass);
    }

    #[test]
    fn the_annotations_of_the_workload_itself_block_nothing() {
        let annotations = json!({"karpenter.sh/do-not-disrupt": "true"});
        let case = Case::of(&CHECK).workload(json!({"metadata": {"annotations": annotations}}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }

    #[test]
    fn a_job_may_run_to_its_end() {
        let case = of("karpenter.sh/do-not-disrupt", "true").workload(json!({"kind": "Job"}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
    }
}
