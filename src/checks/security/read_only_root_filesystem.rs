use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};
use crate::inventory::container::ContainerClass;

/// Parameters of `read-only-root-filesystem`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether init containers, which end before the app starts, are looked at.
    include_init: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { include_init: true }
    }
}

check! {
    /// ## What it checks
    /// Every container sets `securityContext.readOnlyRootFilesystem: true`. The API knows the field on
    /// containers only; on the pod it has no effect. Pod Security Admission does not ask for it.
    ///
    /// ## Why it matters
    /// An intruder who cannot write cannot bring tools along or change the program. And a program that
    /// writes into its image's files loses that data with every restart, and can fill the node's disk.
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
    ///         readOnlyRootFilesystem: true
    ///       volumeMounts:
    ///         - name: tmp
    ///           mountPath: /tmp
    ///   volumes:
    ///     - name: tmp
    ///       emptyDir:
    ///         sizeLimit: 64Mi
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.readOnlyRootFilesystem: true` on the container, and mount an `emptyDir` with a
    /// `sizeLimit` wherever the program writes: most often `/tmp`, `/var/run`, `/var/cache`.
    ///
    /// ## Parameters
    /// - `includeInit`: whether init containers are looked at (default true). Sidecar containers always are.
    ///
    /// ## References
    /// - Kubernetes documentation: Configure a Security Context for a Pod or Container
    name: "read-only-root-filesystem",
    family: Security,
    severity: Medium,
    title: "Containers cannot write to their root filesystem",
    profiles: [Membership::of(Profile::Standard), Membership::of(Profile::Strict).at(Severity::High)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.readOnlyRootFilesystem", Answer::True)],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    if subject.class == ContainerClass::Init && !parameters.include_init {
        return Judgement::not_applicable("the policy leaves init containers out");
    }
    let field = container("securityContext.readOnlyRootFilesystem");
    match subject.container.security_context.read_only_root_filesystem {
        Some(true) => Judgement::pass(),
        Some(false) => Judgement::fail(field, "readOnlyRootFilesystem is false"),
        None if subject.pod().security_context.misplaced_read_only_root_filesystem => Judgement::fail(
            field,
            "readOnlyRootFilesystem is not set; at pod level it is an unknown field: set it on the container",
        ),
        None => Judgement::fail(field, "readOnlyRootFilesystem is not set, which means false"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::{Outcome, profile::NEWEST_PROFILE_VERSION};
    use crate::checks::testing::Case;

    fn case(value: &Value) -> Case {
        Case::of(&CHECK)
            .container(json!({"securityContext": {"readOnlyRootFilesystem": null}}))
            .container(json!({"securityContext": {"readOnlyRootFilesystem": value}}))
    }

    #[test]
    fn unset_means_false_and_is_told_apart() {
        assert!(case(&Value::Null).message().ends_with("which means false"));
        assert!(case(&json!(false)).message().ends_with("is false"));
        assert_eq!(case(&json!(true)).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_08_a_value_at_pod_level_has_no_effect_and_is_named() {
        let case = case(&Value::Null).pod(json!({"securityContext": {"readOnlyRootFilesystem": true}}));
        assert!(case.message().contains("unknown field"));
    }

    #[test]
    fn disagreement_09_and_10_init_containers_can_be_left_out_and_sidecars_cannot() {
        let containers =
            json!({"initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}]});
        let case = case(&json!(true)).pod(containers);
        assert_eq!(case.fields().len(), 2);
        assert_eq!(
            case.parameters(json!({"includeInit": false})).fields(),
            ["spec.template.spec.initContainers[1].securityContext.readOnlyRootFilesystem"]
        );
    }

    #[test]
    fn disagreement_17_medium_and_high_in_the_strict_profile() {
        let severity = |profile| CHECK.membership(profile, NEWEST_PROFILE_VERSION).unwrap().severity;
        assert_eq!(CHECK.severity, Severity::Medium);
        assert_eq!((severity(Profile::Standard), severity(Profile::Strict)), (None, Some(Severity::High)));
    }

    #[test]
    fn windows_has_no_read_only_root() {
        let windows = case(&Value::Null).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
