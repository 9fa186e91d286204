use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, in_own_user_namespace, not_on_windows, pod};

/// Parameters of `run-as-user-not-zero`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a pod in a user namespace of its own (`hostUsers: false`) may run as root inside it.
    relax_user_namespaces: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { relax_user_namespaces: true }
    }
}

check! {
    /// ## What it checks
    /// Neither the pod nor a container sets `runAsUser: 0`. At pod level it fails even if every container
    /// sets another user, exactly as Pod Security Admission judges.
    ///
    /// ## Why it matters
    /// User 0 is root, towards the kernel too. Together with `runAsNonRoot: true` it is a contradiction: the
    /// kubelet refuses to start the container.
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
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         runAsUser: 10001
    /// ```
    ///
    /// ## How to fix
    /// Remove `runAsUser: 0`, or set the user that the image was built for. If the files of a volume belong
    /// to root, set `fsGroup` on the pod.
    ///
    /// ## Parameters
    /// - `relaxUserNamespaces`: whether a pod with `hostUsers: false` may run as root inside its own user
    ///   namespace (default true, as Pod Security Admission from 1.35 on).
    ///
    /// ## References
    /// - Pod Security Standards, Restricted: Running as Non-root user
    /// - KEP-127: user namespaces
    name: "run-as-user-not-zero",
    family: Security,
    severity: High,
    title: "No container is told to run as user 0",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let relaxed = in_own_user_namespace(subject).filter(|_| parameters.relax_user_namespaces);
    if let Some(judgement) = not_on_windows(subject).or(relaxed) {
        return judgement;
    }
    let (own, pod_level) = (&subject.container.security_context, &subject.pod().security_context);
    let path = "securityContext.runAsUser";
    let own_non_root = own.run_as_non_root.or(pod_level.run_as_non_root);
    let at_container = (own.run_as_user == Some(0))
        .then(|| Statement::fail(container(path), message("the container", own_non_root)));
    let at_pod = (pod_level.run_as_user == Some(0))
        .then(|| Statement::fail(pod(path), message("the pod", pod_level.run_as_non_root)));
    at_container.into_iter().chain(at_pod).collect()
}

fn message(whose: &str, non_root: Option<bool>) -> String {
    if non_root == Some(true) {
        return format!(
            "runAsUser of {whose} is 0 and runAsNonRoot is true: the kubelet refuses to start that"
        );
    }
    format!("runAsUser of {whose} is 0, which is root")
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
    fn zero_at_pod_level_fails_once_although_every_container_sets_another() {
        let case = case(&json!({"runAsUser": 0}), &json!({"runAsUser": 10001}))
            .pod(json!({"initContainers": [{"name": "init", "securityContext": {"runAsUser": 10001}}]}));
        assert_eq!(case.fields(), ["spec.template.spec.securityContext.runAsUser"]);
    }

    #[test]
    fn unset_and_any_other_number_pass() {
        assert_eq!(case(&json!({"runAsUser": null}), &json!({})).outcome(), Outcome::Pass);
        assert_eq!(case(&json!({"runAsUser": 1}), &json!({"runAsUser": 1})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_03_user_zero_and_run_as_non_root_contradict_each_other() {
        let contradiction = case(&json!({"runAsNonRoot": true}), &json!({"runAsUser": 0}));
        assert!(contradiction.message().contains("kubelet refuses"));
        let plain = case(&json!({"runAsNonRoot": true}), &json!({"runAsNonRoot": false, "runAsUser": 0}));
        assert!(plain.message().ends_with("which is root"));
    }

    #[test]
    fn disagreement_13_a_user_namespace_relaxes_it_unless_told_otherwise() {
        let case = case(&json!({}), &json!({"runAsUser": 0})).pod(json!({"hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
        assert_eq!(case.parameters(json!({"relaxUserNamespaces": false})).outcome(), Outcome::Fail);
    }

    #[test]
    fn windows_knows_no_numeric_users() {
        let windows = case(&json!({}), &json!({"runAsUser": 0})).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
