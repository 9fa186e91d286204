use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::container;
use crate::inventory::security::SecurityContext;

check! {
    /// ## What it checks
    /// Something is set in the `securityContext` of the container, or of its pod. What is set is not judged:
    /// that is what the precise checks are for, such as `run-as-non-root` and `capabilities-drop-all`. This one
    /// is for policies that are brought over from other tools. What only says how volumes are prepared (such as
    /// `fsGroupChangePolicy`) does not count.
    ///
    /// ## Why it matters
    /// Where nothing is set, nobody has thought about what the container may do, and it may do what the
    /// runtime's defaults allow.
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
    ///       securityContext:
    ///         runAsNonRoot: true
    /// ```
    ///
    /// ## How to fix
    /// Set a `securityContext`; better, ask for what it has to say by the precise checks.
    ///
    /// ## References
    /// - Kubernetes documentation: Configure a Security Context for a Pod or Container
    name: "security-context-present",
    family: Security,
    severity: Info,
    title: "Containers have a security context",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = *subject.container.security_context != SecurityContext::default();
    Judgement::require(
        own || !subject.pod().security_context.is_empty(),
        container("securityContext"),
        "neither the container nor the pod sets anything in a securityContext",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn either_level_is_enough_and_an_empty_one_is_none() {
        let none = Case::of(&CHECK)
            .pod(json!({"securityContext": null}))
            .container(json!({"securityContext": null}));
        assert_eq!(none.fields(), ["spec.template.spec.containers[0].securityContext"]);
        let empty =
            none.clone().pod(json!({"securityContext": {}})).container(json!({"securityContext": {}}));
        assert_eq!(empty.outcome(), Outcome::Fail);
        let pod = none.clone().pod(json!({"securityContext": {"fsGroup": 2000}}));
        assert_eq!(pod.outcome(), Outcome::Pass);
        let own = none.container(json!({"securityContext": {"privileged": true}}));
        assert_eq!(own.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_8_a_field_that_the_pod_level_does_not_have_counts_for_nothing() {
        let case = Case::of(&CHECK)
            .pod(json!({"securityContext": null}))
            .container(json!({"securityContext": null}));
        let misplaced = case.pod(json!({"securityContext": {"readOnlyRootFilesystem": true}}));
        assert_eq!(misplaced.outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_16_one_level_is_enough_and_values_are_not_judged() {
        let pod_only = Case::of(&CHECK).container(json!({"securityContext": null}));
        assert_eq!(pod_only.outcome(), Outcome::Pass);
    }
}
