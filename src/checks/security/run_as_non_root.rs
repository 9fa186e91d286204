use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::in_own_user_namespace;
use crate::checks::root_user::{self, Reading};

/// Parameters of `run-as-non-root`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// `strict` judges as Pod Security Admission does; `effective` also accepts a numeric user above 0.
    mode: Mode,
    /// Whether a pod in a user namespace of its own (`hostUsers: false`) may run as root inside it.
    relax_user_namespaces: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { mode: Mode::Strict, relax_user_namespaces: true }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Mode {
    Strict,
    Effective,
}

check! {
    /// ## What it checks
    /// The effective `runAsNonRoot` of every container is true: its own value, else the pod's. With
    /// `mode: strict` (the default) an explicit `false` at pod level fails even if every container says
    /// true, and a numeric user is no substitute, exactly as Pod Security Admission judges. With
    /// `mode: effective` a numeric user above 0 is accepted, too.
    ///
    /// ## Why it matters
    /// A process that is root inside its container is root towards the kernel: one flaw in the runtime, the
    /// kernel or a mounted volume, and it is root on the node. `runAsNonRoot: true` makes the kubelet
    /// refuse to start such a container whatever its image says.
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
    ///     runAsNonRoot: true
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.runAsNonRoot: true` on the pod, and remove any `runAsNonRoot: false` below it.
    /// The image must name a numeric user other than 0, or the container must set `runAsUser`.
    ///
    /// ## Parameters
    /// - `mode`: `strict` or `effective`.
    /// - `relaxUserNamespaces`: whether a pod with `hostUsers: false` may run as root inside its own user
    ///   namespace (default true, as Pod Security Admission from 1.35 on).
    ///
    /// ## References
    /// - Pod Security Standards, Restricted: Running as Non-root
    /// - KEP-127: user namespaces
    name: "run-as-non-root",
    family: Security,
    severity: High,
    title: "Containers must not run as root",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.runAsNonRoot", Answer::True)],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let relaxed = in_own_user_namespace(subject).filter(|_| parameters.relax_user_namespaces);
    if let Some(judgement) = relaxed {
        return judgement;
    }
    let reading = match parameters.mode {
        Mode::Strict => Reading::Strict,
        Mode::Effective => Reading::Effective,
    };
    match root_user::fault(subject, reading) {
        Some((field, message)) => Judgement::fail(field, message),
        None => Judgement::pass(),
    }
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
    fn an_explicit_false_at_pod_level_fails_although_every_container_says_true() {
        let case = case(&json!({"runAsNonRoot": false}), &json!({"runAsNonRoot": true}));
        assert_eq!(case.outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"mode": "effective"})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_02_a_numeric_user_is_a_substitute_in_effective_mode_only() {
        let unset = json!({"runAsNonRoot": null});
        let case = case(&unset, &json!({"runAsNonRoot": null, "runAsUser": 1000}));
        assert_eq!(case.outcome(), Outcome::Fail);
        assert!(case.message().contains("mode: effective"));
        let root = case.clone().container(json!({"securityContext": {"runAsUser": 0}}));
        assert_eq!(root.parameters(json!({"mode": "effective"})).outcome(), Outcome::Fail);
        assert_eq!(case.parameters(json!({"mode": "effective"})).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_containers_own_value_wins_over_the_pods() {
        assert_eq!(
            case(&json!({"runAsNonRoot": true}), &json!({"runAsNonRoot": false})).outcome(),
            Outcome::Fail
        );
    }

    #[test]
    fn a_user_namespace_relaxes_it_unless_told_otherwise() {
        let case = case(&json!({"runAsNonRoot": null}), &json!({"runAsNonRoot": null}))
            .pod(json!({"hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::NotApplicable);
        assert_eq!(case.parameters(json!({"relaxUserNamespaces": false})).outcome(), Outcome::Fail);
    }
}
