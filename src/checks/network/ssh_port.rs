use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;

/// Parameters of `ssh-port`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The ports that no container may declare.
    ports: Vec<i64>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { ports: vec![22] }
    }
}

check! {
    /// ## What it checks
    /// No container declares port 22, as a port of its own or of the node.
    ///
    /// ## Why it matters
    /// A container with an SSH server is a second way in, past the API server: no audit log, other keys,
    /// other rights, and one more program to keep up to date.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 22
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - containerPort: 8080
    /// ```
    ///
    /// ## How to fix
    /// Remove the SSH server; use `kubectl exec` or `kubectl debug`. Let a service that speaks SSH by its
    /// nature (Git, SFTP) listen on another port.
    ///
    /// ## Parameters
    /// - `ports`: the ports that no container may declare (default 22).
    ///
    /// ## References
    /// - Kubernetes documentation: Get a Shell to a Running Container
    name: "ssh-port",
    family: Network,
    severity: Medium,
    title: "Containers do not serve SSH",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let ports = subject.container.ports.iter().enumerate();
    let found = ports.filter_map(|(index, port)| {
        let fields = [("containerPort", port.container_port), ("hostPort", port.host_port)];
        let (field, number) = fields.into_iter().find(|(_, number)| parameters.ports.contains(number))?;
        let message = format!("{field} {number} is a port for remote shells");
        Some(Statement::fail(container(format!("ports[{index}].{field}")), message))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(port: Value) -> Case {
        Case::of(&CHECK).container(json!({"ports": [port]}))
    }

    #[test]
    fn the_port_of_the_container_and_of_the_node_count() {
        let at = |field: &str| vec![format!("spec.template.spec.containers[0].ports[0].{field}")];
        assert_eq!(of(json!({"containerPort": 22})).fields(), at("containerPort"));
        assert_eq!(of(json!({"containerPort": 2022, "hostPort": 22})).fields(), at("hostPort"));
        assert_eq!(of(json!({"containerPort": 2022})).outcome(), Outcome::Pass);
    }

    #[test]
    fn the_ports_are_those_of_the_policy() {
        let telnet = json!({"ports": [22, 23]});
        assert_eq!(of(json!({"containerPort": 23})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"containerPort": 23})).parameters(telnet).outcome(), Outcome::Fail);
    }
}
