use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, ObjectSubject, Statement, classes::Classes};
use crate::checks::around::at;
use crate::checks::documents;
use crate::checks::helpers::container;
use crate::inventory::lenient::IntOrString;
use crate::inventory::{Kind, Object};

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
    /// No container declares port 22, as a port of its own or of the node, and no Service of the files has it as its
    /// port or leads to it. Services of a cluster are not looked at.
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
    orphans: [Service] of_orphan,
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let ports = subject.container.ports.iter().enumerate();
    let found = ports.filter_map(|(index, port)| {
        let fields = [("containerPort", port.container_port), ("hostPort", port.host_port)];
        let (field, number) = fields.into_iter().find(|(_, number)| parameters.ports.contains(number))?;
        let message = format!("{field} {number} is a port for remote shells");
        Some(Statement::fail(container(format!("ports[{index}].{field}")), message))
    });
    // Of a Service each container says the same, which is one finding.
    let services = documents::beside_of(&subject.workload, Kind::Service);
    let services = services.into_iter().flat_map(|object| {
        of_service(object, parameters).into_iter().map(|statement| statement.about(object.key()))
    });
    found.chain(services).collect()
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    if documents::is_given(subject.object) {
        of_service(subject.object, parameters).into_iter().collect()
    } else {
        Judgement::not_applicable(documents::LIVE)
    }
}

fn of_service(object: &Object, parameters: &Parameters) -> Vec<Statement> {
    let Object::Service(service) = object else { return Vec::new() };
    let found = service.spec.ports.iter().enumerate().filter_map(|(index, port)| {
        let target = match port.effective_target() {
            IntOrString::Int(number) => number,
            IntOrString::String(_) => 0,
        };
        let fields = [("port", port.port), ("targetPort", target)];
        let (field, number) = fields.into_iter().find(|(_, number)| parameters.ports.contains(number))?;
        let message = format!("{field} {number} is a port for remote shells");
        Some(Statement::fail(at(format!("spec.ports[{index}].{field}")), message))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

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
    fn the_ports_of_services_in_files_count() {
        let service = |port: i64, target: i64| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": port, "targetPort": target}]}})
        };
        let found = Case::of(&CHECK).with_document(service(22, 8080)).judged().findings.remove(0);
        assert_eq!((found.field.as_str(), found.container), ("spec.ports[0].port", None));
        assert_eq!(found.object.unwrap().to_string(), "Service shop/web");
        let target = Case::of(&CHECK).with_document(service(2222, 22));
        assert_eq!(target.fields(), ["spec.ports[0].targetPort"]);
        assert_eq!(Case::of(&CHECK).with_document(service(2222, 8080)).outcome(), Outcome::Pass);
        let alone = ObjectCase::of(&CHECK, service(22, 8080));
        assert_eq!(alone.in_a_document().fields(), ["spec.ports[0].port"]);
    }

    #[test]
    fn the_ports_are_those_of_the_policy() {
        let telnet = json!({"ports": [22, 23]});
        assert_eq!(of(json!({"containerPort": 23})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"containerPort": 23})).parameters(telnet).outcome(), Outcome::Fail);
    }
}
