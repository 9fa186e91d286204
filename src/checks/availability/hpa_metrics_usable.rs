use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, WorkloadSubject};
use crate::checks::amounts::{Side, Wanted};
use crate::checks::around::{at, quoted};
use crate::checks::helpers::pod;
use crate::checks::scalers::judge_horizontal;
use crate::inventory::Kind;
use crate::inventory::autoscaler::ScaleMetric;
use crate::inventory::container::ContainerClass;
use crate::inventory::lookup::Cause;
use crate::inventory::quantity::{Quantity, QuantityValue};

/// Parameters of `hpa-metrics-usable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether the default requests that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

check! {
    /// ## What it checks
    /// Where a HorizontalPodAutoscaler holds the workload to a percentage of its requests (`Utilization`),
    /// every app and sidecar container requests that resource, or the pod as a whole does, and they are not all 0;
    /// with a metric of one container (`ContainerResource`), that container exists and requests more than 0. An
    /// autoscaler without metrics is held to 80 % of the CPU requests. Requests that a `LimitRange` would add count where
    /// the policy says so.
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
    /// ## Parameters
    /// - `countLimitRange`: whether a default request that a `LimitRange` of the namespace gives counts
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Horizontal Pod Autoscaling, Support for resource metrics
    name: "hpa-metrics-usable",
    family: Availability,
    severity: High,
    title: "Autoscalers can compute their metrics",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [HorizontalPodAutoscaler, LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    judge_horizontal(subject, CHECK.severity, |scaler| {
        let metrics = scaler.spec.metrics.iter().enumerate();
        metrics.flat_map(|(index, metric)| of_metric(subject, index, metric, *parameters)).collect()
    })
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    if parameters.count_limit_range { CHECK.reads } else { &[Kind::HorizontalPodAutoscaler] }
}

fn of_metric(
    subject: &WorkloadSubject<'_>,
    index: usize,
    metric: &ScaleMetric,
    parameters: Parameters,
) -> Vec<Statement> {
    if let Some(resource) = metric.resource.as_ref().filter(|_| *metric.kind == *"Resource") {
        let is_share = resource.is_utilization();
        return if is_share { of_pods(subject, &resource.name, parameters) } else { Vec::new() };
    }
    let Some(resource) = metric.container_resource.as_ref().filter(|_| *metric.kind == *"ContainerResource")
    else {
        return Vec::new();
    };
    let named =
        subject.containers().find(|one| runs_beside(one) && *one.container.name == *resource.container);
    match named {
        Some(one) if resource.is_utilization() => {
            let requested = Requested::by(&one, &resource.name, parameters);
            requested.objection(&one, &resource.name).into_iter().collect()
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
fn of_pods(subject: &WorkloadSubject<'_>, resource: &str, parameters: Parameters) -> Vec<Statement> {
    if let Some(whole) = subject.pod().resources.requests.get(resource) {
        let field = || pod(format!("resources.requests.{resource}"));
        return is_nothing(whole).then(|| Statement::fail(field(), NOTHING)).into_iter().collect();
    }
    let containers = subject.containers().filter(runs_beside);
    let all: Vec<_> = containers.map(|one| (Requested::by(&one, resource, parameters), one)).collect();
    // Those of all containers are added up: one that requests 0 beside another is in order.
    let is_none = all.iter().all(|(requested, _)| *requested == Requested::Nothing);
    let wrong = all.iter().filter(|(requested, _)| is_none || *requested != Requested::Nothing);
    wrong.filter_map(|(requested, one)| requested.objection(one, resource)).collect()
}

const NOTHING: &str = "the request is 0, and an autoscaler needs a percentage of it";

/// What a container requests of a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Requested {
    /// More than 0.
    Something,
    /// 0.
    Nothing,
    /// It does not say.
    Unset,
    /// It does not say, and whether a `LimitRange` does is not known.
    Unknown(Cause),
}

impl Requested {
    fn by(subject: &ContainerSubject<'_>, resource: &str, parameters: Parameters) -> Self {
        let count_limit_range = parameters.count_limit_range;
        let wanted = Wanted { side: Side::Requests, resource, count_limit_range };
        // What the container says is not replaced, whatever it is.
        if let Some(own) = wanted.own(subject) {
            return if is_nothing(own) { Self::Nothing } else { Self::Something };
        }
        match wanted.default(subject) {
            Ok(Some(default)) if default.is_zero() => Self::Nothing,
            Ok(Some(_)) => Self::Something,
            Ok(None) => Self::Unset,
            Err(cause) => Self::Unknown(cause),
        }
    }

    /// What there is to say of it where a percentage of it is wanted.
    fn objection(self, subject: &ContainerSubject<'_>, resource: &str) -> Option<Statement> {
        let list = subject.class.list();
        let field = || pod(format!("{list}[{}].resources.requests.{resource}", subject.index));
        let (shown, name) = (quoted(resource, 40), quoted(&subject.container.name, 63));
        match self {
            Self::Something => None,
            Self::Nothing => Some(Statement::fail(field(), NOTHING)),
            Self::Unset => {
                let message = format!(
                    "container {name} requests no {shown}, of which an autoscaler needs a percentage"
                );
                Some(Statement::fail(field(), message))
            }
            Self::Unknown(cause) => {
                let message = format!(
                    "container {name} requests no {shown}; whether a LimitRange gives some is not known"
                );
                Some(Statement::unknown(cause, field(), message))
            }
        }
    }
}

fn is_nothing(amount: &QuantityValue) -> bool {
    amount.valid().is_some_and(Quantity::is_zero)
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
    fn requests_that_a_limit_range_gives_count_when_told_to() {
        let range = |request: &str| {
            let limits = json!([{"type": "Container", "defaultRequest": {"cpu": request}}]);
            json!({"kind": "LimitRange", "metadata": {"name": "defaults"}, "spec": {"limits": limits}})
        };
        let counting = |case: Case| case.parameters(json!({"countLimitRange": true}));
        for metric in
            [metric("Resource", "Utilization", ""), metric("ContainerResource", "Utilization", "app")]
        {
            let given = || bare(metric.clone()).with(range("100m"));
            assert_eq!(given().outcome(), Outcome::Fail, "{metric}");
            assert_eq!(counting(given()).outcome(), Outcome::Pass, "{metric}");
            assert_eq!(counting(bare(metric.clone())).outcome(), Outcome::Fail, "{metric}");
            let unseen = counting(bare(metric.clone())).coverage_of(Kind::LimitRange, Coverage::Forbidden);
            assert_eq!(unseen.outcome(), Outcome::Unknown, "{metric}");
            let zero = counting(bare(metric.clone()).with(range("0")));
            assert_eq!(zero.message(), NOTHING, "{metric}");
        }
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
