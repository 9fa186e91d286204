use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::{container, in_own_user_namespace, not_on_windows};

/// Parameters of `proc-mount-default`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a pod in a user namespace of its own (`hostUsers: false`) may unmask `/proc`.
    relax_user_namespaces: bool,
}

check! {
    /// ## What it checks
    /// `securityContext.procMount` of every container is not set or `Default`.
    ///
    /// ## Why it matters
    /// By default the runtime hides the parts of `/proc` through which the kernel's settings and memory can
    /// be read and written. `Unmasked` shows them, for containers that start containers themselves.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   hostUsers: false
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         procMount: Unmasked
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
    /// Remove `procMount: Unmasked`. Only a container that starts containers itself needs it; run that in a
    /// namespace of its own, with `hostUsers: false`.
    ///
    /// ## Parameters
    /// - `relaxUserNamespaces`: whether a pod with `hostUsers: false` may unmask `/proc` (default false, as
    ///   in the Restricted standard from 1.35 on; true in the profile Baseline, as in the Baseline standard).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline and Restricted: `/proc` Mount Type
    /// - KEP-4265: `ProcMount` option
    name: "proc-mount-default",
    family: Security,
    severity: High,
    title: "Containers do not unmask /proc",
    profiles: [
        Membership::of(Profile::Baseline).with(r#"{"relaxUserNamespaces":true}"#),
        Membership::of(Profile::Standard),
    ],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::safe("securityContext.procMount", Answer::Text("Default"))],
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let relaxed = in_own_user_namespace(subject).filter(|_| parameters.relax_user_namespaces);
    if let Some(judgement) = not_on_windows(subject).or(relaxed) {
        return judgement;
    }
    match subject.container.security_context.proc_mount.as_deref() {
        None | Some("Default") => Judgement::pass(),
        Some(other) => Judgement::fail(
            container("securityContext.procMount"),
            format!("procMount is {other:?}; only Default hides the sensitive parts of /proc"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::{Outcome, profile::NEWEST_PROFILE_VERSION};
    use crate::checks::testing::Case;

    fn mounting(proc_mount: &str) -> Case {
        Case::of(&CHECK).container(json!({"securityContext": {"procMount": proc_mount}}))
    }

    #[test]
    fn anything_but_default_fails() {
        assert_eq!(mounting("Default").outcome(), Outcome::Pass);
        assert_eq!(mounting("").outcome(), Outcome::Fail);
        assert!(mounting("Unmasked").message().starts_with("procMount is \"Unmasked\""));
    }

    #[test]
    fn disagreement_13_a_user_namespace_relaxes_the_baseline_and_never_the_restricted_rule() {
        let case = mounting("Unmasked").pod(json!({"hostUsers": false}));
        assert_eq!(case.outcome(), Outcome::Fail);
        let baseline =
            CHECK.membership(Profile::Baseline, NEWEST_PROFILE_VERSION).unwrap().parameters.unwrap();
        let relaxed = case.parameters(serde_json::from_str(baseline).unwrap());
        assert_eq!(relaxed.outcome(), Outcome::NotApplicable);
        assert_eq!(relaxed.pod(json!({"hostUsers": true})).outcome(), Outcome::Fail);
        assert_eq!(CHECK.membership(Profile::Standard, NEWEST_PROFILE_VERSION).unwrap().parameters, None);
    }

    #[test]
    fn windows_has_no_proc() {
        let windows = mounting("Unmasked").pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
