use crate::catalogue::declare::check;
use crate::catalogue::fix::{Answer, Fix};
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, pod};

check! {
    /// ## What it checks
    /// `securityContext.windowsOptions.hostProcess` is not true, neither on the pod nor on any container.
    ///
    /// ## Why it matters
    /// A `HostProcess` container is no container: its processes run on the node itself, with its files, its
    /// network and, most often, as its system user.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   os:
    ///     name: windows
    ///   hostNetwork: true
    ///   securityContext:
    ///     windowsOptions:
    ///       hostProcess: true
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
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove `hostProcess: true`. What has to manage nodes belongs in a namespace of its own, with a policy of
    /// its own.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: `HostProcess`
    /// - Kubernetes documentation: Create a Windows `HostProcess` Pod
    name: "windows-host-process",
    family: Security,
    severity: Critical,
    title: "Windows containers do not run as processes of the node",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
    fixes: [Fix::risky("securityContext.windowsOptions.hostProcess", Answer::False)],
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let path = "securityContext.windowsOptions.hostProcess";
    let own = subject.container.security_context.windows_options.as_deref();
    let pod_level = subject.pod().security_context.windows_options.as_deref();
    [(own, container(path)), (pod_level, pod(path))]
        .into_iter()
        .filter(|(options, _)| options.is_some_and(|options| options.host_process == Some(true)))
        .map(|(_, field)| Statement::fail(field, "hostProcess is true: the process runs on the node itself"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn it_is_found_at_each_level_and_only_true_fails() {
        let options = |value: bool| json!({"securityContext": {"windowsOptions": {"hostProcess": value}}});
        let both = Case::of(&CHECK).pod(options(true)).container(options(true));
        let path = "securityContext.windowsOptions.hostProcess";
        let expected =
            [format!("spec.template.spec.containers[0].{path}"), format!("spec.template.spec.{path}")];
        assert_eq!(both.fields(), expected);
        assert_eq!(Case::of(&CHECK).container(options(false)).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_true_at_pod_level_fails_although_every_container_says_false() {
        let options = |value: bool| json!({"securityContext": {"windowsOptions": {"hostProcess": value}}});
        let case = Case::of(&CHECK).pod(options(true)).container(options(false));
        assert_eq!(case.outcome(), Outcome::Fail);
    }
}
