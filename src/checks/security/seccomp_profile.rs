use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows, pod};

/// Parameters of `seccomp-profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a profile must be set on the container or on the pod.
    require_set: bool,
    /// Whether a profile that lies on the node (`Localhost`) is accepted.
    allow_localhost: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { require_set: true, allow_localhost: true }
    }
}

check! {
    /// ## What it checks
    /// The effective `securityContext.seccompProfile.type` of every container, its own or the pod's, is
    /// `RuntimeDefault` or `Localhost`. A pod-level `Unconfined` fails even if every container sets another
    /// profile, exactly as Pod Security Admission judges.
    ///
    /// ## Why it matters
    /// Without seccomp a process may make any system call, and most ways out of a container begin with one
    /// that no ordinary program needs. Unset means `Unconfined`, unless the kubelet was told otherwise. On a
    /// privileged container the profile has no effect.
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
    ///   securityContext:
    ///     seccompProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.seccompProfile.type: RuntimeDefault` on the pod, and remove any `Unconfined`
    /// below it.
    ///
    /// ## Parameters
    /// - `requireSet`: whether a profile must be set (default true; false is the Baseline standard).
    /// - `allowLocalhost`: whether `Localhost` is accepted (default true).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline and Restricted: Seccomp
    /// - Kubernetes documentation: Restrict a Container's Syscalls with seccomp
    name: "seccomp-profile",
    family: Security,
    severity: High,
    title: "Containers run under a seccomp profile",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::safe("securityContext.seccompProfile.type", Answer::Text("RuntimeDefault"))],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let own = subject.container.security_context.seccomp_profile.as_deref();
    let pod_level = subject.pod().security_context.seccomp_profile.as_deref();
    let path = "securityContext.seccompProfile.type";
    if own.or(pod_level).is_none() && parameters.require_set {
        return Judgement::fail(container(path), unset(subject));
    }
    [(own, container(path)), (pod_level, pod(path))]
        .into_iter()
        .filter_map(|(profile, field)| Some(Statement::fail(field, problem(&profile?.kind, parameters)?)))
        .collect()
}

fn unset(subject: &ContainerSubject<'_>) -> &'static str {
    if subject.container.security_context.privileged == Some(true) {
        "seccompProfile is not set; a privileged container runs without one anyway: drop privileged first"
    } else {
        "seccompProfile is not set on the container nor on the pod"
    }
}

fn problem(kind: &str, parameters: &Parameters) -> Option<String> {
    match kind {
        "RuntimeDefault" => None,
        "Localhost" if parameters.allow_localhost => None,
        "Localhost" => Some("seccompProfile is Localhost, which the policy does not allow".to_owned()),
        "Unconfined" => Some("seccompProfile is Unconfined: no system call is refused".to_owned()),
        other => Some(format!("seccompProfile.type is {other:?}, which does not exist")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(pod: &str, own: &str) -> Case {
        let context = |kind: &str| {
            let profile = if kind.is_empty() { Value::Null } else { json!({ "type": kind }) };
            json!({"securityContext": {"seccompProfile": profile}})
        };
        Case::of(&CHECK).pod(context("")).pod(context(pod)).container(context(own))
    }

    #[test]
    fn unset_fails_and_passes_only_when_it_need_not_be_set() {
        assert_eq!(case("", "").outcome(), Outcome::Fail);
        let not_required = json!({"requireSet": false});
        assert_eq!(case("", "").parameters(not_required.clone()).outcome(), Outcome::Pass);
        assert_eq!(case("", "Unconfined").parameters(not_required).outcome(), Outcome::Fail);
    }

    #[test]
    fn a_bad_profile_at_pod_level_fails_although_the_container_sets_a_good_one() {
        let case = case("Unconfined", "RuntimeDefault");
        assert_eq!(case.fields(), ["spec.template.spec.securityContext.seccompProfile.type"]);
    }

    #[test]
    fn the_containers_own_profile_wins_over_the_pods() {
        let case = case("RuntimeDefault", "Unconfined");
        assert_eq!(case.fields(), ["spec.template.spec.containers[0].securityContext.seccompProfile.type"]);
    }

    #[test]
    fn disagreement_14_localhost_is_accepted_unless_told_otherwise() {
        assert_eq!(case("", "Localhost").outcome(), Outcome::Pass);
        let refused = case("", "Localhost").parameters(json!({"allowLocalhost": false}));
        assert_eq!(refused.outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_15_one_containers_profile_does_not_hide_anothers_lack() {
        let case = case("", "RuntimeDefault").pod(json!({"initContainers": [{"name": "init"}]}));
        assert_eq!(
            case.fields(),
            ["spec.template.spec.initContainers[0].securityContext.seccompProfile.type"]
        );
    }

    #[test]
    fn a_privileged_container_is_sent_to_drop_that_first() {
        let privileged = case("", "").container(json!({"securityContext": {"privileged": true}}));
        assert!(privileged.message().ends_with("drop privileged first"));
    }

    #[test]
    fn a_type_that_does_not_exist_is_named() {
        assert_eq!(case("", "Default").message(), "seccompProfile.type is \"Default\", which does not exist");
    }

    #[test]
    fn disagreement_12_windows_has_no_seccomp() {
        assert_eq!(case("", "").pod(json!({"os": {"name": "windows"}})).outcome(), Outcome::NotApplicable);
    }
}
