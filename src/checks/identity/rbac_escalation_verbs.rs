use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, WorkloadSubject};
use crate::checks::dangers::ESCALATION;
use crate::checks::limits::{Allowed, judge, judge_any_binding, judge_role};
use crate::inventory::Object;

check! {
    /// ## What it checks
    /// The ServiceAccount of the pods has no role that lets it `bind` or `escalate` roles, write roles or
    /// bindings, or `impersonate` users, groups or ServiceAccounts. A rule that is limited to names counts as well: the
    /// role that may be escalated can be the account's own. A
    /// binding of accounts that no workload uses is judged by itself. So is one of users and groups, which is medium at
    /// most, as is a role that nobody is bound to; the cluster's own are left out.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// With any of these, whoever gets into such a pod gives themselves whatever rights they like, or acts as
    /// somebody who has them.
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
    /// kind: ClusterRole
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["rbac.authorization.k8s.io"], resources: [clusterroles], verbs: [bind, escalate]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
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
    /// kind: ClusterRole
    /// metadata: {name: web}
    /// rules: [{apiGroups: ["rbac.authorization.k8s.io"], resources: [clusterroles], verbs: [get, list, watch]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Take the verbs out of the role. Limit an operator that must bind a role to that role by `resourceNames`,
    /// and name its ServiceAccount in `allowSubjects`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?`; of users and groups, as `User:name` and `Group:name` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices
    name: "rbac-escalation-verbs",
    family: Identity,
    severity: Critical,
    title: "No workload can give itself more rights",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding, Role, ClusterRole] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    judge(subject, parameters, ESCALATION)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Allowed) -> Judgement {
    match subject.object {
        Object::Role(_) | Object::ClusterRole(_) => judge_role(subject, ESCALATION, CHECK.severity),
        _ => judge_any_binding(subject, parameters, ESCALATION, CHECK.severity),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::{Outcome, Severity};
    use crate::checks::testing_objects::ObjectCase;
    use crate::checks::testing_rights::{binding, holding, holding_everywhere, rule};

    #[test]
    fn these_rights_fail_in_the_namespace_and_everywhere() {
        for (group, resource, verbs, here, everywhere) in [
            ("rbac.authorization.k8s.io", "roles", &["escalate"][..], Outcome::Fail, Outcome::Fail),
            ("rbac.authorization.k8s.io", "rolebindings", &["create"][..], Outcome::Fail, Outcome::Fail),
            ("", "serviceaccounts", &["impersonate"][..], Outcome::Fail, Outcome::Fail),
            ("", "users", &["impersonate"][..], Outcome::Pass, Outcome::Fail),
            (
                "rbac.authorization.k8s.io",
                "clusterrolebindings",
                &["patch"][..],
                Outcome::Pass,
                Outcome::Fail,
            ),
            ("rbac.authorization.k8s.io", "roles", &["get"][..], Outcome::Pass, Outcome::Pass),
        ] {
            let rules = rule(group, resource, verbs);
            assert_eq!(holding(&CHECK, &rules).outcome(), here, "{rules}");
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), everywhere, "{rules} everywhere");
        }
    }

    #[test]
    fn names_are_no_limit() {
        for (group, resource, verb) in [
            ("rbac.authorization.k8s.io", "roles", "escalate"),
            ("rbac.authorization.k8s.io", "clusterroles", "bind"),
            ("rbac.authorization.k8s.io", "rolebindings", "update"),
            ("", "users", "impersonate"),
        ] {
            let rules = json!([{"apiGroups": [group], "resources": [resource], "verbs": [verb], "resourceNames": ["one"]}]);
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), Outcome::Fail, "{rules}");
        }
        let create = json!([{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"],
            "resourceNames": ["one"]}]);
        assert_eq!(holding(&CHECK, &create).outcome(), Outcome::Pass, "the server lets nobody through by it");
    }

    #[test]
    fn a_role_that_nobody_is_bound_to_is_medium() {
        let rules = rule("rbac.authorization.k8s.io", "clusterroles", &["bind", "escalate"]);
        let role = |kind: &str, name: &str| {
            let role = json!({"kind": kind, "metadata": {"name": name}, "rules": rules});
            ObjectCase::of(&CHECK, role).everywhere()
        };
        for kind in ["Role", "ClusterRole"] {
            let case = role(kind, "own");
            assert_eq!(
                case.message(),
                "whoever is bound to the role may bind, escalate clusterroles",
                "{kind}"
            );
            let found = case.judged().findings.remove(0);
            assert_eq!(
                (found.grade, found.field.as_str()),
                (Some(Severity::Medium), "rules[0].resources[0]")
            );
            let bound = role(kind, "own").with(binding("RoleBinding", (kind, "own")));
            assert_eq!(bound.outcome(), Outcome::NotApplicable, "{kind}: the binding tells");
        }
        assert_eq!(role("ClusterRole", "system:mine").outcome(), Outcome::Fail);
        let of_users = |kind: &str| {
            let role = json!({"kind": kind, "metadata": {"name": "own"}, "rules": rule("", "users", &["impersonate"])});
            ObjectCase::of(&CHECK, role).everywhere().outcome()
        };
        assert_eq!((of_users("Role"), of_users("ClusterRole")), (Outcome::Pass, Outcome::Fail));
        assert_eq!(role("ClusterRole", "system:aggregate-to-admin").outcome(), Outcome::NotApplicable);
    }
}
