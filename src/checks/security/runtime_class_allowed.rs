use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

/// Parameters of `runtime-class-allowed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Names of the `RuntimeClass`es that a pod may name.
    allowed: Vec<String>,
    /// Whether a pod must name one.
    required: bool,
}

check! {
    /// ## What it checks
    /// The `runtimeClassName` of the pod, if it has one, is in `allowed`; with `required: true` it must have
    /// one.
    ///
    /// ## Why it matters
    /// A `RuntimeClass` decides what stands between the container and the node: a sandbox, a virtual machine,
    /// or less than usual. Code that nobody trusts, an agent's for instance, belongs in a sandbox; and a class
    /// made for one team is not for all.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   runtimeClassName: experimental
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   runtimeClassName: sandboxed
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Name a class of the list in `runtimeClassName`, or none where the cluster's default will do.
    ///
    /// ## Parameters
    /// - `allowed`: names of the runtime classes that a pod may name (default none).
    /// - `required`: whether a pod must name one (default false).
    ///
    /// ### With parameters
    /// ```yaml
    /// allowed: [sandboxed]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Runtime Class
    name: "runtime-class-allowed",
    family: Security,
    severity: Low,
    title: "Pods run under runtime classes that are allowed",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let name = subject.pod().runtime_class_name.as_deref().filter(|name| !name.is_empty());
    let problem = match name {
        None if parameters.required => {
            "the pod names no RuntimeClass, and the policy requires one".to_owned()
        }
        Some(name) if !parameters.allowed.iter().any(|allowed| allowed == name) => {
            format!("the RuntimeClass {name} is not among the allowed ones")
        }
        _ => return Judgement::pass(),
    };
    Judgement::fail(pod("runtimeClassName"), problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn class(name: &str) -> Case {
        Case::of(&CHECK).pod(json!({"runtimeClassName": name}))
    }

    #[test]
    fn a_class_must_be_in_the_list() {
        assert_eq!(class("kata").fields(), ["spec.template.spec.runtimeClassName"]);
        assert_eq!(class("kata").parameters(json!({"allowed": ["kata"]})).outcome(), Outcome::Pass);
    }

    #[test]
    fn no_class_passes_unless_one_is_required() {
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::Pass);
        let required = json!({"allowed": ["kata"], "required": true});
        assert_eq!(Case::of(&CHECK).parameters(required.clone()).outcome(), Outcome::Fail);
        assert_eq!(class("kata").parameters(required).outcome(), Outcome::Pass);
    }
}
