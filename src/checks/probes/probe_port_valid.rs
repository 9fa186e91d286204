use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::probe_list::{Target, probes, resolve, target};
use crate::inventory::container::Container;
use crate::inventory::lenient::IntOrString;

check! {
    /// ## What it checks
    /// The port of every probe exists: a name is that of a port of the same container, a number is between 1
    /// and 65535. A number that the container does not declare is a finding of severity Low: declaring a port
    /// is information only, so such a probe works. What a batch workload has in probes is judged, too.
    ///
    /// ## Why it matters
    /// The kubelet cannot resolve the name of a port that its container does not declare, so the probe fails
    /// every time: the container never becomes ready, or is restarted for ever.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - name: web
    ///           containerPort: 8080
    ///       readinessProbe:
    ///         httpGet:
    ///           path: /ready
    ///           port: http
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - name: http
    ///           containerPort: 8080
    ///       readinessProbe:
    ///         httpGet:
    ///           path: /ready
    ///           port: http
    /// ```
    ///
    /// ## How to fix
    /// Declare the port under `ports` of the same container, and give the probe its name.
    ///
    /// ## References
    /// - Kubernetes documentation: Configure Liveness, Readiness and Startup Probes
    name: "probe-port-valid",
    family: Probes,
    severity: High,
    title: "Probes go to ports that exist",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = subject.container;
    let targets: Vec<_> = probes(own).filter_map(|(field, probe)| Some((field, target(probe)?))).collect();
    if targets.is_empty() {
        return Judgement::not_applicable("the container has no probe with a port");
    }
    targets
        .iter()
        .filter_map(|(probe, target)| {
            let (severity, problem) = problem(own, target)?;
            let field = container(format!("{probe}.{}.port", target.handler));
            Some(Statement::fail(field, problem).graded(severity))
        })
        .collect()
}

fn problem(own: &Container, target: &Target<'_>) -> Option<(Severity, String)> {
    let Target { port, host, .. } = target;
    match (port, resolve(own, port)) {
        (IntOrString::String(name), None) => {
            let name = name.escape_debug();
            Some((Severity::High, format!("the container declares no port of the name `{name}`")))
        }
        (_, Some(number)) if !(1..=65535).contains(&number) => {
            Some((Severity::High, format!("{number} is not the number of a port")))
        }
        // On another host the container's ports mean nothing.
        (IntOrString::Int(number), _) if host.is_empty() => {
            let declared = own.ports.iter().any(|declared| declared.container_port == *number);
            (!declared).then(|| (Severity::Low, format!("the container does not declare port {number}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn startup(probe: Value) -> Case {
        Case::of(&CHECK).container(json!({"startupProbe": null})).container(json!({"startupProbe": probe}))
    }

    fn grade(case: &Case) -> Option<Severity> {
        let findings = case.judged().findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings[0].grade
    }

    #[test]
    fn an_unresolved_name_is_high_and_an_undeclared_number_low() {
        let name = startup(json!({"tcpSocket": {"port": "grpc"}}));
        assert_eq!(grade(&name), Some(Severity::High));
        assert_eq!(name.fields(), ["spec.template.spec.containers[0].startupProbe.tcpSocket.port"]);
        assert_eq!(grade(&startup(json!({"grpc": {"port": 9000}}))), Some(Severity::Low));
    }

    #[test]
    fn a_number_in_quotes_is_a_name() {
        assert_eq!(grade(&startup(json!({"tcpSocket": {"port": "8080"}}))), Some(Severity::High));
    }

    #[test]
    fn no_port_or_one_out_of_range_is_high() {
        for port in [json!(0), json!(70000), json!("")] {
            assert_eq!(grade(&startup(json!({"httpGet": {"port": port}}))), Some(Severity::High));
        }
    }

    #[test]
    fn a_name_resolves_in_the_same_container_only() {
        let case = startup(json!({"tcpSocket": {"port": "metrics"}})).pod(json!({"initContainers": [
            {"name": "proxy", "restartPolicy": "Always", "ports": [{"name": "metrics", "containerPort": 9090}]},
        ]}));
        assert_eq!(grade(&case), Some(Severity::High));
    }

    #[test]
    fn a_number_on_another_host_is_not_this_containers_business() {
        let probe = json!({"httpGet": {"port": 9999, "host": "elsewhere.example"}});
        assert_eq!(startup(probe).outcome(), Outcome::Pass);
    }

    #[test]
    fn commands_have_no_port() {
        let exec = json!({"exec": {"command": ["/check"]}});
        let none = json!({"livenessProbe": null, "readinessProbe": null});
        assert_eq!(startup(exec).container(none).outcome(), Outcome::NotApplicable);
    }
}
