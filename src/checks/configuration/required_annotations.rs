use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::labelling::annotations;
use crate::checks::pattern::Patterns;

/// Parameters of `required-annotations`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Annotations that must be there, each with a regular expression that its whole value matches; an empty
    /// one is met by any value.
    annotations: Patterns,
}

check! {
    /// ## What it checks
    /// The workload has each of the listed annotations, with a value that matches. Without a list there is
    /// nothing to look for.
    ///
    /// ## Why it matters
    /// What an organization wants to know of every workload (a cost centre, a ticket, an address) is worth
    /// nothing where it is missing in one of three.
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
    ///   annotations:
    ///     example.com/cost-centre: "4711"
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the annotation to `metadata.annotations` of the workload.
    ///
    /// ## Parameters
    /// - `annotations`: keys, each with a regular expression that the whole value must match; an empty one
    ///   is met by any value (default none: the check is then not applicable).
    ///
    /// ### With parameters
    /// ```yaml
    /// annotations:
    ///   example.com/cost-centre: "[0-9]+"
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Annotations
    name: "required-annotations",
    family: Configuration,
    severity: Low,
    title: "Workloads have the wanted annotations",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.annotations.is_empty() {
        return Judgement::not_applicable("the policy wants no annotations");
    }
    let places = annotations(subject.workload);
    places.iter().take(1).flat_map(|place| place.unlike(&parameters.annotations)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_workloads_own_annotations_count() {
        let wanted = json!({"annotations": {"example.com/mail": ".+@example[.]com"}});
        let own = |value: &str| {
            let annotations = json!({"metadata": {"annotations": {"example.com/mail": value}}});
            Case::of(&CHECK).workload(annotations).parameters(wanted.clone())
        };
        assert_eq!(own("shop@example.com").outcome(), Outcome::Pass);
        assert_eq!(own("shop@example.org").fields(), ["metadata.annotations[example.com/mail]"]);
        let pods = json!({"spec": {"template": {"metadata": {"annotations": {"example.com/mail": "a@example.com"}}}}});
        let pods = Case::of(&CHECK).workload(pods).parameters(wanted.clone());
        assert_eq!(pods.message(), "the annotation example.com/mail is missing");
    }

    #[test]
    fn without_a_list_there_is_nothing_to_say() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}
