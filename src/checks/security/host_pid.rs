use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod does not set `hostPID: true`.
    ///
    /// ## Why it matters
    /// A pod in the node's process namespace sees every process of the node with its environment and its
    /// open files, and as root can enter any of them, which is root on the node.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   hostPID: true
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
    /// Remove `hostPID: true`. Containers of one pod see each other with `shareProcessNamespace: true`.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Host Namespaces
    name: "host-pid",
    family: Security,
    severity: Critical,
    title: "Pods do not see the node's processes",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("hostPID", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    Judgement::require(
        !subject.pod().host_pid,
        pod("hostPID"),
        "hostPID is true: the pod sees every process of the node",
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
        let case = Case::of(&CHECK).pod(json!({"hostPID": true}));
        assert_eq!(case.fields(), ["spec.template.spec.hostPID"]);
        assert_eq!(case.pod(json!({"hostPID": false})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_13_a_user_namespace_does_not_relax_it() {
        let case = Case::of(&CHECK).pod(json!({"hostPID": true, "hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }
}
