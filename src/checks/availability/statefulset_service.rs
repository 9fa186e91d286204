use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::around::quoted;
use crate::checks::helpers::object;
use crate::inventory::Kind;
use crate::inventory::lookup::Lookup;

/// Parameters of `statefulset-service`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a StatefulSet must name one.
    required: bool,
}

check! {
    /// ## What it checks
    /// The Service in `serviceName` of a StatefulSet exists, is headless and selects the pods. A StatefulSet
    /// that names none is in order unless `required` is set: many programs do not use the names.
    ///
    /// ## Why it matters
    /// Without that Service the names of the pods, such as `db-0.db`, do not resolve, and members of a cluster
    /// do not find each other.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 1
    ///   serviceName: web
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 1
    ///   serviceName: web
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   selector: {app: web}
    ///   clusterIP: None
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## How to fix
    /// Create a Service of that name with `clusterIP: None` and the labels of the pods as its selector.
    ///
    /// ## Parameters
    /// - `required`: whether a StatefulSet must name one (default false).
    ///
    /// ## References
    /// - Kubernetes documentation: StatefulSets, Stable Network ID
    name: "statefulset-service",
    family: Availability,
    severity: Medium,
    title: "The Service that a StatefulSet names gives its pods names",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [Service],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let workload = subject.workload;
    if workload.kind != Kind::StatefulSet {
        return Judgement::not_applicable("the workload is not a StatefulSet");
    }
    let field = object("spec.serviceName");
    let Some(name) = workload.service_name.as_deref() else {
        let message = "serviceName is not set: the pods have no names of their own";
        return Judgement::require(!parameters.required, field, message);
    };
    let shown = quoted(name, 63);
    let problem = match subject.namespace.service(name) {
        Lookup::Unknown(cause) => {
            let message = format!("nothing is known of Service {shown}");
            return Statement::unknown(cause, field, message).into();
        }
        Lookup::Missing => Some("does not exist"),
        Lookup::Found(service) if !service.spec.headless => Some("is not headless: the pods get no names"),
        Lookup::Found(service) => {
            let selector = &service.spec.selector;
            let selects = selector.iter().all(|(key, value)| workload.pod_labels.get(key) == Some(value));
            (selector.is_empty() || !selects).then_some("does not select the pods")
        }
    };
    problem.map(|problem| Statement::fail(field, format!("Service {shown} {problem}"))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn of(service: Value) -> Case {
        let named = json!({"kind": "StatefulSet", "spec": {"serviceName": "db"}});
        let case = Case::of(&CHECK).workload(named);
        let object = json!({"kind": "Service", "metadata": {"name": "db"}, "spec": service});
        if service.is_null() { case } else { case.with(object) }
    }

    #[test]
    fn disagreement_42_only_a_service_that_is_named_must_be_there() {
        assert_eq!(of(Value::Null).message(), "Service db does not exist");
        assert_eq!(of(Value::Null).fields(), ["spec.serviceName"]);
        let unnamed = Case::of(&CHECK).workload(json!({"kind": "StatefulSet"}));
        assert_eq!(unnamed.outcome(), Outcome::Pass);
        assert_eq!(unnamed.parameters(json!({"required": true})).outcome(), Outcome::Fail);
    }

    #[test]
    fn it_must_be_headless_and_select_the_pods() {
        assert_eq!(of(json!({"clusterIP": "None", "selector": {"app": "web"}})).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"selector": {"app": "web"}})).outcome(), Outcome::Fail);
        assert_eq!(
            of(json!({"clusterIP": "None", "selector": {"app": "api"}})).message(),
            "Service db does not select the pods"
        );
        assert_eq!(of(json!({"clusterIP": "None"})).outcome(), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_a_service_that_was_not_given_is_not_known() {
        assert_eq!(of(Value::Null).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
    }
}
