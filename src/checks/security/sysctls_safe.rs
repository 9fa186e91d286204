use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::checks::pod_standard::{Version, sysctls::is_allowed};
use crate::inventory::security::Sysctl;

/// Parameters of `sysctls-safe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Version of the Pod Security Standards: `latest`, or `v1.0` to `v1.37`.
    version: Version,
    /// Kernel parameters that are allowed as well.
    extra: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { version: Version::LATEST, extra: Vec::new() }
    }
}

check! {
    /// ## What it checks
    /// Every kernel parameter in `securityContext.sysctls` is in the list of the Pod Security Standards at
    /// `version`, by its exact name, or in `extra`; and no value holds a character by which a shell or a
    /// runtime would read more than a value.
    ///
    /// ## Why it matters
    /// A parameter that is not separate for each pod changes the node for everybody, or switches one of its
    /// defences off. And a value with `+` or `=` in it once made a runtime set other parameters than the one
    /// named (CVE-2022-0811).
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///       - name: kernel.msgmax
    ///         value: "65536"
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///       - name: net.ipv4.tcp_keepalive_time
    ///         value: "600"
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove the parameter from `sysctls`, or write its name as the standard does. Where the nodes allow it
    /// and the workload cannot do without, name it in `extra`.
    ///
    /// ## Parameters
    /// - `version`: version of the Pod Security Standards, `latest` (the default) or `v1.0` to `v1.37`.
    /// - `extra`: names of kernel parameters that are allowed as well (default none).
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Sysctls
    /// - Kubernetes documentation: Using sysctls in a Kubernetes Cluster
    /// - CVE-2022-0811
    name: "sysctls-safe",
    family: Security,
    severity: Medium,
    title: "Pods set only kernel parameters that are safe for others",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if subject.pod().is_windows() {
        return Judgement::not_applicable("Windows has no such setting");
    }
    let set = subject.pod().security_context.sysctls.iter().enumerate();
    set.flat_map(|(index, sysctl)| problems(index, sysctl, parameters)).collect()
}

fn problems(index: usize, sysctl: &Sysctl, parameters: &Parameters) -> impl Iterator<Item = Statement> {
    let Sysctl { name, value } = sysctl;
    let allowed = is_allowed(name, parameters.version) || parameters.extra.contains(name);
    let name = (!allowed).then(|| {
        let message =
            format!("the kernel parameter {name} is not among the safe ones ({})", parameters.version);
        Statement::fail(pod(format!("securityContext.sysctls[{index}].name")), message)
    });
    let value = value.contains(is_unsafe).then(|| {
        let message = "the value of the kernel parameter holds a character that can set more than it says";
        Statement::fail(pod(format!("securityContext.sysctls[{index}].value")), message)
    });
    name.into_iter().chain(value)
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || "+=;&|<>$`'\"\\(){}[]*?!#~".contains(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn set(name: &str, value: &str) -> Case {
        let sysctls = json!([{"name": name, "value": value}]);
        Case::of(&CHECK).pod(json!({"securityContext": {"sysctls": sysctls}}))
    }

    #[test]
    fn disagreement_18_names_are_exact_and_of_a_version() {
        assert_eq!(set("net.ipv4.tcp_syncookies", "1").outcome(), Outcome::Pass);
        for name in
            ["net.ipv4.tcp_syncookies.x", "net/ipv4/tcp_syncookies", "net.core.somaxconn", "kernel.msgmax"]
        {
            assert_eq!(
                set(name, "1").fields(),
                ["spec.template.spec.securityContext.sysctls[0].name"],
                "{name}"
            );
        }
        let old = |version: &str| {
            set("net.ipv4.tcp_rmem", "4096").parameters(json!({ "version": version })).outcome()
        };
        assert_eq!(
            (old("v1.31"), old("v1.32"), old("latest")),
            (Outcome::Fail, Outcome::Pass, Outcome::Pass)
        );
    }

    #[test]
    fn a_value_that_sets_more_than_it_says_fails_and_is_not_shown() {
        let case = set("kernel.shm_rmid_forced", "1+kernel.core_pattern=|/bin/evil");
        assert_eq!(case.fields(), ["spec.template.spec.securityContext.sysctls[0].value"]);
        assert!(!case.message().contains("evil"));
        assert_eq!(set("net.ipv4.ip_local_port_range", "1024 65535").outcome(), Outcome::Pass);
        assert_eq!(set("net.ipv4.ip_local_reserved_ports", "8080,9000-9100").outcome(), Outcome::Pass);
    }

    #[test]
    fn extra_names_pass() {
        let extra = json!({"extra": ["net.core.somaxconn"]});
        assert_eq!(set("net.core.somaxconn", "1024").parameters(extra).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_version_that_does_not_exist_is_refused() {
        let parameters = json!({"version": "v1.99"});
        let error = (CHECK.compile)(parameters.as_object().unwrap()).unwrap_err().to_string();
        assert!(error.contains("`latest`"), "{error}");
    }

    #[test]
    fn disagreement_12_windows_has_no_sysctls() {
        let windows = set("kernel.msgmax", "1").pod(json!({"os": {"name": "windows"}}));
        assert_eq!(windows.outcome(), Outcome::NotApplicable);
    }
}
