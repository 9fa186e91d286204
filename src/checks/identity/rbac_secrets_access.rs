use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, WorkloadSubject};
use crate::checks::dangers::SECRETS;
use crate::checks::limits::{Allowed, judge, judge_binding, judge_role};
use crate::inventory::Object;

check! {
    /// ## What it checks
    /// The ServiceAccount of the pods has no role that lets it get, list or watch Secrets, unless the rule
    /// names the Secrets it is about (`resourceNames`). Roles of RoleBindings and of ClusterRoleBindings count, with
    /// wildcards. A
    /// binding of accounts that no workload uses is judged by itself. So is a role that nobody is bound to, which is medium
    /// at most; those that the API server makes are left out.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// Whoever gets into such a pod reads every Secret of the namespace or of the cluster: passwords, keys, and
    /// tokens of stronger ServiceAccounts. `list` shows the values as `get` does.
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
    /// rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list, watch]}]
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
    /// rules: [{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [web]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Mount the Secrets that the workload needs. Where it must read one through the API, name it in
    /// `resourceNames`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices
    name: "rbac-secrets-access",
    family: Identity,
    severity: High,
    title: "Workloads read no Secrets by listing or by any name",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding, Role, ClusterRole] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    judge(subject, parameters, SECRETS)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Allowed) -> Judgement {
    match subject.object {
        Object::Role(_) | Object::ClusterRole(_) => judge_role(subject, SECRETS, CHECK.severity),
        _ => judge_binding(subject, parameters, SECRETS),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::{Outcome, Severity};
    use crate::checks::testing_objects::ObjectCase;
    use crate::checks::testing_rights::{binding, holding, holding_everywhere, rule};

    #[test]
    fn these_rights_fail_in_the_namespace_and_everywhere() {
        for (group, resource, verbs, here, everywhere) in [
            ("", "secrets", &["get"][..], Outcome::Fail, Outcome::Fail),
            ("", "secrets", &["create"][..], Outcome::Pass, Outcome::Pass),
            ("", "configmaps", &["get"][..], Outcome::Pass, Outcome::Pass),
        ] {
            let rules = rule(group, resource, verbs);
            assert_eq!(holding(&CHECK, &rules).outcome(), here, "{rules}");
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), everywhere, "{rules} everywhere");
        }
    }

    #[test]
    fn a_role_that_nobody_is_bound_to_is_medium() {
        let role = |rules: &Value| {
            let role = json!({"kind": "Role", "metadata": {"name": "own"}, "rules": rules});
            ObjectCase::of(&CHECK, role)
        };
        let case = role(&rule("", "secrets", &["list"]));
        assert_eq!(case.message(), "whoever is bound to the role may list secrets");
        assert_eq!(case.judged().findings.remove(0).grade, Some(Severity::Medium));
        let bound = case.with(binding("RoleBinding", ("Role", "own")));
        assert_eq!(bound.outcome(), Outcome::NotApplicable);
        let named = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["own"]}]);
        assert_eq!(role(&named).outcome(), Outcome::Pass);
    }
}
