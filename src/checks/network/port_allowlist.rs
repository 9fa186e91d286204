use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, WorkloadSubject};
use crate::checks::around::{at, key_of};
use crate::checks::flows::numbers;
use crate::checks::helpers::pod_labels;
use crate::checks::services;
use crate::inventory::Kind;
use crate::inventory::container::ContainerClass;
use crate::inventory::lenient::IntOrString;
use crate::inventory::object::Service;

/// Parameters of `port-allowlist`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Parameters {
    /// Ports of pods that may be reached.
    allowed: BTreeSet<i64>,
}

check! {
    /// ## What it checks
    /// Every port of the pods at which a Service, and through it an Ingress, or a port of the node reaches them is among
    /// `allowed`. A Service's port by name counts as the one that a container declares under it. A port that
    /// a container declares and that is neither allowed nor reached by any of these is a candidate to be closed
    /// (Low).
    ///
    /// ## Why it matters
    /// A port that nobody decided on is one that nobody watches: a debugger, an administration console, a metrics page
    /// with the names of customers in it.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{name: http, port: 80, targetPort: 8080}, {name: debug, port: 5005}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{name: http, port: 80, targetPort: 8080}]
    /// ```
    ///
    /// ## How to fix
    /// Take the port out of the Service or the container, or add it to `allowed` of a policy that is about this workload.
    ///
    /// ## Parameters
    /// - `allowed`: ports of pods that may be reached (default none, and then nothing is judged).
    ///
    /// ### With parameters
    /// ```yaml
    /// allowed: [8080]
    /// ```
    ///
    /// ## References
    /// - CIS Kubernetes Benchmark: Network Policies and CNI
    name: "port-allowlist",
    family: Network,
    severity: Medium,
    title: "Only ports that somebody decided on are reached",
    profiles: [],
    reads: [Service],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.allowed.is_empty() {
        return Judgement::not_applicable("the policy names no ports");
    }
    let services = services::of(subject);
    let mut reached = BTreeSet::new();
    let mut statements: Vec<Statement> = Vec::new();
    for service in &services.found {
        statements.extend(of_service(subject, service, parameters, &mut reached));
    }
    let is_serving =
        |one: &ContainerSubject<'_>| matches!(one.class, ContainerClass::App | ContainerClass::Sidecar);
    for container in subject.containers().filter(is_serving) {
        statements.extend(of_container(&container, parameters, &reached));
    }
    let fails = statements.iter().any(|statement| statement.grade.is_none());
    if let Some(cause) = services.incomplete.filter(|_| !fails) {
        let message = "which Services send to the workload is not known in full";
        statements.push(Statement::unknown(cause, pod_labels(subject), message));
    }
    statements.into_iter().collect()
}

fn of_service(
    subject: &WorkloadSubject<'_>,
    service: &Service,
    parameters: &Parameters,
    reached: &mut BTreeSet<i64>,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (index, port) in service.spec.ports.iter().enumerate() {
        let targets = match port.effective_target() {
            IntOrString::Int(number) => vec![number],
            IntOrString::String(name) => numbers(subject, &name, |own| port.protocol.is_of(own)),
        };
        reached.extend(&targets);
        for number in targets.iter().filter(|number| !parameters.allowed.contains(number)) {
            let message = format!("the Service reaches port {number}, which is not among those allowed");
            let statement = Statement::fail(at(format!("spec.ports[{index}].targetPort")), message);
            statements.push(statement.about(key_of(Kind::Service, &service.metadata)));
        }
    }
    statements
}

fn of_container(
    subject: &ContainerSubject<'_>,
    parameters: &Parameters,
    reached: &BTreeSet<i64>,
) -> Vec<Statement> {
    let path = subject.path();
    let ports = subject.container.ports.iter().enumerate();
    let others = ports.filter(|(_, port)| !parameters.allowed.contains(&port.container_port));
    let said = others.filter_map(|(index, port)| {
        let number = port.container_port;
        if port.host_port != 0 {
            let message =
                format!("a port of the node reaches port {number}, which is not among those allowed");
            return Some(Statement::fail(at(format!("{path}.ports[{index}].hostPort")), message));
        }
        let message = format!("port {number} is declared, and neither allowed nor reached by a Service");
        let field = at(format!("{path}.ports[{index}].containerPort"));
        (!reached.contains(&number)).then(|| Statement::fail(field, message).graded(Severity::Low))
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::behind_service;
    use crate::inventory::lookup::Coverage;

    fn allowing(case: Case, ports: Value) -> Case {
        case.parameters(json!({ "allowed": ports }))
    }

    #[test]
    fn what_a_service_reaches_is_allowed_by_name_or_number() {
        let web = || behind_service(&CHECK, json!({}));
        assert_eq!(web().outcome(), Outcome::NotApplicable);
        assert_eq!(allowing(web(), json!([8080])).outcome(), Outcome::Pass);
        let named = allowing(web(), json!([9090]));
        assert_eq!(named.message(), "the Service reaches port 8080, which is not among those allowed");
        let judged = named.judged();
        assert_eq!(judged.findings[0].object.as_ref().unwrap().to_string(), "Service shop/web");
        let number =
            behind_service(&CHECK, json!({"ports": [{"port": 80, "targetPort": 8080}, {"port": 5005}]}));
        assert_eq!(allowing(number, json!([8080])).fields(), ["spec.ports[1].targetPort"]);
    }

    #[test]
    fn a_name_stands_for_the_port_of_the_services_protocol() {
        let ports = json!([{"name": "dns", "containerPort": 53},
            {"name": "dns", "containerPort": 5353, "protocol": "UDP"}]);
        let udp =
            behind_service(&CHECK, json!({"ports": [{"port": 53, "protocol": "UDP", "targetPort": "dns"}]}));
        let judged = allowing(udp.container(json!({ "ports": ports })), json!([53])).judged();
        let said: Vec<_> = judged.findings.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(said, ["the Service reaches port 5353, which is not among those allowed"]);
    }

    #[test]
    fn ports_of_the_node_count_and_declared_ones_are_candidates() {
        let ports =
            json!([{"containerPort": 8080}, {"containerPort": 9, "hostPort": 9}, {"containerPort": 10}]);
        let judged = allowing(Case::of(&CHECK).container(json!({ "ports": ports })), json!([8080])).judged();
        let said: Vec<_> = judged.findings.iter().map(|found| (found.field.as_str(), found.grade)).collect();
        let path = "spec.template.spec.containers[0].ports";
        assert_eq!(
            said,
            [
                (format!("{path}[1].hostPort").as_str(), None),
                (format!("{path}[2].containerPort").as_str(), Some(Severity::Low)),
            ]
        );
    }

    #[test]
    fn disagreement_44_services_that_are_not_known_leave_it_open() {
        let partial = allowing(Case::of(&CHECK), json!([8080])).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
    }
}
