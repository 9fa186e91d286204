use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, pod};
use crate::inventory::security::WindowsOptions;

/// Parameters of `windows-run-as-container-user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Users that a Windows container may run as.
    allowed: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allowed: vec!["ContainerUser".to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// The effective `windowsOptions.runAsUserName` of every container, its own or the pod's, is not set or is
    /// in `allowed`. Names are compared as Windows does, in any case.
    ///
    /// ## Why it matters
    /// `ContainerAdministrator` changes everything inside its container, and most ways out of one begin with
    /// that; `NT AUTHORITY\SYSTEM` is the node's own user. `ContainerUser` has next to no rights.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   os:
    ///     name: windows
    ///   securityContext:
    ///     windowsOptions:
    ///       runAsUserName: ContainerAdministrator
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   os:
    ///     name: windows
    ///   securityContext:
    ///     windowsOptions:
    ///       runAsUserName: ContainerUser
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.windowsOptions.runAsUserName: ContainerUser` on the pod. A user of your own needs
    /// an entry in `allowed`.
    ///
    /// ## Parameters
    /// - `allowed`: users that a Windows container may run as (default `ContainerUser`).
    ///
    /// ## References
    /// - Kubernetes documentation: Configure `RunAsUserName` for Windows pods and containers
    name: "windows-run-as-container-user",
    family: Security,
    severity: Medium,
    title: "Windows containers run as a user without rights",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    fn name(options: Option<&WindowsOptions>) -> Option<&str> {
        options.and_then(|options| options.run_as_user_name.as_deref())
    }
    let path = "securityContext.windowsOptions.runAsUserName";
    let own = name(subject.container.security_context.windows_options.as_deref());
    let pod_level = name(subject.pod().security_context.windows_options.as_deref());
    let (name, field) = match (own, pod_level) {
        (Some(name), _) => (name, container(path)),
        (None, Some(name)) => (name, pod(path)),
        (None, None) if subject.pod().is_windows() => return Judgement::pass(),
        (None, None) => return Judgement::not_applicable("the pod does not run on Windows"),
    };
    let allowed = parameters.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name));
    Judgement::require_or(allowed, || {
        Statement::fail(field, format!("the container runs as the Windows user {name}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(pod: &str, own: Option<&str>) -> Case {
        let options = |name: &str| json!({"securityContext": {"windowsOptions": {"runAsUserName": name}}});
        let case = Case::of(&CHECK).pod(json!({"os": {"name": "windows"}})).pod(options(pod));
        match own {
            Some(own) => case.container(options(own)),
            None => case,
        }
    }

    #[test]
    fn the_containers_own_name_wins_over_the_pods() {
        assert_eq!(case("ContainerAdministrator", Some("ContainerUser")).outcome(), Outcome::Pass);
        let path = "securityContext.windowsOptions.runAsUserName";
        let own = case("ContainerUser", Some("ContainerAdministrator"));
        assert_eq!(own.fields(), [format!("spec.template.spec.containers[0].{path}")]);
        assert_eq!(case("NT AUTHORITY\\SYSTEM", None).fields(), [format!("spec.template.spec.{path}")]);
    }

    #[test]
    fn names_are_compared_in_any_case_and_others_can_be_allowed() {
        assert_eq!(case("containeruser", None).outcome(), Outcome::Pass);
        let allowed = case("app", None).parameters(json!({"allowed": ["App"]}));
        assert_eq!(allowed.outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_12_only_windows_pods_are_judged() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
        let windows = Case::of(&CHECK).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::Pass);
        // The name is meant for Windows even where the pod does not say so.
        assert_eq!(case("ContainerAdministrator", None).pod(json!({"os": null})).outcome(), Outcome::Fail);
    }
}
