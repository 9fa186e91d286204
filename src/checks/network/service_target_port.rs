use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Severity, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::services::{judge_alone, judge_services};
use crate::inventory::container::ContainerClass;
use crate::inventory::lenient::IntOrString;
use crate::inventory::object::ServicePort;
use crate::inventory::selector::{is_dns_label, is_service_name};

check! {
    /// ## What it checks
    /// Every `targetPort` of a Service that sends to the workload is a port of its app or sidecar containers:
    /// a name must be declared by one of them, for the protocol of the Service's port (TCP unless it says otherwise).
    /// A number that none declares for that protocol is a finding of low severity, because the declaration is
    /// information only. The ports of every Service, also of one that sends to no workload, have names and numbers that the
    /// API server takes: from 1 to 65535; `name` of at most 63 lower case letters, digits and dashes, `targetPort` of at most 15,
    /// a letter among them.
    ///
    /// ## Why it matters
    /// A name that no container declares resolves to nothing: the Service has no endpoints, and every request
    /// to it fails. A name that is declared for another protocol resolves to nothing, either.
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
    ///   ports: [{port: 80, targetPort: http}]
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
    ///       ports: [{name: http, containerPort: 8080}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   ports: [{port: 80, targetPort: http}]
    /// ```
    ///
    /// ## How to fix
    /// Give the port of the container the name that the Service uses, or correct `targetPort`.
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Port definitions
    name: "service-target-port",
    family: Network,
    severity: High,
    title: "Services send to ports that the pods have",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: NoParameters,
    rule: Workload(evaluate),
    orphans: [Service] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge_services(subject, CHECK.severity, |service| {
        let ports = service.spec.ports.iter().enumerate();
        let judged = ports.flat_map(|(index, port)| {
            let illegal = illegal(index, port);
            if illegal.is_empty() { of_port(subject, index, port).into_iter().collect() } else { illegal }
        });
        judged.collect()
    })
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    judge_alone(subject, |service| {
        let ports = service.spec.ports.iter().enumerate();
        ports.flat_map(|(index, port)| illegal(index, port)).collect()
    })
}

/// What the server does not take of a port.
fn illegal(index: usize, port: &ServicePort) -> Vec<Statement> {
    let fail =
        |field: &str, message: String| Statement::fail(at(format!("spec.ports[{index}].{field}")), message);
    let is_number = |number: i64| (1..=65535).contains(&number);
    let name = &port.name;
    let is_named = name.is_empty() || (name.len() <= 63 && is_dns_label(name));
    let unnamed = || fail("name", format!("a port cannot have the name {}", quoted(name, 63)));
    let mut statements: Vec<Statement> = (!is_named).then(unnamed).into_iter().collect();
    if !is_number(port.port) {
        statements.push(fail("port", format!("the port {} is none from 1 to 65535", port.port)));
    }
    match port.effective_target() {
        IntOrString::Int(number) if !is_number(number) && number != port.port => {
            statements.push(fail("targetPort", format!("the port {number} is none from 1 to 65535")));
        }
        IntOrString::String(target) if !is_service_name(&target) => {
            let message = format!("no container's port can have the name {}", quoted(&target, 63));
            statements.push(fail("targetPort", message));
        }
        _ => {}
    }
    statements
}

