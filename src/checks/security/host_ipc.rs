use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// The pod does not set `hostIPC: true`.
    ///
    /// ## Why it matters
    /// A pod in the node's IPC namespace can read and write the shared memory and message queues of every
    /// process of the node that uses them.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   hostIPC: true
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
    /// Remove `hostIPC: true`. Containers of one pod share an IPC namespace anyway, and an `emptyDir` of
    /// medium `Memory` is shared memory that the pod keeps to itself.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Host Namespaces
    name: "host-ipc",
    family: Security,
    severity: High,
    title: "Pods do not share the node's IPC namespace",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("hostIPC", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    Judgement::require(
        !subject.pod().host_ipc,
        pod("hostIPC"),
        "hostIPC is true: the pod shares memory and queues with the node",
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
        let case = Case::of(&CHECK).pod(json!({"hostIPC": true}));
        assert_eq!(case.fields(), ["spec.template.spec.hostIPC"]);
        assert_eq!(case.pod(json!({"hostIPC": false})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_13_a_user_namespace_does_not_relax_it() {
        let case = Case::of(&CHECK).pod(json!({"hostIPC": true, "hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }
}
