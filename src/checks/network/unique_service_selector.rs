use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::services::{self, judge_services};
use crate::inventory::Object;
use crate::inventory::object::{Service, ServiceType};

check! {
    /// ## What it checks
    /// No two Services of a namespace have equal selectors, whether or not they send to a workload that is known. A
    /// headless one beside one with an address is in order.
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
    orphans: [Service] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let all = &services::of(subject).found;
    judge_services(subject, CHECK.severity, |service| twin(service, all).into_iter().collect())
}

fn of_orphan(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Service(service) = subject.object else {
        return Judgement::not_applicable("it is no Service");
    };
    if service.spec.selector.is_empty() || service.spec.kind == ServiceType::ExternalName {
        return Judgement::not_applicable("the Service selects nothing");
    }
    let all = subject.namespace.services_selecting_the_same(service);
    let mut statements: Vec<Statement> = twin(service, &all.found).into_iter().collect();
    if let Some(cause) = all.incomplete.filter(|_| statements.is_empty()) {
        let message = "whether another Service has the same selector is not known";
        statements.push(Statement::unknown(cause, at("spec.selector"), message));
    }
    statements.into_iter().collect()
}

/// What there is to say of a Service where one before it by name, of several in that order, has its selector.
fn twin(service: &Service, all: &[&Service]) -> Option<Statement> {
    let is_selecting = |other: &&&Service| {
        other.spec.selector == service.spec.selector
            && other.spec.headless == service.spec.headless
            && other.spec.kind != ServiceType::ExternalName
    };
    let mut before = all.iter().take_while(|other| other.metadata.name < service.metadata.name);
    let twin = before.find(is_selecting)?;
    let message = format!("Service {} has the same selector", quoted(&twin.metadata.name, 100));
    Some(Statement::fail(at("spec.selector"), message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::{Case, merge};
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
    fn equal_selectors_are_one_too_many_but_for_a_headless_pair() {
        let two = |patch: Value| of(json!({})).with(service("api", patch));
        assert_eq!(two(json!({})).message(), "Service api has the same selector");
        assert_eq!(two(json!({"clusterIP": "None"})).outcome(), Outcome::Pass);
        let narrower = json!({"selector": {"app": "web", "app.kubernetes.io/name": "web"}});
        assert_eq!(two(narrower).outcome(), Outcome::Pass);
    }

    #[test]
    fn services_without_a_known_workload_are_told_of_by_themselves() {
        let own = || service("b", json!({"selector": {"app": "made-by-an-operator"}}));
        let of = |name: &str, patch: Value| {
            let selector = json!({"selector": {"app": "made-by-an-operator"}});
            let mut spec = selector.clone();
            merge(&mut spec, patch);
            ObjectCase::of(&CHECK, own()).with(service(name, spec))
        };
        let two = of("a", json!({}));
        assert_eq!(
            (two.message().as_str(), two.fields()),
            ("Service a has the same selector", vec!["spec.selector".to_owned()])
        );
        assert_eq!(of("c", json!({})).outcome(), Outcome::Pass, "that one is told of");
        assert_eq!(of("a", json!({"clusterIP": "None"})).outcome(), Outcome::Pass);
        assert_eq!(of("a", json!({"selector": {"app": "other"}})).outcome(), Outcome::Pass);
        let partial = ObjectCase::of(&CHECK, own()).coverage(Coverage::Partial);
        assert_eq!(partial.outcome(), Outcome::Unknown);
        let nothing = ObjectCase::of(&CHECK, service("b", json!({"selector": null})));
        assert_eq!(nothing.outcome(), Outcome::NotApplicable);
    }
}
