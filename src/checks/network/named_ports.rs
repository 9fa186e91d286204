use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::checks::probe_list::{probes, target};
use crate::inventory::lenient::IntOrString;

check! {
    /// ## What it checks
    /// The ports that a container declares have names, and its HTTP and TCP probes go to a port by its
    /// name. (A gRPC probe takes a number only.)
    ///
    /// ## Why it matters
    /// A number that stands in four places is changed in three. A name lets the port change in one place.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 8080
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
    /// Name the port, and use the name in probes and Services.
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Port definitions
    name: "named-ports",
    family: Network,
    severity: Info,
    title: "Ports have names, and probes use them",
    profiles: [],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = subject.container;
    let nameless = own.ports.iter().enumerate().filter(|(_, port)| port.name.is_empty());
    let nameless = nameless.map(|(index, port)| {
        let message = format!("port {} has no name", port.container_port);
        Statement::fail(container(format!("ports[{index}].name")), message)
    });
    let by_number = probes(own).filter_map(|(field, probe)| {
        let target = target(probe)?;
        let IntOrString::Int(number) = target.port else { return None };
        let (path, message) = (
            format!("{field}.{}.port", target.handler),
            format!("the probe goes to port {number}, not to a name"),
        );
        (target.handler != "grpc").then(|| Statement::fail(container(path), message))
    });
    nameless.chain(by_number).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn ports_and_probes_are_both_looked_at() {
        let case = Case::of(&CHECK).container(json!({
            "ports": [{"containerPort": 8080}],
            "readinessProbe": {"httpGet": {"port": 8080}},
            "livenessProbe": {"httpGet": null, "grpc": {"port": 9}},
        }));
        let at = "spec.template.spec.containers[0]";
        assert_eq!(
            case.fields(),
            [format!("{at}.ports[0].name"), format!("{at}.readinessProbe.httpGet.port")]
        );
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
    }
}
