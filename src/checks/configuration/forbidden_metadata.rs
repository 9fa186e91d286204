use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::globs::Globs;
use crate::checks::labelling::{Place, annotations, labels};

/// Parameters of `forbidden-metadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Patterns of labels that must not be there.
    labels: Globs,
    /// Patterns of annotations that must not be there.
    annotations: Globs,
    /// Patterns of the only labels that may be there; empty allows all.
    allowed_labels: Globs,
    /// Patterns of the only annotations that may be there; empty allows all.
    allowed_annotations: Globs,
}

check! {
    /// ## What it checks
    /// Neither the workload nor its pods have a label or an annotation whose key matches a forbidden
    /// pattern, or, where the policy lists the allowed ones, none of those. Keys of Kubernetes itself
    /// (under `kubernetes.io` and `k8s.io`) need not be allowed. Without any list there is nothing to
    /// compare with.
    ///
    /// ## Why it matters
    /// Some annotations change what a controller does: they give an Ingress a configuration snippet, a pod
    /// a cloud role, a Service a public address. A policy that forbids them keeps such switches with those
    /// who run the cluster.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     iam.example.com/role: administrator
    /// spec:
    ///   template:
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
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove the label or annotation, or ask whoever owns the policy.
    ///
    /// ## Parameters
    /// - `labels`, `annotations`: patterns of keys that must not be there, with `*` and `?` (default none).
    /// - `allowedLabels`, `allowedAnnotations`: patterns of the only keys that may be there (default none,
    ///   which allows all).
    ///
    /// ### With parameters
    /// ```yaml
    /// annotations: ["iam.example.com/*"]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Labels and Selectors; Annotations
    name: "forbidden-metadata",
    family: Configuration,
    severity: Low,
    title: "Workloads have no forbidden labels or annotations",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { labels: no_labels, annotations: no_annotations, allowed_labels, allowed_annotations } =
        parameters;
    let lists = [no_labels, no_annotations, allowed_labels, allowed_annotations];
    if lists.iter().all(|list| list.is_empty()) {
        return Judgement::not_applicable("the policy forbids no labels and annotations");
    }
    let labels = labels(subject.workload);
    let annotations = annotations(subject.workload);
    let labels = labels.iter().flat_map(|place| problems(place, no_labels, allowed_labels));
    labels
        .chain(annotations.iter().flat_map(|place| problems(place, no_annotations, allowed_annotations)))
        .collect()
}

fn problems<'a>(
    place: &'a Place<'_>,
    forbidden: &'a Globs,
    allowed: &'a Globs,
) -> impl Iterator<Item = Statement> + 'a {
    place.entries.keys().filter_map(move |key| {
        let problem = if forbidden.match_any(key) {
            "is forbidden"
        } else if !allowed.is_empty() && !allowed.match_any(key) && !is_of_kubernetes(key) {
            "is not among the allowed ones"
        } else {
            return None;
        };
        Some(Statement::fail(place.entry(key), format!("the {} {key} {problem}", place.what)))
    })
}

/// Whether a key is one that Kubernetes itself writes or reads.
fn is_of_kubernetes(key: &str) -> bool {
    let Some((prefix, _)) = key.split_once('/') else { return false };
    ["kubernetes.io", "k8s.io"]
        .iter()
        .any(|domain| prefix.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn forbidden_keys_are_found_in_both_places() {
        let annotated = json!({"metadata": {"annotations": {"a/x": "1"}}, "spec": {"template": {"metadata": {"annotations": {"a/y": "1"}}}}});
        let case = Case::of(&CHECK).workload(annotated).parameters(json!({"annotations": ["a/*"]}));
        assert_eq!(case.fields(), ["metadata.annotations[a/x]", "spec.template.metadata.annotations[a/y]"]);
        assert_eq!(case.parameters(json!({"labels": ["a/*"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_list_of_allowed_ones_need_not_name_those_of_kubernetes() {
        let labels = json!({"metadata": {"labels": {"app.kubernetes.io/name": "web", "kubernetes.io.evil.test/x": "1"}}});
        let case = Case::of(&CHECK).workload(labels).parameters(json!({"allowedLabels": ["app", "data-*"]}));
        assert_eq!(case.fields(), ["metadata.labels[kubernetes.io.evil.test/x]"]);
    }

    #[test]
    fn without_a_list_there_is_nothing_to_say() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}
