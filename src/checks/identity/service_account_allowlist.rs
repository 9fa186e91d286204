use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::globs::Globs;
use crate::checks::helpers::pod;

/// Parameters of `service-account-allowlist`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Patterns of the `ServiceAccount`s that pods may run as.
    allowed: Globs,
}

check! {
    /// ## What it checks
    /// The ServiceAccount that the pods run as, `default` where none is named, matches one of the listed
    /// patterns. Without a list there is nothing to compare with.
    ///
    /// ## Why it matters
    /// Whoever may create a workload in a namespace may run it as any ServiceAccount there, and so with the
    /// rights of each. The list keeps the strong ones for the workloads that they were made for.
    ///
    /// ## Failing example
    /// ```yaml
    /// spec:
    ///   serviceAccountName: release-manager
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Run the workload as a ServiceAccount of its own (`serviceAccountName`) with no more rights than it
    /// needs; or select it by a policy that allows this one.
    ///
    /// ## Parameters
    /// - `allowed`: patterns of names that pods may run as, with `*` and `?` (default none: the check is
    ///   then not applicable).
    ///
    /// ### With parameters
    /// ```yaml
    /// allowed: ["web*"]
    /// ```
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Workload creation
    name: "service-account-allowlist",
    family: Identity,
    severity: Low,
    title: "Pods run as allowed ServiceAccounts",
    profiles: [],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    if parameters.allowed.is_empty() {
        return Judgement::not_applicable("the policy lists no ServiceAccounts");
    }
    let name = &subject.pod().service_account_name;
    Judgement::require_or(parameters.allowed.match_any(name), || {
        let message = format!("the pods run as ServiceAccount {name}, which is not among the allowed ones");
        Statement::fail(pod("serviceAccountName"), message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    #[test]
    fn none_named_is_the_default_one_and_the_older_field_counts() {
        let runs_as =
            |pod: serde_json::Value| Case::of(&CHECK).pod(pod).parameters(json!({"allowed": ["web-*"]}));
        assert_eq!(
            runs_as(json!({})).message(),
            "the pods run as ServiceAccount default, which is not among the allowed ones"
        );
        assert_eq!(runs_as(json!({"serviceAccountName": "web-api"})).outcome(), Outcome::Pass);
        assert_eq!(runs_as(json!({"serviceAccount": "web-api"})).outcome(), Outcome::Pass);
        assert_eq!(Case::of(&CHECK).outcome(), Outcome::NotApplicable);
    }
}
