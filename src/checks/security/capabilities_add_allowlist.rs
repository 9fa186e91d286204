use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, classes::Classes};
use crate::checks::helpers::{container, not_on_windows};

/// Parameters of `capabilities-add-allowlist`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Capabilities that a container may add, as in the API: upper case, without `CAP_`.
    allowed: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allowed: vec!["NET_BIND_SERVICE".to_owned()] }
    }
}

/// Each of these alone is enough to take over the node, or the traffic of everybody on it.
const CRITICAL: &[&str] =
    &["ALL", "BPF", "DAC_READ_SEARCH", "NET_ADMIN", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE"];

check! {
    /// ## What it checks
    /// Every capability that a container adds is in the list of allowed ones. `ALL`, `BPF`,
    /// `DAC_READ_SEARCH`, `NET_ADMIN`, `SYS_ADMIN`, `SYS_MODULE` and `SYS_PTRACE` are critical.
    ///
    /// ## Why it matters
    /// Each capability is a part of root's power. Some alone are enough to leave the container: to load a
    /// kernel module, to mount the node's disks, to read any file by its number, to rewrite the node's
    /// traffic.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       securityContext:
    ///         capabilities:
    ///           add: [NET_ADMIN]
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
    ///           add: [NET_BIND_SERVICE]
    /// ```
    ///
    /// ## How to fix
    /// Remove the capability from `securityContext.capabilities.add`. If the workload cannot do without it,
    /// allow it in a policy of its own that selects nothing else.
    ///
    /// ## Parameters
    /// - `allowed`: capabilities that may be added, upper case, without `CAP_` (default
    ///   `NET_BIND_SERVICE`; in the profile Baseline the 13 that Pod Security Admission allows).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline and Restricted: Capabilities
    /// - capabilities(7)
    name: "capabilities-add-allowlist",
    family: Security,
    severity: High,
    title: "Containers add only allowed capabilities",
    profiles: [
        Membership::of(Profile::Baseline).with(
            r#"{"allowed":["AUDIT_WRITE","CHOWN","DAC_OVERRIDE","FOWNER","FSETID","KILL","MKNOD","NET_BIND_SERVICE","SETFCAP","SETGID","SETPCAP","SETUID","SYS_CHROOT"]}"#
        ),
        Membership::of(Profile::Standard),
    ],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_on_windows(subject) {
        return judgement;
    }
    let capabilities = subject.container.security_context.capabilities.as_ref();
    let added = capabilities.map_or(&[][..], |capabilities| &capabilities.add);
    added
        .iter()
        .enumerate()
        .filter(|(_, name)| !parameters.allowed.contains(name))
        .map(|(index, name)| refuse(index, name, &parameters.allowed))
        .collect()
}

fn refuse(index: usize, name: &str, allowed: &[String]) -> Statement {
    let field = container(format!("securityContext.capabilities.add[{index}]"));
    // Runtimes read any case and a prefix, so that is what the container gets; Pod Security Admission
    // compares names as they are written.
    let upper = name.to_ascii_uppercase();
    let plain = upper.strip_prefix("CAP_").unwrap_or(&upper);
    if CRITICAL.contains(&plain) {
        let message = format!("the capability {name} is added, which is enough to take over the node");
        return Statement::fail(field, message).graded(Severity::Critical);
    }
    let message = if allowed.iter().any(|allowed| allowed == plain) {
        format!("the capability {name} is added; it is allowed only when written {plain}")
    } else {
        format!("the capability {name} is added, which is not among the allowed ones")
    };
    Statement::fail(field, message).graded(Severity::High)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::{Outcome, profile::NEWEST_PROFILE_VERSION};
    use crate::checks::testing::Case;

    fn adding(names: &[&str]) -> Case {
        Case::of(&CHECK).container(json!({"securityContext": {"capabilities": {"add": names}}}))
    }

    #[test]
    fn each_capability_that_is_not_allowed_is_a_finding_with_its_own_grade() {
        let findings = adding(&["NET_BIND_SERVICE", "SYS_ADMIN", "CHOWN"]).judged().findings;
        let graded: Vec<_> = findings.iter().map(|found| (found.grade, &*found.field)).collect();
        let path = "spec.template.spec.containers[0].securityContext.capabilities.add";
        let expected =
            [(Some(Severity::Critical), format!("{path}[1]")), (Some(Severity::High), format!("{path}[2]"))];
        assert_eq!(graded, expected.each_ref().map(|(grade, field)| (*grade, &**field)));
    }

    #[test]
    fn the_grade_is_what_the_runtime_would_give_however_it_is_written() {
        for name in CRITICAL {
            for spelling in [(*name).to_owned(), name.to_lowercase(), format!("CAP_{name}")] {
                assert_eq!(
                    adding(&[&spelling]).judged().findings[0].grade,
                    Some(Severity::Critical),
                    "{spelling}"
                );
            }
        }
    }

    #[test]
    fn names_are_compared_as_they_are_written() {
        for name in ["net_bind_service", "CAP_NET_BIND_SERVICE"] {
            assert!(adding(&[name]).message().ends_with("only when written NET_BIND_SERVICE"));
        }
    }

    #[test]
    fn the_baseline_profile_allows_what_pod_security_admission_does() {
        let parameters = |profile| {
            let membership = CHECK.membership(profile, NEWEST_PROFILE_VERSION).unwrap();
            membership.parameters.map(|json| serde_json::from_str::<Value>(json).unwrap())
        };
        let baseline = parameters(Profile::Baseline).unwrap();
        assert_eq!(baseline["allowed"].as_array().map(Vec::len), Some(13));
        assert_eq!(adding(&["CHOWN", "MKNOD"]).parameters(baseline.clone()).outcome(), Outcome::Pass);
        assert_eq!(adding(&["NET_RAW"]).parameters(baseline).outcome(), Outcome::Fail);
        assert_eq!(parameters(Profile::Standard), None);
        assert_eq!(adding(&["CHOWN"]).outcome(), Outcome::Fail);
    }

    #[test]
    fn adding_nothing_passes_and_windows_knows_no_capabilities() {
        assert_eq!(adding(&[]).outcome(), Outcome::Pass);
        let windows = adding(&["ALL"]).pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
