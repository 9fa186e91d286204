use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{PARKED, object};
use crate::inventory::Kind;

/// Parameters of `quorum-size`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Label of a StatefulSet whose pods vote; `false` as its value is as if it were not there.
    label: String,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { label: "seaworthy.dev/quorum".to_owned() }
    }
}

check! {
    /// ## What it checks
    /// A StatefulSet whose pods vote (it carries the label `seaworthy.dev/quorum`) has an odd number of
    /// replicas, three or more.
    ///
    /// ## Why it matters
    /// A majority of two is two, and of four is three: the even number costs one more pod and survives the
    /// loss of no more. One that stands alone survives none.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: etcd, labels: {seaworthy.dev/quorum: "true"}}
    /// spec:
    ///   replicas: 4
    ///   selector: {matchLabels: {app: etcd}}
    ///   template:
    ///     metadata: {labels: {app: etcd}}
    ///     spec:
    ///       containers:
    ///         - name: etcd
    ///           image: registry.example/etcd:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: etcd, labels: {seaworthy.dev/quorum: "true"}}
    /// spec:
    ///   replicas: 3
    ///   selector: {matchLabels: {app: etcd}}
    ///   template:
    ///     metadata: {labels: {app: etcd}}
    ///     spec:
    ///       containers:
    ///         - name: etcd
    ///           image: registry.example/etcd:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `replicas` to 3 or 5.
    ///
    /// ## Parameters
    /// - `label`: the label of a StatefulSet whose pods vote (default `seaworthy.dev/quorum`).
    ///
    /// ## References
    /// - etcd documentation: Frequently Asked Questions (why an odd number of members)
    name: "quorum-size",
    family: Availability,
    severity: Low,
    title: "Pods that vote are an odd number, three or more",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let workload = subject.workload;
    let label = workload.metadata.labels.get(&parameters.label);
    if workload.kind != Kind::StatefulSet || label.is_none_or(|value| value == "false") {
        return Judgement::not_applicable("the workload is not a StatefulSet whose pods vote");
    }
    if workload.is_parked() {
        return Judgement::not_applicable(PARKED);
    }
    let replicas = workload.replicas.unwrap_or(1);
    Judgement::require_or(replicas >= 3 && replicas % 2 == 1, || {
        let message = format!("{replicas} replicas vote; the number must be odd, and three or more");
        Statement::fail(object("spec.replicas"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(replicas: i64, label: &str) -> Case {
        let metadata = json!({"labels": {"seaworthy.dev/quorum": label}});
        Case::of(&CHECK)
            .workload(json!({"kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": replicas}}))
    }

    #[test]
    fn odd_numbers_from_three_pass() {
        for (replicas, outcome) in [
            (1, Outcome::Fail),
            (2, Outcome::Fail),
            (3, Outcome::Pass),
            (4, Outcome::Fail),
            (5, Outcome::Pass),
        ] {
            assert_eq!(of(replicas, "true").outcome(), outcome, "{replicas}");
        }
        assert_eq!(of(2, "true").fields(), ["spec.replicas"]);
    }

    #[test]
    fn only_what_is_labelled_and_runs_is_judged() {
        assert_eq!(of(2, "false").outcome(), Outcome::NotApplicable);
        assert_eq!(of(0, "true").outcome(), Outcome::NotApplicable);
        assert_eq!(of(2, "true").workload(json!({"kind": "Deployment"})).outcome(), Outcome::NotApplicable);
        assert_eq!(of(2, "true").parameters(json!({"label": "votes"})).outcome(), Outcome::NotApplicable);
    }
}
