use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::labelling::labels;
use crate::checks::pattern::{Pattern, Patterns};

/// Parameters of `required-labels`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Labels that must be there, each with a regular expression that its whole value matches; an empty one is
    /// met by any value.
    labels: Patterns,
    /// Whether the pods must have them, too.
    pods: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        let labels = ["app.kubernetes.io/name", "app.kubernetes.io/version"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), Pattern::try_from(String::new()).ok()?)));
        Self { labels: labels.collect(), pods: true }
    }
}

check! {
    /// ## What it checks
    /// The workload and its pods have each of the listed labels, with a value that matches. By default
    /// those are the name and the version of the application, as recommended.
    ///
    /// ## Why it matters
    /// Labels are how people and tools find out what runs: dashboards, cost reports, alerts and `kubectl`
    /// group by them. Labels of the workload alone do not reach the metrics of its pods.
    ///
    /// ## Failing example
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
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app.kubernetes.io/name: web
    ///     app.kubernetes.io/version: 1.0.0
    /// spec:
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app.kubernetes.io/name: web
    ///         app.kubernetes.io/version: 1.0.0
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the label to `metadata.labels` and to `spec.template.metadata.labels`. Leave `spec.selector` as
    /// it is: it cannot be changed, and must not hold a version.
    ///
    /// ## Parameters
    /// - `labels`: keys, each with a regular expression that the whole value must match; an empty one is
    ///   met by any value (default `app.kubernetes.io/name` and `app.kubernetes.io/version`, any value).
    /// - `pods`: whether the pods must have them, too (default true).
    ///
    /// ## References
    /// - Kubernetes documentation: Recommended Labels
    name: "required-labels",
    family: Configuration,
    severity: Low,
    title: "Workloads and their pods have the wanted labels",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.labels.is_empty() {
        return Judgement::not_applicable("the policy wants no labels");
    }
    let places = labels(subject.workload);
    let looked_at = if parameters.pods { places.len() } else { 1 };
    places.iter().take(looked_at).flat_map(|place| place.unlike(&parameters.labels)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn unlabelled() -> Case {
        Case::of(&CHECK).workload(json!({"metadata": {"labels": null}}))
    }

    #[test]
    fn both_places_are_looked_at_unless_told_otherwise() {
        let bare = unlabelled().workload(json!({"spec": {"template": {"metadata": {"labels": null}}}}));
        let twice = [
            "metadata.labels",
            "metadata.labels",
            "spec.template.metadata.labels",
            "spec.template.metadata.labels",
        ];
        assert_eq!(bare.fields(), twice);
        assert_eq!(bare.parameters(json!({"pods": false})).fields(), ["metadata.labels", "metadata.labels"]);
    }

    #[test]
    fn disagreement_48_the_instance_may_have_another_name_than_the_object() {
        let instance = json!({"metadata": {"labels": {"app.kubernetes.io/instance": "release-7"}}});
        assert_eq!(Case::of(&CHECK).workload(instance).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_value_matches_as_a_whole() {
        let team = |value: &str| {
            let wanted = json!({"labels": {"team": "shop|books"}, "pods": false});
            unlabelled().workload(json!({"metadata": {"labels": {"team": value}}})).parameters(wanted)
        };
        assert_eq!(team("books").outcome(), Outcome::Pass);
        assert_eq!(team("workshop").fields(), ["metadata.labels[team]"]);
    }

    #[test]
    fn any_value_is_enough_without_a_pattern_but_an_empty_one() {
        let team = |value: &str| {
            let wanted = json!({"labels": {"team": ""}, "pods": false});
            unlabelled().workload(json!({"metadata": {"labels": {"team": value}}})).parameters(wanted)
        };
        assert_eq!(team("x").outcome(), Outcome::Pass);
        assert_eq!(team("").message(), "the label team says nothing");
    }

    #[test]
    fn what_is_no_expression_is_no_parameter() {
        let given = json!({"labels": {"team": "("}});
        assert!((CHECK.compile)(given.as_object().unwrap()).unwrap_err().to_string().contains("`labels`"));
    }
}
