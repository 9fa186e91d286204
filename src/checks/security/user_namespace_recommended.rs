use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

check! {
    /// ## What it checks
    /// A pod that says that a container of its runs as root (effective `runAsUser: 0`, or `runAsNonRoot: false`
    /// without a user) sets `hostUsers: false`. A pod in one of the node's namespaces cannot have one of its
    /// own, and Windows has none.
    ///
    /// ## Why it matters
    /// In a user namespace of its own root is somebody without rights towards the node: a way out of the
    /// container leads nowhere. Workloads that cannot do without root inside are better off there than on a
    /// list of exceptions.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         runAsUser: 0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   hostUsers: false
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         runAsUser: 0
    /// ```
    ///
    /// ## How to fix
    /// Set `hostUsers: false` on the pod, where the nodes' kernel, runtime and filesystems know user
    /// namespaces. Better still, run as another user.
    ///
    /// ## References
    /// - KEP-127: user namespaces
    /// - Kubernetes documentation: User Namespaces
    name: "user-namespace-recommended",
    family: Security,
    severity: Info,
    title: "Pods that run as root do so in a user namespace",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    fixes: [Fix::risky("hostUsers", Answer::False)],
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let spec = subject.pod();
    if spec.is_windows() {
        return Judgement::not_applicable("Windows has no user namespaces");
    }
    if spec.host_network || spec.host_pid || spec.host_ipc {
        return Judgement::not_applicable(
            "a pod in the node's namespaces cannot have a user namespace of its own",
        );
    }
    if !subject.containers().any(|container| runs_as_root(&container)) {
        return Judgement::not_applicable("no container says that it runs as root");
    }
    let own = spec.host_users == Some(false);
    Judgement::require(
        own,
        pod("hostUsers"),
        "a container runs as root, and not in a user namespace of its own",
    )
}

fn runs_as_root(subject: &ContainerSubject<'_>) -> bool {
    let (own, pod_level) = (&subject.container.security_context, &subject.pod().security_context);
    match own.run_as_user.or(pod_level.run_as_user) {
        Some(user) => user == 0,
        None => own.run_as_non_root.or(pod_level.run_as_non_root) == Some(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn root() -> Case {
        Case::of(&CHECK).container(json!({"securityContext": {"runAsUser": 0}}))
    }

    #[test]
    fn root_needs_a_user_namespace() {
        assert_eq!(root().fields(), ["spec.template.spec.hostUsers"]);
        assert_eq!(root().pod(json!({"hostUsers": true})).outcome(), Outcome::Fail);
        assert_eq!(root().pod(json!({"hostUsers": false})).outcome(), Outcome::Pass);
        let said = json!({"securityContext": {"runAsUser": null, "runAsNonRoot": false}});
        assert_eq!(Case::of(&CHECK).pod(said).outcome(), Outcome::Fail);
    }

    #[test]
    fn who_does_not_run_as_root_or_cannot_have_one_needs_none() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
        for pod in
            [json!({"hostPID": true}), json!({"hostNetwork": true}), json!({"os": {"name": "windows"}})]
        {
            assert_eq!(root().pod(pod.clone()).outcome(), Outcome::NotApplicable, "{pod}");
        }
    }
}