fn of_port(subject: &WorkloadSubject<'_>, index: usize, port: &ServicePort) -> Option<Statement> {
    let target = port.effective_target();
    let serving =
        subject.containers().filter(|one| matches!(one.class, ContainerClass::App | ContainerClass::Sidecar));
    let declared = serving.flat_map(|one| one.container.ports.iter());
    let meant: Vec<_> = declared
        .filter(|own| match &target {
            IntOrString::String(name) => own.name == *name,
            IntOrString::Int(number) => own.container_port == *number,
        })
        .collect();
    if meant.iter().any(|own| port.protocol.is_of(&own.protocol)) {
        return None;
    }
    let field = at(format!("spec.ports[{index}].targetPort"));
    // What is declared, if anything, is for another protocol.
    let protocol = port.protocol.as_str().filter(|_| !meant.is_empty());
    let protocol = protocol.map_or_else(String::new, |protocol| format!(" for {protocol}"));
    Some(match &target {
        IntOrString::String(name) => {
            let name = quoted(name, 63);
            let message = format!("no container of the pods declares a port of the name {name}{protocol}");
            Statement::fail(field, message)
        }
        IntOrString::Int(number) => {
            let message = format!("no container of the pods declares port {number}{protocol}");
            Statement::fail(field, message).graded(Severity::Low)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{behind_service, service};
    use crate::checks::testing_objects::ObjectCase;
    use crate::inventory::lookup::Coverage;

    fn of(patch: Value) -> Case {
        behind_service(&CHECK, patch)
    }

    #[test]
    fn disagreement_44_services_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }

    #[test]
    fn what_is_not_known_is_said_unless_a_finding_of_its_severity_stands() {
        let to = |port: Value| {
            let case = of(json!({"ports": [{"port": 80, "targetPort": port}]}));
            let judged = case.coverage(Coverage::Partial).judged();
            judged.findings.into_iter().map(|found| found.outcome).collect::<Vec<_>>()
        };
        assert_eq!(to(json!("gone")), [Outcome::Fail]);
        assert_eq!(to(json!(9)), [Outcome::Fail, Outcome::Unknown], "a low finding does not outweigh it");
        assert_eq!(to(json!("http")), [Outcome::Unknown]);
    }

    #[test]
    fn disagreement_23_a_name_must_be_declared_and_a_number_should_be() {
        let to = |port: Value| of(json!({"ports": [{"port": 80, "targetPort": port}]}));
        assert_eq!(to(json!("http")).outcome(), Outcome::Pass);
        assert_eq!(to(json!(8080)).outcome(), Outcome::Pass);
        let named = to(json!("gone")).judged().findings;
        assert_eq!((named[0].grade, named[0].field.as_str()), (None, "spec.ports[0].targetPort"));
        assert_eq!(to(json!(9)).judged().findings[0].grade, Some(Severity::Low));
        assert_eq!(to(Value::Null).message(), "no container of the pods declares port 80");
    }

    #[test]
    fn a_port_that_is_declared_for_another_protocol_is_not_the_one_that_the_service_sends_to() {
        let sent = |target: Value, protocol: &str, declared: Value| {
            let container = json!({"name": "app", "ports": [declared]});
            of(json!({"ports": [{"port": 53, "protocol": protocol, "targetPort": target}]}))
                .pod(json!({"containers": [container]}))
        };
        let tcp = || json!({"name": "dns", "containerPort": 5353});
        let udp = || json!({"name": "dns", "containerPort": 5353, "protocol": "UDP"});
        let name = || sent(json!("dns"), "UDP", tcp());
        assert_eq!(name().message(), "no container of the pods declares a port of the name dns for UDP");
        assert_eq!(name().judged().findings[0].grade, None);
        assert_eq!(sent(json!("dns"), "UDP", udp()).outcome(), Outcome::Pass);
        assert_eq!(sent(json!("dns"), "TCP", tcp()).outcome(), Outcome::Pass);
        assert_eq!(sent(json!("dns"), "TCP", udp()).outcome(), Outcome::Fail);
        let number = sent(json!(5353), "UDP", tcp());
        assert_eq!(number.message(), "no container of the pods declares port 5353 for UDP");
        assert_eq!(number.judged().findings[0].grade, Some(Severity::Low));
        assert_eq!(sent(json!(5353), "udp", tcp()).outcome(), Outcome::Pass, "the server refuses it");
    }

    #[test]
    fn disagreement_10_sidecars_serve_and_init_containers_do_not() {
        let init = |policy: Value| {
            let ports = json!([{"name": "side", "containerPort": 9}]);
            let container = json!([{"name": "i", "restartPolicy": policy, "ports": ports}]);
            of(json!({"ports": [{"port": 80, "targetPort": "side"}]}))
                .pod(json!({"initContainers": container}))
        };
        assert_eq!(init(json!("Always")).outcome(), Outcome::Pass);
        assert_eq!(init(Value::Null).outcome(), Outcome::Fail);
    }

    #[test]
    fn names_and_numbers_are_what_the_server_takes_with_a_workload_or_without() {
        let ports =
            || json!({"ports": [{"name": "HTTP_Port", "port": 80, "targetPort": "HTTP_main_port_x"}]});
        let field = |field: &str| format!("spec.ports[0].{field}");
        assert_eq!(of(ports()).fields(), [field("name"), field("targetPort")]);
        let alone = |spec: Value| ObjectCase::of(&CHECK, service("web", spec));
        assert_eq!(alone(ports()).fields(), [field("name"), field("targetPort")]);
        let number = json!({"ports": [{"name": "http", "port": 99999, "targetPort": 0}]});
        assert_eq!(alone(number).fields(), [field("port")], "that is where it is sent to as well");
        let target = |target: Value| alone(json!({"ports": [{"port": 80, "targetPort": target}]}));
        assert_eq!(target(json!(70000)).message(), "the port 70000 is none from 1 to 65535");
        assert_eq!(target(json!("8080")).outcome(), Outcome::Fail, "a number is not written as a text");
        assert_eq!(target(json!("http")).outcome(), Outcome::Pass, "who would declare it is not known");
    }
}
