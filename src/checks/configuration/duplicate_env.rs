use std::collections::BTreeSet;

use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Statement, classes::Classes};
use crate::checks::helpers::container;

check! {
    /// ## What it checks
    /// No container of any class sets the same variable twice in `env`.
    ///
    /// ## Why it matters
    /// The last one counts, silently; and a tool that merges lists by name, as server-side apply does, may
    /// keep the other. Somebody thinks that the first one is in force.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: LOG_LEVEL
    ///           value: info
    ///         - name: LOG_LEVEL
    ///           value: debug
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       env:
    ///         - name: LOG_LEVEL
    ///           value: info
    /// ```
    ///
    /// ## How to fix
    /// Remove all but one. In a template of Helm or Kustomize, look for the value that is added twice.
    ///
    /// ## References
    /// - Kubernetes documentation: Define Environment Variables for a Container
    name: "duplicate-env",
    family: Configuration,
    severity: Medium,
    title: "Containers set no variable twice",
    profiles: [Membership::of(Profile::Baseline).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Container(Classes::ALL, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, _: &NoParameters) -> Judgement {
    let mut seen = BTreeSet::new();
    let variables = subject.container.env.iter().enumerate();
    variables
        .filter(|(_, variable)| !seen.insert(&*variable.name))
        .map(|(index, variable)| {
            let message = format!("the variable {} is set before already", variable.name.escape_debug());
            Statement::fail(container(format!("env[{index}].name")), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn each_repetition_is_a_finding_and_case_matters() {
        let env = json!([{"name": "A"}, {"name": "a"}, {"name": "A", "value": "1"}, {"name": "A"}]);
        let fields = Case::of(&CHECK).container(json!({"env": env})).fields();
        let path = "spec.template.spec.containers[0].env";
        assert_eq!(fields, [format!("{path}[2].name"), format!("{path}[3].name")]);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
    }
}
