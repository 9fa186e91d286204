use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{ContainerSubject, Judgement, Severity, Statement, classes::Classes};
use crate::checks::helpers::{container, not_for_batch};

/// Parameters of `liveness-probe`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// `advise`: a container without one is a finding of severity Low. `require`: of severity Medium.
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Mode {
    #[default]
    Advise,
    Require,
}

check! {
    /// ## What it checks
    /// Every app container of a long-running workload has a liveness probe. This is advice: a process that
    /// exits when it cannot go on needs none.
    ///
    /// ## Why it matters
    /// A process that hangs without exiting stays as it is until somebody looks. A liveness probe makes the
    /// kubelet restart it. A bad one does harm, though: one that fails under load, or asks a dependency,
    /// restarts containers that work.
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
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /live
    ///           port: 8080
    /// ```
    ///
    /// ## How to fix
    /// If the process can hang, add a `livenessProbe` that asks nothing but the process itself. If it cannot,
    /// disable this check in the policy.
    ///
    /// ## Parameters
    /// - `mode`: `advise` (default), or `require`, which makes its lack a finding of severity Medium.
    ///
    /// ## References
    /// - Kubernetes documentation: Liveness, Readiness, and Startup Probes
    name: "liveness-probe",
    family: Probes,
    severity: Low,
    title: "Long-running containers have a liveness probe",
    profiles: [Membership::of(Profile::Strict)],
    reads: [],
    parameters: Parameters,
    rule: Container(Classes::APP, evaluate),
}

fn evaluate(subject: &ContainerSubject<'_>, parameters: &Parameters) -> Judgement {
    if let Some(judgement) = not_for_batch(&subject.workload) {
        return judgement;
    }
    if subject.container.liveness_probe.is_some() {
        return Judgement::pass();
    }
    let statement = Statement::fail(
        container("livenessProbe"),
        "no liveness probe: if the process can hang without exiting, nothing restarts it",
    );
    match parameters.mode {
        Mode::Advise => statement.into(),
        Mode::Require => statement.graded(Severity::Medium).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn without() -> Case {
        Case::of(&CHECK).container(json!({"livenessProbe": null}))
    }

    #[test]
    fn disagreement_21_liveness_is_advice_unless_the_policy_requires_it() {
        let grades =
            |case: Case| case.judged().findings.into_iter().map(|found| found.grade).collect::<Vec<_>>();
        assert_eq!(grades(without()), [None]);
        assert_eq!(grades(without().parameters(json!({"mode": "require"}))), [Some(Severity::Medium)]);
    }

    #[test]
    fn sidecar_and_init_containers_need_none() {
        let pod =
            json!({"initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "prepare"}]});
        assert_eq!(Case::of(&CHECK).pod(pod).outcome(), Outcome::Pass);
    }

    #[test]
    fn disagreement_19_probes_are_not_for_batch() {
        assert_eq!(without().workload(json!({"kind": "Job"})).outcome(), Outcome::NotApplicable);
    }
}
