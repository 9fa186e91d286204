use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::{container, not_for_batch};
use crate::checks::probe_list::{resolve, target};
use crate::inventory::container::Container;
use crate::inventory::lenient::IntOrString;
use crate::inventory::probe::Probe;

/// Parameters of `probes-distinct`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// How many times longer liveness must put up with failures than readiness, when both ask the same.
    factor: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { factor: 3 }
    }
}

check! {
    /// ## What it checks
    /// The liveness probe of a container does not ask the same as its readiness probe, unless it puts up with
    /// failures at least three times as long (`periodSeconds` times `failureThreshold`).
    ///
    /// ## Why it matters
    /// Readiness takes a container that is busy, or waits for a dependency, out of traffic until it has
    /// recovered. If liveness asks the same for no longer, the container is killed instead, and so are all
    /// its replicas at the same time.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       readinessProbe:
    ///         httpGet:
    ///           path: /health
    ///           port: 8080
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /health
    ///           port: 8080
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
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// Let the liveness probe ask another `path`, for the process alone and not what it depends on; or raise
    /// the `failureThreshold` of the liveness probe.
    ///
    /// ## Parameters
    /// - `factor`: how many times longer liveness must put up with failures (default 3).
    ///
    /// ## References
    /// - Kubernetes documentation: Liveness, Readiness, and Startup Probes
    name: "probes-distinct",
    family: Probes,
    severity: Medium,
    title: "Liveness does not ask the same as readiness",
    profiles: [Membership::of(Profile::Standard)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_for_batch(&subject.workload) {
        return judgement;
    }
    let own = subject.container;
    let (Some(liveness), Some(readiness)) = (&own.liveness_probe, &own.readiness_probe) else {
        return Judgement::not_applicable(
            "the container does not have both a liveness and a readiness probe",
        );
    };
    let factor = i64::from(parameters.factor);
    let (patience, least) = (window(liveness), window(readiness).saturating_mul(factor));
    Judgement::require_or(patience >= least || !same_handler(own, liveness, readiness), || {
        let message = format!(
            "liveness asks the same as readiness, and puts up with failures for {patience} s; {factor} times \
             readiness would be {least} s"
        );
        Statement::fail(container("livenessProbe"), message)
    })
}

/// Seconds of failures until a probe fails.
fn window(probe: &Probe) -> i64 {
    probe.period_seconds.saturating_mul(probe.failure_threshold)
}

/// Whether two probes ask the same, a port by its name or by its number.
fn same_handler(own: &Container, one: &Probe, other: &Probe) -> bool {
    let port = |probe| target(probe).and_then(|target| resolve(own, &target.port));
    let (one_port, other_port) = (port(one), port(other));
    let rest = |probe: &Probe| {
        let mut probe = probe.clone();
        if let Some(get) = &mut probe.http_get {
            get.port = IntOrString::default();
        }
        if let Some(socket) = &mut probe.tcp_socket {
            socket.port = IntOrString::default();
        }
        (probe.exec, probe.http_get, probe.tcp_socket, probe.grpc)
    };
    one_port == other_port && rest(one) == rest(other)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn probes(liveness: Value, readiness: Value) -> Case {
        let none = json!({"livenessProbe": null, "readinessProbe": null});
        let given = json!({"livenessProbe": liveness, "readinessProbe": readiness});
        Case::of(&CHECK).container(none).container(given)
    }

    #[test]
    fn disagreement_22_the_same_handler_passes_when_liveness_is_three_times_as_patient() {
        let get = |threshold: i64| json!({"tcpSocket": {"port": 8080}, "failureThreshold": threshold});
        assert_eq!(probes(get(8), get(3)).outcome(), Outcome::Fail);
        assert_eq!(probes(get(9), get(3)).outcome(), Outcome::Pass);
        assert_eq!(probes(get(6), get(3)).parameters(json!({"factor": 2})).outcome(), Outcome::Pass);
        assert_eq!(
            probes(get(3), get(3)).message(),
            "liveness asks the same as readiness, and puts up with failures for 30 s; 3 times readiness would be 90 s"
        );
    }

    #[test]
    fn a_port_by_name_is_the_same_as_by_number_and_the_default_path_as_none() {
        let same =
            probes(json!({"httpGet": {"port": "http", "path": "/"}}), json!({"httpGet": {"port": 8080}}));
        assert_eq!(same.outcome(), Outcome::Fail);
    }

    #[test]
    fn another_path_header_command_or_service_is_another_handler() {
        let header = |value: &str| json!({"httpGet": {"port": 1, "httpHeaders": [{"name": "X-Probe", "value": value}]}});
        for (liveness, readiness) in [
            (json!({"httpGet": {"port": 1, "path": "/a"}}), json!({"httpGet": {"port": 1, "path": "/b"}})),
            (header("live"), header("ready")),
            (json!({"exec": {"command": ["a"]}}), json!({"exec": {"command": ["b"]}})),
            (json!({"grpc": {"port": 1, "service": "a"}}), json!({"grpc": {"port": 1}})),
            (json!({"httpGet": {"port": 1}}), json!({"tcpSocket": {"port": 1}})),
        ] {
            assert_eq!(probes(liveness.clone(), readiness).outcome(), Outcome::Pass, "{liveness}");
            assert_eq!(probes(liveness.clone(), liveness.clone()).outcome(), Outcome::Fail, "{liveness}");
        }
    }

    #[test]
    fn with_one_probe_there_is_nothing_to_compare() {
        assert_eq!(probes(Value::Null, json!({"grpc": {"port": 1}})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn probes_are_not_for_batch() {
        let same = json!({"grpc": {"port": 1}});
        let job = probes(same.clone(), same).workload(json!({"kind": "Job"}));
        assert_eq!(job.outcome(), Outcome::NotApplicable);
    }
}
