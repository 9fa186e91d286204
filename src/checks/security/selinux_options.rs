use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, Text, classes::Classes};
use crate::checks::helpers::not_on_windows;
use crate::inventory::security::SeLinuxOptions;

/// The types that confine a process to its container; empty leaves the choice to the runtime.
const CONFINED: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

check! {
    /// ## What it checks
    /// `securityContext.seLinuxOptions` of the pod and of every container sets no `user` and no `role`, and
    /// its `type` is not set or one of `container_t`, `container_init_t`, `container_kvm_t` and
    /// `container_engine_t`.
    ///
    /// ## Why it matters
    /// On nodes with SELinux the type is what keeps a process away from the node's files, even as root.
    /// `spc_t` for instance switches that off.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     seLinuxOptions:
    ///       type: spc_t
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     seLinuxOptions:
    ///       level: "s0:c123,c456"
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove `type`, `user` and `role` from `seLinuxOptions`; `level` may stay. If the container needs files
    /// of the node, have them labelled for containers.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: SELinux
    name: "selinux-options",
    family: Security,
    severity: Medium,
    title: "Containers keep their SELinux confinement",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let own = subject.container.security_context.se_linux_options.as_deref();
    let pod_level = subject.pod().security_context.se_linux_options.as_deref();
    let own = own.into_iter().flat_map(|options| problems(options, Field::Container));
    own.chain(pod_level.into_iter().flat_map(|options| problems(options, Field::Pod))).collect()
}

fn problems(options: &SeLinuxOptions, field: fn(Text) -> Field) -> impl Iterator<Item = Statement> {
    let kind = (!CONFINED.contains(&options.kind.as_str())).then(|| {
        let message = format!("the SELinux type {} does not confine the container", options.kind);
        Statement::fail(field("securityContext.seLinuxOptions.type".into()), message)
    });
    let set = |name: &str, value: &str| {
        if value.is_empty() {
            return None;
        }
        let path = format!("securityContext.seLinuxOptions.{name}");
        let message = format!("the SELinux {name} is set to {value}; it has to be left to the runtime");
        Some(Statement::fail(field(path.into()), message))
    };
    [kind, set("user", &options.user), set("role", &options.role)].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(pod: &Value, own: &Value) -> Case {
        Case::of(&CHECK)
            .pod(json!({"securityContext": {"seLinuxOptions": pod}}))
            .container(json!({"securityContext": {"seLinuxOptions": own}}))
    }

    #[test]
    fn the_types_of_the_newest_standard_and_an_empty_one_pass() {
        for kind in CONFINED {
            assert_eq!(
                case(&json!({"level": "s0"}), &json!({ "type": kind })).outcome(),
                Outcome::Pass,
                "{kind}"
            );
        }
        assert!(case(&Value::Null, &json!({"type": "spc_t"})).message().contains("spc_t"));
    }

    #[test]
    fn each_bad_option_is_a_finding_where_it_is_set() {
        let options = json!({"type": "spc_t", "user": "system_u", "role": "system_r"});
        let at = |place: &str| ["type", "user", "role"].map(|name| format!("{place}.seLinuxOptions.{name}"));
        let own = at("spec.template.spec.containers[0].securityContext");
        let pod = at("spec.template.spec.securityContext");
        assert_eq!(case(&options, &options).fields(), [own, pod].concat());
    }

    #[test]
    fn a_bad_type_at_pod_level_fails_although_the_container_sets_a_good_one() {
        let case = case(&json!({"type": "spc_t"}), &json!({"type": "container_t"}));
        assert_eq!(case.fields(), ["spec.template.spec.securityContext.seLinuxOptions.type"]);
    }

    #[test]
    fn windows_has_no_selinux() {
        let windows = case(&json!({"type": "spc_t"}), &Value::Null).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
