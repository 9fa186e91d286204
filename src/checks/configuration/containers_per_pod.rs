use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::helpers::pod;
use crate::inventory::container::ContainerClass;

/// Parameters of `containers-per-pod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The most containers that may run at the same time.
    max: usize,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { max: 8 }
    }
}

check! {
    /// ## What it checks
    /// At most this many containers run in a pod at the same time: its containers and sidecars. Init
    /// containers come one after the other and do not count.
    ///
    /// ## Why it matters
    /// Containers of one pod are placed, scaled, and restarted with their node, together. A pod with many
    /// of them is often several workloads that should be able to fail alone.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   containers:
    ///     - {name: one, image: "registry.example/one:1.0.0"}
    ///     - {name: two, image: "registry.example/two:1.0.0"}
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
    /// Give what can live alone a workload of its own.
    ///
    /// ## Parameters
    /// - `max`: the most containers that may run at the same time (default 8).
    ///
    /// ### With parameters
    /// ```yaml
    /// max: 1
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Pods, How Pods manage multiple containers
    name: "containers-per-pod",
    family: Configuration,
    severity: Info,
    title: "Pods hold few containers",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let beside = |class| matches!(class, ContainerClass::App | ContainerClass::Sidecar);
    let count = subject.pod().all_containers().filter(|(class, ..)| beside(*class)).count();
    let max = parameters.max;
    Judgement::require_or(count <= max, || {
        let message =
            format!("the pod runs {count} containers at the same time; the policy wants at most {max}");
        Statement::fail(pod("containers"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn disagreement_10_sidecars_count_and_init_containers_do_not() {
        let init = json!({"initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]});
        let case = |max: usize| Case::of(&CHECK).pod(init.clone()).parameters(json!({"max": max}));
        assert_eq!(case(2).outcome(), Outcome::Pass);
        assert_eq!(
            case(1).message(),
            "the pod runs 2 containers at the same time; the policy wants at most 1"
        );
    }
}
