use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalogue::declare::check;
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, reads};
use crate::checks::helpers::container;
use crate::inventory::Kind;
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
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
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
    /// - `countLimitRange`: whether default amounts that a `LimitRange` of the namespace gives are judged
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    name: "resource-bounds",
    family: Resources,
    severity: Low,
    title: "Requests and limits are within bounds",
    profiles: [],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { min_requests, max_requests, min_limits, max_limits, ratio, .. } = parameters;
    let bounds = [min_requests, max_requests, min_limits, max_limits, ratio];
    if bounds.iter().all(|bound| bound.is_empty()) {
        return Judgement::not_applicable("the policy gives no bounds");
    }
    let count_limit_range = parameters.count_limit_range;
    let of = |side: Side, min: &Amounts, max: &Amounts| {
        outside(subject, |resource| Wanted { side, resource, count_limit_range }, min, max)
    };
    let requests = of(Side::Requests, min_requests, max_requests);
    let limits = of(Side::Limits, min_limits, max_limits);
    let apart = ratio.iter().filter_map(|(resource, most)| {
        let wanted = |side| Wanted { side, resource, count_limit_range };
        too_far_apart(subject, &wanted(Side::Requests), &wanted(Side::Limits), *most)
    });
    requests.into_iter().chain(limits).chain(apart).collect()
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range)
}

fn outside<'a>(
    subject: &ContainerSubject<'_>,
    wanted: impl Fn(&'a str) -> Wanted<'a>,
    min: &'a Amounts,
    max: &'a Amounts,
) -> Vec<Statement> {
    let judge = |(resource, bound): (&'a String, &Amount), is_low: bool| {
        let (wanted, Amount(bound)) = (wanted(resource), *bound);
        let amount = match wanted.effective(subject) {
            Ok(amount) => amount?,
            Err(cause) => return Some(wanted.unknown(cause)),
        };
        let (is_outside, word) = if is_low { (amount < bound, "below") } else { (amount > bound, "above") };
        let side = wanted.side;
        is_outside.then(|| {
            let message = format!("the {resource} {side} {amount} is {word} {bound}");
            Statement::fail(container(side.path(resource)), message)
        })
    };
    let low = min.iter().filter_map(|one| judge(one, true));
    low.chain(max.iter().filter_map(|one| judge(one, false))).collect()
}

/// What there is to say of a limit that is more than so many times its request.
fn too_far_apart(
    subject: &ContainerSubject<'_>,
    request: &Wanted<'_>,
    limit: &Wanted<'_>,
    Amount(most): Amount,
) -> Option<Statement> {
    /// Nano-units in one unit, by which a ratio is scaled.
    const UNIT: i128 = 1_000_000_000;
    let (requested, limited) = match (request.effective(subject), limit.effective(subject)) {
        (Ok(None), _) | (_, Ok(None)) => return None,
        (Err(cause), _) => return Some(request.unknown(cause)),
        (_, Err(cause)) => return Some(limit.unknown(cause)),
        (Ok(Some(requested)), Ok(Some(limited))) => (requested, limited),
    };
    let far = limited.nano().saturating_mul(UNIT) > requested.nano().saturating_mul(most.nano());
    far.then(|| {
        let resource = limit.resource;
        let message =
            format!("the {resource} limit {limited} is more than {most} times the request {requested}");
        Statement::fail(container(Side::Limits.path(resource)), message)
    })
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
    use crate::inventory::lookup::Coverage;

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
    fn defaults_of_limit_ranges_are_judged_when_told_to() {
        let limits = json!([{"type": "Container", "default": {"cpu": "4"}, "defaultRequest": {"cpu": "1"}}]);
        let range =
            json!({"kind": "LimitRange", "metadata": {"name": "defaults"}, "spec": {"limits": limits}});
        for bounds in [
            json!({"minRequests": {"cpu": 2}}),
            json!({"maxLimits": {"cpu": 3}}),
            json!({"ratio": {"cpu": 3}}),
        ] {
            let mut counted = bounds.clone();
            counted["countLimitRange"] = json!(true);
            assert_eq!(with(json!({}), bounds.clone()).with(range.clone()).outcome(), Outcome::Pass);
            let counting = with(json!({}), counted);
            assert_eq!(counting.clone().outcome(), Outcome::Pass, "{bounds}");
            assert_eq!(counting.clone().with(range.clone()).outcome(), Outcome::Fail, "{bounds}");
            assert_eq!(counting.coverage(Coverage::Partial).outcome(), Outcome::Unknown, "{bounds}");
        }
    }

    #[test]
    fn without_bounds_it_is_not_applicable_and_nonsense_is_no_bound() {
        assert_eq!(with(json!({}), json!({})).outcome(), Outcome::NotApplicable);
        let nonsense = json!({"maxLimits": {"cpu": "many"}});
        let error = (CHECK.compile)(nonsense.as_object().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `maxLimits`: `many` is not a quantity");
    }
}
