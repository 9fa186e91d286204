use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_for_batch};
use crate::inventory::container::{Container, ContainerClass, ContainerPort};
use crate::inventory::lenient::IntOrString;
use crate::inventory::lookup::Cause;
use crate::inventory::object::{PortProtocol, Service};

/// Parameters of `readiness-probe`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// `service-backed`: containers that a Service sends to, and the only app container of a pod.
    /// `all`: every app container, and sidecars that a Service sends to.
    scope: Scope,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Scope {
    #[default]
    ServiceBacked,
    All,
}

check! {
    /// ## What it checks
    /// Every app container that serves has a readiness probe: one whose port a Service sends to (of the same
    /// protocol), or the only app container of its pod. A sidecar needs one only if a Service sends to it. With
    /// `scope: all` every app container needs one.
    ///
    /// Which of several containers listens on a number that none of them declares is not known, whatever other ports
    /// they declare. Where none of them has a readiness probe, that one has none either; where some have, whether it is
    /// one of these is Unknown.
    ///
    /// ## Why it matters
    /// Without a readiness probe a container counts as ready the moment it starts, so it gets traffic
    /// that it cannot answer yet, and a rollout goes on over pods that never work.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       readinessProbe:
    ///         httpGet:
    ///           path: /ready
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Add a `readinessProbe` that succeeds only while the container can serve. Where a Service sends to a number that
    /// no container declares, declare it in `ports` of the one that listens there.
    ///
    /// ## Parameters
    /// - `scope`: `service-backed` (default) or `all`.
    ///
    /// ## References
    /// - Kubernetes documentation: Liveness, Readiness, and Startup Probes
    name: "readiness-probe",
    family: Probes,
    severity: High,
    title: "Containers that serve have a readiness probe",
    profiles: [Membership::of(Profile::Standard)],
    reads: [Service],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_for_batch(&subject.workload) {
        return judgement;
    }
    if subject.container.readiness_probe.is_some() {
        return Judgement::pass();
    }
    let app = subject.class == ContainerClass::App;
    let only = app && subject.pod().containers.len() == 1;
    let missing =
        |why: &str| Judgement::fail(container("readinessProbe"), format!("no readiness probe; {why}"));
    if app && parameters.scope == Scope::All {
        return missing("every container needs one");
    }
    if only {
        return missing("the pod has no other container that could serve");
    }
    let services = subject.workload.namespace.services_selecting(subject.workload.workload);
    if let Some(service) = services.found.iter().find(|service| targets(service, subject)) {
        return missing(&format!("Service {} sends to this container", service.metadata.name));
    }
    let undeclared = services.found.iter().find(|service| targets_nobody(service, subject));
    let unknown = |cause, message: String| Statement::unknown(cause, container("readinessProbe"), message);
    match (undeclared.filter(|_| app), services.incomplete) {
        (Some(service), _) => {
            let name = &service.metadata.name;
            let why = format!("Service {name} sends to a port that no container declares");
            if is_probed(subject) {
                let message = format!("no readiness probe; {why}: whether this one listens is not known");
                unknown(Cause::Undecidable, message).into()
            } else {
                missing(&format!("{why}, and whichever listens has none"))
            }
        }
        (None, Some(cause)) => {
            let message = "no readiness probe; whether a Service sends to this container is not known";
            unknown(cause, message.to_owned()).into()
        }
        (None, None) => Judgement::not_applicable("no Service sends to this container"),
    }
}

/// Whether a container of the pod that may serve has a probe.
fn is_probed(subject: &ContainerSubject<'_>) -> bool {
    let mut serving =
        subject.pod().all_containers().filter(|(class, ..)| Classes::LONG_RUNNING.contain(*class));
    serving.any(|(_, _, container)| container.readiness_probe.is_some())
}

/// Whether a Service that selects the pod sends to a port that this container declares.
fn targets(service: &Service, subject: &ContainerSubject<'_>) -> bool {
    service.spec.ports.iter().any(|port| declares(subject.container, &port.effective_target(), port.protocol))
}

/// Whether a Service that selects the pod sends to a number that no container declares: declaring a port is
/// information only, so somebody listens there, and nothing says who. A name that nobody declares leads nowhere.
fn targets_nobody(service: &Service, subject: &ContainerSubject<'_>) -> bool {
    service.spec.ports.iter().any(|port| {
        let target = port.effective_target();
        let mut all = subject.pod().all_containers();
        matches!(target, IntOrString::Int(_))
            && !all.any(|(_, _, container)| declares(container, &target, port.protocol))
    })
}

fn declares(container: &Container, target: &IntOrString, protocol: PortProtocol) -> bool {
    container.ports.iter().any(|port| is_target(port, target, protocol))
}

