use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};

check! {
    /// ## What it checks
    /// No container sets `securityContext.privileged: true`.
    ///
    /// ## Why it matters
    /// A privileged container has every capability, every device of the node and neither seccomp nor
    /// AppArmor around it. Whoever breaks into it owns the node, and with the node's credentials often
    /// the cluster.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         privileged: true
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
    /// Remove `privileged: true`. Add the one capability that the container needs, and get devices from a
    /// device plugin.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Privileged Containers
    name: "privileged-container",
    family: Security,
    severity: Critical,
    title: "Containers are not privileged",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.privileged", Answer::False)],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    Judgement::require(
        subject.container.security_context.privileged != Some(true),
        container("securityContext.privileged"),
        "privileged is true: the container is as good as root on the node",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_13_a_user_namespace_does_not_relax_it() {
        let case = Case::of(&CHECK).container(json!({"securityContext": {"privileged": true}}));
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].securityContext.privileged"]);
        assert_eq!(case.clone().pod(json!({"hostUsers": false})).outcome(), Outcome::Fail);
        assert_eq!(case.pod(json!({"os": {"name": "windows"}})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn disagreement_09_and_11_init_and_ephemeral_containers_count() {
        for list in ["initContainers", "ephemeralContainers"] {
            let privileged = json!([{"name": "other", "securityContext": {"privileged": true}}]);
            let case = Case::of(&CHECK).pod(json!({ list: privileged }));
            assert_eq!(case.fields(), [format!("spec.template.spec.{list}[0].securityContext.privileged")]);
        }
    }

    #[test]
    fn disagreement_08_a_value_at_pod_level_makes_no_container_privileged() {
        let case = Case::of(&CHECK).pod(json!({"securityContext": {"privileged": true}}));
        assert_eq!(case.outcome(), Outcome::Pass);
    }
}
