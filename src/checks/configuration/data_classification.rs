use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Field, Judgement, Statement, WorkloadSubject};

/// Parameters of `data-classification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Key of the label.
    label: String,
    /// The classes that there are.
    classes: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let classes = ["public", "internal", "confidential", "restricted"];
        Self { label: "data-classification".to_owned(), classes: classes.map(str::to_owned).into() }
    }
}

check! {
    /// ## What it checks
    /// The workload has a label that says which class of data it works on, and the class is one of those
    /// that the organization knows.
    ///
    /// ## Why it matters
    /// What a workload may be connected with, where its backups may lie and who may read its logs follows
    /// from its data. As a label, the class can be selected by network policies, by other policies and in
    /// an audit.
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
    ///     data-classification: internal
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the label to `metadata.labels` of the workload, with the highest class of the data that passes
    /// through.
    ///
    /// ## Parameters
    /// - `label`: key of the label (default `data-classification`).
    /// - `classes`: the classes that there are (default `public`, `internal`, `confidential`,
    ///   `restricted`).
    ///
    /// ## References
    /// - ISO/IEC 27001, Annex A: Classification of information
    /// - NIST SP 800-60: Mapping Types of Information
    name: "data-classification",
    family: Configuration,
    severity: Low,
    title: "Workloads say which class of data they work on",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { label, classes } = parameters;
    match subject.workload.metadata.labels.get(label) {
        None => {
            let message = format!("the label {label} does not say which class of data the workload works on");
            Judgement::fail(Field::Object("metadata.labels".into()), message)
        }
        Some(class) => Judgement::require_or(classes.iter().any(|known| known == class), || {
            let field = Field::Object(format!("metadata.labels[{label}]").into());
            let shown = class.escape_debug();
            let message = format!("`{shown}` is none of the classes of data that the policy knows");
            Statement::fail(field, message)
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn the_class_is_one_of_the_policys_and_written_as_there() {
        let of = |class: &str| {
            Case::of(&CHECK).workload(json!({"metadata": {"labels": {"data-classification": class}}}))
        };
        assert_eq!(of("restricted").outcome(), Outcome::Pass);
        assert_eq!(
            of("Restricted").message(),
            "`Restricted` is none of the classes of data that the policy knows"
        );
        assert_eq!(of("secret").parameters(json!({"classes": ["secret"]})).outcome(), Outcome::Pass);
        let other = of("internal").parameters(json!({"label": "example.com/class"}));
        assert_eq!(other.fields(), ["metadata.labels"]);
    }
}
