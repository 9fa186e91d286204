use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::amounts::Side;
use crate::checks::helpers::container;
use crate::inventory::quantity::{Quantity, QuantityValue};

/// A quantity as a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Amount(Quantity);

/// Amounts by resource.
type Amounts = BTreeMap<String, Amount>;

/// Parameters of `resource-bounds`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The least that a container may request, by resource.
    min_requests: Amounts,
    /// The most that a container may request, by resource.
    max_requests: Amounts,
    /// The lowest limit that a container may have, by resource.
    min_limits: Amounts,
    /// The highest limit that a container may have, by resource.
    max_limits: Amounts,
    /// How many times its request a limit may be, by resource.
    ratio: Amounts,
}

check! {
    /// ## What it checks
    /// The requests and limits of containers, sidecars and init containers are within the bounds that the
    /// policy gives, and no limit is more than so many times its request. What a container does not set is
    /// not judged here; nor are amounts for the whole pod.
    ///
    /// ## Why it matters
    /// A request of a hundred CPUs is a typing mistake that holds up every release behind it. A limit far
    /// above the request promises memory that the node may not have.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests: {cpu: 100, memory: 128Mi}
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       resources:
    ///         requests: {cpu: 100m, memory: 128Mi}
    ///         limits: {memory: 256Mi}
    /// ```
    ///
    /// ### With parameters
    /// ```yaml
    /// maxRequests: {cpu: 8, memory: 32Gi}
    /// ratio: {memory: 2}
    /// ```
    ///
    /// ## How to fix
    /// Correct the amount in `requests` or `limits`, or ask whoever keeps the policy for more room.
    ///
    /// ## Parameters
    /// - `minRequests`, `maxRequests`: the least and the most that a container may request, by resource
    ///   (default: no bounds).
    /// - `minLimits`, `maxLimits`: the lowest and the highest limit, by resource (default: no bounds).
    /// - `ratio`: how many times its request a limit may be, by resource (default: no bounds).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    name: "resource-bounds",
    family: Resources,
    severity: Low,
    title: "Requests and limits are within bounds",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { min_requests, max_requests, min_limits, max_limits, ratio } = parameters;
    let bounds = [min_requests, max_requests, min_limits, max_limits, ratio];
    if bounds.iter().all(|bound| bound.is_empty()) {
        return Judgement::not_applicable("the policy gives no bounds");
    }
    let requests = outside(subject, Side::Requests, min_requests, max_requests);
    let limits = outside(subject, Side::Limits, min_limits, max_limits);
    requests.into_iter().chain(limits).chain(too_far_apart(subject, ratio)).collect()
}

fn own(subject: &ContainerSubject<'_>, side: Side, resource: &str) -> Option<Quantity> {
    side.of(&subject.container.resources).get(resource).and_then(QuantityValue::valid)
}

fn outside(subject: &ContainerSubject<'_>, side: Side, min: &Amounts, max: &Amounts) -> Vec<Statement> {
    let fail = |resource: &str, message: String| Statement::fail(container(side.path(resource)), message);
    let low = min.iter().filter_map(|(resource, Amount(least))| {
        let amount = own(subject, side, resource).filter(|amount| amount < least)?;
        Some(fail(resource, format!("the {resource} {side} {amount} is below {least}")))
    });
    let high = max.iter().filter_map(|(resource, Amount(most))| {
        let amount = own(subject, side, resource).filter(|amount| amount > most)?;
        Some(fail(resource, format!("the {resource} {side} {amount} is above {most}")))
    });
    low.chain(high).collect()
}

fn too_far_apart(subject: &ContainerSubject<'_>, ratio: &Amounts) -> Vec<Statement> {
    /// Nano-units in one unit, by which a ratio is scaled.
    const UNIT: i128 = 1_000_000_000;
    let apart = ratio.iter().filter_map(|(resource, Amount(most))| {
        let (request, limit) =
            (own(subject, Side::Requests, resource)?, own(subject, Side::Limits, resource)?);
        let far = limit.nano().saturating_mul(UNIT) > request.nano().saturating_mul(most.nano());
        far.then(|| {
            let message =
                format!("the {resource} limit {limit} is more than {most} times the request {request}");
            Statement::fail(container(Side::Limits.path(resource)), message)
        })
    });
    apart.collect()
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = QuantityValue::deserialize(deserializer)?;
        let amount = value.valid().map(Self);
        amount.ok_or_else(|| serde::de::Error::custom(format!("`{value}` is not a quantity")))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "number" }] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn a_bound_is_a_text_or_a_number() {
        let types = json!([{"type": "string"}, {"type": "number"}]);
        assert_eq!(schemars::schema_for!(Amount).get("anyOf"), Some(&types));
    }

    fn with(resources: Value, parameters: Value) -> Case {
        Case::of(&CHECK)
            .container(json!({"resources": null}))
            .container(json!({"resources": resources}))
            .parameters(parameters)
    }

    #[test]
    fn both_ends_count_as_within() {
        let of = |cpu: &str| {
            let bounds = json!({"minRequests": {"cpu": "100m"}, "maxRequests": {"cpu": 2}});
            with(json!({"requests": {"cpu": cpu}}), bounds)
        };
        assert_eq!(of("99m").message(), "the cpu request 99m is below 100m");
        assert_eq!(of("100m").outcome(), Outcome::Pass);
        assert_eq!(of("2000m").outcome(), Outcome::Pass);
        assert_eq!(of("2001m").fields(), ["spec.template.spec.containers[0].resources.requests.cpu"]);
    }

    #[test]
    fn limits_have_bounds_of_their_own_and_requests_come_from_them() {
        let of = |bounds: Value| with(json!({"limits": {"memory": "1Gi"}}), bounds);
        assert_eq!(
            of(json!({"maxLimits": {"memory": "512Mi"}})).fields(),
            ["spec.template.spec.containers[0].resources.limits.memory"]
        );
        assert_eq!(of(json!({"minLimits": {"memory": "2Gi"}})).outcome(), Outcome::Fail);
        assert_eq!(of(json!({"maxRequests": {"memory": "512Mi"}})).outcome(), Outcome::Fail);
    }

    #[test]
    fn a_ratio_may_be_broken_and_is_met_when_equal() {
        let of = |ratio: Value| {
            with(
                json!({"requests": {"cpu": "100m"}, "limits": {"cpu": "150m"}}),
                json!({"ratio": {"cpu": ratio}}),
            )
        };
        assert_eq!(of(json!(1.5)).outcome(), Outcome::Pass);
        assert_eq!(
            of(json!("1.4")).message(),
            "the cpu limit 150m is more than 1400m times the request 100m"
        );
    }

    #[test]
    fn without_bounds_it_is_not_applicable_and_nonsense_is_no_bound() {
        assert_eq!(with(json!({}), json!({})).outcome(), Outcome::NotApplicable);
        let nonsense = json!({"maxLimits": {"cpu": "many"}});
        let error = (CHECK.compile)(nonsense.as_object().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `maxLimits`: `many` is not a quantity");
    }
}