fn is_target(port: &ContainerPort, target: &IntOrString, protocol: PortProtocol) -> bool {
    let is_meant = match target {
        IntOrString::Int(number) => port.container_port == *number,
        IntOrString::String(name) => port.name == *name,
    };
    is_meant && protocol.is_of(&port.protocol)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn two_containers() -> Case {
        Case::of(&CHECK).pod(json!({"containers": [
            {"name": "app", "ports": [{"name": "http", "containerPort": 8080}]},
            {"name": "helper", "ports": [{"name": "metrics", "containerPort": 9090}]},
        ]}))
    }

    fn service(target: &Value) -> Value {
        json!({"kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": target}]}})
    }

    #[test]
    fn disagreement_20_of_several_containers_only_those_that_a_service_sends_to_need_one() {
        let by_name = two_containers().with(service(&json!("http")));
        assert_eq!(by_name.outcome(), Outcome::Fail);
        assert_eq!(by_name.fields(), ["spec.template.spec.containers[0].readinessProbe"]);
        let by_number = two_containers().with(service(&json!(9090)));
        assert_eq!(by_number.fields(), ["spec.template.spec.containers[1].readinessProbe"]);
    }

    #[test]
    fn a_service_sends_to_the_container_whose_port_has_its_protocol() {
        let of = |protocol: &str, target: Value| {
            let ports = |name: &str, protocol: &str| {
                let port = json!({"name": "dns", "containerPort": 53, "protocol": protocol});
                json!({"name": name, "ports": [port]})
            };
            let mut service = service(&target);
            service["spec"]["ports"][0]["protocol"] = json!(protocol);
            let containers = json!([ports("tcp", "TCP"), ports("udp", "UDP")]);
            Case::of(&CHECK).pod(json!({"containers": containers})).with(service).fields()
        };
        let probe = |index: usize| vec![format!("spec.template.spec.containers[{index}].readinessProbe")];
        for target in [json!(53), json!("dns")] {
            assert_eq!(of("UDP", target.clone()), probe(1), "{target}");
            assert_eq!(of("TCP", target.clone()), probe(0), "{target}");
            let number = if target == json!(53) { 2 } else { 0 };
            assert_eq!(of("SCTP", target.clone()).len(), number, "{target}");
        }
    }

    #[test]
    fn who_listens_on_an_undeclared_number_is_not_known() {
        let containers = |probes: [bool; 2]| {
            let one = |name: &str, port: u16, is_probed: bool| {
                let probe = json!({"tcpSocket": {"port": port}});
                let mut one = json!({"name": name, "ports": [{"containerPort": port}]});
                if is_probed {
                    one["readinessProbe"] = probe;
                }
                one
            };
            let all = json!([one("helper", 8080, probes[0]), one("web", 9090, probes[1])]);
            Case::of(&CHECK).pod(json!({ "containers": all })).with(service(&json!(3000)))
        };
        let probe = |index: usize| format!("spec.template.spec.containers[{index}].readinessProbe");
        let none = containers([false, false]);
        assert_eq!((none.outcome(), none.fields()), (Outcome::Fail, vec![probe(0), probe(1)]));
        assert_eq!(containers([true, true]).outcome(), Outcome::Pass);
        for (probes, index) in [([true, false], 1), ([false, true], 0)] {
            let some = containers(probes);
            assert_eq!((some.outcome(), some.fields()), (Outcome::Unknown, vec![probe(index)]));
        }
        let sidecar =
            json!([{"name": "s", "restartPolicy": "Always", "readinessProbe": {"tcpSocket": {"port": 1}}}]);
        let beside = containers([false, false]).pod(json!({ "initContainers": sidecar }));
        assert_eq!(beside.outcome(), Outcome::Unknown, "a sidecar may listen as well");
        let named = Case::of(&CHECK).pod(json!({"containers": [{"name": "a"}, {"name": "b"}]}));
        assert_eq!(named.with(service(&json!("web"))).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn what_no_service_sends_to_needs_none_and_unknown_services_leave_it_unknown() {
        assert_eq!(two_containers().outcome(), Outcome::NotApplicable);
        assert_eq!(two_containers().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(two_containers().parameters(json!({"scope": "all"})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_19_probes_are_not_for_batch_nor_for_helm_tests() {
        let without = || Case::of(&CHECK).container(json!({"readinessProbe": null}));
        assert_eq!(without().workload(json!({"kind": "Job"})).outcome(), Outcome::NotApplicable);
        let pod = |hook: &str| {
            let container = json!({"name": "test", "image": "registry.example/test:1.0.0"});
            let metadata = json!({"annotations": {"helm.sh/hook": hook}});
            let pod = json!({"kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}});
            without().workload(pod).outcome()
        };
        assert_eq!(pod("pre-install, test"), Outcome::NotApplicable);
        assert_eq!(pod("post-install"), Outcome::Fail);
    }

    #[test]
    fn the_only_container_needs_one_whatever_is_known_of_services() {
        let case = Case::of(&CHECK).container(json!({"readinessProbe": null})).coverage(Coverage::Partial);
        assert_eq!(case.outcome(), Outcome::Fail);
    }
}
