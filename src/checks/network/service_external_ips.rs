use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::services::{judge_alone, judge_services};
use crate::inventory::object::Service;

/// Parameters of `service-external-ips`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Addresses that are allowed.
    allowed: Vec<String>,
}

check! {
    /// ## What it checks
    /// Every address in `externalIPs` of a Service that sends to the workload is one of `allowed`.
    ///
    /// ## Why it matters
    /// Whoever may write a Service can take any address with this field, and read what pods of the cluster
    /// send to it (CVE-2020-8554).
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
    ///   externalIPs: [192.0.2.1]
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
    /// Remove `externalIPs`; use a Service of type LoadBalancer, an Ingress or a Gateway.
    ///
    /// ## Parameters
    /// - `allowed`: addresses that are allowed (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Service, External IPs
    /// - CVE-2020-8554
    name: "service-external-ips",
    family: Network,
    severity: High,
    title: "Services take no addresses that are not theirs",
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
    judge_alone(subject, |service| of_service(service, parameters))
}

fn of_service(service: &Service, parameters: &Parameters) -> Vec<Statement> {
    let addresses = service.spec.external_ips.iter().enumerate();
    let foreign = addresses.filter(|(_, address)| !parameters.allowed.contains(address));
    let statement = |(index, address): (usize, &String)| {
        let message = format!("the address {} is not among the allowed ones", quoted(address, 60));
        Statement::fail(at(format!("spec.externalIPs[{index}]")), message)
    };
    foreign.map(statement).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::behind_service;
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
    fn every_address_must_be_allowed() {
        let two = of(json!({"externalIPs": ["192.0.2.1", "192.0.2.2"]}));
        assert_eq!(two.fields(), ["spec.externalIPs[0]", "spec.externalIPs[1]"]);
        let allowed = two.parameters(json!({"allowed": ["192.0.2.1"]}));
        assert_eq!(allowed.message(), "the address 192.0.2.2 is not among the allowed ones");
        assert_eq!(of(json!({})).outcome(), Outcome::Pass);
    }
}
