use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, WorkloadSubject};
use crate::checks::dangers::SESSIONS;
use crate::checks::limits::{Allowed, judge, judge_any_binding};

check! {
    /// ## What it checks
    /// The ServiceAccount of the pods has no role that lets it open a session in a pod: `pods/exec`,
    /// `pods/attach` and `pods/portforward` by `create` or `get`, which a websocket is opened with, and
    /// `pods/ephemeralcontainers` by `update` or `patch`. Rules that are limited to names do not count. A
    /// binding of accounts that no workload uses is judged by itself. So is one of users and groups, which is medium at
    /// most; the cluster's own are left out.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// Whoever gets into such a pod gets into every other pod of the namespace or of the cluster, with its
    /// files, its credentials and its network.
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
    /// rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
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
    /// rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    ///
    /// ## How to fix
    /// Take the subresources out of `resources` in the role. Name the ServiceAccounts that need them in
    /// `allowSubjects`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?`; of users and groups, as `User:name` and `Group:name` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices
    name: "rbac-pod-exec",
    family: Identity,
    severity: High,
    title: "Only listed workloads get into other pods",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    judge(subject, parameters, SESSIONS)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Allowed) -> Judgement {
    judge_any_binding(subject, parameters, SESSIONS, CHECK.severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_rights::{holding, holding_everywhere, rule};

    #[test]
    fn these_rights_fail_in_the_namespace_and_everywhere() {
        for (group, resource, verbs, here, everywhere) in [
            ("", "pods/exec", &["get"][..], Outcome::Fail, Outcome::Fail),
            ("", "pods/ephemeralcontainers", &["patch"][..], Outcome::Fail, Outcome::Fail),
            ("", "pods/ephemeralcontainers", &["get"][..], Outcome::Pass, Outcome::Pass),
            ("", "pods", &["create"][..], Outcome::Pass, Outcome::Pass),
        ] {
            let rules = rule(group, resource, verbs);
            assert_eq!(holding(&CHECK, &rules).outcome(), here, "{rules}");
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), everywhere, "{rules} everywhere");
        }
    }
}
