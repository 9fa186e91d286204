use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, WorkloadSubject};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::pod;
use crate::checks::scalers::judge_horizontal;
use crate::inventory::autoscaler::ScaleMetric;
use crate::inventory::container::ContainerClass;
use crate::inventory::quantity::{Quantity, QuantityValue};
use crate::inventory::resources::Resources;

check! {
    /// ## What it checks
    /// Where a HorizontalPodAutoscaler holds the workload to a percentage of its requests (`Utilization`),
    /// every app and sidecar container requests that resource, or the pod as a whole does, and they are not all 0;
    /// with a metric of one container (`ContainerResource`), that container exists and requests more than 0. An
    /// autoscaler without metrics is held to 80 % of the CPU requests. Requests that a `LimitRange` would add do not count.
    ///
    /// ## Why it matters
    /// The percentage of a request that is not there cannot be computed: the autoscaler reports an error and
    /// never scales, and nobody notices before the load comes.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    ///           resources: {requests: {cpu: 100m}}
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.requests` in every container, or use a `ContainerResource` metric of the one that
    /// matters.
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling, Support for resource metrics
    name: "hpa-metrics-usable",
    family: Availability,
    severity: High,
    title: "Autoscalers can compute their metrics",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    judge_horizontal(subject, CHECK.severity, |scaler| {
        let metrics = scaler.spec.metrics.iter().enumerate();
        metrics.flat_map(|(index, metric)| of_metric(subject, index, metric)).collect()
    })
}

fn of_metric(subject: &WorkloadSubject<'_>, index: usize, metric: &ScaleMetric) -> Vec<Statement> {
    if let Some(resource) = metric.resource.as_ref().filter(|_| *metric.kind == *"Resource") {
        return if resource.is_utilization() { of_pods(subject, &resource.name) } else { Vec::new() };
    }
    let Some(resource) = metric.container_resource.as_ref().filter(|_| *metric.kind == *"ContainerResource")
    else {
        return Vec::new();
    };
    let named =
        subject.containers().find(|one| runs_beside(one) && *one.container.name == *resource.container);
    match named {
        Some(one) if resource.is_utilization() => {
            let found = missing(&one, &resource.name);
            found.or_else(|| nothing(&one, &resource.name)).into_iter().collect()
        }
        Some(_) => Vec::new(),
        None => {
            let name = quoted(&resource.container, 63);
            let path = format!("spec.metrics[{index}].containerResource.container");
            vec![Statement::fail(at(path), format!("the pods have no container of the name {name}"))]
        }
    }
}

fn runs_beside(subject: &ContainerSubject<'_>) -> bool {
    matches!(subject.class, ContainerClass::App | ContainerClass::Sidecar)
}

/// What there is to say of the requests of the pods, of which a percentage is wanted.
fn of_pods(subject: &WorkloadSubject<'_>, resource: &str) -> Vec<Statement> {
    if let Some(whole) = amount(&subject.pod().resources, resource) {
        let field = || pod(format!("resources.requests.{resource}"));
        return is_nothing(whole).then(|| Statement::fail(field(), NOTHING)).into_iter().collect();
    }
    let containers = || subject.containers().filter(runs_beside);
    let missing: Vec<_> = containers().filter_map(|one| missing(&one, resource)).collect();
    // Those of all containers are added up: one that requests 0 beside another is in order.
    let sum_up = missing.is_empty() && containers().all(|one| nothing(&one, resource).is_some());
    if sum_up { containers().filter_map(|one| nothing(&one, resource)).collect() } else { missing }
}

const NOTHING: &str = "the request is 0, and an autoscaler needs a percentage of it";

fn is_nothing(amount: &QuantityValue) -> bool {
    amount.valid().is_some_and(Quantity::is_zero)
}

fn nothing(subject: &ContainerSubject<'_>, resource: &str) -> Option<Statement> {
    let is_nothing = amount(&subject.container.resources, resource).is_some_and(is_nothing);
    is_nothing.then(|| Statement::fail(request(subject, resource), NOTHING))
}

fn request(subject: &ContainerSubject<'_>, resource: &str) -> Field {
    pod(format!("{}[{}].resources.requests.{resource}", subject.class.list(), subject.index))
}

fn missing(subject: &ContainerSubject<'_>, resource: &str) -> Option<Statement> {
    let container = subject.container;
    if amount(&container.resources, resource).is_some() {
        return None;
    }
    let field = request(subject, resource);
    let (resource, name) = (quoted(resource, 40), quoted(&container.name, 63));
    let message =
        format!("container {name} requests no {resource}, of which an autoscaler needs a percentage");
    Some(Statement::fail(field, message))
}

fn amount<'a>(resources: &'a Resources, name: &str) -> Option<&'a QuantityValue> {
    resources.requests.iter().find_map(|(known, amount)| (known == name).then_some(amount))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_neighbours::scaler;
    use crate::inventory::lookup::Coverage;

    fn of(patch: Value) -> Case {
        Case::of(&CHECK).with(scaler("web", patch))
    }

    fn metric(kind: &str, target: &str, container: &str) -> Value {
        let field = if kind == "Resource" { "resource" } else { "containerResource" };
        json!({"metrics": [{"type": kind, field: {"name": "cpu", "container": container, "target": {"type": target, "averageUtilization": 70}}}]})
    }

    fn bare(patch: Value) -> Case {
        of(patch).container(json!({"resources": null}))
    }

    #[test]
    fn a_percentage_needs_requests_in_every_container_that_runs_beside() {
        let utilization = || metric("Resource", "Utilization", "");
        assert_eq!(of(utilization()).outcome(), Outcome::Pass);
        assert_eq!(bare(utilization()).fields(), ["spec.template.spec.containers[0].resources.requests.cpu"]);
        assert_eq!(bare(json!({})).outcome(), Outcome::Fail, "the default is 80 % of the CPU requests");
        assert_eq!(bare(metric("Resource", "AverageValue", "")).outcome(), Outcome::Pass);
        let whole = bare(utilization()).pod(json!({"resources": {"requests": {"cpu": "1"}}}));
        assert_eq!(whole.outcome(), Outcome::Pass);
        let limits = bare(utilization()).container(json!({"resources": {"limits": {"cpu": "1"}}}));
        assert_eq!(limits.outcome(), Outcome::Pass, "rule 25");
        let init = |policy: Value| {
            of(utilization()).pod(json!({"initContainers": [{"name": "i", "restartPolicy": policy}]}))
        };
        assert_eq!(init(json!("Always")).outcome(), Outcome::Fail);
        assert_eq!(init(json!(null)).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_percentage_of_nothing_cannot_be_computed() {
        let nothing = || json!({"resources": {"requests": {"cpu": "0"}}});
        let field = "spec.template.spec.containers[0].resources.requests.cpu";
        for metric in
            [metric("Resource", "Utilization", ""), metric("ContainerResource", "Utilization", "app")]
        {
            assert_eq!(of(metric).container(nothing()).fields(), [field]);
        }
        let some =
            json!([{"name": "i", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1m"}}}]);
        let beside = of(json!({})).container(nothing()).pod(json!({ "initContainers": some }));
        assert_eq!(beside.outcome(), Outcome::Pass, "they are added up");
        let whole = of(json!({})).pod(nothing());
        assert_eq!(whole.fields(), ["spec.template.spec.resources.requests.cpu"]);
    }

    #[test]
    fn a_metric_of_one_container_is_about_that_one() {
        assert_eq!(of(metric("ContainerResource", "Utilization", "app")).outcome(), Outcome::Pass);
        assert_eq!(bare(metric("ContainerResource", "Utilization", "app")).outcome(), Outcome::Fail);
        assert_eq!(bare(metric("ContainerResource", "AverageValue", "app")).outcome(), Outcome::Pass);
        let gone = of(metric("ContainerResource", "AverageValue", "gone"));
        assert_eq!(gone.fields(), ["spec.metrics[0].containerResource.container"]);
    }

    #[test]
    fn disagreement_44_autoscalers_that_are_not_known_leave_it_open() {
        assert_eq!(Case::of(&CHECK).coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable, "rule 46");
    }
}
