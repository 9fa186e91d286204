use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::amounts::{Side, Wanted, is_positive, reads};
use crate::checks::helpers::pod;
use crate::inventory::Kind;
use crate::inventory::pod::{PodSpec, Volume};
use crate::inventory::quantity::QuantityValue;

/// Parameters of `ephemeral-storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether a request is asked for, beside the limit.
    require_request: bool,
    /// Whether the defaults that `LimitRange`s of the namespace give count as set.
    count_limit_range: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { require_request: true, count_limit_range: false }
    }
}

check! {
    /// ## What it checks
    /// Every container, sidecar and init container has a limit and a request for `ephemeral-storage` above
    /// zero (a limit without a request is the request, too), and every `emptyDir` volume on the node's disk
    /// has a `sizeLimit` above zero. A volume with `medium: Memory` is charged to the memory of the
    /// containers that write to it, which `memory-limits` looks after.
    ///
    /// ## Why it matters
    /// Logs, writable layers and scratch volumes share the node's disk. One container that fills it makes
    /// the kubelet evict pods, among them those that wrote nothing.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
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
    ///           ephemeral-storage: 1Gi
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir:
    ///         sizeLimit: 512Mi
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.limits.ephemeral-storage` on the container and `sizeLimit` on each `emptyDir`.
    ///
    /// ## Parameters
    /// - `requireRequest`: whether an explicit request of zero is a finding (default true).
    /// - `countLimitRange`: whether default amounts that a `LimitRange` of the namespace gives count
    ///   (default false, so that a file can be judged by itself).
    ///
    /// ## References
    /// - Kubernetes documentation: Local ephemeral storage
    name: "ephemeral-storage",
    family: Resources,
    severity: Low,
    title: "Containers and scratch volumes limit their local storage",
    profiles: [Membership::of(Profile::Strict)],
    reads: [LimitRange],
    reads_with: reads_with,
    parameters: Parameters,
    rule: Container(Classes::WITH_RESOURCES, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    let count_limit_range = parameters.count_limit_range;
    let on = |side| Wanted { side, resource: "ephemeral-storage", count_limit_range }.require(subject);
    let mut judgement = on(Side::Limits);
    // A limit brings a request with it, so a missing request is news only where there is a limit.
    if parameters.require_request && judgement.statements.is_empty() {
        judgement = on(Side::Requests);
    }
    judgement.statements.extend(unlimited_volumes(subject.pod()));
    judgement
}

fn unlimited_volumes(pod_spec: &PodSpec) -> impl Iterator<Item = Statement> + use<'_> {
    pod_spec.volumes.iter().enumerate().filter_map(|(index, volume)| {
        let problem = problem(volume)?;
        let field = pod(format!("volumes[{index}].emptyDir.sizeLimit"));
        Some(Statement::fail(field, format!("the emptyDir volume {} {problem}", volume.name)))
    })
}

fn problem(volume: &Volume) -> Option<String> {
    let empty_dir = volume.empty_dir.as_ref().filter(|empty_dir| empty_dir.medium.is_empty())?;
    match &empty_dir.size_limit {
        None => Some("has no sizeLimit".to_owned()),
        Some(QuantityValue::Invalid(text)) => {
            Some(format!("has the sizeLimit `{}`, which is not a quantity", text.escape_debug()))
        }
        Some(limit) if is_positive(limit) => None,
        Some(limit) => Some(format!("has the sizeLimit {limit}, which sets none")),
    }
}

fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    reads(parameters.count_limit_range)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::{Outcome, Severity};
    use crate::checks::testing::Case;

    fn with(resources: Value) -> Case {
        Case::of(&CHECK).container(json!({"resources": null})).container(json!({"resources": resources}))
    }

    fn volume(empty_dir: &Value) -> Case {
        Case::of(&CHECK).pod(json!({"volumes": [{"name": "scratch", "emptyDir": empty_dir}]}))
    }

    #[test]
    fn a_limit_is_enough_unless_the_request_is_an_explicit_zero() {
        assert_eq!(with(json!({"limits": {"ephemeral-storage": "1Gi"}})).outcome(), Outcome::Pass);
        let zero =
            with(json!({"limits": {"ephemeral-storage": "1Gi"}, "requests": {"ephemeral-storage": "0"}}));
        assert_eq!(zero.message(), "the ephemeral-storage request is 0, which sets none");
        assert_eq!(zero.parameters(json!({"requireRequest": false})).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_26_local_storage_is_of_low_severity() {
        let finding = &with(json!({})).judged().findings[0];
        assert_eq!(
            (finding.outcome, finding.grade.unwrap_or(CHECK.severity)),
            (Outcome::Fail, Severity::Low)
        );
    }

    #[test]
    fn a_request_alone_limits_nothing() {
        let case = with(json!({"requests": {"ephemeral-storage": "1Gi"}}));
        assert_eq!(case.message(), "no ephemeral-storage limit is set");
    }

    #[test]
    fn an_amount_for_the_whole_pod_does_not_exist_for_local_storage() {
        let case = with(json!({})).pod(json!({"resources": {"limits": {"ephemeral-storage": "1Gi"}}}));
        assert_eq!(case.outcome(), Outcome::Fail);
    }

    #[test]
    fn a_scratch_volume_on_disk_needs_a_size_limit_and_one_in_memory_does_not() {
        assert_eq!(volume(&json!({})).message(), "the emptyDir volume scratch has no sizeLimit");
        assert_eq!(volume(&json!({})).fields(), ["spec.template.spec.volumes[0].emptyDir.sizeLimit"]);
        assert_eq!(volume(&json!({"sizeLimit": "0"})).outcome(), Outcome::Fail);
        assert_eq!(volume(&json!({"sizeLimit": "big"})).outcome(), Outcome::Fail);
        assert_eq!(volume(&json!({"sizeLimit": "1Gi"})).outcome(), Outcome::Pass);
        assert_eq!(volume(&json!({"medium": "Memory"})).outcome(), Outcome::Pass);
    }
}
