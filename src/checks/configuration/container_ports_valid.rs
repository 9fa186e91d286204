use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::inventory::container::{ContainerClass, ContainerPort};

check! {
    /// ## What it checks
    /// Declared ports have numbers from 1 to 65535, a protocol of `TCP`, `UDP` or `SCTP`, and names that
    /// the API server takes (at most 15 lower case letters, digits and single dashes, a letter among them).
    /// No two ports of containers that run at the same time have the same number and protocol, and none the
    /// same name.
    ///
    /// ## Why it matters
    /// The containers of a pod share one network: of two that listen on the same port, one fails. A name
    /// that two ports have sends a Service or a probe to one of them. What the server refuses fails the
    /// release.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - name: http_api
    ///           containerPort: 8080
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       ports:
    ///         - name: http-api
    ///           containerPort: 8080
    /// ```
    ///
    /// ## How to fix
    /// Correct the name or the number, or remove the declaration that is there twice.
    ///
    /// ## References
    /// - Kubernetes API reference: `ContainerPort`
    /// - RFC 6335, section 5.1: names of services
    name: "container-ports-valid",
    family: Configuration,
    severity: Low,
    title: "Declared ports are legal and not declared twice",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::WITH_PORTS, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let own = &subject.container.ports;
    let ports = own.iter().enumerate();
    ports
        .filter_map(|(index, port)| {
            let before = own.get(..index).unwrap_or_default();
            let (field, problem) = illegal(port).or_else(|| repeated(subject, before, port))?;
            Some(Statement::fail(container(&format!("ports[{index}].{field}")), problem))
        })
        .collect()
}

fn illegal(port: &ContainerPort) -> Option<(&'static str, String)> {
    let ContainerPort { name, container_port, host_port, protocol } = port;
    if !(1..=65535).contains(container_port) {
        return Some(("containerPort", format!("{container_port} is no port")));
    }
    if !(0..=65535).contains(host_port) {
        return Some(("hostPort", format!("{host_port} is no port")));
    }
    if !matches!(protocol.as_str(), "TCP" | "UDP" | "SCTP") {
        return Some(("protocol", "the protocol is none of TCP, UDP and SCTP".to_owned()));
    }
    let shown: String = name.chars().take(40).flat_map(char::escape_debug).take(80).collect();
    (!name.is_empty() && !is_service_name(name))
        .then(|| ("name", format!("`{shown}` cannot be the name of a port")))
}

/// What the server takes as the name of a port (RFC 6335, in lower case).
fn is_service_name(name: &str) -> bool {
    name.len() <= 15
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Whether a port was declared before, in this container or in one that runs beside it.
fn repeated(
    subject: &ContainerSubject<'_>,
    before: &[ContainerPort],
    port: &ContainerPort,
) -> Option<(&'static str, String)> {
    let runs_on = |class| matches!(class, ContainerClass::App | ContainerClass::Sidecar);
    let others = subject
        .pod()
        .all_containers()
        .take_while(|(class, index, _)| (*class, *index) != (subject.class, subject.index));
    let beside = others
        .filter(|(class, ..)| runs_on(*class) && runs_on(subject.class))
        .flat_map(|(_, _, container)| &container.ports);
    beside.chain(before).find_map(|other| {
        if !port.name.is_empty() && port.name == other.name {
            return Some(("name", format!("the name {} is that of another port", port.name)));
        }
        let same = (port.container_port, &port.protocol) == (other.container_port, &other.protocol);
        same.then(|| {
            (
                "containerPort",
                format!("port {}/{} is declared before already", port.container_port, port.protocol),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn ports(ports: serde_json::Value) -> Case {
        Case::of(&CHECK).container(json!({"ports": ports}))
    }

    #[test]
    fn names_are_those_of_services() {
        for (name, valid) in [
            ("http", true),
            ("a", true),
            ("9p", true),
            ("abcdefghijklmno", true),
            ("abcdefghijklmnop", false),
            ("80", false),
            ("a--b", false),
            ("-a", false),
            ("a-", false),
            ("Http", false),
            ("a_b", false),
        ] {
            let outcome = ports(json!([{"name": name, "containerPort": 80}])).outcome();
            assert_eq!(outcome == Outcome::Pass, valid, "{name}");
        }
    }

    #[test]
    fn numbers_and_protocols() {
        for port in [
            json!({}),
            json!({"containerPort": 65536}),
            json!({"containerPort": 1, "hostPort": -1}),
            json!({"containerPort": 1, "protocol": "tcp"}),
        ] {
            assert_eq!(ports(json!([port])).outcome(), Outcome::Fail, "{port}");
        }
        let both = json!([{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]);
        assert_eq!(ports(both).outcome(), Outcome::Pass);
        let named =
            |name: &str| json!([{"name": "a", "containerPort": 1}, {"name": name, "containerPort": 2}]);
        assert_eq!(ports(named("b")).outcome(), Outcome::Pass);
        assert_eq!(ports(named("a")).message(), "the name a is that of another port");
        let twice = json!([{"containerPort": 53}, {"containerPort": 53, "protocol": "TCP"}]);
        assert_eq!(ports(twice).message(), "port 53/TCP is declared before already");
    }

    #[test]
    fn disagreement_10_a_sidecar_shares_the_network_and_an_init_container_is_gone_by_then() {
        let beside = |restart: serde_json::Value| {
            let init = json!([{"name": "b", "image": "b:1", "restartPolicy": restart, "ports": [{"containerPort": 8080}]}]);
            Case::of(&CHECK).pod(json!({"initContainers": init}))
        };
        assert_eq!(
            beside(json!("Always")).fields(),
            ["spec.template.spec.initContainers[0].ports[0].containerPort"]
        );
        assert_eq!(beside(serde_json::Value::Null).outcome(), Outcome::Pass);
    }
}
