use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Text, WorkloadSubject};
use crate::checks::helpers::object;

/// Parameters of `revision-history`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// The fewest old revisions.
    min: i64,
    /// The most old revisions.
    max: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min: 2, max: 20 }
    }
}

check! {
    /// ## What it checks
    /// A Deployment, StatefulSet or DaemonSet keeps at least 2 and at most 20 old revisions
    /// (`revisionHistoryLimit`; the default is 10).
    ///
    /// ## Why it matters
    /// Without old revisions there is nothing to roll back to. Each one of a Deployment is a ReplicaSet
    /// that every controller keeps in memory.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   revisionHistoryLimit: 0
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
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
    /// metadata: {name: web}
    /// spec:
    ///   revisionHistoryLimit: 5
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Remove `revisionHistoryLimit` to get the default of 10, or set it to what a rollback can need.
    ///
    /// ## Parameters
    /// - `min`: the fewest old revisions (default 2).
    /// - `max`: the most (default 20).
    ///
    /// ## References
    /// - Kubernetes documentation: Deployments, Clean up Policy
    name: "revision-history",
    family: Availability,
    severity: Medium,
    title: "There is a revision to roll back to",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Some(rollout) = &subject.workload.rollout else {
        return Judgement::not_applicable("the kind keeps no revisions");
    };
    let (limit, Parameters { min, max }) = (rollout.revision_history_limit, *parameters);
    if (min..=max).contains(&limit) {
        return Judgement::pass();
    }
    let message: Text = if limit <= 0 {
        "revisionHistoryLimit is 0: there is nothing to roll back to".into()
    } else {
        format!("revisionHistoryLimit is {limit}, not within {min} to {max}").into()
    };
    Judgement::fail(object("spec.revisionHistoryLimit"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn both_ends_count_and_the_default_passes() {
        let of = |limit: Value| Case::of(&CHECK).workload(json!({"spec": {"revisionHistoryLimit": limit}}));
        for (limit, outcome) in
            [(1, Outcome::Fail), (2, Outcome::Pass), (20, Outcome::Pass), (21, Outcome::Fail)]
        {
            assert_eq!(of(json!(limit)).outcome(), outcome, "{limit}");
        }
        assert_eq!(of(Value::Null).outcome(), Outcome::Pass);
        assert_eq!(of(json!(0)).fields(), ["spec.revisionHistoryLimit"]);
        assert!(of(json!(0)).message().ends_with("there is nothing to roll back to"));
        assert_eq!(of(json!(1)).message(), "revisionHistoryLimit is 1, not within 2 to 20");
        assert_eq!(of(json!(0)).parameters(json!({"min": 0})).outcome(), Outcome::Pass);
    }
}
