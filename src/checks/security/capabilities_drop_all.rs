use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};

check! {
    /// ## What it checks
    /// `securityContext.capabilities.drop` of every container holds `ALL`, written exactly so.
    ///
    /// ## Why it matters
    /// A container that drops nothing keeps the runtime's default capabilities, among them those to forge
    /// packets, to take any file and to change its user. Hardly any workload needs them, and an intruder
    /// can use all of them.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         capabilities:
    ///           drop: [NET_RAW]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         capabilities:
    ///           drop: [ALL]
    /// ```
    ///
    /// ## How to fix
    /// Set `securityContext.capabilities.drop: [ALL]` on the container, and add back the single one that it
    /// needs, `NET_BIND_SERVICE` for a port below 1024 for instance.
    ///
    /// ## References
    /// - Pod Security Standards, Restricted: Capabilities
    /// - capabilities(7)
    name: "capabilities-drop-all",
    family: Security,
    severity: High,
    title: "Containers drop all capabilities",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.capabilities.drop", Answer::Member("ALL"))],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let capabilities = subject.container.security_context.capabilities.as_ref();
    let dropped = capabilities.map_or(&[][..], |capabilities| &capabilities.drop);
    if dropped.iter().any(|name| name == "ALL") {
        return Judgement::pass();
    }
    let field = container("securityContext.capabilities.drop");
    if let Some(name) = dropped.iter().find(|name| is_all(name)) {
        return Judgement::fail(field, format!("drop holds {name}, which has to be written ALL"));
    }
    if subject.pod().security_context.misplaced_capabilities {
        return Judgement::fail(
            field,
            "drop does not hold ALL; capabilities at pod level is an unknown field: set it on the container",
        );
    }
    if dropped.is_empty() {
        return Judgement::fail(field, "no capability is dropped; drop has to hold ALL");
    }
    Judgement::fail(field, "drop does not hold ALL")
}

/// Runtimes read any case and a prefix; Pod Security Admission does not.
fn is_all(name: &str) -> bool {
    name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("cap_all")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(context: &Value) -> Case {
        Case::of(&CHECK)
            .container(json!({"securityContext": null}))
            .container(json!({ "securityContext": context }))
    }

    #[test]
    fn disagreement_07_no_security_context_means_the_default_capabilities_and_fails() {
        assert!(case(&json!({})).message().contains("no capability is dropped"));
        assert!(case(&json!({"capabilities": {}})).message().contains("no capability is dropped"));
    }

    #[test]
    fn the_name_is_exact_and_another_spelling_is_named() {
        for name in ["all", "All", "CAP_ALL"] {
            let message = case(&json!({"capabilities": {"drop": [name]}})).message();
            assert_eq!(message, format!("drop holds {name}, which has to be written ALL"));
        }
        assert_eq!(case(&json!({"capabilities": {"drop": ["KILL", "ALL"]}})).outcome(), Outcome::Pass);
        assert_eq!(case(&json!({"capabilities": {"drop": ["KILL"]}})).message(), "drop does not hold ALL");
    }

    #[test]
    fn disagreement_08_a_value_at_pod_level_has_no_effect_and_is_named() {
        let case = case(&json!({})).pod(json!({"securityContext": {"capabilities": {"drop": ["ALL"]}}}));
        assert!(case.message().contains("unknown field"));
    }

    #[test]
    fn disagreement_12_windows_knows_no_capabilities() {
        assert_eq!(
            case(&json!({})).pod(json!({"os": {"name": "windows"}})).outcome(),
            Outcome::NotApplicable
        );
    }
}
