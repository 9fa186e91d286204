use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::services::{self, judge_services};

check! {
    /// ## What it checks
    /// No two Services that send to the workload have equal selectors. A headless one beside one with an
    /// address is in order.
    ///
    /// ## Why it matters
    /// Two Services for the same pods are usually a copy in which the selector was forgotten: its clients
    /// reach the wrong program.
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
    ///   ports: [{port: 80}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: api}
    /// spec:
    ///   selector: {app: web}
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
    /// Correct the selector of one Service, or delete it and give the other all ports.
    ///
    /// ## References
    /// - Kubernetes documentation: Service
    name: "unique-service-selector",
    family: Network,
    severity: Medium,
    title: "No two Services have the same selector",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let all = &services::of(subject).found;
    judge_services(subject, CHECK.severity, |service| {
        let before = all.iter().take_while(|other| other.metadata.name < service.metadata.name);
        let twin = before.into_iter().find(|other| {
            other.spec.selector == service.spec.selector && other.spec.headless == service.spec.headless
        });
        let statement = twin.map(|twin| {
            let message = format!("Service {} has the same selector", quoted(&twin.metadata.name, 100));
            Statement::fail(at("spec.selector"), message)
        });
        statement.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::{behind_service, service};
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
    fn equal_selectors_are_one_too_many_but_for_a_headless_pair() {
        let two = |patch: Value| of(json!({})).with(service("api", patch));
        assert_eq!(two(json!({})).message(), "Service api has the same selector");
        assert_eq!(two(json!({"clusterIP": "None"})).outcome(), Outcome::Pass);
        let narrower = json!({"selector": {"app": "web", "app.kubernetes.io/name": "web"}});
        assert_eq!(two(narrower).outcome(), Outcome::Pass);
    }
}
