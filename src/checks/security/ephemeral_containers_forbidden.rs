use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;

/// Parameters of `ephemeral-containers-forbidden`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Whether debug containers are accepted.
    allow: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { allow: true }
    }
}

check! {
    /// ## What it checks
    /// With `allow: false` the pod has no ephemeral container. By default they are allowed and nothing is
    /// judged: naming the check is not enough, `allow: false` is what forbids. Pods of a Deployment or another
    /// controller are not judged one by one, so this is about bare pods.
    ///
    /// ## Why it matters
    /// A debug container brings an image that nobody reviewed into the namespaces of a running workload, next
    /// to its secrets, and stays there until the pod goes. Where people may not do that in production, this
    /// shows that somebody did.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///   ephemeralContainers:
    ///     - name: debugger
    ///       image: registry.example/tools:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Delete the pod once the search is over: an ephemeral container cannot be removed. To keep people from
    /// adding one, withhold `update` on `pods/ephemeralcontainers`.
    ///
    /// ## Parameters
    /// - `allow`: whether debug containers are accepted (default true).
    ///
    /// ### With parameters
    /// ```yaml
    /// allow: false
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Ephemeral Containers
    name: "ephemeral-containers-forbidden",
    family: Security,
    severity: Low,
    title: "Nobody has added a debug container to the pod",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.allow {
        return Judgement::pass();
    }
    let added = subject.pod().ephemeral_containers.iter().enumerate();
    added
        .map(|(index, container)| {
            let message = format!("the debug container {} was added to the pod", container.name);
            Statement::fail(pod(format!("ephemeralContainers[{index}]")), message)
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
    fn each_debug_container_is_a_finding_where_they_are_forbidden() {
        let case = Case::of(&CHECK).pod(json!({"ephemeralContainers": [{"name": "a"}, {"name": "b"}]}));
        assert_eq!(case.outcome(), Outcome::Pass);
        let expected = [0, 1].map(|index| format!("spec.template.spec.ephemeralContainers[{index}]"));
        assert_eq!(case.parameters(json!({"allow": false})).fields(), expected);
    }
}
