use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::helpers::pod;

/// Parameters of `priority-class`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The classes that workloads may have; empty allows any.
    allowed: Vec<String>,
}

check! {
    /// ## What it checks
    /// The pods name a PriorityClass; with `allowed`, one of those. Whether the class exists is not looked
    /// at.
    ///
    /// ## Why it matters
    /// When nodes are short, the scheduler takes room from pods of lower priority. Without a class all are
    /// equal, and the shop's front page waits behind a report.
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
    ///   priorityClassName: business-critical
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Set `priorityClassName` to a PriorityClass of the cluster (`kubectl get priorityclasses`).
    ///
    /// ## Parameters
    /// - `allowed`: the classes that workloads may have (default empty, which allows any).
    ///
    /// ## References
    /// - Kubernetes documentation: Pod Priority and Preemption
    name: "priority-class",
    family: Availability,
    severity: Low,
    title: "Pods name a PriorityClass",
    profiles: [Membership::of(Profile::Strict).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let class = subject.pod().priority_class_name.as_deref().unwrap_or_default();
    let fail = |message: String| Judgement::fail(pod("priorityClassName"), message);
    if class.is_empty() {
        return fail("no priorityClassName is set".to_owned());
    }
    let allowed = &parameters.allowed;
    if allowed.is_empty() || allowed.iter().any(|name| name == class) {
        return Judgement::pass();
    }
    let shown: String = class.escape_debug().take(80).collect();
    fail(format!("the priority class `{shown}` is none of those allowed"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn a_class_is_named_and_one_of_those_allowed() {
        let of = |class: Value| Case::of(&CHECK).pod(json!({"priorityClassName": class}));
        assert_eq!(of(Value::Null).fields(), ["spec.template.spec.priorityClassName"]);
        assert_eq!(of(json!("")).outcome(), Outcome::Fail);
        assert_eq!(of(json!("any")).outcome(), Outcome::Pass);
        let only = json!({"allowed": ["high"]});
        assert_eq!(of(json!("any")).parameters(only.clone()).outcome(), Outcome::Fail);
        assert_eq!(of(json!("high")).parameters(only).outcome(), Outcome::Pass);
    }
}
