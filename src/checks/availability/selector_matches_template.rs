use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::object;
use crate::inventory::Kind;
use crate::inventory::workload::Selection;

check! {
    /// ## What it checks
    /// The selector of a workload is there, asks for something, is valid, and matches the labels of its own
    /// template.
    ///
    /// ## Why it matters
    /// The API server refuses such a workload, so the release stops half-way. The mistake usually comes
    /// from a template engine that changed one of the two.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: www}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web, tier: front}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Give the template every label that the selector asks for. The selector of a workload that exists
    /// cannot be changed.
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Selector
    name: "selector-matches-template",
    family: Availability,
    severity: High,
    title: "The selector matches the template's labels",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let selector = match &subject.workload.selection {
        Selection::None => return Judgement::not_applicable("the kind has no selector of its own"),
        Selection::Own => return Judgement::pass(),
        Selection::Missing => return Judgement::fail(object("spec.selector"), "no selector is set"),
        Selection::Other(selector) => selector,
    };
    let compiled = match selector.compile() {
        Ok(compiled) if compiled.is_empty() => {
            return Judgement::fail(
                object("spec.selector"),
                "the selector is empty, which the API server refuses",
            );
        }
        Ok(compiled) => compiled,
        Err(error) => {
            let field = object(format!("spec.selector.{}", error.field));
            return Judgement::fail(field, error.problem.to_string());
        }
    };
    let labels = &subject.workload.pod_labels;
    if compiled.matches(labels) {
        return Judgement::pass();
    }
    let plain = subject.workload.kind == Kind::ReplicationController;
    let wrong = selector.match_labels.iter().find(|(key, value)| labels.get(key) != Some(*value));
    let (field, what) = match wrong {
        Some((key, _)) if plain => (format!("spec.selector[{key}]"), format!(" label {key}")),
        Some((key, _)) => (format!("spec.selector.matchLabels[{key}]"), format!(" label {key}")),
        None => ("spec.selector.matchExpressions".to_owned(), "se expressions".to_owned()),
    };
    let what: String = what.chars().take(140).collect();
    Judgement::fail(object(field), format!("the template does not have the{what} that the selector asks for"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn of(selector: Value) -> Case {
        Case::of(&CHECK)
            .workload(json!({"spec": {"selector": null}}))
            .workload(json!({"spec": {"selector": selector}}))
    }

    #[test]
    fn every_term_counts() {
        assert_eq!(of(json!({"matchLabels": {"app": "www"}})).fields(), ["spec.selector.matchLabels[app]"]);
        let expression = |operator: &str| json!({"matchExpressions": [{"key": "app", "operator": operator}]});
        assert_eq!(of(expression("Exists")).outcome(), Outcome::Pass);
        assert_eq!(of(expression("DoesNotExist")).fields(), ["spec.selector.matchExpressions"]);
        assert_eq!(of(expression("exists")).fields(), ["spec.selector.matchExpressions[0].operator"]);
    }

    #[test]
    fn none_and_an_empty_one_are_refused_by_the_server() {
        assert_eq!(of(Value::Null).message(), "no selector is set");
        assert_eq!(of(json!({})).fields(), ["spec.selector"]);
    }

    #[test]
    fn a_replication_controller_without_one_gets_the_labels_of_its_template() {
        let of = |selector: Value| {
            of(Value::Null).workload(json!({"kind": "ReplicationController", "spec": {"selector": selector}}))
        };
        assert_eq!(of(Value::Null).outcome(), Outcome::Pass);
        assert_eq!(of(json!({"app": "www"})).fields(), ["spec.selector[app]"]);
    }
}
