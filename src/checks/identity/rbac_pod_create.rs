use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, WorkloadSubject};
use crate::checks::dangers::PODS;
use crate::checks::limits::{Allowed, judge, judge_any_binding};

check! {
    /// ## What it checks
    /// The ServiceAccount of the pods has no role that lets it create, update or patch Pods or what makes them:
    /// Deployments, `StatefulSets`, `DaemonSets`, `ReplicaSets`, `ReplicationControllers`, Jobs and `CronJobs`. Rules
    /// that are limited to names (`resourceNames`) do not count. A
    /// binding of accounts that no workload uses is judged by itself. So is one of users and groups, which is medium at
    /// most; the cluster's own are left out.
    ///
    /// RoleBindings of other namespaces count where a ClusterReadinessPolicy asks; a policy of the namespace sees its own,
    /// and ClusterRoleBindings.
    ///
    /// ## Why it matters
    /// Whoever may start a pod runs it as any ServiceAccount of the namespace, mounts any Secret there, and
    /// gets at the node wherever pod security allows.
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
    /// rules: [{apiGroups: ["apps"], resources: [deployments], verbs: [create, patch]}]
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
    /// Take the verbs out of the role. Name the ServiceAccounts of operators and deployment tools in
    /// `allowSubjects`.
    ///
    /// ## Parameters
    /// - `allowSubjects`: patterns of ServiceAccounts that may have these rights, as `namespace/name` with `*`
    ///   and `?`; of users and groups, as `User:name` and `Group:name` (default none).
    ///
    /// ## References
    /// - Kubernetes documentation: Role Based Access Control Good Practices
    name: "rbac-pod-create",
    family: Identity,
    severity: Medium,
    title: "Only listed workloads start or change pods",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [RoleBinding, ClusterRoleBinding, Role, ClusterRole],
    parameters: Allowed,
    sight: Named,
    rule: Workload(evaluate),
    orphans: [RoleBinding, ClusterRoleBinding] of_orphan,
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Allowed) -> Judgement {
    judge(subject, parameters, PODS)
}

fn of_orphan(subject: &ObjectSubject<'_>, parameters: &Allowed) -> Judgement {
    judge_any_binding(subject, parameters, PODS, CHECK.severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing_rights::{holding, holding_everywhere, rule};

    #[test]
    fn these_rights_fail_in_the_namespace_and_everywhere() {
        for (group, resource, verbs, here, everywhere) in [
            ("", "pods", &["create"][..], Outcome::Fail, Outcome::Fail),
            ("batch", "cronjobs", &["patch"][..], Outcome::Fail, Outcome::Fail),
            ("", "pods", &["get", "delete"][..], Outcome::Pass, Outcome::Pass),
            ("", "deployments", &["create"][..], Outcome::Pass, Outcome::Pass),
        ] {
            let rules = rule(group, resource, verbs);
            assert_eq!(holding(&CHECK, &rules).outcome(), here, "{rules}");
            assert_eq!(holding_everywhere(&CHECK, &rules).outcome(), everywhere, "{rules} everywhere");
        }
    }
}
