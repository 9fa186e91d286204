use std::collections::BTreeMap;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;
use crate::inventory::container::{ContainerClass, ContainerPort};
use crate::inventory::selector::is_service_name;

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
    let mut declared = Declared::beside(subject);
    let ports = subject.container.ports.iter().enumerate();
    ports
        .filter_map(|(index, port)| {
            let repeated = declared.repeated(port);
            declared.add(port);
            let (field, problem) = illegal(port).or(repeated)?;
            Some(Statement::fail(container(format!("ports[{index}].{field}")), problem))
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

/// What was declared before, in this container or in those that run beside it, each with its number.
#[derive(Default)]
struct Declared<'a> {
    number: usize,
    names: BTreeMap<&'a str, usize>,
    ports: BTreeMap<(i64, &'a str), usize>,
}

impl<'a> Declared<'a> {
    /// What containers in front of this one declare that run at the same time.
    fn beside(subject: &ContainerSubject<'a>) -> Self {
        let runs_on = |class| matches!(class, ContainerClass::App | ContainerClass::Sidecar);
        let others = subject
            .pod()
            .all_containers()
            .take_while(|(class, index, _)| (*class, *index) != (subject.class, subject.index));
        let beside = others.filter(|(class, ..)| runs_on(*class) && runs_on(subject.class));
        let mut declared = Self::default();
        beside.flat_map(|(_, _, container)| &container.ports).for_each(|port| declared.add(port));
        declared
    }

    fn add(&mut self, port: &'a ContainerPort) {
        self.number += 1;
        self.names.entry(&port.name).or_insert(self.number);
        self.ports.entry((port.container_port, &port.protocol)).or_insert(self.number);
    }

    /// What a port has in common with the first that was declared before and has something in common with it.
    fn repeated(&self, port: &ContainerPort) -> Option<(&'static str, String)> {
        let named = self.names.get(port.name.as_str()).filter(|_| !port.name.is_empty());
        let same = self.ports.get(&(port.container_port, port.protocol.as_str()));
        match (named, same) {
            (Some(named), same) if same.is_none_or(|same| named <= same) => {
                Some(("name", format!("the name {} is that of another port", port.name)))
            }
            (_, Some(_)) => {
                let shown = format!("{}/{}", port.container_port, port.protocol);
                Some(("containerPort", format!("port {shown} is declared before already")))
            }
            (_, None) => None,
        }
    }
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
    fn of_two_ports_that_have_something_in_common_the_first_is_told() {
        let third = |name: &str, number: u16| {
            let port = |name: &str, number: u16| json!({"name": name, "containerPort": number});
            ports(json!([port("a", 1), port("b", 2), port(name, number)])).message()
        };
        assert_eq!(third("b", 1), "port 1/TCP is declared before already");
        assert_eq!(third("a", 2), "the name a is that of another port");
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
