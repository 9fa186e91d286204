use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod does not set `shareProcessNamespace: true`.
    ///
    /// ## Why it matters
    /// In a shared process namespace every container sees the others' command lines and environment, may signal
    /// their processes, and reaches their files through `/proc`. One sidecar taken over is then the whole pod.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   shareProcessNamespace: true
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
    /// ```
    ///
    /// ## How to fix
    /// Remove `shareProcessNamespace: true`. To look into a running pod, `kubectl debug --target` shares the
    /// processes of one container with the debug container alone.
    ///
    /// ## References
    /// - Kubernetes documentation: Share Process Namespace between Containers in a Pod
    name: "share-process-namespace",
    family: Security,
    severity: Low,
    title: "Containers of a pod do not see each other's processes",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("shareProcessNamespace", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    Judgement::require(
        !subject.pod().share_process_namespace,
        pod("shareProcessNamespace"),
        "shareProcessNamespace is true: every container sees and signals the others' processes",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn only_true_fails() {
        let case = Case::of(&CHECK).pod(json!({"shareProcessNamespace": true}));
        assert_eq!(case.fields(), ["spec.template.spec.shareProcessNamespace"]);
        assert_eq!(case.pod(json!({"shareProcessNamespace": false})).outcome(), Outcome::Pass);
    }
}
