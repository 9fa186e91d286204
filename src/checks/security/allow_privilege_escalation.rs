use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};

check! {
    /// ## What it checks
    /// Every container sets `securityContext.allowPrivilegeEscalation: false`. Unset means true.
    ///
    /// ## Why it matters
    /// With privilege escalation allowed, a process may gain more rights than its parent, through a
    /// setuid binary for instance, and so undo `runAsNonRoot`. Setting it to false sets the kernel's
    /// `no_new_privs`. A container that is privileged or has `CAP_SYS_ADMIN` cannot set it to false:
    /// the API server refuses that, so mend those first.
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
    ///         allowPrivilegeEscalation: false
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.allowPrivilegeEscalation: false` on the container. If the API server refuses,
    /// first drop `privileged: true` and the capability `SYS_ADMIN`.
    ///
    /// ## References
    /// - Pod Security Standards, Restricted: Privilege Escalation
    /// - Linux `no_new_privs`: prctl(2)
    name: "allow-privilege-escalation",
    family: Security,
    severity: High,
    title: "Containers do not allow privilege escalation",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::safe("securityContext.allowPrivilegeEscalation", Answer::False)],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let context = &subject.container.security_context;
    let field = container("securityContext.allowPrivilegeEscalation");
    let added = context.capabilities.as_ref().is_some_and(|capabilities| {
        capabilities.add.iter().any(|name| matches!(name.as_str(), "SYS_ADMIN" | "CAP_SYS_ADMIN"))
    });
    match context.allow_privilege_escalation {
        Some(false) => Judgement::pass(),
        _ if context.privileged == Some(true) => {
            Judgement::fail(field, "a privileged container can always gain privileges: drop privileged first")
        }
        _ if added => Judgement::fail(
            field,
            "a container with SYS_ADMIN can always gain privileges: drop SYS_ADMIN first",
        ),
        Some(true) => Judgement::fail(field, "allowPrivilegeEscalation is true"),
        None if subject.pod().security_context.misplaced_allow_privilege_escalation => Judgement::fail(
            field,
            "allowPrivilegeEscalation is not set; at pod level it is an unknown field: set it on the container",
        ),
        None => Judgement::fail(field, "allowPrivilegeEscalation is not set, which means true"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_06_tells_unset_from_true_and_names_what_to_mend_first() {
        let says = |context: serde_json::Value| {
            Case::of(&CHECK).container(json!({ "securityContext": context })).message()
        };
        assert!(says(json!({"allowPrivilegeEscalation": null})).contains("not set, which means true"));
        assert!(says(json!({"allowPrivilegeEscalation": true})).contains("is true"));
        assert!(
            says(json!({"allowPrivilegeEscalation": null, "privileged": true}))
                .contains("drop privileged first")
        );
        let sys_admin = json!({"allowPrivilegeEscalation": null, "capabilities": {"add": ["SYS_ADMIN"]}});
        assert!(says(sys_admin).contains("drop SYS_ADMIN first"));
    }

    #[test]
    fn a_value_at_pod_level_has_no_effect_and_is_named() {
        let case = Case::of(&CHECK)
            .container(json!({"securityContext": {"allowPrivilegeEscalation": null}}))
            .pod(json!({"securityContext": {"allowPrivilegeEscalation": false}}));
        assert!(case.message().contains("unknown field"));
    }
}
