use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Field, Judgement, Statement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, is_positive, reads};
use crate::inventory::Kind;
use crate::inventory::quantity::Quantity;

/// Parameters of `cpu-limits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// `ignore`: nothing is asked for. `require`: a limit above zero. `forbid`: no limit.
    mode: Mode,
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Mode {
    #[default]
    Ignore,
    Require,
    Forbid,
}

check! {
    /// ## What it checks
    /// With `mode: require`, every container and sidecar has an effective CPU limit above zero: its own, or
    /// one for the whole pod. With `mode: forbid`, none has one. With `mode: ignore` (the default) the check
    /// is not applicable.
    ///
    /// ## Why it matters
    /// Both sides have good reasons. A CPU limit makes a workload predictable and keeps tenants apart; it
    /// also throttles a container while its node is idle, and requests alone already share time out fairly.
    /// Decide once, and hold workloads to it.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ### With parameters
    /// ```yaml
    /// mode: require
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
    ///           cpu: 500m
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.limits.cpu` on the container, or take it out, as the policy asks.
    ///
    /// ## Parameters
    /// - `mode`: `ignore` (default), `require` or `forbid`.
    /// - `countLimitRange`: whether a default limit that a `LimitRange` of the namespace gives counts
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Resource Management for Pods and Containers
    /// - KEP-2837: pod-level resources
    name: "cpu-limits",
    family: Resources,
    severity: Low,
    title: "Containers limit their CPU, or do not, as the policy asks",
    profiles: [Membership::of(Profile::Strict)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::LONG_RUNNING, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let count_limit_range = parameters.count_limit_range;
    let limit = Wanted { side: Side::Limits, resource: "cpu", count_limit_range };
    match parameters.mode {
        Mode::Ignore => Judgement::not_applicable("the policy leaves CPU limits to each workload"),
        Mode::Require => limit.require(subject),
        Mode::Forbid => forbid(subject, &limit),
    }
}

fn forbid(subject: &ContainerSubject<'_>, limit: &Wanted<'_>) -> Judgement {
    if let Some(statement) = limit.unreadable(subject) {
        return statement.into();
    }
    let path = || limit.side.path(limit.resource).into();
    let forbidden = "the policy forbids one";
    if let Some(amount) = limit.own(subject) {
        return Judgement::require_or(!is_positive(amount), || {
            let message = format!("the cpu limit is {amount}; {forbidden}");
            Statement::fail(Field::Container(path()), message)
        });
    }
    if let Some(amount) = limit.pod(subject).filter(|amount| is_positive(amount)) {
        let message = format!("the cpu limit for the whole pod is {amount}; {forbidden}");
        return Judgement::fail(Field::Pod(path()), message);
    }
    match limit.default(subject) {
        Ok(default) => {
            let amount = default.unwrap_or(Quantity::ZERO);
            Judgement::require_or(!amount.is_positive(), || {
                let message = format!("a LimitRange sets the cpu limit {amount}; {forbidden}");
                Statement::fail(Field::Container(path()), message)
            })
        }
        Err(cause) => limit.unknown(cause).into(),
    }
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range && parameters.mode != Mode::Ignore)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn case(mode: &str, cpu: Value) -> Case {
        let limits = json!({"resources": {"limits": {"cpu": cpu}}});
        Case::of(&CHECK).container(limits).parameters(json!({"mode": mode}))
    }

    #[test]
    fn disagreement_24_the_default_mode_neither_requires_nor_forbids() {
        for cpu in [json!("1"), Value::Null] {
            assert_eq!(case("ignore", cpu).parameters(json!({})).outcome(), Outcome::NotApplicable);
        }
    }

    #[test]
    fn require_and_forbid_are_opposites_and_zero_is_no_limit() {
        for (cpu, require, forbid) in [
            (json!("500m"), Outcome::Pass, Outcome::Fail),
            (json!("0"), Outcome::Fail, Outcome::Pass),
            (Value::Null, Outcome::Fail, Outcome::Pass),
            (json!("half"), Outcome::Fail, Outcome::Fail),
        ] {
            assert_eq!(case("require", cpu.clone()).outcome(), require, "{cpu}");
            assert_eq!(case("forbid", cpu.clone()).outcome(), forbid, "{cpu}");
        }
    }

    #[test]
    fn a_limit_for_the_whole_pod_counts_in_both_modes() {
        let pod = json!({"resources": {"limits": {"cpu": "2"}}});
        assert_eq!(case("require", Value::Null).pod(pod.clone()).outcome(), Outcome::Pass);
        let forbidden = case("forbid", Value::Null).pod(pod);
        assert_eq!(forbidden.fields(), ["spec.template.spec.resources.limits.cpu"]);
    }

    #[test]
    fn init_containers_may_do_as_they_like() {
        let pod = json!({"initContainers": [{"name": "prepare"}]});
        assert_eq!(case("require", json!("1")).pod(pod).outcome(), Outcome::Pass);
    }

    #[test]
    fn limit_ranges_count_in_both_modes_when_told_to() {
        let range = json!({"kind": "LimitRange", "metadata": {"name": "defaults"},
            "spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}});
        for (mode, without, with) in
            [("require", Outcome::Fail, Outcome::Pass), ("forbid", Outcome::Pass, Outcome::Fail)]
        {
            let case = case(mode, Value::Null).with(range.clone());
            assert_eq!(case.outcome(), without);
            assert_eq!(case.parameters(json!({"mode": mode, "countLimitRange": true})).outcome(), with);
        }
    }
}
