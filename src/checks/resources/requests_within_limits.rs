use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::inventory::Kind;
use crate::inventory::container::ContainerClass;
use crate::inventory::default::resources::requested_together;
use crate::inventory::quantity::{Quantity, QuantityValue};
use crate::inventory::resources::Resources;

/// Parameters of `requests-within-limits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a request is also compared with the default limit that `LimitRange`s of the namespace give.
    count_limit_range: bool,
}

check! {
    /// ## What it checks
    /// No container, sidecar or init container, nor the pod as a whole, requests more of a resource than its
    /// limit, and every amount is a quantity. A container without a limit of its own is held to the limit
    /// for the whole pod. Where the pod as a whole has amounts, the containers together do not request more than it
    /// does, and the limit of none of them is above its limit.
    ///
    /// ## Why it matters
    /// The API server refuses such an object, and a release stops half-way where it is applied. When the
    /// limit is a default of a `LimitRange`, it takes the workload and refuses every pod made of it: the
    /// rollout stands still, and only an event says why.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests:
    ///           memory: 1Gi
    ///         limits:
    ///           memory: 512Mi
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests:
    ///           memory: 512Mi
    ///         limits:
    ///           memory: 1Gi
    /// ```
    ///
    /// ## How to fix
    /// Raise the limit, or lower the request. Mind the units: `512M` is less than `512Mi`, and `m` means
    /// thousandths.
    ///
    /// ## Parameters
    /// - `countLimitRange`: whether a request without a limit is also compared with the default limit that a
    ///   `LimitRange` of the namespace gives (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers, Limit Ranges
    name: "requests-within-limits",
    family: Resources,
    severity: High,
    title: "Requests are not above limits",
    profiles: [Membership::of(Profile::Baseline)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let (own, pod) = (&subject.container.resources, &subject.pod().resources);
    let names = names(own).chain(names(pod)).collect::<BTreeSet<_>>();
    let mut statements = Vec::new();
    let mut compared = false;
    for resource in names {
        let own = of_container(subject, resource, parameters);
        for comparison in [own, of_limits(subject, resource), of_pod(subject, resource)] {
            compared |= comparison != Comparison::Nothing;
            if let Comparison::Wrong(statement) = comparison {
                statements.push(*statement);
            }
        }
    }
    statements.extend(together(subject));
    if compared || !statements.is_empty() {
        statements.into_iter().collect()
    } else {
        Judgement::not_applicable("no resource has both a request and a limit")
    }
}

/// What comes of comparing one request with one limit.
#[derive(PartialEq)]
enum Comparison {
    /// One of the two is missing.
    Nothing,
    /// The request is within the limit.
    Within,
    /// It is not, or one of the two cannot be compared.
    Wrong(Box<Statement>),
}

impl Comparison {
    fn of((requested, most): (Quantity, Quantity), wrong: impl FnOnce() -> Statement) -> Self {
        if requested > most { Self::Wrong(Box::new(wrong())) } else { Self::Within }
    }
}

fn names(resources: &Resources) -> impl Iterator<Item = &str> {
    resources.requests.keys().chain(resources.limits.keys()).map(String::as_str)
}

fn of_container(subject: &ContainerSubject<'_>, resource: &str, parameters: &Parameters) -> Comparison {
    let wanted = |side| Wanted { side, resource, count_limit_range: parameters.count_limit_range };
    let (request, limit) = (wanted(Side::Requests), wanted(Side::Limits));
    if let Some(unreadable) = limit.unreadable(subject).or_else(|| request.unreadable(subject)) {
        return Comparison::Wrong(Box::new(unreadable));
    }
    let valid = QuantityValue::valid;
    let Some(requested) = request.own(subject).and_then(valid) else { return Comparison::Nothing };
    let (most, whose) = match (limit.own(subject).and_then(valid), limit.default(subject)) {
        (Some(own), _) => (own, ""),
        (None, Ok(Some(default))) => (default, " that a LimitRange gives"),
        (None, Ok(None)) => match limit.pod(subject).and_then(valid) {
            Some(pod) => (pod, " for the whole pod"),
            None => return Comparison::Nothing,
        },
        (None, Err(cause)) => return Comparison::Wrong(Box::new(limit.unknown(cause))),
    };
    Comparison::of((requested, most), || {
        let field = Field::Container(Side::Requests.path(resource).into());
        Statement::fail(field, format!("the {resource} request {requested} is above the limit {most}{whose}"))
    })
}

fn of_pod(subject: &ContainerSubject<'_>, resource: &str) -> Comparison {
    let amount = |side| {
        let wanted = Wanted { side, resource, count_limit_range: false };
        wanted.pod(subject).and_then(QuantityValue::valid)
    };
    let (Some(requested), Some(most)) = (amount(Side::Requests), amount(Side::Limits)) else {
        return Comparison::Nothing;
    };
    Comparison::of((requested, most), || {
        let message = format!("the pod's {resource} request {requested} is above its limit {most}");
        Statement::fail(Field::Pod(Side::Requests.path(resource).into()), message)
    })
}

/// The limit of a container against the one for the whole pod. The server looks at app containers only.
fn of_limits(subject: &ContainerSubject<'_>, resource: &str) -> Comparison {
    let limit = Wanted { side: Side::Limits, resource, count_limit_range: false };
    let valid = QuantityValue::valid;
    let (Some(own), Some(pod)) = (limit.own(subject).and_then(valid), limit.pod(subject).and_then(valid))
    else {
        return Comparison::Nothing;
    };
    if subject.class != ContainerClass::App {
        return Comparison::Nothing;
    }
    Comparison::of((own, pod), || {
        let message = format!("the {resource} limit {own} is above the limit {pod} for the whole pod");
        Statement::fail(Field::Container(Side::Limits.path(resource).into()), message)
    })
}

/// What the containers request together against what the pod does: said once, beside the first of them.
fn together(subject: &ContainerSubject<'_>) -> Vec<Statement> {
    let spec = subject.pod();
    let is_first = subject.class == ContainerClass::App && subject.index == 0;
    if !is_first || spec.resources.requests.is_empty() {
        return Vec::new();
    }
    let together = requested_together(spec);
    let above = together.iter().filter_map(|(resource, amount)| {
        let wanted = Wanted { side: Side::Requests, resource, count_limit_range: false };
        let (sum, whole) = (amount.valid()?, wanted.pod(subject)?.valid()?);
        (sum > whole).then(|| {
            let message = format!(
                "the containers request {sum} of {resource} together, which is above the pod's request {whole}"
            );
            Statement::fail(Field::Pod(Side::Requests.path(resource).into()), message)
        })
    });
    above.collect()
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn with(resources: Value) -> Case {
        Case::of(&CHECK).container(json!({"resources": null})).container(json!({"resources": resources}))
    }

    #[test]
    fn amounts_are_compared_by_value_not_by_notation() {
        let equal = with(json!({"requests": {"memory": "1024Mi"}, "limits": {"memory": "1Gi"}}));
        assert_eq!(equal.outcome(), Outcome::Pass);
        let above = with(json!({"requests": {"memory": "512Mi"}, "limits": {"memory": "512M"}}));
        assert_eq!(above.message(), "the memory request 512Mi is above the limit 512M");
    }

    #[test]
    fn every_resource_is_compared_extended_ones_too() {
        let case = with(json!({
            "requests": {"cpu": "2", "vendor.example/gpu": "2"},
            "limits": {"cpu": "1", "vendor.example/gpu": "1", "memory": "1Gi"},
        }));
        let at = "spec.template.spec.containers[0].resources.requests";
        assert_eq!(case.fields(), [format!("{at}.cpu"), format!("{at}[vendor.example/gpu]")]);
    }

    #[test]
    fn a_request_under_a_limit_of_zero_is_refused_by_the_server_too() {
        assert_eq!(with(json!({"requests": {"cpu": "1"}, "limits": {"cpu": "0"}})).outcome(), Outcome::Fail);
    }

    #[test]
    fn what_is_not_a_quantity_fails_although_there_is_nothing_to_compare_it_with() {
        let case = with(json!({"requests": {"cpu": "1 core"}}));
        assert_eq!(case.message(), "the cpu request `1 core` is not a quantity");
    }

    #[test]
    fn with_nothing_to_compare_it_is_not_applicable() {
        assert_eq!(with(json!({})).outcome(), Outcome::NotApplicable);
        assert_eq!(with(json!({"requests": {"cpu": "1"}})).outcome(), Outcome::NotApplicable);
    }

    #[test]
    fn the_pod_is_held_to_its_own_limit_and_containers_to_it_as_well() {
        let pod = json!({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}});
        let case = with(json!({})).pod(pod);
        assert_eq!(case.fields(), ["spec.template.spec.resources.requests.cpu"]);
        let limited = json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}});
        let container = with(json!({"requests": {"cpu": "3"}})).pod(limited);
        let expected = [
            "spec.template.spec.containers[0].resources.requests.cpu",
            "spec.template.spec.resources.requests.cpu",
        ];
        assert_eq!(container.fields(), expected, "it is above the pod's request as well");
        assert!(container.judged().findings[0].message.ends_with("the limit 1 for the whole pod"));
    }

    #[test]
    fn containers_together_request_no_more_than_the_pod() {
        let two = |request: &str, limits: Value| {
            let one = |name: &str| json!({"name": name, "resources": {"requests": {"memory": "100Mi"}}});
            let resources = json!({"requests": {"memory": request}, "limits": limits});
            Case::of(&CHECK).pod(json!({"containers": [one("a"), one("b")], "resources": resources}))
        };
        let above = two("64Mi", json!({"memory": "1Gi"}));
        let expected =
            "the containers request 200Mi of memory together, which is above the pod's request 64Mi";
        assert_eq!(above.message(), expected);
        assert_eq!(above.fields(), ["spec.template.spec.resources.requests.memory"]);
        assert_eq!(two("64Mi", Value::Null).outcome(), Outcome::Fail, "without any limit");
        assert_eq!(two("200Mi", json!({"memory": "1Gi"})).outcome(), Outcome::Pass);
        let init = json!({"initContainers": [{"name": "i", "resources": {"requests": {"memory": "150Mi"}}}]});
        assert_eq!(
            two("200Mi", json!({"memory": "1Gi"})).pod(init).outcome(),
            Outcome::Pass,
            "it runs before"
        );
    }

    #[test]
    fn no_limit_of_an_app_container_is_above_the_one_of_the_pod() {
        let pod = |limit: &str| {
            let resources = json!({"requests": {"memory": "64Mi"}, "limits": {"memory": limit}});
            with(json!({"requests": {"memory": "1Mi"}, "limits": {"memory": "512Mi"}}))
                .pod(json!({ "resources": resources }))
        };
        let above = pod("128Mi");
        assert_eq!(above.message(), "the memory limit 512Mi is above the limit 128Mi for the whole pod");
        assert_eq!(above.fields(), ["spec.template.spec.containers[0].resources.limits.memory"]);
        assert_eq!(pod("512Mi").outcome(), Outcome::Pass);
        let amounts = json!({"requests": {"memory": "1Mi"}, "limits": {"memory": "1Gi"}});
        let init = json!({"initContainers": [{"name": "i", "resources": amounts}]});
        assert_eq!(pod("512Mi").pod(init).outcome(), Outcome::Pass, "the server does not look at it");
    }

    #[test]
    fn a_default_limit_is_compared_when_told_to() {
        let range = json!({"kind": "LimitRange", "metadata": {"name": "defaults"},
            "spec": {"limits": [{"type": "Container", "default": {"memory": "512Mi"}}]}});
        let case = with(json!({"requests": {"memory": "1Gi"}}));
        assert_eq!(case.clone().with(range.clone()).outcome(), Outcome::NotApplicable);
        let counting = case.parameters(json!({"countLimitRange": true}));
        assert_eq!(counting.clone().outcome(), Outcome::NotApplicable);
        assert_eq!(counting.clone().coverage(Coverage::NotSynced).outcome(), Outcome::Unknown);
        assert!(counting.with(range).message().ends_with("the limit 512Mi that a LimitRange gives"));
    }
}
