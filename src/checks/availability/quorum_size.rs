use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::{PARKED, object, pod_labels};
use crate::inventory::Kind;

/// Parameters of `quorum-size`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Label of a StatefulSet whose pods vote; `false` as its value is as if it were not there.
    label: String,
    /// Whether a PodDisruptionBudget has to select the pods.
    require_budget: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { label: "seaworthy.dev/quorum".to_owned(), require_budget: true }
    }
}

check! {
    /// ## What it checks
    /// A StatefulSet whose pods vote (it carries the label `seaworthy.dev/quorum`) has an odd number of
    /// replicas, three or more, and a PodDisruptionBudget that selects them.
    ///
    /// ## Why it matters
    /// A majority of two is two, and of four is three: the even number costs one more pod and survives the
    /// loss of no more. One that stands alone survives none. Without a budget, a drain of nodes takes as many
    /// at a time as lie there, and the majority with them.
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
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: etcd}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: etcd}}
    /// ```
    ///
    /// ## How to fix
    /// Set `replicas` to 3 or 5, and add a PodDisruptionBudget with `maxUnavailable: 1`.
    ///
    /// ## Parameters
    /// - `label`: the label of a StatefulSet whose pods vote (default `seaworthy.dev/quorum`).
    /// - `requireBudget`: whether a PodDisruptionBudget has to select the pods (default true).
    ///
    /// ## References
    /// - etcd documentation: Frequently Asked Questions (why an odd number of members)
    name: "quorum-size",
    family: Availability,
    severity: Low,
    title: "Pods that vote are an odd number, three or more",
    profiles: [],
    reads: [PodDisruptionBudget],
    reads_with: reads_with,
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
    let number = (replicas < 3 || replicas % 2 == 0).then(|| {
        let message = format!("{replicas} replicas vote; the number must be odd, and three or more");
        Statement::fail(object("spec.replicas"), message)
    });
    let budget = if parameters.require_budget { without_budget(subject) } else { None };
    number.into_iter().chain(budget).collect()
}

fn without_budget(subject: &WorkloadSubject<'_>) -> Option<Statement> {
    let budgets = subject.namespace.pod_disruption_budgets_selecting(&subject.workload.pod_labels);
    if !budgets.found.is_empty() {
        return None;
    }
    let field = pod_labels(subject);
    Some(match budgets.incomplete {
        None => Statement::fail(field, "no PodDisruptionBudget keeps a majority of the pods that vote"),
        Some(cause) => {
            Statement::unknown(cause, field, "whether a PodDisruptionBudget selects the pods is not known")
        }
    })
}

const fn reads_with(parameters: &Parameters) -> &'static [Kind] {
    if parameters.require_budget { &[Kind::PodDisruptionBudget] } else { &[] }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::inventory::lookup::Coverage;

    fn of(replicas: i64, label: &str) -> Case {
        let metadata = json!({"labels": {"seaworthy.dev/quorum": label}});
        let selector = json!({"matchLabels": {"app": "web"}});
        let budget = json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"selector": selector}});
        bare(replicas, metadata).with(budget)
    }

    fn bare(replicas: i64, metadata: Value) -> Case {
        Case::of(&CHECK)
            .workload(json!({"kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": replicas}}))
    }

    #[test]
    fn a_budget_selects_the_pods_unless_none_is_asked_for() {
        let alone = bare(3, json!({"labels": {"seaworthy.dev/quorum": "true"}}));
        assert_eq!(alone.fields(), ["spec.template.metadata.labels"]);
        assert_eq!(alone.clone().coverage(Coverage::Partial).outcome(), Outcome::Unknown);
        assert_eq!(alone.parameters(json!({"requireBudget": false})).outcome(), Outcome::Pass);
        let reads = |given: Value| (CHECK.compile)(given.as_object().unwrap()).unwrap().reads;
        assert!(reads(json!({"requireBudget": false})).is_empty() && !reads(json!({})).is_empty());
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
