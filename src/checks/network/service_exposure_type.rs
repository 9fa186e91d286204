use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::at;
use crate::checks::services::{judge_alone, judge_services};
use crate::inventory::object::{Service, ServiceType};

/// Parameters of `service-exposure-type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Types that are allowed.
    allowed: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allowed: vec!["ClusterIP".to_owned()] }
    }
}

check! {
    /// ## What it checks
    /// The `type` of every Service that sends to the workload is one of `allowed`. `ExternalName` sends
    /// nowhere here and is not judged.
    ///
    /// ## Why it matters
    /// A NodePort opens a port on every node, a LoadBalancer usually an address on the internet: past the
    /// Ingress or Gateway, with its TLS, its limits and its logs.
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
    ///   type: NodePort
    ///   ports: [{port: 80}]
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
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Remove `type`, and send requests from outside through an Ingress or Gateway.
    ///
    /// ## Parameters
    /// - `allowed`: types that are allowed (default `ClusterIP`).
    ///
    /// ## References
    /// - Kubernetes documentation: Service, Service type
    name: "service-exposure-type",
    family: Network,
    severity: Medium,
    title: "Services are reached from where the policy allows",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: Parameters,
    rule: Workload(evaluate),
    orphans: [Service] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_services(subject, CHECK.severity, |service| of_service(service, parameters))
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_alone(subject, |service| match service.spec.kind {
        // It sends nothing anywhere.
        ServiceType::ExternalName => Vec::new(),
        _ => of_service(service, parameters),
    })
}

fn of_service(service: &Service, parameters: &Parameters) -> Vec<Statement> {
    let kind = service.spec.kind.as_str();
    let message = || format!("the type {kind} is not among the allowed ones");
    let fails = !parameters.allowed.iter().any(|allowed| allowed == kind);
    fails.then(|| Statement::fail(at("spec.type"), message())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::behind_service;
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
    fn the_types_are_those_of_the_policy() {
        for kind in ["NodePort", "LoadBalancer"] {
            let case = of(json!({"type": kind}));
            assert_eq!(case.fields(), ["spec.type"]);
            assert_eq!(case.parameters(json!({"allowed": [kind]})).outcome(), Outcome::Pass);
        }
        assert_eq!(of(json!({})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"type": "ExternalName"})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn one_that_sends_to_no_workload_is_judged_by_itself_unless_it_stands_for_a_name() {
        let alone = |kind: &str| {
            let metadata = json!({"name": "alone"});
            ObjectCase::of(&CHECK, json!({"kind": "Service", "metadata": metadata, "spec": {"type": kind}}))
        };
        assert_eq!(alone("NodePort").fields(), ["spec.type"]);
        assert_eq!(alone("ClusterIP").outcome(), Outcome::Pass);
        assert_eq!(alone("ExternalName").outcome(), Outcome::Pass);
    }
}
