use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::rights::{Grant, Grants};
use crate::inventory::rbac::PolicyRule;

/// Parameters of `rbac-wildcards`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// API groups for which verbs and resources may be wildcards: an operator's own.
    allow_groups: Vec<String>,
}

check! {
    /// ## What it checks
    /// No role of the ServiceAccount that the pods run as has a `*` among its verbs, resources or API groups. In
    /// the groups of `allowGroups` verbs and resources may be wildcards, which is meant for the operator whose
    /// groups they are.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// A wildcard allows more than anybody thought of, and more with every resource and verb that an upgrade
    /// or a CustomResourceDefinition adds: `*` on ServiceAccounts includes making tokens of them.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["apps"], resources: [deployments], verbs: ["*"]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["apps"], resources: [deployments], verbs: [get, list, watch]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// List the verbs, resources and groups that the workload uses.
    ///
    /// ## Parameters
    /// - `allowGroups`: API groups for which verbs and resources may be wildcards (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices, Least privilege
    name: "rbac-wildcards",
    family: Identity,
    severity: High,
    title: "Roles of workloads list what they allow",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Parameters,
    sight: Named,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let grants = Grants::of(subject);
    let wild = grants.found.iter().flat_map(|grant| of_grant(grant, &parameters.allow_groups));
    wild.chain(grants.doubts.iter().cloned()).collect()
}

fn of_grant(grant: &Grant<'_>, allowed: &[String]) -> Vec<Statement> {
    let rules = grant.rules().iter().enumerate();
    let wild = rules.filter_map(|(index, rule)| {
        let (path, what) = wildcard(rule, allowed)?;
        Some(
            grant.fault(&format!("rules[{index}].{path}"), &format!("the pods have a right to every {what}")),
        )
    });
    wild.collect()
}

/// The first wildcard of a rule: its path, and what it stands for.
fn wildcard(rule: &PolicyRule, allowed: &[String]) -> Option<(String, &'static str)> {
    if !rule.api_groups.is_empty() && rule.api_groups.iter().all(|group| allowed.contains(group)) {
        return None;
    }
    let lists = [
        ("verbs", &rule.verbs, "verb"),
        ("resources", &rule.resources, "resource"),
        ("apiGroups", &rule.api_groups, "API group"),
    ];
    lists.into_iter().find_map(|(path, list, what)| {
        let place = list.iter().position(|entry| entry == "*" || entry.starts_with("*/"))?;
        Some((format!("{path}[{place}]"), what))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_rights::{account, holding, rule};
    use crate::inventory::lookup::{Cause, Coverage};

    #[test]
    fn a_wildcard_fails_where_it_stands() {
        for (rules, path, what) in [
            (rule("apps", "deployments", &["get", "*"]), "verbs[1]", "verb"),
            (rule("apps", "*", &["get"]), "resources[0]", "resource"),
            (rule("apps", "*/scale", &["get"]), "resources[0]", "resource"),
            (rule("*", "deployments", &["get"]), "apiGroups[0]", "API group"),
        ] {
            let case = holding(&CHECK, &rules);
            assert_eq!(case.message(), format!("the pods have a right to every {what}, by RoleBinding it"));
            assert_eq!(case.fields(), [format!("rules[0].{path}")]);
        }
        assert_eq!(holding(&CHECK, &rule("apps", "deployments", &["get"])).outcome(), Outcome::Pass);
    }

    #[test]
    fn an_operator_may_do_anything_in_its_own_groups() {
        let allowed = |group: &str| {
            let case = holding(&CHECK, &rule(group, "*", &["*"]));
            case.parameters(json!({"allowGroups": ["shop.example"]})).outcome()
        };
        assert_eq!(allowed("shop.example"), Outcome::Pass);
        assert_eq!(allowed("apps"), Outcome::Fail);
        assert_eq!(allowed("*"), Outcome::Fail);
    }

    #[test]
    fn disagreement_44_bindings_that_were_not_given_leave_it_open() {
        let findings = account(&CHECK).coverage(Coverage::Partial).judged().findings;
        assert_eq!((findings[0].outcome, findings[0].cause), (Outcome::Unknown, Some(Cause::NotGiven)));
    }
}
