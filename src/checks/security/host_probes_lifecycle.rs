use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::{helpers::container, probe_list::hosts};

check! {
    /// ## What it checks
    /// No probe and no lifecycle hook sets `host` in `httpGet` or `tcpSocket`.
    ///
    /// ## Why it matters
    /// The kubelet makes these requests, from the node's network: with a `host` of his own, whoever may create
    /// a pod has the node ask addresses that the pod could not reach, the cloud's metadata service for
    /// instance. And a probe of another host says nothing about this container.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         httpGet:
    ///           host: 169.254.169.254
    ///           port: 80
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Remove `host`. A server that tells hosts apart gets the name in a `Host` header (`httpHeaders`); one
    /// that listens on the loopback only needs an `exec` probe.
    ///
    /// ## References
    /// - Pod Security Standards, Baseline: Host Probes / Lifecycle Hooks
    name: "host-probes-lifecycle",
    family: Security,
    severity: Medium,
    title: "Probes and lifecycle hooks ask only the pod itself",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    hosts(subject.container)
        .map(|(field, host)| {
            // Before an `@` there may be a password.
            let shown = if host.contains('@') { "another host than the pod" } else { host };
            Statement::fail(
                container(field),
                format!("the kubelet is told to ask {shown}, from the node's network"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn each_host_is_a_finding_where_it_is_set() {
        let get = json!({"httpGet": {"host": "10.0.0.1", "port": 80}});
        let socket = json!({"tcpSocket": {"host": "10.0.0.1", "port": 80}});
        let case = Case::of(&CHECK)
            .container(json!({
                "readinessProbe": get, "livenessProbe": {"httpGet": null}, "startupProbe": null,
                "lifecycle": {"postStart": get, "preStop": socket},
            }))
            .container(json!({"livenessProbe": socket}));
        let expected = [
            "livenessProbe.tcpSocket",
            "readinessProbe.httpGet",
            "lifecycle.postStart.httpGet",
            "lifecycle.preStop.tcpSocket",
        ];
        assert_eq!(
            case.fields(),
            expected.map(|field| format!("spec.template.spec.containers[0].{field}.host"))
        );
    }

    #[test]
    fn an_empty_host_is_the_pod() {
        let probe = json!({"readinessProbe": {"httpGet": {"host": "", "port": 80}}});
        assert_eq!(Case::of(&CHECK).container(probe).outcome(), Outcome::Pass);
    }

    #[test]
    fn what_may_be_a_password_is_not_shown() {
        let probe = json!({"readinessProbe": {"httpGet": {"host": "me:hunter2@db", "port": 80}}});
        assert!(!Case::of(&CHECK).container(probe).message().contains("hunter2"));
    }
}
