use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod does not set `hostNetwork: true`.
    ///
    /// ## Why it matters
    /// A pod in the node's network reaches everything that listens on the node's loopback, the kubelet and
    /// other agents included, sees the node's traffic, and no network policy applies to it. Its ports are
    /// taken on every node it runs on.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   hostNetwork: true
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
    /// Remove `hostNetwork: true`. Give the workload a Service, or a `hostPort` where it must be reached on
    /// the node itself.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Host Namespaces
    name: "host-network",
    family: Security,
    severity: High,
    title: "Pods do not use the node's network",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("hostNetwork", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    Judgement::require(
        !subject.pod().host_network,
        pod("hostNetwork"),
        "hostNetwork is true: the pod is in the node's network, past every network policy",
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
        let case = Case::of(&CHECK).pod(json!({"hostNetwork": true}));
        assert_eq!(case.fields(), ["spec.template.spec.hostNetwork"]);
        assert_eq!(case.pod(json!({"hostNetwork": false})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_13_a_user_namespace_does_not_relax_it() {
        let case = Case::of(&CHECK).pod(json!({"hostNetwork": true, "hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }
}
