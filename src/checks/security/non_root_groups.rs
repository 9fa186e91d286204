use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows, pod};

/// Parameters of `non-root-groups`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a container whose `runAsUser` is set must set `runAsGroup`, too.
    require_explicit: bool,
}

check! {
    /// ## What it checks
    /// No container's effective `runAsGroup` is 0, nor are the pod's `fsGroup` and `supplementalGroups`.
    /// With `requireExplicit: true`, `runAsGroup` must be set wherever `runAsUser` is.
    ///
    /// ## Why it matters
    /// Group 0 may read and write what belongs to root's group, on volumes and in many images. A container
    /// whose `runAsUser` overrides the image's user, and which sets no group, gets group 0.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 0
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 10001
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `runAsGroup` to a group other than 0, usually the number of the user, and let `fsGroup` give it the
    /// volumes.
    ///
    /// ## Parameters
    /// - `requireExplicit`: whether `runAsGroup` must be set wherever `runAsUser` is (default false;
    ///   OpenShift assigns it, and refuses pods that set another).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure a Security Context for a Pod or Container
    name: "non-root-groups",
    family: Security,
    severity: Medium,
    title: "Containers are not in the root group",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    primary_group(subject, parameters).into_iter().chain(pod_groups(subject)).collect()
}

fn primary_group(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Option<Statement> {
    let (own, pod_level) = (&subject.container.security_context, &subject.pod().security_context);
    let path = "securityContext.runAsGroup";
    let is_root = "runAsGroup is 0, the group of root";
    match (own.run_as_group, pod_level.run_as_group) {
        (Some(0), _) => Some(Statement::fail(container(path), is_root)),
        (None, Some(0)) => Some(Statement::fail(pod(path), is_root)),
        (None, None) if parameters.require_explicit => {
            own.run_as_user.or(pod_level.run_as_user).map(|user| {
                let message =
                    format!("runAsUser is {user} and runAsGroup is not set: the group falls back to 0");
                Statement::fail(container(path), message)
            })
        }
        _ => None,
    }
}

fn pod_groups(subject: &ContainerSubject<'_>) -> impl Iterator<Item = Statement> {
    let context = &subject.pod().security_context;
    let volumes = (context.fs_group == Some(0))
        .then(|| Statement::fail(pod("securityContext.fsGroup"), "fsGroup is 0, the group of root"));
    let further = context.supplemental_groups.contains(&0).then(|| {
        let field = pod("securityContext.supplementalGroups");
        Statement::fail(field, "supplementalGroups holds 0, the group of root")
    });
    volumes.into_iter().chain(further)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(pod: &Value, own: &Value) -> Case {
        Case::of(&CHECK).pod(json!({ "securityContext": pod })).container(json!({ "securityContext": own }))
    }

    #[test]
    fn every_group_that_is_set_counts() {
        assert_eq!(
            case(&json!({"fsGroup": 0, "supplementalGroups": [7, 0]}), &json!({"runAsGroup": 0})).fields(),
            [
                "spec.template.spec.containers[0].securityContext.runAsGroup",
                "spec.template.spec.securityContext.fsGroup",
                "spec.template.spec.securityContext.supplementalGroups",
            ]
        );
    }

    #[test]
    fn the_containers_own_group_wins_over_the_pods() {
        let inherited = case(&json!({"runAsGroup": 0}), &json!({}));
        assert_eq!(inherited.fields(), ["spec.template.spec.securityContext.runAsGroup"]);
        assert_eq!(case(&json!({"runAsGroup": 0}), &json!({"runAsGroup": 7})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_04_an_explicit_group_is_required_only_on_request_and_only_beside_a_user() {
        let unset = case(&json!({"runAsGroup": null}), &json!({}));
        assert_eq!(unset.outcome(), Outcome::Pass);
        let required = unset.parameters(json!({"requireExplicit": true}));
        assert!(required.message().starts_with("runAsUser is 10001"));
        let without_user = required.pod(json!({"securityContext": {"runAsUser": null}}));
        assert_eq!(without_user.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_13_a_user_namespace_does_not_relax_it_and_windows_has_no_such_groups() {
        let case = case(&json!({"fsGroup": 0}), &json!({}));
        assert_eq!(case.clone().pod(json!({"hostUsers": false})).outcome(), Outcome::Fail);
        assert_eq!(case.pod(json!({"os": {"name": "windows"}})).outcome(), Outcome::NotApplicable);
    }
}
