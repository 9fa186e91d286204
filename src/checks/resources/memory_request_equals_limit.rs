use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, is_positive, reads};
use crate::inventory::Kind;
use crate::inventory::lookup::Cause;
use crate::inventory::quantity::{Quantity, QuantityValue};

/// Parameters of `memory-request-equals-limit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// `off`: nothing is asked for. `memory`: equal amounts of memory. `memory-and-cpu`: of CPU, too.
    mode: Mode,
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    #[default]
    Off,
    Memory,
    MemoryAndCpu,
}

impl Mode {
    const fn resources(self) -> &'static [&'static str] {
        match self {
            Self::Off => &[],
            Self::Memory => &["memory"],
            Self::MemoryAndCpu => &["memory", "cpu"],
        }
    }
}

check! {
    /// ## What it checks
    /// With `mode: memory`, every container, sidecar and init container requests exactly as much memory as
    /// its limit allows; with `mode: memory-and-cpu`, as much CPU, too. Where the pod as a whole has a limit,
    /// its request and limit are compared instead. With `mode: off` (the default) the check is not
    /// applicable.
    ///
    /// ## Why it matters
    /// Memory between request and limit is borrowed: when the node runs short, whoever borrowed is killed
    /// first. With equal amounts nothing is borrowed, and the pod can be of class Guaranteed.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests:
    ///           memory: 128Mi
    ///         limits:
    ///           memory: 256Mi
    /// ```
    ///
    /// ### With parameters
    /// ```yaml
    /// mode: memory
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         limits:
    ///           memory: 256Mi
    /// ```
    ///
    /// ## How to fix
    /// Set the limit to what the container needs at most, and the request to the same or not at all: a limit
    /// without a request is the request, too.
    ///
    /// ## Parameters
    /// - `mode`: `off` (default), `memory` or `memory-and-cpu`.
    /// - `countLimitRange`: whether default amounts that a `LimitRange` of the namespace gives count
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Quality of Service Classes
    name: "memory-request-equals-limit",
    family: Resources,
    severity: Low,
    title: "Containers request as much memory as they may use",
    profiles: [],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let resources = parameters.mode.resources();
    if resources.is_empty() {
        return Judgement::not_applicable("the policy does not ask for equal amounts");
    }
    resources.iter().filter_map(|resource| unequal(subject, resource, parameters)).collect()
}

fn unequal(subject: &ContainerSubject<'_>, resource: &str, parameters: &Parameters) -> Option<Statement> {
    let wanted = |side| Wanted { side, resource, count_limit_range: parameters.count_limit_range };
    let (request, limit) = (wanted(Side::Requests), wanted(Side::Limits));
    if let Some(unreadable) = limit.unreadable(subject).or_else(|| request.unreadable(subject)) {
        return Some(unreadable);
    }
    let path = || Side::Requests.path(resource).into();
    if let Some(most) = limit.pod(subject).filter(|most| is_positive(most)) {
        let requested = request.pod(subject);
        if requested == Some(most) {
            return None;
        }
        let shown = requested.map_or_else(|| "not set".to_owned(), ToString::to_string);
        let message = format!("the pod's {resource} request is {shown}, its limit {most}");
        return Some(Statement::fail(Field::Pod(path()), message));
    }
    let amounts = amount(subject, &request).map_err(|cause| request.unknown(cause));
    let (requested, most) = match (amounts, amount(subject, &limit)) {
        (Err(unknown), _) => return Some(unknown),
        (Ok(_), Err(cause)) => return Some(limit.unknown(cause)),
        (Ok(requested), Ok(most)) => (requested, most),
    };
    let Some(most) = most.filter(|most| most.is_positive()) else {
        let field = Field::Container(Side::Limits.path(resource).into());
        return Some(Statement::fail(
            field,
            format!("no {resource} limit is set that the request could equal"),
        ));
    };
    if requested == Some(most) {
        return None;
    }
    let shown = requested.map_or_else(|| "not set".to_owned(), |requested| requested.to_string());
    let message = format!("the {resource} request is {shown}, the limit {most}");
    Some(Statement::fail(Field::Container(path()), message))
}

/// The container's own amount, else what `LimitRange`s give.
fn amount(subject: &ContainerSubject<'_>, wanted: &Wanted<'_>) -> Result<Option<Quantity>, Cause> {
    match wanted.own(subject).and_then(QuantityValue::valid) {
        Some(own) => Ok(Some(own)),
        None => wanted.default(subject),
    }
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range && parameters.mode != Mode::Off)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn with(resources: Value) -> Case {
        let case = Case::of(&CHECK).container(json!({"resources": null}));
        case.container(json!({"resources": resources})).parameters(json!({"mode": "memory"}))
    }

    #[test]
    fn the_default_mode_asks_for_nothing() {
        let case = with(json!({"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}}));
        assert_eq!(case.message(), "the memory request is 1Gi, the limit 2Gi");
        assert_eq!(case.parameters(json!({})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn a_limit_alone_is_the_request_too_and_a_request_alone_is_not_enough() {
        assert_eq!(with(json!({"limits": {"memory": "1Gi"}})).outcome(), Outcome::Pass);
        assert_eq!(with(json!({"requests": {"memory": "1Gi"}})).outcome(), Outcome::Fail);
        assert_eq!(with(json!({"limits": {"memory": "0"}})).outcome(), Outcome::Fail);
    }

    #[test]
    fn cpu_counts_when_asked_for() {
        let case = with(json!({"limits": {"memory": "1Gi", "cpu": "1"}, "requests": {"cpu": "500m"}}));
        assert_eq!(case.outcome(), Outcome::Pass);
        let both = case.parameters(json!({"mode": "memory-and-cpu"}));
        assert_eq!(both.fields(), ["spec.template.spec.containers[0].resources.requests.cpu"]);
    }

    #[test]
    fn a_limit_for_the_whole_pod_is_compared_instead() {
        let pod = |requests: Value| {
            let own = json!({"requests": {"memory": "1Mi"}, "limits": {"memory": "2Mi"}});
            with(own).pod(json!({"resources": {"requests": requests, "limits": {"memory": "1Gi"}}}))
        };
        assert_eq!(pod(json!({"memory": "1Gi"})).outcome(), Outcome::Pass);
        assert_eq!(
            pod(json!({"memory": "512Mi"})).fields(),
            ["spec.template.spec.resources.requests.memory"]
        );
    }

    #[test]
    fn defaults_of_limit_ranges_count_when_told_to() {
        let range = json!({"kind": "LimitRange", "metadata": {"name": "defaults"},
            "spec": {"limits": [{"type": "Container", "default": {"memory": "512Mi"}}]}});
        let counting = with(json!({})).parameters(json!({"mode": "memory", "countLimitRange": true}));
        assert_eq!(counting.clone().coverage(Coverage::Stale).outcome(), Outcome::Unknown);
        assert_eq!(counting.outcome(), Outcome::Fail);
        assert_eq!(counting.with(range).outcome(), Outcome::Pass);
    }
}
