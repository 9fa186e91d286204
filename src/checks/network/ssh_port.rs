use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, ObjectSubject, Statement, classes::Classes};
use crate::checks::around::at;
use crate::checks::helpers::container;
use crate::inventory::Object;
use crate::inventory::command::Argument;
use crate::inventory::lenient::IntOrString;
use crate::inventory::object::ServiceType;

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
    /// No container declares port 22, as a port of its own or of the node, and no Service has it as its port, leads to it,
    /// or has the nodes lead there. A Service that sends to workloads is told of with them. One that stands for a name
    /// elsewhere has no port. Nor do `command` and `args` of a container start a server of remote shells (`sshd`, `dropbear`),
    /// at whatever port. Which programs an image starts by itself is not looked at.
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
    judges: [Service] of_service,
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let ports = subject.container.ports.iter().enumerate();
    let found = ports.filter_map(|(index, port)| {
        let fields = [("containerPort", port.container_port), ("hostPort", port.host_port)];
        let (field, number) = fields.into_iter().find(|(_, number)| parameters.ports.contains(number))?;
        let message = format!("{field} {number} is a port for remote shells");
        Some(Statement::fail(container(format!("ports[{index}].{field}")), message))
    });
    let own = subject.container;
    let started = [("command", &own.command), ("args", &own.args)].into_iter().flat_map(|(list, words)| {
        words.iter().filter_map(move |(place, word)| {
            let Argument::RemoteShell(program) = word else { return None };
            let message = format!("the container starts {program}, a server of remote shells");
            Some(Statement::fail(container(format!("{list}[{place}]")), message))
        })
    });
    found.chain(started).collect()
}

fn of_service(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    let Object::Service(service) = subject.object else {
        return Judgement::not_applicable("it is no Service");
    };
    if service.spec.kind == ServiceType::ExternalName {
        return Judgement::not_applicable("the Service stands for a name elsewhere");
    }
    let found = service.spec.ports.iter().enumerate().filter_map(|(index, port)| {
        let target = match port.effective_target() {
            IntOrString::Int(number) => number,
            IntOrString::String(_) => 0,
        };
        let fields = [("port", port.port), ("targetPort", target), ("nodePort", port.node_port)];
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
    use crate::inventory::Kind;
    use crate::inventory::lookup::Coverage;

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
    fn a_server_of_remote_shells_counts_at_whatever_port() {
        let started = |command: Value, args: Value| {
            Case::of(&CHECK).container(json!({"command": command, "args": args}))
        };
        let at = |field: &str| vec![format!("spec.template.spec.containers[0].{field}")];
        let daemon = started(json!(["/usr/sbin/sshd", "-D", "-p", "2222"]), Value::Null);
        assert_eq!(daemon.fields(), at("command[0]"));
        assert_eq!(daemon.message(), "the container starts sshd, a server of remote shells");
        let script = started(json!(["sh", "-c"]), json!(["mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e"]));
        assert_eq!(script.fields(), at("args[0]"));
        let named = started(json!(["exporter", "--process", "sshd"]), json!(["--config=/etc/sshd"]));
        assert_eq!(named.outcome(), Outcome::Pass, "it watches one");
    }

    #[test]
    fn the_ports_of_services_count_with_the_workload_or_alone() {
        let service = |port: Value| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                "spec": {"selector": {"app": "web"}, "ports": [port]}})
        };
        let ssh = || service(json!({"port": 22, "targetPort": 8080}));
        let found = Case::of(&CHECK).with(ssh()).judged().findings.remove(0);
        assert_eq!((found.field.as_str(), found.container), ("spec.ports[0].port", None));
        assert_eq!(found.object.unwrap().to_string(), "Service shop/web");
        let alone = |port: Value| ObjectCase::of(&CHECK, service(port));
        assert_eq!(alone(json!({"port": 22})).fields(), ["spec.ports[0].port"]);
        assert_eq!(alone(json!({"port": 2222, "targetPort": 22})).fields(), ["spec.ports[0].targetPort"]);
        let node = json!({"port": 2222, "targetPort": "shell", "nodePort": 30022});
        assert_eq!(alone(node.clone()).outcome(), Outcome::Pass);
        let asked = alone(node).parameters(json!({"ports": [30022]}));
        assert_eq!(asked.fields(), ["spec.ports[0].nodePort"]);
        let mut elsewhere = ssh();
        elsewhere["spec"]["type"] = json!("ExternalName");
        assert_eq!(ObjectCase::of(&CHECK, elsewhere).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn services_that_no_file_gives_are_not_judged_and_those_that_a_cluster_hides_are_unknown() {
        let of = |coverage| Case::of(&CHECK).coverage_of(Kind::Service, coverage).outcome();
        assert_eq!(of(Coverage::Partial), Outcome::Pass);
        assert_eq!([of(Coverage::Forbidden), of(Coverage::Stale)], [Outcome::Unknown; 2]);
    }

    #[test]
    fn the_ports_are_those_of_the_policy() {
        let telnet = json!({"ports": [22, 23]});
        assert_eq!(of(json!({"containerPort": 23})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"containerPort": 23})).parameters(telnet).outcome(), Outcome::Fail);
    }
}
